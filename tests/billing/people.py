"""Customers, invoices and actors for the tests of the billing core."""

import itertools
from dataclasses import replace
from datetime import date, timedelta

from billing.desk import Desk
from billing.values import (
    Actor,
    ActorKind,
    Address,
    Contact,
    ContactRole,
    Customer,
    Invoice,
    Line,
    Money,
    NewInvoice,
    Subscription,
    SubscriptionKind,
)

TODAY = date(2026, 11, 22)
SYSTEM = Actor(ActorKind.SYSTEM, "tests")
ANNA = Actor(ActorKind.CUSTOMER, "anna@acme.example", "email", "m1")
AGENT = Actor(ActorKind.AGENT, "U1", "slack")
OTHER_AGENT = Actor(ActorKind.AGENT, "U2", "slack")

ACME = Customer(
    "acme",
    "Acme Möbel GmbH",
    "DE",
    "de",
    contacts=(
        Contact("Buchhaltung@acme.example", "Berta Buch", ContactRole.BILLING, "de"),
        Contact("anna@acme.example", "Anna Adler", ContactRole.OWNER, "de"),
    ),
    standing_recipients=("archiv@acme.example",),
    domains=("acme.example",),
    tax_id="DE999999018",
    address=Address("Lange Straße 1", "", "50667", "Köln"),
)
BETA = replace(
    ACME,
    id="beta",
    name="Bêta SARL",
    country="FR",
    language="fr",
    contacts=(Contact("anna@acme.example", "Anna", ContactRole.OWNER, "fr"),),
    domains=("beta.example", "acme.example"),
    tax_id="FR29999990013",
    tax_id_checked=True,
)

_keys = itertools.count()


def key() -> str:
    """An idempotency key that was never used."""
    return f"test:{next(_keys)}"


def euro(minor: int) -> Money:
    """So many cents."""
    return Money(minor, "EUR")


def take_up(core: Desk, *customers: Customer) -> None:
    """Add customers."""
    for customer in customers:
        core.add_customer(customer, actor=SYSTEM, idem=key())


def issue(core: Desk, customer: str = "acme", net: int = 10_000, *, day: date = TODAY, **more: object) -> Invoice:
    """A finalised invoice of one line."""
    new = NewInvoice(customer, (Line("Fernblick Pro", euro(net)),), issued=day, **more)  # type: ignore[arg-type]
    draft = core.draft_invoice(new, actor=SYSTEM, idem=key())
    return core.finalise(draft.number, actor=SYSTEM, idem=key())


def subscribe(core: Desk, number: str = "SUB-1", customer: str = "acme", **facts: object) -> Subscription:
    """A subscription of three seats that renews in 40 days."""
    renews = TODAY + timedelta(days=40)
    value = Subscription(
        number, customer, "Fernblick Team", 3, date(2025, 1, 1), renews, renews - timedelta(days=28), euro(30_000)
    )
    return core.add_subscription(replace(value, **facts), actor=SYSTEM, idem=key())  # type: ignore[arg-type]


PERPETUAL = {"kind": SubscriptionKind.PERPETUAL, "renews": None, "last_day_to_cancel": None}
