"""show_subscription: what people say, what they do not say, what happens."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from billing import Money, Subscription
from billing.demo import SYSTEM
from billing.values import Licence, SubscriptionState
from bot.messages import Role, Trust
from bot.outcomes import NotAllowed, Outcome
from handlers.show_subscription import (
    Ask,
    Ended,
    Held,
    NoSubscription,
    NotFound,
    Owing,
    Perpetual,
    Reseller,
    Several,
    Shown,
)
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import EUR


def ask(subscription: str | None = None) -> Ask:
    return Ask(subscription)  # type: ignore[arg-type]


TEAM = Held(
    "SUB-1001", "Fernblick Team", 12, "active", date(2025, 1, 2), date(2027, 1, 2), date(2026, 12, 5), 13,
    Money(142800, EUR), "active",
)  # fmt: skip
LATE = replace(
    TEAM, number="SUB-1005", seats=60, starts=date(2024, 12, 1), renews=date(2026, 12, 1),
    last_day_to_cancel=date(2026, 11, 3), days_to_cancel=-1, next_amount=Money(714000, EUR),
)  # fmt: skip
STOPPED = Held(
    "SUB-1003", "Fernblick Pro", 15, "active", date(2025, 8, 14), date(2027, 8, 14), date(2027, 7, 17), 237,
    Money(283500, EUR), "inactive", "payment_default",
)  # fmt: skip
PROVISIONAL = replace(STOPPED, licence="provisional", licence_until=date(2026, 12, 6))
FRAUD = replace(STOPPED, licence_reason="fraud")
ENDING = replace(TEAM, state="ending", until=date(2027, 1, 1))
SCHEDULED = replace(TEAM, state="scheduled", seats=1, days_to_cancel=0)
OVER = replace(TEAM, state="ended", until=date(2026, 6, 30), licence="inactive", licence_reason="ended")
STUDIO = Held(
    "LIZ-1004", "Fernblick Studio", 2, "perpetual", date(2024, 3, 5), None, None, -1, Money(0, EUR), "active"
)  # fmt: skip
SWISS = Held(
    "SUB-1012", "Fernblick Pro", 5, "active", date(2025, 1, 15), date(2027, 1, 15), date(2026, 12, 18), 26,
    Money(94500, "CHF"), "active",
)  # fmt: skip
SOLO = Held(
    "SUB-1012-2", "Fernblick Solo", 2, "active", date(2025, 6, 1), date(2027, 6, 1), date(2027, 5, 4), 163,
    Money(9800, "CHF"), "active",
)  # fmt: skip
OWES = Owing("RE-2026-000117", Money(337365, EUR), date(2026, 8, 28), "/pay/RE-2026-000117/seal")
PORTAL = "https://portal.example/subscription"
EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Shown(TEAM)),
    ("with portal", Shown(TEAM, portal=PORTAL)),
    ("notice period over", Shown(LATE, portal=PORTAL)),
    ("stopped", Shown(STOPPED, (OWES, replace(OWES, number="RE-2026-000118")), PORTAL)),
    ("stopped, proof on the desk", Shown(STOPPED, (replace(OWES, proof="proof"),), PORTAL)),
    ("provisional", Shown(PROVISIONAL, (OWES,), PORTAL)),
    ("stopped for another reason", Shown(FRAUD, (), PORTAL)),
    ("cancelled", Shown(ENDING, (), PORTAL)),
    ("last day, one seat", Shown(SCHEDULED)),
    ("", Several((SWISS, SOLO), (), PORTAL)),
    ("of every kind", Several((TEAM, LATE, STOPPED, PROVISIONAL, ENDING, OVER, STUDIO), (OWES,))),
    ("", Perpetual(STUDIO)),
    ("stopped", Perpetual(replace(STUDIO, licence="inactive"))),
    ("", Ended(OVER)),
    ("day unknown", Ended(replace(OVER, until=None))),
    ("", Reseller("Fernblick Team", 5)),
    ("nothing known", Reseller("", 0)),
    ("", NoSubscription()),
    ("", NotFound("SUB-9999", ("SUB-1012", "SUB-1012-2"))),
]
READINGS: list[Any] = [ask(), ask("SUB-1")]

SAID = [
    ("de", "Welchen Tarif haben wir und wann verlängert er sich?", ask()),
    ("de", "Guten Tag, bis wann müssen wir das Abonnement SUB-1001 kündigen?", ask("SUB-1001")),
    ("de", "Ist unsere Lizenz noch aktiv?", ask()),
    ("fr", "Quelle formule avons-nous et quand se renouvelle-t-elle ?", ask()),
    ("fr", "Quand expire notre abonnement SUB-1008 ?", ask("SUB-1008")),
    ("fr", "Combien de postes comprend notre abonnement ?", ask()),
    ("en", "Which plan do we have and when does it renew?", ask()),
    ("en", "What is the last day to cancel subscription SUB-1013?", ask("SUB-1013")),
    ("en", "How many seats does our subscription include?", ask()),
]

NOT_SAID = [
    "Wir kündigen unser Abonnement.",
    "Unser Abonnement gefällt uns sehr, vielen Dank.",
    "Nous résilions notre abonnement.",
    "Notre abonnement nous convient très bien, merci.",
    "We are cancelling our subscription.",
    "Our subscription suits us well, thank you.",
]

HAPPENS: list[tuple[str, str, Ask, type[Outcome], dict[str, Any]]] = [
    ("the only one", "K1001", ask(), Shown, {"held": TEAM, "owing": (), "portal": ""}),
    ("by its number", "K1001", ask("SUB-1001"), Shown, {"held": TEAM}),
    ("by a bare number", "K1001", ask("1001"), Shown, {"held": TEAM}),
    ("the notice period is over", "K1005", ask(), Shown, {"held": LATE}),
    ("several", "K1012", ask(), Several, {"every": (SWISS, SOLO), "owing": ()}),
    ("one of several", "K1012", ask("SUB-1012-2"), Shown, {"held": SOLO}),
    ("a perpetual licence", "K1004", ask(), Perpetual, {"held": STUDIO}),
    ("bought from a reseller", "K1006", ask(), Reseller, {"plan": "Fernblick Team", "seats": 5}),
    ("unknown number", "K1001", ask("SUB-9999"), NotFound, {"subscription": "SUB-9999", "own": ("SUB-1001",)}),
    ("another customer's number", "K1001", ask("SUB-1008"), NotFound, {"own": ("SUB-1001",)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "asked", "outcome", "facts"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS]
)
def test_what_happens(customer: str, asked: Ask, outcome: type[Outcome], facts: dict[str, Any]) -> None:
    served = Desk().serve("show_subscription", asked, customer)
    assert type(served.outcome) is outcome, served.outcome
    assert {name: getattr(served.outcome, name) for name in facts} == facts


def test_a_licence_that_was_stopped_comes_with_what_is_to_be_paid_and_the_proof_we_have() -> None:
    desk = Desk()
    outcome = desk.serve("show_subscription", ask(), "K1003").outcome
    assert isinstance(outcome, Shown)
    assert outcome.held == STOPPED
    link = desk.core.pay_link("RE-2026-000117", of="K1003")
    assert outcome.owing == (
        Owing("RE-2026-000117", Money(337365, EUR), date(2026, 8, 28), link.url, "proof"),
    )  # fmt: skip
    assert outcome.portal.endswith("/subscription")


HELD = Subscription(
    "SUB-2001", "K2001", "Team", 1, date(2025, 1, 1), date(2027, 1, 1), date(2026, 12, 4), Money(100, EUR)
)


def _with(*held: Subscription) -> Desk:
    desk = Desk()
    customer = replace(desk.core.customer("K1001"), id="K2001", domains=())
    desk.core.add_customer(customer, actor=SYSTEM, idem="test:customer")
    for number, subscription in enumerate(held):
        desk.core.add_subscription(subscription, actor=SYSTEM, idem=f"test:subscription:{number}")
    return desk


def _shown(*held: Subscription) -> Outcome:
    return _with(*held).serve("show_subscription", ask(), "K2001").outcome


def test_who_has_nothing_is_told_so() -> None:
    assert _shown() == NoSubscription()


def test_what_has_ended_is_told_only_where_nothing_runs() -> None:
    over = replace(HELD, state=SubscriptionState.ENDED, ends=date(2026, 7, 1))
    assert isinstance(_shown(over), Ended)
    both = _shown(over, replace(HELD, number="SUB-2002"))
    assert isinstance(both, Shown)
    assert both.held.number == "SUB-2002"


def test_one_that_is_cancelled_ends_on_the_day_before_the_first_day_without_it() -> None:
    outcome = _shown(replace(HELD, state=SubscriptionState.NON_RENEWING, ends=date(2027, 1, 1)))
    assert isinstance(outcome, Shown)
    assert (outcome.held.state, outcome.held.until) == ("ending", date(2026, 12, 31))


@pytest.mark.parametrize(("days", "left"), [(1, 1), (0, 0), (-1, -1), (-30, -1)])
def test_the_last_day_to_cancel_is_a_day_on_which_one_can(days: int, left: int) -> None:
    outcome = _shown(replace(HELD, last_day_to_cancel=date(2026, 11, 22) + timedelta(days=days)))
    assert isinstance(outcome, Shown)
    assert outcome.held.days_to_cancel == left


def test_sold_by_a_reseller_is_the_resellers_matter_whoever_the_customer_is() -> None:
    assert _shown(replace(HELD, sold_by="K1005")) == Reseller("Team", 1)


def test_a_licence_stopped_without_an_open_invoice_asks_for_nothing() -> None:
    outcome = _shown(replace(HELD, licence=Licence.INACTIVE, licence_reason="payment_default"))
    assert isinstance(outcome, Shown)
    assert outcome.owing == ()


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2, Trust.INTERNAL])
def test_the_facts_go_to_the_file_whoever_asks(trust: Trust) -> None:
    served = Desk().serve("show_subscription", ask(), "K1001", trust=trust)
    assert isinstance(served.outcome, Shown)
    assert served.deliveries == ()


def test_a_technical_contact_sees_no_contract() -> None:
    served = Desk().serve("show_subscription", ask(), "K1001", sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("show_subscription", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "show_subscription")
