"""What the machine needs from the world, as protocols. `bot.app` alone builds the real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.messages import Channel, Inbound, Language, Reading, Reply


class Clock(Protocol):
    """Real time for timers and tokens; the business date for due dates, validity and deadlines."""

    def now(self) -> datetime:
        """This instant, aware, UTC."""

    def today(self) -> date:
        """The business date in the seller's time zone."""


class Understander(Protocol):
    """Reads what a message asks for."""

    def read(self, text: str, *, subject: str = "", sent: date) -> Reading:
        """Read one message. `subject` only where it is new text. Never raises on any text; bounded time."""


class Reader(Protocol):
    """Turns what a channel stored back into a message. Pure: no effect, no database."""

    def __call__(self, raw: bytes, key: str) -> Inbound: ...


@dataclass(frozen=True)
class File:
    """A document's bytes under the name that the reader sees."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """One outgoing message to one recipient, ready to be dressed: a row of the outbox."""

    id: str  # of the outbox row; the Message-ID derives from it
    token: str  # row id and its HMAC: goes into Message-ID, plus address and Slack metadata
    channel: Channel
    recipient: str  # one validated address; Slack: channel id, user id, or "channel:ts" to update a message
    reply: Reply
    case: str  # what people quote: X-Guichet-Case
    created: datetime
    in_reply_to: str = ""  # Message-ID of the mail answered; Slack: the thread's ts
    references: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    parked: str = ""  # id of the parked request whose choices the reply offers
    replaces: str = ""  # Slack: receipt of an earlier letter that this one rewrites
    private_to: str = ""  # Slack: the only user who may see it (an ephemeral message)


class NotSent(Exception):
    """The next hop did not take a letter. `permanent`: trying again is useless."""

    def __init__(self, reason: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason  # for operators; never shown to customers
        self.permanent = permanent
        self.retry_after = retry_after  # seconds


class Sender(Protocol):
    """Gives a letter to the next hop."""

    def send(self, letter: Letter) -> str:
        """Send; gives the receipt (Message-ID, Slack "channel:ts"). Raises NotSent."""

    def close(self) -> None:
        """Let go of what is kept open between two letters."""


class Renderer(Protocol):
    """Finds the words for an outcome."""

    def render(self, outcome: object, language: Language, *, intent: str) -> Reply:
        """The outcome in words. Raises jinja2.UndefinedError on a fact that is missing: nobody ever reads `None`."""


Readers = dict[Channel, Reader]
Senders = dict[Channel, Sender]

__all__ = [
    "Clock",
    "File",
    "Letter",
    "NotSent",
    "Reader",
    "Readers",
    "Renderer",
    "Sender",
    "Senders",
    "Sequence",
    "Understander",
]
