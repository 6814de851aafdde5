"""list_invoices: what people say, what they do not say, what happens."""

from datetime import date
from typing import Any

import pytest

from billing import Money
from bot.messages import Role, Trust
from bot.outcomes import NotAllowed, Outcome
from handlers.list_invoices import Ask, Line, Listed, NoneThere, NotFound, Standing
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import EUR

UNKNOWN = "RE-2026-000999"
TODAY = date(2026, 11, 22)


def ask(*invoices: str, **slots: Any) -> Ask:
    return Ask(tuple(invoices), **slots)  # type: ignore[arg-type]


def line(number: str, minor: int, status: str, issued: date, due: date, **facts: Any) -> Line:
    """A line in euros; what remains of it is nothing, unless it says so."""
    left = facts.pop("left", 0)
    return Line(number, issued, Money(minor, EUR), status, Money(left, EUR), due, facts.pop("paid_on", None), **facts)


OPEN = line("RE-2026-000123", 114240, "open", date(2026, 11, 11), date(2026, 11, 25), left=114240)
PAID = line("RE-2026-000116", 76160, "paid", date(2026, 7, 13), date(2026, 7, 27), paid_on=date(2026, 7, 22))
LATE = line(
    "RE-2026-000106", 59500, "overdue", date(2026, 2, 24), date(2026, 3, 10), left=29500, paid_on=date(2026, 3, 5)
)
PROVEN = line(
    "RE-2026-000117", 337365, "overdue", date(2026, 8, 14), date(2026, 8, 28), left=337365, held="proof"
)  # fmt: skip
CONTESTED = line(
    "RE-2026-000122", 32000, "open", date(2026, 11, 9), date(2026, 11, 23), left=32000, held="dispute"
)  # fmt: skip
PART = line("RE-2026-000124", 38080, "partly_paid", date(2026, 11, 16), date(2026, 11, 30), left=18080)
OVER = line("RE-2026-000110", 226800, "overpaid", date(2026, 4, 1), date(2026, 4, 15), paid_on=date(2026, 4, 10))
CREDITED = line("RE-2026-000107", 90720, "credited", date(2026, 3, 3), date(2026, 3, 17))
NOTE = line(
    "RK-2026-000101", 90720, "credit_note", date(2026, 3, 20), date(2026, 4, 3), corrects="RE-2026-000107"
)  # fmt: skip
VOID = line("RE-2026-000112", 32000, "void", date(2026, 5, 4), date(2026, 5, 18))
FREE = line("RE-2026-000113", 0, "free", date(2026, 5, 20), date(2026, 6, 3))
DRAFT = Line("DRAFT-000001", None, Money(169932, EUR), "draft", Money(169932, EUR), None, None)
OWED, TWO = (Money(114240, EUR),), (Money(94500, "CHF"), Money(114240, EUR))
EVERY = (OPEN, PAID, LATE, PROVEN, CONTESTED, PART, OVER, CREDITED, NOTE, VOID, FREE)
EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Listed("open", "", TODAY, (OPEN,), (), OWED)),
    ("of every kind", Listed("", "2026", TODAY, EVERY, (), TWO, (Money(2320, EUR),))),
    ("more than a letter holds", Listed("", "", TODAY, (OPEN, PAID), EVERY[2:], OWED)),
    ("nothing owed", Listed("paid", "2026-Q3", TODAY, (PAID,), (), ())),
    ("latest", Listed("latest", "", TODAY, (OPEN,), (), OWED)),
    ("overdue", Listed("overdue", "", TODAY, (LATE, PROVEN), (), OWED)),
    ("", Standing((OPEN,))),
    ("paid", Standing((PAID,))),
    ("several", Standing((LATE, PAID, DRAFT), (UNKNOWN,))),
    ("", NoneThere("overdue", "", OWED)),
    ("nothing owed", NoneThere("open", "")),
    ("paid", NoneThere("paid", "2025")),
    ("period", NoneThere("", "2019", TWO)),
    ("", NotFound((UNKNOWN,))),
    ("similar", NotFound(("RE-2026-00123", "4711"), ("RE-2026-000123", "RE-2026-000116"))),
]
READINGS: list[Any] = [
    ask(),
    ask("RE-1"),
    ask("RE-1", "RE-2", period="2026"),
    ask(which="latest"),
    ask(which="open"),
    ask(which="overdue", period="2026-03"),
    ask(which="paid", period="2025"),
    ask(which="all", period="2026-Q1"),
    ask(period="2026-Q1"),
]

SAID = [
    ("de", "Welche Rechnungen sind noch offen?", ask(which="open")),
    ("de", "Guten Tag, ist die Rechnung RE-2026-000123 schon bezahlt?", ask("RE-2026-000123")),
    ("de", "Was schulden wir Ihnen noch?", ask(which="open")),
    ("de", "Warum ist im Kundenportal bei den Rechnungen ein roter Punkt?", ask()),
    ("fr", "Bonjour, la facture RE-2026-000122 est-elle déjà réglée ?", ask("RE-2026-000122")),
    ("fr", "Quelles factures sont encore impayées ?", ask(which="open")),
    ("fr", "Pourquoi y a-t-il un point rouge à côté des factures dans le portail client ?", ask()),
    ("en", "Has invoice RE-2026-000119 been paid yet?", ask("RE-2026-000119")),
    ("en", "When is invoice RE-2026-000104 due?", ask("RE-2026-000104")),
    ("en", "Why is there a red dot next to the invoices in the customer portal?", ask()),
]

NOT_SAID = [
    "Die Rechnung RE-2026-000123 haben wir gestern bezahlt.",
    "Bitte senden Sie mir die Rechnung RE-2026-000123.",
    "La facture RE-2026-000122 a été réglée hier, merci.",
    "Nous avons une question technique sur l'application.",
    "We paid invoice RE-2026-000119 yesterday.",
    "Our invoices are all paid, thank you.",
]

HAPPENS: list[tuple[str, str, Ask, type[Outcome], dict[str, Any]]] = [
    ("what is open", "K1001", ask(which="open"), Listed, {"lines": (OPEN,), "older": (), "owed": OWED}),
    ("what is overdue", "K1002", ask(which="overdue"), Listed, {"owed": (Money(114240, EUR),)}),
    ("what is paid in a quarter", "K1001", ask(which="paid", period="2026-Q3"), Listed, {"lines": (PAID,)}),
    ("everything of a month", "K1008", ask(period="2026-05"), Listed, {"lines": (VOID,)}),
    ("the latest", "K1001", ask(which="latest"), Listed, {"lines": (OPEN,)}),
    ("paid too much", "K1014", ask(), Listed, {"credit": (Money(23200, "USD"),), "owed": ()}),
    ("nothing overdue", "K1001", ask(which="overdue"), NoneThere, {"owed": OWED}),
    ("nothing in that year", "K1001", ask(period="2019"), NoneThere, {"period": "2019"}),
    ("no invoice at all", "K1006", ask(), NoneThere, {"owed": ()}),
    ("one that is open", "K1001", ask("RE-2026-000123"), Standing, {"lines": (OPEN,)}),
    ("one that is paid", "K1001", ask("RE-2026-000116"), Standing, {"lines": (PAID,)}),
    ("one that is paid in part", "K1010", ask("RE-2026-000106"), Standing, {"lines": (LATE,)}),
    ("one whose proof is looked at", "K1003", ask("RE-2026-000117"), Standing, {"lines": (PROVEN,)}),
    ("one that was credited", "K1011", ask("RE-2026-000107"), Standing, {"lines": (CREDITED,)}),
    ("a credit note", "K1011", ask("RK-2026-000101"), Standing, {"lines": (NOTE,)}),
    ("one over nothing", "K1009", ask("RE-2026-000113"), Standing, {"lines": (FREE,)}),
    ("one that is void", "K1008", ask("RE-2026-000112"), Standing, {"lines": (VOID,)}),
    ("one twice, and an unknown", "K1001", ask("RE-2026-000123", UNKNOWN, "RE-2026-000123"), Standing,
     {"lines": (OPEN,), "unknown": (UNKNOWN,)}),
    ("unknown", "K1001", ask(UNKNOWN), NotFound, {"invoices": (UNKNOWN,)}),
    ("another customer's", "K1001", ask("RE-2026-000122"), NotFound, {"invoices": ("RE-2026-000122",)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "asked", "outcome", "facts"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS]
)
def test_what_happens(customer: str, asked: Ask, outcome: type[Outcome], facts: dict[str, Any]) -> None:
    served = Desk().serve("list_invoices", asked, customer)
    assert type(served.outcome) is outcome, served.outcome
    assert {name: getattr(served.outcome, name) for name in facts} == facts


def test_a_bare_number_that_fits_two_invoices_tells_of_both() -> None:
    served = Desk().serve("list_invoices", ask("123"), "K1001")
    assert isinstance(served.outcome, Standing)
    assert [(one.number, one.status) for one in served.outcome.lines] == [
        ("000123", "paid"), ("RE-2026-000123", "open"),
    ]  # fmt: skip


def test_a_draft_is_not_issued_yet() -> None:
    desk = Desk()
    number = next(i.number for i in desk.core.all_invoices("K1001") if i.state == "draft")
    served = desk.serve("list_invoices", ask(number), "K1001")
    assert isinstance(served.outcome, Standing)
    assert served.outcome.lines[0].status == "draft"


def test_of_more_invoices_than_a_letter_holds_the_newest_are_shown_and_all_go_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("handlers.list_invoices.MOST_LINES", 2)
    served = Desk().serve("list_invoices", ask(), "K1001")
    assert isinstance(served.outcome, Listed)
    assert [one.number for one in served.outcome.lines] == ["RE-2026-000123", "RE-2026-000116"]
    [sheet] = served.outcome.sheets
    assert [row[0] for row in sheet.rows[:3]] == ["RE-2026-000123", "RE-2026-000116", "RE-2026-000101"]
    assert len(sheet.rows) == 6 and sheet.day == TODAY


def test_a_list_that_fits_the_letter_brings_no_file() -> None:
    served = Desk().serve("list_invoices", ask(), "K1001")
    assert isinstance(served.outcome, Listed)
    assert served.outcome.sheets == ()


def test_similar_numbers_come_from_the_senders_own_only() -> None:
    served = Desk().serve("list_invoices", ask("RE-2026-00123"), "K1008")
    assert isinstance(served.outcome, NotFound)
    own = {invoice.number for invoice in Desk().core.all_invoices("K1008")}
    assert set(served.outcome.similar) <= own


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2, Trust.INTERNAL])
def test_the_list_goes_to_the_file_whoever_asks(trust: Trust) -> None:
    served = Desk().serve("list_invoices", ask(which="open"), "K1001", trust=trust)
    assert isinstance(served.outcome, Listed)
    assert served.deliveries == ()


def test_a_technical_contact_sees_no_invoices() -> None:
    served = Desk().serve("list_invoices", ask(), "K1001", sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("list_invoices", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "list_invoices")
