"""Both cores, under the same names: whatever holds for one must hold for the other."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, SQLModel, create_engine

from billing.clock import FixedClock
from billing.desk import Desk
from billing.embedded import EmbeddedCore
from billing.fake import FakeCore, PlainDocuments
from billing.terms import DEMO_CATALOGUE
from storage.database import migrate, open_engine
from tests.billing.people import TODAY


@dataclass
class Bench:
    """A core, and its caller's transactions."""

    transaction: Callable[[], AbstractContextManager[Desk]]


def memory_engine() -> Engine:
    """A database that begins its transactions as ours do."""
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def plain(connection: object, _entry: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]

    SQLModel.metadata.create_all(engine, tables=_billing_tables())
    return engine


def _billing_tables() -> list[object]:
    return [t for name, t in SQLModel.metadata.tables.items() if name.startswith("billing_")]


def embedded(engine: Engine, day: date = TODAY) -> Callable[[], AbstractContextManager[Desk]]:
    """Transactions of an embedded core."""

    @contextmanager
    def transaction() -> Iterator[Desk]:
        with Session(engine) as session, session.begin():
            yield EmbeddedCore(session, clock=FixedClock(day), documents=PlainDocuments(), catalogue=DEMO_CATALOGUE)

    return transaction


def in_memory(day: date = TODAY) -> Callable[[], AbstractContextManager[Desk]]:
    """Transactions of a fake core."""
    core = FakeCore(clock=FixedClock(day))

    @contextmanager
    def transaction() -> Iterator[Desk]:
        with core.transaction():
            yield core

    return transaction


@pytest.fixture(scope="session")
def tables() -> Iterator[Engine]:
    """One database for all tests: making tables takes longer than a test."""
    engine = memory_engine()
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_tables(postgres_url: str) -> Iterator[Engine]:
    """A database with our schema on that server."""
    engine = open_engine(postgres_url)
    migrate(engine)
    yield engine
    engine.dispose()


ENGINES = {"embedded": "tables", "postgres": "postgres_tables"}


@pytest.fixture(params=["embedded", "fake", pytest.param("postgres", marks=pytest.mark.postgres)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """An empty core of each kind, the embedded one on both its databases."""
    if request.param == "fake":
        yield Bench(in_memory())
        return
    engine = request.getfixturevalue(ENGINES[request.param])
    yield Bench(embedded(engine))
    with engine.begin() as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name.startswith("billing_"):
                connection.execute(table.delete())


@pytest.fixture
def core(bench: Bench) -> Iterator[Desk]:
    """A core within one transaction."""
    with bench.transaction() as core:
        yield core
