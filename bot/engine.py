"""The execution engine: DBOS, thin and behind this one module.

One workflow per message, its id the inbox id and the attempt. The workflow only calls a function that is safe to
run twice; everything that must not be lost is a row of ours. A ticking thread starts what nobody started.

Where several machines share a PostgreSQL, workflows wait in one queue for whoever has a hand free. Each machine says
every second that it lives; what lies in the hands of one that fell silent goes back into the queue.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import timedelta

from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import Engine, delete, func
from sqlalchemy.dialects import postgresql
from sqlmodel import col, select

from bot.ports import Clock
from storage.database import open_engine, reading, writing
from storage.tables import BeatRow, InboxRow

log = logging.getLogger(__name__)
TICK = 0.5  # seconds between looks at the clock
LOST_AFTER = 10.0  # seconds without a sign of a message's workflow: it is started anew, under another id
VERSION = "1"  # DBOS recovers only workflows of its own version: a constant, changed deliberately
WORKFLOWS_LIVE = timedelta(hours=1)
QUEUE = "messages"
POLL = 0.2  # seconds between looks into the queue
BEAT = 1.0  # seconds between signs of life
SILENT_IS_DEAD = timedelta(seconds=5)  # a false alarm costs a second run, which finds its work done
TAKING_OVER = 7_418_221  # any number of our own: PostgreSQL's advisory lock of who looks after the dead
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
        """`name`: what kind of machine this is. Where several share the database, none has another's whole name."""
        self._shared = database.dialect.name == "postgresql"
        if self._shared:
            name = f"{name}-{socket.gethostname()}-{os.getpid()}"
        self._database, self._clock, self._name, self._hands = database, clock, name, threads
        self._ticks: list[tuple[float, Callable[[], None]]] = []
        self._release: Callable[[list[str]], None] = lambda _ids: None
        self._launched = clock.now()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick_for_ever, name="ticker", daemon=True)
        self._heart = threading.Thread(target=self._beat_for_ever, name="heart", daemon=True)
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

    def launch(self, handle: Callable[[str], None], release: Callable[[list[str]], None] = lambda _ids: None) -> None:
        """Begin to work: what a crash left pending is taken up again. `release` frees what a dead machine held of these
        messages, before another works on them."""
        global _handle  # noqa: PLW0603  (a DBOS workflow is a module-level function, found again by its name)
        _handle = handle
        self._release = release
        if self._shared:
            self._beat()  # before anything is in our hands
        DBOS.launch()
        if self._shared:
            DBOS.register_queue(
                QUEUE, worker_concurrency=self._hands, polling_interval_sec=POLL, on_conflict="always_update"
            )
            self._heart.start()
        self._thread.start()

    def every(self, seconds: float, act: Callable[[], None]) -> None:
        """Call `act` about every so many seconds. What it raises is logged; it is called again."""
        self._ticks.append((seconds, act))

    def start(self, inbox_id: str, attempt: int = 0, again: int = 0) -> None:
        """Start the workflow of a message, here or on another machine; a second start of the same attempt is none."""
        with SetWorkflowID(f"{inbox_id}-{attempt}" + (f".{again}" if again else "")):
            if self._shared:
                DBOS.enqueue_workflow(QUEUE, _message, inbox_id)
            else:
                DBOS.start_workflow(_message, inbox_id)

    def start_waiting(self, waiting: Callable[[], list[str]]) -> None:
        """Start messages that nobody works on, each as its next attempt.

        A workflow can be lost before its first line has run (DBOS logs it, and it stays pending for ever); so a message
        that still waits after LOST_AFTER is started under an id of its own. What then runs twice finds its work done.
        """
        with reading(self._database) as session:
            query = select(InboxRow.id, InboxRow.attempts, InboxRow.received).where(col(InboxRow.id).in_(waiting()))
            rows = session.exec(query.order_by(col(InboxRow.received))).all()
        in_hand = self._in_hand({inbox_id: attempt for inbox_id, attempt, _ in rows})
        for inbox_id, attempt, received in rows:
            waited = self._clock.now() - max(received, self._launched)
            again = int(waited.total_seconds() // LOST_AFTER)
            if again or inbox_id not in in_hand:
                self.start(inbox_id, attempt, again)

    def _in_hand(self, attempts: dict[str, int]) -> set[str]:
        """Of these messages those that wait in the queue, or that some machine works on (this one knows its own)."""
        if not self._shared or not attempts:
            return set()
        started = [f"{inbox_id}-{number}" for inbox_id, last in attempts.items() for number in range(last + 1)]
        found = DBOS.list_workflows(
            workflow_ids=started, status=["ENQUEUED", "PENDING"], load_input=False, load_output=False
        )
        return {workflow.workflow_id.rpartition("-")[0] for workflow in found}

    def sweep(self) -> None:
        """Forget workflows that ended long ago: their rows are of no further use."""
        before = (self._clock.now() - WORKFLOWS_LIVE).isoformat()
        old = DBOS.list_workflows(completed_before=before, status=["SUCCESS", "ERROR"], limit=500, load_input=False)
        if old:
            DBOS.delete_workflows([workflow.workflow_id for workflow in old])

    def _beat(self) -> None:
        """Say that we live, by the clock of the database: those of machines differ."""
        beat = postgresql.insert(BeatRow).values(executor=self._name, seen=func.now())
        with writing(self._database) as session:
            session.connection().execute(
                beat.on_conflict_do_update(index_elements=["executor"], set_={"seen": func.now()})
            )

    def _take_over(self) -> None:
        """Put back into the queue what lies with machines that nobody has heard of lately."""
        with writing(self._database) as session:
            if not session.connection().execute(select(func.pg_try_advisory_xact_lock(TAKING_OVER))).scalar_one():
                return  # another machine is at it
            silent = col(BeatRow.seen) < func.now() - SILENT_IS_DEAD
            session.connection().execute(delete(BeatRow).where(silent))
            living = set(session.exec(select(BeatRow.executor)))
            held = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
            orphans = [workflow for workflow in held if workflow.executor_id not in living]
            if orphans:
                self._release([workflow.workflow_id.rpartition("-")[0] for workflow in orphans])
            for workflow in orphans:
                DBOS.resume_workflow(workflow.workflow_id, queue_name=QUEUE)
                log.warning("action=taken_over workflow=%s from=%s", workflow.workflow_id, workflow.executor_id)

    def close(self) -> None:
        """Stop ticking and let running workflows end; what is not done by then is another's, or the next start's."""
        self._stop.set()
        self._thread.join(5)
        DBOS.destroy(workflow_completion_timeout_sec=5)
        if self._shared:
            with writing(self._database) as session:
                session.connection().execute(delete(BeatRow).where(col(BeatRow.executor) == self._name))

    def _tick_for_ever(self) -> None:
        elapsed = 0.0
        while not self._stop.wait(TICK):
            elapsed += TICK
            for seconds, act in self._ticks:
                if elapsed % seconds < TICK:
                    self._tick(act)

    def _beat_for_ever(self) -> None:
        """Apart from the ticks: one that takes long is no sign of death."""
        while not self._stop.wait(BEAT):
            self._tick(self._beat)
            self._tick(self._take_over)

    def _tick(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # a thread that dies silently is a lost queue
            log.exception("action=tick_failed tick=%s", getattr(act, "__name__", "?"))
