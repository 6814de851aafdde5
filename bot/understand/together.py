"""What both voices say, put together: one candidate an intent, with one probability."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.messages import Span
from bot.understand.answers import hear_answer, hear_greeting
from bot.understand.evidence import Heard, hear_sentence, notions_of
from bot.understand.slots import Found
from bot.understand.text import Text
from bot.understand.voice import Hearing

_UNHEARD = 0.02


@dataclass(frozen=True)
class Candidate:
    """An intent that at least one voice heard."""

    intent: str
    first: float  # the first voice's probability
    words: Heard | None  # what the second voice heard
    asks: float  # how probable the first voice finds it that the message asks for anything
    told: bool  # the message says that it is done, or only for information
    span: Span
    by_model: str  # the words that weighed most for the first voice
    places: tuple[Span, ...] = ()  # all that the second voice heard surely

    @property
    def plain(self) -> bool:
        """Whether the words ask for it surely, and no negation stands beside them."""
        return self.words is not None and self.words.sure and not self.words.negated

    @property
    def features(self) -> tuple[float, ...]:
        """What the calibration weighs."""
        odds = _odds(self.first)
        sure, weak = self.words is not None and self.words.sure, self.words is not None and not self.words.sure
        negated = self.words is not None and self.words.negated
        return (1.0, odds, float(sure), float(weak), float(negated), float(self.told), odds * sure, _odds(self.asks))


def _odds(chance: float) -> float:
    bounded = min(0.995, max(_UNHEARD, chance))
    return math.log(bounded / (1 - bounded))


def listen_to_words(text: Text, slots: Sequence[Found], known: frozenset[str] = frozenset()) -> list[Heard]:
    """All that the second voice hears in a message, sentence by sentence."""
    alone = sum(len(s.tokens) for s in text.sentences) <= 8
    heard = [h for number, s in enumerate(text.sentences) for h in hear_sentence(number, s, slots, known, alone=alone)]
    return [*hear_answer(text), *heard, *hear_greeting(text)]


def candidates(
    text: Text, hearing: Hearing, heard: Sequence[Heard], known: frozenset[str] = frozenset()
) -> list[Candidate]:
    """One candidate an intent."""
    by_model = {sound.intent: sound for sound in hearing.sounds}
    told = is_told(text, known)
    found = []
    for intent in dict.fromkeys([*by_model, *(h.intent for h in heard)]):
        sound = by_model.get(intent)
        ways = [h for h in heard if h.intent == intent]
        words = min(ways, key=lambda h: (h.negated, not h.sure, h.span.start), default=None)
        by_words = words is not None and (words.sure or sound is None)
        span = words.span if words and by_words else sound.span if sound else Span(0, 0)
        found.append(
            Candidate(
                intent,
                sound.probability if sound else 0.0,
                words,
                hearing.asks,
                told,
                span,
                sound.words if sound else "",
                tuple(h.span for h in ways if h.sure),
            )
        )
    return found


def is_told(text: Text, known: frozenset[str] = frozenset()) -> bool:
    """Whether the message says that something is settled, or meant for information only."""
    return any({"FYI", "DONE"} & notions for notions in notions_of(text, known))


def probability(candidate: Candidate, calibration: Sequence[float]) -> float:
    """How probable it is that the sender wants this."""
    score = sum(weight * value for weight, value in zip(calibration, candidate.features, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
