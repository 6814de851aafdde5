"""The ledger: customers, invoices, payments, subscriptions and documents, over any store."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from billing import machines, rules, terms
from billing.clock import Clock
from billing.conform import conforming
from billing.errors import Ambiguous, InvalidState, NotFound, ValidationError
from billing.idempotency import once
from billing.matters import DomainEvent, Due, DueKind, Match, NoMatch, Page, Receipt
from billing.paylinks import PayLinks
from billing.store import DocumentMaker, Slice, Store
from billing.terms import Plan
from billing.values import (
    Actor,
    ChangeRequest,
    Customer,
    Document,
    DocumentKind,
    Drawn,
    ImportedInvoice,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Line,
    Money,
    NewInvoice,
    Payment,
    Quote,
    QuoteState,
    Show,
    Subscription,
    SubscriptionKind,
    SubscriptionState,
)

MOST_ON_A_PAGE = 100
E = TypeVar("E", bound=StrEnum)


@conforming
class Ledger:
    """Looking, and the deeds of bookkeeping."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        documents: DocumentMaker,
        catalogue: Sequence[Plan] = (),
        portal_url: str = "/portal",
        pay_links: PayLinks | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.documents = documents
        self.catalogue = catalogue
        self.portal_url = portal_url
        self.pay_links = pay_links or PayLinks()

    # Looking

    def find_customers(
        self, *, email: str | None = None, domain: str | None = None, invoice_number: str | None = None
    ) -> tuple[Customer, ...]:
        """Customers that match all that is given."""
        found: list[tuple[Customer, ...]] = []
        if email is not None:
            found.append(self.store.customers_by_email(email.strip().casefold()))
        if domain is not None:
            found.append(self.store.customers_by_domain(domain.strip().casefold()))
        if invoice_number is not None:
            found.append(self._owners(invoice_number))
        if not found:
            return ()
        ids = set.intersection(*({c.id for c in group} for group in found))
        return tuple(c for c in found[0] if c.id in ids)

    def _owners(self, number: str) -> tuple[Customer, ...]:
        spelt = (number.strip().upper(), "-".join(rules.written_number(number)))
        invoice = next((i for i in map(self.store.invoice, spelt) if i), None)
        return (self.customer(invoice.customer_id),) if invoice else ()

    def customer(self, customer_id: str) -> Customer:
        """The customer."""
        found = self.store.customer(customer_id)
        if found is None:
            raise NotFound("customer", customer_id)
        return found

    def verify_ownership(self, email: str, invoice_number: str) -> Match | NoMatch:
        """Whether sender and number belong together; the answer never says which half was wrong."""
        for customer in self.find_customers(email=email):
            try:
                invoice = self.invoice(invoice_number, of=customer.id)
            except Ambiguous:
                continue
            if invoice is not None and rules.is_issued(invoice):
                return Match(customer.id, invoice.number)
        return NoMatch()

    def invoice(self, number: str, *, of: str) -> Invoice | None:
        """The customer's invoice, however its number is written."""
        written_out = self.store.invoice(number.strip().upper())
        if written_out is not None and written_out.customer_id == of:
            return rules.as_of(written_out, self.clock.today())
        meant = rules.matching_numbers(number, self.store.invoice_numbers(of))
        if len(meant) > 1:
            raise Ambiguous("invoice", meant)
        return self._exact(meant[0]) if meant else None

    def _own(self, number: str, of: str) -> Invoice:
        """The customer's invoice. Raises NotFound for one that is unknown or another's."""
        self.customer(of)
        found = self.invoice(number, of=of)
        if found is None:
            raise NotFound("invoice", number)
        return found

    def _exact(self, number: str) -> Invoice:
        found = self.store.invoice(number)
        if found is None:
            raise NotFound("invoice", number)
        return rules.as_of(found, self.clock.today())

    def invoices(
        self,
        customer_id: str,
        show: Show | str = Show.ALL,
        *,
        year: int | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> tuple[Invoice, ...]:
        """The customer's invoices without drafts, newest first."""
        first, last = _span(year, since, until)
        within = tuple(i for i in self.all_invoices(customer_id) if i.issued and first <= i.issued <= last)
        return rules.shown(within, one_of(Show, show, "show"))

    def list_invoices(
        self,
        customer_id: str,
        show: Show | str = Show.ALL,
        *,
        year: int | None = None,
        since: date | None = None,
        until: date | None = None,
        cursor: str | None = None,
        limit: int = MOST_ON_A_PAGE,
    ) -> Page[Invoice]:
        """The same in pages."""
        if not 1 <= limit <= MOST_ON_A_PAGE:
            raise ValidationError("limit", "invalid")
        wanted, today = one_of(Show, show, "show"), self.clock.today()
        most = 1 if wanted == Show.LATEST else limit + 1
        part = Slice(wanted, today, *_span(year, since, until), after=_place(cursor), limit=most)
        found = tuple(rules.as_of(i, today) for i in self.store.invoice_slice(customer_id, part))
        more = len(found) > limit
        return Page(found[:limit], _cursor(found[limit - 1]) if more else None)

    def subscription(self, number: str, *, of: str) -> Subscription:
        """The customer's subscription, however its number is written."""
        held = self.subscriptions(of)
        meant = rules.matching_numbers(number, (s.number for s in held))
        if not meant:
            raise NotFound("subscription", number)
        if len(meant) > 1:
            raise Ambiguous("subscription", meant)
        return next(s for s in held if s.number == meant[0])

    def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
        """The customer's subscriptions and licences."""
        return self.store.subscriptions(customer_id)

    def quotes(self, customer_id: str) -> tuple[Quote, ...]:
        """The customer's quotes, newest first."""
        return self.all_quotes(customer_id)

    def quote(self, quote_id: str) -> Quote:
        """The quote of this id."""
        found = self.store.quote(quote_id)
        if found is None:
            raise NotFound("quote", quote_id)
        return self._dated(found)

    def _dated(self, quote: Quote) -> Quote:
        late = quote.valid_until is not None and self.clock.today() > quote.valid_until
        return replace(quote, expired=late and quote.state == QuoteState.READY)

    def document(self, kind: str, number: str, *, of: str) -> Document:
        """The stored PDF; made now if it is the first time."""
        return self.keep(self.draw(kind, number, of=of))

    def draw(self, kind: str, number: str, *, of: str) -> Drawn:
        """The PDF as it is stored, or as it would be."""
        if one_of(DocumentKind, kind, "kind") == DocumentKind.QUOTE:
            return self._draw_quote(number, of)
        invoice = self.invoice(number, of=of)
        if invoice is None:
            raise NotFound("invoice", number)
        if not rules.is_issued(invoice):
            raise InvalidState(invoice.state, "document")
        corrects = self.store.invoice(invoice.corrects) if invoice.corrects else None
        return self._drawn(DocumentKind.INVOICE, invoice.number, lambda: self.documents.invoice(invoice, corrects))

    def _drawn(self, kind: DocumentKind, key: str, make: Callable[[], Document]) -> Drawn:
        kept = self.store.document(kind, key)
        return Drawn(kind, key, kept or make(), stored=kept is not None)

    def keep(self, drawn: Drawn) -> Document:
        """Store it, unless somebody was faster: then it is his."""
        return drawn.document if drawn.stored else self.store.keep_document(drawn.kind, drawn.key, drawn.document)

    def _draw_quote(self, number: str, of: str) -> Drawn:
        meant = rules.matching_numbers(number, (q.number for q in self.quotes(of) if q.number))
        if len(meant) > 1:
            raise Ambiguous("quote", meant)
        wanted = meant[0] if meant else number
        quote = next((q for q in self.quotes(of) if wanted in (q.number, q.id)), None)
        if quote is None:
            raise NotFound("quote", number)
        if quote.issued is None:
            raise InvalidState(quote.state, "document")
        return self._drawn(DocumentKind.QUOTE, quote.id, lambda: self.documents.quote(quote))

    # What operators see

    def all_customers(self) -> tuple[Customer, ...]:
        """All customers."""
        return self.store.customers()

    def all_invoices(self, customer_id: str | None = None) -> tuple[Invoice, ...]:
        """All invoices with drafts, newest first."""
        today = self.clock.today()
        return tuple(rules.as_of(i, today) for i in self.store.invoices(customer_id))

    def all_quotes(self, customer_id: str | None = None) -> tuple[Quote, ...]:
        """All quotes, newest first."""
        return tuple(self._dated(q) for q in self.store.quotes(customer_id))

    def owner_of(self, kind: str, number: str) -> str | None:
        """Whose invoice or quote has exactly this number."""
        if one_of(DocumentKind, kind, "kind") == DocumentKind.INVOICE:
            invoice = self.store.invoice(number)
            return invoice.customer_id if invoice else None
        quote = self.store.quote_of_number(number) or self.store.quote(number)
        return quote.customer_id if quote else None

    def events(self, cursor: str = "", limit: int = MOST_ON_A_PAGE) -> Page[DomainEvent]:
        """What happened after the cursor, oldest first."""
        if not 1 <= limit <= MOST_ON_A_PAGE:
            raise ValidationError("limit", "invalid")
        if cursor and not re.fullmatch(r"\d{1,18}:\d{1,18}", cursor):
            raise ValidationError("cursor", "invalid")
        found = self.store.events(cursor, limit + 1)
        return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)

    def due_work(self) -> tuple[Due, ...]:
        """What the schedule holds for today and before."""
        return self.store.planned(self.clock.today(), MOST_ON_A_PAGE, lock=False)

    def _tell(self, kind: str, customer_id: str, subject: str, **facts: object) -> None:
        """Leave word for those who write or tell about it. Facts are ids, states and amounts, never texts."""
        known = {name: _fact(value) for name, value in facts.items()}
        self.store.add_event(DomainEvent("", kind, customer_id, subject, known, self.clock.now()))

    # Bookkeeping

    @once
    def add_customer(self, customer: Customer, *, actor: Actor, idem: str) -> Customer:
        """Take up a customer."""
        rules.check_customer(customer)
        if self.store.customer(customer.id):
            raise InvalidState("taken", "add_customer")
        self.store.add_customer(customer)
        return customer

    @once
    def add_subscription(self, subscription: Subscription, *, actor: Actor, idem: str) -> Subscription:
        """Take up a subscription."""
        self.customer(subscription.customer_id)
        if self.store.subscription(subscription.number):
            raise InvalidState("taken", "add_subscription")
        if subscription.kind == SubscriptionKind.SUBSCRIPTION and subscription.renews is None:
            raise ValidationError("renews", "missing")
        if subscription.seats < 1 or (subscription.renews and subscription.renews <= subscription.starts):
            raise ValidationError("seats" if subscription.seats < 1 else "renews", "invalid")
        self.store.add_subscription(subscription)
        self._plan_term(subscription)
        return subscription

    def _plan_term(self, subscription: Subscription) -> None:
        """The days of its life: start, last call to cancel, end of term."""
        number, today = subscription.number, self.clock.today()
        if subscription.state == SubscriptionState.ENDED or subscription.renews is None:
            return
        if subscription.state == SubscriptionState.SCHEDULED:
            self.store.plan(Due(DueKind.TERM_START, number, subscription.starts))
        self.store.plan(Due(DueKind.TERM_END, number, subscription.renews))
        until = subscription.last_day_to_cancel
        if until and until >= today and subscription.state != SubscriptionState.NON_RENEWING:
            self.store.plan(Due(DueKind.CANCEL_REMINDER, number, max(today, until - terms.CANCEL_REMINDER)))

    @once
    def draft_invoice(self, invoice: NewInvoice, *, actor: Actor, idem: str) -> Invoice:
        """Draft an invoice or credit note."""
        customer = self.customer(invoice.customer_id)
        self._check_draft(invoice, customer)
        draft = self._frozen(invoice, customer, self._provisional_number())
        self.store.add_invoice(draft)
        return rules.as_of(draft, self.clock.today())

    def _provisional_number(self) -> str:
        return f"{rules.PROVISIONAL}-{self.store.next_number(rules.PROVISIONAL):06d}"

    @once
    def delete_draft(self, number: str, *, actor: Actor, idem: str) -> None:
        """Forget a draft."""
        machines.INVOICE.step(self._exact(number).state, "delete")
        self.store.delete_draft(number)

    def _check_draft(self, invoice: NewInvoice, customer: Customer) -> None:
        if not invoice.lines:
            raise ValidationError("lines", "missing")
        if any(line.unit_price.currency != customer.currency or line.unit_price.minor < 0 for line in invoice.lines):
            raise ValidationError("lines", "invalid")
        if (invoice.kind == InvoiceKind.CREDIT_NOTE) != (invoice.corrects is not None):
            raise ValidationError("corrects", "missing" if invoice.corrects is None else "invalid")
        if invoice.issued and invoice.due and invoice.due < invoice.issued:
            raise ValidationError("due", "invalid")

    def _frozen(self, new: NewInvoice, customer: Customer, number: str) -> Invoice:
        treatment = rules.tax_treatment(customer, self.documents.seller)
        rules.check_rate(treatment, customer.currency, self.documents.seller)
        net, tax, total = rules.amounts(new.lines, treatment, customer.currency)
        nothing = Money(0, customer.currency)
        return Invoice(
            number=number, customer_id=customer.id, state=InvoiceState.DRAFT, payment=Payment.OPEN,
            currency=customer.currency, total=total, remaining=total, issued=new.issued, due=new.due,
            overdue=False, lines=new.lines, kind=new.kind, net=net, tax=tax, paid=nothing, credited=nothing,
            treatment=treatment, buyer=rules.buyer(customer), language=customer.language, corrects=new.corrects,
            subscription=new.subscription,
        )  # fmt: skip

    @once
    def finalise(self, number: str, *, actor: Actor, idem: str) -> Invoice:
        """Give a draft its number and freeze it."""
        return self._finalise(self._exact(number))

    def _finalise(self, draft: Invoice) -> Invoice:
        state = machines.INVOICE.step(draft.state, "finalise")
        if draft.total.minor < 0:
            raise ValidationError("total", "invalid")  # less than nothing is a credit note
        issued = draft.issued or self.clock.today()
        due = draft.due or issued + timedelta(days=self.documents.seller.days_to_pay)
        final = replace(
            draft, number=self._number(draft, issued), state=state, issued=issued, due=due,
            exchange=self._exchange(draft),
        )  # fmt: skip
        self.store.change_invoice(draft.number, final)
        self._set_off(final)
        known = rules.as_of(final, self.clock.today())
        self._plan_reminder(known)
        self._tell("invoice.finalised", known.customer_id, known.number, total=known.total)
        return known

    def _exchange(self, draft: Invoice) -> str:
        """The rate of the day at which foreign VAT is declared; a correction keeps that of what it corrects."""
        if draft.currency == self.documents.seller.currency:
            return ""
        original = self.store.invoice(draft.corrects) if draft.corrects else None
        return original.exchange if original else self.documents.seller.written_rate(draft.currency)

    def _plan_reminder(self, invoice: Invoice) -> None:
        """The next step of collection, not before today and not while it rests."""
        day = terms.remind_on(invoice.due, invoice.collection) if invoice.due and invoice.remaining else None
        if day is None:
            self.store.unplan(DueKind.COLLECTION, invoice.number)
        else:
            rests = invoice.held_until + timedelta(days=1) if invoice.held_until else day
            self.store.plan(Due(DueKind.COLLECTION, invoice.number, max(day, rests)))

    def _number(self, draft: Invoice, issued: date) -> str:
        """`RE-2026-000123`, gapless: taken only here, under the caller's write lock. Imported drafts keep theirs."""
        if not draft.number.startswith(rules.PROVISIONAL):
            return draft.number
        seller = self.documents.seller
        credit = draft.kind == InvoiceKind.CREDIT_NOTE
        series = f"{seller.credit_series if credit else seller.invoice_series}-{issued.year}"
        return f"{series}-{self.store.next_number(series):06d}"

    def _set_off(self, note: Invoice) -> None:
        if note.corrects is None:
            return
        original = self._exact(note.corrects)
        if original.customer_id != note.customer_id or not rules.is_issued(original):
            raise InvalidState(original.state, "credit")
        if (original.credited + note.total) > original.total:
            raise ValidationError("total", "invalid")
        state = machines.INVOICE.step(original.state, "credit")
        corrected = replace(original, state=state, credited=original.credited + note.total)
        self.store.change_invoice(original.number, corrected)
        self._after_payment(rules.as_of(corrected, self.clock.today()))

    def _after_payment(self, invoice: Invoice) -> Invoice:
        """What being paid, or credited, leads to: see `billing.payments`."""
        return invoice

    @once
    def void(self, number: str, *, actor: Actor, idem: str) -> Invoice:
        """Void an invoice that nothing was paid on."""
        invoice = self._exact(number)
        state = machines.INVOICE.step(invoice.state, "void")
        if invoice.paid or invoice.kind == InvoiceKind.CREDIT_NOTE:
            raise InvalidState(invoice.payment, "void")
        voided = rules.as_of(replace(invoice, state=state), self.clock.today())
        self.store.change_invoice(number, voided)
        self.store.unplan(DueKind.COLLECTION, number)
        self._tell("invoice.void", voided.customer_id, number)
        return voided

    def _booked(self, invoice: Invoice, receipt: Receipt) -> Invoice:
        """The invoice with money that came in, or went back."""
        self.store.add_payment(receipt)
        day = receipt.day if receipt.amount.minor > 0 else invoice.paid_on
        paid = rules.as_of(replace(invoice, paid=invoice.paid + receipt.amount, paid_on=day), self.clock.today())
        self.store.change_invoice(invoice.number, paid)
        return paid

    @once
    def import_invoice(self, invoice: ImportedInvoice, *, actor: Actor, idem: str) -> Invoice:
        """Take up an invoice that another system numbered."""
        customer = self.customer(invoice.customer_id)
        number = invoice.number.strip().upper()
        if self.store.invoice(number):
            raise InvalidState("taken", "import_invoice")
        self._check_import(invoice, number)
        taken = self._taken_over(invoice, customer, number)
        self.store.add_invoice(taken)
        self._move_series(number)
        paid = invoice.total - invoice.remaining
        today = self.clock.today()
        if paid.minor > 0 and invoice.state != InvoiceState.VOID:
            return self._booked(taken, Receipt(number, paid, min(invoice.due or today, today), "import"))
        return rules.as_of(taken, today)

    def _check_import(self, invoice: ImportedInvoice, number: str) -> None:
        if not rules.written_number(number):
            raise ValidationError("number", "invalid")
        if invoice.total.currency != invoice.remaining.currency:
            raise ValidationError("remaining", "invalid")
        if invoice.total.minor < 0 or invoice.remaining > invoice.total:
            raise ValidationError("total", "invalid")
        if invoice.state != InvoiceState.DRAFT and not (invoice.issued and invoice.due):
            raise ValidationError("issued" if not invoice.issued else "due", "missing")

    def _taken_over(self, invoice: ImportedInvoice, customer: Customer, number: str) -> Invoice:
        treatment = rules.tax_treatment(customer, self.documents.seller)
        net = rules.net_of(invoice.total, treatment)
        nothing = Money(0, invoice.total.currency)
        return Invoice(
            number=number, customer_id=customer.id, state=invoice.state, payment=Payment.OPEN,
            currency=net.currency, total=invoice.total, remaining=invoice.remaining, issued=invoice.issued,
            due=invoice.due, overdue=False, lines=(Line(invoice.text or _AS_AGREED[customer.language], net),),
            net=net, tax=invoice.total - net, paid=nothing, credited=nothing, treatment=treatment,
            buyer=rules.buyer(customer), language=customer.language,
        )  # fmt: skip

    def _move_series(self, number: str) -> None:
        """A number of our own pattern that came in from outside must not be given again."""
        if matched := re.fullmatch(r"([A-Z]+-\d{4})-(\d{6})", number):
            series, following = matched[1], int(matched[2]) + 1
            if following > (self.store.series_at(series) or 1):
                self.store.set_series(series, following)

    @once
    def start_series(self, series: str, first: int, *, actor: Actor, idem: str) -> None:
        """Let a series start at `first`."""
        if not re.fullmatch(r"[A-Z]+(-\d{4})?", series):
            raise ValidationError("series", "invalid")
        if not 1 <= first <= 999_999:
            raise ValidationError("first", "invalid")
        if self.store.series_at(series) is not None:
            raise InvalidState("started", "start_series")
        self.store.set_series(series, first)

    # Requests for a change: looking

    def change_request(self, request_id: str) -> ChangeRequest:
        """The request of this id."""
        found = self.store.change_request(request_id)
        if found is None:
            raise NotFound("change_request", request_id)
        return found

    def change_requests(self, customer_id: str) -> tuple[ChangeRequest, ...]:
        """The customer's requests, newest first."""
        return self.store.change_requests(customer_id)


def one_of(kind: type[E], value: str, field: str) -> E:
    """The member of this value. Raises ValidationError."""
    try:
        return kind(value)
    except ValueError:
        raise ValidationError(field, "unknown") from None


def _span(year: int | None, since: date | None, until: date | None) -> tuple[date, date]:
    if year is not None and not date.min.year <= year <= date.max.year:
        raise ValidationError("year", "invalid")
    first = max(since or date.min, date(year, 1, 1) if year else date.min)
    return first, min(until or date.max, date(year, 12, 31) if year else date.max)


def _cursor(last: Invoice) -> str:
    assert last.issued is not None
    return base64.urlsafe_b64encode(f"{last.issued.isoformat()}|{last.number}".encode()).decode()


def _place(cursor: str | None) -> tuple[date, str] | None:
    """Where the page before ended. Raises ValidationError for what is no cursor of ours."""
    if cursor is None:
        return None
    try:
        day, _, number = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return date.fromisoformat(day), number
    except (ValueError, binascii.Error):
        raise ValidationError("cursor", "invalid") from None


def _fact(value: object) -> str:
    return f"{value.minor} {value.currency}" if isinstance(value, Money) else str(value)


_AS_AGREED = {"de": "Leistungen gemäß Vertrag", "fr": "Prestations selon contrat", "en": "Services as agreed"}
