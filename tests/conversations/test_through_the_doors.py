"""Conversations of the table through the real doors: SMTP and Slack's Socket Mode into `guichet serve`, a process of its own.

The other fifty-odd enter behind the doors (`drive.py`): these show that nothing is different in front of them.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest
from sqlmodel import Session

from billing import ChangeState
from billing.clock import FixedClock
from billing.demo import DEMO_DAY
from billing.embedded import EmbeddedCore
from billing.fake import PlainDocuments
from storage.database import open_engine
from tests.conversations.drive import WHICH_ACCOUNT, held
from tests.conversations.table import BOOKS, CONVERSATIONS, Customer, Row
from tests.running import Running, attachments_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SENT, WITHDRAWN = "another recipient, then yes", "a request is withdrawn"
STORIES = [(language, who, row) for language, who, row in CONVERSATIONS if row.name in (SENT, WITHDRAWN)]
CHANNEL, AGENT = "general", "ada"
PATIENCE = 240  # seconds for an answer, on a machine that does much else


@contextmanager
def core(machine: Running) -> Iterator[EmbeddedCore]:
    """The core of the running machine, to look into."""
    engine = open_engine(machine.environment["GUICHET_DATABASE_URL"])
    with Session(engine) as session:
        yield EmbeddedCore(session, clock=FixedClock(DEMO_DAY), documents=PlainDocuments())
    engine.dispose()


def play_by_mail(machine: Running, who: Customer, row: Row) -> None:
    """Each turn answers our last letter, as a mail program does."""
    letter: EmailMessage | None = None
    for text in row.turns:
        asked = machine.mail(who.address, text, proven=True, answer_to=letter)
        letter = machine.wait(lambda asked=asked: _answer_to(machine, asked), timeout=PATIENCE, what="an answer")


def _answer_to(machine: Running, asked: str) -> EmailMessage | None:
    return next((mail for mail in reversed(machine.outgoing()) if mail["In-Reply-To"] == asked), None)


def play_in_slack(machine: Running, who: Customer, row: Row) -> None:
    """All turns in one thread; where we ask for which customer, that is said."""
    thread = _Thread(machine)
    for text in row.in_slack or row.turns:
        if any(question in _words(message) for message in thread.say(text) for question in WHICH_ACCOUNT):
            thread.say(who.name)


def _words(message: dict[str, Any]) -> str:
    """All its texts, with plain spaces where French has narrow ones."""
    return " ".join(json.dumps(message, ensure_ascii=False).replace("\u202f", " ").replace("\u00a0", " ").split())


@dataclass
class _Thread:
    """What an agent writes in one thread of a channel, and what the bot answers there."""

    machine: Running
    root: str | None = None

    def say(self, text: str) -> list[dict[str, Any]]:
        """Mention the bot, and wait for what it says to that."""
        slack = self.machine.slack
        assert slack
        before = len(self._told())
        slack.say(AGENT, CHANNEL, f"@guichet {text}", self.root)
        mine = [m for m in slack.messages[slack.channel(CHANNEL)] if m.get("user") == slack.user(AGENT)]
        self.root = self.root or mine[-1]["ts"]
        found = self.machine.wait(lambda: self._told()[before:], timeout=PATIENCE, what=f"an answer to {text!r}")
        return list(found)

    def _told(self) -> list[dict[str, Any]]:
        assert self.machine.slack
        return self.machine.slack.posted(CHANNEL, self.root) if self.root else []


DOORS: dict[str, Callable[[Running, Customer, Row], None]] = {"mail": play_by_mail, "slack": play_in_slack}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("language", "who", "row"), STORIES, ids=[f"{lang}-{row.name}" for lang, _, row in STORIES])
def test_a_conversation_ends_as_in_the_table(
    running: Running, door: str, language: str, who: Customer, row: Row
) -> None:
    with core(running) as looked:
        before, filed = held(looked, who.id), looked.change_requests(who.id)
    letters = _letters_with(running, who)
    DOORS[door](running, who, row)
    if row.name == SENT:
        running.wait(lambda: _letters_with(running, who) == letters + 1, timeout=PATIENCE, what="the letter")
    with core(running) as looked:
        after, new = held(looked, who.id), looked.change_requests(who.id)
    changed = {key for key, value in after.items() if before.get(key) != value}
    assert changed == {f"{who.id} {what}" for what in row.core}
    assert _letters_with(running, who) == letters + len(row.sent)
    if row.name == WITHDRAWN:
        [change] = [one for one in new if one not in filed]
        assert (change.state, change.reason) == (ChangeState.REJECTED, "withdrawn")
        assert change.changes.company_name and change.changes.company_name not in who.name


def _letters_with(machine: Running, who: Customer) -> int:
    """How many letters to the book-keepers carry the customer's newest invoice."""
    mine = [mail for mail in machine.outgoing() if mail["To"] == BOOKS]
    return sum(who.numbers[0] in name for mail in mine for name in attachments_of(mail))
