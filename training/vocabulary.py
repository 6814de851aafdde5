"""Which pieces of the pre-trained vocabulary are kept: those that German, French and English text uses, and enough of
the neighbouring languages to know that they are not ours."""

from collections.abc import Iterable

import wordfreq

from bot.understand.pieces import Vocabulary
from training.weights import Pretrained

COMMON = {
    "de": 150_000,
    "fr": 120_000,
    "en": 120_000,
    "it": 20_000,
    "es": 20_000,
    "nl": 20_000,
    "pl": 20_000,
    "pt": 20_000,
}
SHOUTED = {"de": 8_000, "fr": 8_000, "en": 8_000}


def full_vocabulary(start: Pretrained) -> Vocabulary:
    """All pieces as they come."""
    return Vocabulary(start.pieces, [float(score) for score in start.scores], start.mapping, start.special["unk"])


def pieces_kept(start: Pretrained, texts: Iterable[str]) -> list[int]:
    """Numbers of the pieces that stay, in their order: the special ones, those of common words and of our messages, short
    ones and digits."""
    whole = full_vocabulary(start)
    kept = set(start.special.values())
    kept.update(
        n for n, piece in enumerate(start.pieces) if _latin(piece) and (len(piece) <= 2 or any(map(str.isdigit, piece)))
    )
    for text in (*_common_words(), *texts):
        kept.update(piece.id for piece in whole.encode(text))
    return sorted(kept)


def _common_words() -> Iterable[str]:
    for language, number in COMMON.items():
        for word in wordfreq.top_n_list(language, number):
            yield f"{word} {word.capitalize()}"
    for language, number in SHOUTED.items():
        yield from (word.upper() for word in wordfreq.top_n_list(language, number))


def _latin(piece: str) -> bool:
    return all(c == "▁" or ord(c) < 0x250 or 0x2010 <= ord(c) < 0x2070 or c == "€" for c in piece)
