"""Cancel a subscription. The receipt says when it came in and whether that is in time; our support decides.

A cancellation is never lost and never refused by a machine: what cannot be filed goes to a person, with the time.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

import billing
from bot.kit import Context, Done, Question, Refused, Risk, SubscriptionNumber, Waiting, intent

Told = TypeVar("Told")
NEW_FOR = timedelta(days=14)  # while a contract is this new, our support also looks at a withdrawal from it


@dataclass(frozen=True)
class Ask:
    """Which subscription; nothing named is the only one."""

    subscription: SubscriptionNumber | None = None


@dataclass(frozen=True)
class Arrival:
    """When a cancellation came in, on the clock of whom it was sent to."""

    day: date
    at: str  # "14:05"
    offset: str  # of that clock, "+1"; empty where it is UTC


@dataclass(frozen=True)
class Candidate:
    """A subscription that could be meant."""

    number: str
    plan: str
    last_day: date | None


@dataclass(frozen=True)
class Received(Waiting):
    """The receipt of a cancellation that came in time."""

    subscription: str
    plan: str
    arrival: Arrival
    last_day: date
    ends: date  # last day with the subscription
    case: str
    is_new: str = ""  # "new": the contract is so new that one may be able to withdraw from it


@dataclass(frozen=True)
class ReceivedLate(Waiting):
    """The receipt of a cancellation that came after the last day."""

    subscription: str
    plan: str
    arrival: Arrival
    last_day: date
    notice: int  # days between that and the renewal
    renews: date
    ends: date
    case: str
    is_new: str = ""


@dataclass(frozen=True)
class Cancelled(Done):
    """Our support agreed; it ends."""

    subscription: str
    ends: date
    received_on: date


@dataclass(frozen=True)
class ReceivedBefore(Waiting):
    """A cancellation of it lies with our support already, and the first one counts."""

    subscription: str
    received_on: date
    ends: date


@dataclass(frozen=True)
class AlreadyCancelled(Refused):
    """It is cancelled already."""

    subscription: str
    ends: date | None


@dataclass(frozen=True)
class Ended(Refused):
    """It is over already."""

    subscription: str
    ended: date | None


@dataclass(frozen=True)
class Perpetual(Refused):
    """A perpetual licence has no term that could be cancelled."""


@dataclass(frozen=True)
class NotStarted(Waiting):
    """It has not begun: no term to cancel, perhaps a contract to withdraw from; a person looks."""

    subscription: str
    starts: date
    arrival: Arrival
    case: str


@dataclass(frozen=True)
class NoSubscription(Waiting):
    """We know of nothing to cancel; a person looks."""

    arrival: Arrival
    case: str


@dataclass(frozen=True)
class Reseller(Waiting):
    """Bought from a reseller: it is cancelled there. A person sees ours, too."""

    arrival: Arrival
    case: str


@dataclass(frozen=True)
class WhichSubscription(Question):
    """Several; the time of this message is kept."""

    candidates: tuple[Candidate, ...]
    arrival: Arrival


@dataclass(frozen=True)
class NotFound(Question):
    """No such subscription with this customer (it may be another's), but these. The time of this message is kept."""

    subscription: str
    candidates: tuple[Candidate, ...]
    arrival: Arrival


@intent(
    "cancel_subscription",
    risk=Risk.R4,
    phrases={
        "de": (
            "Hiermit kündigen wir unser Abonnement {subscription} zum nächstmöglichen Zeitpunkt",
            "Bitte kündigen Sie unser Abo",
            "Wir möchten unser Abonnement nicht verlängern",
            "Kündigung des Vertrags {subscription}",
            "Bitte beenden Sie {subscription} zum Ende der Laufzeit",
            "Schalten Sie die automatische Verlängerung ab",
            "Wir brauchen die Lizenz nicht mehr und kündigen sie",
            "Ich will mein Abonnement loswerden, wie kündige ich?",
            "Bitte bestätigen Sie unsere Kündigung von {subscription}",
        ),
        "fr": (
            "Par la présente, nous résilions notre abonnement {subscription} à la prochaine échéance",
            "Merci de résilier notre abonnement",
            "Nous ne souhaitons pas renouveler notre abonnement",
            "Résiliation du contrat {subscription}",
            "Veuillez mettre fin à {subscription} au terme de la période en cours",
            "Désactivez le renouvellement automatique",
            "Nous n'avons plus besoin de la licence et la résilions",
            "Je veux arrêter mon abonnement, comment faire ?",
            "Merci de confirmer la résiliation de {subscription}",
        ),
        "en": (
            "We hereby cancel our subscription {subscription} at the earliest possible date",
            "Please cancel our subscription",
            "We do not want to renew our subscription",
            "Cancellation of contract {subscription}",
            "Please end {subscription} at the close of the current term",
            "Switch off the automatic renewal",
            "We no longer need the licence and are cancelling it",
            "I want to get rid of my subscription, how do I cancel?",
            "Please confirm our cancellation of {subscription}",
        ),
    },
)
def cancel_subscription(
    ask: Ask, ctx: Context
) -> (
    Received
    | ReceivedLate
    | Cancelled
    | ReceivedBefore
    | AlreadyCancelled
    | Ended
    | Perpetual
    | NotStarted
    | NoSubscription
    | Reseller
    | WhichSubscription
    | NotFound
):
    """Note when it came in, file it for our support, and say what it comes to; after their yes it ends."""
    meant = _meant(ask, ctx)
    if not isinstance(meant, billing.Subscription):
        return meant
    if before := _filed_before(meant, ctx):
        return ReceivedBefore(meant.number, before.received_on, _eve(before.effective))
    try:
        terms = ctx.billing.cancellation_terms(meant.number, _received(ctx), of=ctx.customer.id)
    except billing.NotEligible as no:
        return _not_ours_to_end(meant, no.reason, ctx)
    except billing.InvalidState as no:
        return _nothing_to_end(meant, no.current, ctx)
    done = ctx.act.cancel_subscription(meant.number, terms.received, waiting=_receipt(meant, terms, ctx))
    agreed = done.cancellation or terms  # what was filed counts, not what a second look would find
    return Cancelled(meant.number, _eve(agreed.effective), agreed.received_on)


def _meant(ask: Ask, ctx: Context) -> billing.Subscription | NoSubscription | Reseller | WhichSubscription | NotFound:
    """The subscription of that number, or the only one that runs."""
    if ctx.customer.reseller_id:
        return _for_a_person(Reseller(_arrival(_received(ctx)), ctx.case), ctx)
    every = ctx.billing.subscriptions(ctx.customer.id)
    if not every:
        return _for_a_person(NoSubscription(_arrival(_received(ctx)), ctx.case), ctx)
    running = tuple(one for one in every if one.state != billing.SubscriptionState.ENDED) or every
    if number := _approved(ctx) or ask.subscription:
        return _of_number(number, running, ctx)
    ending = tuple(one for one in running if one.kind == billing.SubscriptionKind.SUBSCRIPTION) or running
    staying = tuple(one for one in ending if one.state != billing.SubscriptionState.NON_RENEWING) or ending
    return staying[0] if len(staying) == 1 else _which(staying, ctx)


def _approved(ctx: Context) -> str | None:
    """The number in what an agent has said yes to, whatever the customer has got since."""
    filed = ctx.act.grant.filed
    return ctx.billing.change_request(filed[0]).changes.cancel if filed else None


def _of_number(
    typed: str, running: tuple[billing.Subscription, ...], ctx: Context
) -> billing.Subscription | WhichSubscription | NotFound:
    try:
        return ctx.billing.subscription(typed, of=ctx.customer.id)
    except billing.Ambiguous as several:
        return _which(tuple(one for one in running if one.number in several.candidates), ctx)
    except billing.NotFound:
        return _for_a_person(NotFound(typed, _candidates(running), _arrival(_on_our_clock(running, ctx))), ctx)


def _which(several: tuple[billing.Subscription, ...], ctx: Context) -> WhichSubscription:
    return _for_a_person(WhichSubscription(_candidates(several), _arrival(_on_our_clock(several, ctx))), ctx)


def _candidates(every: tuple[billing.Subscription, ...]) -> tuple[Candidate, ...]:
    return tuple(Candidate(one.number, one.plan, one.last_day_to_cancel) for one in every)


def _nothing_to_end(meant: billing.Subscription, state: str, ctx: Context) -> AlreadyCancelled | NotStarted:
    if state == billing.SubscriptionState.SCHEDULED:
        arrival = _arrival(_received(ctx))
        return _for_a_person(NotStarted(meant.number, meant.starts, arrival, ctx.case), ctx)
    return AlreadyCancelled(meant.number, _eve(meant.ends) if meant.ends else None)


def _not_ours_to_end(meant: billing.Subscription, reason: str, ctx: Context) -> Ended | Perpetual | Reseller:
    if reason == "ended":
        return Ended(meant.number, _eve(meant.ends) if meant.ends else None)
    if reason == "perpetual":
        return Perpetual()
    return _for_a_person(Reseller(_arrival(_received(ctx)), ctx.case), ctx)


def _for_a_person(outcome: Told, ctx: Context) -> Told:
    """What could not be filed is looked at by our support, so that no cancellation is lost."""
    ctx.act.call_person("cancellation_unfiled")
    return outcome


def _filed_before(meant: billing.Subscription, ctx: Context) -> billing.CancellationTerms | None:
    """A cancellation that waits already: filing again would set a later time of receipt in its place."""
    for one in ctx.billing.change_requests(ctx.customer.id):
        waits = one.state == billing.ChangeState.OPEN and one.id not in ctx.act.grant.filed
        if waits and one.cancellation and one.cancellation.subscription == meant.number:
            return one.cancellation
    return None


def _received(ctx: Context) -> datetime:
    """When our door took the message; where nobody wrote, the beginning of the business day: no later than it was."""
    return ctx.written.received or datetime.combine(ctx.today, time(0), UTC)


def _on_our_clock(every: tuple[billing.Subscription, ...], ctx: Context) -> datetime:
    """The time of receipt as the terms of one of these say it; in UTC where none has terms."""
    for one in every:
        try:
            return ctx.billing.cancellation_terms(one.number, _received(ctx), of=ctx.customer.id).received
        except (billing.NotEligible, billing.InvalidState):
            continue
    return _received(ctx)


def _receipt(meant: billing.Subscription, terms: billing.CancellationTerms, ctx: Context) -> Received | ReceivedLate:
    arrival = _arrival(terms.received)
    is_new = "new" if timedelta(0) <= terms.received_on - meant.starts <= NEW_FOR else ""
    if terms.in_time:
        ends = _eve(terms.effective)
        return Received(meant.number, meant.plan, arrival, terms.last_day, ends, ctx.case, is_new)
    renews = meant.renews or terms.effective
    return ReceivedLate(
        meant.number, meant.plan, arrival, terms.last_day, (renews - terms.last_day).days, renews,
        _eve(terms.effective), ctx.case, is_new,
    )  # fmt: skip


def _arrival(received: datetime) -> Arrival:
    hours = (received.utcoffset() or timedelta(0)) / timedelta(hours=1)
    return Arrival(received.date(), f"{received:%H:%M}", f"{hours:+g}" if hours else "")


def _eve(first_day_without: date) -> date:
    return first_day_without - timedelta(days=1)
