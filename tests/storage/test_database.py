"""The database: migrations make what the code expects, a write takes the lock at once, time keeps its zone."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from storage.database import migrate, open_engine, reading, writing
from storage.tables import BeatRow


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_engine(database_url)
    migrate(opened)
    yield opened
    opened.dispose()


def test_the_migrations_make_what_the_code_expects(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert differences == []


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    migrate(engine)


def test_sqlite_waits_for_the_disk_and_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    with reading(engine) as session:
        assert session.connection().execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.connection().execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
    engine.dispose()


def test_writers_wait_for_each_other_and_none_is_locked_out(engine: Engine) -> None:
    def count_up() -> None:
        for _ in range(20):
            with writing(engine) as session:
                row = session.get_one(BeatRow, "n", with_for_update=True)  # SQLite locks as a whole, at BEGIN
                row.seen = datetime.fromtimestamp(row.seen.timestamp() + 1, UTC)

    with writing(engine) as session:
        session.add(BeatRow(executor="n", seen=datetime.fromtimestamp(0, UTC)))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as session:
        assert session.get_one(BeatRow, "n").seen == datetime.fromtimestamp(80, UTC)


def test_a_transaction_that_fails_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as session:
        session.add(BeatRow(executor="x", seen=datetime.now(UTC)))
        session.flush()
        _ = 1 / 0
    with reading(engine) as session:
        assert session.get(BeatRow, "x") is None


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(Exception, match="naive"), writing(engine) as session:
        session.add(BeatRow(executor="x", seen=datetime(2026, 1, 1)))
        session.flush()
