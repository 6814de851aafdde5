"""The words of the Slack door itself, read from labels.toml beside this file."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.messages import Language

REASONS = ("not_proven", "wrong_account", "duplicate", "other_way")
QUESTIONS = ("proof", "since", "which", "authority", "payment")


@dataclass(frozen=True)
class Labels:
    """One language's words. A missing one does not load."""

    title_approve: str
    title_reject: str
    title_ask: str
    title_preview: str
    submit_approve: str
    submit_reject: str
    submit_ask: str
    submit_preview: str
    close: str
    back: str
    loading: str
    was: str
    becomes: str
    empty: str
    case: str
    customer: str
    reason: str
    choose: str
    note: str
    told: str
    gone: str
    not_an_agent: str
    reason_missing: str
    not_loaded: str
    standard: str
    question: str
    reads: str
    goes_to: str
    paused: str
    question_missing: str
    cannot_ask: str
    reasons: dict[str, str]
    questions: dict[str, str]
    languages: dict[str, str]
    fields: dict[str, str]


@cache
def labels(language: Language) -> Labels:
    """The words in a language."""
    text = files("bot.channels.slack").joinpath("labels.toml").read_text(encoding="utf-8")
    return Labels(**tomllib.loads(text)[language.value])


def language_of(locale: str) -> Language:
    """The language of a Slack locale such as fr-FR; English where we do not speak it."""
    start = locale[:2].lower()
    return Language(start) if start in set(Language) else Language.EN
