"""One example or more of each outcome, with facts as they come: from these the snapshots of all replies are made."""

import importlib
from collections.abc import Iterator
from datetime import date
from typing import Any

from billing import Money
from bot import intents
from bot import outcomes as common
from bot.outcomes import Change, Item, Outcome
from handlers import activate_portal as portal
from handlers import change_company_name as name
from handlers import request_renewal_quote as quote
from handlers import send_invoice as send
from handlers import submit_payment_proof as proof
from tests.replies.facts import CASE, THEM, US
from tests.replies.news import NEWS

SEND = Item("send_invoice", send.Ask(("RE-2026-000123",), recipients=(THEM,)))
RENEW = Item("request_renewal_quote", quote.Ask("SUB-1008"))
RENAME = Item("change_company_name", name.Ask("Lindenhof Gartenbau AG"))
ACTIVATE = Item("activate_portal", portal.Ask(("RE-2026-000123",)))
PROOF = Item("submit_payment_proof", proof.Ask(("RE-2026-000117",)))
SLIP = (Change("proof", "RE-2026-000117", "application/pdf, 13 KiB"),)
DIFF = (Change("company_name", "Lindenhof Gartenbau GmbH", "Lindenhof Gartenbau AG"), Change("country", "DE", "AT"))

EFFECTS = (
    common.Effect("tax", "S", "AE"), common.Effect("currency", "EUR", "CHF"),
    common.Effect("in_time", "SUB-1001", day=date(2026, 11, 20)), common.Effect("ends", "SUB-1001", day=date(2027, 1, 2)),
    common.Effect("price", "SUB-1001", amount=Money(12_345, "EUR")),
)  # fmt: skip
ASKED, LAPSES, AGENTS = date(2026, 11, 23), date(2026, 12, 23), ("U0ADA", "U0JONAS")
QUESTION = "Gilt das auch für die Filiale in Ulm?\nUnd für die in Graz?\n\nVielen Dank!"
WHY = ("dmarc_pass", "reply_to_elsewhere")


def _card(standing: str, agents: tuple[str, ...] = ()) -> Outcome:
    return common.Card(
        CASE, "Lindenhof", RENAME, DIFF, "T1", until=LAPSES, standing=standing, since=ASKED, at="14:05", agents=agents
    )


Example = tuple[str, str, Outcome]  # intent, what is special about it, outcome


def _of(intent: str, *rows: tuple[str, Outcome]) -> list[Example]:
    return [(intent, words, outcome) for words, outcome in rows]


COMMON: list[Example] = [
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
        ("look alike", common.AgentDecides(SEND, CASE, ("buchhaltung@kumde.example",))),
        ("", common.OtherLanguage(CASE)),
        ("", common.NothingWaiting()),
        ("", common.Dropped(SEND)),
        ("", common.AlreadyDecided(SEND)),
        ("", common.AskAgain(SEND)),
        ("", common.Withdrawn(RENAME, CASE)),
        ("", common.Lapsed(RENAME, CASE)),
        ("", common.AgentAsks(RENAME, CASE, "proof")),
        ("own words", common.AgentAsks(RENAME, CASE, "since", QUESTION)),
        ("", common.PassedOn(RENAME, CASE)),
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
        ("effects", common.Card(CASE, "Lindenhof Gartenbau GmbH", RENAME, DIFF, "T1", (), EFFECTS, WHY)),
        ("a proof", common.Card(CASE, "Hafenblick", PROOF, SLIP, "T0", ("RE-2026-000117",), proofs=("P1",))),
        ("two proofs", common.Card(CASE, "Hafenblick", PROOF, SLIP, "T1", proofs=("P1", "P2"))),
        ("asked", common.Card(CASE, "Lindenhof", RENAME, DIFF, "T1", standing="asked", since=ASKED, at="14:05")),
        ("silent", common.Card(CASE, "Lindenhof", RENAME, DIFF, "T1", until=LAPSES, standing="silent")),
        ("answered", _card("answered")),
        ("overdue", _card("overdue", AGENTS)),
        ("", common.Asked("U0ADA", "since", QUESTION)),
        ("ready made", common.Asked("U0ADA", "proof", "")),
        ("", common.Answered("Ab dem 1. Januar.\n\nGrüße", "T1")),
        ("with files", common.Answered("Anbei.", "T0", ("auszug.pdf", "scan.png"), False)),
        ("", common.CannotAsk(CASE)),
        ("", common.Undecided(CASE, ASKED, LAPSES, AGENTS, 2)),
        ("", common.NoAnswer(CASE, ASKED, AGENTS, False)),
        ("the time runs", common.NoAnswer(CASE, ASKED, AGENTS, True)),
        ("no diff, unproven", common.Card(CASE, "Lindenhof Gartenbau GmbH", SEND, (), "T0")),
        ("", common.Decided(CASE, "Lindenhof Gartenbau GmbH", RENAME, DIFF, "approved", "U0ADA", "14:05")),
        ("rejected", common.Decided(CASE, "Lindenhof", RENAME, DIFF, "rejected", "U0ADA", "14:05", "not_proven")),
        ("withdrawn", common.Decided(CASE, "Lindenhof", RENAME, DIFF, "withdrawn", US, "14:05")),
        ("expired", common.Decided(CASE, "Lindenhof", RENAME, DIFF, "expired", "", "14:05")),
        ("", common.TooLate("U0ADA", True, "14:05")),
        ("nobody", common.TooLate("", False, "")),
        ("", common.NotYours()),
        ("", common.ChangedMeanwhile(CASE)),
        ("", common.NeedsPerson(CASE, "Lindenhof Gartenbau GmbH", "not_understood")),
        ("stranger", common.NeedsPerson(CASE, "", "failed_authentication")),
        ("colleague", common.NeedsPerson(CASE, "", "not_understood", "U0ADA")),
        ("unreadable", common.NeedsPerson(CASE, "", "unreadable")),
        ("sender unproven", common.NeedsPerson(CASE, "Lindenhof Gartenbau GmbH", "unsure", "", "T0", ("nothing_aligned",))),
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


def _of_handlers() -> Iterator[tuple[str, Any]]:
    for intent in intents.load():
        yield intent, importlib.import_module(f"tests.intents.test_{intent}")


# Each intent brings its own: `EXAMPLES` of its outcomes and `READINGS`, asks to be named in words, beside its tests.
EXAMPLES = [row for intent, tests in _of_handlers() for row in _of(intent, *tests.EXAMPLES)] + COMMON + NEWS
READINGS: list[tuple[str, Any]] = [(intent, ask) for intent, tests in _of_handlers() for ask in tests.READINGS]
