"""Honest helpers for mail tests: a door with a real socket, a relay that is a real server, mails as bytes."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.channels.mail.door import Limits, open_door
from bot.channels.mail.envelope import StoredMail
from bot.channels.mail.own import OwnMail
from bot.messages import Channel, Language, Reply
from bot.ports import Letter

SUPPORT = "support@guichet.example"
TOKEN = "a" * 42
OWN = OwnMail(addresses=(SUPPORT,), domain="guichet.example", authserv_id="mx.guichet.example", is_token=TOKEN.__eq__)


class Shelf:
    """Keeps mails; may be told to fail, or to take its time."""

    def __init__(self) -> None:
        self.mails: list[StoredMail] = []
        self.failing: Exception | None = None
        self.asked = threading.Event()
        self.open = threading.Event()
        self.open.set()

    async def keep(self, mail: StoredMail) -> None:
        """Keep one mail."""
        self.asked.set()
        while not self.open.is_set():
            await asyncio.sleep(0.01)
        if self.failing:
            raise self.failing
        self.mails.append(mail)


@contextmanager
def running(start: Callable[[], Coroutine[Any, Any, asyncio.Server]]) -> Iterator[int]:
    """A server in a thread of its own, as long as the test needs it; gives its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result(5)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def door(keep: Callable[[StoredMail], Awaitable[None]], **limits: Any) -> Iterator[int]:
    """Our own door on a free port."""
    with running(lambda: open_door("127.0.0.1:0", [SUPPORT], keep, limits=Limits(**limits))) as port:
        yield port


class Hop:
    """A next hop that takes mail, or answers what the test says."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.connections = 0
        self.to_rcpt: list[str] = []
        self.to_data: list[str] = []

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, host: str, answer: list[str]
    ) -> Any:
        """Count the connections."""
        self.connections += 1
        session.host_name = host
        return answer

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        """Take any recipient, unless told otherwise."""
        if self.to_rcpt:
            return self.to_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail, unless told otherwise."""
        if self.to_data:
            return self.to_data.pop(0)
        self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), envelope.original_content or b""))
        return "250 OK"

    async def start(self) -> asyncio.Server:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: SMTP(self, hostname="hop.example", loop=loop), "127.0.0.1", 0)


def mail(body: str = "Bitte senden Sie die Rechnung 123.", *extra: str, **headers: str) -> bytes:
    """A plain mail; a header given as "" is left out, underscores in names are hyphens."""
    values = {
        "From": "Max Muster <max@kunde.example>",
        "To": SUPPORT,
        "Subject": "Rechnung",
        "Date": "Mon, 23 Nov 2026 09:00:00 +0100",
        "Message-ID": "<1@kunde.example>",
        "Content-Type": "text/plain; charset=utf-8",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in values.items() if value]
    return ("\r\n".join([*lines, *extra]) + "\r\n\r\n" + body.replace("\n", "\r\n") + "\r\n").encode()


def letter(**changes: Any) -> Letter:
    """A letter of ours to a customer."""
    values: dict[str, Any] = {
        "id": "row1",
        "token": TOKEN,
        "channel": Channel.EMAIL,
        "recipient": "max@kunde.example",
        "reply": Reply("Rechnung RE-2026-000123", "Guten Tag,\n\nhier ist **Ihre** Rechnung.", Language.DE),
        "case": "C-1042",
        "created": datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
        "in_reply_to": "<1@kunde.example>",
        "references": ("<0@kunde.example>",),
    }
    return Letter(**(values | changes))
