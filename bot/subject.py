"""What we hold about one person: handed out whole, or erased as far as the law lets us, with a reason for the rest.

A person is an e-mail address. What the law wants kept is kept and named, record by record: erasing is refused in
writing, never in silence (GDPR art. 15, 17 and 17(3)(b); § 147 AO and § 257 HGB for the books and their letters).
"""

import json
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

import billing
from bot import dress
from bot.app import App
from bot.channels.mail.envelope import unseal
from bot.messages import Channel, DocumentRef
from bot.pipeline import records
from bot.tokens import derive_id
from storage.database import reading, writing
from storage.tables import InboxRow, OutboxRow, ParkedRow

ERASED = "erased"

# Why a record stays: the sentence that the person is sent.
CONTACT = (
    "the contract: nobody else is named to us whom we could write to about what still runs or is owed; the customer can"
    " name somebody else (art. 6(1)(b))"
)
BOOKS = "tax and commercial law: invoices, and letters that carried one, are kept with the books (§ 147 AO, § 257 HGB)"
LETTERS = "commercial law: what was filed with us is kept as a business letter, with the answer (§ 257 HGB, § 147 AO)"
OPEN = "your request is still being worked on; ask again when it has ended"
DECIDED = "commercial law: a request that an agent decided is kept with its decision (§ 257 HGB)"
WHY = {
    billing.KeptBecause.CONTRACT: CONTACT,
    billing.KeptBecause.BOOKS: BOOKS,
    billing.KeptBecause.LETTERS: LETTERS,
}
OPERATOR = billing.Actor(billing.ActorKind.SYSTEM, "operator")


@dataclass(frozen=True)
class Finding:
    """One record about the person, and what becomes of it when they ask for erasure."""

    record: str  # kind and id
    of: str  # ISO date
    erased: bool
    why_kept: str = ""


def export(app: App, address: str, folder: Path) -> int:
    """Write `subject.json` and the mails as they came into a folder; gives how many records there are."""
    folder.mkdir(parents=True, exist_ok=True)
    with reading(app.engine) as session:
        held = _Held(app, session, address)
        told = held.as_json()
        for row in held.messages:
            if row.channel == Channel.EMAIL and row.raw:
                (folder / f"{row.id}.eml").write_bytes(unseal(row.raw)[1])
    (folder / "subject.json").write_text(json.dumps(told, ensure_ascii=False, indent=2, default=str), "utf-8")
    return sum(len(part) for part in told.values() if isinstance(part, list))


def erase(app: App, address: str, *, really: bool) -> list[Finding]:
    """Erase what may be erased and say of each record what became of it; without `really` only say it."""
    with writing(app.engine) as session:
        held = _Held(app, session, address)
        findings = held.erase_contact() + held.findings()
        if really:
            held.erase()
        else:
            session.rollback()
    return findings


class _Held:
    """All records about one address."""

    def __init__(self, app: App, session: Session, address: str) -> None:
        wanted = address.strip().casefold()
        self.address = wanted
        sender = derive_id("sender", wanted)
        self.messages = list(session.exec(select(InboxRow).where(InboxRow.sender_digest == sender)))
        theirs = select(InboxRow.id).where(InboxRow.sender_digest == sender)
        passed_on = (col(OutboxRow.under) != "") & col(OutboxRow.inbox_id).in_(theirs)  # their answers to our agents
        to_them = func.lower(col(OutboxRow.recipient)) == wanted
        self.letters = list(session.exec(select(OutboxRow).where(to_them | passed_on)))
        self.requests = list(session.exec(select(ParkedRow).where(ParkedRow.address == wanted)))
        self.core = app.cores(session)
        self.customers = [customer for customer in self.core.all_customers() if customer.on_file(wanted)]

    def as_json(self) -> dict[str, Any]:
        contacts = [
            {"customer": customer.id, **asdict(contact)}
            for customer in self.customers
            if (contact := customer.contact(self.address))
        ]
        return {
            "address": self.address, "contacts": contacts,
            "gets every invoice of": [
                customer.id for customer in self.customers
                if self.address in {one.casefold() for one in customer.standing_recipients}
            ],
            "messages": [
                {"id": row.id, "channel": row.channel, "received": row.received, "case": row.case_id,
                 "trust": row.trust, "reasons": json.loads(row.reasons or "[]"),
                 "understood": json.loads(row.reading or "null")}
                for row in self.messages
            ],
            "letters": [_letter(row) for row in self.letters if row.recipient != ERASED],
            "requests": [
                {"id": row.id, "case": row.case_id, "intent": row.intent, "details": records.slots(row.slots),
                 "state": row.state, "made": row.created, "decided": row.decided_at, "reason": row.reason}
                for row in self.requests
            ],
        }  # fmt: skip

    def erase_contact(self) -> list[Finding]:
        """At the billing core; not while something is open that the answer to must reach them."""
        if any(_keeps_request(row) == OPEN for row in self.requests):
            return [Finding(f"contact of {customer.id}", "", False, OPEN) for customer in self.customers]
        found = []
        for customer in self.customers:
            told = self.core.erase_contact(customer.id, self.address, actor=OPERATOR, idem=f"erase:{uuid.uuid4()}")
            found += [Finding(f"contact of {customer.id}", "", True)] if told.erased else []
            found += [Finding(kept.record, "", False, WHY[kept.why]) for kept in told.kept]
        return found

    def findings(self) -> list[Finding]:
        found = [_finding("message", row.id, row.received, _keeps_message(row)) for row in self.messages]
        found += [_finding("letter", row.id, row.created, _keeps_letter(row)) for row in self.letters]
        return found + [_finding("request", row.id, row.created, _keeps_request(row)) for row in self.requests]

    def erase(self) -> None:
        """The rows stay as numbers of what happened; everything that the person wrote or was told goes."""
        for message in self.messages:
            if not _keeps_message(message):
                message.raw, message.reading, message.reasons = b"", "", "[]"
                message.sender_digest = message.domain_digest = message.text_digest = None
        for letter in self.letters:
            if not _keeps_letter(letter):
                blank_reply: dict[str, Any] = {"subject": ERASED, "body": ERASED, "attachments": [], "asks": None}
                letter.reply = records.dump({**json.loads(letter.reply), **blank_reply})
                letter.recipient, letter.on_failure, letter.error = ERASED, None, ""
        for request in self.requests:
            if not _keeps_request(request):
                actor = json.loads(request.asker)
                blank: dict[str, Any] = {"address": ERASED, "contact_email": None, "name": "", "reasons": []}
                request.asker = records.dump({**actor, **blank})
                request.slots, request.written, request.wants = "{}", "", ""
                request.address = ERASED


def _finding(kind: str, row_id: str, at: Any, why_kept: str) -> Finding:
    return Finding(f"{kind} {row_id}", at.date().isoformat(), not why_kept, why_kept)


def _keeps_message(row: InboxRow) -> str:
    return "" if row.state == "done" else OPEN


def _keeps_letter(row: OutboxRow) -> str:
    if row.state == "queued":
        return OPEN
    enclosed = records.reply(row.reply).attachments
    return BOOKS if any(isinstance(one, DocumentRef) for one in enclosed) else ""


def _keeps_request(row: ParkedRow) -> str:
    if row.state == "open":
        return OPEN
    return DECIDED if row.waits_for == "agent" else ""


def _letter(row: OutboxRow) -> dict[str, Any]:
    reply = records.reply(row.reply)
    return {
        "id": row.id, "case": row.case_id, "channel": row.channel, "written": row.created, "state": row.state,
        "subject": dress.subject(reply), "text": dress.plain(reply),
        "documents": [asdict(document) for document in reply.attachments],
    }  # fmt: skip
