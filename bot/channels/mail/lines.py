"""What `guichet read-mail` prints: one JSON line a mail, saying what it is, what it says and who sent it. No effect."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO, TypedDict

from bot.channels.mail.own import OwnMail
from bot.channels.mail.read import read_mail
from bot.messages import MOST_HEARD, Decision, Inbound, Kind, Reading, Trust
from bot.ports import Understander

MOST_OCTETS = 64 * 1024 * 1024  # more than any door lets in


class RequestLine(TypedDict):
    """One request as it was read."""

    intent: str
    slots: dict[str, object]


# `from` is a word of the language, so this one is written as a call.
MailLine = TypedDict(
    "MailLine",
    {
        "file": str,
        "kind": str | None,
        "language": str | None,
        "reply_text": str,
        "requests": list[RequestLine],
        "decision": str,
        "from": str | None,
        "trust": str,
        "trust_reasons": list[str],
    },
)


def read_mail_files(
    files: Iterable[Path], out: TextIO, err: TextIO, *, own: OwnMail, understander: Understander
) -> int:
    """Print a line for each mail; folders are walked. Gives the exit status: 1 where a file could not be read."""
    status = 0
    for path in walked(files):
        line = read_mail_line(path, own=own, understander=understander)
        if line["kind"] is None:
            err.write(f"cannot read {path}\n")
            status = 1
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
    return status


def walked(paths: Iterable[Path]) -> Iterator[Path]:
    """The files of these paths; a folder gives all files below it, in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from (below for below in sorted(path.rglob("*")) if below.is_file())
        else:
            yield path


def read_mail_line(path: Path, *, own: OwnMail, understander: Understander) -> MailLine:
    """Read one file. `kind` is None where the file cannot be read."""
    try:
        raw = _octets(path)
    except OSError:
        return _nothing(path)
    mail = read_mail(raw, str(path), own=own)
    if mail.kind is not Kind.PERSON:
        return _line(path, mail, Reading(None, (), Decision.SILENT), "")
    subject = mail.subject if mail.fresh_subject else ""
    heard = understander.read(mail.text[:MOST_HEARD], subject=subject, sent=mail.sent.date())
    return _line(path, mail, heard, mail.text)


def _octets(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_OCTETS)


def _line(path: Path, mail: Inbound, heard: Reading, text: str) -> MailLine:
    return {
        "file": str(path),
        "kind": str(mail.kind),
        "language": heard.language,
        "reply_text": text,
        "requests": [{"intent": one.intent, "slots": dict(one.slots)} for one in heard.requests],
        "decision": str(_decision(mail, heard)),
        "from": mail.sender or None,
        "trust": str(Trust.T0),  # without a database every sender is unknown
        "trust_reasons": [*mail.auth.reasons, "sender_unknown"],
    }


def _decision(mail: Inbound, heard: Reading) -> Decision:
    """A person reads what we are not sure to have cut rightly, what shows no text at all, what has no usable sender."""
    doubtful = mail.unsure and (heard.decision is not Decision.SILENT or not mail.text.strip())
    return Decision.PERSON if doubtful else heard.decision


def _nothing(path: Path) -> MailLine:
    return {
        "file": str(path), "kind": None, "language": None, "reply_text": "", "requests": [],
        "decision": str(Decision.SILENT), "from": None, "trust": str(Trust.T0), "trust_reasons": ["unreadable_file"],
    }  # fmt: skip
