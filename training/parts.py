"""Which labelled messages may be used for what, split by author: no author is both fitted and validated on."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"
LANGUAGES = ("de", "fr", "en", "other")
NOTHING = "nothing"  # the message asks for none of these
PLAIN = "plain"  # the simplest wording of what is asked most
LATER = "hijk"  # authors who wrote after a first fit, which is gone on from
FITTING = (
    *(f"{language}-{author}" for author in "abcdefghij" for language in LANGUAGES[:3]),
    "de-k",
    "fr-k",
    PLAIN,
    "other",  # languages that we do not speak
    "mixed",  # ours, with much in them that is not
)
CALIBRATION = ("calibration", "calibration-b")  # no weights are fitted on it, only how far to believe them
VALIDATION = ("dev", "unread")  # written by others; the errors on `unread` are never looked at


class NotForFitting(Exception):
    """A file of the validation part was about to be used for fitting."""


def read_part(name: str) -> list[dict[str, Any]]:
    """The messages of one file."""
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def read_for_fitting(names: Iterable[str] = FITTING) -> list[dict[str, Any]]:
    """Messages that may be fitted, also for thresholds and calibration. Raises NotForFitting on any other."""
    names = tuple(names)
    wrong = [name for name in names if name not in FITTING]
    if wrong:
        raise NotForFitting(", ".join(wrong))
    return [message for name in names for message in read_part(name)]


def _labels() -> tuple[str, ...]:
    """The intents of the messages that may be fitted, and that none is asked for."""
    return (*sorted({one["intent"] for message in read_for_fitting() for one in message["requests"]}), NOTHING)


LABELS = _labels()


def fingerprint(name: str) -> str:
    """The hash of one file, kept in the model's header."""
    return hashlib.sha256((FOLDER / f"{name}.jsonl").read_bytes()).hexdigest()
