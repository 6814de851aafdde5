"""Keep a message before anybody is told that we have it: group commit, one writer, no timer."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite

from bot.messages import Channel
from bot.ports import Clock
from bot.tokens import derive_id
from storage.database import writing
from storage.tables import InboxRow

log = logging.getLogger(__name__)
BATCH = 64


@dataclass(frozen=True)
class _Waiting:
    id: str
    channel: Channel
    key: str
    raw: bytes
    received: datetime
    kept: "Future[str]"


class Inbox:
    """Stores messages durably. Whatever waits while the writer is busy goes into the next transaction together."""

    def __init__(self, engine: Engine, clock: Clock, on_kept: Callable[[str], None]) -> None:
        self._engine, self._clock, self._on_kept = engine, clock, on_kept
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_for_ever, name="inbox-writer", daemon=True)
        self._writer.start()

    async def keep(self, channel: Channel, key: str, raw: bytes) -> str:
        """Store a message and give its inbox id; returns only after the commit. The same key again changes nothing.

        Raises whatever kept the commit from happening: the sender must then be told to come back.
        """
        return await asyncio.wrap_future(self.put(channel, key, raw))

    def put(self, channel: Channel, key: str, raw: bytes) -> "Future[str]":
        """The same for a caller without an event loop."""
        waiting = _Waiting(derive_id("inbox", channel, key), channel, key, raw, self._clock.now(), Future())
        self._queue.put(waiting)
        return waiting.kept

    def close(self) -> None:
        """Write what waits, then stop."""
        self._queue.put(None)
        self._writer.join(10)

    def _write_for_ever(self) -> None:
        while True:
            batch, last = self._next_batch()
            if batch:
                self._write(batch)
            if last:
                return

    def _next_batch(self) -> tuple[list[_Waiting], bool]:
        batch: list[_Waiting] = []
        entry = self._queue.get()
        while entry is not None:
            batch.append(entry)
            if len(batch) == BATCH or self._queue.empty():
                return batch, False
            entry = self._queue.get()
        return batch, True

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            fresh = self._insert(batch)
        except Exception as error:  # whoever waits is told, and the writer lives on
            log.exception("action=keep_failed messages=%d", len(batch))
            for waiting in batch:
                waiting.kept.set_exception(error)
            return
        for waiting in batch:
            waiting.kept.set_result(waiting.id)
        for waiting_id in fresh:
            self._start(waiting_id)

    def _start(self, inbox_id: str) -> None:
        try:
            self._on_kept(inbox_id)
        except Exception:  # it is kept: the sweep starts it, and the writer lives on
            log.exception("action=start_failed inbox=%s", inbox_id)

    def _insert(self, batch: list[_Waiting]) -> set[str]:
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        rows = {
            w.id: {"id": w.id, "channel": w.channel.value, "key": w.key, "raw": w.raw, "received": w.received,
                   "state": "new", "attempts": 0, "reasons": "", "reading": ""}
            for w in batch
        }  # fmt: skip
        insert = dialect.insert(InboxRow).values(list(rows.values())).on_conflict_do_nothing()
        with writing(self._engine) as session:
            result = session.connection().execute(insert.returning(InboxRow.__table__.c.id))  # type: ignore[attr-defined]
            return set(result.scalars())
