"""Work one message off: count the attempt, read it, answer it in one transaction, then send what waits."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine
from sqlmodel import Session, col, select

import billing
from bot.messages import MOST_HEARD, Actor, Channel, Inbound, Kind, Language, Press, Reading
from bot.outcomes import Failed, NeedsPerson
from bot.pipeline import records, reminders
from bot.pipeline.bounced import settle_bounce, settle_refusal
from bot.pipeline.counter import Counter, Tools, case_reference
from bot.pipeline.decide import decide
from bot.pipeline.happenings import Happenings
from bot.pipeline.outgoing import CoreOf, Outgoing
from bot.pipeline.page import read_click
from bot.pipeline.records import Place
from bot.pipeline.retention import Retention, forget_old
from bot.ports import Readers, Understander
from bot.tokens import derive_id
from storage.database import reading, writing
from storage.tables import CaseRow, InboxRow, OutboxRow, ParkedRow, PromiseRow

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 3
RETRY_AFTER = timedelta(seconds=3)
SYSTEM = billing.Actor(billing.ActorKind.SYSTEM, "guichet")
ReadPress = Callable[[bytes], Press | None]


@dataclass
class Worker:
    """Everything between the inbox and the next hop. Safe to run twice for the same message."""

    engine: Engine
    cores: CoreOf
    readers: Readers
    press_in: ReadPress
    understander: Understander
    tools: Tools
    outgoing: Outgoing
    without_secrets: Callable[[bytes], bytes] = bytes  # masks card numbers in a raw mail
    _busy: set[str] = field(default_factory=set)

    def handle(self, inbox_id: str) -> None:
        """Answer one message and send the answers. Raises what broke, after logging it; the row then still waits."""
        self._busy.add(inbox_id)
        try:
            self.answer(inbox_id)
            for row_id in self.outgoing.of_inbox(inbox_id):
                self.outgoing.send(row_id)
        finally:
            self._busy.discard(inbox_id)

    def answer(self, inbox_id: str) -> None:
        """The transaction: everything the message causes becomes rows, or nothing does."""
        row = self._count_attempt(inbox_id)
        if row is None:
            return
        if row.attempts > MOST_ATTEMPTS:
            self._give_up(row)
            return
        try:
            press = self._press(row)
            inbound = None if press else self.readers[Channel(row.channel)](row.raw, row.key)
            heard = self.hear(inbound) if inbound else None
            kept = self.without_secrets(row.raw) if inbound and inbound.has_secret else b""
            with writing(self.engine) as session:
                fresh = session.get(InboxRow, inbox_id, with_for_update=True)
                if fresh is None or fresh.state != "new":
                    return
                counter = Counter(self.tools, session, self.cores(session), fresh)
                if press:
                    decide(counter, press)
                elif inbound:
                    counter.answer(inbound, heard)
                    fresh.raw = kept or fresh.raw
                    if inbound.kind is Kind.BOUNCE:
                        settle_bounce(counter, inbound)
                counter.write_audit()
                fresh.state, fresh.finished = "done", self.tools.clock.now()
        except Exception:
            log.exception("action=work_failed inbox=%s attempt=%d", inbox_id, row.attempts)
            raise
        log.info("action=worked inbox=%s channel=%s", inbox_id, row.channel)

    def _press(self, row: InboxRow) -> Press | None:
        """A button that was pressed; None for a message."""
        if row.channel == Channel.PAGE:
            return read_click(row.raw)
        return self.press_in(row.raw) if row.channel == Channel.SLACK else None

    def waiting(self) -> list[str]:
        """Messages that nobody works on although they should be done by now."""
        before = self.tools.clock.now() - RETRY_AFTER
        with reading(self.engine) as session:
            query = (
                select(InboxRow.id)
                .where(InboxRow.state == "new", InboxRow.received < before)
                .order_by(col(InboxRow.received))
                .limit(100)
            )
            return [inbox_id for inbox_id in session.exec(query) if inbox_id not in self._busy]

    def keep_promises(self) -> None:
        """Do the background work that is due, and tell those who wait for it."""
        with reading(self.engine) as session:
            due = self.cores(session).due_quotes()
        if due:
            with writing(self.engine) as session:
                self.cores(session).generate_due_quotes(actor=SYSTEM)
        with writing(self.engine) as session:
            for promise in session.exec(select(PromiseRow).where(PromiseRow.kept == False)):  # noqa: E712
                self._keep(session, promise)

    def _keep(self, session: Session, promise: PromiseRow) -> None:
        quote = self.cores(session).quote(promise.subject.partition(":")[2])
        if quote.state == billing.QuoteState.FAILED:  # the core tries again: the promise stands
            self._tell_late(session, promise, quote)
        elif quote.state not in (billing.QuoteState.QUEUED, billing.QuoteState.GENERATING):
            place = Place(Channel.EMAIL, promise.recipient) if promise.recipient else records.place(promise.place)
            self._follow_up(session, promise, quote, place, cause="promise")
            promise.kept = True

    def _tell_late(self, session: Session, promise: PromiseRow, quote: billing.Quote) -> None:
        """Tell the asker, once for all the recipients they named, who know of nothing yet."""
        if promise.late:
            return
        same = select(PromiseRow.id).where(
            PromiseRow.subject == promise.subject, PromiseRow.asker == promise.asker, col(PromiseRow.late).is_(True)
        )
        if session.exec(same).first() is None:
            self._follow_up(session, promise, quote, records.place(promise.place), cause="late")
        promise.late = True

    def _follow_up(
        self, session: Session, promise: PromiseRow, quote: billing.Quote, place: Place, *, cause: str
    ) -> None:
        core, intent = self.cores(session), self.tools.intents[promise.intent]
        if intent.follow_up is None:
            raise RuntimeError(f"{promise.intent} promised something but has no follow_up")
        row = InboxRow(
            id=derive_id(cause, promise.id), channel="system", key=promise.id, raw=b"",
            received=self.tools.clock.now(), case_id=promise.case_id,
        )  # fmt: skip
        counter = Counter(self.tools, session, core, row)
        customer = core.customer(promise.customer_id)
        language = Language(promise.language)
        asker = records.actor(promise.asker)
        render = partial(self.tools.words.render, language=language, intent=promise.intent, country=customer.country)
        reply = render(intent.follow_up(quote, customer, ""))
        if place.channel is not Channel.EMAIL and (reply.attachments or place.channel is Channel.TERMINAL):
            # the document itself goes to the address on file, never into a chat; a terminal is closed by now
            file = Place(Channel.EMAIL, asker.contact_email or customer.billing_email or "")
            counter.post(file, reply, language, asker, on_failure=place)
            reply = render(intent.follow_up(quote, customer, file.recipient))
        if place.channel is not Channel.TERMINAL:
            counter.post(place, reply, language, asker, on_failure=records.place(promise.place))
        counter.write_audit()

    def tell_happenings(self) -> None:
        """Write to customers and agents about what happened at the billing core without their asking."""
        Happenings(self.engine, self.cores, self.tools).tell()

    def forget_old(self) -> None:
        """Forget messages whose time is over."""
        keep = Retention.from_setting(self.tools.settings.keep_days)
        with writing(self.engine) as session:
            forget_old(session, keep, self.tools.clock.now())

    def tell_lapsed(self) -> None:
        """Tell askers whose request no agent decided in time."""
        with writing(self.engine) as session:
            query = select(ParkedRow).where(
                ParkedRow.waits_for == "agent", ParkedRow.state == "open", ParkedRow.expires < self.tools.clock.now(),
                col(ParkedRow.paused).is_(None),
            )  # fmt: skip
            for parked in session.exec(query.limit(50)).all():
                cause = InboxRow(
                    id=derive_id("lapsed", parked.id), channel="system", key=parked.id, raw=b"",
                    received=self.tools.clock.now(), case_id=parked.case_id,
                )  # fmt: skip
                counter = Counter(self.tools, session, self.cores(session), cause)
                counter.lapse(parked)
                counter.write_audit()

    def remind(self) -> None:
        """Remind agents of requests that nobody has decided, where somebody is there now."""
        settings, now = self.tools.settings, self.tools.clock.now()
        with reading(self.engine) as session:
            due = reminders.waiting(session, now)
        if not due or not settings.slack_bot_token.get_secret_value():
            return
        for region in settings.regions:  # the calendars are loaded before the write lock is taken
            region.is_open(now)
        with writing(self.engine) as session:
            for parked_id in due:
                parked = session.get(ParkedRow, parked_id, with_for_update=True)
                if parked is not None and parked.state == "open":
                    self._remind(session, parked)

    def _remind(self, session: Session, parked: ParkedRow) -> None:
        moment = parked.remind_at or parked.with_agents_since
        cause = InboxRow(
            id=derive_id("reminder", parked.id, moment.isoformat()), channel="system", key=parked.id, raw=b"",
            received=self.tools.clock.now(), case_id=parked.case_id,
        )  # fmt: skip
        counter = Counter(self.tools, session, self.cores(session), cause)
        if reminders.remind(counter, parked):
            counter.write_audit()

    def tell_refusals(self) -> None:
        """Tell askers and agents about mails that the next hop did not take and never will."""
        with writing(self.engine) as session:
            query = select(OutboxRow).where(OutboxRow.channel == Channel.EMAIL, OutboxRow.state == "failed")
            for letter in session.exec(query.limit(50)).all():
                cause = InboxRow(
                    id=derive_id("refusal", letter.id, letter.due.isoformat()), channel="system", key=letter.id,
                    raw=b"", received=self.tools.clock.now(), case_id=letter.case_id,
                )  # fmt: skip
                settle_refusal(Counter(self.tools, session, self.cores(session), cause), letter)

    def hear(self, inbound: Inbound) -> Reading | None:
        """What a message asks for; None for one that no person wrote."""
        if inbound.kind is not Kind.PERSON:
            return None
        subject = inbound.subject if inbound.fresh_subject else ""
        return self.understander.read(inbound.text[:MOST_HEARD], subject=subject, sent=inbound.sent.date())

    def _count_attempt(self, inbox_id: str) -> InboxRow | None:
        """Count in an own commit, before the work: a message that kills the process is counted, too."""
        with writing(self.engine) as session:
            row = session.get(InboxRow, inbox_id, with_for_update=True)
            if row is None or row.state != "new":
                return None
            row.attempts += 1
            return row

    def _give_up(self, row: InboxRow) -> None:
        """A message that broke us three times: agents get a reference, a known customer the same."""
        with writing(self.engine) as session:
            fresh = session.get(InboxRow, row.id, with_for_update=True)
            if fresh is None or fresh.state != "new":
                return
            fresh.state, fresh.finished = "stuck", self.tools.clock.now()
            asked = self._asked(session, fresh)
            fresh.case_id = fresh.case_id or (asked.case_id if asked else case_reference(fresh.id))
            counter = Counter(self.tools, session, self.cores(session), fresh)
            case = session.get(CaseRow, fresh.case_id)
            if case is None:
                now = self.tools.clock.now()
                case = CaseRow(id=fresh.case_id, channel=fresh.channel, language="en", opened=now)
                session.add(case)
            case.hand_over(self.tools.clock.now())
            counter.to_agents(NeedsPerson(fresh.case_id, "", "stuck"))
            self._tell_sender(counter, fresh, asked)
        log.error("action=stuck inbox=%s case=%s", row.id, row.case_id)

    def _asked(self, session: Session, row: InboxRow) -> ParkedRow | None:
        """The question that a click on our page answers."""
        return session.get(ParkedRow, read_click(row.raw).parked_id) if row.channel == Channel.PAGE else None

    def _tell_sender(self, counter: Counter, row: InboxRow, asked: ParkedRow | None) -> None:
        try:
            told = _asker_and_place(asked) if asked else self._sender_and_place(counter, row)
        except Exception:
            log.exception("action=stuck_sender_unknown inbox=%s", row.id)
            return
        if told is None:
            return
        actor, place = told
        row.sender_digest = derive_id("sender", actor.address.casefold())  # so that they can ask what became of it
        if (case := counter.session.get(CaseRow, counter.case_id)) and case.customer_id is None:
            case.customer_id = actor.customer_id
        language = actor.language or Language.EN
        reply = self.tools.words.render(Failed(counter.case_id), language, intent="")
        counter.post(place, reply, language, actor)

    def _sender_and_place(self, counter: Counter, row: InboxRow) -> tuple[Actor, Place] | None:
        inbound = self.readers[Channel(row.channel)](row.raw, row.key)
        return counter.place_of_known(inbound) if inbound.kind is Kind.PERSON else None


def _asker_and_place(asked: ParkedRow) -> tuple[Actor, Place]:
    return records.actor(asked.asker), records.place(asked.place)
