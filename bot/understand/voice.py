"""What the first voice is: something that hears intents in a text, and can say where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.messages import Span
from bot.understand.text import Text


@dataclass(frozen=True)
class Sound:
    """An intent that a voice heard: how probable it finds it, where, and in which words."""

    intent: str
    probability: float
    span: Span
    words: str = ""


@dataclass(frozen=True)
class Tagged:
    """A stretch of the text that a voice takes for the value of a slot."""

    slot: str
    span: Span
    probability: float


@dataclass(frozen=True)
class Hearing:
    """All that a voice hears in one message."""

    sounds: tuple[Sound, ...] = ()  # the most probable first, weak ones too, at most one an intent
    asks: float = 0.5  # how probable it is that the message asks for anything at all
    languages: Mapping[str, float] = field(default_factory=dict)  # with "other"; empty where it cannot say
    tags: tuple[Tagged, ...] = ()  # in the order of the text


class Voice(Protocol):
    """The first of the two voices."""

    intents: frozenset[str]  # those that it can hear at all
    slots: frozenset[str]  # those whose values it can tag

    def listen(self, text: Text) -> Hearing:
        """What is heard in a message. Never raises; bounded time on any text."""
