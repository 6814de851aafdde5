"""The page behind the link of a question: how the question stands, and a click on it, kept like any other message.

The link is a right of its own: whoever has it can answer, once, for as long as a reply by mail would count. Looking
changes nothing. A click becomes a row of the inbox before anybody hears of it, and is worked off like a mail.
"""

import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.messages import Channel, Language, Press, Standing
from bot.pipeline import records
from bot.pipeline.counter import Tools
from bot.pipeline.decide import reader_of
from bot.pipeline.outgoing import CoreOf
from storage.database import reading
from storage.tables import InboxRow, OutboxRow, ParkedRow

log = logging.getLogger(__name__)
PATIENCE = 10.0  # seconds that a reader waits for the result; after that it comes by mail alone
LOOK_EVERY = 0.1  # seconds
ANSWERED = {"approved": "yes", "dropped": "no"}
Keep = Callable[[Channel, str, bytes], "Future[str]"]  # `Inbox.put`


def read_click(raw: bytes) -> Press:
    """A stored click as a decision."""
    click = json.loads(raw)
    return Press(click["parked"], click["verdict"], letter=click["letter"])


@dataclass(frozen=True)
class Question:
    """What a link leads to, found and allowed."""

    letter: OutboxRow
    parked: ParkedRow
    country: str


@dataclass(frozen=True)
class Pages:
    """The questions that can be answered by a click."""

    engine: Engine
    cores: CoreOf
    tools: Tools
    keep: Keep
    patience: float = PATIENCE

    def look(self, token: str) -> Standing | None:
        """How the question of a link stands; None where there is none to answer: a wrong, foreign or expired link."""
        with reading(self.engine) as session:
            found = self._find(session, token)
        return self._standing(found) if found else None

    def answer(self, token: str, verdict: str) -> Standing | None:
        """Say yes or no; again, or after an answer by mail, it changes nothing. Raises what kept it from being kept."""
        with reading(self.engine) as session:
            found = self._find(session, token)
        if found is None or found.parked.state != "open":
            return self._standing(found) if found else None
        click = {"letter": found.letter.id, "parked": found.parked.id, "verdict": verdict}
        key = f"{found.letter.id}:{verdict}"  # the same button twice is one click
        inbox_id = self.keep(Channel.PAGE, key, json.dumps(click).encode()).result(30)
        log.info("action=clicked inbox=%s parked=%s", inbox_id, found.parked.id)
        return self._result(inbox_id, verdict, token, found)

    def _find(self, session: Session, token: str) -> Question | None:
        # Whatever the link says, both rows are looked for: a wrong one takes as long as one that has expired.
        genuine = self.tools.tokens.row_of_link(token)
        letter = session.get(OutboxRow, genuine or "-")
        parked = session.get(ParkedRow, (letter and letter.parked_id) or "-")
        if letter is None or parked is None or self.tools.clock.now() > parked.expires:
            return None
        core = self.cores(session)
        if reader_of(letter, parked, core) is None:
            return None
        return Question(letter, parked, core.customer(parked.customer_id).country if parked.customer_id else "")

    def _standing(self, found: Question) -> Standing:
        parked, reply = found.parked, records.reply(found.letter.reply)
        if parked.state == "open":
            return Standing("open", reply.language, found.country, reply.asks, self._local(parked.expires))
        state = ANSWERED.get(parked.state, "replaced")
        return Standing(state, reply.language, found.country, at=self._local(parked.decided_at), case=parked.case_id)

    def _result(self, inbox_id: str, verdict: str, token: str, found: Question) -> Standing | None:
        """What the click led to, as soon as it is worked off."""
        end = time.monotonic() + self.patience
        while (row := self._row(inbox_id)) and row.state == "new" and time.monotonic() < end:
            time.sleep(LOOK_EVERY)
        language = Language(found.letter.language)
        if row is None or row.state == "new":
            return Standing("accepted", language)
        if row.state == "stuck":
            return Standing("stuck", language, case=row.case_id or "")
        with reading(self.engine) as session:
            parked = session.get(ParkedRow, found.parked.id)
            told = self._told(session, inbox_id, found.letter.recipient)
        if told is None or parked is None or (parked.decided_at and parked.decided_at < row.received):
            return self.look(token)  # somebody was faster, or may no longer answer
        reply = records.reply(told.reply)
        state = "dropped" if verdict == "no" and reply.state == "done" else reply.state
        return Standing(state, reply.language, found.country, reply, case=parked.case_id)

    def _row(self, inbox_id: str) -> InboxRow | None:
        with reading(self.engine) as session:
            return session.get(InboxRow, inbox_id)

    def _told(self, session: Session, inbox_id: str, recipient: str) -> OutboxRow | None:
        """The answer that goes to the reader: the last letter, after those that were to be sent to others."""
        mine = (OutboxRow.inbox_id == inbox_id, OutboxRow.channel == Channel.EMAIL, OutboxRow.recipient == recipient)
        return session.exec(select(OutboxRow).where(*mine).order_by(col(OutboxRow.created).desc())).first()

    def _local(self, moment: datetime | None) -> datetime | None:
        return moment.astimezone(ZoneInfo(self.tools.settings.zone)) if moment else None
