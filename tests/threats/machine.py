"""The whole counter in memory of one test process: real database, real policy, nothing sent. Raw mails in, rows out."""

import asyncio
import itertools
import shutil
import threading
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

from sqlalchemy import update
from sqlmodel import col, select

from bot import dress
from bot.app import App, build
from bot.channels.mail.door import open_door
from bot.channels.mail.envelope import Envelope, StoredMail, seal
from bot.channels.mail.relay import MailSender
from bot.messages import Channel, Reply
from bot.operate import seed_demo
from bot.pipeline import records
from bot.pipeline.receive import Inbox
from bot.settings import Settings
from storage.database import reading, writing
from storage.tables import CaseRow, InboxRow, OutboxRow, ParkedRow

SUPPORT = "support@guichet.example"
AUTHSERV = "mx.guichet.example"
CONTACT = "buchhaltung@kunde.example"  # billing, of the demo's Lindenhof
OWNER = "martin.linden@kunde.example"
OTHER = "accounts@customer.example"  # of another customer
MINE, THEIRS = "RE-2026-000123", "RE-2026-000119"


class Wire:
    """A relay that keeps what would be sent: envelope and octets."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, bytes]] = []

    def deliver(self, message: bytes, envelope_from: str, recipient: str, *, name: str) -> None:
        """Take one mail."""
        self.sent.append((envelope_from, recipient, message))


@dataclass(frozen=True)
class Letter:
    """A row of the outbox as a test looks at it."""

    id: str
    channel: str
    recipient: str
    reply: Reply
    token: str
    case: str
    parked: str
    state: str

    @property
    def text(self) -> str:
        """As plain text."""
        return dress.plain(self.reply)

    @property
    def documents(self) -> tuple[str, ...]:
        """The numbers of the documents in it."""
        return tuple(ref.number for ref in self.reply.attachments)


class Machine:
    """Feed it mails; it says what would leave."""

    def __init__(self, home: Path, *, seeded: Path | None = None, **settings: object) -> None:
        given: dict[str, object] = {
            "database_url": f"sqlite:///{home / 'guichet.db'}", "secret_key": "k" * 32, "trusted_authserv_id": AUTHSERV,
            "support_addresses": SUPPORT, "clock": "2026-11-22", "answer_caps": "off", "slack_bot_token": "xoxb-1",
            "slack_escalation_channel": "C0AGENTS", "slack_agents": "U0ADA,U0JONAS", "relay_url": f"maildir:{home / 'out'}",
        }  # fmt: skip
        self.home = home
        if seeded is not None:
            shutil.copy(seeded, home / "guichet.db")
        self.app: App = build(Settings(_env_file=None, **{**given, **settings}))  # type: ignore[call-arg, arg-type]
        if seeded is None:
            seed_demo(self.app)
        self.wire = Wire()
        house = self.app.settings
        self._sender = MailSender(
            self.wire, sender_address=house.support_address, from_name=house.from_name, domain=house.mail_domain
        )
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """End the process that reads."""
        self.app.mail_reader.close()
        self.app.engine.dispose()

    # -- in ----------------------------------------------------------------------------------------

    def mail(self, sender: str, text: str, *, proven: bool = True, to: str = SUPPORT, path: str | None = None,
             above: str = "", **headers: str) -> list[Letter]:  # fmt: skip
        """A plain mail; a header given as "" is left out, one of more lines is repeated. Gives what it caused."""
        domain = sender.rpartition("@")[2].strip(">")
        values = {
            "Authentication-Results": f"{AUTHSERV}; dmarc=pass header.from={domain}" if proven else "",
            "From": sender, "To": to, "Subject": "", "Date": "Sun, 22 Nov 2026 09:00:00 +0100",
            "Message-ID": f"<{next(self._numbers)}@client.example>", "Content-Type": "text/plain; charset=utf-8",
        } | {name.replace("_", "-"): value for name, value in headers.items()}  # fmt: skip
        lines = [f"{name}: {one}" for name, value in values.items() for one in value.split("\n") if one]
        raw = (
            "\r\n".join([*above.splitlines(), *lines])
            + "\r\n\r\n"
            + text.replace("\r\n", "\n").replace("\n", "\r\n")
            + "\r\n"
        )
        return self.raw(raw.encode(), path=sender if path is None else path, to=to)

    def raw(self, mail: bytes, *, path: str = "", to: str = SUPPORT) -> list[Letter]:
        """These octets, with this envelope; gives what they caused."""
        stored = seal(Envelope(path, (to,), self.app.clock.now()), mail)
        return self.stored(stored)

    def stored(self, mail: StoredMail) -> list[Letter]:
        """A mail as the door keeps it, worked off; gives what it caused."""
        return self.kept(Channel.EMAIL, mail.key, mail.raw)

    def kept(self, channel: Channel, key: str, raw: bytes) -> list[Letter]:
        """What any door keeps, worked off; gives what it caused."""
        inbox = Inbox(self.app.engine, self.app.clock, on_kept=lambda _id: None)
        inbox_id = inbox.put(channel, key, raw).result(30)
        inbox.close()
        with reading(self.app.engine) as session:
            before = {row.id for row in session.exec(select(OutboxRow).where(OutboxRow.inbox_id == inbox_id))}
        self.app.worker.answer(inbox_id)
        self.last = inbox_id
        return [letter for letter in self.letters(inbox_id) if letter.id not in before]

    def answer_to(self, letter: Letter, sender: str, text: str, **headers: str) -> list[Letter]:
        """A reply of a mail program to a letter of ours."""
        message_id = f"<{letter.token}@guichet.example>"
        given = {"In_Reply_To": message_id, "References": message_id, "Subject": "Re: x", **headers}
        return self.mail(sender, text, **given)  # type: ignore[arg-type]

    def over_the_door(self, *mails: tuple[str, list[str], bytes]) -> list[str]:
        """Over a real socket; gives the inbox ids. Whoever is refused is refused by smtplib's exception."""
        import smtplib

        inbox = Inbox(self.app.engine, self.app.clock, on_kept=lambda _id: None)
        kept: list[str] = []

        async def keep(mail: StoredMail) -> None:
            kept.append(await inbox.keep(Channel.EMAIL, mail.key, mail.raw))

        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        server = asyncio.run_coroutine_threadsafe(open_door("127.0.0.1:0", [SUPPORT], keep), loop).result(5)
        try:
            with smtplib.SMTP("127.0.0.1", server.sockets[0].getsockname()[1], timeout=10) as client:
                for path, to, raw in mails:
                    client.sendmail(path, to, raw)
        finally:
            loop.call_soon_threadsafe(server.close)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)
            loop.close()
            inbox.close()
        for inbox_id in dict.fromkeys(kept):
            self.app.worker.answer(inbox_id)
        return kept

    # -- out ---------------------------------------------------------------------------------------

    def letters(self, inbox_id: str | None = None) -> list[Letter]:
        """What waits to be sent, of one message or of all."""
        with reading(self.app.engine) as session:
            query = select(OutboxRow).order_by(col(OutboxRow.created))
            rows = session.exec(query if inbox_id is None else query.where(OutboxRow.inbox_id == inbox_id))
            return [self._letter(row) for row in rows]

    def _letter(self, row: OutboxRow) -> Letter:
        token = self.app.tools.tokens.make(row.id)
        return Letter(
            row.id, row.channel, row.recipient, records.reply(row.reply), token, row.case_id, row.parked_id, row.state
        )

    def send(self, letter: Letter) -> bytes:
        """Hand a letter to the relay; gives the octets that left."""
        with reading(self.app.engine) as session:
            ready = self.app.worker.outgoing.letter(session.get_one(OutboxRow, letter.id))
        self._sender.send(ready)
        with writing(self.app.engine) as session:
            session.connection().execute(update(OutboxRow).where(col(OutboxRow.id) == letter.id).values(state="sent"))
        return self.wire.sent[-1][2]

    def row(self, inbox_id: str = "") -> InboxRow:
        """The inbox row of the last message, or of another."""
        with reading(self.app.engine) as session:
            return session.get_one(InboxRow, inbox_id or self.last)

    def rows(self) -> list[InboxRow]:
        """All inbox rows."""
        with reading(self.app.engine) as session:
            return list(session.exec(select(InboxRow)))

    def cases(self) -> list[CaseRow]:
        """All cases."""
        with reading(self.app.engine) as session:
            return list(session.exec(select(CaseRow)))

    def parked(self) -> list[ParkedRow]:
        """All requests that waited or wait for a yes."""
        with reading(self.app.engine) as session:
            return list(session.exec(select(ParkedRow)))

    def change(self, row: type[ParkedRow] | type[InboxRow] | type[OutboxRow], row_id: str, **values: object) -> None:
        """Turn the clock of a row, or tell that it was sent."""
        with writing(self.app.engine) as session:
            session.connection().execute(update(row).where(col(row.id) == row_id).values(**values))


def mails(letters: list[Letter]) -> list[Letter]:
    """Those that go out by mail."""
    return [letter for letter in letters if letter.channel == Channel.EMAIL]


def cards(letters: list[Letter]) -> list[Letter]:
    """Those that agents see in Slack."""
    return [letter for letter in letters if letter.channel == Channel.SLACK]


def parsed(octets: bytes) -> "object":
    """A mail that left, taken apart by the standard library."""
    return message_from_bytes(octets)
