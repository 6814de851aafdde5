"""How a request can end. An outcome is a handful of facts; the words are in `templates/`.

    Outcome
      Done       it was done
      Question   it waits for the asker's yes, or for something that only the asker knows
      Waiting    it waits for our support
      Refused    it was not done, and why

An outcome of a handler has its words in `templates/<intent>/<outcome>.<lang>.md.j2`, one of this file in
`templates/_common/`. Facts are text, whole numbers, dates, money, or tuples of these.
"""

import re
from dataclasses import dataclass

from bot.messages import DocumentRef


@dataclass(frozen=True)
class Outcome:
    """How one request ended."""

    @classmethod
    def template(cls) -> str:
        """The name of its words: `NotFound` is `not_found`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def documents(self) -> tuple[DocumentRef, ...]:
        """Documents that travel with the answer; none unless an outcome says so."""
        return ()


class Done(Outcome):
    """It was done."""


class Question(Outcome):
    """It waits for the asker."""


class Waiting(Outcome):
    """It waits for our support."""


class Refused(Outcome):
    """It was not done."""


@dataclass(frozen=True)
class Item:
    """A request named in words, for a question or a list: rendered from `<intent>/reading`."""

    intent: str
    ask: object  # the intent's Ask


@dataclass(frozen=True)
class ShallI(Question):
    """We believe we understood; the reading is named."""

    reading: Item


@dataclass(frozen=True)
class WhichOne(Question):
    """Several readings are possible: the two or three likeliest."""

    readings: tuple[Item, ...]


@dataclass(frozen=True)
class Missing(Question):
    """The request lacks something only the asker knows."""

    reading: str  # the intent's name, for its `_name` words
    slots: tuple[str, ...]
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class WhichAccount(Question):
    """A colleague in Slack did not say for which customer."""


@dataclass(frozen=True)
class WhichPending(Question):
    """A yes, but several requests wait for one."""

    readings: tuple[Item, ...]


@dataclass(frozen=True)
class NotUnderstood(Waiting):
    """We could not read it; our support has it."""

    case: str


@dataclass(frozen=True)
class HandedOver(Waiting):
    """A person takes over, because the message is beyond what we may decide."""

    case: str


@dataclass(frozen=True)
class OtherLanguage(Waiting):
    """A message in a fourth language: a short bilingual answer, and a person."""

    case: str


@dataclass(frozen=True)
class NothingWaiting(Refused):
    """A yes or no, but nothing waits for one."""


@dataclass(frozen=True)
class Dropped(Done):
    """The asker said no; what was parked is dropped."""

    reading: Item


@dataclass(frozen=True)
class AlreadyDecided(Refused):
    """A yes to a question that was answered before or has expired."""

    reading: Item
    expired: bool


@dataclass(frozen=True)
class NotAllowed(Refused):
    """The sender may not have this. Says nothing about what exists."""


@dataclass(frozen=True)
class Rejected(Refused):
    """Our support said no, with one of the known reasons."""

    reading: Item
    reason: str  # key: not_proven, wrong_account, duplicate, other_way


@dataclass(frozen=True)
class Unavailable(Refused):
    """The billing core does not answer right now."""


@dataclass(frozen=True)
class Failed(Refused):
    """Something broke on our side; the reference finds it again."""

    case: str


COMMON: tuple[type[Outcome], ...] = (
    ShallI, WhichOne, Missing, WhichAccount, WhichPending, NotUnderstood, HandedOver, OtherLanguage, NothingWaiting, Dropped,
    AlreadyDecided, NotAllowed, Rejected, Unavailable, Failed,
)  # fmt: skip
