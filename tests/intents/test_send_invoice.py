"""send_invoice: what people say, what they do not say, what happens."""

from datetime import date
from typing import Any

import pytest

from billing import Money
from bot.context import Grant
from bot.messages import DocumentRef, Role, Trust
from bot.outcomes import AgentDecides, NotAllowed, Outcome
from handlers.send_invoice import (
    Ask,
    Enclosed,
    Line,
    NoneThere,
    NotFound,
    NotReady,
    Sent,
    ShallISend,
    TooMany,
    TooManyRecipients,
    Void,
    WhichInvoice,
)
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import EUR, THEM, US

FILE, ELSEWHERE = "martin.linden@kunde.example", "pruefung@kanzlei.example"
ARCHIVE, UNKNOWN = "rechnungsarchiv@kunde.example", "RE-2026-000999"
NEW = tuple(f"neu{n}@kanzlei.example" for n in range(6))


def ask(*invoices: str, **slots: Any) -> Ask:
    return Ask(tuple(invoices), **slots)  # type: ignore[arg-type]


OPEN = Line("RE-2026-000123", Money(114240, EUR), "open", Money(114240, EUR), date(2026, 11, 25), None)
PAID = Line("RE-2026-000116", Money(76160, EUR), "paid", Money(0, EUR), date(2026, 7, 27), date(2026, 7, 22))
LATE = Line("RE-2026-000120", Money(76160, EUR), "overdue", Money(76160, EUR), date(2026, 11, 2), None)
PART = Line("RE-2026-000106", Money(59500, EUR), "partly_paid", Money(29500, EUR), date(2026, 12, 1), None)
OVER = Line("RE-2026-000110", Money(226800, "USD"), "overpaid", Money(0, "USD"), date(2026, 4, 15), date(2026, 4, 10))
CREDITED = Line("RE-2026-000107", Money(90720, EUR), "credited", Money(0, EUR), date(2026, 3, 17), None)
FREE = Line("RE-2026-000113", Money(0, EUR), "free", Money(0, EUR), date(2026, 6, 3), None)
NOTE = Line("RK-2026-000101", Money(75600, EUR), "credit_note", Money(0, EUR), None, None)
VOID, DRAFT = ("RE-2026-000112",), ("DRAFT-000001",)
EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Sent((OPEN,), (US,))),
    (
        "several of every kind",
        Sent((OPEN, PAID, LATE, PART, OVER, NOTE, CREDITED, FREE), (US, THEM), (UNKNOWN,), VOID, DRAFT),
    ),
    ("", Enclosed("Lindenhof Gartenbau GmbH", ("RE-2026-000123",))),
    ("several", Enclosed("Lindenhof Gartenbau GmbH", ("RE-2026-000123", "RE-2026-000116"))),
    ("", ShallISend((OPEN,), (THEM,), (THEM,))),
    ("several", ShallISend((OPEN, LATE), (US, THEM, "x@y.example"), (THEM, "x@y.example"), (UNKNOWN,))),
    ("sender not proven", ShallISend((OPEN,), (US,), ())),
    ("", WhichInvoice("123", ("000123", "RE-2026-000123"))),
    ("no number", WhichInvoice("", ("RE-2026-000123", "RE-2026-000116", "RE-2026-000101"))),
    ("", NotFound(("RE-2026-000999",))),
    ("similar", NotFound(("RE-2026-00123", "4711"), ("RE-2026-000123", "RE-2026-000116"))),
    ("", NoneThere("", "2019")),
    ("overdue", NoneThere("overdue", "")),
    ("open", NoneThere("open", "2026-Q3")),
    ("paid", NoneThere("paid", "")),
    ("", Void(VOID)),
    ("", NotReady(DRAFT)),
    ("", TooMany(34, 20)),
    ("", TooManyRecipients(7, 5)),
]
READINGS: list[Any] = [
    Ask(("RE-1", "RE-2"), recipients=("a@b.example", "c@d.example")),  # type: ignore[arg-type]
    Ask(which="latest"),  # type: ignore[arg-type]
    Ask(which="overdue", recipients=("a@b.example",)),  # type: ignore[arg-type]
    Ask(period="2026-Q1"),  # type: ignore[arg-type]
    Ask(which="open"),  # type: ignore[arg-type]
    Ask(which="paid", period="2025"),  # type: ignore[arg-type]
]

SAID = [
    ("de", "Bitte senden Sie die Rechnung RE-2026-000123 an buchhaltung@kunde.example",
     ask("RE-2026-000123", recipients=("buchhaltung@kunde.example",))),
    ("de", "Guten Tag, schicken Sie mir bitte die Rechnung RE-2026-000123", ask("RE-2026-000123")),
    ("de", "Könnten Sie uns bitte unsere letzte Rechnung zukommen lassen?", ask(which="latest")),
    ("de", "Bitte senden Sie alle offenen Rechnungen an pruefung@kanzlei.example",
     ask(which="open", recipients=(ELSEWHERE,))),
    ("de", "Wo kann ich die Rechnung RE-2026-000116 herunterladen?", ask("RE-2026-000116")),
    ("fr", "Merci d'envoyer la facture RE-2026-000122 à comptabilite@client.example",
     ask("RE-2026-000122", recipients=("comptabilite@client.example",))),
    ("fr", "Pouvez-vous envoyer la facture 123 à x@y.example ?", ask("123", recipients=("x@y.example",))),
    ("fr", "Bonjour, je n'ai pas reçu la facture RE-2026-000122, pouvez-vous me la renvoyer ?", ask("RE-2026-000122")),
    ("fr", "Envoyez-nous notre dernière facture, s'il vous plaît", ask(which="latest")),
    ("en", "Please send invoice RE-2026-000119 to accounts@customer.example",
     ask("RE-2026-000119", recipients=("accounts@customer.example",))),
    ("en", "pls send invoice 123 to x@y.example", ask("123", recipients=("x@y.example",))),
    ("en", "Could you email me invoices RE-2026-000104 and RE-2026-000119?", ask("RE-2026-000104", "RE-2026-000119")),
    ("en", "Please send us our latest invoice", ask(which="latest")),
]  # fmt: skip

NOT_SAID = [
    "please do NOT send invoice 123 to x@y.example",
    "Bitte senden Sie die Rechnung 123 nicht an x@y.example",
    "Merci de ne pas envoyer la facture 123 à x@y.example",
    "Vielen Dank, die Rechnung RE-2026-000123 ist angekommen.",
    "Merci, nous avons bien reçu la facture RE-2026-000122.",
    "Thank you, we received invoice 123 yesterday.",
    "anbei unsere Rechnung 4711 für die Reinigung",
]

DRAFT = next(i.number for i in Desk().core.all_invoices("K1001") if i.state == "draft")

HAPPENS: list[tuple[str, str, Ask, type[Outcome], dict[str, Any]]] = [
    ("mine", "K1001", ask("RE-2026-000123"), Sent, {"recipients": (FILE,)}),
    ("two of mine, one of them twice", "K1001", ask("RE-2026-000123", "RE-2026-000116", "RE-2026-000123"), Sent, {}),
    ("the latest", "K1001", ask(which="latest"), Sent, {"recipients": (FILE,)}),
    ("all of a quarter", "K1001", ask(period="2026-Q3"), Sent, {}),
    ("all of a month", "K1001", ask(period="2026-07"), Sent, {}),
    ("one of mine, one unknown", "K1001", ask("RE-2026-000123", UNKNOWN), Sent, {"unknown": (UNKNOWN,)}),
    ("to an address on file", "K1001", ask("RE-2026-000123", recipients=("it@kunde.example",)), Sent, {}),
    ("to the standing recipient", "K1001", ask("RE-2026-000123", recipients=(ARCHIVE,)), Sent, {}),
    ("to somebody else", "K1001", ask("RE-2026-000123", recipients=(ELSEWHERE,)), ShallISend,
     {"elsewhere": (ELSEWHERE,)}),
    ("to one on file and one elsewhere", "K1001", ask("RE-2026-000123", recipients=(FILE, ELSEWHERE)), ShallISend,
     {"elsewhere": (ELSEWHERE,), "recipients": (FILE, ELSEWHERE)}),
    ("a bare number in two series", "K1001", ask("123"), WhichInvoice, {"asked": "123"}),
    ("no number at all", "K1001", ask(), WhichInvoice, {"asked": ""}),
    ("unknown", "K1001", ask("RE-2026-000999"), NotFound, {"invoices": ("RE-2026-000999",)}),
    ("another customer's", "K1001", ask("RE-2026-000122"), NotFound, {"invoices": ("RE-2026-000122",)}),
    ("unknown, and for somebody else", "K1001", ask("RE-2026-000999", recipients=(ELSEWHERE,)), NotFound, {}),
    ("void", "K1008", ask("RE-2026-000112"), Void, {"invoices": ("RE-2026-000112",)}),
    ("a draft", "K1001", ask(DRAFT), NotReady, {"invoices": (DRAFT,)}),
    ("nothing overdue", "K1001", ask(which="overdue"), NoneThere, {"which": "overdue"}),
    ("nothing in that year", "K1001", ask(period="2019"), NoneThere, {"period": "2019"}),
    ("six new addresses", "K1001", ask("RE-2026-000123", recipients=NEW), TooManyRecipients, {"count": 6, "most": 5}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "asked", "outcome", "facts"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS]
)
def test_what_happens(customer: str, asked: Ask, outcome: type[Outcome], facts: dict[str, Any]) -> None:
    served = Desk().serve("send_invoice", asked, customer)
    assert type(served.outcome) is outcome, served.outcome
    assert {name: getattr(served.outcome, name) for name in facts} == facts


def test_the_letter_carries_the_invoices_and_goes_to_each_recipient_once() -> None:
    asked = ask("RE-2026-000123", "RE-2026-000116", recipients=("it@kunde.example", FILE, "it@kunde.example"))
    served = Desk().serve("send_invoice", asked, "K1001")
    assert [delivery.recipient for delivery in served.deliveries] == ["it@kunde.example", FILE]
    letter = served.deliveries[0].outcome
    assert letter == Enclosed("Lindenhof Gartenbau GmbH", ("RE-2026-000123", "RE-2026-000116"))
    assert letter.documents == (DocumentRef("invoice", "RE-2026-000123"), DocumentRef("invoice", "RE-2026-000116"))


def test_without_a_recipient_the_address_on_file_gets_it_whoever_asks() -> None:
    served = Desk().serve("send_invoice", ask("RE-2026-000123"), "K1001", trust=Trust.T0)
    assert [delivery.recipient for delivery in served.deliveries] == [FILE]


def test_nothing_leaves_before_the_yes_and_everything_after_it() -> None:
    desk, asked = Desk(), ask("RE-2026-000123", recipients=(ELSEWHERE,))
    before = desk.serve("send_invoice", asked, "K1001")
    assert before.parked
    assert before.deliveries == ()
    after = desk.serve("send_invoice", asked, "K1001", grant=Grant(confirmed=True), trust=Trust.T2)
    assert isinstance(after.outcome, Sent)
    assert [delivery.recipient for delivery in after.deliveries] == [ELSEWHERE]


def test_each_line_says_how_the_invoice_stands() -> None:
    served = Desk().serve("send_invoice", ask("RE-2026-000106", "RE-2026-000121"), "K1010")
    assert isinstance(served.outcome, Sent)
    part, paid = served.outcome.lines
    assert (part.status, part.remaining) == ("overdue", Money(29_500, "EUR"))
    assert (paid.status, paid.remaining, paid.paid_on is not None) == ("paid", Money(0, "EUR"), True)


def test_a_credit_note_is_found_by_its_number() -> None:
    served = Desk().serve("send_invoice", ask("RK-2026-000101"), "K1011")
    assert isinstance(served.outcome, Sent)
    assert served.outcome.lines[0].status == "credit_note"


def test_similar_numbers_come_from_the_senders_own_only() -> None:
    served = Desk().serve("send_invoice", ask("RE-2026-00123"), "K1008")
    assert isinstance(served.outcome, NotFound)
    own = {invoice.number for invoice in Desk().core.all_invoices("K1008")}
    assert set(served.outcome.similar) <= own


def test_unknown_and_foreign_numbers_are_told_apart_by_nothing() -> None:
    unknown = Desk().serve("send_invoice", ask("RE-2026-000999"), "K1008").outcome
    foreign = Desk().serve("send_invoice", ask("RE-2026-000123"), "K1008").outcome
    assert isinstance(unknown, NotFound)
    assert isinstance(foreign, NotFound)


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2])
@pytest.mark.parametrize("domain", ["kumde.example", "kunde.test", "kunde-rechnung.example"])
def test_a_domain_that_looks_like_the_customers_own_goes_to_an_agent_and_not_to_a_yes(
    domain: str, trust: Trust
) -> None:
    asked = ask("RE-2026-000123", recipients=(FILE, f"buchhaltung@{domain}"))
    desk = Desk()
    served = desk.serve("send_invoice", asked, "K1001", trust=trust)
    assert isinstance(served.outcome, AgentDecides)
    assert served.outcome.alike == (f"buchhaltung@{domain}",)
    assert (served.parked, served.for_agent, served.deliveries) == (True, True, ())
    yes = desk.serve("send_invoice", asked, "K1001", trust=trust, grant=Grant(confirmed=True))
    assert yes.deliveries == ()
    allowed = desk.serve("send_invoice", asked, "K1001", trust=trust, grant=Grant(agent="U0AGENT"))
    assert isinstance(allowed.outcome, Sent)
    assert [delivery.recipient for delivery in allowed.deliveries] == [FILE, f"buchhaltung@{domain}"]


def test_a_colleague_without_an_address_on_file_is_asked_for_and_not_taken_for_a_trap() -> None:
    served = Desk().serve("send_invoice", ask("RE-2026-000123", recipients=("neu@kunde.example",)), "K1001")
    assert isinstance(served.outcome, ShallISend)


def test_a_technical_contact_gets_no_invoice() -> None:
    asked, sender = ask("RE-2026-000123"), "it@kunde.example"
    served = Desk().serve("send_invoice", asked, "K1001", sender=sender, role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


def test_more_invoices_than_a_letter_carries_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.send_invoice.MOST_INVOICES", 2)
    served = Desk().serve("send_invoice", ask(which="all"), "K1001")
    assert isinstance(served.outcome, TooMany)
    assert served.deliveries == ()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("send_invoice", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "send_invoice")
