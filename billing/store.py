"""What the core needs from a store of facts. A store knows no rule; it keeps values and gives them back."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from billing.seller import Seller
from billing.values import ChangeRequest, Customer, Document, Invoice, Money, Quote, Subscription


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

    def invoice_numbers(self, customer_id: str) -> tuple[str, ...]: ...

    def add_invoice(self, invoice: Invoice) -> None: ...

    def change_invoice(self, number: str, invoice: Invoice) -> None:
        """Replace the invoice that had this number."""

    def add_payment(self, number: str, amount: Money, paid_on: date) -> None: ...

    def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
        """By number."""

    def subscription(self, number: str) -> Subscription | None: ...

    def add_subscription(self, subscription: Subscription) -> None: ...

    def quote(self, quote_id: str) -> Quote | None: ...

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


class DocumentMaker(Protocol):
    """Makes documents out of frozen facts."""

    @property
    def seller(self) -> Seller:
        """Who issues them."""

    def invoice(self, invoice: Invoice, corrects: Invoice | None) -> Document:
        """The invoice or credit note as PDF; `corrects` is the invoice that a credit note corrects."""

    def quote(self, quote: Quote) -> Document:
        """The quote as PDF."""
