"""Look-alike domains and borrowed names are told to agents, and never served."""

import pytest

from billing import Contact, ContactRole, Customer
from bot.likeness import Likeness, is_free, looks_alike

LIKE = [
    ("kunde.com", "kunde.de", "tld"),
    ("kunde.co.uk", "kunde.de", "tld"),
    ("mail.kunde.com", "kunde.de", "tld"),
    ("kúnde.de", "kunde.de", "signs"),
    ("kundе.de", "kunde.de", "signs"),
    ("xn--kund-y4d.de", "kunde.de", "signs"),
    ("mul1er.de", "muller.de", "signs"),
    ("rnuster.de", "muster.de", "signs"),
    ("ku-nde.de", "kunde.de", "signs"),
    ("b0sch-haus.de", "bosch-haus.de", "signs"),
    ("kvnde.de", "kunde.de", "letter"),
    ("kunnde.de", "kunde.de", "letter"),
    ("knde.de", "kunde.de", "letter"),
    ("kudne.de", "kunde.de", "letter"),
    ("skunde.de", "kunde.de", "letter"),
    ("kunde-rechnung.de", "kunde.de", "part"),
    ("kunde.de", "kunde.de", ""),
    ("x.kunde.de", "kunde.de", ""),
    ("runde-tische.de", "kunde.de", ""),
    ("hunger.de", "kunde.de", ""),
    ("abc.de", "abd.de", ""),
    ("de", "kunde.de", ""),
    ("", "kunde.de", ""),
]


@pytest.mark.parametrize(("domain", "known", "how"), LIKE)
def test_a_domain_that_the_eye_mistakes_for_a_customers_is_found(domain: str, known: str, how: str) -> None:
    assert looks_alike(domain, known) == how


class Register:
    """Customers, and how often they were read."""

    def __init__(self, *customers: Customer) -> None:
        self.customers, self.read = customers, 0

    def all_customers(self) -> tuple[Customer, ...]:
        """All customers."""
        self.read += 1
        return self.customers


def contact(email: str, name: str) -> Contact:
    return Contact(email, name, ContactRole.BILLING, "de")


REGISTER = Register(
    Customer("K1", "Muster AG", "DE", "de", contacts=(contact("max@muster.de", "Max Müller"),)),
    Customer("K2", "Léa Petit", "FR", "fr", contacts=(contact("lea.petit@gmail.com", "Léa Petit"),)),
)
SENDERS = [
    ("max@muster.com", "", ("look_alike_tld_of_muster.de",)),
    ("max@rnuster.de", "Max", ("look_alike_signs_of_muster.de",)),
    ("max@mustr.de", "", ("look_alike_letter_of_muster.de",)),
    ("x@elsewhere.example", "max@muster.de", ("name_shows_another_address",)),
    ("x@elsewhere.example", "x@elsewhere.example", ()),
    ("max@andere.example", "Max Müller", ()),
    ("whoever@gmail.com", "Max Müller", ("look_alike_name_of_a_contact",)),
    ("whoever@gmx.net", "Müller, Max", ("look_alike_name_of_a_contact",)),
    ("max.mueller77@web.de", "", ("look_alike_name_of_a_contact",)),
    ("lea_petit@orange.fr", "L. P.", ("look_alike_name_of_a_contact",)),
    ("max@gmail.com", "Max", ()),
    ("other.person@gmai1.com", "", ()),  # gmail.com is nobody's own
]


@pytest.mark.parametrize(("address", "name", "flags"), SENDERS)
def test_what_is_suspicious_about_a_stranger_is_said(address: str, name: str, flags: tuple[str, ...]) -> None:
    assert Likeness().flags(address, name, REGISTER) == flags


def test_the_customers_are_read_once_for_many_strangers() -> None:
    register, likeness = Register(*REGISTER.customers), Likeness()
    for number in range(50):
        likeness.flags(f"x@fremd{number}.example", "", register)
    assert register.read == 1


def test_many_customers_are_compared_quickly() -> None:
    many = tuple(
        Customer(f"K{n}", "x", "DE", "de", contacts=(contact(f"a@firma{n:05d}haus.de", "A B"),)) for n in range(5000)
    )
    likeness, register = Likeness(), Register(*many)
    assert likeness.flags("a@firma00042haus.com", "", register) == ("look_alike_tld_of_firma00042haus.de",)
    assert likeness.flags("a@firma00042haos.de", "", register) == ("look_alike_letter_of_firma00042haus.de",)


def test_free_mail_is_known_under_its_top_levels() -> None:
    assert is_free("gmx.at")
    assert is_free("yahoo.co.uk")
    assert not is_free("gmxkunde.de")
