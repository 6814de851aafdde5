"""What the core needs from a store of facts. A store knows no rule; it keeps values and gives them back."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from billing.matters import Dispute, DomainEvent, Due, DueKind, Proof, Receipt
from billing.seller import Seller
from billing.values import ChangeRequest, Customer, Document, Invoice, Quote, Show, Subscription

Matter = TypeVar("Matter", Proof, Dispute)


@dataclass(frozen=True)
class Slice:
    """Which part of a customer's list of issued invoices: newest first, after a place, at most `limit`."""

    show: Show
    today: date
    since: date
    until: date
    after: tuple[date, str] | None  # issue date and number of the last one before
    limit: int


@dataclass(frozen=True)
class Remembered:
    """The first result under an idempotency key."""

    key: str
    method: str
    args_sha256: str
    result_json: str
    created: datetime


class Store(Protocol):
    """Keeps the values. Derived fields (payment, remaining, overdue, expired) are the core's to work out."""

    def savepoint(self) -> AbstractContextManager[object]:
        """All or nothing, within the caller's transaction."""

    def customer(self, customer_id: str) -> Customer | None: ...

    def customers(self) -> tuple[Customer, ...]:
        """All, by id."""

    def customers_by_email(self, email: str) -> tuple[Customer, ...]:
        """Those with a contact of this case-folded address, by id."""

    def customers_by_domain(self, domain: str) -> tuple[Customer, ...]:
        """Those with this case-folded mail domain, by id."""

    def add_customer(self, customer: Customer) -> None: ...

    def change_customer(self, customer: Customer, *, seen: int) -> bool:
        """Replace the customer if it is still at version `seen`."""

    def invoice(self, number: str) -> Invoice | None:
        """The invoice of exactly this number."""

    def invoices(self, customer_id: str | None) -> tuple[Invoice, ...]:
        """The customer's invoices, or all, newest first."""

    def invoice_slice(self, customer_id: str, part: Slice) -> tuple[Invoice, ...]:
        """A part of the customer's list without drafts, in time that does not depend on how long the list is."""

    def invoice_numbers(self, customer_id: str) -> tuple[str, ...]: ...

    def delete_draft(self, number: str) -> None: ...

    def add_invoice(self, invoice: Invoice) -> None: ...

    def change_invoice(self, number: str, invoice: Invoice) -> None:
        """Replace the invoice that had this number."""

    def add_payment(self, receipt: Receipt) -> None: ...

    def payments(self, number: str) -> tuple[Receipt, ...]:
        """In the order they were booked."""

    def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
        """By number."""

    def subscription(self, number: str) -> Subscription | None: ...

    def add_subscription(self, subscription: Subscription) -> None: ...

    def change_subscription(self, subscription: Subscription) -> None: ...

    def quote(self, quote_id: str) -> Quote | None: ...

    def quote_of_number(self, number: str) -> Quote | None: ...

    def quotes(self, customer_id: str | None) -> tuple[Quote, ...]:
        """The customer's quotes, or all, newest first."""

    def queued_quotes(self) -> tuple[Quote, ...]:
        """Oldest first."""

    def save_quote(self, quote: Quote) -> None: ...

    def document(self, kind: str, number: str) -> Document | None: ...

    def keep_document(self, kind: str, number: str, document: Document) -> Document:
        """Keep the document unless there is one; the one that is kept comes back."""

    def change_request(self, request_id: str) -> ChangeRequest | None: ...

    def change_requests(self, customer_id: str) -> tuple[ChangeRequest, ...]:
        """Newest first."""

    def add_change_request(self, request: ChangeRequest) -> None: ...

    def decide(self, request: ChangeRequest) -> bool:
        """Put the decided request in the place of the open one; False if it is not open any more."""

    def matter(self, kind: type[Matter], matter_id: str) -> Matter | None: ...

    def matters(self, kind: type[Matter], customer_id: str) -> tuple[Matter, ...]:
        """Newest first."""

    def add_matter(self, matter: Proof | Dispute) -> None: ...

    def settle_matter(self, matter: Proof | Dispute, *, seen: str) -> bool:
        """Replace the matter if it is still in the state `seen`."""

    def plan(self, due: Due) -> None:
        """Have it done on that day; instead of another day for the same."""

    def unplan(self, kind: DueKind, subject: str) -> None:
        """It is done, or needs no doing any more."""

    def planned(self, until: date, limit: int, *, lock: bool) -> tuple[Due, ...]:
        """What is due up to that day, oldest first. `lock`: to do it, so that no other worker does."""

    def add_event(self, event: DomainEvent) -> None:
        """Append; the id is the store's to give."""

    def events(self, after: str, limit: int) -> tuple[DomainEvent, ...]:
        """What happened after that id, oldest first; never one that others, still to commit, would stand before."""

    def forget_in_events(self, customer_id: str, value: str, instead: str) -> None:
        """Put something else where this is a fact of the customer's events, letter case aside."""

    def next_number(self, series: str) -> int:
        """The next of the series, held against other writers until the transaction ends: so there are no gaps."""

    def series_at(self, series: str) -> int | None:
        """The number that comes next, or None if the series was never used."""

    def set_series(self, series: str, following: int) -> None: ...

    def set_setup_token(self, customer_id: str, token_sha256: str, created: datetime) -> None:
        """The customer's only valid token from now on."""

    def use_setup_token(self, token_sha256: str) -> tuple[str, datetime] | None:
        """Whose it is and since when; it is gone then."""

    def recall(self, key: str) -> Remembered | None: ...

    def remember(self, entry: Remembered) -> None: ...

    def forget_keys(self, before: datetime) -> None:
        """Drop idempotency keys that are older."""


class DocumentMaker(Protocol):
    """Makes documents out of frozen facts."""

    @property
    def seller(self) -> Seller:
        """Who issues them."""

    def invoice(self, invoice: Invoice, corrects: Invoice | None) -> Document:
        """The invoice or credit note as PDF; `corrects` is the invoice that a credit note corrects."""

    def quote(self, quote: Quote) -> Document:
        """The quote as PDF."""

    def payment_qr(self, invoice: Invoice) -> str:
        """The EPC code for what remains of the invoice, as SVG; "" where there is none."""
