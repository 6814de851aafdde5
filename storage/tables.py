"""The rows: what came in, what goes out, what waits for a yes, what was promised. No intent, no word."""

from datetime import UTC, date, datetime

from sqlalchemy import DateTime, Index, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on every database: SQLite keeps no zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class InboxRow(SQLModel, table=True):
    """A message as it was received. Written and committed before the sender hears 250."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("channel", "key"), Index("inbox_waiting", "state", "received"))

    id: str = Field(primary_key=True)  # derived from channel and key: also the workflow's id
    channel: str
    key: str
    raw: bytes
    received: datetime = Field(sa_type=Instant)
    state: str = "new"  # new, done, stuck
    attempts: int = 0
    case_id: str | None = Field(default=None, index=True)
    kind: str | None = None
    sender_digest: str | None = Field(default=None, index=True)  # for caps; no address in clear
    domain_digest: str | None = Field(default=None, index=True)  # of the sender's domain
    text_digest: str | None = None  # of what was newly written
    answer_digest: str | None = None  # of what we answered; None: nothing
    capped: str | None = None  # the cap that kept it from being answered
    trust: str | None = None
    reasons: str = ""  # JSON list: why this trust
    reading: str = ""  # JSON: what was understood
    finished: datetime | None = Field(default=None, sa_type=Instant)


class CaseRow(SQLModel, table=True):
    """A conversation about billing, with the reference that people quote."""

    __tablename__ = "cases"

    id: str = Field(primary_key=True)  # "G-7K3QX9"
    customer_id: str | None = Field(default=None, index=True)
    channel: str
    language: str
    opened: datetime = Field(sa_type=Instant)
    needs_person: bool = False
    person_since: datetime | None = Field(default=None, sa_type=Instant)

    def hand_over(self, at: datetime) -> None:
        """From now on a person has it; where one had it before, since then."""
        if not self.needs_person:
            self.needs_person, self.person_since = True, at


class ParkedRow(SQLModel, table=True):
    """A request that waits for a yes, the asker's or an agent's, or for a detail. Its parameters never change."""

    __tablename__ = "parked"
    __table_args__ = (Index("parked_open", "customer_id", "state"),)

    id: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    inbox_id: str
    intent: str
    slots: str  # JSON: the slots in normal form, exactly as the yes will carry them out
    asker: str  # JSON: the Actor who asked
    customer_id: str | None
    address: str  # where the question went: only an answer from there counts
    language: str
    place: str = ""  # channel and thread of the asker, JSON, so that the end can be told there
    waits_for: str  # "asker": a yes or no; "agent": a decision; "detail": what the asker left out
    filed: str = ""  # ids of what was filed at the core, blank-separated
    version: int = 0
    shown: str = ""  # fingerprint of the question: a yes is a yes to exactly this
    written: str = ""  # JSON of the message it was written in
    wants: str = ""  # JSON: which detail is asked for, and what was offered
    state: str = "open"  # open, approved, rejected, dropped, superseded, answered (a detail was given)
    created: datetime = Field(sa_type=Instant)
    expires: datetime = Field(sa_type=Instant)
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str = ""
    question: str = ""  # id of the letter in which an agent asked the customer; "" where nothing is asked
    paused: datetime | None = Field(default=None, sa_type=Instant)  # since when its time stands still
    answered: datetime | None = Field(default=None, sa_type=Instant)  # when the customer last answered an agent
    remind_at: datetime | None = Field(default=None, sa_type=Instant, index=True)  # None: still to be reckoned
    reminders: int = 0  # since it last came to the agents

    @property
    def with_agents_since(self) -> datetime:
        """When it came to the agents, or came back to them with the customer's answer."""
        return self.answered or self.created

    def over(self, now: datetime) -> bool:
        """Whether its time has run out. While the customer is asked, it does not run."""
        return self.paused is None and now > self.expires


class OutboxRow(SQLModel, table=True):
    """One outgoing message to one recipient. The Message-ID derives from the id."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_due", "state", "due"),)

    id: str = Field(primary_key=True)  # derived from what caused it and its place among the answers
    inbox_id: str | None = Field(default=None, index=True)
    case_id: str
    channel: str
    recipient: str
    language: str
    reply: str  # JSON of the Reply
    in_reply_to: str = ""
    references: str = ""  # blank-separated
    parked_id: str = Field(default="", index=True)
    replaces: str = ""  # id of an outbox row that this one rewrites (a Slack card)
    under: str = ""  # id of an outbox row in whose thread this one goes (a note to a Slack card)
    private_to: str = ""
    business_date: date
    customer_id: str | None = None
    on_failure: str | None = None  # JSON of the Place of whoever is told when the letter does not arrive
    state: str = "queued"  # queued, sent, failed, bounced
    attempts: int = 0
    due: datetime = Field(sa_type=Instant)
    created: datetime = Field(sa_type=Instant)
    sent: datetime | None = Field(default=None, sa_type=Instant)
    receipt: str = ""
    error: str = ""  # for operators


class PromiseRow(SQLModel, table=True):
    """Somebody waits for background work: who, where and in which language to tell them."""

    __tablename__ = "promises"

    id: str = Field(primary_key=True)
    subject: str = Field(index=True)  # "quote:<id>"
    intent: str
    case_id: str
    customer_id: str
    asker: str  # JSON: the Actor who asked
    recipient: str  # a mail address, or "" for the asker's own channel
    language: str
    place: str = ""
    late: bool = False  # they were told that it takes longer
    kept: bool = False


class AuditRow(SQLModel, table=True):
    """One entry of what was asked, decided and done: see `storage.audit`. Never changed, never deleted."""

    __tablename__ = "audit"

    case_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)  # within the case, from 1
    at: datetime = Field(sa_type=Instant)
    what: str
    facts: str  # JSON, keys in order; no address, no text
    seal: str  # HMAC over this entry and the one before it


class BeatRow(SQLModel, table=True):
    """A worker that lives says so; the janitor takes over from one that stopped."""

    __tablename__ = "beat"

    executor: str = Field(primary_key=True)
    seen: datetime = Field(sa_type=Instant)


class CursorRow(SQLModel, table=True):
    """How far somebody has read what happened at the billing core."""

    __tablename__ = "cursors"

    reader: str = Field(primary_key=True)
    place: str = ""  # id of the last event that was dealt with
