"""One machine for the tests of a module; a test that counts takes a fresh one. The demo's data are made once."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.threats.machine import Machine

Make = Callable[..., Machine]


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo's customers, to be copied."""
    home = tmp_path_factory.mktemp("seeded")
    Machine(home).close()
    with closing(sqlite3.connect(home / "guichet.db")) as database:
        database.execute("VACUUM INTO ?", (str(home / "seeded.db"),))
    return home / "seeded.db"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Machine]:
    """A machine without caps, shared by the tests of a module."""
    machine = Machine(tmp_path_factory.mktemp("machine"), seeded=seeded)
    yield machine
    machine.close()


@pytest.fixture
def make(tmp_path: Path, seeded: Path) -> Iterator[Make]:
    """A fresh machine with the settings that a test wants."""
    made: list[Machine] = []

    def fresh(**settings: object) -> Machine:
        made.append(Machine(tmp_path, seeded=seeded, **settings))
        return made[-1]

    yield fresh
    for machine in made:
        machine.close()


@pytest.fixture
def capped(make: Make) -> Machine:
    """A fresh machine with the default caps."""
    return make(answer_caps=Settings.model_fields["answer_caps"].default)
