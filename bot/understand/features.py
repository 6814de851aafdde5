"""Words, word pairs and pieces of words as numbers: the same for fitting the first voice and for listening."""

from collections.abc import Sequence
from zlib import crc32

from bot.understand.text import Token

BUCKETS = 1 << 16


def grams_of(tokens: Sequence[Token]) -> list[list[str]]:
    """For each token the features that it begins: itself, the pair with the next word, its pieces."""
    words = [token.text for token in tokens]
    return [_grams_at(words, position) for position in range(len(words))]


def _grams_at(words: list[str], position: int) -> list[str]:
    word = words[position]
    grams = ["w " + word]
    if position + 1 < len(words):
        grams.append(f"p {word} {words[position + 1]}")
    if position + 2 < len(words):
        grams.append(f"s {word} {words[position + 2]}")
    if len(word) > 3 and not word.startswith("<"):
        framed = f"^{word}$"
        grams.extend(framed[i : i + n] for n in (3, 4, 5) for i in range(len(framed) - n + 1))
    return grams


def buckets_of(grams: Sequence[str]) -> list[int]:
    """Where in the table of weights each feature stands."""
    return [crc32(gram.encode()) & (BUCKETS - 1) for gram in grams]
