"""The phrases of declared intents, a voice for those that the model does not know yet: asked, never acted on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio, token_sort_ratio

from bot.messages import Decision, Heard
from bot.understand.text import Sentence, Text, fold

PhrasesByIntent = Mapping[str, Mapping[str, tuple[str, ...]]]
_NEAR = 78
_PLACEHOLDER = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class _Phrase:
    intent: str
    written: str
    words: str


class Phrases:
    """Compares each sentence with the phrases of the intents that are not `known`."""

    def __init__(self, phrases: PhrasesByIntent, *, known: frozenset[str]) -> None:
        self._phrases = tuple(
            _Phrase(intent, written, _plain(written))
            for intent, by_language in phrases.items()
            if intent not in known
            for written in (phrase for listed in by_language.values() for phrase in listed)
        )

    def hear(self, text: Text) -> tuple[Heard, ...]:
        """The unknown intents whose phrase a sentence nearly is, at most one a message."""
        best: tuple[float, _Phrase, Sentence] | None = None
        for sentence in text.sentences[:40] if self._phrases else ():
            said = " ".join(t.text for t in sentence.tokens if not t.text.startswith("<") and t.text not in "?!")[:400]
            for phrase in self._phrases:
                score = max(ratio(said, phrase.words), token_sort_ratio(said, phrase.words))
                if score >= _NEAR and (best is None or score > best[0]):
                    best = (score, phrase, sentence)
        if best is None:
            return ()
        score, phrase, _ = best
        evidence = (f"phrase '{phrase.written}' ({score:.0f} of 100)", "unknown to the model: asked, never acted on")
        return (Heard(phrase.intent, {}, {}, Decision.ASK, evidence),)


def _plain(phrase: str) -> str:
    return " ".join(fold(word) for word in re.findall(r"[^\W_]+", _PLACEHOLDER.sub(" ", phrase)))
