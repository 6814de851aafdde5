"""Spoils messages as thumbs, old keyboards and dictation do, so that the encoder learns to read through it."""

import random
import unicodedata

from training.spans import SPELT

Letters = list[tuple[str, int]]  # a character and its tag
_NEAR = {
    "a": "sq",
    "e": "wr",
    "i": "uo",
    "o": "ip",
    "u": "zi",
    "n": "bm",
    "r": "et",
    "s": "ad",
    "t": "rz",
    "l": "kö",
    "d": "sf",
    "c": "xv",
    "m": "n",
    "h": "gj",
}


def spoilt(letters: Letters, chance: random.Random) -> Letters:
    """The same text in one of the ways in which people write badly; a value keeps its characters where they count."""
    way = chance.choice((_shouted, _small, _bare, _mistyped, _mistyped, _dictated))
    return way(letters, chance)


def _spelt(tag: int) -> bool:
    """Whether a character belongs to a value that is read letter by letter."""
    return 0 < tag <= SPELT


def _shouted(letters: Letters, chance: random.Random) -> Letters:
    return [(c.upper() if not _spelt(tag) and len(c.upper()) == 1 else c, tag) for c, tag in letters]


def _small(letters: Letters, chance: random.Random) -> Letters:
    return [(c if _spelt(tag) else c.lower(), tag) for c, tag in letters]


def _bare(letters: Letters, chance: random.Random) -> Letters:
    """No accents, umlauts written out."""
    written = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
    out: Letters = []
    for c, tag in letters:
        plain = (
            c
            if _spelt(tag)
            else written.get(c) or "".join(p for p in unicodedata.normalize("NFKD", c) if not unicodedata.combining(p))
        )
        out += [(p, tag) for p in plain or c]
    return out


def _mistyped(letters: Letters, chance: random.Random) -> Letters:
    """One slip in about thirty letters: dropped, doubled, swapped, or the neighbour's key."""
    out: Letters = []
    for c, tag in letters:
        if _spelt(tag) or not c.isalpha() or chance.random() > 0.035:
            out.append((c, tag))
            continue
        slip = chance.randrange(4)
        if slip == 1:
            out += [(c, tag), (c, tag)]
        elif slip == 2 and out and out[-1][0].isalpha() and not _spelt(out[-1][1]):
            out.insert(-1, (c, tag))
        elif slip == 3:
            out.append((chance.choice(_NEAR.get(c.lower(), c)), tag))
    return out


def _dictated(letters: Letters, chance: random.Random) -> Letters:
    """No punctuation, no capitals."""
    return [(c if _spelt(tag) else c.lower(), tag) for c, tag in letters if _spelt(tag) or c not in '.,;:!?"„“«»()']
