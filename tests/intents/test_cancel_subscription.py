"""cancel_subscription: what people say, what they do not say, what happens."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

import billing
from billing import Money, Subscription
from billing.clock import FixedClock
from billing.demo import SYSTEM
from billing.values import SubscriptionKind, SubscriptionState
from bot.context import Grant
from bot.messages import Role, Trust, Written
from bot.outcomes import NotAllowed, Outcome
from bot.pipeline.serve import Served
from handlers.cancel_subscription import (
    AlreadyCancelled,
    Arrival,
    Ask,
    Cancelled,
    Candidate,
    Ended,
    NoSubscription,
    NotFound,
    NotStarted,
    Perpetual,
    Received,
    ReceivedBefore,
    ReceivedLate,
    Reseller,
    WhichSubscription,
)
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import CASE, EUR


def ask(subscription: str | None = None) -> Ask:
    return Ask(subscription)  # type: ignore[arg-type]


HERE = Arrival(date(2026, 11, 22), "01:00", "+1")  # midnight UTC, as the demo's seller reads it
UNZONED = Arrival(date(2026, 11, 22), "00:00", "")
RECEIVED = Received("SUB-1001", "Fernblick Team", HERE, date(2026, 12, 5), date(2027, 1, 1), CASE)
LATE = ReceivedLate(
    "SUB-1005", "Fernblick Team", HERE, date(2026, 11, 3), 28, date(2026, 12, 1), date(2027, 11, 30), CASE
)  # fmt: skip
TWO = (
    Candidate("SUB-1012", "Fernblick Pro", date(2026, 12, 18)),
    Candidate("SUB-1012-2", "Fernblick Solo", date(2027, 5, 4)),
)
EXAMPLES: list[tuple[str, Outcome]] = [
    ("", RECEIVED),
    ("new contract", replace(RECEIVED, arrival=replace(HERE, at="09:05"), is_new="new")),
    ("", LATE),
    ("new contract", replace(LATE, is_new="new")),
    ("", Cancelled("SUB-1001", date(2027, 1, 1), date(2026, 11, 22))),
    ("", ReceivedBefore("SUB-1001", date(2026, 11, 20), date(2027, 1, 1))),
    ("", AlreadyCancelled("SUB-1001", date(2027, 1, 1))),
    ("day unknown", AlreadyCancelled("SUB-1001", None)),
    ("", Ended("SUB-1001", date(2026, 6, 30))),
    ("day unknown", Ended("SUB-1001", None)),
    ("", Perpetual()),
    ("", NotStarted("SUB-1001", date(2026, 12, 1), UNZONED, CASE)),
    ("", NoSubscription(UNZONED, CASE)),
    ("", Reseller(UNZONED, CASE)),
    ("", WhichSubscription(TWO, HERE)),
    ("", NotFound("SUB-9999", (*TWO, Candidate("LIZ-1004", "Fernblick Studio", None)), HERE)),
]
READINGS: list[Any] = [ask(), ask("SUB-1")]

SAID = [
    ("de", "Hiermit kündigen wir unser Abonnement SUB-1001 zum nächstmöglichen Zeitpunkt.", ask("SUB-1001")),
    ("de", "Bitte kündigen Sie unser Abo.", ask()),
    ("de", "Wir möchten unser Abonnement nicht verlängern.", ask()),
    ("fr", "Par la présente, nous résilions notre abonnement SUB-1008.", ask("SUB-1008")),
    ("fr", "Merci de résilier notre abonnement.", ask()),
    ("fr", "Nous ne souhaitons pas renouveler notre abonnement.", ask()),
    ("en", "We hereby cancel our subscription SUB-1013 at the earliest possible date.", ask("SUB-1013")),
    ("en", "Please cancel our subscription.", ask()),
    ("en", "We do not want to renew our subscription.", ask()),
]

NOT_SAID = [
    "Bitte kündigen Sie unser Abonnement nicht.",
    "Wir haben nicht vor zu kündigen.",
    "Bis wann müssen wir das Abonnement SUB-1001 kündigen?",
    "Merci de ne pas résilier notre abonnement.",
    "Jusqu'à quand pouvons-nous résilier l'abonnement SUB-1008 ?",
    "Please do not cancel our subscription.",
    "What is the last day to cancel subscription SUB-1013?",
]

HAPPENS: list[tuple[str, str, Ask, Outcome]] = [
    ("the only one", "K1001", ask(), replace(RECEIVED, case="G-1")),
    ("by its number", "K1001", ask("SUB-1001"), replace(RECEIVED, case="G-1")),
    ("by a bare number", "K1001", ask("1001"), replace(RECEIVED, case="G-1")),
    ("after the last day", "K1005", ask(), replace(LATE, case="G-1")),
    ("several", "K1012", ask(), WhichSubscription(TWO, HERE)),
    ("a perpetual licence", "K1004", ask(), Perpetual()),
    ("bought from a reseller", "K1006", ask(), Reseller(UNZONED, "G-1")),
    ("unknown number", "K1012", ask("SUB-9999"), NotFound("SUB-9999", TWO, HERE)),
    ("another customer's number", "K1012", ask("SUB-1001"), NotFound("SUB-1001", TWO, HERE)),
]


@pytest.mark.parametrize(("customer", "asked", "outcome"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS])
def test_what_happens(customer: str, asked: Ask, outcome: Outcome) -> None:
    assert Desk().serve("cancel_subscription", asked, customer).outcome == outcome


def _cancel(desk: Desk, received: datetime | None = None, customer: str = "K1001", **more: Any) -> Served:
    """One that came in then, and is worked on a day later."""
    written = Written("Bitte kündigen Sie.", received) if received else None
    if received:
        desk.core.clock = FixedClock(received.date() + timedelta(days=1))
    return desk.serve("cancel_subscription", ask(), customer, written=written, **more)


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2])
def test_it_is_filed_at_once_and_nothing_ends_before_an_agent_decides(trust: Trust) -> None:
    desk = Desk()
    served = _cancel(desk, trust=trust)
    assert isinstance(served.outcome, Received)
    assert served.for_agent
    [filed] = served.filed
    assert isinstance(filed, billing.ChangeRequest)
    assert filed.changes.cancel == "SUB-1001"
    assert desk.core.subscription("SUB-1001", of="K1001").state == SubscriptionState.ACTIVE


@pytest.mark.parametrize(
    ("received", "outcome", "arrival"),
    [
        (datetime(2026, 12, 5, 22, 59, 59, tzinfo=UTC), Received, Arrival(date(2026, 12, 5), "23:59", "+1")),
        (datetime(2026, 12, 5, 23, 0, 0, tzinfo=UTC), ReceivedLate, Arrival(date(2026, 12, 6), "00:00", "+1")),
        (datetime(2026, 7, 1, 8, 5, tzinfo=UTC), Received, Arrival(date(2026, 7, 1), "10:05", "+2")),
    ],
    ids=["a second before the end of the last day", "at the end of it", "in summer"],
)
def test_the_time_of_receipt_decides_and_is_told(received: datetime, outcome: type[Outcome], arrival: Arrival) -> None:
    told = _cancel(Desk(), received).outcome
    assert type(told) is outcome
    assert told.arrival == arrival  # type: ignore[attr-defined] # both have one


def _grant(desk: Desk, served: Served) -> Grant:
    [filed] = served.filed
    return Grant(agent="U0ADA", filed=(filed.id,), version=desk.core.customer("K1001").version)


def test_after_the_agents_yes_it_ends_with_the_term_that_the_receipt_named() -> None:
    desk = Desk()
    first = _cancel(desk, datetime(2026, 12, 5, 12, tzinfo=UTC))
    served = _cancel(desk, grant=_grant(desk, first))
    assert served.outcome == Cancelled("SUB-1001", date(2027, 1, 1), date(2026, 12, 5))
    held = desk.core.subscription("SUB-1001", of="K1001")
    assert (held.state, held.ends) == (SubscriptionState.NON_RENEWING, date(2027, 1, 2))


def test_a_late_one_that_an_agent_enters_ends_a_term_later() -> None:
    desk = Desk()
    first = _cancel(desk, datetime(2026, 12, 6, 12, tzinfo=UTC))
    served = _cancel(desk, datetime(2026, 12, 6, 12, tzinfo=UTC), grant=_grant(desk, first))
    assert served.outcome == Cancelled("SUB-1001", date(2028, 1, 1), date(2026, 12, 6))


def test_the_agents_yes_is_to_what_was_filed_whatever_was_bought_since() -> None:
    desk = Desk()
    first = _cancel(desk)
    further = replace(desk.core.subscription("SUB-1001", of="K1001"), number="SUB-2001")
    desk.core.add_subscription(further, actor=SYSTEM, idem="test:further")
    served = _cancel(desk, grant=_grant(desk, first))
    assert isinstance(served.outcome, Cancelled)
    assert served.outcome.subscription == "SUB-1001"


def test_a_second_mail_does_not_move_the_time_of_the_first() -> None:
    desk = Desk()
    _cancel(desk, datetime(2026, 12, 4, 12, tzinfo=UTC))
    again = _cancel(desk, datetime(2026, 12, 10, 12, tzinfo=UTC))
    assert again.outcome == ReceivedBefore("SUB-1001", date(2026, 12, 4), date(2027, 1, 1))
    [filed] = [one for one in desk.core.change_requests("K1001") if one.cancellation]
    assert filed.cancellation is not None
    assert filed.cancellation.in_time


def test_once_it_is_entered_a_further_one_is_not_needed() -> None:
    desk = Desk()
    _cancel(desk, grant=_grant(desk, _cancel(desk)))
    assert _cancel(desk).outcome == AlreadyCancelled("SUB-1001", date(2027, 1, 1))


HELD = Subscription(
    "SUB-2001", "K2001", "Team", 1, date(2025, 1, 1), date(2027, 1, 1), date(2026, 12, 4), Money(100, EUR)
)
ENDED = replace(HELD, number="SUB-2000", state=SubscriptionState.ENDED, ends=date(2026, 7, 1))


def _with(*held: Subscription) -> Desk:
    desk = Desk()
    customer = replace(desk.core.customer("K1001"), id="K2001", domains=())
    desk.core.add_customer(customer, actor=SYSTEM, idem="test:customer")
    for number, subscription in enumerate(held):
        desk.core.add_subscription(subscription, actor=SYSTEM, idem=f"test:subscription:{number}")
    return desk


SCHEDULED = replace(HELD, state=SubscriptionState.SCHEDULED, starts=date(2026, 12, 1))
CANCELLED = replace(HELD, number="SUB-2002", state=SubscriptionState.NON_RENEWING, ends=date(2027, 1, 1))
PERPETUAL = replace(HELD, number="LIZ-2001", kind=SubscriptionKind.PERPETUAL, renews=None, last_day_to_cancel=None)


@pytest.mark.parametrize(
    ("held", "outcome"),
    [
        ((), NoSubscription(UNZONED, "G-1")),
        ((ENDED,), Ended("SUB-2000", date(2026, 6, 30))),
        ((replace(ENDED, ends=None),), Ended("SUB-2000", None)),
        ((SCHEDULED,), NotStarted("SUB-2001", date(2026, 12, 1), UNZONED, "G-1")),
        ((CANCELLED,), AlreadyCancelled("SUB-2002", date(2026, 12, 31))),
        ((PERPETUAL,), Perpetual()),
        ((replace(HELD, sold_by="K1005"),), Reseller(UNZONED, "G-1")),
    ],
    ids=["nothing held", "ended", "ended some day", "not begun", "cancelled", "perpetual", "sold by a reseller"],
)
def test_what_cannot_be_filed(held: tuple[Subscription, ...], outcome: Outcome) -> None:
    assert _with(*held).serve("cancel_subscription", ask(), "K2001").outcome == outcome


@pytest.mark.parametrize("beside", [ENDED, CANCELLED, PERPETUAL], ids=["ended", "cancelled", "perpetual"])
def test_only_one_that_can_be_cancelled_needs_no_question(beside: Subscription) -> None:
    outcome = _with(HELD, beside).serve("cancel_subscription", ask(), "K2001").outcome
    assert isinstance(outcome, Received)
    assert outcome.subscription == "SUB-2001"


@pytest.mark.parametrize(
    ("starts", "is_new"), [(date(2026, 11, 8), "new"), (date(2026, 11, 7), "")], ids=["two weeks old", "older"]
)
def test_in_a_new_contract_a_withdrawal_is_looked_at_too(starts: date, is_new: str) -> None:
    outcome = _with(replace(HELD, starts=starts)).serve("cancel_subscription", ask(), "K2001").outcome
    assert isinstance(outcome, Received)
    assert outcome.is_new == is_new


@pytest.mark.parametrize(
    ("customer", "asked"), [("K1012", ask()), ("K1012", ask("SUB-9999")), ("K1006", ask())],
    ids=["several", "unknown number", "reseller"],
)  # fmt: skip
def test_what_cannot_be_filed_is_seen_by_a_person(customer: str, asked: Ask) -> None:
    served = Desk().serve("cancel_subscription", asked, customer)
    assert served.calls == ("cancellation_unfiled",)
    assert served.filed == ()


def test_a_technical_contact_cancels_nothing() -> None:
    served = Desk().serve("cancel_subscription", ask(), "K1001", sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


def test_a_colleague_of_ours_cancels_nothing() -> None:
    served = Desk().serve("cancel_subscription", ask(), "K1001", role=Role.TEAM, trust=Trust.INTERNAL)
    assert served.outcome == NotAllowed()
    assert served.filed == ()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("cancel_subscription", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "cancel_subscription")
