"""Show a subscription: plan, seats, renewal, last day to cancel, next amount, and whether the licence runs."""

from dataclasses import dataclass
from datetime import date, timedelta

import billing
from bot.kit import Context, Done, Refused, Risk, SubscriptionNumber, intent


@dataclass(frozen=True)
class Ask:
    """Which subscription; nothing named is all that the customer has."""

    subscription: SubscriptionNumber | None = None


@dataclass(frozen=True)
class Held:
    """One subscription as it is today."""

    number: str
    plan: str
    seats: int
    state: str  # active, ending, scheduled, ended, perpetual
    starts: date
    renews: date | None
    last_day_to_cancel: date | None
    days_to_cancel: int  # up to and including the last day; -1 once it has passed
    next_amount: billing.Money  # net, a year
    licence: str  # active, provisional, inactive
    licence_reason: str = ""  # payment_default, ended, fraud
    licence_until: date | None = None  # last day of a provisional licence
    until: date | None = None  # last day of one that ends


@dataclass(frozen=True)
class Owing:
    """An overdue invoice that a licence was stopped for."""

    number: str
    remaining: billing.Money
    due: date | None
    url: str  # path on our own pages
    proof: str = ""  # "proof": we are looking at one


@dataclass(frozen=True)
class Shown(Done):
    """The one subscription that was meant."""

    held: Held
    owing: tuple[Owing, ...] = ()
    portal: str = ""  # where it is managed; empty where the portal is not in use


@dataclass(frozen=True)
class Several(Done):
    """All subscriptions, a line each."""

    every: tuple[Held, ...]
    owing: tuple[Owing, ...] = ()
    portal: str = ""


@dataclass(frozen=True)
class Perpetual(Done):
    """A licence without end: nothing renews, nothing is to be cancelled."""

    held: Held


@dataclass(frozen=True)
class Ended(Done):
    """The subscription is over."""

    held: Held


@dataclass(frozen=True)
class Reseller(Refused):
    """Bought from a reseller: we know what runs, term and price are the reseller's."""

    plan: str  # empty where we know of none
    seats: int


@dataclass(frozen=True)
class NoSubscription(Refused):
    """The customer has none."""


@dataclass(frozen=True)
class NotFound(Refused):
    """No such subscription with this customer. It may be another's: nobody learns which numbers exist."""

    subscription: str
    own: tuple[str, ...] = ()


@intent(
    "show_subscription",
    risk=Risk.R1,
    phrases={
        "de": (
            "Welchen Tarif haben wir und wann verlängert er sich?",
            "Bis wann müssen wir das Abonnement {subscription} kündigen?",
            "Wie viele Arbeitsplätze umfasst unser Abonnement?",
            "Bitte zeigen Sie mir unser Abonnement",
            "Was kostet uns das Abonnement {subscription} im nächsten Jahr?",
            "Ist unsere Lizenz noch aktiv?",
            "Wo kann ich unser Abonnement verwalten?",
            "Ich brauche die Vertragsdaten zu {subscription}",
            "Wann läuft unser Abo aus?",
        ),
        "fr": (
            "Quelle formule avons-nous et quand se renouvelle-t-elle ?",
            "Jusqu'à quand pouvons-nous résilier l'abonnement {subscription} ?",
            "Combien de postes comprend notre abonnement ?",
            "Merci de m'indiquer l'état de notre abonnement",
            "Combien coûtera l'abonnement {subscription} l'an prochain ?",
            "Notre licence est-elle toujours active ?",
            "Où puis-je gérer notre abonnement ?",
            "J'aurais besoin des données contractuelles de {subscription}",
            "Quand expire notre abonnement ?",
        ),
        "en": (
            "Which plan do we have and when does it renew?",
            "What is the last day to cancel subscription {subscription}?",
            "How many seats does our subscription include?",
            "Please show me our subscription",
            "How much will subscription {subscription} cost next year?",
            "Is our licence still active?",
            "Where can I manage our subscription?",
            "I need the contract details for {subscription}",
            "When does our subscription run out?",
        ),
    },
)
def show_subscription(
    ask: Ask, ctx: Context
) -> Shown | Several | Perpetual | Ended | Reseller | NoSubscription | NotFound:
    """Look at what the customer has, and say what to do about a licence that was stopped."""
    every = ctx.billing.subscriptions(ctx.customer.id)
    if ctx.customer.reseller_id or (every and all(one.sold_by for one in every)):
        return Reseller(every[0].plan, every[0].seats) if every else Reseller("", 0)
    if not every:
        return NoSubscription()
    meant = _meant(ask, every, ctx)
    if not meant:
        return NotFound(str(ask.subscription), tuple(one.number for one in every))
    owing = _owing(meant, ctx)
    if len(meant) > 1:
        return Several(tuple(_held(one, ctx.today) for one in meant), owing, _portal(ctx))
    held = _held(meant[0], ctx.today)
    if held.state == "perpetual":
        return Perpetual(held)
    return Ended(held) if held.state == "ended" else Shown(held, owing, _portal(ctx))


def _meant(ask: Ask, every: tuple[billing.Subscription, ...], ctx: Context) -> tuple[billing.Subscription, ...]:
    """The one of that number; without a number all that still run, or all if none does."""
    if not ask.subscription:
        return tuple(one for one in every if one.state != billing.SubscriptionState.ENDED) or every
    try:
        return (ctx.billing.subscription(ask.subscription, of=ctx.customer.id),)
    except billing.Ambiguous as several:
        return tuple(one for one in every if one.number in several.candidates)
    except billing.NotFound:
        return ()


def _held(one: billing.Subscription, today: date) -> Held:
    last = one.last_day_to_cancel
    return Held(
        one.number, one.plan, one.seats, _state(one), one.starts, one.renews, last,
        (last - today).days if last and last >= today else -1,
        one.next_amount, one.licence.value, one.licence_reason, one.licence_until,
        one.ends - timedelta(days=1) if one.ends else None,
    )  # fmt: skip


def _state(one: billing.Subscription) -> str:
    if one.kind == billing.SubscriptionKind.PERPETUAL:
        return "perpetual"
    return "ending" if one.state == billing.SubscriptionState.NON_RENEWING else one.state.value


def _owing(meant: tuple[billing.Subscription, ...], ctx: Context) -> tuple[Owing, ...]:
    """What a licence was stopped for: the overdue invoices of that subscription, or else all that are overdue."""
    stopped = {one.number for one in meant if one.licence_reason == "payment_default"}
    if not stopped:
        return ()
    overdue = ctx.billing.invoices(ctx.customer.id, "overdue")
    theirs = [one for one in overdue if one.subscription in stopped] or overdue
    return tuple(_one_owing(invoice, ctx) for invoice in theirs)


def _one_owing(invoice: billing.Invoice, ctx: Context) -> Owing:
    link = ctx.billing.pay_link(invoice.number, of=ctx.customer.id)
    looked_at = invoice.held_for == "proof" and invoice.held_until is not None and invoice.held_until >= ctx.today
    return Owing(invoice.number, link.amount, invoice.due, link.url, "proof" if looked_at else "")


def _portal(ctx: Context) -> str:
    try:
        return ctx.billing.portal_link(ctx.customer.id, "subscription")
    except billing.NotEligible:
        return ""
