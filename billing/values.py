"""The values of the billing core: what customers, invoices, subscriptions and quotes are to all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from babel.numbers import get_currency_precision


@dataclass(frozen=True)
class Money:
    """An exact amount: integer minor units of an ISO 4217 currency. Different currencies never mix."""

    minor: int
    currency: str

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    @property
    def exponent(self) -> int:
        """How many decimals the currency has: EUR 2, JPY 0, KWD 3."""
        return get_currency_precision(self.currency)

    def times(self, factor: Fraction) -> "Money":
        """This amount by an exact factor, rounded half up (away from zero): the one place that rounds."""
        return Money(half_up(self.minor * factor), self.currency)

    def allocate(self, ratios: Sequence[int]) -> tuple["Money", ...]:
        """Split by ratios without losing a cent: what is left over goes to the largest remainders."""
        if not ratios or min(ratios) < 0 or sum(ratios) == 0:
            raise ValueError("ratios must be non-negative and not all zero")
        shares = [divmod(self.minor * ratio, sum(ratios)) for ratio in ratios]
        left = self.minor - sum(whole for whole, _ in shares)
        by_remainder = sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))
        lucky = set(by_remainder[:left])
        return tuple(Money(whole + (i in lucky), self.currency) for i, (whole, _) in enumerate(shares))


def half_up(amount: Fraction) -> int:
    """Round to a whole number; a half goes away from zero, as invoices do."""
    magnitude = int(abs(amount) + Fraction(1, 2))
    return magnitude if amount >= 0 else -magnitude


class ContactRole(StrEnum):
    """What a contact is to the customer."""

    OWNER = "owner"
    BILLING = "billing"
    TECHNICAL = "technical"


class Portal(StrEnum):
    """Whether the customer can sign in to the portal."""

    NONE = "none"
    INVITED = "invited"
    ACTIVE = "active"
    LOCKED = "locked"


class InvoiceState(StrEnum):
    """The document's own state. Payment is another axis."""

    DRAFT = "draft"
    FINALISED = "finalised"
    VOID = "void"
    CORRECTED = "corrected"
    DELETED = "deleted"  # a draft that is gone: never stored


class Payment(StrEnum):
    """What has been paid, derived from the payments and credit notes."""

    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERPAID = "overpaid"


class Collection(StrEnum):
    """How far we have gone to get an overdue invoice paid."""

    NONE = "none"
    REMINDER1 = "reminder1"
    REMINDER2 = "reminder2"
    FINAL = "final"
    EXHAUSTED = "exhausted"


class InvoiceKind(StrEnum):
    """An invoice asks for money; a credit note takes one back, in part or whole."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class Show(StrEnum):
    """Which invoices to list. ALL is all that a customer may see: everything but drafts."""

    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    ALL = "all"
    LATEST = "latest"


class SubscriptionKind(StrEnum):
    """A perpetual licence never renews."""

    SUBSCRIPTION = "subscription"
    PERPETUAL = "perpetual"


class SubscriptionState(StrEnum):
    """Where a subscription is in its life."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    NON_RENEWING = "non_renewing"
    ENDED = "ended"


class Licence(StrEnum):
    """Whether the software runs. PROVISIONAL: a proof of payment is being looked at, or was accepted."""

    ACTIVE = "active"
    PROVISIONAL = "provisional"
    INACTIVE = "inactive"


class QuoteState(StrEnum):
    """Where a quote is on its road. Expiry is derived from `valid_until`, never stored."""

    QUEUED = "queued"
    GENERATING = "generating"
    READY = "ready"
    FAILED = "failed"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class ChangeState(StrEnum):
    """What became of a request to change name, country or tax id."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class TaxCategory(StrEnum):
    """The VAT category codes of EN 16931 (UNCL 5305) that we use."""

    STANDARD = "S"  # our country's rate, or the buyer's by OSS
    EXEMPT = "E"  # the law exempts the seller or the service: `Seller.exemption` says why
    REVERSE_CHARGE = "AE"  # EU business with a checked VAT id
    OUTSIDE = "O"  # services to buyers outside the EU


class DocumentKind(StrEnum):
    """Which stored document. Credit notes are found as invoices, by their number."""

    INVOICE = "invoice"
    QUOTE = "quote"


@dataclass(frozen=True)
class TaxTreatment:
    """How VAT is charged. `country` is where the rate comes from, `rate` is in hundredths of a percent."""

    category: TaxCategory
    rate: int
    country: str


@dataclass(frozen=True)
class Contact:
    """A person whom the customer named to us."""

    email: str
    name: str
    role: ContactRole
    language: str
    phone: str = ""


@dataclass(frozen=True)
class Address:
    """A postal address without name and country."""

    street: str = ""
    extra: str = ""
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True)
class Customer:
    """A company or person that we bill, as it is now. Invoices keep what was true when they were issued."""

    id: str
    name: str
    country: str  # ISO 3166, two letters
    language: str
    version: int = 1  # counts every change
    contacts: tuple[Contact, ...] = ()
    standing_recipients: tuple[str, ...] = ()  # addresses that get every invoice
    domains: tuple[str, ...] = ()  # the customer's own mail domains
    portal: Portal = Portal.NONE
    reseller_id: str | None = None  # who sold to this customer, if not we
    is_reseller: bool = False
    business: bool = True
    tax_id: str = ""
    tax_id_checked: bool = False
    address: Address = Address()
    currency: str = "EUR"
    buyer_reference: str = ""  # what the buyer wants to read on invoices; of a German public body, its Leitweg-ID
    muted: tuple[str, ...] = ()  # topics (`billing.Topic`) that this customer wants no mail about

    @property
    def main_contact(self) -> Contact | None:
        """Whom we write to about the contract: the owner, else billing, else anybody."""
        return _first(self.contacts, ContactRole.OWNER, ContactRole.BILLING)

    @property
    def billing_email(self) -> str | None:
        """Where invoices go: the billing contact, else the main contact."""
        contact = _first(self.contacts, ContactRole.BILLING, ContactRole.OWNER)
        return contact.email if contact else None

    def contact(self, email: str) -> Contact | None:
        """The contact with this address, letter case aside."""
        wanted = email.strip().casefold()
        return next((c for c in self.contacts if c.email.casefold() == wanted), None)

    def on_file(self, email: str) -> bool:
        """Whether this address is a contact or a standing recipient of the customer."""
        wanted = email.strip().casefold()
        return self.contact(wanted) is not None or wanted in {e.casefold() for e in self.standing_recipients}


def _first(contacts: tuple[Contact, ...], *roles: ContactRole) -> Contact | None:
    ranked = [c for role in roles for c in contacts if c.role == role]
    return next(iter([*ranked, *contacts]), None)


@dataclass(frozen=True)
class Party:
    """The buyer as an invoice froze it."""

    name: str
    country: str
    address: Address = Address()
    tax_id: str = ""
    contact: str = ""
    email: str = ""  # where e-invoices go (BT-49)
    reference: str = ""  # BT-10; a Leitweg-ID makes the e-invoice an XRechnung
    business: bool = True
    tax_id_checked: bool = False


@dataclass(frozen=True)
class Line:
    """One line of an invoice or quote. An unused rest is a negative quantity, never price (BR-27)."""

    text: str
    unit_price: Money
    quantity: int = 1
    unit: str = "C62"  # UN/ECE recommendation 20; C62: piece
    starts: date | None = None
    ends: date | None = None
    allowance: Money | None = None  # what is taken off the whole line, as a positive amount (BT-136)
    allowance_reason: str = ""

    @property
    def gross(self) -> Money:
        """Price times quantity, before the allowance."""
        return Money(self.unit_price.minor * self.quantity, self.unit_price.currency)

    @property
    def net(self) -> Money:
        """Price times quantity, less the allowance."""
        return self.gross - self.allowance if self.allowance else self.gross


@dataclass(frozen=True)
class Invoice:
    """An invoice or credit note. A credit note has positive amounts, too; a draft a provisional number."""

    number: str
    customer_id: str
    state: InvoiceState
    payment: Payment
    currency: str
    total: Money
    remaining: Money  # what is still to be paid
    issued: date | None
    due: date | None
    overdue: bool
    lines: tuple[Line, ...] = ()
    kind: InvoiceKind = InvoiceKind.INVOICE
    net: Money = Money(0, "EUR")
    tax: Money = Money(0, "EUR")
    paid: Money = Money(0, "EUR")
    credited: Money = Money(0, "EUR")
    paid_on: date | None = None  # day of the last payment
    treatment: TaxTreatment = TaxTreatment(TaxCategory.STANDARD, 1900, "DE")
    buyer: Party = Party("", "")
    language: str = "en"  # of the document, frozen
    corrects: str | None = None  # number of the invoice that this credit note corrects
    subscription: str | None = None
    collection: Collection = Collection.NONE
    held_until: date | None = None  # collection rests up to and including this day
    held_for: str = ""  # proof, dispute, agreement
    exchange: str = ""  # of a foreign currency: what one unit was in the seller's on the day it was finalised

    @property
    def standing(self) -> str:
        """How it stands, in one word: draft, void, credit_note, overdue, credited (a credit note settled it), free (it
        is over nothing), else its `payment`: open, partly_paid, paid or overpaid."""
        if self.state in (InvoiceState.DRAFT, InvoiceState.VOID):
            return self.state.value
        if self.kind == InvoiceKind.CREDIT_NOTE:
            return InvoiceKind.CREDIT_NOTE.value
        if self.overdue:
            return "overdue"
        if self.payment == Payment.PAID and not self.paid:
            return "credited" if self.total else "free"
        return self.payment.value

    @property
    def overpaid_by(self) -> Money:
        """What was paid too much."""
        return Money(max(0, self.paid.minor + self.credited.minor - self.total.minor), self.currency)


@dataclass(frozen=True)
class Subscription:
    """A subscription or perpetual licence. `renews` is the first day of the next term."""

    number: str
    customer_id: str
    plan: str
    seats: int
    starts: date
    renews: date | None
    last_day_to_cancel: date | None
    next_amount: Money  # net
    state: SubscriptionState = SubscriptionState.ACTIVE
    licence: Licence = Licence.ACTIVE
    licence_reason: str = ""  # payment_default, ended, fraud
    kind: SubscriptionKind = SubscriptionKind.SUBSCRIPTION
    sold_by: str | None = None  # customer id of the reseller
    licence_until: date | None = None  # last day of a provisional licence
    ends: date | None = None  # non-renewing: the first day without it


@dataclass(frozen=True)
class Quote:
    """A renewal quote. It has a number and a document once it is ready."""

    id: str
    number: str | None
    customer_id: str
    subscription: str
    state: QuoteState
    expired: bool
    valid_until: date | None
    currency: str
    total: Money
    net: Money = Money(0, "EUR")
    tax: Money = Money(0, "EUR")
    term_starts: date | None = None
    term_ends: date | None = None
    issued: date | None = None
    requested_by: str = ""  # actor's id: whom to tell when it is ready
    lines: tuple[Line, ...] = ()
    treatment: TaxTreatment = TaxTreatment(TaxCategory.STANDARD, 1900, "DE")
    buyer: Party = Party("", "")
    language: str = "en"


@dataclass(frozen=True)
class Offer:
    """The next better plan. `price_now` is net, for the rest of the term; order it by its id while it is valid."""

    id: str
    subscription: str
    plan: str
    seats: int
    price_now: Money
    next_amount: Money  # net, for every further term
    lines: tuple[Line, ...]  # of the proration: the new part, and the unused rest as a negative quantity
    valid_until: date


@dataclass(frozen=True)
class CancellationTerms:
    """What the notice period makes of a cancellation received at this instant."""

    subscription: str
    received: datetime
    received_on: date  # in the seller's zone: the day that counts
    last_day: date
    in_time: bool
    effective: date  # the first day without the subscription


@dataclass(frozen=True)
class Document:
    """A stored document: the same bytes for ever. `xml` is the e-invoice inside, where there is one."""

    content: bytes
    sha256: str
    media_type: str
    filename: str
    xml: bytes = b""


@dataclass(frozen=True)
class Drawn:
    """A document as it is stored under `key`, or as it would be: then nothing is written yet."""

    kind: DocumentKind
    key: str
    document: Document
    stored: bool


class ActivationOutcome(StrEnum):
    """What asking for the portal led to."""

    INVITED = "invited"
    RESENT = "resent"
    ALREADY_ACTIVE = "already_active"


@dataclass(frozen=True)
class Activation:
    """A portal activation. `setup_link` is a path, "/setup/...", and goes to `contact_email` only."""

    outcome: ActivationOutcome
    setup_link: str | None
    contact_email: str


@dataclass(frozen=True)
class ChangeSet:
    """What is to change; None leaves a field as it is."""

    company_name: str | None = None
    country: str | None = None
    tax_id: str | None = None
    cancel: str | None = None  # number of the subscription; filed by `request_cancellation` only
    upgrade: str | None = None  # the offer's plan; filed by `order_upgrade` only

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that are to change."""
        names = ("company_name", "country", "tax_id", "cancel", "upgrade")
        return tuple(name for name in names if getattr(self, name) is not None)


@dataclass(frozen=True)
class Impact:
    """What a change would do, worked out when it was asked for."""

    tax_now: TaxTreatment
    tax_new: TaxTreatment
    open_invoices: tuple[str, ...]  # they stay as they are; correcting them is the agent's choice
    currency: str
    currency_new: str  # what is usual in the new country


class ActorKind(StrEnum):
    """Who does something."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who does something, and in which message. `id`: a contact's address, an agent's id, a worker's name."""

    kind: ActorKind
    id: str
    channel: str = ""
    message_id: str = ""


@dataclass(frozen=True)
class ChangeRequest:
    """A change that an agent decides. `version` is the customer's when it was filed: decide on that one."""

    id: str
    customer_id: str
    changes: ChangeSet
    before: ChangeSet
    impact: Impact
    state: ChangeState
    version: int
    requested_by: Actor
    created: datetime
    decided_by: str = ""
    decided: datetime | None = None
    reason: str = ""
    cancellation: CancellationTerms | None = None
    offer: Offer | None = None


@dataclass(frozen=True)
class NewInvoice:
    """What a draft is made of. The customer's facts are frozen into it when it is finalised."""

    customer_id: str
    lines: tuple[Line, ...]
    issued: date | None = None  # None: the day it is finalised
    due: date | None = None  # None: as many days after issuing as the seller grants
    kind: InvoiceKind = InvoiceKind.INVOICE
    corrects: str | None = None
    subscription: str | None = None


@dataclass(frozen=True)
class ImportedInvoice:
    """An invoice that another system numbered: it comes in finished, with its number and its gross total."""

    number: str
    customer_id: str
    state: InvoiceState
    total: Money
    remaining: Money
    issued: date | None
    due: date | None
    text: str = ""
