"""The SQL store: rows in, values out, inside the caller's transaction. It never commits."""

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import case, delete, text, tuple_, update
from sqlmodel import Session, col, select

from billing.embedded.tables import (
    ChangeRequestRow,
    ContactRow,
    CustomerRow,
    DocumentRow,
    DomainRow,
    DueRow,
    EventRow,
    IdempotencyRow,
    InvoiceRow,
    MatterRow,
    PaymentRow,
    QuoteRow,
    SeriesRow,
    SetupTokenRow,
    SubscriptionRow,
)
from billing.matters import Dispute, DomainEvent, Due, DueKind, Proof, Receipt
from billing.store import Matter, Remembered, Slice
from billing.values import (
    Address,
    ChangeRequest,
    ChangeState,
    Collection,
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
    Show,
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
_FACTS = TypeAdapter(dict[str, str])
_MATTERS: dict[str, TypeAdapter[Any]] = {"Proof": TypeAdapter(Proof), "Dispute": TypeAdapter(Dispute)}
NUMBERS_LOCK = 7_418_221  # any number of our own: PostgreSQL's advisory lock while numbers are given


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
            address=Address(row.street, row.extra, row.postcode, row.city), muted=_NAMES.validate_json(row.muted),
        )  # fmt: skip

    def _contacts(self, customer_id: str) -> tuple[Contact, ...]:
        query = select(ContactRow).where(ContactRow.customer_id == customer_id).order_by(col(ContactRow.position))
        rows = self._session.exec(query).all()
        return tuple(Contact(r.email, r.name, ContactRole(r.role), r.language, r.phone) for r in rows)

    def _domains(self, customer_id: str) -> tuple[str, ...]:
        query = select(DomainRow.domain).where(DomainRow.customer_id == customer_id)
        return tuple(self._session.exec(query.order_by(col(DomainRow.position))).all())

    def add_customer(self, customer: Customer) -> None:
        self._session.add(CustomerRow(id=customer.id, **_customer_columns(customer)))
        self._session.flush()
        self._add_contacts(customer)
        for position, domain in enumerate(customer.domains):
            self._session.add(DomainRow(customer_id=customer.id, domain=domain.casefold(), position=position))
        self._session.flush()

    def _add_contacts(self, customer: Customer) -> None:
        for position, contact in enumerate(customer.contacts):
            self._session.add(_contact_row(customer.id, position, contact))

    def change_customer(self, customer: Customer, *, seen: int) -> bool:
        found = update(CustomerRow).where(col(CustomerRow.id) == customer.id, col(CustomerRow.version) == seen)
        if not self._changed_one(found.values(**_customer_columns(customer))):
            return False
        if self._contacts(customer.id) != customer.contacts:
            for row in self._session.exec(select(ContactRow).where(ContactRow.customer_id == customer.id)):
                self._session.delete(row)  # one by one: whatever else the caller holds in this session stays there
            self._session.flush()
            self._add_contacts(customer)
            self._session.flush()
        return True

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

    def invoice_slice(self, customer_id: str, part: Slice) -> tuple[Invoice, ...]:
        place = tuple_(col(InvoiceRow.issued), col(InvoiceRow.number))
        query = (
            select(InvoiceRow)
            .where(InvoiceRow.customer_id == customer_id, col(InvoiceRow.issued).between(part.since, part.until))
            .where(*_shown(part))
            .order_by(col(InvoiceRow.issued).desc(), col(InvoiceRow.number).desc())
        )
        if part.after is not None:
            query = query.where(place < tuple_(*part.after))
        return tuple(_invoice(row) for row in self._session.exec(query.limit(part.limit)).all())

    def invoice_numbers(self, customer_id: str) -> tuple[str, ...]:
        query = select(InvoiceRow.number).where(InvoiceRow.customer_id == customer_id)
        return tuple(self._session.exec(query).all())

    def add_invoice(self, invoice: Invoice) -> None:
        self._session.add(InvoiceRow(**_invoice_columns(invoice)))
        self._session.flush()

    def delete_draft(self, number: str) -> None:
        draft = delete(InvoiceRow).where(col(InvoiceRow.number) == number)
        self._session.connection().execute(draft.where(col(InvoiceRow.state) == InvoiceState.DRAFT.value))
        self._session.expire_all()

    def change_invoice(self, number: str, invoice: Invoice) -> None:
        found = update(InvoiceRow).where(col(InvoiceRow.number) == number)
        self._changed_one(found.values(**_invoice_columns(invoice)))

    def add_payment(self, receipt: Receipt) -> None:
        row = PaymentRow(
            invoice_number=receipt.invoice, amount=receipt.amount.minor, currency=receipt.amount.currency,
            paid_on=receipt.day, method=receipt.method, reference=receipt.reference,
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()

    def payments(self, number: str) -> tuple[Receipt, ...]:
        query = select(PaymentRow).where(PaymentRow.invoice_number == number).order_by(col(PaymentRow.id))
        return tuple(
            Receipt(row.invoice_number, Money(row.amount, row.currency), row.paid_on, row.method, row.reference)
            for row in self._session.exec(query).all()
        )

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

    def change_subscription(self, subscription: Subscription) -> None:
        self._session.merge(_subscription_row(subscription))
        self._session.flush()

    def quote(self, quote_id: str) -> Quote | None:
        row = self._session.get(QuoteRow, quote_id)
        return _QUOTE.validate_json(row.facts) if row else None

    def quote_of_number(self, number: str) -> Quote | None:
        facts = self._session.exec(select(QuoteRow.facts).where(QuoteRow.number == number)).first()
        return _QUOTE.validate_json(facts) if facts else None

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

    # Proofs and disputes

    def matter(self, kind: type[Matter], matter_id: str) -> Matter | None:
        row = self._session.get(MatterRow, matter_id)
        return _matter(row, kind) if row and row.kind == kind.__name__ else None

    def matters(self, kind: type[Matter], customer_id: str) -> tuple[Matter, ...]:
        query = select(MatterRow).where(MatterRow.customer_id == customer_id, MatterRow.kind == kind.__name__)
        rows = self._session.exec(query.order_by(col(MatterRow.id).desc())).all()
        return tuple(_matter(row, kind) for row in rows)

    def add_matter(self, matter: Proof | Dispute) -> None:
        row = MatterRow(id=matter.id, kind=type(matter).__name__, customer_id=matter.customer_id, **_settled(matter))
        self._session.add(row)
        self._session.flush()

    def settle_matter(self, matter: Proof | Dispute, *, seen: str) -> bool:
        unsettled = update(MatterRow).where(col(MatterRow.id) == matter.id, col(MatterRow.state) == seen)
        return self._changed_one(unsettled.values(**_settled(matter)))

    # The schedule

    def plan(self, due: Due) -> None:
        row = DueRow(kind=due.kind.value, subject=due.subject, day=due.day, attempts=due.attempts)
        self._session.merge(row)
        self._session.flush()

    def unplan(self, kind: DueKind, subject: str) -> None:
        done = delete(DueRow).where(col(DueRow.kind) == kind.value, col(DueRow.subject) == subject)
        self._session.connection().execute(done)
        self._session.expire_all()

    def planned(self, until: date, limit: int, *, lock: bool) -> tuple[Due, ...]:
        """On PostgreSQL the rows are locked, and what another worker has locked is left out: it does that."""
        order = (col(DueRow.day), col(DueRow.kind), col(DueRow.subject))
        query = select(DueRow).where(DueRow.day <= until).order_by(*order).limit(limit)
        if lock:
            query = query.with_for_update(skip_locked=True)
        rows = self._session.exec(query).all()
        return tuple(Due(DueKind(row.kind), row.subject, row.day, row.attempts) for row in rows)

    # Events

    def add_event(self, event: DomainEvent) -> None:
        xact = self._session.connection().execute(text(_XACT)).scalar_one() if self._on_postgres else 0
        row = EventRow(
            xact=xact, kind=event.kind, customer_id=event.customer_id, subject=event.subject,
            facts=_FACTS.dump_json(event.facts).decode(), created=event.created,
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()

    def events(self, after: str, limit: int) -> tuple[DomainEvent, ...]:
        """Ids are given before they are committed, so on PostgreSQL a reader could pass one that appears later:
        only what is older than every other running transaction is shown. SQLite has one writer, and no such gap."""
        xact, _, place = after.partition(":")
        order = (col(EventRow.xact), col(EventRow.id))
        query = select(EventRow).where(tuple_(*order) > tuple_(int(xact or 0), int(place or 0)))
        if self._on_postgres:
            oldest, own = self._session.connection().execute(text(_OLDEST_RUNNING)).one()
            query = query.where(col(EventRow.xact) < (oldest + 1 if oldest == own else oldest))
        return tuple(_event(row) for row in self._session.exec(query.order_by(*order).limit(limit)).all())

    @property
    def _on_postgres(self) -> bool:
        return self._session.get_bind().dialect.name == "postgresql"

    # Numbers

    def forget_in_events(self, customer_id: str, value: str, instead: str) -> None:
        for row in self._session.exec(select(EventRow).where(EventRow.customer_id == customer_id)):
            facts = _FACTS.validate_json(row.facts)
            kept = {k: instead if v.casefold() == value.casefold() else v for k, v in facts.items()}
            if kept != facts:
                row.facts = _FACTS.dump_json(kept).decode()
        self._session.flush()

    def next_number(self, series: str) -> int:
        """The update locks the row until the caller's transaction ends; its rollback gives the number back.

        On PostgreSQL one lock stands before all series: two transactions that take numbers of the same two
        series in different order would wait for each other.
        """
        if self._on_postgres:
            self._session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": NUMBERS_LOCK})
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

    def forget_keys(self, before: datetime) -> None:
        self._session.connection().execute(delete(IdempotencyRow).where(col(IdempotencyRow.created) < before))
        self._session.expire_all()


_XACT = "SELECT pg_current_xact_id()::text::bigint"
_OLDEST_RUNNING = """
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_current_xact_id_if_assigned()::text::bigint
"""
_ISSUED = (InvoiceState.FINALISED.value, InvoiceState.CORRECTED.value)


def _shown(part: Slice) -> tuple[Any, ...]:
    """What `rules.shown` says, for the database."""
    row, settled = InvoiceRow, col(InvoiceRow.paid) + col(InvoiceRow.credited)
    issued, invoice = col(row.state).in_(_ISSUED), col(row.kind) == InvoiceKind.INVOICE.value
    owed = (issued, invoice, settled < col(row.total))
    return {
        Show.ALL: (col(row.state) != InvoiceState.DRAFT.value,),
        Show.LATEST: (issued, invoice),
        Show.OPEN: owed,
        Show.OVERDUE: (*owed, col(row.due) < part.today),
        Show.PAID: (issued, (settled >= col(row.total)) | ~invoice),
    }[part.show]


def _matter(row: MatterRow, kind: type[Matter]) -> Matter:
    found = _MATTERS[row.kind].validate_json(row.facts)
    assert isinstance(found, kind)
    return found


def _settled(matter: Proof | Dispute) -> dict[str, Any]:
    facts = _MATTERS[type(matter).__name__].dump_json(matter).decode()
    return {"state": matter.state.value, "facts": facts}


def _event(row: EventRow) -> DomainEvent:
    facts = _FACTS.validate_json(row.facts)
    return DomainEvent(f"{row.xact}:{row.id}", row.kind, row.customer_id, row.subject, facts, _aware(row.created))


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
        "muted": _NAMES.dump_json(customer.muted).decode(),
    }


def _contact_row(customer_id: str, position: int, contact: Contact) -> ContactRow:
    return ContactRow(
        customer_id=customer_id, position=position, email=contact.email, name=contact.name,
        email_folded=contact.email.strip().casefold(), role=contact.role.value, language=contact.language,
        phone=contact.phone,
    )  # fmt: skip


def _invoice_columns(invoice: Invoice) -> dict[str, Any]:
    plain = ("number", "customer_id", "currency", "paid_on", "issued", "due", "language", "corrects")
    return {
        **{name: getattr(invoice, name) for name in plain},
        **{name: getattr(invoice, name).minor for name in ("total", "net", "tax", "paid", "credited")},
        "subscription": invoice.subscription,
        "collection": invoice.collection.value,
        "held_until": invoice.held_until,
        "held_for": invoice.held_for,
        "exchange": invoice.exchange,
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
        lines=_LINES.validate_json(row.lines), collection=Collection(row.collection), held_until=row.held_until,
        held_for=row.held_for, exchange=row.exchange,
    )  # fmt: skip


_AMOUNTS = ("total", "net", "tax", "paid", "credited")
_SUBSCRIPTION = (
    "number", "customer_id", "plan", "seats", "starts", "renews", "last_day_to_cancel", "licence_reason", "sold_by",
    "licence_until", "ends",
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
