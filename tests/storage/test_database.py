"""The database: migrations make what the code expects, a write takes the lock at once, time keeps its zone."""

import threading
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
def engine(tmp_path: Path) -> Engine:
    opened = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    migrate(opened)
    return opened


def test_the_migrations_make_what_the_code_expects(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert differences == []


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    migrate(engine)


def test_sqlite_waits_for_the_disk_and_keeps_a_write_ahead_log(engine: Engine) -> None:
    with reading(engine) as session:
        assert session.connection().execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.connection().execute(text("PRAGMA synchronous")).scalar() == 2  # FULL


def test_writers_wait_for_each_other_and_none_is_locked_out(engine: Engine) -> None:
    def count_up() -> None:
        for _ in range(20):
            with writing(engine) as session:
                row = session.get(BeatRow, "n") or BeatRow(executor="n", seen=datetime.fromtimestamp(0, UTC))
                row.seen = datetime.fromtimestamp(row.seen.timestamp() + 1, UTC)
                session.add(row)

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
