"""dispute_charge: what people say, what they do not say, what happens."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

import billing
from billing import Money
from bot.context import Grant
from bot.messages import Role, Trust, Written
from bot.outcomes import NotAllowed, Outcome
from handlers.dispute_charge import (
    AlreadyOpen,
    Ask,
    Line,
    NoInvoices,
    NotFound,
    Received,
    Upheld,
    Void,
    WhichInvoice,
)
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import CASE, EUR

AMOUNT = Money(114_240, EUR)
OPEN = Line("RE-2026-000123", date(2026, 11, 11), AMOUNT, "open", AMOUNT, date(2026, 11, 25), None)
PAID = Line(
    "RE-2026-000101", date(2026, 1, 2), Money(169_932, EUR), "paid", Money(0, EUR), date(2026, 1, 16), date(2026, 1, 11)
)
CREDITED = replace(PAID, number="RE-2026-000107", status="credited", paid_on=None)
LATE = replace(OPEN, number="RE-2026-000120", status="overdue", due=date(2026, 11, 2), issued=date(2026, 10, 19))
PART = replace(OPEN, number="RE-2026-000106", status="partly_paid", remaining=Money(30_000, EUR))
TODAY = date(2026, 11, 22)
WORDS = "Da stehen zwei Arbeitsplätze zu viel."


def ask(*invoices: str) -> Ask:
    return Ask(invoices)  # type: ignore[arg-type]


EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Received((OPEN,), CASE)),
    ("with everything", Received((PAID, LATE, CREDITED), CASE, ("999",), ("RE-2026-000112",))),
    ("", Upheld(("RE-2026-000123",))),
    ("several", Upheld(("RE-2026-000123", "RE-2026-000120"))),
    ("", WhichInvoice("", (OPEN, replace(LATE, remaining=Money(50_000, EUR)), PART, PAID))),
    ("several fit", WhichInvoice("123", (
        OPEN, replace(PAID, number="000123", status="overpaid"), replace(PAID, number="GS-2026-000101",
                                                                         status="credit_note", issued=None),
    ))),
    ("", NotFound(("RE-2026-000132",), ("RE-2026-000123",))),
    ("several", NotFound(("999", "998"))),
    ("", AlreadyOpen(("RE-2026-000123",), TODAY)),
    ("", Void(("RE-2026-000112",))),
    ("", NoInvoices()),
]  # fmt: skip
READINGS: list[Any] = [ask(), ask("RE-2026-000123"), ask("RE-2026-000123", "RE-2026-000120")]

SAID = [
    ("de", "Die Rechnung RE-2026-000123 ist falsch, wir haben nur zwei Lizenzen.", ask("RE-2026-000123")),
    ("de", "Wir widersprechen der Rechnung RE-2026-000123.", ask("RE-2026-000123")),
    ("fr", "Nous contestons la facture RE-2026-000123, le montant est trop élevé.", ask("RE-2026-000123")),
    ("fr", "Vous nous avez débités deux fois, merci de nous rembourser.", ask()),
    ("en", "Invoice RE-2026-000123 is wrong, we only have two licences.", ask("RE-2026-000123")),
    ("en", "You have charged us twice, please refund the amount.", ask()),
]

NOT_SAID = [
    "Die Rechnung RE-2026-000123 ist in Ordnung.",
    "La facture RE-2026-000123 est correcte, merci.",
    "Invoice RE-2026-000123 is correct, thank you.",
    "We do not want to dispute invoice RE-2026-000123.",
]

HAPPENS: list[tuple[str, str, Ask, Outcome]] = [
    ("an open one", "K1001", ask("RE-2026-000123"), Received((OPEN,), "G-1")),
    ("a paid one", "K1001", ask("RE-2026-000101"), Received((PAID,), "G-1")),
    ("one and one unknown", "K1001", ask("RE-2026-000123", "777"), Received((OPEN,), "G-1", ("777",))),
    ("an unknown one", "K1001", ask("RE-2026-000132"),
     NotFound(("RE-2026-000132",), ("RE-2026-000123", "RE-2026-000116", "RE-2026-000101"))),
    ("another customer's", "K1004", ask("RE-2026-000123"), NotFound(("RE-2026-000123",))),
    ("a void one", "K1008", ask("RE-2026-000112"), Void(("RE-2026-000112",))),
    ("nothing was ever billed", "K1006", ask(), NoInvoices()),
]  # fmt: skip


def dispute(desk: Desk, customer: str, asked: Ask, text: str = WORDS, **who: Any) -> Any:
    return desk.serve("dispute_charge", asked, customer, written=Written(text), **who)


@pytest.mark.parametrize(
    ("customer", "asked", "outcome"), [row[1:] for row in HAPPENS], ids=[row[0] for row in HAPPENS]
)
def test_what_happens(customer: str, asked: Ask, outcome: Outcome) -> None:
    got = dispute(Desk(), customer, asked).outcome
    if isinstance(outcome, NotFound) and not outcome.similar:
        got = replace(got, similar=())
    assert got == outcome


def test_without_a_number_the_latest_invoices_are_shown_and_none_is_taken() -> None:
    outcome = dispute(Desk(), "K1001", ask()).outcome
    assert isinstance(outcome, WhichInvoice)
    assert [line.number for line in outcome.candidates][:2] == ["RE-2026-000123", "RE-2026-000116"]


def test_a_number_that_fits_twice_is_asked_for() -> None:
    outcome = dispute(Desk(), "K1001", ask("123")).outcome
    assert isinstance(outcome, WhichInvoice)
    assert (outcome.asked, [line.number for line in outcome.candidates]) == ("123", ["000123", "RE-2026-000123"])


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2])
def test_it_is_filed_in_the_customers_words_and_an_agent_decides(trust: Trust) -> None:
    desk = Desk()
    served = dispute(desk, "K1001", ask("RE-2026-000123"), trust=trust)
    assert served.for_agent
    [filed] = served.filed
    assert (filed.invoice, filed.reason, filed.state) == ("RE-2026-000123", WORDS, billing.DisputeState.OPEN)
    held = desk.core.invoice("RE-2026-000123", of="K1001")
    assert held is not None
    assert held.held_for == "dispute"


@pytest.mark.parametrize(("text", "reason"), [("x" * 3_000, "x" * 2_000), ("  ", "–")], ids=["a book", "no words"])
def test_the_reason_fits_the_core_whatever_was_written(text: str, reason: str) -> None:
    [filed] = dispute(Desk(), "K1001", ask("RE-2026-000123"), text).filed
    assert filed.reason == reason


def test_after_the_agents_yes_the_customer_is_told_that_they_were_right() -> None:
    desk = Desk()
    [filed] = dispute(desk, "K1001", ask("RE-2026-000123")).filed
    served = dispute(desk, "K1001", ask("RE-2026-000123"), grant=Grant(agent="U0ADA", filed=(filed.id,)))
    assert served.outcome == Upheld(("RE-2026-000123",))
    assert desk.core.dispute(filed.id).state == billing.DisputeState.UPHELD


def test_the_same_invoice_is_not_contested_twice_at_once() -> None:
    desk = Desk()
    dispute(desk, "K1001", ask("RE-2026-000123"))
    again = dispute(desk, "K1001", ask("RE-2026-000123"))
    assert again.outcome == AlreadyOpen(("RE-2026-000123",), TODAY)
    assert not again.filed
    with_another = dispute(desk, "K1001", ask("RE-2026-000123", "RE-2026-000101"))
    assert with_another.outcome == Received((PAID,), "G-1", (), ("RE-2026-000123",))


def test_a_technical_contact_contests_nothing() -> None:
    served = dispute(Desk(), "K1001", ask("RE-2026-000123"), sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("dispute_charge", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "dispute_charge")
