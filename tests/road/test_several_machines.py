"""Several machines on one PostgreSQL: they share the work, and one that dies leaves nothing behind."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest
from sqlalchemy import create_engine, text

from tests.postgres import fresh_database
from tests.running import Running, attachments_of

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.timeout(600)]
SENDER = "buchhaltung@kunde.example"
ASKED = "Bitte senden Sie mir die Rechnung RE-2026-000123"
HELD = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id LIKE :who"
BURST = 40


class Worker:
    """`guichet worker` in a process of its own, with its log."""

    def __init__(self, machine: Running, name: str) -> None:
        self.name, self._path = name, machine.home / f"{name}.log"
        self._log = self._path.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "worker"], cwd=machine.home, env=machine.environment,
            stdout=self._log, stderr=self._log,
        )  # fmt: skip

    @property
    def log(self) -> str:
        """What it printed so far."""
        return self._path.read_text(errors="replace")

    @property
    def worked(self) -> int:
        """How many messages it worked off."""
        return self.log.count("action=worked")

    def end(self, *, kill: bool = False) -> None:
        """Ask it to end, or kill -9."""
        self.process.kill() if kill else self.process.terminate()
        self.process.wait(20)
        self._log.close()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Running]:
    """`guichet serve` on PostgreSQL."""
    home = tmp_path_factory.mktemp("machines")
    with (
        fresh_database(postgres_url) as url,
        Running(home, with_slack=False, DATABASE_URL=url, SECRET_KEY="k" * 40) as running,
    ):
        yield running


@contextmanager
def worker(machine: Running, name: str = "worker") -> Iterator[Worker]:
    """A further worker, ready."""
    further = Worker(machine, name)
    machine.wait(lambda: _beats(machine, "worker-%"), timeout=120, what="the worker to say that it lives")
    try:
        yield further
    finally:
        if further.process.poll() is None:
            further.end()


def _count(machine: Running, query: str, **values: str) -> int:
    engine = create_engine(machine.environment["GUICHET_DATABASE_URL"])
    with engine.connect() as connection:
        found = int(connection.execute(text(query), values).scalar_one())
    engine.dispose()
    return found


def _beats(machine: Running, who: str) -> int:
    return _count(machine, "SELECT count(*) FROM beat WHERE executor LIKE :who", who=who)


def _burst(machine: Running) -> list[str]:
    return [machine.mail(SENDER, ASKED) for _ in range(BURST)]


def _worked(machine: Running) -> int:
    """How many messages the machine with the doors worked off."""
    return machine.log.count("action=worked")


def _each_is_answered_once(machine: Running, asked: list[str]) -> None:
    def answers() -> list[EmailMessage]:
        return [mail for mail in machine.outgoing() if mail["In-Reply-To"] in asked]

    machine.wait(lambda: len(answers()) >= len(asked), timeout=200, what="all answers")
    assert {mail["In-Reply-To"] for mail in answers()} == set(asked)
    assert len({mail["Message-ID"] for mail in answers()}) == len(asked)  # sent twice at worst, never made twice
    assert all(attachments_of(mail) for mail in answers())


def _until_it_holds_some(machine: Running, who: str) -> None:
    machine.wait(lambda: _count(machine, HELD, who=who), timeout=30, what="messages in its hands")


def test_machines_share_the_work(machine: Running) -> None:
    with worker(machine) as further:
        before = _worked(machine)
        _each_is_answered_once(machine, _burst(machine))
        assert 0 < further.worked < BURST
        assert further.worked + _worked(machine) - before == BURST  # and no message was worked off by both


KILLED: list[tuple[str, Callable[[Running, Worker], None]]] = [
    ("worker-%", lambda _machine, further: further.end(kill=True)),
    ("main-%", lambda machine, _further: machine.kill()),  # the last: nobody opens the doors again
]


@pytest.mark.parametrize(("who", "kill"), KILLED, ids=["the worker", "the machine with the doors"])
def test_what_a_dead_machine_held_is_taken_over(
    machine: Running, who: str, kill: Callable[[Running, Worker], None]
) -> None:
    with worker(machine) as further:
        asked = _burst(machine)
        _until_it_holds_some(machine, who)
        kill(machine, further)
        assert _count(machine, HELD, who=who)  # it died with messages in its hands
        _each_is_answered_once(machine, asked)
        machine.wait(lambda: not _count(machine, HELD, who=who), timeout=30, what="nothing to be left in its name")
        machine.wait(lambda: not _beats(machine, who), timeout=30, what="the dead to be forgotten")
