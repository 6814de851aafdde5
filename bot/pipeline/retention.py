"""How long messages are kept as they came: each class has its days, and the schedule forgets what is older.

What stays is the row: when something came, what it was, which case it belongs to. Letters that carried documents,
requests and the audit are not touched here; the books have times of their own.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from bot.messages import Kind
from storage.tables import InboxRow

log = logging.getLogger(__name__)
AT_ONCE = 500  # rows a transaction: nobody waits long for the write lock


@dataclass(frozen=True)
class Retention:
    """Days that messages are kept: of machines, of people who got no answer, and of people who did."""

    machine: int
    unanswered: int
    answered: int  # commercial letters: six years where German law applies (§ 257 HGB)

    @classmethod
    def from_setting(cls, written: str) -> "Retention":
        """From "machine 30, unanswered 90, answered 2190"."""
        days = {name: int(number) for name, number in (part.split() for part in written.split(","))}
        return cls(**days)


def forget_old(session: Session, keep: Retention, now: datetime) -> int:
    """Forget the texts whose time is over; gives how many rows, `AT_ONCE` at most."""
    old = _forgettable(keep, now)
    ids = list(session.exec(select(InboxRow.id).where(old).limit(AT_ONCE)))
    if ids:
        change = update(InboxRow).where(col(InboxRow.id).in_(ids))
        nobody = {"sender_digest": None, "domain_digest": None, "text_digest": None}
        session.connection().execute(change.values(raw=b"", reading="", reasons="[]", **nobody))
        log.info("action=forgotten messages=%d", len(ids))
    return len(ids)


def _forgettable(keep: Retention, now: datetime) -> ColumnElement[bool]:
    def older(days: int) -> ColumnElement[bool]:
        return col(InboxRow.received) < now - timedelta(days=days)

    person, answered = col(InboxRow.kind) == Kind.PERSON, col(InboxRow.case_id).is_not(None)
    over = (~person & older(keep.machine)) | (person & ~answered & older(keep.unanswered)) | older(keep.answered)
    return (col(InboxRow.state) == "done") & (col(InboxRow.raw) != b"") & over
