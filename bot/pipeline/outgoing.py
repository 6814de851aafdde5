"""The outbox: rows become letters, letters go to the next hop, each with retries and a lease."""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

import billing
from bot.messages import PROOF, Channel, CsvFile, DocumentRef, Enclosure, Language
from bot.pipeline import records
from bot.pipeline.handed_in import FileIn, HandedIn
from bot.pipeline.parcels import parcels, split
from bot.ports import Clock, File, Letter, NotSent, Senders
from bot.render import Words
from bot.tokens import Tokens
from storage.audit import Note, write
from storage.database import reading, writing
from storage.tables import CaseRow, OutboxRow

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)  # a sender that died with a row in its hands: after this the row is free again
MOST_ATTEMPTS = 12  # with the backoff below a little over two days
CoreOf = Callable[[Session], billing.BillingCore]


class Outgoing:
    """Sends outbox rows. A row is marked sent only after the next hop took it."""

    def __init__(
        self, engine: Engine, cores: CoreOf, senders: Senders, tokens: Tokens, clock: Clock, words: Words,
        *, most: float = math.inf, file_in: FileIn = lambda _raw, _sha256: None,
    ) -> None:  # fmt: skip
        """`most`: octets of a mail; documents that need more go into further mails."""
        self._handed_in = HandedIn(engine, cores, file_in)
        self._engine, self._cores, self._senders, self._tokens, self._clock = (
            engine,
            cores,
            senders,
            tokens,
            clock,
        )
        self._words, self._most = words, most

    def due(self, limit: int = 50) -> list[str]:
        """Rows whose time has come, oldest first."""
        with reading(self._engine) as session:
            query = (
                select(OutboxRow.id)
                .where(
                    OutboxRow.state == "queued",
                    OutboxRow.due <= self._clock.now(),
                    OutboxRow.channel != "terminal",
                )
                .order_by(col(OutboxRow.due))
                .limit(limit)
            )
            return list(session.exec(query))

    def release(self, inbox_ids: Sequence[str] | None = None) -> None:
        """Free the rows that a killed process held: those of these messages, or all, for a store that only one process
        serves (SQLite)."""
        now = self._clock.now()
        held = update(OutboxRow).where(
            col(OutboxRow.state) == "queued", col(OutboxRow.error) == "", col(OutboxRow.due) > now
        )
        if inbox_ids is not None:
            held = held.where(col(OutboxRow.inbox_id).in_(inbox_ids))
        with writing(self._engine) as session:
            session.connection().execute(held.values(due=now))

    def of_inbox(self, inbox_id: str) -> list[str]:
        """The rows that wait because of one message."""
        with reading(self._engine) as session:
            query = select(OutboxRow.id).where(
                OutboxRow.inbox_id == inbox_id, OutboxRow.state == "queued", OutboxRow.channel != "terminal"
            )
            return list(session.exec(query.order_by(col(OutboxRow.created))))

    def send(self, row_id: str) -> bool:
        """Send one row if it is due and nobody else holds it; says whether the next hop took it."""
        row = self._claim(row_id)
        if row is None:
            return False
        if self._overtaken(row):
            self._mark(row, "", state="sent", sent=self._clock.now(), receipt=self._receipt(row.replaces), error="")
            return True
        try:
            receipt = self._senders[Channel(row.channel)].send(self._fitting(row, self.letter(row)))
        except NotSent as error:
            self._not_sent(row, error)
            return False
        except billing.BillingError as error:  # a document that cannot be made now is tried again
            self._not_sent(row, NotSent(f"document: {error.code}"))
            return False
        self._mark(row, "sent", state="sent", sent=self._clock.now(), receipt=receipt, error="")
        log.info("action=sent outbox=%s channel=%s", row_id, row.channel)
        return True

    def close(self) -> None:
        """Let go of the connections that are kept."""
        for sender in self._senders.values():
            sender.close()

    def letter(self, row: OutboxRow) -> Letter:
        """The row as what a channel sends, with its documents."""
        reply = records.reply(row.reply)
        return Letter(
            id=row.id, token=self._tokens.make(row.id), channel=Channel(row.channel), recipient=row.recipient,
            reply=reply, case=row.case_id, created=row.created,
            in_reply_to=row.in_reply_to or self._receipt(row.under),
            references=tuple(row.references.split()), files=self._files(row, reply.attachments), parked=row.parked_id,
            replaces=self._receipt(row.replaces), private_to=row.private_to,
        )  # fmt: skip

    def _claim(self, row_id: str) -> OutboxRow | None:
        now = self._clock.now()
        claim = (
            update(OutboxRow)
            .where(col(OutboxRow.id) == row_id, col(OutboxRow.state) == "queued", col(OutboxRow.due) <= now)
            .values(due=now + LEASE, attempts=OutboxRow.attempts + 1)
        )
        with writing(self._engine) as session:
            if session.connection().execute(claim).rowcount != 1:
                return None
            return session.get(OutboxRow, row_id)

    def _files(self, row: OutboxRow, enclosures: tuple[Enclosure, ...]) -> tuple[File, ...]:
        """What the row encloses, in its order: lists from the row, proofs from the mails, all else from the core."""
        refs = [one for one in enclosures if isinstance(one, DocumentRef) and one.kind != PROOF]
        refs = refs if row.customer_id else []
        documents = stored_documents(self._engine, self._cores, refs, of=row.customer_id or "") if refs else []
        made = (File(document.filename, document.media_type, document.content) for document in documents)
        stored: dict[Enclosure, File] = dict(zip(refs, made, strict=True))
        found = ((one, self._file(one, row) or stored.get(one)) for one in enclosures)
        named = ((file, self._name(one, file.filename, row.language)) for one, file in found if file)
        return tuple(replace(file, filename=name) for file, name in named)

    def _file(self, one: Enclosure, row: OutboxRow) -> File | None:
        if isinstance(one, CsvFile):
            return File(f"{one.number}.csv", "text/csv", one.text.encode())
        return self._handed_in.file(one.number, case=row.case_id) if one.kind == PROOF else None

    def _fitting(self, row: OutboxRow, letter: Letter) -> Letter:
        """The letter with the documents that fit; the others get rows of their own, in one commit with this one's."""
        groups = parcels(letter.files, self._most)
        if letter.channel is not Channel.EMAIL or len(groups) < 2:
            return letter
        with writing(self._engine) as session:
            reply = split(session, session.get_one(OutboxRow, row.id), groups, self._words)
        log.info("action=letter_split outbox=%s mails=%d", row.id, len(groups))
        return replace(letter, reply=reply, files=tuple(letter.files[place] for place in groups[0]))

    def _name(self, ref: Enclosure, filename: str, language: str) -> str:
        """The name of a file in the reader's language: `Facture-RE-2026-000123.pdf`."""
        word = self._words.words("documents", Language(language)).get(ref.kind, "")
        return f"{word.replace(' ', '-')}-{filename}" if word else filename

    def _overtaken(self, row: OutboxRow) -> bool:
        """Whether a newer one rewrites the same card: one that was tried again must not put back an older state."""
        if not row.replaces:
            return False
        newer = select(OutboxRow.id).where(OutboxRow.replaces == row.replaces, OutboxRow.created > row.created)
        with reading(self._engine) as session:
            return session.exec(newer.limit(1)).first() is not None

    def _receipt(self, row_id: str) -> str:
        if not row_id:
            return ""
        with reading(self._engine) as session:
            row = session.get(OutboxRow, row_id)
            return row.receipt if row else ""

    def _not_sent(self, row: OutboxRow, error: NotSent) -> None:
        final = error.permanent or row.attempts >= MOST_ATTEMPTS
        wait = error.retry_after or min(2.0**row.attempts, 6 * 3600)
        log.warning("action=not_sent outbox=%s final=%s attempt=%d", row.id, final, row.attempts)
        self._mark(
            row, "not_sent" if final else "", state="failed" if final else "queued", error=error.reason[:500],
            due=self._clock.now() + timedelta(seconds=wait),
        )  # fmt: skip

    def _mark(self, row: OutboxRow, noted: str, **values: object) -> None:
        """Change the row; what is final becomes an entry of the case's audit in the same commit."""
        with writing(self._engine) as session:
            session.connection().execute(update(OutboxRow).where(col(OutboxRow.id) == row.id).values(**values))
            if noted and session.get(CaseRow, row.case_id) is not None:
                note = Note(noted, {"letter": row.id, "channel": row.channel, "attempts": row.attempts})
                write(session, row.case_id, [note], at=self._clock.now(), seal=self._tokens.seal)


def stored_documents(engine: Engine, cores: CoreOf, refs: Sequence[DocumentRef], *, of: str) -> list[billing.Document]:
    """The documents, made at their first sending and stored for ever; none is made under the write lock."""
    with reading(engine) as session:
        core = cores(session)
        drawn = [core.draw(ref.kind, ref.number, of=of) for ref in refs]
    if all(one.stored for one in drawn):
        return [one.document for one in drawn]
    with writing(engine) as session:
        core = cores(session)
        return [core.keep(one) for one in drawn]
