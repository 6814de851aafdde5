"""The words that stand for notions, per language, and the rules on notions: data, read once."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.understand.text import fold

_HERE = Path(__file__).parent
LANGUAGES = ("de", "en", "fr")


@dataclass(frozen=True)
class Entry:
    """One way to say a notion: its words in order; a gap allows up to three words between."""

    notion: str
    words: tuple[str, ...]  # folded; "*" at an end stands for any letters; "…" is the gap


@dataclass(frozen=True)
class Rule:
    """What must stand together in one sentence for an intent to be heard."""

    intent: str
    sure: bool
    needed: tuple[tuple[str, ...], ...]  # each group: one of them
    barred: tuple[str, ...]


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """All ways to say all notions, in the three languages."""
    found: list[Entry] = []
    for language in LANGUAGES:
        for notion, listed in tomllib.loads((_HERE / f"{language}.toml").read_text("utf-8")).items():
            found.extend(Entry(notion, _words(way)) for way in listed.split(",") if way.strip())
    return tuple(dict.fromkeys(found))


def _words(way: str) -> tuple[str, ...]:
    """The words as the text will be cut: folded, apostrophes and hyphens apart."""
    parts = way.replace("'", "' ").replace("’", "' ").replace("-", " ").split()
    return tuple(fold(part.rstrip("'")) if part != "…" else part for part in parts)


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """The rules of all intents."""
    listed = tomllib.loads((_HERE / "rules.toml").read_text("utf-8"))
    return tuple(_rule(intent, line) for intent, lines in listed.items() for line in lines)


def _rule(intent: str, line: str) -> Rule:
    parts = line.lstrip("~").split()
    return Rule(
        intent,
        not line.startswith("~"),
        tuple(tuple(part.split("|")) for part in parts if not part.startswith("-")),
        tuple(part[1:] for part in parts if part.startswith("-")),
    )
