"""The execution engine: DBOS, thin and behind this one module.

One workflow per message, its id the inbox id and the attempt. The workflow only calls a function that is safe to
run twice; everything that must not be lost is a row of ours. A ticking thread starts what nobody started.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import Engine, delete
from sqlmodel import col

from bot.ports import Clock
from storage.database import open_engine, reading, writing
from storage.tables import BeatRow, InboxRow

log = logging.getLogger(__name__)
TICK = 0.5  # seconds between looks at the clock
VERSION = "1"  # DBOS recovers only workflows of its own version: a constant, changed deliberately
WORKFLOWS_LIVE = timedelta(hours=1)
SILENT = {"dbos": logging.ERROR, "alembic": logging.WARNING}

_handle: Callable[[str], None] | None = None


@DBOS.workflow(name="message")
def _message(inbox_id: str) -> None:
    if _handle is None:
        raise RuntimeError("the engine is not started")
    _handle(inbox_id)


class Runner:
    """Starts workflows for messages and calls `tick` functions regularly, until closed."""

    def __init__(self, database: Engine, url: str, *, clock: Clock, name: str = "main", threads: int = 4) -> None:
        self._database, self._clock, self._name = database, clock, name
        self._ticks: list[tuple[float, Callable[[], None]]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick_for_ever, name="ticker", daemon=True)
        for logger, level in SILENT.items():
            logging.getLogger(logger).setLevel(level)
        # Our own engine, so that DBOS gets WAL and fsync, too: by itself it sets neither on SQLite.
        DBOS(
            config=DBOSConfig(
                name="guichet",
                system_database_url=url,
                system_database_engine=open_engine(url, pool_size=threads, begins=False),
                executor_id=name,
                application_version=VERSION,
                max_executor_threads=threads,
                log_level="ERROR",
            )
        )

    def launch(self, handle: Callable[[str], None]) -> None:
        """Begin to work: what a crash left pending is taken up again."""
        global _handle  # noqa: PLW0603  (a DBOS workflow is a module-level function, found again by its name)
        _handle = handle
        DBOS.launch()
        self._thread.start()

    def every(self, seconds: float, act: Callable[[], None]) -> None:
        """Call `act` about every so many seconds. What it raises is logged; it is called again."""
        self._ticks.append((seconds, act))

    def start(self, inbox_id: str, attempt: int = 0) -> None:
        """Start the workflow of a message; a second start of the same attempt is no second run."""
        with SetWorkflowID(f"{inbox_id}-{attempt}"):
            DBOS.start_workflow(_message, inbox_id)

    def start_waiting(self, waiting: Callable[[], list[str]]) -> None:
        """Start messages that nobody works on, each as its next attempt."""
        for inbox_id in waiting():
            with reading(self._database) as session:
                row = session.get(InboxRow, inbox_id)
                attempt = row.attempts if row else 0
            self.start(inbox_id, attempt)

    def sweep(self) -> None:
        """Say that we live, and forget workflows that ended long ago: their rows are of no further use."""
        with writing(self._database) as session:
            session.merge(BeatRow(executor=self._name, seen=self._clock.now()))
        before = (self._clock.now() - WORKFLOWS_LIVE).isoformat()
        old = DBOS.list_workflows(completed_before=before, status=["SUCCESS", "ERROR"], limit=500, load_input=False)
        if old:
            DBOS.delete_workflows([workflow.workflow_id for workflow in old])

    def close(self) -> None:
        """Stop ticking and let running workflows end."""
        self._stop.set()
        self._thread.join(5)
        with writing(self._database) as session:
            session.connection().execute(delete(BeatRow).where(col(BeatRow.executor) == self._name))
        DBOS.destroy(workflow_completion_timeout_sec=5)

    def _tick_for_ever(self) -> None:
        elapsed = 0.0
        while not self._stop.wait(TICK):
            elapsed += TICK
            for seconds, act in self._ticks:
                if elapsed % seconds < TICK:
                    self._tick(act)

    def _tick(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # a thread that dies silently is a lost queue
            log.exception("action=tick_failed tick=%s", getattr(act, "__name__", "?"))
