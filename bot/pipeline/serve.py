"""Serve one request: policy, handler, deeds. What it leaves behind are facts; rows are made elsewhere."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import billing
from bot import gates
from bot.context import Act, Context, Delivery, Filed, Grant, Nobody, NotPermitted, Promise, Stop, Written
from bot.intents import Intent, MissingSlots, Risk
from bot.likeness import is_free
from bot.messages import Actor, Language, Role, SlotValue, Trust
from bot.outcomes import (
    AgentDecides,
    Earlier,
    Item,
    Missing,
    NotAllowed,
    Outcome,
    Unavailable,
    WhichAccount,
    WithPerson,
)

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
    earlier: Callable[[], tuple[Earlier, ...]] = tuple
    with_person: Callable[[], tuple[WithPerson, ...]] = tuple
    tries: Callable[[], int] = lambda: 0  # how often this sender asked for the same within a day, before this message

    @property
    def item(self) -> Item:
        """The request named in words; one that still lacks something, by the name of its intent alone."""
        try:
            return Item(self.intent.name, self.intent.ask_from(self.slots))
        except MissingSlots:
            return Item(self.intent.name, None)


@dataclass(frozen=True)
class Served:
    """How it ended, and what must be written, parked or promised because of it."""

    outcome: Outcome
    deliveries: tuple[Delivery, ...] = ()
    promises: tuple[Promise, ...] = ()
    parked: bool = False
    parked_id: str = ""  # where it was parked, or its question is remembered
    for_agent: bool = False
    filed: tuple[Filed, ...] = ()
    calls: tuple[str, ...] = ()  # why a person is wanted: keys of the words `why`


def serve(wish: Wish, core: billing.BillingCore, today: date) -> Served:
    """Run the handler up to its end or to the first deed that needs a yes. Raises only what is our own bug."""
    try:
        ask = wish.intent.ask_from(wish.slots)
    except MissingSlots as missing:
        return Served(_ask_first(wish, core, missing.names))
    risk = wish.intent.risk(ask)
    if not gates.may_ask(wish.intent, risk, wish.actor):
        return Served(NotAllowed())
    if wish.actor.customer_id is None:
        return _serve_nobody(wish, ask)
    customer = core.customer(wish.actor.customer_id)
    file_address = wish.actor.contact_email or customer.billing_email
    if file_address is None:
        return Served(NotAllowed())  # nobody on file: nobody to serve
    ctx = Context(
        customer,
        core,
        _act(wish, core, customer, risk),
        wish.actor,
        file_address,
        today,
        wish.case,
        wish.language,
        wish.written,
        wish.earlier,
        wish.with_person,
        wish.tries,
    )
    return _handled(wish, ask, ctx)


def _handled(wish: Wish, ask: object, ctx: Context) -> Served:
    act, customer, core = ctx.act, ctx.customer, ctx.act.core
    try:
        outcome = wish.intent.handler(ask, ctx)
    except Stop as stop:
        outcome = _for_an_agent(wish, ask, customer) if stop.for_agent and not stop.filed else stop.outcome
        if isinstance(outcome, AgentDecides) and outcome.alike:
            act.call_person("look_alike_recipient")
        return Served(outcome, parked=True, for_agent=stop.for_agent, filed=stop.filed, calls=tuple(act.calls))
    except MissingSlots as missing:  # the facts want what the declaration does not
        return Served(_ask_first(wish, core, missing.names))
    except NotPermitted:
        return Served(NotAllowed())
    except billing.Unavailable:
        return Served(Unavailable())
    return Served(outcome, tuple(act.deliveries), tuple(act.promises), calls=tuple(act.calls))


def _ask_first(wish: Wish, core: billing.BillingCore, missing: tuple[str, ...]) -> Outcome:
    """What is missing; of a colleague first of all for whom, because what is offered depends on it."""
    if wish.actor.role is Role.TEAM and wish.actor.customer_id is None:
        return WhichAccount()
    return Missing(wish.intent.name, missing, _candidates(wish, core, missing))


def _for_an_agent(wish: Wish, ask: object, customer: billing.Customer) -> AgentDecides:
    """Nothing is filed: an agent looks at the request itself, and hears why."""
    return AgentDecides(wish.item, wish.case, on_file(customer).alike(getattr(ask, "recipients", ())))


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
    """The addresses that policy calls on file: contacts and standing recipients; and the domains behind them."""
    addresses = {contact.email for contact in customer.contacts} | set(customer.standing_recipients)
    domains = {address.rpartition("@")[2].casefold() for address in addresses} | set(customer.domains)
    return gates.Recipients(
        frozenset(address.casefold() for address in addresses),
        frozenset(domain for domain in domains if not is_free(domain)),
    )


def _candidates(wish: Wish, core: billing.BillingCore, missing: tuple[str, ...]) -> tuple[str, ...]:
    """What the sender may mean, of the kind that is missing: open invoices before others, or subscriptions."""
    customer = wish.actor.customer_id
    if customer is None or not (wish.actor.contact_email or wish.actor.trust in (Trust.INTERNAL, Trust.AGENT)):
        return ()
    if "invoices" in missing:
        invoices = core.invoices(customer, "open") or core.invoices(customer)
        return tuple(invoice.number for invoice in invoices)[:5]
    if "subscription" in missing:
        return tuple(one.number for one in core.subscriptions(customer))[:5]
    return ()
