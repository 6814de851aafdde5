"""What the operator does from the command line, as functions of a built machine."""

import asyncio
import json
import logging
import sys
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import update
from sqlmodel import Session, col, select

import billing
from billing.demo import as_json as billing_json
from billing.demo import load_jsonl
from billing.demo import seed as seed_billing
from bot import dress
from bot.app import App, Service, SetupError, build
from bot.channels.terminal import sealed
from bot.hours import has_holidays
from bot.messages import Channel, CsvFile, DocumentRef, Enclosure, Inbound
from bot.pipeline import records
from bot.pipeline.counter import Counter
from bot.pipeline.happenings import start_after
from bot.pipeline.outgoing import stored_documents
from bot.pipeline.receive import Inbox
from bot.settings import Settings
from storage import audit
from storage.database import reading, writing
from storage.tables import CaseRow, InboxRow, OutboxRow, ParkedRow

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

Row = dict[str, Any]


def serve_until_stopped(
    app: App, *, extra_routes: "Sequence[BaseRoute]" = (), on_ready: Callable[[], None] = lambda: None
) -> None:
    """Serve everything until a signal."""
    _log_to_errors()
    asyncio.run(Service(app, extra_routes=extra_routes).run(on_ready=on_ready))


def _log_to_errors() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("slack_bolt", "aiohttp", "alembic", "asyncio", "fontTools", "factur-x", "facturx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def work_until_stopped(app: App, *, on_ready: Callable[[], None] = lambda: None) -> None:
    """Work off what other machines take in, until a signal. Raises SetupError where there is no shared database."""
    if app.engine.dialect.name == "sqlite":
        raise SetupError("workers of their own need a shared database: set GUICHET_DATABASE_URL to PostgreSQL")
    _log_to_errors()
    asyncio.run(Service(app, with_doors=False).run(on_ready=on_ready))


class NotAnswered(Exception):
    """A typed message broke us; it is kept."""


class Terminal:
    """The terminal channel: asks the same counter, prints the same words."""

    def __init__(self, app: App, sender: str) -> None:
        self._app, self._sender = app, sender

    def ask(self, text: str, *, explain: bool = False, as_json: bool = False) -> str:
        """Work one line off and give the answer as it is printed."""
        raw = sealed(self._sender, text, datetime.combine(self._app.clock.today(), datetime.now(UTC).timetz()))
        inbox = Inbox(self._app.engine, self._app.clock, on_kept=lambda _id: None)
        inbox_id = inbox.put(Channel.TERMINAL, uuid.uuid4().hex, raw).result(30)
        inbox.close()
        try:
            self._app.worker.handle(inbox_id)
        except Exception as error:  # logged with its cause by the worker; the message waits and is tried again
            raise NotAnswered(f"message {inbox_id} could not be answered now; see `guichet stuck list`") from error
        return self._printed(inbox_id, explain, as_json)

    def _printed(self, inbox_id: str, explain: bool, as_json: bool) -> str:
        with writing(self._app.engine) as session:
            row = session.get_one(InboxRow, inbox_id)
            query = select(OutboxRow).where(OutboxRow.inbox_id == inbox_id).order_by(col(OutboxRow.created))
            letters = list(session.exec(query))
            for letter in letters:
                if letter.channel == Channel.TERMINAL:
                    letter.state, letter.sent = "sent", self._app.clock.now()
            heard = json.loads(row.reading) if row.reading else {}
            if as_json:
                return json.dumps(
                    {"case": row.case_id, **heard, "letters": [shown(one) for one in letters]}, ensure_ascii=False
                )
            told = [_letter_text(letter) for letter in letters]
            evidence = [_evidence(heard)] if explain else []
        return "\n".join([*evidence, *(told or ["(no answer: the message asks for nothing)"])])


def _letter_text(letter: OutboxRow) -> str:
    reply = records.reply(letter.reply)
    files = "".join(f"\n  [{one.kind} {one.number}, {_form(one)}]" for one in reply.attachments)
    if letter.channel != Channel.TERMINAL:
        return f"  -> {letter.channel} to {letter.recipient}: {dress.subject(reply)}{files}"
    return dress.terminal(reply).rstrip() + files + "\n"


def _form(enclosed: Enclosure) -> str:
    return "CSV" if isinstance(enclosed, CsvFile) else "PDF"


def _evidence(heard: Row) -> str:
    lines = [f"language {heard.get('language')}, decision {heard.get('decision')}"]
    lines += [
        f"  {request['intent']} {json.dumps(request['slots'], ensure_ascii=False)}"
        for request in heard.get("requests", [])
    ]
    return "\n".join([*lines, *(f"    {line}" for line in heard.get("evidence", []))]) + "\n"


def shown(letter: OutboxRow) -> Row:
    """An outbox row as operators see it."""
    reply = records.reply(letter.reply)
    return {
        "id": letter.id, "channel": letter.channel, "recipient": letter.recipient, "subject": dress.subject(reply),
        "text": dress.plain(reply), "documents": [f"{ref.kind} {ref.number}" for ref in reply.attachments],
        "state": letter.state,
    }  # fmt: skip


def simulated(app: App, raw: bytes, *, as_json: bool = False) -> str:
    """What a raw mail would cause, rendered; rolled back, so nothing of it stays."""
    inbound = app.worker.readers[Channel.EMAIL](raw, "simulated")
    heard = app.worker.hear(inbound)
    with Session(app.engine) as session:
        row = InboxRow(
            id="simulated", channel=Channel.EMAIL, key="simulated", raw=b"", received=app.clock.now(), kind=inbound.kind
        )
        session.add(row)
        session.flush()
        Counter(app.tools, session, app.cores(session), row).answer(inbound, heard)
        session.flush()
        letters = [shown(one) for one in session.exec(select(OutboxRow).where(OutboxRow.inbox_id == "simulated"))]
        parked = [one.intent for one in session.exec(select(ParkedRow).where(ParkedRow.inbox_id == "simulated"))]
        told = _simulation(inbound, row, parked, letters)
        session.rollback()
    return json.dumps(told, ensure_ascii=False, indent=2) if as_json else _simulation_text(told)


def _simulation(inbound: Inbound, row: InboxRow, parked: list[str], letters: list[Row]) -> Row:
    return {
        "kind": inbound.kind.value, "from": inbound.sender, "trust": row.trust,
        "trust_reasons": json.loads(row.reasons or "[]"), "reading": json.loads(row.reading or "null"),
        "parked": parked, "letters": letters,
    }  # fmt: skip


def _simulation_text(told: Row) -> str:
    head = [f"kind {told['kind']}, trust {told['trust']} ({', '.join(told['trust_reasons'])})"]
    if told["reading"]:
        head.append(_evidence(told["reading"]).rstrip())
    head += [f"waits for a yes: {intent}" for intent in told["parked"]]
    letters = [f"--- to {one['recipient']}: {one['subject']}\n\n{one['text']}" for one in told["letters"]]
    return "\n".join([*head, *(letters or ["no answer"])])


def document(app: App, kind: str, number: str) -> bytes | None:
    """The stored document of an invoice or quote; None where there is none."""
    with reading(app.engine) as session:
        owner = app.cores(session).owner_of(kind, number)
    if owner is None:
        return None
    try:
        (stored,) = stored_documents(app.engine, app.cores, [DocumentRef(kind, number)], of=owner)
    except (billing.NotFound, billing.InvalidState):
        return None
    return stored.content


def listed(app: App, what: str, customer: str | None) -> list[Row]:
    """Customers, or what they hold, of the embedded core, in the published JSON shape."""
    with reading(app.engine) as session:
        core = app.cores(session)
        found: Sequence[Any] = core.all_customers() if what == "customers" else ()
        if what == "invoices":
            found = core.all_invoices(customer)
        if what == "quotes":
            found = core.all_quotes(customer)
        if what in ("subscriptions", "proofs", "disputes"):
            found = _of_each(core, what, customer)
        return [billing_json(one) for one in found]


def _of_each(core: billing.BillingCore, what: str, customer: str | None) -> list[Any]:
    """What customers hold, of one or of all, customer by customer."""
    looks: dict[str, Callable[[str], Sequence[Any]]] = {
        "subscriptions": core.subscriptions, "proofs": core.proofs, "disputes": core.disputes,
    }  # fmt: skip
    ids = [customer] if customer else [one.id for one in core.all_customers()]
    return [held for customer_id in ids for held in looks[what](customer_id)]


def stuck_rows(app: App) -> list[Row]:
    """Messages that broke us three times."""
    with reading(app.engine) as session:
        rows = session.exec(select(InboxRow).where(InboxRow.state == "stuck").order_by(col(InboxRow.received).desc()))
        return [
            {"id": row.id, "case": row.case_id, "channel": row.channel, "received": row.received.isoformat(),
             "attempts": row.attempts, "bytes": len(row.raw)}
            for row in rows
        ]  # fmt: skip


def raw_message(app: App, inbox_id: str) -> bytes | None:
    """A message as it was received."""
    with reading(app.engine) as session:
        row = session.get(InboxRow, inbox_id)
        return row.raw if row else None


def retry_message(app: App, inbox_id: str) -> bool:
    """Put a stuck message back; says whether there was one."""
    change = update(InboxRow).where(col(InboxRow.id) == inbox_id, col(InboxRow.state) == "stuck")
    return _changed(app, change.values(state="new", attempts=0))


def retry_letter(app: App, letter_id: str) -> bool:
    """Queue a failed letter again; says whether there was one."""
    change = update(OutboxRow).where(col(OutboxRow.id) == letter_id, col(OutboxRow.state).in_(("failed", "bounced")))
    return _changed(app, change.values(state="queued", attempts=0, due=app.clock.now()))


def _changed(app: App, change: Any) -> bool:
    with writing(app.engine) as session:
        return bool(session.connection().execute(change).rowcount == 1)


def outbox_rows(app: App) -> list[Row]:
    """What waits or failed."""
    with reading(app.engine) as session:
        query = select(OutboxRow).where(OutboxRow.state != "sent", OutboxRow.channel != "terminal")
        return [
            {"id": row.id, "case": row.case_id, "channel": row.channel, "state": row.state, "attempts": row.attempts,
             "due": row.due.isoformat(), "error": row.error}
            for row in session.exec(query.order_by(col(OutboxRow.created).desc()))
        ]  # fmt: skip


def case_rows(app: App) -> list[Row]:
    """All cases, newest first."""
    with reading(app.engine) as session:
        rows = session.exec(select(CaseRow).order_by(col(CaseRow.opened).desc()).limit(200))
        return [
            {"id": row.id, "customer": row.customer_id, "channel": row.channel, "language": row.language,
             "opened": row.opened.isoformat(), "needs_person": row.needs_person}
            for row in rows
        ]  # fmt: skip


def finish_case(app: App, case: str) -> bool:
    """What only a person could answer has been answered: whoever asks no longer hears that somebody has it in hand.

    Gives whether a person had the case. Their next message that needs a person opens it anew.
    """
    with writing(app.engine) as session:
        row = session.get(CaseRow, case)
        if row is None or not row.needs_person:
            return False
        row.needs_person, row.person_since = False, None
        note = audit.Note("answered_by_person", {})
        audit.write(session, case, [note], at=app.clock.now(), seal=app.tools.tokens.seal)
    return True


def case_story(app: App, case: str) -> list[Row]:
    """Everything about a case in the order it happened."""
    with reading(app.engine) as session:
        told = [_message_story(row) for row in session.exec(select(InboxRow).where(InboxRow.case_id == case))]
        told += [_parked_story(row) for row in session.exec(select(ParkedRow).where(ParkedRow.case_id == case))]
        told += [
            {"at": row.created.isoformat(), "what": "letter", "channel": row.channel, "state": row.state, **_said(row)}
            for row in session.exec(select(OutboxRow).where(OutboxRow.case_id == case))
        ]
        told += [
            {"at": row.at.isoformat(), "what": f"audit: {row.what}", "number": row.number, **json.loads(row.facts)}
            for row in audit.entries(session, case)
        ]
    return sorted(told, key=lambda entry: str(entry["at"]))


def _said(row: OutboxRow) -> Row:
    letter = shown(row)
    return {"to": letter["recipient"], "subject": letter["subject"], "documents": letter["documents"]}


def _message_story(row: InboxRow) -> Row:
    return {
        "at": row.received.isoformat(), "what": "message", "channel": row.channel, "kind": row.kind, "trust": row.trust,
        "reasons": json.loads(row.reasons or "[]"), "state": row.state, "reading": json.loads(row.reading or "null"),
    }  # fmt: skip


def _parked_story(row: ParkedRow) -> Row:
    return {
        "at": row.created.isoformat(), "what": f"waits for {row.waits_for}", "intent": row.intent, "state": row.state,
        "decided_by": row.decided_by, "reason": row.reason, **_waiting_story(row),
    }  # fmt: skip


def _waiting_story(row: ParkedRow) -> Row:
    """How a request stands that waits for our agents: until when, whom they asked, how often they were reminded."""
    if row.waits_for != "agent" or row.state != "open":
        return {}
    moments = {"customer_asked": row.paused, "customer_answered": row.answered, "next_reminder": row.remind_at,
               "lapses": None if row.paused else row.expires}  # fmt: skip
    told: Row = {name: moment.isoformat() for name, moment in moments.items() if moment}
    return told | {"clock": "paused" if row.paused else "running", "reminders": row.reminders}


def seed_demo(app: App) -> None:
    """Put the demo data in place; again: no change. Nobody is written to about what they say of the past."""
    with writing(app.engine) as session:
        core = app.cores(session)
        fresh = not core.all_customers()
        seed_billing(core, app.clock)
        if fresh:
            start_after(session, core)


def seed_file(app: App, lines: list[str]) -> str:
    """Take customers and invoices up, all or none. Raises ValueError with the line's number."""
    with writing(app.engine) as session:
        return f"{load_jsonl(app.cores(session), lines)} records are in place"


def checked() -> list[Row]:
    """What a doctor looks at, each with what was found."""
    findings: list[Row] = []
    try:
        settings = Settings()
        findings.append({"what": "settings", "ok": True, "found": "read"})
        app = build(settings)
    except (ValidationError, SetupError, OSError) as error:
        return [*findings, {"what": "settings and database", "ok": False, "found": type(error).__name__}]
    findings.append({"what": "database", "ok": True, "found": app.engine.dialect.name})
    findings.append({"what": "intents", "ok": bool(app.tools.intents), "found": ", ".join(app.tools.intents)})
    waiting, stuck = len(outbox_rows(app)), len(stuck_rows(app))
    findings.append({"what": "outbox", "ok": waiting < 1000, "found": f"{waiting} letters wait or failed"})
    findings.append({"what": "stuck messages", "ok": stuck == 0, "found": str(stuck)})
    findings.append(_audit_finding(app))
    findings.append(_holidays_finding(settings))
    findings.append(_relay_finding(settings))
    return findings


def _audit_finding(app: App) -> Row:
    with reading(app.engine) as session:
        torn = list(audit.broken(session, app.tools.tokens.seal))
    found = "every chain holds" if not torn else f"changed by hand: {', '.join(torn[:5])}"
    return {"what": "audit", "ok": not torn, "found": found}


def _holidays_finding(settings: Settings) -> Row:
    unknown = [region.code for region in settings.regions if not has_holidays(region)]
    known = ", ".join(region.code for region in settings.regions)
    return {"what": "holidays", "ok": not unknown, "found": f"unknown: {', '.join(unknown)}" if unknown else known}


def _relay_finding(settings: Settings) -> Row:
    url = settings.relay_url.get_secret_value()
    if not url.startswith("maildir:"):
        return {"what": "outgoing mail", "ok": True, "found": url.split("@")[-1]}
    folder = Path(url.removeprefix("maildir:"))
    writable = not folder.exists() or folder.is_dir()
    return {"what": "outgoing mail", "ok": writable, "found": f"maildir {folder.name}"}
