"""Offer the best better plan at today's price. A yes to it orders it, and our support decides."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import billing
from bot.kit import Context, Done, Plan, Question, Refused, Risk, SubscriptionNumber, Trust, Waiting, intent

LADDER = ("remote-access", "business", "premium", "corporate", "tensor")  # each holds what the one before it holds
BESIDE = ("assist-ar", "remote-management")  # products of their own: neither smaller nor bigger


@dataclass(frozen=True)
class Ask:
    """The plan wished for, and for which subscription; nothing named is the best offer for the only one."""

    plan: Plan | None = None
    subscription: SubscriptionNumber | None = None


@dataclass(frozen=True)
class Terms:
    """What an offer says. All amounts are net.

    A yes is bound to what stands in the repr. The price of the rest of the term falls with every day, so it is left
    out: a yes of yesterday orders at today's price, which is lower, as long as plan, seats, term and yearly price are
    those that were shown.
    """

    subscription: str
    plan_now: str
    plan: str
    seats: int
    yearly_now: billing.Money
    yearly: billing.Money
    until: date  # last day of the running term
    price_now: billing.Money = field(repr=False)
    new_part: billing.Money = field(repr=False)  # the new plan until then
    unused: billing.Money = field(repr=False)  # what was paid for the old one until then, as a positive amount
    valid_until: date = field(repr=False)


@dataclass(frozen=True)
class Candidate:
    """A subscription that there is an offer for."""

    number: str
    plan: str
    seats: int


@dataclass(frozen=True)
class ShallIOrder(Question):
    """The offer; a yes orders exactly this."""

    choices = ("yes", "no")

    offer: Terms
    asked: str = ""  # the plan that was named and is not to be had: a key of the words `plans`, or its name
    portal: str = ""


@dataclass(frozen=True)
class Offered(Done):
    """The offer, for one of our own people: only the customer or an agent may order."""

    offer: Terms
    asked: str = ""


@dataclass(frozen=True)
class Ordered(Waiting):
    """The receipt of the order."""

    offer: Terms
    case: str


@dataclass(frozen=True)
class Upgraded(Done):
    """Our support agreed; the new plan runs."""

    subscription: str
    plan: str
    seats: int
    price_now: billing.Money
    yearly: billing.Money


@dataclass(frozen=True)
class BestAlready(Refused):
    """There is nothing better."""

    subscription: str
    plan: str


@dataclass(frozen=True)
class ByHand(Waiting):
    """The plan is not in our catalogue: our support makes the offer."""

    subscription: str
    plan: str
    case: str


@dataclass(frozen=True)
class SmallerPlan(Waiting):
    """Less than now is no upgrade: our support looks at it, and the day until which it helps is named."""

    subscription: str
    plan: str
    asked: str  # key of the words `plans`, or a name of the catalogue
    renews: date | None
    last_day: date | None
    case: str


@dataclass(frozen=True)
class Ending(Refused):
    """The subscription is cancelled."""

    subscription: str
    until: date | None


@dataclass(frozen=True)
class WhichSubscription(Question):
    """There are offers for several subscriptions."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class NotFound(Refused):
    """No such subscription with this customer. It may be another's: nobody learns which numbers exist."""

    subscription: str


@dataclass(frozen=True)
class NoSubscription(Refused):
    """There is nothing that could be upgraded."""


@dataclass(frozen=True)
class Reseller(Refused):
    """Bought from a reseller, who makes the offer."""


@dataclass(frozen=True)
class Perpetual(Refused):
    """A perpetual licence has no plan."""


@dataclass(frozen=True)
class Ended(Refused):
    """The subscription has ended."""


@intent(
    "upgrade_subscription",
    risk=Risk.R1,  # an offer; the order asks for a yes to exactly it, and then an agent decides
    phrases={
        "de": (
            "Wir möchten auf {plan} wechseln",
            "Was würde ein Wechsel zu {plan} kosten?",
            "Bitte machen Sie uns ein Angebot für einen größeren Tarif",
            "Unser Tarif reicht nicht mehr aus, was können Sie uns anbieten?",
            "Upgrade des Abonnements {subscription} auf {plan}",
            "Wir brauchen mehr Funktionen und wollen einen höheren Tarif",
            "Welches ist das beste Angebot für ein Upgrade von {subscription}?",
            "Können wir unser Abonnement {subscription} hochstufen?",
            "Ich interessiere mich für ein Upgrade unserer Lizenz",
        ),
        "fr": (
            "Nous souhaitons passer à {plan}",
            "Combien coûterait le passage à {plan} ?",
            "Merci de nous proposer une formule supérieure",
            "Notre formule ne suffit plus, que pouvez-vous nous proposer ?",
            "Mise à niveau de l'abonnement {subscription} vers {plan}",
            "Il nous faut plus de fonctions, nous voulons une formule plus complète",
            "Quelle est la meilleure offre pour faire évoluer {subscription} ?",
            "Pouvons-nous faire évoluer notre abonnement {subscription} ?",
            "Je suis intéressé par une mise à niveau de notre licence",
        ),
        "en": (
            "We would like to upgrade to {plan}",
            "What would it cost to move to {plan}?",
            "Please make us an offer for a bigger plan",
            "Our plan is no longer enough, what can you offer us?",
            "Upgrade subscription {subscription} to {plan}",
            "We need more features and want a higher plan",
            "What is the best offer for upgrading {subscription}?",
            "Can we upgrade our subscription {subscription}?",
            "I am interested in an upgrade of our licence",
        ),
    },
)
def upgrade_subscription(
    ask: Ask, ctx: Context
) -> (
    ShallIOrder
    | Offered
    | Ordered
    | Upgraded
    | BestAlready
    | ByHand
    | SmallerPlan
    | Ending
    | WhichSubscription
    | NotFound
    | NoSubscription
    | Reseller
    | Perpetual
    | Ended
):
    """Find the offer, show it, and order it after the yes."""
    meant = _meant(ask, ctx)
    if not isinstance(meant, tuple):
        return meant
    if all(_is_smaller(ask.plan or "", one.plan, ctx) for one in meant):
        return _smaller(meant[0], ask, ctx)
    looked_at = [(one, _offer(one, ask, ctx)) for one in meant]
    found = [(one, offer) for one, offer in looked_at if isinstance(offer, billing.Offer)]
    if len(found) > 1:
        return WhichSubscription(tuple(Candidate(one.number, one.plan, one.seats) for one, _ in found))
    if not found:
        one, why = looked_at[0]
        return _refusal(one, str(why), ctx)
    one, offer = found[0]
    return _order(one, offer, ask, ctx)


def _order(
    one: billing.Subscription, offer: billing.Offer, ask: Ask, ctx: Context
) -> ShallIOrder | Offered | Ordered | Upgraded:
    terms, asked = _terms(one, offer), _not_to_be_had(ask, one, offer, ctx)
    if ctx.actor.trust is Trust.INTERNAL:
        return Offered(terms, asked)
    question = ShallIOrder(terms, asked, _portal(ctx))
    ordered = ctx.act.order_upgrade(offer.id, question=question, waiting=Ordered(terms, ctx.case))
    final = ordered.offer or offer
    return Upgraded(final.subscription, final.plan, final.seats, final.price_now, final.next_amount)


def _meant(
    ask: Ask, ctx: Context
) -> tuple[billing.Subscription, ...] | WhichSubscription | NotFound | NoSubscription | Reseller:
    """The subscription of that number, or all that have not ended."""
    if ctx.customer.reseller_id:
        return Reseller()
    every = ctx.billing.subscriptions(ctx.customer.id)
    if not ask.subscription:
        return tuple(one for one in every if one.state != billing.SubscriptionState.ENDED) or every or NoSubscription()
    try:
        return (ctx.billing.subscription(ask.subscription, of=ctx.customer.id),)
    except billing.Ambiguous as several:
        fitting = (one for one in every if one.number in several.candidates)
        return WhichSubscription(tuple(Candidate(one.number, one.plan, one.seats) for one in fitting))
    except billing.NotFound:
        return NotFound(ask.subscription)


def _offer(one: billing.Subscription, ask: Ask, ctx: Context) -> billing.Offer | str:
    """The plan asked for if it is on offer, else the best offer, else why there is none."""
    try:
        best = ctx.billing.best_offer(one.number, of=ctx.customer.id)
    except billing.NotEligible as no:
        return no.reason
    if isinstance(best, billing.NoOffer):
        return best.reason
    every = ctx.billing.offers(one.number, of=ctx.customer.id)
    return next((offer for offer in every if ask.plan and _is_plan(ask.plan, offer.plan)), best)


def _refusal(
    one: billing.Subscription, reason: str, ctx: Context
) -> BestAlready | ByHand | Ending | Reseller | Perpetual | Ended:
    if reason == "best_already":
        return BestAlready(one.number, one.plan)
    if reason == "ending":
        return Ending(one.number, one.ends - timedelta(days=1) if one.ends else None)
    known: dict[str, type[Reseller | Perpetual | Ended]] = {
        "reseller": Reseller, "perpetual": Perpetual, "ended": Ended,
    }  # fmt: skip
    if reason in known:
        return known[reason]()
    ctx.act.call_person("plan_by_hand")
    return ByHand(one.number, one.plan, ctx.case)


def _smaller(one: billing.Subscription, ask: Ask, ctx: Context) -> SmallerPlan:
    ctx.act.call_person("plan_by_hand")
    last = one.last_day_to_cancel if one.last_day_to_cancel and one.last_day_to_cancel >= ctx.today else None
    return SmallerPlan(one.number, one.plan, ask.plan or "", one.renews, last, ctx.case)


def _terms(one: billing.Subscription, offer: billing.Offer) -> Terms:
    nothing = billing.Money(0, offer.price_now.currency)
    return Terms(
        one.number, one.plan, offer.plan, offer.seats, one.next_amount, offer.next_amount,
        (one.renews or offer.valid_until) - timedelta(days=1),
        offer.price_now,
        sum((line.net for line in offer.lines if line.quantity > 0), nothing),
        -sum((line.net for line in offer.lines if line.quantity < 0), nothing),
        offer.valid_until,
    )  # fmt: skip


def _not_to_be_had(ask: Ask, one: billing.Subscription, offer: billing.Offer, ctx: Context) -> str:
    """The plan that was named, where it is neither what is offered nor what runs already."""
    named = ask.plan or ""
    known = named in LADDER or named in BESIDE or any(_is_plan(named, plan) for plan in ctx.billing.plans())
    return named if known and not _is_plan(named, offer.plan) and not _is_plan(named, one.plan) else ""


def _is_plan(asked: str, name: str) -> bool:
    """Whether a plan's name ("Fernblick Remote Access") is the one asked for: its key, all of it, or its end."""
    return f"-{_key(name)}".endswith(f"-{_key(asked)}") if asked else False


def _key(name: str) -> str:
    return "-".join(name.lower().replace("-", " ").split())


def _is_smaller(asked: str, held: str, ctx: Context) -> bool:
    """Whether the plan asked for stands below the one held. Plans of another ladder do not compare."""
    for ladder in (ctx.billing.plans(), LADDER):
        rank = next((step for step, plan in enumerate(ladder) if _is_plan(plan, held)), None)
        if rank is not None and any(_is_plan(asked, plan) for plan in ladder[:rank]):
            return True
    return False


def _portal(ctx: Context) -> str:
    try:
        return ctx.billing.portal_link(ctx.customer.id, "subscription")
    except billing.NotEligible:
        return ""
