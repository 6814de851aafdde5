"""An honest core in memory: the same rules, no database, plain documents. For tests of everything else."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime

from billing import rules
from billing.clock import Clock, FixedClock
from billing.desk import Desk
from billing.matters import Dispute, DomainEvent, Due, DueKind, Proof, Receipt
from billing.paylinks import PayLinks
from billing.seller import DEMO_SELLER, Seller
from billing.store import DocumentMaker, Matter, Remembered, Slice
from billing.terms import DEMO_CATALOGUE
from billing.values import (
    ChangeRequest,
    ChangeState,
    Customer,
    Document,
    Invoice,
    InvoiceState,
    Quote,
    QuoteState,
    Subscription,
)


@dataclass
class MemoryStore:
    """All facts in dictionaries. The values are frozen, so a shallow copy is a savepoint."""

    _customers: dict[str, Customer] = field(default_factory=dict)
    _invoices: dict[str, Invoice] = field(default_factory=dict)
    _payments: dict[int, Receipt] = field(default_factory=dict)
    _matters: dict[str, Proof | Dispute] = field(default_factory=dict)
    _due: dict[tuple[DueKind, str], Due] = field(default_factory=dict)
    _events: dict[int, DomainEvent] = field(default_factory=dict)
    _subscriptions: dict[str, Subscription] = field(default_factory=dict)
    _quotes: dict[str, Quote] = field(default_factory=dict)
    _documents: dict[tuple[str, str], Document] = field(default_factory=dict)
    _requests: dict[str, ChangeRequest] = field(default_factory=dict)
    _series: dict[str, int] = field(default_factory=dict)
    _tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _keys: dict[str, Remembered] = field(default_factory=dict)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """All or nothing."""
        before = {f.name: dict(getattr(self, f.name)) for f in fields(self)}
        try:
            yield
        except BaseException:
            for name, kept in before.items():
                setattr(self, name, kept)
            raise

    def customer(self, customer_id: str) -> Customer | None:
        return self._customers.get(customer_id)

    def customers(self) -> tuple[Customer, ...]:
        return tuple(sorted(self._customers.values(), key=lambda c: c.id))

    def customers_by_email(self, email: str) -> tuple[Customer, ...]:
        return tuple(c for c in self.customers() if c.contact(email))

    def customers_by_domain(self, domain: str) -> tuple[Customer, ...]:
        return tuple(c for c in self.customers() if domain in {d.casefold() for d in c.domains})

    def add_customer(self, customer: Customer) -> None:
        self._customers[customer.id] = customer

    def change_customer(self, customer: Customer, *, seen: int) -> bool:
        if self._customers[customer.id].version != seen:
            return False
        self._customers[customer.id] = customer
        return True

    def invoice(self, number: str) -> Invoice | None:
        return self._invoices.get(number)

    def invoices(self, customer_id: str | None) -> tuple[Invoice, ...]:
        mine = (i for i in self._invoices.values() if customer_id in (None, i.customer_id))
        return tuple(sorted(mine, key=rules.newest_first, reverse=True))

    def invoice_slice(self, customer_id: str, part: Slice) -> tuple[Invoice, ...]:
        today = tuple(rules.as_of(i, part.today) for i in self.invoices(customer_id) if i.issued)
        wanted = (i for i in rules.shown(today, part.show) if part.since <= (i.issued or part.since) <= part.until)
        after = part.after
        later = (i for i in wanted if after is None or rules.newest_first(i) < after)
        return tuple(later)[: part.limit]

    def invoice_numbers(self, customer_id: str) -> tuple[str, ...]:
        return tuple(i.number for i in self._invoices.values() if i.customer_id == customer_id)

    def add_invoice(self, invoice: Invoice) -> None:
        self._invoices[invoice.number] = invoice

    def delete_draft(self, number: str) -> None:
        if self._invoices[number].state == InvoiceState.DRAFT:
            del self._invoices[number]

    def change_invoice(self, number: str, invoice: Invoice) -> None:
        del self._invoices[number]
        self._invoices[invoice.number] = invoice

    def add_payment(self, receipt: Receipt) -> None:
        self._payments[len(self._payments)] = receipt

    def payments(self, number: str) -> tuple[Receipt, ...]:
        return tuple(r for r in self._payments.values() if r.invoice == number)

    def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
        mine = (s for s in self._subscriptions.values() if s.customer_id == customer_id)
        return tuple(sorted(mine, key=lambda s: s.number))

    def subscription(self, number: str) -> Subscription | None:
        return self._subscriptions.get(number)

    def add_subscription(self, subscription: Subscription) -> None:
        self._subscriptions[subscription.number] = subscription

    def change_subscription(self, subscription: Subscription) -> None:
        self._subscriptions[subscription.number] = subscription

    def quote(self, quote_id: str) -> Quote | None:
        return self._quotes.get(quote_id)

    def quote_of_number(self, number: str) -> Quote | None:
        return next((q for q in self._quotes.values() if q.number == number), None)

    def quotes(self, customer_id: str | None) -> tuple[Quote, ...]:
        mine = (q for q in self._quotes.values() if customer_id in (None, q.customer_id))
        return tuple(sorted(mine, key=lambda q: q.id, reverse=True))

    def queued_quotes(self) -> tuple[Quote, ...]:
        return tuple(q for q in reversed(self.quotes(None)) if q.state == QuoteState.QUEUED)

    def save_quote(self, quote: Quote) -> None:
        self._quotes[quote.id] = quote

    def document(self, kind: str, number: str) -> Document | None:
        return self._documents.get((kind, number))

    def keep_document(self, kind: str, number: str, document: Document) -> Document:
        return self._documents.setdefault((kind, number), document)

    def change_request(self, request_id: str) -> ChangeRequest | None:
        return self._requests.get(request_id)

    def change_requests(self, customer_id: str) -> tuple[ChangeRequest, ...]:
        mine = (r for r in self._requests.values() if r.customer_id == customer_id)
        return tuple(sorted(mine, key=lambda r: r.id, reverse=True))

    def add_change_request(self, request: ChangeRequest) -> None:
        self._requests[request.id] = request

    def decide(self, request: ChangeRequest) -> bool:
        if self._requests[request.id].state != ChangeState.OPEN:
            return False
        self._requests[request.id] = request
        return True

    def matter(self, kind: type[Matter], matter_id: str) -> Matter | None:
        found = self._matters.get(matter_id)
        return found if isinstance(found, kind) else None

    def matters(self, kind: type[Matter], customer_id: str) -> tuple[Matter, ...]:
        mine = (m for m in self._matters.values() if isinstance(m, kind) and m.customer_id == customer_id)
        return tuple(sorted(mine, key=lambda m: m.id, reverse=True))

    def add_matter(self, matter: Proof | Dispute) -> None:
        self._matters[matter.id] = matter

    def settle_matter(self, matter: Proof | Dispute, *, seen: str) -> bool:
        if self._matters[matter.id].state.value != seen:
            return False
        self._matters[matter.id] = matter
        return True

    def plan(self, due: Due) -> None:
        self._due[due.kind, due.subject] = due

    def unplan(self, kind: DueKind, subject: str) -> None:
        self._due.pop((kind, subject), None)

    def planned(self, until: date, limit: int, *, lock: bool) -> tuple[Due, ...]:
        ripe = (due for due in self._due.values() if due.day <= until)
        return tuple(sorted(ripe, key=lambda due: (due.day, due.kind, due.subject)))[:limit]

    def add_event(self, event: DomainEvent) -> None:
        place = len(self._events) + 1
        self._events[place] = replace(event, id=f"0:{place}")

    def events(self, after: str, limit: int) -> tuple[DomainEvent, ...]:
        first = int(after.partition(":")[2] or 0) + 1
        return tuple(e for place, e in self._events.items() if place >= first)[:limit]

    def forget_in_events(self, customer_id: str, value: str, instead: str) -> None:
        for place, event in self._events.items():
            if event.customer_id == customer_id:
                facts = {k: instead if v.casefold() == value.casefold() else v for k, v in event.facts.items()}
                self._events[place] = replace(event, facts=facts)

    def next_number(self, series: str) -> int:
        number = self._series.get(series, 1)
        self._series[series] = number + 1
        return number

    def series_at(self, series: str) -> int | None:
        return self._series.get(series)

    def set_series(self, series: str, following: int) -> None:
        self._series[series] = following

    def set_setup_token(self, customer_id: str, token_sha256: str, created: datetime) -> None:
        self._tokens = {k: v for k, v in self._tokens.items() if v[0] != customer_id}
        self._tokens[token_sha256] = (customer_id, created)

    def use_setup_token(self, token_sha256: str) -> tuple[str, datetime] | None:
        return self._tokens.pop(token_sha256, None)

    def recall(self, key: str) -> Remembered | None:
        return self._keys.get(key)

    def remember(self, entry: Remembered) -> None:
        self._keys[entry.key] = entry

    def forget_keys(self, before: datetime) -> None:
        self._keys = {key: entry for key, entry in self._keys.items() if entry.created >= before}


@dataclass(frozen=True)
class PlainDocuments:
    """Documents of one line, made at once: for tests that care that one is sent, not how it looks."""

    seller: Seller = DEMO_SELLER

    def invoice(self, invoice: Invoice, corrects: Invoice | None) -> Document:
        """The invoice in one line."""
        return _plain(f"{invoice.number} {invoice.total.minor} {invoice.currency}", invoice.number)

    def quote(self, quote: Quote) -> Document:
        """The quote in one line."""
        return _plain(f"{quote.number} {quote.total.minor} {quote.currency}", quote.number or quote.id)

    def payment_qr(self, invoice: Invoice) -> str:
        """No picture."""
        return ""


def _plain(text: str, number: str) -> Document:
    content = f"%PDF-1.7\n% {text}\n%%EOF\n".encode()
    return Document(content, hashlib.sha256(content).hexdigest(), "application/pdf", f"{number}.pdf")


class FakeCore(Desk):
    """The whole core in memory."""

    def __init__(self, *, clock: Clock | None = None, documents: DocumentMaker | None = None) -> None:
        self.memory = MemoryStore()
        super().__init__(
            self.memory,
            clock=clock or FixedClock(date(2026, 11, 22)),
            documents=documents or PlainDocuments(),
            catalogue=DEMO_CATALOGUE,
            pay_links=PayLinks("fake"),
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What a caller's transaction is to the embedded core: an exception leaves nothing behind."""
        with self.memory.savepoint():
            yield
