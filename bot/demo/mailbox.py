"""The outgoing mailbox as the demo page shows it: a maildir, newest first."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

MOST = 60
_LINK = re.compile(r"<a(?=\s)", re.IGNORECASE)  # a mail is shown in a frame, which our pages refuse: links open beside
SHOWN_HEADERS = (
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted"),
    *("X-Guichet-Case", "Return-Path", "Delivered-To"),
)


@dataclass(frozen=True)
class Enclosure:
    """A file that travels with a mail."""

    index: int
    filename: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Mail:
    """A mail as a mail program would show it."""

    name: str  # of its file in the maildir
    at: datetime
    to: str
    reply_to: str
    subject: str
    message_id: str
    references: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    enclosures: tuple[Enclosure, ...]


def mails(folder: Path) -> list[Mail]:
    """The newest mails, newest first."""
    files = [f for part in ("new", "cur") for f in (folder / part).glob("*") if f.is_file()]
    newest = sorted(files, key=lambda f: (f.stat().st_mtime_ns, f.name), reverse=True)[:MOST]
    return [_mail(f) for f in newest]


def enclosure(folder: Path, name: str, index: int) -> tuple[Enclosure, bytes] | None:
    """One enclosure of a mail and its bytes; None where there is none."""
    found = next((f for part in ("new", "cur") for f in (folder / part).glob("*") if f.name == name), None)
    if found is None:
        return None
    parts = list(_parsed(found).iter_attachments())
    if not 0 <= index < len(parts):
        return None
    return _enclosure(index, parts[index]), _bytes(parts[index])


def _parsed(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def _mail(file: Path) -> Mail:
    message = _parsed(file)
    parts = enumerate(message.iter_attachments())
    return Mail(
        name=file.name,
        at=datetime.fromtimestamp(file.stat().st_mtime, UTC).astimezone(),
        to=str(message["To"] or ""),
        reply_to=str(message["Reply-To"] or message["From"] or ""),
        subject=str(message["Subject"] or ""),
        message_id=str(message["Message-ID"] or "").strip(),
        references=str(message["References"] or "").strip(),
        text=_body(message, "plain"),
        html=_LINK.sub('<a target="_blank" rel="noopener"', _body(message, "html")),
        headers=tuple((name, str(message[name])) for name in SHOWN_HEADERS if message[name]),
        enclosures=tuple(_enclosure(n, part) for n, part in parts),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _enclosure(index: int, part: EmailMessage) -> Enclosure:
    name = part.get_filename() or f"part-{index + 1}"
    return Enclosure(index, name, part.get_content_type(), len(_bytes(part)))


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else str(part).encode()
