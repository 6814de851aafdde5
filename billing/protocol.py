"""What a billing core can be asked (`Lookup`) and told (`BillingCore`).

`Ledger` is what a billing system keeps: customers, invoices, payments, subscriptions, quotes, documents. `Desk` is
what happens in front of it: portal, proofs, disputes, changes, notifications, the schedule. Both come in two halves,
looking and doing, so that the type checker refuses a deed through `Lookup`. All is synchronous. The caller owns the
transaction: nothing here commits. Every write takes who does it and an idempotency key: the same key again gives
the first result, the same key with other arguments raises IdempotencyConflict. Every method raises ValidationError
for an argument of a wrong type, and NotFound for an id that is unknown or another customer's; then nothing changed.
"""

from datetime import date, datetime
from typing import Protocol

from billing.erasure import Erasure
from billing.matters import (
    Allocation,
    BankDetails,
    Dispute,
    DomainEvent,
    Due,
    IbanAnswer,
    Match,
    NoMatch,
    NoOffer,
    Notification,
    Page,
    PayLink,
    PayPage,
    PortalTarget,
    Proof,
    ProofFile,
    Receipt,
    Reissue,
    Topic,
)
from billing.values import (
    Activation,
    Actor,
    Address,
    CancellationTerms,
    ChangeRequest,
    ChangeSet,
    Customer,
    Document,
    Drawn,
    ImportedInvoice,
    Invoice,
    Money,
    NewInvoice,
    Offer,
    Quote,
    Show,
    Subscription,
)


class LedgerLook(Protocol):
    """What the books say. Nothing here changes a fact."""

    # Customers

    def find_customers(
        self, *, email: str | None = None, domain: str | None = None, invoice_number: str | None = None
    ) -> tuple[Customer, ...]:
        """Customers that match all that is given, exactly, letter case aside; by id. Nothing given: none."""

    def customer(self, customer_id: str) -> Customer:
        """The customer. Raises NotFound."""

    def verify_ownership(self, email: str, invoice_number: str) -> Match | NoMatch:
        """Whether sender and number belong together; NoMatch never says which half was wrong."""

    # Invoices and money

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

    def list_invoices(
        self,
        customer_id: str,
        show: Show | str = Show.ALL,
        *,
        year: int | None = None,
        since: date | None = None,
        until: date | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page[Invoice]:
        """The same in pages of at most 100; hand `next` back as `cursor`. Its time does not grow with the books."""

    def payments(self, number: str, *, of: str) -> tuple[Receipt, ...]:
        """What came in for the customer's invoice, or went back, in the order it was booked."""

    def credit_balance(self, customer_id: str) -> tuple[Money, ...]:
        """What was paid or credited too much and not given back: one amount for each currency, none if nothing."""

    def pay_link(self, number: str, *, of: str) -> PayLink:
        """How to pay what *remains*. Raises InvalidState for drafts, void and paid invoices and credit notes."""

    def bank_details(self) -> BankDetails:
        """Where to pay, from the settings and nowhere else."""

    def is_our_iban(self, written: str) -> IbanAnswer:
        """Whether this is our account. `report_iban` also tells our agents if it is not."""

    # Subscriptions and quotes

    def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
        """The customer's subscriptions and licences, by number."""

    def subscription(self, number: str, *, of: str) -> Subscription:
        """The customer's subscription, however its number is written. Raises NotFound, Ambiguous."""

    def plans(self) -> tuple[str, ...]:
        """The names of what the seller sells, the smallest first."""

    def best_offer(self, subscription: str, *, of: str) -> Offer | NoOffer:
        """The next better plan at today's price for the rest of the term. Raises NotFound, Ambiguous,
        NotEligible (reseller, perpetual, ended)."""

    def offers(self, subscription: str, *, of: str) -> tuple[Offer, ...]:
        """All better plans, the next one first. Raises as `best_offer`."""

    def cancellation_terms(self, subscription: str, received: datetime, *, of: str) -> CancellationTerms:
        """In time or late, and when it would end. Raises as `best_offer`, and InvalidState if cancelled already."""

    def quotes(self, customer_id: str) -> tuple[Quote, ...]:
        """The customer's quotes, newest first."""

    def quote(self, quote_id: str) -> Quote:
        """The quote of this id. Raises NotFound."""

    # Documents

    def document(self, kind: str, number: str, *, of: str) -> Document:
        """The PDF of an "invoice" or "quote": made at the first call, stored, the same bytes ever after.

        It shows what was paid until it was made. `number` is read as `invoice` reads it; a quote's id will do, too.
        Raises NotFound; InvalidState for drafts, void invoices and quotes that are not ready.
        """


class DeskLook(Protocol):
    """What lies on the desk. Nothing here changes a fact."""

    def portal_link(self, customer_id: str, target: PortalTarget | str = PortalTarget.HOME) -> str:
        """Where in the portal one does this: payment methods are never taken by mail.

        Raises NotEligible (reseller, perpetual, locked, portal_inactive).
        """

    def proof(self, proof_id: str) -> Proof:
        """The proof of payment of this id. Raises NotFound."""

    def proofs(self, customer_id: str) -> tuple[Proof, ...]:
        """The customer's proofs of payment, newest first."""

    def dispute(self, dispute_id: str) -> Dispute:
        """The dispute of this id. Raises NotFound."""

    def disputes(self, customer_id: str) -> tuple[Dispute, ...]:
        """The customer's disputes, newest first."""

    def change_request(self, request_id: str) -> ChangeRequest:
        """The request of this id. Raises NotFound."""

    def change_requests(self, customer_id: str) -> tuple[ChangeRequest, ...]:
        """The customer's requests for a change, newest first; cancellations and upgrade orders, too."""

    def list_notifications(self, customer_id: str) -> tuple[Notification, ...]:
        """What the customer should know today, most pressing first; derived, so it is gone when it is dealt with."""


class Lookup(LedgerLook, DeskLook, Protocol):
    """The looking half: all that a handler sees as `ctx.billing`."""


class Backoffice(Protocol):
    """What operators and the machine see: everything. Never within reach of a message."""

    def all_customers(self) -> tuple[Customer, ...]:
        """All customers, by id."""

    def all_invoices(self, customer_id: str | None = None) -> tuple[Invoice, ...]:
        """All invoices with drafts, newest first."""

    def all_quotes(self, customer_id: str | None = None) -> tuple[Quote, ...]:
        """All quotes, newest first."""

    def owner_of(self, kind: str, number: str) -> str | None:
        """The id of the customer who has the "invoice" or "quote" of exactly this number."""

    def pay_page(self, number: str, seal: str) -> PayPage:
        """What the page behind a `PayLink.url` shows: its two last parts. Raises NotFound for any link but ours."""

    def events(self, cursor: str = "", limit: int = 100) -> Page[DomainEvent]:
        """What happened after the cursor, oldest first. An event's id is the cursor after it; none is ever skipped."""

    def draw(self, kind: str, number: str, *, of: str) -> Drawn:
        """The same document as `document` gives, but nothing is written: making one takes a tenth of a second,
        too long to hold a write lock. Raises what `document` raises.
        """

    def keep(self, drawn: Drawn) -> Document:
        """Store what was drawn; the one that was stored first stays and comes back."""

    def due_quotes(self) -> tuple[Quote, ...]:
        """The quotes that wait to be made, oldest first."""

    def due_work(self) -> tuple[Due, ...]:
        """What the schedule holds for today and before."""


class LedgerDeeds(Protocol):
    """Bookkeeping. `record_payment` is for agents and the system; taking back and moving money for agents only."""

    def add_customer(self, customer: Customer, *, actor: Actor, idem: str) -> Customer:
        """Take up a customer. Raises InvalidState if the id is taken, ValidationError."""

    def add_subscription(self, subscription: Subscription, *, actor: Actor, idem: str) -> Subscription:
        """Take up a subscription. Raises NotFound for the customer, InvalidState if the number is taken."""

    def draft_invoice(self, invoice: NewInvoice, *, actor: Actor, idem: str) -> Invoice:
        """Draft an invoice or credit note. Raises NotFound, ValidationError."""

    def delete_draft(self, number: str, *, actor: Actor, idem: str) -> None:
        """Forget a draft; its number was provisional. Raises NotFound, InvalidState."""

    def finalise(self, number: str, *, actor: Actor, idem: str) -> Invoice:
        """Give a draft its number and freeze it. Raises NotFound, InvalidState."""

    def void(self, number: str, *, actor: Actor, idem: str) -> Invoice:
        """Void an invoice that nothing was paid on; it keeps its number. Raises NotFound, InvalidState."""

    def credit(self, number: str, reason: str = "", *, actor: Actor, idem: str) -> Invoice:
        """Take a whole invoice back by a credit note with the facts that the invoice froze; gives the note.

        Raises NotFound, InvalidState (draft, void, credited in part already), Forbidden.
        """

    def reissue_invoice(self, number: str, reason: str, move: bool = False, *, actor: Actor, idem: str) -> Reissue:
        """Credit note and new invoice with the customer's facts of today, in one.

        Raises RequiresApproval("payments") if something was paid and `move` does not say to take it along.
        """

    def record_payment(
        self,
        number: str,
        amount: Money,
        paid_on: date,
        method: str = "",
        reference: str = "",
        *,
        actor: Actor,
        idem: str,
    ) -> Allocation:
        """Book a payment: as much as remains for the invoice, the rest to the credit balance. An invoice that is
        paid by it is reminded no more, and its licence runs again.

        Raises NotFound, InvalidState, Forbidden for customers, ValidationError.
        """

    def refund(self, number: str, amount: Money, paid_on: date, *, actor: Actor, idem: str) -> Invoice:
        """Note that an overpayment went back. Raises ValidationError if it is more than was paid too much."""

    def apply_credit(self, number: str, *, actor: Actor, idem: str) -> Allocation:
        """Use the customer's credit balance for an open invoice. Raises NotFound if there is none."""

    def import_invoice(self, invoice: ImportedInvoice, *, actor: Actor, idem: str) -> Invoice:
        """Take up an invoice that another system numbered; it is not reminded by itself.
        Raises InvalidState if the number is taken."""

    def start_series(self, series: str, first: int, *, actor: Actor, idem: str) -> None:
        """Let a number series ("RE-2026") start at `first`. Raises InvalidState once it gave a number."""

    def change_plan(self, number: str, plan: str, seats: int, *, actor: Actor, idem: str) -> Subscription:
        """Change plan and seats from today on: an invoice for the rest of the term, or a credit note if it is less.

        Raises NotFound, NotEligible, InvalidState, ValidationError (plan unknown, same_as_now).
        """

    def reinstate(self, customer_id: str, number: str, *, actor: Actor, idem: str) -> Subscription:
        """Take a cancellation back before it takes effect. Raises InvalidState."""

    # Renewal quotes

    def request_renewal_quote(
        self, customer_id: str, subscription: str | None = None, *, actor: Actor, idem: str
    ) -> Quote:
        """The one current quote for the next term; the first request queues it.

        Raises Ambiguous (several subscriptions), NotFound,
        NotEligible (reseller, perpetual, ended, none, too_early).
        """

    def accept_quote(self, customer_id: str, number: str, reference: str = "", *, actor: Actor, idem: str) -> Quote:
        """Take a quote: its prices hold for the next term. `reference`: the customer's order number.
        Raises NotFound, InvalidState (expired, superseded, ...)."""

    def withdraw_quote(self, quote_id: str, *, actor: Actor, idem: str) -> Quote:
        """Take a ready quote back. Raises NotFound, InvalidState, Forbidden."""

    def finish_quote(self, quote_id: str, *, issued: date | None = None, actor: Actor, idem: str) -> Quote:
        """Make a queued quote ready: number, validity, PDF. A ready one comes back as it is. `issued`: if not today."""

    def generate_due_quotes(self, *, actor: Actor) -> tuple[Quote, ...]:
        """Make all quotes that wait; gives those that are ready now."""


class DeskDeeds(Protocol):
    """What is done in front of the books."""

    # The portal

    def activate_portal(self, customer_id: str, invoice_number: str, *, actor: Actor, idem: str) -> Activation:
        """Invite the customer to the portal, or again, or say that it is active.

        Raises NotFound and Ambiguous for the number, NotEligible (reseller, perpetual, locked).
        """

    def resend_setup(self, customer_id: str, *, actor: Actor, idem: str) -> Activation:
        """Send a new set-up link; older ones stop working. Raises InvalidState unless invited or active."""

    def finish_setup(self, token: str, *, actor: Actor, idem: str) -> Customer:
        """The end of the set-up page: the portal is active. Raises NotFound for any but the latest token."""

    def lock_portal(self, customer_id: str, locked: bool, *, actor: Actor, idem: str) -> Customer:
        """Lock the portal, or open it again; agents only. Raises InvalidState."""

    # Proofs, disputes, collection

    def submit_payment_proof(
        self, customer_id: str, invoice_number: str, file: ProofFile, *, actor: Actor, idem: str
    ) -> Proof:
        """Hand in a proof of payment; the same file for the same invoice gives the same proof. Reminders rest.

        Raises NotFound, Ambiguous, InvalidState (paid, void, ...), ValidationError (media_type, size, sha256).
        """

    def decide_proof(self, proof_id: str, accept: bool, reason: str = "", *, actor: Actor, idem: str) -> Proof:
        """Accept: a licence stopped for the invoice runs again, provisionally, until the money is booked or the
        days are over. Reject needs a reason. Agents only; the first decision wins, the next raises InvalidState."""

    def open_dispute(self, customer_id: str, invoice_number: str, reason: str, *, actor: Actor, idem: str) -> Dispute:
        """File that a charge is not accepted; reminders rest. One that is open for the invoice comes back as it is."""

    def decide_dispute(self, dispute_id: str, uphold: bool, answer: str, *, actor: Actor, idem: str) -> Dispute:
        """Say who is right; agents only. Money moves by `credit` or `refund`, not by this."""

    def withdraw_dispute(self, customer_id: str, dispute_id: str, *, actor: Actor, idem: str) -> Dispute:
        """The customer accepts the charge after all. Raises NotFound, InvalidState."""

    def remind(self, number: str, *, actor: Actor, idem: str) -> Invoice:
        """Take the next step of collection now; the last one stops the licence that the invoice is for.
        Raises InvalidState unless it is overdue. Not for customers."""

    def hold_collection(self, number: str, until: date, reason: str, *, actor: Actor, idem: str) -> Invoice:
        """Let reminders rest up to and including a day; agents only. Raises InvalidState if nothing remains."""

    def report_iban(self, customer_id: str, written: str, *, actor: Actor, idem: str) -> IbanAnswer:
        """Whether an account is ours; if not, an event `iban.foreign` tells our agents, who warn the others."""

    # What customers change by themselves

    def update_billing_address(
        self,
        customer_id: str,
        address: Address,
        *,
        company_name: str | None = None,
        country: str | None = None,
        expected_version: int,
        actor: Actor,
        idem: str,
    ) -> Customer:
        """Change where invoices go from now on. Name and country as they were written beside it, if they were.

        Raises RequiresApproval with the fields that differ (use `request_change`), Stale, ValidationError.
        """

    def update_profile(
        self,
        customer_id: str,
        email: str,
        *,
        name: str | None = None,
        phone: str | None = None,
        language: str | None = None,
        expected_version: int,
        actor: Actor,
        idem: str,
    ) -> Customer:
        """Change how the contact of this address is called, reached and written to. Raises NotFound, Stale,
        ValidationError (missing, too_long, invalid, unknown, same_as_now)."""

    def erase_contact(self, customer_id: str, email: str, *, actor: Actor, idem: str) -> Erasure:
        """Forget a contact or standing recipient as far as the law lets us; says of each record that stays why.
        Nothing goes where nobody else can be reached about what runs or is owed. Not for customers. Raises NotFound."""

    def update_notifications(
        self, customer_id: str, muted: tuple[Topic, ...], *, expected_version: int, actor: Actor, idem: str
    ) -> Customer:
        """Choose what not to be written to about; these topics and no others. Raises Stale, ValidationError."""

    def confirm_tax_id(self, customer_id: str, *, expected_version: int, actor: Actor, idem: str) -> Customer:
        """Note that the VAT id was checked: reverse charge may apply from now on. Not for customers. Raises Stale."""

    # What an agent decides

    def request_change(self, customer_id: str, changes: ChangeSet, *, actor: Actor, idem: str) -> ChangeRequest:
        """File a change of name, country or VAT id; nothing changes yet. Supersedes an open one of the same fields.

        Raises ValidationError (missing, unknown, invalid, too_long, same_as_now).
        """

    def request_cancellation(
        self, customer_id: str, subscription: str, received: datetime, *, actor: Actor, idem: str
    ) -> ChangeRequest:
        """File a cancellation, in time or late: `received` decides. Raises as `cancellation_terms`."""

    def order_upgrade(self, customer_id: str, offer_id: str, *, actor: Actor, idem: str) -> ChangeRequest:
        """File the order of an offer. Raises NotFound, InvalidState (expired; changed: ask for a new offer)."""

    def apply_change(self, request_id: str, *, expected_version: int, actor: Actor, idem: str) -> ChangeRequest:
        """Carry the change out. Raises Stale if the customer changed since, InvalidState if it is decided
        already, Forbidden unless an agent asks, and another one than filed it."""

    def reject_change(self, request_id: str, *, reason: str, actor: Actor, idem: str) -> ChangeRequest:
        """Refuse the change, with the key of a reason. Raises InvalidState if it is decided, Forbidden."""

    def postpone_change(self, request_id: str, until: date, *, actor: Actor, idem: str) -> ChangeRequest:
        """Let an open request expire on that day, because the customer was asked something about it. Raises
        InvalidState if it is decided, Forbidden unless an agent asks, and another one than filed it."""

    # What the machine does in the background

    def run_due(self, *, actor: Actor, limit: int = 50) -> tuple[Due, ...]:
        """Do what is due today: reminders, expiries, lapsing licences, ends of terms. Safe to run twice.
        What has become pointless is dropped. Raises Forbidden unless the system asks."""


class Ledger(LedgerLook, LedgerDeeds, Protocol):
    """What a billing system of its own can take over: see docs/reference/billing.md."""


class Desk(DeskLook, DeskDeeds, Protocol):
    """What stays with us whoever keeps the books."""


class BillingCore(Ledger, Desk, Backoffice, Protocol):
    """The whole core: looking, and doing."""
