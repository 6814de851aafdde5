"""The database: one engine with the right pragmas, transactions that take the write lock at once, migrations."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, create_engine

MIGRATION_LOCK = 7_418_220  # any number of our own: PostgreSQL's advisory lock while migrating


MIGRATIONS = Path(__file__).with_name("migrations")


def open_engine(url: str, *, pool_size: int = 8, begins: bool = True) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://`. SQLite: WAL and a real fsync for each commit.

    `begins` False leaves the BEGIN of SQLite to the caller, for a library that brings its own.
    """
    if not make_url(url).get_backend_name().startswith("sqlite"):
        return create_engine(url, pool_size=pool_size, pool_pre_ping=True)
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=8, connect_args={"timeout": 30, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def pragmas(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # SQLAlchemy emits BEGIN itself, below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    if not begins:
        return engine

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # A deferred BEGIN that turns into a write fails with "database is locked": take the lock at once.
        deferred = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction that commits at the end or leaves nothing."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A snapshot to look at; takes no write lock."""
    with (
        engine.connect().execution_options(read_only=True) as connection,
        Session(connection, expire_on_commit=False) as session,
    ):
        yield session


_migrating = threading.Lock()


def _is_newest(engine: Engine) -> bool:
    """Whether the newest migration, by its number, was the last one to run."""
    newest = max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]
    with engine.connect().execution_options(read_only=True) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars()) == [newest]


def migrate(engine: Engine) -> None:
    """Bring the schema to its newest form. Two processes at once wait for each other."""
    if _is_newest(engine):
        return
    from alembic import command  # late: most starts have nothing to migrate
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with _migrating, engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
