"""The shared queue on PostgreSQL: what a machine held that died is done by another; what is in living hands is left there.

The whole program does the same in `test_several_machines.py`; here it is only the engine, so it is quick.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

import bot.engine
from billing.clock import ZoneClock
from bot.engine import Runner
from storage.database import migrate, open_engine, reading, writing
from storage.tables import BeatRow, InboxRow

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(1500)]
IDS = ("a", "b", "c")  # one more than the dying machine has hands


@pytest.fixture
def engine(fresh_postgres: str) -> Iterator[Engine]:
    opened = open_engine(fresh_postgres)
    migrate(opened)
    with writing(opened) as session:
        for number, inbox_id in enumerate(IDS):
            session.add(InboxRow(id=inbox_id, channel="email", key=str(number), raw=b"", received=datetime.now(UTC)))
    yield opened
    opened.dispose()


def _until(condition: Callable[[], bool], *, seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def _living(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.exec(select(BeatRow.executor)))


def _waiting(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.exec(select(InboxRow.id).where(InboxRow.state == "new")))


def test_what_a_dead_machine_held_is_taken_over(
    engine: Engine, fresh_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.engine, "SILENT_IS_DEAD", timedelta(hours=1))  # a busy machine may be silent for long
    taken, done = tmp_path / "taken", set[str]()
    dying = subprocess.Popen([sys.executable, "-m", "tests.road.hands", fresh_postgres, str(taken), *IDS])

    freed: list[str] = []

    def finish(inbox_id: str) -> None:
        with writing(engine) as session:
            session.get_one(InboxRow, inbox_id).state = "done"
        done.add(inbox_id)

    with _killed(dying):
        _until(lambda: taken.exists() and len(taken.read_text().split()) == 2)
        held = set(taken.read_text().split())
        with _launched(engine, fresh_postgres, finish, freed.extend) as runner:
            _until(lambda: done == set(IDS) - held)  # what lay in the queue
            runner.start_waiting(lambda: _waiting(engine))  # what is in living hands stays there
            time.sleep(2)
            assert done == set(IDS) - held and len(_living(engine)) == 2
            dying.kill()
            monkeypatch.setattr(bot.engine, "SILENT_IS_DEAD", timedelta(seconds=5))
            _until(lambda: done == set(IDS))
            _until(lambda: len(_living(engine)) == 1)
    assert _living(engine) == [] and held <= set(freed)  # what it was about to send is free to be sent


@contextmanager
def _killed(machine: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        machine.kill()
        machine.wait(60)


@contextmanager
def _launched(
    engine: Engine, url: str, handle: Callable[[str], None], release: Callable[[list[str]], None]
) -> Iterator[Runner]:
    runner = Runner(engine, url, clock=ZoneClock(), name="main")
    runner.launch(handle, release)
    try:
        yield runner
    finally:
        runner.close()
