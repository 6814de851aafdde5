"""What the SMTP dialogue said about a mail, written above the raw mail so that reading needs the bytes alone."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

_FIRST = b"X-Guichet-Envelope: v1\r\n"
_CLIENT, _HELO = b"X-Guichet-Client", b"X-Guichet-Helo"
_LAST = b"X-Guichet-Arrived: "
_MOST = 64 * 1024  # octets of our own block: 50 recipients of 256 octets, percent-encoded, fit
_SAFE = "@.+-_=!#$&'*/?^`{|}~"

# What each hop writes anew when it tries again; everything else is the sender's and counts (mail.md, T19).
_TRACE = (b"received", b"x-received", b"return-path", b"delivered-to", b"x-original-to")


@dataclass(frozen=True)
class Envelope:
    """Sender and recipients of the SMTP dialogue. `sender` "" is the null path of bounces."""

    sender: str
    recipients: tuple[str, ...]
    arrived: datetime
    client: str = ""  # address of the machine that gave us the mail, "" for a socket without one
    helo: str = ""  # the name it gave itself


@dataclass(frozen=True)
class StoredMail:
    """A mail as the inbox keeps it: our envelope block, then the bytes as received."""

    raw: bytes
    key: str  # the same mail again has the same key


def seal(envelope: Envelope, mail: bytes) -> StoredMail:
    """Write the envelope above the mail. A block of the same look inside the mail stays part of the mail."""
    lines = [_FIRST, b"Return-Path: <%b>\r\n" % _safe(envelope.sender)]
    lines += [b"X-Guichet-Rcpt: <%b>\r\n" % _safe(recipient) for recipient in envelope.recipients]
    lines += [b"%b: <%b>\r\n" % (name, _safe(said)) for name, said in _peer(envelope) if said]
    lines.append(_LAST + envelope.arrived.isoformat().encode() + b"\r\n")
    return StoredMail(b"".join(lines) + mail, mail_key(envelope.sender, mail))


def unseal(raw: bytes) -> tuple[Envelope | None, bytes]:
    """The envelope and the mail as received. None for a mail that did not come through our door."""
    if not raw.startswith(_FIRST):
        return None, raw
    last = raw.find(b"\r\n" + _LAST, 0, _MOST)
    end = raw.find(b"\r\n", last + 2, _MOST)
    if last < 0 or end < 0:
        return None, raw
    block = raw[len(_FIRST) : end].decode("ascii", "replace").split("\r\n")
    try:
        arrived = datetime.fromisoformat(block[-1].partition(": ")[2])
    except ValueError:
        return None, raw
    said = [(name, unquote(value[1:-1], errors="replace")) for name, _, value in (one.partition(": ") for one in block)]
    sender, client, helo = (
        next((value for key, value in said if key == name), "")
        for name in ("Return-Path", _CLIENT.decode(), _HELO.decode())
    )
    recipients = tuple(value for name, value in said if name == "X-Guichet-Rcpt")
    return Envelope(sender, recipients, arrived, client, helo), raw[end + 2 :]


def mail_key(sender: str, mail: bytes) -> str:
    """A name for this mail: the same after a second delivery, another as soon as one word differs."""
    head, body = split_head(mail)
    digest = hashlib.sha256(sender.encode("utf-8", "surrogatepass"))
    message_id = b""
    for name, field in _fields(head):
        if name in _TRACE:
            continue
        if name == b"message-id" and not message_id:
            message_id = field
        digest.update(field)
    digest.update(b"\0" + message_id + b"\0")
    digest.update(body)
    return digest.hexdigest()


def split_head(mail: bytes) -> tuple[bytes, bytes]:
    """Header block and body, whatever the line ends are."""
    found = re.search(rb"\r?\n\r?\n|\A\r?\n", mail)
    return (mail, b"") if found is None else (mail[: found.start()], mail[found.end() :])


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each header field with its folded lines, by lower-case name."""
    for field in re.split(rb"\r?\n(?![ \t])", head):
        yield field.partition(b":")[0].strip().lower(), field


def _peer(envelope: Envelope) -> tuple[tuple[bytes, str], ...]:
    return (_CLIENT, envelope.client), (_HELO, envelope.helo[:255])


def _safe(address: str) -> bytes:
    return quote(address, safe=_SAFE, errors="surrogateescape").encode("ascii")
