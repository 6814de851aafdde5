"""One example or more of each outcome, with facts as they come: from these the snapshots of all replies are made."""

from datetime import date
from typing import Any

from billing import Money
from bot import outcomes as common
from bot.outcomes import Change, Item, Outcome
from handlers import activate_portal as portal
from handlers import change_company_name as name
from handlers import help as helping
from handlers import request_renewal_quote as quote
from handlers import send_invoice as send

EUR, CHF = "EUR", "CHF"
OPEN = send.Line("RE-2026-000123", Money(114240, EUR), "open", Money(114240, EUR), date(2026, 11, 25), None)
PAID = send.Line("RE-2026-000116", Money(76160, EUR), "paid", Money(0, EUR), date(2026, 7, 27), date(2026, 7, 22))
LATE = send.Line("RE-2026-000120", Money(76160, EUR), "overdue", Money(76160, EUR), date(2026, 11, 2), None)
PART = send.Line("RE-2026-000106", Money(59500, EUR), "partly_paid", Money(29500, EUR), date(2026, 12, 1), None)
OVER = send.Line(
    "RE-2026-000110", Money(226800, "USD"), "overpaid", Money(0, "USD"), date(2026, 4, 15), date(2026, 4, 10)
)
NOTE = send.Line("RK-2026-000101", Money(75600, EUR), "credit_note", Money(0, EUR), None, None)
US, THEM = "buchhaltung@kunde.example", "pruefung@kanzlei.example"
UNKNOWN, VOID, DRAFT = ("RE-2026-000999",), ("RE-2026-000112",), ("DRAFT-000001",)
CASE = "G-7K3M9Q"
SEND = Item("send_invoice", send.Ask(("RE-2026-000123",), recipients=(THEM,)))
RENEW = Item("request_renewal_quote", quote.Ask("SUB-1008"))
RENAME = Item("change_company_name", name.Ask("Lindenhof Gartenbau AG"))
ACTIVATE = Item("activate_portal", portal.Ask(("RE-2026-000123",)))
DIFF = (Change("company_name", "Lindenhof Gartenbau GmbH", "Lindenhof Gartenbau AG"), Change("country", "DE", "AT"))
READY = quote.Ready(
    "AN-2026-000103", "SUB-1008", Money(170100, EUR), date(2026, 12, 22), date(2026, 12, 22), date(2026, 11, 24)
)

Example = tuple[str, str, Outcome]  # intent, what is special about it, outcome


def _of(intent: str, *rows: tuple[str, Outcome]) -> list[Example]:
    return [(intent, words, outcome) for words, outcome in rows]


EXAMPLES: list[Example] = [
    *_of(
        "send_invoice",
        ("", send.Sent((OPEN,), (US,))),
        ("several of every kind", send.Sent((OPEN, PAID, LATE, PART, OVER, NOTE), (US, THEM), UNKNOWN, VOID, DRAFT)),
        ("", send.Enclosed("Lindenhof Gartenbau GmbH", ("RE-2026-000123",))),
        ("several", send.Enclosed("Lindenhof Gartenbau GmbH", ("RE-2026-000123", "RE-2026-000116"))),
        ("", send.ShallISend((OPEN,), (THEM,), (THEM,))),
        ("several", send.ShallISend((OPEN, LATE), (US, THEM, "x@y.example"), (THEM, "x@y.example"), UNKNOWN)),
        ("sender not proven", send.ShallISend((OPEN,), (US,), ())),
        ("", send.WhichInvoice("123", ("000123", "RE-2026-000123"))),
        ("no number", send.WhichInvoice("", ("RE-2026-000123", "RE-2026-000116", "RE-2026-000101"))),
        ("", send.NotFound(("RE-2026-000999",))),
        ("similar", send.NotFound(("RE-2026-00123", "4711"), ("RE-2026-000123", "RE-2026-000116"))),
        ("", send.NoneThere("", "2019")),
        ("overdue", send.NoneThere("overdue", "")),
        ("open", send.NoneThere("open", "2026-Q3")),
        ("paid", send.NoneThere("paid", "")),
        ("", send.Void(VOID)),
        ("", send.NotReady(DRAFT)),
        ("", send.TooMany(34, 20)),
        ("", send.TooManyRecipients(7, 5)),
    ),
    *_of(
        "request_renewal_quote",
        ("", quote.Accepted((), date(2026, 11, 24))),
        ("for others", quote.Accepted((THEM,), None)),
        ("", READY),
        ("", quote.Sent("AN-2026-000103", Money(170100, EUR), date(2026, 12, 22), (THEM,))),
        ("", quote.Delayed("SUB-1008")),
        ("", quote.ShallISendQuote("SUB-1008", (THEM,), (THEM,))),
        ("several, sender not proven", quote.ShallISendQuote("SUB-1008", (US, "direction@client.example"), ())),
        ("", quote.WhichSubscription(("SUB-1012", "SUB-1012-2"))),
        ("", quote.NotFound("SUB-9999")),
        ("", quote.NoSubscription()),
        ("", quote.Reseller()),
        ("", quote.Perpetual()),
        ("", quote.Ended()),
        ("", quote.TooEarly()),
    ),
    *_of(
        "activate_portal",
        ("", portal.Requested()),
        ("", portal.SetUp("/setup/Zm9vYmFy-_x", "Lindenhof Gartenbau GmbH")),
        ("", portal.AlreadyActive()),
        ("", portal.WhichInvoice("123", ("000123", "RE-2026-000123"))),
        ("", portal.Reseller()),
        ("", portal.Perpetual()),
        ("", portal.Locked()),
    ),
    *_of(
        "change_company_name",
        ("", name.Received("Lindenhof Gartenbau GmbH", "Lindenhof Gartenbau AG", CASE)),
        ("", name.Changed("Lindenhof Gartenbau GmbH", "Lindenhof Gartenbau AG")),
        ("", name.Unchanged("Lindenhof Gartenbau GmbH")),
        ("", name.NotAName()),
    ),
    *_of("help", ("", helping.Examples())),
    *_of(
        "_common",
        ("", common.ShallI(SEND)),
        ("", common.WhichOne((SEND, RENEW, ACTIVATE))),
        ("", common.Missing("activate_portal", ("invoices",), ("RE-2026-000123", "RE-2026-000116"))),
        ("two slots", common.Missing("change_company_name", ("company", "country"))),
        ("", common.WhichAccount()),
        ("", common.WhichPending((SEND, RENAME))),
        ("", common.NotUnderstood(CASE)),
        ("", common.HandedOver(CASE)),
        ("", common.AgentDecides(SEND, CASE)),
        ("", common.OtherLanguage(CASE)),
        ("", common.NothingWaiting()),
        ("", common.Dropped(SEND)),
        ("", common.AlreadyDecided(SEND, expired=False)),
        ("expired", common.AlreadyDecided(SEND, expired=True)),
        ("", common.NotAllowed()),
        ("", common.Rejected(RENAME, "not_proven")),
        ("other way", common.Rejected(RENAME, "other_way")),
        ("", common.Unavailable()),
        ("", common.Failed(CASE)),
        ("", common.FurtherDocuments(2, 3)),
        ("", common.Undelivered(THEM, ("RE-2026-000123",), "unknown_mailbox")),
        ("no document", common.Undelivered(THEM, (), "no_answer")),
        ("", common.CardSeen()),
        ("", common.Paused(CASE)),
    ),
    *_of(
        "_approval",
        ("", common.Card(CASE, "Lindenhof Gartenbau GmbH", RENAME, DIFF, "T1", ("RE-2026-000123",))),
        ("no diff, unproven", common.Card(CASE, "Lindenhof Gartenbau GmbH", SEND, (), "T0")),
        ("", common.Decided(CASE, "Lindenhof Gartenbau GmbH", RENAME, DIFF, True, "U0ADA", "14:05")),
        ("rejected", common.Decided(CASE, "Lindenhof", RENAME, DIFF, False, "U0ADA", "14:05", "not_proven")),
        ("", common.TooLate("U0ADA", True, "14:05")),
        ("nobody", common.TooLate("", False, "")),
        ("", common.NotYours()),
        ("", common.ChangedMeanwhile(CASE)),
        ("", common.NeedsPerson(CASE, "Lindenhof Gartenbau GmbH", "not_understood")),
        ("stranger", common.NeedsPerson(CASE, "", "failed_authentication")),
        ("unreadable", common.NeedsPerson(CASE, "", "unreadable")),
        ("no progress", common.NeedsPerson(CASE, "Lindenhof Gartenbau GmbH", "no_progress")),
        (
            "",
            common.LetterBounced(
                CASE, "Lindenhof Gartenbau GmbH", THEM, ("RE-2026-000123",), "mailbox_full", "5.2.2", True
            ),
        ),
        ("nobody told", common.LetterBounced(CASE, "", US, (), "refused", "5.7.1", False)),
    ),
]  # fmt: skip

READINGS: list[tuple[str, Any]] = [
    ("send_invoice", send.Ask(("RE-1", "RE-2"), recipients=("a@b.example", "c@d.example"))),
    ("send_invoice", send.Ask(which="latest")),  # type: ignore[arg-type]
    ("send_invoice", send.Ask(which="overdue", recipients=("a@b.example",))),  # type: ignore[arg-type]
    ("send_invoice", send.Ask(period="2026-Q1")),  # type: ignore[arg-type]
    ("send_invoice", send.Ask(which="open")),  # type: ignore[arg-type]
    ("send_invoice", send.Ask(which="paid", period="2025")),  # type: ignore[arg-type]
    ("request_renewal_quote", quote.Ask()),
    ("request_renewal_quote", quote.Ask("SUB-1", ("a@b.example",))),  # type: ignore[arg-type]
    ("activate_portal", portal.Ask(("RE-1",))),  # type: ignore[arg-type]
    ("change_company_name", name.Ask("Neu & Co. KG")),  # type: ignore[arg-type]
    ("help", helping.Ask()),
]
