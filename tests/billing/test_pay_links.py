"""Links to the page that says how to pay: nobody guesses one, and none opens another invoice."""

import pytest

from billing.desk import Desk
from billing.errors import NotFound
from billing.paylinks import PayLinks
from billing.values import Money
from tests.billing.people import ACME, AGENT, SYSTEM, TODAY, euro, issue, key, take_up

LINKS = PayLinks("a secret")


def parts(url: str) -> tuple[str, str]:
    _, pay, number, seal = url.split("/")
    assert pay == "pay"
    return number, seal


def test_a_link_opens_its_invoice_and_shows_what_remains_today(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    opened = core.pay_page(*parts(core.pay_link(number, of="acme").url))
    assert (opened.invoice.number, opened.asked, opened.invoice.remaining) == (number, euro(11_900), euro(11_900))
    assert opened.bank == core.bank_details()
    core.record_payment(number, euro(1_900), TODAY, actor=SYSTEM, idem=key())
    later = core.pay_page(number, core.pay_links.seal(number, euro(11_900)))
    assert (later.asked, later.invoice.remaining) == (euro(11_900), euro(10_000))


def test_the_link_to_a_paid_or_void_invoice_still_opens_and_says_so(core: Desk) -> None:
    take_up(core, ACME)
    paid, void = issue(core), issue(core)
    links = [parts(core.pay_link(invoice.number, of="acme").url) for invoice in (paid, void)]
    core.record_payment(paid.number, paid.total, TODAY, actor=SYSTEM, idem=key())
    core.void(void.number, actor=AGENT, idem=key())
    assert [core.pay_page(*link).invoice.remaining for link in links] == [euro(0), euro(0)]
    assert [core.pay_page(*link).invoice.state for link in links] == ["finalised", "void"]


def test_a_guessed_or_altered_link_opens_nothing(core: Desk) -> None:
    take_up(core, ACME)
    first, second = issue(core).number, issue(core).number
    seal = core.pay_link(first, of="acme").url.rpartition("/")[2]
    flipped = seal[:-2] + ("aa" if seal[-2:] != "aa" else "bb")
    for number, wrong in (
        (second, seal), (first, ""), (first, "11900EUR-"), (first, flipped), (first, seal.upper()), (first, seal + "a"),
        (first, seal.replace("11900", "00100")), (first, seal.replace("EUR", "CHF")), ("RE-2026-009999", seal),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            core.pay_page(number, wrong)


def test_a_link_for_an_invoice_that_is_gone_opens_nothing(core: Desk) -> None:
    with pytest.raises(NotFound):
        core.pay_page("RE-2020-000001", core.pay_links.seal("RE-2020-000001", euro(1)))


def test_links_of_another_secret_and_of_no_secret_are_worth_nothing() -> None:
    seal = LINKS.seal("RE-1", euro(100))
    assert LINKS.amount("RE-1", seal) == Money(100, "EUR")
    assert PayLinks("another").amount("RE-1", seal) is None
    assert PayLinks().amount("RE-1", PayLinks().seal("RE-1", euro(100))) is None


def test_a_number_from_another_system_stands_whole_in_the_link() -> None:
    path = LINKS.path("2024/01 A", euro(100))
    assert path.startswith("/pay/2024%2F01%20A/100EUR-")
    assert len(path.rpartition("-")[2]) == 26
