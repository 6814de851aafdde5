"""Gives composed mails to the next hop: a maildir, or an SMTP relay with a kept connection."""

import os
import re
import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from bot import dress
from bot.channels.mail.compose import DressedText, House, compose, message_id, one_recipient, plus_address
from bot.messages import Reply
from bot.ports import Letter, NotSent

_TIMEOUT = 30.0  # seconds for each answer of the relay
_MOST_KEPT = 4  # idle connections
_IDLE = 60.0  # seconds; relays hang up after a few minutes, and a mail lost in between would be sent twice
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Relay(Protocol):
    """The next hop."""

    def deliver(self, message: bytes, envelope_from: str, recipient: str, *, name: str) -> None:
        """Hand over one mail for one recipient. `name` is the same when the mail is a repeat. Raises NotSent."""

    def close(self) -> None:
        """Let go of what is kept open."""


class MailSender:
    """Composes a letter and gives it to the relay; the receipt is its Message-ID."""

    def __init__(
        self, relay: Relay, *, sender_address: str, from_name: str, domain: str, return_path: str = "",
        sign: Callable[[bytes], bytes] | None = None,
    ) -> None:  # fmt: skip
        self._relay = relay
        self._house = House(sender_address, from_name, domain)
        self._return_path = return_path or f"{sender_address.replace('@', '+{token}@', 1)}"
        self._sign = sign or (lambda mail: mail)

    def send(self, letter: Letter) -> str:
        """Send; gives the Message-ID. Raises NotSent."""
        message = self._sign(compose(letter, house=self._house, dressed=dressed_reply(letter.reply)))
        path = return_path(self._return_path, letter.token)
        name = f"{int(letter.created.timestamp())}.{re.sub(r'[^A-Za-z0-9_-]', '-', letter.id)}.guichet"
        self._relay.deliver(message, path, one_recipient(letter.recipient), name=name)
        return message_id(letter.token, self._house.domain)

    def close(self) -> None:
        """Let go of the connections to the next hop."""
        self._relay.close()


def return_path(pattern: str, token: str) -> str:
    """The envelope sender. A bounce comes back to the token in it, and so to the action it belongs to (VERP).

    Without room for the token, or in an address without `{token}`, the Message-ID alone leads back.
    """
    address = pattern.replace("+{token}", "")
    return plus_address(address, token) if "{token}" in pattern else address


def dressed_reply(reply: Reply) -> DressedText:
    """A reply in the dresses of a mail."""
    return DressedText(dress.subject(reply), dress.plain(reply), dress.html(reply))


def relay_from(url: str) -> Relay:
    """The relay a setting names: `maildir:PATH`, or a host with its port, user and password. Raises ValueError.

    `smtp://` takes STARTTLS where it is offered, `smtp+starttls://` insists on it and on a valid certificate,
    `smtps://` speaks TLS from the first octet.
    """
    if url.startswith("maildir:"):
        return MaildirRelay(Path(url.removeprefix("maildir:")))
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("the relay is maildir:PATH, smtp://host:port, smtp+starttls:// or smtps://user:password@host")
    return SmtpRelay(
        parts.hostname,
        parts.port or _PORTS[parts.scheme],
        secure=parts.scheme == "smtps",
        insists=parts.scheme == "smtp+starttls",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


class MaildirRelay:
    """A folder that any mail program can open. A repeat under the same name is delivered once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, message: bytes, envelope_from: str, recipient: str, *, name: str) -> None:
        """Write to tmp, make it durable, and move it to new, as every maildir reader expects."""
        try:
            self._make()
            if not self._is_there(name):
                self._write(name, _traced(message, envelope_from, recipient))
        except OSError as error:
            raise NotSent(f"maildir: {error.strerror}") from error

    def close(self) -> None:
        """A folder needs no closing."""

    def _make(self) -> None:
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)

    def _is_there(self, name: str) -> bool:
        # A reader moves the file to cur and adds its flags behind a colon.
        return (self._folder / "new" / name).exists() or any((self._folder / "cur").glob(f"{name}*"))

    def _write(self, name: str, content: bytes) -> None:
        draft = self._folder / "tmp" / name
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._folder / "new" / name)
        folder = os.open(self._folder / "new", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _traced(message: bytes, envelope_from: str, recipient: str) -> bytes:
    """As a final delivery leaves it: envelope on top, line ends of the file system."""
    trace = f"Return-Path: <{envelope_from}>\nDelivered-To: {recipient}\n"
    return trace.encode("ascii") + message.replace(b"\r\n", b"\n")


@dataclass
class SmtpRelay:
    """An SMTP server that takes our mail. Connections are kept and used again; one thread uses one at a time."""

    host: str
    port: int
    secure: bool = False  # TLS from the first octet
    insists: bool = False  # on STARTTLS and a valid certificate
    user: str = ""
    password: str = field(default="", repr=False)
    trusted: ssl.SSLContext | None = field(default=None, repr=False)  # whom to believe; None: the system's authorities
    _idle: list[tuple[float, smtplib.SMTP]] = field(default_factory=list, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def deliver(self, message: bytes, envelope_from: str, recipient: str, *, name: str) -> None:
        """Send with the envelope given here; the headers are never asked. Raises NotSent."""
        wire = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
        kept = self._kept()
        try:
            if kept is not None:
                try:
                    return self._send(kept, wire, envelope_from, recipient)
                except smtplib.SMTPServerDisconnected:
                    pass  # it was idle for too long; a new connection decides
            return self._send(self._connect(), wire, envelope_from, recipient)
        except smtplib.SMTPException as error:
            raise _not_sent(error) from error
        except OSError as error:
            raise NotSent(f"relay: {type(error).__name__}") from error

    def close(self) -> None:
        """Let go of the kept connections."""
        while (kept := self._kept()) is not None:
            _quit(kept)

    def _send(self, connection: smtplib.SMTP, wire: bytes, envelope_from: str, recipient: str) -> None:
        try:
            connection.sendmail(envelope_from, [recipient], wire)
        except smtplib.SMTPResponseException:
            self._keep(connection)
            raise
        except smtplib.SMTPRecipientsRefused:
            self._keep(connection)
            raise
        except (smtplib.SMTPException, OSError):
            connection.close()
            raise
        self._keep(connection)

    def _connect(self) -> smtplib.SMTP:
        connection: smtplib.SMTP
        if self.secure:
            context = self._proving()
            connection = smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)
        try:
            self._greet(connection)
        except (smtplib.SMTPException, OSError, NotSent):
            connection.close()
            raise
        return connection

    def _greet(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        safe = self.secure
        if not self.secure and connection.has_extn("starttls"):
            # Without a password this only keeps readers out (RFC 7435); a password goes to a proven server only.
            context = self._proving() if self.user or self.insists else _unproven()
            connection.starttls(context=context)
            connection.ehlo()
            safe = True
        if self.insists and not safe:
            raise NotSent("relay offers no STARTTLS")
        if self.user:
            if not safe and not _is_here(connection):
                raise NotSent("relay offers no TLS, so it gets no password")
            connection.login(self.user, self.password)

    def _proving(self) -> ssl.SSLContext:
        return self.trusted or ssl.create_default_context()

    def _kept(self) -> smtplib.SMTP | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                since, connection = self._idle.pop()
            if time.monotonic() - since < _IDLE:
                return connection
            _quit(connection)

    def _keep(self, connection: smtplib.SMTP) -> None:
        with self._lock:
            if len(self._idle) < _MOST_KEPT and connection.sock is not None:
                self._idle.append((time.monotonic(), connection))
                return
        _quit(connection)


def _is_here(connection: smtplib.SMTP) -> bool:
    """Whether the relay runs on this machine, where nobody else reads along."""
    return connection.sock is not None and str(connection.sock.getpeername()[0]) in ("127.0.0.1", "::1")


def _unproven() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _quit(connection: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()


def _not_sent(error: smtplib.SMTPException) -> NotSent:
    """What the relay said, for operators. A 5xx to the mail is final; one to our login or greeting is our set-up."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return _by_code(code, said)
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return NotSent(f"relay refused us: {error.smtp_code}")
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code, error.smtp_error)
    return NotSent(f"relay: {type(error).__name__}")


def _by_code(code: int, said: bytes | str) -> NotSent:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return NotSent(f"{code} {' '.join(words.split())[:200]}", permanent=500 <= code <= 599)
