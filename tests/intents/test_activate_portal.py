"""activate_portal: what people say, what they do not say, what happens."""

from dataclasses import replace
from typing import Any

import pytest

from billing import Portal
from billing.demo import SYSTEM
from bot.messages import Actor, Language, Role, Trust
from bot.outcomes import Missing, Outcome
from bot.pipeline.serve import Wish, serve
from handlers.activate_portal import (
    AlreadyActive,
    Ask,
    Locked,
    Perpetual,
    Requested,
    Reseller,
    Resent,
    SetUp,
    TooManyTries,
    WhichInvoice,
)
from tests.intents.counter import DEMO_DAY, REGISTRY, Desk, acted_on, asks_in, read
from tests.replies.facts import CASE


def ask(*invoices: str) -> Ask:
    return Ask(invoices)  # type: ignore[arg-type]


EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Requested()),
    ("", SetUp("/setup/Zm9vYmFy-_x", "Lindenhof Gartenbau GmbH")),
    ("", AlreadyActive()),
    ("", WhichInvoice("123", ("000123", "RE-2026-000123"))),
    ("", Reseller()),
    ("", Perpetual()),
    ("", Locked(CASE)),
    ("", Resent()),
    ("", TooManyTries(CASE)),
]
READINGS: list[Any] = [
    Ask(("RE-1",)),  # type: ignore[arg-type]
    Ask(),
]

SAID = [
    ("de", "Bitte aktivieren Sie das Kundenportal, Rechnungsnummer RE-2026-000123", ask("RE-2026-000123")),
    ("de", "Ich möchte das Kundenportal freischalten, unsere Rechnung ist RE-2026-000116.", ask("RE-2026-000116")),
    ("fr", "Merci d'activer le portail client, facture RE-2026-000122", ask("RE-2026-000122")),
    ("fr", "Nous n'avons pas encore accès au portail client, numéro de facture RE-2026-000122.", ask("RE-2026-000122")),
    ("en", "Please activate the customer portal, invoice number RE-2026-000119", ask("RE-2026-000119")),
    ("en", "I would like to activate the customer portal, our invoice is RE-2026-000119.", ask("RE-2026-000119")),
    ("en", "Please set up portal access for us", ask()),
]  # fmt: skip

NOT_SAID = [
    "Das Kundenportal ist jetzt aktiviert, vielen Dank.",
    "Bitte aktivieren Sie das Kundenportal noch nicht.",
    "Merci, le portail client est activé.",
    "We do not want to activate the customer portal.",
]

HAPPENS: list[tuple[str, str, Ask, Outcome]] = [
    ("mine", "K1001", ask("RE-2026-000123"), Requested()),
    ("unknown", "K1001", ask("RE-2026-000999"), Requested()),
    ("another customer's", "K1001", ask("RE-2026-000122"), Requested()),
    ("invited before", "K1011", ask("RE-2026-000108"), Requested()),
    ("in use already", "K1002", ask("RE-2026-000124"), AlreadyActive()),
    ("fits two of mine", "K1001", ask("123"), WhichInvoice("123", ("000123", "RE-2026-000123"))),
    ("a perpetual licence", "K1004", ask("RE-2026-000118"), Perpetual()),
    ("no number", "K1001", ask(), Missing("activate_portal", ("invoices",), ("RE-2026-000123",))),
    ("no number, invited before", "K1011", ask(), Resent()),
    ("no number, in use already", "K1002", ask(), AlreadyActive()),
    ("no number, a reseller's customer", "K1006", ask(), Reseller()),
    ("no number, a perpetual licence", "K1004", ask(), Perpetual()),
]


@pytest.mark.parametrize(("customer", "asked", "outcome"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS])
def test_what_happens(customer: str, asked: Ask, outcome: Outcome) -> None:
    desk = Desk()
    numbers = tuple(invoice.number for invoice in desk.core.invoices("K1001", "open"))
    served = desk.serve("activate_portal", asked, customer)
    wanted = replace(outcome, candidates=numbers) if isinstance(outcome, Missing) else outcome
    assert served.outcome == wanted


@pytest.mark.parametrize("sender", ["martin.linden@kunde.example", "it@kunde.example"])
def test_the_link_goes_to_the_main_contact_whoever_asks(sender: str) -> None:
    desk = Desk()
    served = desk.serve("activate_portal", ask("RE-2026-000123"), "K1001", sender=sender, role=Role.TECHNICAL)
    [letter] = served.deliveries
    assert letter.recipient == "martin.linden@kunde.example"
    assert isinstance(letter.outcome, SetUp)
    assert letter.outcome.link.startswith("/setup/")


def test_an_unproven_sender_learns_nothing_and_gets_no_link() -> None:
    desk = Desk()
    mine = desk.serve("activate_portal", ask("RE-2026-000123"), "K1001", trust=Trust.T0)
    wrong = desk.serve("activate_portal", ask("RE-2026-000122"), "K1001", trust=Trust.T0)
    assert mine.outcome == wrong.outcome == Requested()
    assert [delivery.recipient for delivery in mine.deliveries] == ["martin.linden@kunde.example"]
    assert wrong.deliveries == ()


def test_a_resellers_customer_is_sent_to_the_reseller() -> None:
    desk = Desk()
    customer = replace(desk.core.customer("K1001"), id="K2001", reseller_id="K1005", domains=())
    desk.core.add_customer(customer, actor=SYSTEM, idem="test:customer")
    _bill(desk)
    assert desk.serve("activate_portal", ask("RE-2026-000125"), "K2001").outcome == Reseller()


def test_a_locked_portal_is_for_support() -> None:
    desk = Desk()
    customer = replace(desk.core.customer("K1001"), id="K2001", portal=Portal.LOCKED, domains=())
    desk.core.add_customer(customer, actor=SYSTEM, idem="test:customer")
    _bill(desk)
    served = desk.serve("activate_portal", ask("RE-2026-000125"), "K2001")
    assert (served.outcome, served.calls) == (Locked("G-1"), ("portal_locked",))


def test_the_set_up_mail_is_sent_again_to_the_main_contact_and_older_links_stop_working() -> None:
    desk = Desk()
    first, second = (desk.serve("activate_portal", ask(), "K1011", trust=Trust.T0) for _ in range(2))
    letters = [delivery for served in (first, second) for delivery in served.deliveries]
    assert [letter.recipient for letter in letters] == ["office@alpenquell.example"] * 2
    links = [letter.outcome.link for letter in letters if isinstance(letter.outcome, SetUp)]
    assert links[0] != links[1]


@pytest.mark.parametrize("number", ["RE-2026-000123", "RE-2026-000122", "RE-2026-000999", ""])
@pytest.mark.parametrize(("tries", "handed_over"), [(3, False), (4, True), (9, True)])
def test_the_fifth_try_of_a_day_goes_to_our_support_whether_the_number_is_right_or_wrong(
    number: str, tries: int, handed_over: bool
) -> None:
    owner = Actor("martin.linden@kunde.example", Role.OWNER, Trust.T1, (), "K1001", "martin.linden@kunde.example")
    slots: dict[str, Any] = {"invoices": (number,)} if number else {}
    wish = Wish(REGISTRY["activate_portal"], slots, owner, Language.DE, CASE, "email:1", tries=lambda: tries)
    served = serve(wish, Desk().core, DEMO_DAY)
    assert isinstance(served.outcome, TooManyTries) == handed_over
    assert served.calls == (("many_tries",) if handed_over else ())


def _bill(desk: Desk) -> None:
    from billing import Line, Money, NewInvoice

    draft = desk.core.draft_invoice(
        NewInvoice("K2001", (Line("Probe", Money(100, "EUR")),)), actor=SYSTEM, idem="test:draft"
    )
    assert desk.core.finalise(draft.number, actor=SYSTEM, idem="test:final").number == "RE-2026-000125"


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: object) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("activate_portal", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "activate_portal")
