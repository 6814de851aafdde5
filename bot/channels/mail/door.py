"""The SMTP door: takes mail for our addresses only, keeps it, and only then says 250."""

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, AnyStr

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from bot.channels.mail.envelope import Envelope, StoredMail, seal
from bot.channels.mail.own import has_controls, is_ours

Keep = Callable[[StoredMail], Awaitable[None]]

log = logging.getLogger(__name__)

MiB = 1024 * 1024
SIZE_LIMIT = 26 * MiB  # about 19 MiB of PDF: base64 adds 37 %
RECIPIENT_LIMIT = 50
REFUSAL_LIMIT = 100  # unknown recipients in one session: somebody tries out names
CONNECTION_LIMIT = 200
TIMEOUT = 60.0  # aiosmtpd does not reset it during DATA, so it bounds the whole transfer
COMMAND_LIMITS = {"*": 30, "MAIL": 5000, "RCPT": 10000, "DATA": 5000, "RSET": 5000}  # per connection; MTAs reuse them

_PLAIN_PATH = re.compile(r'TO:\s{0,5}<?[^\s<>@:"]{1,200}@[^\s<>@:"]{1,255}>?(?:\s|\Z)', re.IGNORECASE)
_TRY_LATER = "451 4.3.0 Temporary failure, please try again later"


@dataclass(frozen=True)
class Limits:
    """How much one client may ask of us."""

    size: int = SIZE_LIMIT
    recipients: int = RECIPIENT_LIMIT
    connections: int = CONNECTION_LIMIT
    timeout: float = TIMEOUT
    commands: dict[str, int] = field(default_factory=lambda: dict(COMMAND_LIMITS))


class MailDoor:
    """Answers the commands of aiosmtpd. `keep` has stored the mail durably when it returns; then we say 250."""

    def __init__(self, support_addresses: Iterable[str], keep: Keep, *, recipient_limit: int = RECIPIENT_LIMIT) -> None:
        self._ours = frozenset(address.lower() for address in support_addresses)
        self._keep = keep
        self._recipient_limit = recipient_limit

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: SmtpEnvelope, address: str, options: list[str]
    ) -> str:
        """Take a sender; one with control characters is refused, a NUL would pass into our headers."""
        if has_controls(address):
            return "553 5.1.7 Malformed sender address"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: SmtpEnvelope, address: str, options: list[str]
    ) -> str:
        """Take our own addresses and their plus forms, and nobody else's: we are no relay."""
        if not is_ours(address, self._ours):
            return _refuse(server, session)
        if len(envelope.rcpt_tos) >= self._recipient_limit:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: SmtpEnvelope) -> str:
        """Keep the mail as received. Reading it is not done here: it would block every other client."""
        sender = "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)
        known = Envelope(sender, tuple(envelope.rcpt_tos), datetime.now(UTC), _client(session), session.host_name or "")
        stored = seal(known, bytes(envelope.original_content or b""))
        # Shielded: a client that hangs up now must not tear the group commit of the others.
        await asyncio.shield(asyncio.ensure_future(self._keep(stored)))
        log.info("action=mail_kept key=%s octets=%d", stored.key[:16], len(stored.raw))
        return "250 2.0.0 Kept"

    async def handle_exception(self, error: Exception) -> str:
        """Never a permanent failure, never our own words: the sender's MTA keeps the mail and tries again."""
        log.error("action=mail_refused_for_now error=%s", type(error).__name__, exc_info=error)
        return _TRY_LATER


class _Connection(SMTP):
    """One client; refuses politely when too many are connected."""

    def __init__(self, door: MailDoor, crowd: set["_Connection"], limits: Limits, **options: Any) -> None:
        super().__init__(door, **options)
        self._crowd = crowd
        self._most = limits.connections

    async def smtp_RCPT(self, arg: str | None) -> None:
        """Refuse source routes and quoted local parts before the library takes them apart to a plain address."""
        assert self.envelope is not None
        assert self.session is not None
        if arg and self.envelope.mail_from and not _PLAIN_PATH.match(arg):
            await self.push(_refuse(self, self.session))
            return
        await super().smtp_RCPT(arg)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the dialogue, or send the client away with 421."""
        if self not in self._crowd and len(self._crowd) >= self._most:
            assert isinstance(transport, asyncio.WriteTransport)
            transport.write(b"421 4.7.0 Too many connections, please try again later\r\n")
            transport.close()
            return
        self._crowd.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Make room for the next client."""
        if self in self._crowd:
            self._crowd.discard(self)
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """What a refused client still says is not heard."""
        if self in self._crowd:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """A refused client has no dialogue to end."""
        return super().eof_received() if self in self._crowd else None


class _LmtpConnection(_Connection, LMTP):
    """The same over LMTP: after the dot one answer for each recipient follows (RFC 2033 4.2), the library gives one."""

    _answers = 1

    async def push(self, status: AnyStr) -> None:
        """Say a line, or the same line once for each recipient of the mail that has just ended."""
        answers, self._answers = self._answers, 1
        for _ in range(answers):
            await super().push(status)
        if status[:3] in ("354", b"354") and self.envelope is not None:
            self._answers = len(self.envelope.rcpt_tos)


async def open_door(
    listen: str,
    support_addresses: Iterable[str],
    keep: Keep,
    *,
    limits: Limits | None = None,
    tls_context: ssl.SSLContext | None = None,
    hostname: str = "mail.guichet.invalid",
    utf8: bool = True,
) -> asyncio.Server:
    """Listen on "host:port" or "unix:/path"; with "lmtp:" before it the door speaks LMTP instead of SMTP.

    Its owner closes the server. `tls_context` offers STARTTLS; without `utf8` addresses outside ASCII are refused.
    """
    allowed = limits or Limits()
    # At INFO aiosmtpd logs every command with its full address, at DEBUG every line of the mail.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    loop = asyncio.get_running_loop()
    door = MailDoor(support_addresses, keep, recipient_limit=allowed.recipients)
    crowd: set[_Connection] = set()
    kind = _LmtpConnection if listen.startswith("lmtp:") else _Connection
    listen = listen.removeprefix("lmtp:")

    def connection() -> _Connection:
        return kind(
            door, crowd, allowed,
            data_size_limit=allowed.size, timeout=allowed.timeout, command_call_limit=allowed.commands,
            enable_SMTPUTF8=utf8, hostname=hostname, ident="ESMTP", tls_context=tls_context, loop=loop,
        )  # fmt: skip

    if listen.startswith("unix:"):
        return await loop.create_unix_server(connection, listen.removeprefix("unix:"))
    host, _, port = listen.rpartition(":")
    return await loop.create_server(connection, host.strip("[]") or None, int(port))


def tls_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """What STARTTLS offers: a certificate chain in PEM form, its key in the same file or in another. Raises OSError."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


def _client(session: Session) -> str:
    """The address of the machine at the other end; a unix socket has none."""
    return str(session.peer[0]) if isinstance(session.peer, tuple) and session.peer else ""


def _refuse(server: SMTP, session: Session) -> str:
    refused = int(getattr(session, "refused", 0)) + 1
    setattr(session, "refused", refused)  # noqa: B010 - aiosmtpd's Session is the place for what a handler remembers
    if refused < REFUSAL_LIMIT:
        return "550 5.7.1 We take no mail for this address"
    if server.transport is not None:
        server.loop.call_soon(server.transport.close)  # after our last line is written
    return "421 4.7.0 Too many unknown recipients"
