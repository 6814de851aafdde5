"""The first voice, for now: words and pieces of words, weighed by a logistic regression over labelled messages.

The fine-tuned encoder will take its place behind the same protocol.
"""

import hashlib
import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bot.messages import Span
from bot.understand.features import BUCKETS, buckets_of, grams_of
from bot.understand.text import Sentence, Text
from bot.understand.voice import Sound

MODEL = Path(__file__).parent.parent / "model"
_AUDIBLE = 0.05
NOTHING = "nothing"  # the column that hears that nothing is asked
_ZERO = 128  # a stored byte is a weight above this, or below
_NORM_UNIT = 3.7  # the last column holds the square of the feature's rarity in this unit


class BrokenModel(Exception):
    """The stored weights are not those that the header describes: install the package anew, or `make train`."""


@dataclass(frozen=True)
class Weights:
    """The table of weights: a row a feature, a column an intent, then the languages, then the rarity."""

    labels: tuple[str, ...]
    languages: tuple[str, ...]
    scales: tuple[float, ...]
    intercepts: tuple[float, ...]
    known: frozenset[str]  # long words that are spelt right
    calibration: tuple[float, ...]
    table: bytes

    @cached_property
    def width(self) -> int:
        """Columns of the table."""
        return len(self.labels) + len(self.languages) + 1

    def row(self, bucket: int) -> bytes:
        """The weights of one feature."""
        return self.table[bucket * self.width : (bucket + 1) * self.width]


def load_weights(folder: Path = MODEL) -> Weights:
    """The shipped weights. Raises BrokenModel where header and table do not belong together."""
    header = json.loads((folder / "first_voice.json").read_text("utf-8"))
    packed = (folder / "first_voice.bin").read_bytes()
    if hashlib.sha256(packed).hexdigest() != header["sha256"]:
        raise BrokenModel("first_voice.bin is not the file that first_voice.json describes")
    weights = Weights(
        tuple(header["labels"]), tuple(header["languages"]), tuple(header["scales"]), tuple(header["intercepts"]),
        frozenset(header["known"]), tuple(header["calibration"]), zlib.decompress(packed),
    )  # fmt: skip
    if len(weights.table) != BUCKETS * weights.width:
        raise BrokenModel("the table of first_voice.bin has another size than this code reads")
    return weights


class Ngrams:
    """Hears the intents that the weights know, with probabilities, and the language."""

    name = "model"

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._last: tuple[Text | None, list[float]] = (None, [])
        self.intents = frozenset(weights.labels) - {NOTHING}

    def hear(self, text: Text) -> tuple[Sound, ...]:
        """The intents above a twentieth, the most probable first."""
        weights = self.weights
        scores = self._scores(text)
        sounds = [
            Sound(label, _sigmoid(score), *self._place(text, column))
            for column, (label, score) in enumerate(zip(weights.labels, scores, strict=False))
            if label != NOTHING and _sigmoid(score) >= _AUDIBLE
        ]
        return tuple(sorted(sounds, key=lambda sound: -sound.probability))

    def asks(self, text: Text) -> float:
        """One less the probability of nothing."""
        scores = self._scores(text)
        return 1 - _sigmoid(scores[self.weights.labels.index(NOTHING)]) if scores else 0.5

    def language(self, text: Text) -> dict[str, float]:
        """How probable each language is; empty where no known feature stands in the text."""
        scores = self._scores(text)
        if not scores:
            return {}
        first = len(self.weights.labels)
        odds = [math.exp(min(30.0, score)) for score in scores[first:]]
        return {name: odd / sum(odds) for name, odd in zip(self.weights.languages, odds, strict=True)}

    def _scores(self, text: Text) -> list[float]:
        """The scores of all columns; kept for the message at hand, which is asked three questions."""
        last, scores = self._last
        if last is not text:
            scores = self._weigh(text)
            self._last = (text, scores)
        return scores

    def _weigh(self, text: Text) -> list[float]:
        buckets = {b for sentence in text.sentences for grams in grams_of(sentence.tokens) for b in buckets_of(grams)}
        rows = [row for row in map(self.weights.row, buckets) if row[-1]]
        if not rows:
            return []
        *columns, rarity = (sum(column) for column in zip(*rows, strict=True))
        norm = math.sqrt(rarity / _NORM_UNIT)
        weights = self.weights
        return [
            (total - _ZERO * len(rows)) * scale / norm + intercept
            for total, scale, intercept in zip(columns, weights.scales, weights.intercepts, strict=True)
        ]

    def _place(self, text: Text, column: int) -> tuple[Span, str]:
        """Where an intent is heard most: the best sentence, and in it the five words that weigh most."""
        best = max(text.sentences, key=lambda s: sum(self._weights_of(s, column)), default=None)
        if best is None or not best.tokens:
            return Span(0, 0), ""
        weighed = self._weights_of(best, column)
        width = min(5, len(weighed))
        start = max(range(len(weighed) - width + 1), key=lambda i: sum(weighed[i : i + width]))
        chosen = best.tokens[start : start + width]
        return Span(chosen[0].start, chosen[-1].end), " ".join(token.text for token in chosen)

    def _weights_of(self, sentence: Sentence, column: int) -> list[int]:
        return [
            sum(row[column] - _ZERO for row in map(self.weights.row, buckets_of(grams)) if row[-1])
            for grams in grams_of(sentence.tokens)
        ]


def _sigmoid(score: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def pack(rows: Sequence[Sequence[int]]) -> bytes:
    """The table as it is stored."""
    return zlib.compress(b"".join(bytes(row) for row in rows), 9)
