"""Cuts text into the word pieces of the encoder's vocabulary: a SentencePiece unigram model, read without its library.

Source: T. Kudo, "Subword Regularization" (ACL 2018), section 3.2: the cut of a word whose pieces' scores have the largest sum.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

SPACE = "▁"  # stands before each word
_LONGEST_WORD = 100  # characters; a longer run without a blank is cut, so that time stays linear
_UNKNOWN_COST = 10.0  # below the worst score, as SentencePiece has it
_CLUSTER = re.compile(r".[̀-ͯ]*", re.DOTALL)
_CACHED_WORDS = 20_000


@dataclass(frozen=True)
class Piece:
    """A piece of the text: its number in the vocabulary, and where it stands."""

    id: int
    start: int
    end: int


class Vocabulary:
    """Pieces with scores, and how characters are written before they are looked up (NFKC, blanks)."""

    def __init__(
        self, pieces: Sequence[str], scores: Sequence[float], mapping: Mapping[str, str], unknown: int
    ) -> None:
        self._ids = {piece: number for number, piece in enumerate(pieces)}
        self._scores = scores
        self._mapping = mapping
        self._unknown = unknown
        self._worst = min(scores) - _UNKNOWN_COST
        self._longest = max(map(len, pieces))
        self._cut = lru_cache(maxsize=_CACHED_WORDS)(self._cut_word)

    def encode(self, text: str) -> list[Piece]:
        """The pieces of a text, without the marks of beginning and end. Linear time."""
        return [piece for word, starts in self._words(text) for piece in self._placed(word, starts)]

    def _words(self, text: str) -> list[tuple[str, list[int]]]:
        """The words as they are looked up, each with the place of every character and of its end."""
        found: list[tuple[str, list[int]]] = []
        letters: list[str] = []
        places: list[int] = []
        for match in _CLUSTER.finditer(text):
            for letter in self._written(match.group()):
                if letter == " " or len(letters) >= _LONGEST_WORD:
                    _close(found, letters, places, match.start())
                if letter != " ":
                    letters.append(letter)
                    places.append(match.start())
        _close(found, letters, places, len(text))
        return found

    def _written(self, cluster: str) -> str:
        composed = cluster if len(cluster) == 1 else unicodedata.normalize("NFC", cluster)
        return "".join(self._mapping.get(letter, letter) for letter in composed)

    def _placed(self, word: str, starts: list[int]) -> list[Piece]:
        found, at = [], 0
        for number, length in self._cut(word):
            begin, end = max(0, at - 1), at + length - 1  # the mark of the blank has no place
            found.append(Piece(number, starts[begin], starts[end]))
            at += length
        return found

    def _cut_word(self, word: str) -> tuple[tuple[int, int], ...]:
        """The best cut of one word: numbers and lengths of its pieces; the mark of the blank counts."""
        marked = SPACE + word
        best: list[tuple[float, int, int]] = [(0.0, 0, self._unknown)]  # score, length of the last piece, its number
        for end in range(1, len(marked) + 1):
            found = (best[end - 1][0] + self._worst, 1, self._unknown)
            for start in range(max(0, end - self._longest), end):
                number = self._ids.get(marked[start:end])
                if number is not None and best[start][0] + self._scores[number] > found[0]:
                    found = (best[start][0] + self._scores[number], end - start, number)
            best.append(found)
        return self._walk_back(best)

    def _walk_back(self, best: Sequence[tuple[float, int, int]]) -> tuple[tuple[int, int], ...]:
        pieces: list[tuple[int, int]] = []
        end = len(best) - 1
        while end:
            _, length, number = best[end]
            if pieces and number == self._unknown == pieces[-1][0]:
                pieces[-1] = (number, pieces[-1][1] + length)  # neighbours that nobody knows are one piece
            else:
                pieces.append((number, length))
            end -= length
        return tuple(reversed(pieces))


def _close(found: list[tuple[str, list[int]]], letters: list[str], places: list[int], end: int) -> None:
    if letters:
        found.append(("".join(letters), [*places, end]))
    letters.clear()
    places.clear()


def load_vocabulary(path: Path, mapping: Mapping[str, str], unknown: int) -> Vocabulary:
    """A vocabulary from its file: a piece, a tab and its score a line."""
    columns = path.read_text("utf-8").rstrip("\n").replace("\n", "\t").split("\t")
    return Vocabulary(columns[::2], list(map(float, columns[1::2])), mapping, unknown)
