"""pay_invoice: what people say, what they do not say, what happens."""

from datetime import date
from typing import Any

import pytest

from billing import Money, NewInvoice
from billing.demo import SYSTEM
from billing.values import ImportedInvoice, InvoiceState, Line
from bot.messages import Role, Trust
from bot.outcomes import NotAllowed, Outcome
from handlers.pay_invoice import (
    AlreadyPaid,
    Ask,
    CreditNote,
    NotFound,
    NothingOpen,
    NotIssued,
    Payable,
    Settled,
    Void,
    Way,
    WhichInvoice,
)
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import EUR

UNKNOWN = "RE-2026-000999"
BANK = ("Fernblick Software GmbH", "DE97 9999 9999 0000 0123 45", "", "Musterbank Freiburg")


def ask(*invoices: str, **slots: Any) -> Ask:
    return Ask(tuple(invoices), **slots)  # type: ignore[arg-type]


def way(number: str, minor: int, due: date, *, total: int = 0, late: int = 0, held: str = "", cur: str = EUR) -> Way:
    whole = Money(total or minor, cur)
    return Way(number, Money(minor, cur), whole, due, late, number, f"/pay/{number}/seal", held)


OPEN = way("RE-2026-000123", 114240, date(2026, 11, 25))
LATE = way("RE-2026-000120", 76160, date(2026, 11, 2), late=20)
PART = way("RE-2026-000106", 29500, date(2026, 3, 10), total=59500, late=257)
PROVEN = way("RE-2026-000117", 337365, date(2026, 8, 28), late=86, held="proof")
CONTESTED = way("RE-2026-000122", 32000, date(2026, 11, 23), held="dispute")
SWISS = way("RE-2026-000125", 94500, date(2026, 12, 1), cur="CHF")
YESTERDAY = way("RE-2026-000122", 32000, date(2026, 11, 21), late=1)
PAID = Settled("RE-2026-000116", "paid", date(2026, 7, 22))
OVER = Settled("RE-2026-000110", "overpaid", date(2026, 4, 10))
CREDITED, FREE = Settled("RE-2026-000107", "credited", None), Settled("RE-2026-000113", "free", None)
EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Payable((OPEN,), 0, (Money(114240, EUR),), *BANK)),
    ("one day late, with bic", Payable((YESTERDAY,), 0, (Money(32000, EUR),), *BANK[:2], "TESTDE88", "")),
    ("partly paid", Payable((PART,), 0, (Money(29500, EUR),), *BANK)),
    ("proof on the desk", Payable((PROVEN,), 0, (Money(337365, EUR),), *BANK)),
    ("foreign", Payable((SWISS,), 0, (Money(94500, "CHF"),), *BANK, ("CHF",))),
    (
        "several of every kind",
        Payable(
            (PART, LATE, CONTESTED, OPEN, SWISS), 3, (Money(94500, "CHF"), Money(251900, EUR)), *BANK, ("CHF",),
            (PAID, CREDITED, FREE), ("RK-2026-000101", "RE-2026-000112"), (UNKNOWN,),
        ),
    ),
    ("", AlreadyPaid((PAID,))),
    ("several", AlreadyPaid((PAID, OVER, CREDITED, FREE), (UNKNOWN,))),
    ("", NothingOpen("")),
    ("overdue", NothingOpen("overdue")),
    ("latest", NothingOpen("latest")),
    ("", WhichInvoice("123", ("RE-2025-000123", "RE-2026-000123"))),
    ("", NotFound((UNKNOWN,))),
    ("similar", NotFound(("RE-2026-00123", "4711"), ("RE-2026-000123",))),
    ("", CreditNote("RK-2026-000101", "RE-2026-000107")),
    ("", Void("RE-2026-000112")),
    ("", NotIssued("DRAFT-000001")),
]  # fmt: skip
READINGS: list[Any] = [
    ask(),
    ask("RE-1"),
    ask("RE-1", "RE-2"),
    ask(which="latest"),
    ask(which="open"),
    ask(which="overdue"),
    ask(which="all"),
]

SAID = [
    ("de", "Guten Tag, wie kann ich die Rechnung RE-2026-000123 begleichen?", ask("RE-2026-000123")),
    ("de", "Bitte senden Sie mir einen Zahlungslink für alle offenen Rechnungen", ask(which="open")),
    ("de", "Wie lautet Ihre Bankverbindung?", ask()),
    ("fr", "Comment régler la facture RE-2026-000122 ?", ask("RE-2026-000122")),
    ("fr", "Merci de m'envoyer un lien de paiement pour toutes les factures ouvertes", ask(which="open")),
    ("fr", "Pouvez-vous nous communiquer votre RIB ?", ask()),
    ("en", "Please send me a payment link for invoice 123", ask("123")),
    ("en", "We want to pay all our open invoices at once", ask(which="open")),
    ("en", "What are your bank details?", ask()),
]

NOT_SAID = [
    "Die Rechnung RE-2026-000123 zahlen wir nicht, sie ist falsch.",
    "Wir haben die Rechnung RE-2026-000123 gestern bezahlt.",
    "Nous ne paierons pas la facture RE-2026-000122.",
    "La facture RE-2026-000122 est payée, merci de votre patience.",
    "We will not pay invoice RE-2026-000119, it is wrong.",
    "Payment of invoice RE-2026-000119 left our bank this morning.",
]

HAPPENS: list[tuple[str, str, Ask, type[Outcome], dict[str, Any]]] = [
    ("all that is open", "K1002", ask(), Payable, {"sums": (Money(114240, EUR),), "more": 0, "foreign": ()}),
    ("what is overdue", "K1002", ask(which="overdue"), Payable, {"sums": (Money(76160, EUR),)}),
    ("the latest", "K1002", ask(which="latest"), Payable, {"sums": (Money(38080, EUR),)}),
    ("by number", "K1001", ask("RE-2026-000123"), Payable, {"sums": (Money(114240, EUR),)}),
    ("what remains of one", "K1010", ask("RE-2026-000106"), Payable, {"sums": (Money(29500, EUR),)}),
    ("a bare number of which one is open", "K1001", ask("123"), Payable, {"settled": ()}),
    ("one open, one paid, one unknown", "K1001", ask("RE-2026-000123", "RE-2026-000116", UNKNOWN), Payable,
     {"settled": (PAID,), "unknown": (UNKNOWN,)}),
    ("paid", "K1001", ask("RE-2026-000116"), AlreadyPaid, {"settled": (PAID,), "unknown": ()}),
    ("paid, and one unknown", "K1001", ask("RE-2026-000116", UNKNOWN), AlreadyPaid, {"unknown": (UNKNOWN,)}),
    ("paid too much", "K1014", ask("RE-2026-000110"), AlreadyPaid, {"settled": (OVER,)}),
    ("credited", "K1011", ask("RE-2026-000107"), AlreadyPaid, {"settled": (CREDITED,)}),
    ("over nothing", "K1009", ask("RE-2026-000113"), AlreadyPaid, {"settled": (FREE,)}),
    ("the latest, which is paid", "K1012", ask(which="latest"), AlreadyPaid, {}),
    ("nothing open", "K1012", ask(), NothingOpen, {"which": ""}),
    ("nothing overdue", "K1001", ask(which="overdue"), NothingOpen, {"which": "overdue"}),
    ("a credit note", "K1011", ask("RK-2026-000101"), CreditNote, {"corrects": "RE-2026-000107"}),
    ("void", "K1008", ask("RE-2026-000112"), Void, {"number": "RE-2026-000112"}),
    ("open and void", "K1008", ask("RE-2026-000122", "RE-2026-000112"), Payable, {"others": ("RE-2026-000112",)}),
    ("unknown", "K1001", ask(UNKNOWN), NotFound, {"invoices": (UNKNOWN,)}),
    ("another customer's", "K1001", ask("RE-2026-000122"), NotFound, {"invoices": ("RE-2026-000122",)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "asked", "outcome", "facts"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS]
)
def test_what_happens(customer: str, asked: Ask, outcome: type[Outcome], facts: dict[str, Any]) -> None:
    served = Desk().serve("pay_invoice", asked, customer)
    assert type(served.outcome) is outcome, served.outcome
    assert {name: getattr(served.outcome, name) for name in facts} == facts


def payable(desk: Desk, asked: Ask, customer: str) -> Payable:
    outcome = desk.serve("pay_invoice", asked, customer).outcome
    assert isinstance(outcome, Payable)
    return outcome


def test_the_link_the_reference_and_the_account_are_those_of_the_core() -> None:
    desk = Desk()
    told, link = payable(desk, ask("RE-2026-000106"), "K1010"), desk.core.pay_link("RE-2026-000106", of="K1010")
    assert (told.ways[0].url, told.ways[0].reference) == (link.url, "RE-2026-000106")
    assert told.ways[0].amount == Money(29500, EUR)
    assert told.ways[0].total == Money(59500, EUR)
    assert (told.beneficiary, told.iban.replace(" ", ""), told.bank) == (
        link.bank.beneficiary, link.bank.iban, link.bank.bank,
    )  # fmt: skip


def test_what_is_due_first_stands_first_and_days_are_counted() -> None:
    told = payable(Desk(), ask(which="open"), "K1002")
    assert [(one.number, one.late) for one in told.ways] == [("RE-2026-000120", 20), ("RE-2026-000124", 0)]


def test_who_has_handed_in_a_proof_is_asked_not_to_pay_again() -> None:
    assert payable(Desk(), ask("RE-2026-000117"), "K1003").ways[0].held == "proof"


def test_an_agreement_on_instalments_is_no_reason_not_to_pay() -> None:
    assert payable(Desk(), ask("RE-2026-000106"), "K1010").ways[0].held == ""


def _billed(desk: Desk, customer: str, currency: str, key: str, day: date = date(2026, 11, 20)) -> str:
    new = NewInvoice(customer, (Line("Schulung", Money(32000, currency)),), issued=day)
    draft = desk.core.draft_invoice(new, actor=SYSTEM, idem=f"test:{key}")
    return desk.core.finalise(draft.number, actor=SYSTEM, idem=f"test:{key}:final").number


def test_another_currency_than_the_euro_is_no_sepa_transfer() -> None:
    desk = Desk()
    number = _billed(desk, "K1012", "CHF", "swiss")
    told = payable(desk, ask(number), "K1012")
    assert told.foreign == ("CHF",)
    assert told.sums == (Money(32000, "CHF"),)


def test_more_open_invoices_than_a_letter_holds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.pay_invoice.MOST_INVOICES", 1)
    told = payable(Desk(), ask(), "K1002")
    assert [one.number for one in told.ways] == ["RE-2026-000120"]
    assert told.more == 1


def test_two_open_invoices_of_one_ending_are_asked_about() -> None:
    desk = Desk()
    gross, day = Money(10_000, EUR), date(2026, 11, 1)
    for number in ("A-000777", "B-000777"):
        old = ImportedInvoice(number, "K1001", InvoiceState.FINALISED, gross, gross, day, date(2026, 11, 15))
        desk.core.import_invoice(old, actor=SYSTEM, idem=f"test:{number}")
    served = desk.serve("pay_invoice", ask("777"), "K1001")
    assert served.outcome == WhichInvoice("777", ("A-000777", "B-000777"))


def test_a_draft_is_not_to_be_paid() -> None:
    desk = Desk()
    number = next(i.number for i in desk.core.all_invoices("K1001") if i.state == "draft")
    assert desk.serve("pay_invoice", ask(number), "K1001").outcome == NotIssued(number)


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2, Trust.INTERNAL])
def test_how_to_pay_is_told_to_the_file_whoever_asks(trust: Trust) -> None:
    served = Desk().serve("pay_invoice", ask(), "K1001", trust=trust)
    assert isinstance(served.outcome, Payable)
    assert served.deliveries == ()


def test_a_technical_contact_pays_no_invoices() -> None:
    served = Desk().serve("pay_invoice", ask(), "K1001", sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("pay_invoice", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "pay_invoice")
