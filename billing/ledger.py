"""The ledger: customers, invoices, payments, subscriptions and documents, over any store."""

import re
from dataclasses import replace
from datetime import date, timedelta

from billing import rules
from billing.clock import Clock
from billing.errors import Ambiguous, Forbidden, InvalidState, NotFound, ValidationError
from billing.idempotency import once
from billing.store import DocumentMaker, Store
from billing.values import (
    Actor,
    ActorKind,
    ChangeRequest,
    Customer,
    Document,
    DocumentKind,
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
)


class Ledger:
    """Looking, and the deeds of bookkeeping."""

    def __init__(self, store: Store, *, clock: Clock, documents: DocumentMaker) -> None:
        self.store = store
        self.clock = clock
        self.documents = documents

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

    def invoice(self, number: str, *, of: str) -> Invoice | None:
        """The customer's invoice, however its number is written."""
        meant = rules.matching_numbers(number, self.store.invoice_numbers(of))
        if len(meant) > 1:
            raise Ambiguous("invoice", meant)
        return self._exact(meant[0]) if meant else None

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
        first = max(since or date.min, date(year, 1, 1) if year else date.min)
        last = min(until or date.max, date(year, 12, 31) if year else date.max)
        within = tuple(i for i in self.all_invoices(customer_id) if i.issued and first <= i.issued <= last)
        return rules.shown(within, Show(show))

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
        if DocumentKind(kind) == DocumentKind.QUOTE:
            return self._quote_document(number, of)
        invoice = self.invoice(number, of=of)
        if invoice is None:
            raise NotFound("invoice", number)
        if not rules.is_issued(invoice):
            raise InvalidState(invoice.state, "document")
        return self.store.document(kind, invoice.number) or self._make(invoice)

    def _make(self, invoice: Invoice) -> Document:
        corrects = self.store.invoice(invoice.corrects) if invoice.corrects else None
        made = self.documents.invoice(_as_issued(invoice), corrects)
        return self.store.keep_document(DocumentKind.INVOICE, invoice.number, made)

    def _quote_document(self, number: str, of: str) -> Document:
        meant = rules.matching_numbers(number, (q.number for q in self.quotes(of) if q.number))
        if len(meant) > 1:
            raise Ambiguous("quote", meant)
        wanted = meant[0] if meant else number
        quote = next((q for q in self.quotes(of) if wanted in (q.number, q.id)), None)
        if quote is None:
            raise NotFound("quote", number)
        kept = self.store.document(DocumentKind.QUOTE, quote.id)
        if kept is None:
            raise InvalidState(quote.state, "document")
        return kept

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
        if DocumentKind(kind) == DocumentKind.INVOICE:
            invoice = self.store.invoice(number)
            return invoice.customer_id if invoice else None
        return next((q.customer_id for q in self.store.quotes(None) if number in (q.number, q.id)), None)

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
        self.store.add_subscription(subscription)
        return subscription

    @once
    def draft_invoice(self, invoice: NewInvoice, *, actor: Actor, idem: str) -> Invoice:
        """Draft an invoice or credit note."""
        customer = self.customer(invoice.customer_id)
        self._check_draft(invoice, customer)
        number = f"{rules.PROVISIONAL}-{self.store.next_number(rules.PROVISIONAL):06d}"
        draft = self._frozen(invoice, customer, number)
        self.store.add_invoice(draft)
        return rules.as_of(draft, self.clock.today())

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
        draft = self._exact(number)
        if draft.state != InvoiceState.DRAFT:
            raise InvalidState(draft.state, "finalise")
        if draft.total.minor < 0:
            raise ValidationError("total", "invalid")  # less than nothing is a credit note
        issued = draft.issued or self.clock.today()
        due = draft.due or issued + timedelta(days=self.documents.seller.days_to_pay)
        final = replace(draft, number=self._number(draft, issued), state=InvoiceState.FINALISED, issued=issued, due=due)
        self.store.change_invoice(number, final)
        self._set_off(final)
        return rules.as_of(final, self.clock.today())

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
        corrected = replace(original, state=InvoiceState.CORRECTED, credited=original.credited + note.total)
        self.store.change_invoice(original.number, corrected)

    @once
    def void(self, number: str, *, actor: Actor, idem: str) -> Invoice:
        """Void an invoice that nothing was paid on."""
        invoice = self._exact(number)
        if invoice.state != InvoiceState.FINALISED or invoice.paid:
            raise InvalidState(invoice.payment if invoice.paid else invoice.state, "void")
        voided = replace(invoice, state=InvoiceState.VOID)
        self.store.change_invoice(number, voided)
        return rules.as_of(voided, self.clock.today())

    @once
    def record_payment(self, number: str, amount: Money, paid_on: date, *, actor: Actor, idem: str) -> Invoice:
        """Book a payment."""
        if actor.kind == ActorKind.CUSTOMER:
            raise Forbidden("record_payment")
        invoice = self._exact(number)
        if not rules.is_issued(invoice) or invoice.kind == InvoiceKind.CREDIT_NOTE:
            raise InvalidState(invoice.state, "record_payment")
        if amount.currency != invoice.currency or amount.minor <= 0:
            raise ValidationError("amount", "invalid")
        return self._paid(invoice, amount, paid_on)

    def _paid(self, invoice: Invoice, amount: Money, paid_on: date) -> Invoice:
        self.store.add_payment(invoice.number, amount, paid_on)
        paid = replace(invoice, paid=invoice.paid + amount, paid_on=paid_on)
        self.store.change_invoice(invoice.number, paid)
        return rules.as_of(paid, self.clock.today())

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
        if paid.minor > 0 and invoice.state != InvoiceState.VOID:
            today = self.clock.today()
            return self._paid(taken, paid, min(invoice.due or today, today))
        return rules.as_of(taken, self.clock.today())

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


_AS_AGREED = {"de": "Leistungen gemäß Vertrag", "fr": "Prestations selon contrat", "en": "Services as agreed"}


def _as_issued(invoice: Invoice) -> Invoice:
    """The facts of the day it was issued: a document made late must not show later payments or corrections."""
    clean = replace(invoice, paid=Money(0, invoice.currency), credited=Money(0, invoice.currency), paid_on=None)
    return rules.as_of(replace(clean, state=InvoiceState.FINALISED), clean.issued or date.max)
