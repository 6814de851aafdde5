"""Tell those whom it concerns what happened at the billing core: each event once, whatever crashes when.

The place up to which everything is told is a row, moved in the transaction that makes the letters. An event only says
where to look: letters are written from the facts of today, and what has been settled meanwhile needs none.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, select

import billing
from billing.desk import TRIES
from billing.terms import remind_on
from bot.messages import Actor, Channel, DocumentRef, Language, Role, Trust
from bot.outcomes import Done, Outcome
from bot.pipeline.counter import Counter, Tools, case_reference
from bot.pipeline.outgoing import CoreOf
from bot.pipeline.records import Place
from bot.tokens import derive_id
from storage.database import reading, writing
from storage.tables import CaseRow, CursorRow, InboxRow, PromiseRow

log = logging.getLogger(__name__)
READER = "happenings"
WORDS = "_news"  # the folder of the letters' words
AT_ONCE = 20  # events in one transaction: a write lock is held while their letters are put into words
STALE = timedelta(days=14)  # a quote that ended longer ago is no news
DEFAULT = "payment_default"


# What customers read


@dataclass(frozen=True)
class Reminder(Done):
    """An invoice is overdue. `step`: 1 asks, 2 asks again, 3 says what comes next."""

    number: str
    step: int
    remaining: billing.Money
    due: date
    link: str  # a path on our own pages
    plan: str = ""  # whose licence stops,
    stops: date | None = None  # and when, unless the money comes

    @property
    def documents(self) -> tuple[DocumentRef, ...]:
        """The invoice itself: nobody has to look for it."""
        return (DocumentRef("invoice", self.number),)


@dataclass(frozen=True)
class LicenceStopped(Done):
    """The software runs no longer, because invoices were not paid."""

    plan: str
    subscription: str
    numbers: tuple[str, ...]  # of the overdue invoices
    link: str  # to pay the first of them
    lapsed: bool  # after it ran for a while on a proof of payment


@dataclass(frozen=True)
class LicenceRuns(Done):
    """The payment is booked: the software runs again."""

    plan: str
    subscription: str


@dataclass(frozen=True)
class CancelBy(Done):
    """The term ends soon: who does not want another one must say so by a day."""

    plan: str
    subscription: str
    renews: date
    last_day: date
    next_amount: billing.Money


@dataclass(frozen=True)
class QuoteReady(Done):
    """A quote was made that nobody here waits for."""

    number: str
    subscription: str
    total: billing.Money
    valid_until: date

    @property
    def documents(self) -> tuple[DocumentRef, ...]:
        """The quote itself."""
        return (DocumentRef("quote", self.number),)


@dataclass(frozen=True)
class QuoteExpired(Done):
    """A quote ran out without an answer."""

    number: str
    subscription: str
    valid_until: date


@dataclass(frozen=True)
class QuoteDelayed(Done):
    """A quote that nobody here waits for could not be made yet."""

    subscription: str


# What agents read in Slack


@dataclass(frozen=True)
class QuoteFailed(Done):
    """A quote that a customer asked for cannot be made."""

    customer: str
    subscription: str
    last: bool  # it is not tried again: somebody has to make it by hand
    case: str  # of who waits for it, "" where nobody here does


@dataclass(frozen=True)
class ForeignIban(Done):
    """A customer asked about a bank account that is not ours: somebody may be sending forged invoices."""

    customer: str
    iban: str  # masked
    asked_by: str
    case: str


@dataclass(frozen=True)
class CollectionEnded(Done):
    """All reminders for an invoice were sent, and it is still not paid."""

    customer: str
    number: str
    remaining: billing.Money
    plan: str  # whose licence was stopped, or ""


OUTCOMES: tuple[type[Outcome], ...] = (
    Reminder, LicenceStopped, LicenceRuns, CancelBy, QuoteReady, QuoteExpired, QuoteDelayed, ForeignIban,
    CollectionEnded, QuoteFailed,
)  # fmt: skip
STEPS = {billing.Collection.REMINDER1: 1, billing.Collection.REMINDER2: 2, billing.Collection.FINAL: 3}


class Happenings:
    """Reads the events of the core, and writes to customers and agents about those that matter to them."""

    def __init__(self, engine: Engine, cores: CoreOf, tools: Tools) -> None:
        self._engine, self._cores, self._tools = engine, cores, tools

    def tell(self) -> int:
        """Tell what happened since the last time; gives how many events were looked at. Safe to run twice."""
        told = 0
        while self._waits():
            some = self._tell_some()
            if not some:  # another worker was faster
                break
            told += some
        return told

    def _waits(self) -> bool:
        """A look that takes no lock: almost always there is nothing."""
        with reading(self._engine) as session:
            row = session.get(CursorRow, READER)
            return bool(self._cores(session).events(row.place if row else "", 1).items)

    def _tell_some(self) -> int:
        with writing(self._engine) as session:
            row = _cursor(session)
            core = self._cores(session)
            events = core.events(row.place, AT_ONCE).items
            for event in events:
                self._tell(session, core, event)
                row.place = event.id
            return len(events)

    def _tell(self, session: Session, core: billing.BillingCore, event: billing.DomainEvent) -> None:
        """One that breaks us is logged and passed over: it must not stand before all that come after it."""
        tell = _TOLD.get(event.kind)
        if tell is None:
            return
        try:
            with session.begin_nested():
                teller = _Teller(self._tools, session, core, event)
                tell(teller)
                teller.note_down()
        except billing.BillingError:
            log.info("action=happening_settled event=%s kind=%s", event.id, event.kind)
        except SQLAlchemyError:
            raise  # the database is not well: everything is tried again
        except Exception:
            log.exception("action=happening_failed event=%s kind=%s", event.id, event.kind)


def start_after(session: Session, core: billing.BillingCore) -> None:
    """Count everything up to now as told: nobody is written to about data that were filled in."""
    row = _cursor(session)
    while events := core.events(row.place).items:
        row.place = events[-1].id


def _cursor(session: Session) -> CursorRow:
    """The row, held until the transaction ends: so of several workers one tells."""
    row = session.get(CursorRow, READER, with_for_update=True)
    if row is None:
        row = CursorRow(reader=READER)
        session.add(row)
        session.flush()
    return row


class _Teller:
    """Writes about one event."""

    def __init__(self, tools: Tools, session: Session, core: billing.BillingCore, event: billing.DomainEvent) -> None:
        self.core, self.event, self._session, self._tools = core, event, session, tools
        self.today = tools.clock.today()
        self.customer = core.customer(event.customer_id)
        cause = derive_id("event", event.id)
        row = InboxRow(
            id=cause, channel="system", key=event.id, raw=b"", received=tools.clock.now(),
            case_id=case_reference(cause),
        )  # fmt: skip
        self._counter = Counter(tools, session, core, row)

    def mails(self, topic: billing.Topic | None) -> bool:
        """Whether the customer wants letters about this. None: what cannot be switched off."""
        return topic is None or topic.value not in self.customer.muted

    def write(self, outcome: Outcome, *to: billing.Contact | None) -> None:
        """A letter to each of these people, in his or her language; nobody gets two."""
        readers = {contact.email.casefold(): contact for contact in to if contact is not None}
        for contact in readers.values():
            language = Language(contact.language)
            self._open_case(language)
            reply = self._tools.words.render(outcome, language, intent=WORDS, country=self.customer.country)
            self._counter.post(Place(Channel.EMAIL, contact.email), reply, language, self._reader(contact))

    def tell_agents(self, outcome: Outcome, case: str = "") -> None:
        """A notice in Slack, where Slack is connected."""
        settings = self._tools.settings
        if not (settings.slack_escalation_channel and settings.slack_bot_token.get_secret_value()):
            return
        reply = self._tools.words.render(outcome, Language.EN, intent=WORDS)
        self._counter.post(
            Place(Channel.SLACK, settings.slack_escalation_channel), reply, Language.EN, case=case or "-"
        )

    def contact(self, address: str | None) -> billing.Contact | None:
        """The person on file who has this address."""
        return self.customer.contact(address or "")

    def note_down(self) -> None:
        """What was written becomes entries of the audit."""
        self._counter.write_audit()

    @property
    def payer(self) -> billing.Contact | None:
        """Who looks after invoices."""
        return self.contact(self.customer.billing_email)

    def invoice(self) -> billing.Invoice | None:
        """The invoice that the event is about."""
        return self.core.invoice(self.event.subject, of=self.customer.id)

    def case_of_message(self) -> str:
        """The case of the message that the event came from, or ""."""
        _channel, _, rest = self.event.facts.get("message", "").partition(":")
        row = self._session.get(InboxRow, rest.partition(":")[0]) if rest else None
        return (row.case_id or "") if row else ""

    def promised(self) -> str:
        """The case in which somebody waits for this quote, or "": then the promise brings it."""
        waits = select(PromiseRow.case_id).where(PromiseRow.subject == f"quote:{self.event.subject}")
        return self._session.exec(waits.limit(1)).first() or ""

    def hand_over(self, case_id: str) -> None:
        """From now on a person has this case."""
        if case := self._session.get(CaseRow, case_id):
            case.hand_over(self._tools.clock.now())

    def _open_case(self, language: Language) -> None:
        """So that an answer to the letter has a reference, and agents see what it answers."""
        if self._session.get(CaseRow, self._counter.case_id) is None:
            self._session.add(
                CaseRow(
                    id=self._counter.case_id,
                    customer_id=self.customer.id,
                    channel=Channel.EMAIL,
                    language=language,
                    opened=self._tools.clock.now(),
                )
            )
            self._session.flush()

    def _reader(self, contact: billing.Contact) -> Actor:
        return Actor(
            contact.email, Role(contact.role), Trust.T0, customer_id=self.customer.id, contact_email=contact.email,
            name=contact.name, language=Language(contact.language),
        )  # fmt: skip


# --- what becomes of each kind of event -------------------------------------------------------------------------


def _reminded(tell: _Teller) -> None:
    """Payment reminders cannot be switched off. Of several steps at once only the last is written about."""
    invoice, step = tell.invoice(), tell.event.facts["step"]
    if invoice is None or not invoice.overdue or invoice.due is None or invoice.collection != step:
        return
    held = _subscription(tell, invoice.subscription)
    if step == billing.Collection.EXHAUSTED:
        stopped = held.plan if held and held.licence == billing.Licence.INACTIVE else ""
        tell.tell_agents(CollectionEnded(tell.customer.name, invoice.number, invoice.remaining, stopped))
        return
    if invoice.held_until and invoice.held_until >= tell.today:
        return
    number, link = STEPS[invoice.collection], tell.core.pay_link(invoice.number, of=tell.customer.id).url
    at_stake = held if number == 3 and held and held.licence == billing.Licence.ACTIVE else None
    letter = Reminder(
        invoice.number, number, invoice.remaining, invoice.due, link,
        at_stake.plan if at_stake else "", remind_on(invoice.due, invoice.collection) if at_stake else None,
    )  # fmt: skip
    tell.write(letter, tell.payer, tell.customer.main_contact if number == 3 else None)


def _licence(tell: _Teller) -> None:
    """Stopped for want of money, and running again. What an agent's yes to a proof does, its answer says."""
    held, facts = _subscription(tell, tell.event.subject), tell.event.facts
    if held is None or held.licence != facts["licence"] or held.sold_by:
        return
    readers = (tell.customer.main_contact, tell.payer)
    if held.licence == billing.Licence.INACTIVE and held.licence_reason == DEFAULT:
        owed = [i for i in tell.core.invoices(tell.customer.id, "overdue") if i.subscription in (None, held.number)]
        numbers = tuple(i.number for i in reversed(owed))
        link = tell.core.pay_link(numbers[0], of=tell.customer.id).url if numbers else ""
        lapsed = facts.get("was") == billing.Licence.PROVISIONAL
        tell.write(LicenceStopped(held.plan, held.number, numbers, link, lapsed), *readers)
    if held.licence == billing.Licence.ACTIVE and tell.mails(billing.Topic.LICENCES):
        tell.write(LicenceRuns(held.plan, held.number), *readers)


def _cancel_by(tell: _Teller) -> None:
    held = _subscription(tell, tell.event.subject)
    if held is None or held.sold_by or tell.customer.reseller_id or not tell.mails(billing.Topic.RENEWALS):
        return
    if held.state != billing.SubscriptionState.ACTIVE or held.renews is None or held.last_day_to_cancel is None:
        return
    if held.last_day_to_cancel >= tell.today:
        letter = CancelBy(held.plan, held.number, held.renews, held.last_day_to_cancel, held.next_amount)
        tell.write(letter, tell.customer.main_contact)


def _quote_ready(tell: _Teller) -> None:
    quote = tell.core.quote(tell.event.subject)
    if quote.state != billing.QuoteState.READY or quote.expired or tell.promised():
        return
    if quote.number and quote.valid_until and tell.mails(billing.Topic.QUOTES):
        letter = QuoteReady(quote.number, quote.subscription, quote.total, quote.valid_until)
        tell.write(letter, tell.contact(quote.requested_by) or tell.payer)


def _quote_failed(tell: _Teller) -> None:
    """The core tries again by itself. Agents hear of the first failure and of the last, the asker of the first."""
    quote, attempts = tell.core.quote(tell.event.subject), int(tell.event.facts.get("attempts", "0"))
    last = attempts >= TRIES
    if quote.state != billing.QuoteState.FAILED or (attempts and not last):
        return
    case = tell.promised()
    tell.tell_agents(QuoteFailed(tell.customer.name, quote.subscription, last, case), case)
    if last:
        tell.hand_over(case)
    elif not case and tell.mails(billing.Topic.QUOTES):
        tell.write(QuoteDelayed(quote.subscription), tell.contact(quote.requested_by) or tell.payer)


def _quote_expired(tell: _Teller) -> None:
    quote = tell.core.quote(tell.event.subject)
    held = _subscription(tell, quote.subscription)
    if not quote.expired or not quote.number or quote.valid_until is None or quote.valid_until < tell.today - STALE:
        return
    renewing = held is not None and held.state == billing.SubscriptionState.ACTIVE and held.renews == quote.term_starts
    newer = any(
        one.subscription == quote.subscription and one.id > quote.id for one in tell.core.quotes(tell.customer.id)
    )
    if renewing and not newer and tell.mails(billing.Topic.QUOTES):
        letter = QuoteExpired(quote.number, quote.subscription, quote.valid_until)
        tell.write(letter, tell.contact(quote.requested_by) or tell.payer)


def _foreign_iban(tell: _Teller) -> None:
    """Others may have got the same forged letter: agents decide whom to warn."""
    case = tell.case_of_message()
    asked_by = tell.event.facts.get("asked_by", "")
    tell.tell_agents(ForeignIban(tell.customer.name, tell.event.subject, asked_by, case), case)


def _subscription(tell: _Teller, number: str | None) -> billing.Subscription | None:
    mine = tell.core.subscriptions(tell.customer.id)
    return next((held for held in mine if held.number == number), None)


_TOLD: dict[str, Callable[[_Teller], None]] = {
    "invoice.reminded": _reminded,
    "licence.changed": _licence,
    "subscription.cancel_by": _cancel_by,
    "quote.ready": _quote_ready,
    "quote.failed": _quote_failed,
    "quote.expired": _quote_expired,
    "iban.foreign": _foreign_iban,
}
