"""The SQL store: rows in, values out, inside the caller's transaction. It never commits."""

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import case, delete, update
from sqlmodel import Session, col, select

from billing.embedded.tables import (
    ChangeRequestRow,
    ContactRow,
    CustomerRow,
    DocumentRow,
    DomainRow,
    IdempotencyRow,
    InvoiceRow,
    PaymentRow,
    QuoteRow,
    SeriesRow,
    SetupTokenRow,
    SubscriptionRow,
)
from billing.store import Remembered
from billing.values import (
    Address,
    ChangeRequest,
    ChangeState,
    Contact,
    ContactRole,
    Customer,
    Document,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Licence,
    Line,
    Money,
    Party,
    Payment,
    Portal,
    Quote,
    QuoteState,
    Subscription,
    SubscriptionKind,
    SubscriptionState,
    TaxCategory,
    TaxTreatment,
)

_LINES = TypeAdapter(tuple[Line, ...])
_PARTY = TypeAdapter(Party)
_QUOTE = TypeAdapter(Quote)
_REQUEST = TypeAdapter(ChangeRequest)
_NAMES = TypeAdapter(tuple[str, ...])


class SqlStore:
    """The facts in the `billing_` tables of the caller's session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def savepoint(self) -> AbstractContextManager[object]:
        """All or nothing, within the caller's transaction."""
        return self._session.begin_nested()

    # Customers

    def customer(self, customer_id: str) -> Customer | None:
        row = self._session.get(CustomerRow, customer_id)
        return self._customer(row) if row else None

    def customers(self) -> tuple[Customer, ...]:
        rows = self._session.exec(select(CustomerRow).order_by(col(CustomerRow.id)))
        return tuple(self._customer(row) for row in rows.all())

    def customers_by_email(self, email: str) -> tuple[Customer, ...]:
        ids = select(ContactRow.customer_id).where(ContactRow.email_folded == email)
        return self._customers(self._session.exec(ids).all())

    def customers_by_domain(self, domain: str) -> tuple[Customer, ...]:
        ids = select(DomainRow.customer_id).where(DomainRow.domain == domain)
        return self._customers(self._session.exec(ids).all())

    def _customers(self, ids: Any) -> tuple[Customer, ...]:
        found = (self.customer(customer_id) for customer_id in sorted(set(ids)))
        return tuple(customer for customer in found if customer)

    def _customer(self, row: CustomerRow) -> Customer:
        return Customer(
            id=row.id, name=row.name, country=row.country, language=row.language, version=row.version,
            contacts=self._contacts(row.id), standing_recipients=_NAMES.validate_json(row.standing_recipients),
            domains=self._domains(row.id), portal=Portal(row.portal), reseller_id=row.reseller_id,
            is_reseller=row.is_reseller, business=row.business, tax_id=row.tax_id,
            tax_id_checked=row.tax_id_checked, currency=row.currency, buyer_reference=row.buyer_reference,
            address=Address(row.street, row.extra, row.postcode, row.city),
        )  # fmt: skip

    def _contacts(self, customer_id: str) -> tuple[Contact, ...]:
        query = select(ContactRow).where(ContactRow.customer_id == customer_id).order_by(col(ContactRow.position))
        rows = self._session.exec(query).all()
        return tuple(Contact(r.email, r.name, ContactRole(r.role), r.language) for r in rows)

    def _domains(self, customer_id: str) -> tuple[str, ...]:
        query = select(DomainRow.domain).where(DomainRow.customer_id == customer_id)
        return tuple(self._session.exec(query.order_by(col(DomainRow.position))).all())

    def add_customer(self, customer: Customer) -> None:
        self._session.add(CustomerRow(id=customer.id, **_customer_columns(customer)))
        self._session.flush()
        for position, contact in enumerate(customer.contacts):
            self._session.add(_contact_row(customer.id, position, contact))
        for position, domain in enumerate(customer.domains):
            self._session.add(DomainRow(customer_id=customer.id, domain=domain.casefold(), position=position))
        self._session.flush()

    def change_customer(self, customer: Customer, *, seen: int) -> bool:
        found = update(CustomerRow).where(col(CustomerRow.id) == customer.id, col(CustomerRow.version) == seen)
        return self._changed_one(found.values(**_customer_columns(customer)))

    def _changed_one(self, statement: Any) -> bool:
        result = self._session.connection().execute(statement)
        self._session.expire_all()
        return bool(result.rowcount == 1)

    # Invoices

    def invoice(self, number: str) -> Invoice | None:
        row = self._session.exec(select(InvoiceRow).where(InvoiceRow.number == number)).first()
        return _invoice(row) if row else None

    def invoices(self, customer_id: str | None) -> tuple[Invoice, ...]:
        drafts_first = case((col(InvoiceRow.issued).is_(None), 0), else_=1)
        query = select(InvoiceRow).order_by(drafts_first, col(InvoiceRow.issued).desc(), col(InvoiceRow.number).desc())
        if customer_id is not None:
            query = query.where(InvoiceRow.customer_id == customer_id)
        return tuple(_invoice(row) for row in self._session.exec(query).all())

    def invoice_numbers(self, customer_id: str) -> tuple[str, ...]:
        query = select(InvoiceRow.number).where(InvoiceRow.customer_id == customer_id)
        return tuple(self._session.exec(query).all())

    def add_invoice(self, invoice: Invoice) -> None:
        self._session.add(InvoiceRow(**_invoice_columns(invoice)))
        self._session.flush()

    def change_invoice(self, number: str, invoice: Invoice) -> None:
        found = update(InvoiceRow).where(col(InvoiceRow.number) == number)
        self._changed_one(found.values(**_invoice_columns(invoice)))

    def add_payment(self, number: str, amount: Money, paid_on: date) -> None:
        row = PaymentRow(invoice_number=number, amount=amount.minor, currency=amount.currency, paid_on=paid_on)
        self._session.add(row)
        self._session.flush()

    # Subscriptions and quotes

    def subscriptions(self, customer_id: str) -> tuple[Subscription, ...]:
        query = select(SubscriptionRow).where(SubscriptionRow.customer_id == customer_id)
        rows = self._session.exec(query.order_by(col(SubscriptionRow.number))).all()
        return tuple(_subscription(row) for row in rows)

    def subscription(self, number: str) -> Subscription | None:
        row = self._session.get(SubscriptionRow, number)
        return _subscription(row) if row else None

    def add_subscription(self, subscription: Subscription) -> None:
        self._session.add(_subscription_row(subscription))
        self._session.flush()

    def quote(self, quote_id: str) -> Quote | None:
        row = self._session.get(QuoteRow, quote_id)
        return _QUOTE.validate_json(row.facts) if row else None

    def quotes(self, customer_id: str | None) -> tuple[Quote, ...]:
        query = select(QuoteRow.facts).order_by(col(QuoteRow.id).desc())
        if customer_id is not None:
            query = query.where(QuoteRow.customer_id == customer_id)
        return tuple(_QUOTE.validate_json(facts) for facts in self._session.exec(query).all())

    def queued_quotes(self) -> tuple[Quote, ...]:
        query = select(QuoteRow.facts).where(QuoteRow.state == QuoteState.QUEUED.value)
        rows = self._session.exec(query.order_by(col(QuoteRow.id))).all()
        return tuple(_QUOTE.validate_json(facts) for facts in rows)

    def save_quote(self, quote: Quote) -> None:
        row = QuoteRow(
            id=quote.id, number=quote.number, customer_id=quote.customer_id, state=quote.state.value,
            facts=_QUOTE.dump_json(quote).decode(),
        )  # fmt: skip
        self._session.merge(row)
        self._session.flush()

    # Documents

    def document(self, kind: str, number: str) -> Document | None:
        row = self._session.get(DocumentRow, (str(kind), number))
        return Document(row.content, row.sha256, row.media_type, row.filename, row.xml) if row else None

    def keep_document(self, kind: str, number: str, document: Document) -> Document:
        """Two may make it at the same time: the first one's bytes are the document."""
        values = {"kind": str(kind), "key": number, **vars(document)}
        self._insert_if_absent(DocumentRow, values)
        kept = self.document(kind, number)
        assert kept is not None
        return kept

    def _insert_if_absent(self, table: type[Any], values: dict[str, Any]) -> None:
        from sqlalchemy.dialects import postgresql, sqlite

        dialect = self._session.get_bind().dialect.name
        insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
        self._session.connection().execute(insert(table).values(**values).on_conflict_do_nothing())

    # Requests for a change

    def change_request(self, request_id: str) -> ChangeRequest | None:
        row = self._session.get(ChangeRequestRow, request_id)
        return _REQUEST.validate_json(row.facts) if row else None

    def change_requests(self, customer_id: str) -> tuple[ChangeRequest, ...]:
        query = select(ChangeRequestRow.facts).where(ChangeRequestRow.customer_id == customer_id)
        rows = self._session.exec(query.order_by(col(ChangeRequestRow.id).desc())).all()
        return tuple(_REQUEST.validate_json(facts) for facts in rows)

    def add_change_request(self, request: ChangeRequest) -> None:
        row = ChangeRequestRow(id=request.id, customer_id=request.customer_id, **_decision(request))
        self._session.add(row)
        self._session.flush()

    def decide(self, request: ChangeRequest) -> bool:
        still_open = update(ChangeRequestRow).where(
            col(ChangeRequestRow.id) == request.id, col(ChangeRequestRow.state) == ChangeState.OPEN.value
        )
        return self._changed_one(still_open.values(**_decision(request)))

    # Numbers

    def next_number(self, series: str) -> int:
        """The update locks the row until the caller's transaction ends; its rollback gives the number back."""
        self._insert_if_absent(SeriesRow, {"series": series, "following": 1})
        take = update(SeriesRow).where(col(SeriesRow.series) == series)
        taken = take.values(following=SeriesRow.following + 1).returning(col(SeriesRow.following))
        number: int = self._session.connection().execute(taken).scalar_one()
        return number - 1

    def series_at(self, series: str) -> int | None:
        return self._session.exec(select(SeriesRow.following).where(SeriesRow.series == series)).first()

    def set_series(self, series: str, following: int) -> None:
        self._session.merge(SeriesRow(series=series, following=following))
        self._session.flush()
        self._session.expire_all()

    # The portal's set-up tokens

    def set_setup_token(self, customer_id: str, token_sha256: str, created: datetime) -> None:
        row = SetupTokenRow(customer_id=customer_id, token_sha256=token_sha256, created=created)
        self._session.merge(row)
        self._session.flush()

    def use_setup_token(self, token_sha256: str) -> tuple[str, datetime] | None:
        gone = delete(SetupTokenRow).where(col(SetupTokenRow.token_sha256) == token_sha256)
        returning = gone.returning(col(SetupTokenRow.customer_id), col(SetupTokenRow.created))
        row = self._session.connection().execute(returning).first()
        self._session.expire_all()
        return (row[0], _aware(row[1])) if row else None

    # Idempotency

    def recall(self, key: str) -> Remembered | None:
        row = self._session.get(IdempotencyRow, key)
        if row is None:
            return None
        return Remembered(row.key, row.method, row.args_sha256, row.result_json, _aware(row.created))

    def remember(self, entry: Remembered) -> None:
        self._session.add(IdempotencyRow(**vars(entry)))
        self._session.flush()


def _aware(instant: datetime) -> datetime:
    """SQLite forgets the zone; all our instants are UTC."""
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _decision(request: ChangeRequest) -> dict[str, Any]:
    return {"state": request.state.value, "facts": _REQUEST.dump_json(request).decode()}


def _customer_columns(customer: Customer) -> dict[str, Any]:
    plain = ("name", "country", "language", "version", "reseller_id", "is_reseller", "business")
    return {
        **{name: getattr(customer, name) for name in plain},
        **vars(customer.address),
        "tax_id": customer.tax_id,
        "tax_id_checked": customer.tax_id_checked,
        "currency": customer.currency,
        "buyer_reference": customer.buyer_reference,
        "portal": customer.portal.value,
        "standing_recipients": _NAMES.dump_json(customer.standing_recipients).decode(),
    }


def _contact_row(customer_id: str, position: int, contact: Contact) -> ContactRow:
    return ContactRow(
        customer_id=customer_id, position=position, email=contact.email, name=contact.name,
        email_folded=contact.email.strip().casefold(), role=contact.role.value, language=contact.language,
    )  # fmt: skip


def _invoice_columns(invoice: Invoice) -> dict[str, Any]:
    plain = ("number", "customer_id", "currency", "paid_on", "issued", "due", "language", "corrects")
    return {
        **{name: getattr(invoice, name) for name in plain},
        **{name: getattr(invoice, name).minor for name in ("total", "net", "tax", "paid", "credited")},
        "subscription": invoice.subscription,
        "state": invoice.state.value,
        "kind": invoice.kind.value,
        "tax_category": invoice.treatment.category.value,
        "tax_rate": invoice.treatment.rate,
        "tax_country": invoice.treatment.country,
        "buyer": _PARTY.dump_json(invoice.buyer).decode(),
        "lines": _LINES.dump_json(invoice.lines).decode(),
    }


def _invoice(row: InvoiceRow) -> Invoice:
    """Derived fields are placeholders: the core works them out for its today."""
    plain = ("number", "customer_id", "currency", "paid_on", "issued", "due", "language", "corrects")
    amounts: dict[str, Any] = {name: Money(getattr(row, name), row.currency) for name in _AMOUNTS}
    return Invoice(
        **{name: getattr(row, name) for name in plain}, **amounts, subscription=row.subscription,
        state=InvoiceState(row.state), kind=InvoiceKind(row.kind), payment=Payment.OPEN, overdue=False,
        remaining=Money(row.total, row.currency), buyer=_PARTY.validate_json(row.buyer),
        treatment=TaxTreatment(TaxCategory(row.tax_category), row.tax_rate, row.tax_country),
        lines=_LINES.validate_json(row.lines),
    )  # fmt: skip


_AMOUNTS = ("total", "net", "tax", "paid", "credited")
_SUBSCRIPTION = (
    "number", "customer_id", "plan", "seats", "starts", "renews", "last_day_to_cancel", "licence_reason", "sold_by",
)  # fmt: skip


def _subscription_row(value: Subscription) -> SubscriptionRow:
    return SubscriptionRow(
        **{name: getattr(value, name) for name in _SUBSCRIPTION},
        next_amount=value.next_amount.minor, currency=value.next_amount.currency, state=value.state.value,
        licence=value.licence.value, kind=value.kind.value,
    )  # fmt: skip


def _subscription(row: SubscriptionRow) -> Subscription:
    return Subscription(
        **{name: getattr(row, name) for name in _SUBSCRIPTION},
        next_amount=Money(row.next_amount, row.currency), state=SubscriptionState(row.state),
        licence=Licence(row.licence), kind=SubscriptionKind(row.kind),
    )  # fmt: skip
