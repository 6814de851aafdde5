"""Customers, invoices and quotes as JSON: what operators list, and what `guichet seed FILE.jsonl` takes in."""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from billing import terms
from billing.errors import BillingError, InvalidState, NotFound, ValidationError
from billing.matters import Dispute, Proof
from billing.protocol import BillingCore
from billing.values import (
    Actor,
    ActorKind,
    ChangeRequest,
    Contact,
    ContactRole,
    Customer,
    ImportedInvoice,
    Invoice,
    InvoiceState,
    Licence,
    Money,
    Payment,
    Quote,
    Subscription,
    SubscriptionState,
)

SYSTEM = Actor(ActorKind.SYSTEM, "seed")
LANGUAGES = ("de", "fr", "en")

# Mail domains that belong to nobody's company: sharing one proves nothing.
PUBLIC_DOMAINS = frozenset({
    "gmail.com", "googlemail.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de",
    "posteo.de", "mailbox.org", "outlook.com", "outlook.de", "outlook.fr", "hotmail.com", "hotmail.fr", "live.com",
    "live.fr", "yahoo.com", "yahoo.de", "yahoo.fr", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr",
    "bluewin.ch", "icloud.com", "me.com", "aol.com", "proton.me", "protonmail.com",
})  # fmt: skip


class SeedError(ValueError):
    """A line of the file cannot be taken in; the message names the line and what is wrong with it."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line


def as_json(value: Customer | Invoice | Quote | Subscription | Proof | Dispute | ChangeRequest) -> dict[str, Any]:
    """The value in the shape that the commands print: amounts in minor units, dates in ISO form."""
    shape: Callable[[Any], dict[str, Any]] = _SHAPES[type(value)]
    return shape(value)


def _customer_json(customer: Customer) -> dict[str, Any]:
    contacts = [
        {"email": c.email, "name": c.name, "role": c.role.value, "language": c.language} for c in customer.contacts
    ]
    plain = {"id": customer.id, "name": customer.name, "country": customer.country, "language": customer.language}
    return {**plain, "contacts": contacts}


def _invoice_json(invoice: Invoice) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "customer": invoice.customer_id,
        "state": invoice.state.value,
        "payment": invoice.payment.value,
        "currency": invoice.currency,
        "total": invoice.total.minor,
        "remaining": invoice.remaining.minor,
        "issued": invoice.issued.isoformat() if invoice.issued else None,
        "due": invoice.due.isoformat() if invoice.due else None,
    }


def _quote_json(quote: Quote) -> dict[str, Any]:
    return {
        "number": quote.number,
        "customer": quote.customer_id,
        "state": "expired" if quote.expired else quote.state.value,
        "valid_until": quote.valid_until.isoformat() if quote.valid_until else None,
        "currency": quote.currency,
        "total": quote.total.minor,
    }


def _subscription_json(held: Subscription) -> dict[str, Any]:
    return {
        "number": held.number,
        "customer": held.customer_id,
        "plan": held.plan,
        "seats": held.seats,
        "state": held.state.value,
        "licence": held.licence.value,
        "starts": held.starts.isoformat(),
        "renews": held.renews.isoformat() if held.renews else None,
        "last_day_to_cancel": held.last_day_to_cancel.isoformat() if held.last_day_to_cancel else None,
        "currency": held.next_amount.currency,
        "next_amount": held.next_amount.minor,
    }


def _matter_json(matter: Proof | Dispute) -> dict[str, Any]:
    plain = {"id": matter.id, "customer": matter.customer_id, "invoice": matter.invoice, "state": matter.state.value}
    return {**plain, "created": matter.created.isoformat(), "decided_by": matter.decided_by}


def _request_json(request: ChangeRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "customer": request.customer_id,
        "state": request.state.value,
        "changes": {name: getattr(request.changes, name) for name in request.changes.fields},
        "created": request.created.isoformat(),
        "decided_by": request.decided_by,
    }


_SHAPES: dict[type, Callable[[Any], dict[str, Any]]] = {
    Customer: _customer_json,
    Invoice: _invoice_json,
    Quote: _quote_json,
    Subscription: _subscription_json,
    Proof: _matter_json,
    Dispute: _matter_json,
    ChangeRequest: _request_json,
}


def load_jsonl(core: BillingCore, lines: Iterable[str]) -> int:
    """Take in customers, subscriptions and invoices, one a line; gives how many. A known line changes nothing.

    Raises SeedError, which names the line.
    """
    entries = [(place, line) for place, line in enumerate(lines, start=1) if line.strip()]
    for place, line in entries:
        _take_in(core, line, place)
    return len(entries)


def _take_in(core: BillingCore, line: str, place: int) -> None:
    entry = _parsed(line, place)
    digest = hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:24]
    try:
        if "plan" in entry:
            core.add_subscription(_subscription(entry), actor=SYSTEM, idem=f"seed:subscription:{digest}")
        elif "number" in entry:
            core.import_invoice(_invoice(entry), actor=SYSTEM, idem=f"seed:invoice:{digest}")
        else:
            core.add_customer(_customer(entry), actor=SYSTEM, idem=f"seed:customer:{digest}")
    except _Wrong as wrong:
        raise SeedError(place, str(wrong)) from None
    except BillingError as refused:
        raise SeedError(place, _in_words(refused, entry)) from None


def _parsed(line: str, place: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise SeedError(place, f"no JSON: {error.msg} at column {error.colno}") from None
    if not isinstance(entry, dict):
        raise SeedError(place, "not an object")
    for kind in ("customer", "invoice", "subscription"):
        if isinstance(entry.get(kind), dict):
            return dict(entry[kind])
    if "number" not in entry and "id" not in entry:
        raise SeedError(place, "neither a customer (id, name, ...) nor an invoice (number, customer, ...)")
    return entry


class _Wrong(ValueError):
    """A field that is missing or wrong, in words."""


def _in_words(refused: BillingError, entry: dict[str, Any]) -> str:
    kind = "subscription" if "plan" in entry else "invoice"
    what = f"{kind} {entry['number']}" if "number" in entry else f"customer {entry.get('id')}"
    if isinstance(refused, NotFound):
        return f"{what}: there is no customer {entry.get('customer')}"
    if isinstance(refused, InvalidState):
        return f"{what}: exists already, with other facts"
    if isinstance(refused, ValidationError):
        return f"{what}: {refused.field} is {refused.problem.replace('_', ' ')}"
    return f"{what}: {refused.code}"


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(f"{name} is missing or no text")
    return value.strip()


def _one_of(entry: dict[str, Any], name: str, allowed: Iterable[str]) -> str:
    value, known = entry.get(name), tuple(allowed)
    if value not in known:
        raise _Wrong(f"{name} must be one of {', '.join(known)}, not {value!r}")
    return str(value)


def _whole(entry: dict[str, Any], name: str) -> int:
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Wrong(f"{name} must be a whole number of minor units, not {value!r}")
    return value


def _day(entry: dict[str, Any], name: str) -> date | None:
    value = entry.get(name)
    try:
        return date.fromisoformat(value) if value is not None else None
    except (TypeError, ValueError):
        raise _Wrong(f"{name} must be a date like 2026-11-22, not {value!r}") from None


def _customer(entry: dict[str, Any]) -> Customer:
    contacts = tuple(_contact(c) for c in _objects(entry, "contacts"))
    return Customer(
        id=_text(entry, "id"),
        name=_text(entry, "name"),
        country=_text(entry, "country").upper(),
        language=_one_of(entry, "language", LANGUAGES),
        contacts=contacts,
        domains=_own_domains(contacts),
    )


def _objects(entry: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = entry.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _Wrong(f"{name} must be a list of objects")
    return value


def _contact(entry: dict[str, Any]) -> Contact:
    email = _text(entry, "email")
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@") or " " in email:
        raise _Wrong(f"email {email!r} is no address")
    role = ContactRole(_one_of(entry, "role", [r.value for r in ContactRole]))
    return Contact(email, str(entry.get("name") or ""), role, _one_of(entry, "language", LANGUAGES))


def _own_domains(contacts: tuple[Contact, ...]) -> tuple[str, ...]:
    domains = dict.fromkeys(c.email.rpartition("@")[2].casefold() for c in contacts)
    return tuple(d for d in domains if d not in PUBLIC_DOMAINS)


def _subscription(entry: dict[str, Any]) -> Subscription:
    starts, renews = _day(entry, "starts"), _day(entry, "renews")
    if starts is None or renews is None:
        raise _Wrong(f"{'starts' if starts is None else 'renews'} is missing")
    states = (SubscriptionState.ACTIVE, SubscriptionState.SCHEDULED, SubscriptionState.ENDED)
    return Subscription(
        number=_text(entry, "number"),
        customer_id=_text(entry, "customer"),
        plan=_text(entry, "plan"),
        seats=_whole(entry, "seats"),
        starts=starts,
        renews=renews,
        last_day_to_cancel=_day(entry, "last_day_to_cancel") or terms.last_day(renews),
        next_amount=Money(_whole(entry, "next_amount"), _text(entry, "currency").upper()),
        state=SubscriptionState(_one_of({"state": "active"} | entry, "state", [s.value for s in states])),
        licence=Licence(_one_of({"licence": "active"} | entry, "licence", [x.value for x in Licence])),
    )


def _invoice(entry: dict[str, Any]) -> ImportedInvoice:
    currency = _text(entry, "currency").upper()
    payment = Payment(_one_of(entry, "payment", [p.value for p in Payment]))
    total, remaining = _whole(entry, "total"), _whole(entry, "remaining")
    state = InvoiceState(_one_of(entry, "state", [s.value for s in InvoiceState if s != InvoiceState.DELETED]))
    if state in (InvoiceState.FINALISED, InvoiceState.CORRECTED):
        _check_agreement(payment, total, remaining)
    return ImportedInvoice(
        number=_text(entry, "number"),
        customer_id=_text(entry, "customer"),
        state=state,
        total=Money(total, currency),
        remaining=Money(remaining, currency),
        issued=_day(entry, "issued"),
        due=_day(entry, "due"),
    )


def _check_agreement(payment: Payment, total: int, remaining: int) -> None:
    """`payment` is derived from the amounts here, so a file that says otherwise would be read wrongly."""
    fits = {
        Payment.OPEN: remaining == total,
        Payment.PARTLY_PAID: 0 < remaining < total,
        Payment.PAID: remaining == 0,
        Payment.OVERPAID: remaining < 0,  # by how much: else nobody could pay it back
    }[payment]
    if not fits:
        raise _Wrong(f"payment {payment.value} does not fit total {total} and remaining {remaining}")
