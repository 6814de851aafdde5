"""The audit on both databases: entries can only be added, and a chain stays whole while several add to it."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from storage import audit
from storage.database import migrate, open_engine, reading, writing

CASE = "G-2345678"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def seal(facts: str) -> str:
    """A key is not needed to test a chain."""
    return hashlib.sha256(facts.encode()).hexdigest()


def add(engine: Engine, *what: str, case: str = CASE) -> None:
    with writing(engine) as session:
        audit.write(session, case, [audit.Note(one, {"letter": "x"}) for one in what], at=AT, seal=seal)


def told(engine: Engine) -> list[tuple[int, str]]:
    with reading(engine) as session:
        return [(row.number, row.what) for row in audit.entries(session, CASE)]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with _opened(database_url) as opened:
        yield opened


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    """A case with three entries."""
    opened = open_engine(url)
    migrate(opened)
    add(opened, "message", "done", "letter")
    yield opened
    opened.dispose()


# Of a row that is there, of one that is not, of all at once, and in the disguise of adding.
DEEDS = [
    "UPDATE audit SET what = 'x' WHERE number = 2",
    "UPDATE audit SET number = number + 10",
    "DELETE FROM audit WHERE number = 3",
    "DELETE FROM audit",
    "INSERT INTO audit (case_id, number, at, what, facts, seal) VALUES ('G-2345678', 3, '2026-11-22 12:00:00', 'x', '{}', '')"
    " ON CONFLICT (case_id, number) DO UPDATE SET what = 'x'",
]
REPLACED = [
    "INSERT OR REPLACE INTO audit (case_id, number, at, what, facts, seal)"
    " VALUES ('G-2345678', 3, '2026-11-22 12:00:00', 'x', '{}', '')",
    "REPLACE INTO audit SELECT case_id, number, at, 'x', facts, seal FROM audit",
    "UPDATE OR REPLACE audit SET number = 1 WHERE number = 2",
]


@pytest.mark.parametrize("deed", DEEDS)
def test_entries_can_only_be_added(engine: Engine, deed: str) -> None:
    _is_refused(engine, deed)


@pytest.mark.parametrize("deed", REPLACED, ids=["insert", "replace", "update"])
def test_replacing_is_no_adding_on_sqlite(tmp_path: Path, deed: str) -> None:
    with _opened(f"sqlite:///{tmp_path / 'guichet.db'}") as engine:
        _is_refused(engine, deed)


@pytest.mark.postgres
def test_postgresql_drops_no_entry_with_all_the_others(fresh_postgres: str) -> None:
    with _opened(fresh_postgres) as engine:
        _is_refused(engine, "TRUNCATE audit")


def _is_refused(engine: Engine, deed: str) -> None:
    before = told(engine)
    with pytest.raises(DatabaseError, match="append-only"), writing(engine) as session:
        session.connection().execute(text(deed))
    assert told(engine) == before == [(1, "message"), (2, "done"), (3, "letter")]


def test_a_refused_deed_takes_what_was_added_with_it(engine: Engine) -> None:
    with pytest.raises(DatabaseError, match="append-only"), writing(engine) as session:
        audit.write(session, CASE, [audit.Note("sent", {})], at=AT, seal=seal)
        session.flush()
        session.connection().execute(text("DELETE FROM audit WHERE number = 1"))
    assert len(told(engine)) == 3


def test_several_who_add_to_one_case_at_once_leave_one_whole_chain(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: add(engine, f"a{n}", f"b{n}"), range(20)))
    with reading(engine) as session:
        assert list(audit.broken(session, seal)) == []
    numbers, added = zip(*told(engine), strict=True)
    assert list(numbers) == list(range(1, 44))
    pairs = [(one[1:], two[1:]) for one, two in zip(added[3::2], added[4::2], strict=True)]
    assert all(one == two for one, two in pairs)  # what one added together stands together


def test_cases_have_chains_of_their_own(engine: Engine) -> None:
    add(engine, "message", case="G-7654321")
    with reading(engine) as session:
        assert [row.number for row in audit.entries(session, "G-7654321")] == [1]
        assert list(audit.broken(session, seal)) == []
