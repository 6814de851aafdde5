"""The contract in numbers: terms and anniversaries, notice, proration, reminders. Pure functions over civil dates."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from billing.rules import NOTICE
from billing.values import CancellationTerms, Collection, Line, Money, Subscription

REMIND_AFTER = {  # days after the due day
    Collection.NONE: 7,
    Collection.REMINDER1: 14,
    Collection.REMINDER2: 28,
    Collection.FINAL: 42,
}
PROOF_REVIEW = timedelta(days=7)  # collection rests while an agent looks at a proof
PROVISIONAL = timedelta(days=14)  # a bank needs days; so does whoever looks for the money
DISPUTE_REVIEW = timedelta(days=30)
CHANGE_WAITS = timedelta(days=30)  # for an agent's decision
CANCEL_REMINDER = timedelta(days=14)  # before the last day to cancel
OFFER_LIVES = timedelta(days=14)
SOON = timedelta(days=7)


def anniversary(anchor: date, year: int) -> date:
    """The anchor's day in that year; 29 February falls back to the 28th where there is none, and comes again."""
    return anchor.replace(year=year, day=min(anchor.day, monthrange(year, anchor.month)[1]))


def next_term(anchor: date, starts: date) -> date:
    """The first day of the term after the one that starts then. `anchor`: the contract's first day."""
    return anniversary(anchor, starts.year + 1)


def term_start(subscription: Subscription) -> date:
    """The first day of the running term."""
    renews = subscription.renews or subscription.starts
    return max(subscription.starts, anniversary(subscription.starts, renews.year - 1))


def last_day(renews: date) -> date:
    """The last day on which a cancellation is in time: 28 whole days before the next term."""
    return renews - NOTICE


def local_day(instant: datetime, zone: str) -> date:
    """The seller's calendar day of an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def cancellation(subscription: Subscription, received: datetime, zone: str) -> CancellationTerms:
    """In time, it ends with the running term; late, one term later. `received` comes back on the seller's clock."""
    assert subscription.renews is not None
    until = subscription.last_day_to_cancel or last_day(subscription.renews)
    day = local_day(received, zone)
    in_time = day <= until
    effective = subscription.renews if in_time else next_term(subscription.starts, subscription.renews)
    here = received.astimezone(ZoneInfo(zone))
    return CancellationTerms(subscription.number, here, day, until, in_time, effective)


def remind_on(due: date, step: Collection) -> date | None:
    """The day of the next step for an invoice that is at this one; None after the last."""
    days = REMIND_AFTER.get(step)
    return due + timedelta(days=days) if days is not None else None


@dataclass(frozen=True)
class Plan:
    """A product of the catalogue: what a seat costs a year, net, by currency. `rank`: a higher one is better."""

    name: str
    rank: int
    seat: tuple[Money, ...]

    def price(self, currency: str, seats: int) -> Money | None:
        """The yearly net price; None where the plan is not sold in this currency."""
        of_seat = next((money for money in self.seat if money.currency == currency), None)
        return Money(of_seat.minor * seats, currency) if of_seat else None


def _everywhere(minor: int) -> tuple[Money, ...]:
    return tuple(Money(minor, currency) for currency in ("EUR", "CHF", "GBP", "USD"))


DEMO_CATALOGUE = (
    Plan("Fernblick Solo", 1, _everywhere(4_900)),
    Plan("Fernblick Team", 2, _everywhere(11_900)),
    Plan("Fernblick Pro", 3, _everywhere(18_900)),
)


def better_plans(catalogue: Sequence[Plan], subscription: Subscription) -> tuple[Plan, ...]:
    """What costs more than the present plan and ranks above it; the next one first."""
    now = next((plan for plan in catalogue if plan.name == subscription.plan), None)
    if now is None:
        return ()
    return tuple(sorted((plan for plan in catalogue if plan.rank > now.rank), key=lambda plan: plan.rank))


def proration(subscription: Subscription, plan: str, price: Money, day: date) -> tuple[Line, Line]:
    """The new plan for the rest of the term, and the unused rest of the old one: a negative quantity (BR-27)."""
    assert subscription.renews is not None
    starts, last = max(day, term_start(subscription)), subscription.renews - timedelta(days=1)
    share = Fraction((subscription.renews - starts).days, (subscription.renews - term_start(subscription)).days)
    new = Line(plan, price.times(share), starts=starts, ends=last)
    old = Line(subscription.plan, subscription.next_amount.times(share), -1, starts=starts, ends=last)
    return new, old


def reversed_lines(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The same the other way round, for a credit note: positive where the invoice would be negative."""
    return tuple(replace(line, quantity=-line.quantity) for line in lines)
