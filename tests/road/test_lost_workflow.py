"""A message whose workflow never ran, although the engine counts it as begun, is worked off all the same."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

import bot.engine
from billing.clock import ZoneClock
from bot.engine import Runner
from storage.database import migrate, open_engine, reading, writing
from storage.tables import InboxRow


def test_a_lost_workflow_is_begun_anew_under_an_id_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.engine, "LOST_AFTER", 0.3)
    url = f"sqlite:///{tmp_path / 'guichet.db'}"
    engine = open_engine(url)
    migrate(engine)
    with writing(engine) as session:
        session.add(InboxRow(id="a", channel="email", key="1", raw=b"", received=datetime.now(UTC)))
    runs: list[str] = []

    def handle(inbox_id: str) -> None:
        runs.append(inbox_id)
        if len(runs) > 1:  # the first is lost: nothing becomes of it
            with writing(engine) as session:
                session.get_one(InboxRow, inbox_id).state = "done"

    def waiting() -> list[str]:
        with reading(engine) as session:
            return list(session.exec(select(InboxRow.id).where(InboxRow.state == "new")))

    runner = Runner(engine, url, clock=ZoneClock("Europe/Berlin"))
    runner.launch(handle)
    try:
        runner.start("a")
        end = time.monotonic() + 20
        while waiting() and time.monotonic() < end:
            runner.start_waiting(waiting)
            time.sleep(0.05)
        assert runs[:2] == ["a", "a"] and not waiting()
    finally:
        runner.close()
        engine.dispose()
