"""What a voice is: something that hears intents in a text, independently of the others, and can say where."""

from dataclasses import dataclass
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


class Voice(Protocol):
    """One of the two voices. The fine-tuned encoder will take the place of the first one."""

    name: str
    intents: frozenset[str]  # those that it can hear at all

    def hear(self, text: Text) -> tuple[Sound, ...]:
        """The intents heard, weak ones too, at most one sound an intent. Bounded time on any text."""

    def asks(self, text: Text) -> float:
        """How probable it is that the message asks for anything at all."""

    def language(self, text: Text) -> dict[str, float]:
        """How probable each language is; empty where this voice cannot say."""
