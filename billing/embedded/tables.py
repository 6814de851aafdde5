"""The embedded core's tables. Money is whole minor units beside a currency: SQLite keeps decimals as floats.

What a finalised document froze (buyer, lines) is one JSON column: it is never searched and never changes.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel


class CustomerRow(SQLModel, table=True):
    """A customer as it is now."""

    __tablename__ = "billing_customer"

    id: str = Field(primary_key=True)
    name: str
    country: str
    language: str
    version: int
    portal: str
    reseller_id: str | None = None
    is_reseller: bool
    business: bool
    tax_id: str
    tax_id_checked: bool
    street: str
    extra: str
    postcode: str
    city: str
    currency: str
    buyer_reference: str = ""
    standing_recipients: str = Field(sa_type=Text)  # JSON list
    muted: str = Field(default="[]", sa_type=Text, sa_column_kwargs={"server_default": "[]"})  # JSON list


class ContactRow(SQLModel, table=True):
    """A customer's contact; `position` keeps their order."""

    __tablename__ = "billing_contact"

    customer_id: str = Field(primary_key=True, foreign_key="billing_customer.id")
    position: int = Field(primary_key=True)
    email: str
    email_folded: str = Field(index=True)
    name: str
    role: str
    language: str
    phone: str = Field(default="", sa_column_kwargs={"server_default": ""})


class DomainRow(SQLModel, table=True):
    """A customer's own mail domain."""

    __tablename__ = "billing_domain"

    customer_id: str = Field(primary_key=True, foreign_key="billing_customer.id")
    domain: str = Field(primary_key=True, index=True)
    position: int


class InvoiceRow(SQLModel, table=True):
    """An invoice or credit note. `paid` and `credited` are the sums of what lies in other rows."""

    __tablename__ = "billing_invoice"
    __table_args__ = (Index("billing_invoice_newest", "customer_id", "issued", "number"),)  # lists go along it

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(unique=True)
    customer_id: str = Field(foreign_key="billing_customer.id", index=True)
    state: str
    kind: str
    currency: str
    total: int = Field(sa_type=BigInteger)
    net: int = Field(sa_type=BigInteger)
    tax: int = Field(sa_type=BigInteger)
    paid: int = Field(sa_type=BigInteger)
    credited: int = Field(sa_type=BigInteger)
    paid_on: date | None = None
    issued: date | None = None
    due: date | None = None
    language: str
    corrects: str | None = None
    subscription: str | None = None
    tax_category: str
    tax_rate: int
    tax_country: str
    buyer: str = Field(sa_type=Text)  # JSON
    lines: str = Field(sa_type=Text)  # JSON
    collection: str = Field(default="none", sa_column_kwargs={"server_default": "none"})
    held_until: date | None = None
    held_for: str = Field(default="", sa_column_kwargs={"server_default": ""})
    exchange: str = Field(default="", sa_column_kwargs={"server_default": ""})


class PaymentRow(SQLModel, table=True):
    """Money that came in for an invoice, or went back."""

    __tablename__ = "billing_payment"

    id: int | None = Field(default=None, primary_key=True)
    invoice_number: str = Field(index=True)
    amount: int = Field(sa_type=BigInteger)
    currency: str
    paid_on: date
    method: str = Field(default="", sa_column_kwargs={"server_default": ""})
    reference: str = Field(default="", sa_column_kwargs={"server_default": ""})


class SubscriptionRow(SQLModel, table=True):
    """A subscription or perpetual licence."""

    __tablename__ = "billing_subscription"

    number: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="billing_customer.id", index=True)
    plan: str
    seats: int
    starts: date
    renews: date | None = None
    last_day_to_cancel: date | None = None
    next_amount: int = Field(sa_type=BigInteger)
    currency: str
    state: str
    licence: str
    licence_reason: str
    kind: str
    sold_by: str | None = None
    licence_until: date | None = None
    ends: date | None = None


class QuoteRow(SQLModel, table=True):
    """A renewal quote; the whole of it is `facts`, the rest is for searching."""

    __tablename__ = "billing_quote"

    id: str = Field(primary_key=True)
    number: str | None = Field(default=None, unique=True)
    customer_id: str = Field(foreign_key="billing_customer.id", index=True)
    state: str = Field(index=True)
    facts: str = Field(sa_type=Text)  # JSON


class DocumentRow(SQLModel, table=True):
    """A document's bytes, kept for ever. `key` is the invoice's number or the quote's id."""

    __tablename__ = "billing_document"

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)
    sha256: str
    media_type: str
    filename: str
    xml: bytes = Field(sa_type=LargeBinary)


class ChangeRequestRow(SQLModel, table=True):
    """A change that waits for an agent, or that was decided."""

    __tablename__ = "billing_change_request"

    id: str = Field(primary_key=True)
    customer_id: str = Field(foreign_key="billing_customer.id", index=True)
    state: str
    facts: str = Field(sa_type=Text)  # JSON


class SeriesRow(SQLModel, table=True):
    """A number series and the number that comes next. Its row lock is what keeps numbers gapless."""

    __tablename__ = "billing_series"

    series: str = Field(primary_key=True)
    following: int


class SetupTokenRow(SQLModel, table=True):
    """The one valid set-up token of a customer; only its hash is kept."""

    __tablename__ = "billing_setup_token"

    customer_id: str = Field(primary_key=True, foreign_key="billing_customer.id")
    token_sha256: str = Field(unique=True)
    created: datetime = Field(sa_type=DateTime(timezone=True))


class IdempotencyRow(SQLModel, table=True):
    """The first result under a key."""

    __tablename__ = "billing_idempotency"

    key: str = Field(primary_key=True)
    method: str
    args_sha256: str
    result_json: str = Field(sa_type=Text)
    created: datetime = Field(sa_type=DateTime(timezone=True))


class MatterRow(SQLModel, table=True):
    """A proof of payment or a dispute; the whole of it is `facts`, the rest is for searching."""

    __tablename__ = "billing_matter"

    id: str = Field(primary_key=True)
    kind: str
    customer_id: str = Field(foreign_key="billing_customer.id", index=True)
    state: str
    facts: str = Field(sa_type=Text)  # JSON


class DueRow(SQLModel, table=True):
    """Work that has a day; done work has no row."""

    __tablename__ = "billing_due"

    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    day: date = Field(index=True)
    attempts: int = 0


class EventRow(SQLModel, table=True):
    """Something that happened. `xact` is PostgreSQL's transaction number, 0 on SQLite: see `SqlStore.events`."""

    __tablename__ = "billing_event"
    __table_args__ = (Index("billing_event_order", "xact", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    xact: int = Field(default=0, sa_type=BigInteger)
    kind: str
    customer_id: str
    subject: str
    facts: str = Field(sa_type=Text)  # JSON
    created: datetime = Field(sa_type=DateTime(timezone=True))
