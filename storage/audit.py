"""What was asked, decided and done, case by case: entries are added, never changed, each sealed over the one before.

A chain a case, so that two workers never wait for each other. The seal is made with the installation's key: whoever
can write to the database alone cannot mend a chain. No entry holds an address or a text, so erasing a person's data
leaves every chain whole.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from storage.tables import AuditRow

Seal = Callable[[str], str]


@dataclass(frozen=True)
class Note:
    """One entry before it is written: what happened, and the facts as they may stay for ever."""

    what: str  # message, clicked, waits, asked_customer, customer_answered, reminded, decided, done, letter, sent, ...
    facts: dict[str, Any]


def write(session: Session, case: str, notes: Sequence[Note], *, at: datetime, seal: Seal) -> None:
    """Add entries to a case's chain, in the caller's transaction."""
    if not notes:
        return
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        session.connection().execute(text("SELECT pg_advisory_xact_lock(hashtext(:case))"), {"case": case})
    query = select(AuditRow).where(AuditRow.case_id == case).order_by(col(AuditRow.number).desc()).limit(1)
    last = session.exec(query).first()
    number, before = (last.number, last.seal) if last else (0, "")
    for note in notes:
        number += 1
        facts = json.dumps(note.facts, ensure_ascii=False, sort_keys=True)
        row = AuditRow(case_id=case, number=number, at=at, what=note.what, facts=facts, seal="")
        row.seal = before = _sealed(row, before, seal)
        session.add(row)


def entries(session: Session, case: str) -> list[AuditRow]:
    """A case's entries, oldest first."""
    return list(session.exec(select(AuditRow).where(AuditRow.case_id == case).order_by(col(AuditRow.number))))


def broken(session: Session, seal: Seal) -> Iterator[str]:
    """The cases whose chain does not hold: an entry changed, taken out of the middle, or sealed with another key."""
    rows = session.exec(select(AuditRow).order_by(col(AuditRow.case_id), col(AuditRow.number)))
    for case, chain in groupby(rows, key=lambda row: row.case_id):
        before = ""
        for place, row in enumerate(chain, 1):
            if row.number != place or row.seal != _sealed(row, before, seal):
                yield case
                break
            before = row.seal


def _sealed(row: AuditRow, before: str, seal: Seal) -> str:
    return seal("\x1f".join((before, row.case_id, str(row.number), row.at.isoformat(), row.what, row.facts)))
