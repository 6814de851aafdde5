"""What customers bring before the desk and what comes of it: proofs, disputes, offers, cancellations, notices."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from billing.values import Actor, Invoice, Money


class ProofState(StrEnum):
    """What became of a proof of payment."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class DisputeState(StrEnum):
    """What became of a disputed charge."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class PortalTarget(StrEnum):
    """Where in the portal a link leads. Payment methods are changed there and nowhere else."""

    HOME = "home"
    PAYMENT_METHOD = "payment_method"
    BILLING_ADDRESS = "billing_address"
    SUBSCRIPTION = "subscription"
    PROFILE = "profile"


class Topic(StrEnum):
    """What a customer may be written to about without having asked. Payment reminders cannot be switched off."""

    INVOICES = "invoices"
    QUOTES = "quotes"
    RENEWALS = "renewals"
    LICENCES = "licences"


@dataclass(frozen=True)
class Match:
    """The sender is a contact of the customer whose invoice it is."""

    customer_id: str
    invoice: str


@dataclass(frozen=True)
class NoMatch:
    """No such pair of sender and number. It does not say which half was wrong."""


@dataclass(frozen=True)
class Receipt:
    """Money that came in (or, negative, went back) for an invoice."""

    invoice: str
    amount: Money
    day: date
    method: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Allocation:
    """Where a payment went: `allocated` to the invoice, the rest to the customer's `credit` balance."""

    invoice: Invoice
    allocated: Money
    credit: Money


@dataclass(frozen=True)
class BankDetails:
    """Where to pay: from the settings, never from a message."""

    beneficiary: str
    iban: str
    bic: str
    bank: str


@dataclass(frozen=True)
class PayLink:
    """How to pay what is left of one invoice. `url` is a path on our own pages that nobody can guess."""

    invoice: str
    amount: Money  # what remains
    reference: str  # for the transfer
    url: str
    bank: BankDetails
    expires_at: date | None = None  # None: as long as something remains


@dataclass(frozen=True)
class PayPage:
    """What stands behind a pay link, as it is on the day that the link is opened."""

    invoice: Invoice
    asked: Money  # what remained when the link was made
    bank: BankDetails
    qr: str  # the EPC code for what remains, as SVG; "" where there is none


@dataclass(frozen=True)
class IbanAnswer:
    """Is this IBAN ours? If not: do not pay to it, and our agents have been told."""

    ours: bool
    valid: bool  # check digits
    masked: str  # country and last four characters


@dataclass(frozen=True)
class ProofFile:
    """A file that is said to prove a payment; the bytes are the caller's to keep."""

    sha256: str
    media_type: str
    size: int  # octets
    filename: str = ""


@dataclass(frozen=True)
class Proof:
    """A proof of payment that an agent looks at."""

    id: str
    customer_id: str
    invoice: str
    file: ProofFile
    state: ProofState
    requested_by: Actor
    created: datetime
    decided_by: str = ""
    decided: datetime | None = None
    reason: str = ""
    provisional_until: date | None = None  # how long the licence runs on this proof


@dataclass(frozen=True)
class Dispute:
    """A charge that the customer does not accept. Collection rests until an agent has decided."""

    id: str
    customer_id: str
    invoice: str
    reason: str
    state: DisputeState
    requested_by: Actor
    created: datetime
    decided_by: str = ""
    decided: datetime | None = None
    answer: str = ""


@dataclass(frozen=True)
class NoOffer:
    """There is nothing better. `reason`: best_already, not_in_catalogue, ending."""

    reason: str


@dataclass(frozen=True)
class Reissue:
    """An invoice taken back and issued again with the customer's facts of today."""

    credit_note: Invoice
    invoice: Invoice


class NoticeKind(StrEnum):
    """What a notification is about; each needs something else of the customer."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    LICENCE_INACTIVE = "licence_inactive"
    LICENCE_PROVISIONAL = "licence_provisional"
    PROOF_RECEIVED = "proof_received"
    QUOTE_READY = "quote_ready"
    CANCEL_BY = "cancel_by"
    CHANGE_OPEN = "change_open"
    DISPUTE_OPEN = "dispute_open"
    CREDIT_BALANCE = "credit_balance"


@dataclass(frozen=True)
class Notification:
    """Something that the customer should know, derived from the facts of today."""

    kind: NoticeKind
    subject: str  # number of the invoice, subscription or quote, or id of the request
    day: date | None = None  # until when, or since when
    amount: Money | None = None


@dataclass(frozen=True)
class DomainEvent:
    """Something that happened: for those who must write or tell about it. `facts` hold ids and amounts, no texts."""

    id: str  # its place in the stream: hand it back as cursor
    kind: str  # "invoice.paid"
    customer_id: str
    subject: str
    facts: dict[str, str]
    created: datetime


class DueKind(StrEnum):
    """Work that has a day."""

    QUOTE = "quote"  # make a quote
    QUOTE_EXPIRY = "quote_expiry"
    COLLECTION = "collection"  # the next reminder
    LICENCE_LAPSE = "licence_lapse"  # a provisional licence runs out
    CANCEL_REMINDER = "cancel_reminder"
    TERM_START = "term_start"
    TERM_END = "term_end"  # renew, or end
    CHANGE_EXPIRY = "change_expiry"


@dataclass(frozen=True)
class Due:
    """A row of the schedule: what is to be done on which day."""

    kind: DueKind
    subject: str
    day: date
    attempts: int = 0


T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """A part of a list. `next` is the cursor of the following page, None on the last one; it is opaque."""

    items: tuple[T, ...]
    next: str | None = None
