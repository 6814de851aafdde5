"""What a billing core can be asked (`Lookup`) and told (`BillingCore`).

The halves are apart so that the type checker refuses a deed through the looking half. All is synchronous. The
caller owns the transaction: nothing here commits. Every write takes who does it and an idempotency key: the same
key again gives the first result, the same key with other arguments raises IdempotencyConflict.
"""

from datetime import date
from typing import Protocol

from billing.values import (
    Activation,
    Actor,
    ChangeRequest,
    ChangeSet,
    Customer,
    Document,
    ImportedInvoice,
    Invoice,
    Money,
    NewInvoice,
    Quote,
    Show,
    Subscription,
)


class Lookup(Protocol):
    """The looking half. Nothing here changes a fact."""

    def find_customers(
        self, *, email: str | None = None, domain: str | None = None, invoice_number: str | None = None
    ) -> tuple[Customer, ...]:
        """Customers that match all that is given, exactly, letter case aside; by id. Nothing given: none."""

    def customer(self, customer_id: str) -> Customer:
        """The customer. Raises NotFound."""

    def invoice(self, number: str, *, of: str) -> Invoice | None:
        """The customer's invoice of this number, however written; None if it is unknown or another's.

        A number that is not written out ("123", "2026-123") matches by its end; an exact one wins.
        Raises Ambiguous with the candidates if several of the customer's invoices match.
        """

    def invoices(
        self,
        customer_id: str,
        show: Show | str = Show.ALL,
        *,
        year: int | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> tuple[Invoice, ...]:
        """The customer's invoices without drafts, newest first; period of the issue date, ends included."""

    def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
        """The customer's subscriptions and licences, by number."""

    def quotes(self, customer_id: str) -> tuple[Quote, ...]:
        """The customer's quotes, newest first."""

    def quote(self, quote_id: str) -> Quote:
        """The quote of this id. Raises NotFound."""

    def document(self, kind: str, number: str, *, of: str) -> Document:
        """The PDF of an "invoice" or "quote": made at the first call, stored, the same bytes ever after.

        `number` is read as `invoice` reads it; a quote's id will do, too.
        Raises NotFound; InvalidState for drafts, void invoices and quotes that are not ready.
        """

    def change_request(self, request_id: str) -> ChangeRequest:
        """The request of this id. Raises NotFound."""

    def change_requests(self, customer_id: str) -> tuple[ChangeRequest, ...]:
        """The customer's requests for a change, newest first."""


class Backoffice(Protocol):
    """What operators see: everything. Never within reach of a message."""

    def all_customers(self) -> tuple[Customer, ...]:
        """All customers, by id."""

    def all_invoices(self, customer_id: str | None = None) -> tuple[Invoice, ...]:
        """All invoices with drafts, newest first."""

    def all_quotes(self, customer_id: str | None = None) -> tuple[Quote, ...]:
        """All quotes, newest first."""

    def owner_of(self, kind: str, number: str) -> str | None:
        """The id of the customer who has the "invoice" or "quote" of exactly this number."""


class BillingCore(Lookup, Backoffice, Protocol):
    """The whole core: looking, and doing."""

    # What customers ask for

    def request_renewal_quote(
        self, customer_id: str, subscription: str | None = None, *, actor: Actor, idem: str
    ) -> Quote:
        """The one current quote for the next term; the first request queues it.

        Raises Ambiguous (several subscriptions), NotFound,
        NotEligible (reseller, perpetual, ended, none, too_early).
        """

    def activate_portal(self, customer_id: str, invoice_number: str, *, actor: Actor, idem: str) -> Activation:
        """Invite the customer to the portal, or again, or say that it is active.

        Raises NotFound and Ambiguous for the number, NotEligible (reseller, perpetual, locked).
        """

    def resend_setup(self, customer_id: str, *, actor: Actor, idem: str) -> Activation:
        """Send a new set-up link; older ones stop working. Raises InvalidState unless invited or active."""

    def finish_setup(self, token: str, *, actor: Actor, idem: str) -> Customer:
        """The end of the set-up page: the portal is active. Raises NotFound for any but the latest token."""

    def request_change(self, customer_id: str, changes: ChangeSet, *, actor: Actor, idem: str) -> ChangeRequest:
        """File a change for an agent to decide; nothing changes yet. Supersedes an open one.

        Raises ValidationError (missing, unknown, invalid, too_long, same_as_now).
        """

    # What agents do

    def apply_change(self, request_id: str, *, expected_version: int, actor: Actor, idem: str) -> ChangeRequest:
        """Carry the change out. Raises Stale if the customer changed since, InvalidState if it is decided
        already, Forbidden unless an agent asks, and another one than filed it."""

    def reject_change(self, request_id: str, *, reason: str, actor: Actor, idem: str) -> ChangeRequest:
        """Refuse the change, with the key of a reason. Raises InvalidState if it is decided, Forbidden."""

    # What the machine does in the background

    def due_quotes(self) -> tuple[Quote, ...]:
        """The quotes that wait to be made, oldest first."""

    def finish_quote(self, quote_id: str, *, issued: date | None = None, actor: Actor, idem: str) -> Quote:
        """Make a queued quote ready: number, validity, PDF. A ready one comes back as it is. `issued`: if not today."""

    def generate_due_quotes(self, *, actor: Actor) -> tuple[Quote, ...]:
        """Make all quotes that wait; gives those that are ready now."""

    # The ledger

    def add_customer(self, customer: Customer, *, actor: Actor, idem: str) -> Customer:
        """Take up a customer. Raises InvalidState if the id is taken, ValidationError."""

    def add_subscription(self, subscription: Subscription, *, actor: Actor, idem: str) -> Subscription:
        """Take up a subscription. Raises NotFound for the customer, InvalidState if the number is taken."""

    def draft_invoice(self, invoice: NewInvoice, *, actor: Actor, idem: str) -> Invoice:
        """Draft an invoice or credit note. Raises NotFound, ValidationError."""

    def finalise(self, number: str, *, actor: Actor, idem: str) -> Invoice:
        """Give a draft its number and freeze it. Raises NotFound, InvalidState."""

    def void(self, number: str, *, actor: Actor, idem: str) -> Invoice:
        """Void an invoice that nothing was paid on; it keeps its number. Raises NotFound, InvalidState."""

    def record_payment(self, number: str, amount: Money, paid_on: date, *, actor: Actor, idem: str) -> Invoice:
        """Book a payment. Raises NotFound, InvalidState, Forbidden for customers, ValidationError."""

    def import_invoice(self, invoice: ImportedInvoice, *, actor: Actor, idem: str) -> Invoice:
        """Take up an invoice that another system numbered. Raises InvalidState if the number is taken."""

    def start_series(self, series: str, first: int, *, actor: Actor, idem: str) -> None:
        """Let a number series ("RE-2026") start at `first`. Raises InvalidState once it gave a number."""
