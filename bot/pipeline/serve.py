"""Serve one request: policy, handler, deeds. What it leaves behind are facts; rows are made elsewhere."""

import logging
from dataclasses import dataclass, field
from datetime import date

import billing
from bot import gates
from bot.context import Act, Context, Delivery, Filed, Grant, Nobody, NotPermitted, Promise, Stop, Written
from bot.intents import Intent, MissingSlots, Risk
from bot.messages import Actor, Language, SlotValue, Trust
from bot.outcomes import AgentDecides, Earlier, Item, Missing, NotAllowed, Outcome, Unavailable, WhichAccount

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """One request of one person, ready to be served."""

    intent: Intent
    slots: dict[str, SlotValue]
    actor: Actor
    language: Language
    case: str
    key: str  # idempotency key: channel, message, place in the message
    grant: Grant = field(default_factory=Grant)
    written: Written = field(default_factory=Written)
    earlier: tuple[Earlier, ...] = ()

    @property
    def item(self) -> Item:
        """The request named in words."""
        return Item(self.intent.name, self.intent.ask_from(self.slots))


@dataclass(frozen=True)
class Served:
    """How it ended, and what must be written, parked or promised because of it."""

    outcome: Outcome
    deliveries: tuple[Delivery, ...] = ()
    promises: tuple[Promise, ...] = ()
    parked: bool = False
    for_agent: bool = False
    filed: tuple[Filed, ...] = ()
    calls: tuple[str, ...] = ()  # why a person is wanted: keys of the words `why`


def serve(wish: Wish, core: billing.BillingCore, today: date) -> Served:
    """Run the handler up to its end or to the first deed that needs a yes. Raises only what is our own bug."""
    try:
        ask = wish.intent.ask_from(wish.slots)
    except MissingSlots as missing:
        return Served(Missing(wish.intent.name, missing.names, _candidates(wish, core)))
    risk = wish.intent.risk(ask)
    if not gates.may_ask(wish.intent, risk, wish.actor):
        return Served(NotAllowed())
    if wish.actor.customer_id is None:
        return _serve_nobody(wish, ask)
    customer = core.customer(wish.actor.customer_id)
    file_address = wish.actor.contact_email or customer.billing_email
    if file_address is None:
        return Served(NotAllowed())  # nobody on file: nobody to serve
    act = _act(wish, core, customer, risk)
    ctx = Context(
        customer,
        core,
        act,
        wish.actor,
        file_address,
        today,
        wish.case,
        wish.language,
        wish.written,
        wish.earlier,
    )
    try:
        outcome = wish.intent.handler(ask, ctx)
    except Stop as stop:
        outcome = AgentDecides(wish.item, wish.case) if stop.for_agent and not stop.filed else stop.outcome
        return Served(outcome, parked=True, for_agent=stop.for_agent, filed=stop.filed, calls=tuple(act.calls))
    except NotPermitted:
        return Served(NotAllowed())
    except billing.Unavailable:
        return Served(Unavailable())
    return Served(outcome, tuple(act.deliveries), tuple(act.promises), calls=tuple(act.calls))


def _serve_nobody(wish: Wish, ask: object) -> Served:
    if wish.intent.for_anyone:
        nobody = Nobody(wish.actor, wish.case, wish.language, wish.written)
        return Served(wish.intent.handler(ask, nobody), calls=tuple(nobody.calls))
    return Served(WhichAccount() if wish.actor.trust in (Trust.INTERNAL, Trust.AGENT) else NotAllowed())


def _act(wish: Wish, core: billing.BillingCore, customer: billing.Customer, risk: Risk) -> Act:
    file = on_file(customer)
    kind = billing.ActorKind.AGENT if wish.grant.agent or not wish.actor.contact_email else billing.ActorKind.CUSTOMER
    by = billing.Actor(kind, wish.grant.agent or wish.actor.address, wish.key.split(":")[0], wish.key)
    return Act(
        core, customer.id, by, wish.key,
        gate=lambda recipients: gates.before_deed(risk, wish.actor, recipients, file), grant=wish.grant,
    )  # fmt: skip


def on_file(customer: billing.Customer) -> gates.Recipients:
    """The addresses that policy calls on file: contacts and standing recipients."""
    addresses = {contact.email for contact in customer.contacts} | set(customer.standing_recipients)
    return gates.Recipients(frozenset(address.casefold() for address in addresses))


def _candidates(wish: Wish, core: billing.BillingCore) -> tuple[str, ...]:
    if wish.actor.customer_id is None or not wish.actor.contact_email:
        return ()
    return tuple(invoice.number for invoice in core.invoices(wish.actor.customer_id, "open"))[:5]
