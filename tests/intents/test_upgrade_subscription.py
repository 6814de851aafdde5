"""upgrade_subscription: what people say, what they do not say, what happens."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

import billing
from billing import Money, Subscription
from billing.clock import FixedClock
from billing.demo import DEMO_DAY, SYSTEM
from billing.values import SubscriptionKind, SubscriptionState
from bot.context import Grant, fingerprint
from bot.messages import Role, Trust
from bot.outcomes import NotAllowed, Outcome
from bot.pipeline.serve import Served
from handlers.upgrade_subscription import (
    Ask,
    BestAlready,
    ByHand,
    Candidate,
    Ended,
    Ending,
    NoSubscription,
    NotFound,
    Offered,
    Ordered,
    Perpetual,
    Reseller,
    ShallIOrder,
    SmallerPlan,
    Terms,
    Upgraded,
    WhichSubscription,
)
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import CASE, EUR


def ask(plan: str | None = None, subscription: str | None = None) -> Ask:
    return Ask(plan, subscription)  # type: ignore[arg-type]


TERMS = Terms(
    "SUB-1001", "Fernblick Team", "Fernblick Pro", 12, Money(142800, EUR), Money(226800, EUR), date(2027, 1, 1),
    Money(9435, EUR), Money(25476, EUR), Money(16041, EUR), date(2026, 12, 6),
)  # fmt: skip
ONE = replace(TERMS, seats=1, plan_now="Fernblick Solo", plan="Fernblick Team")
PORTAL = "https://portal.example/subscription"
EXAMPLES: list[tuple[str, Outcome]] = [
    ("", ShallIOrder(TERMS)),
    ("another plan named", ShallIOrder(TERMS, "assist-ar", PORTAL)),
    ("one seat", ShallIOrder(ONE, "", PORTAL)),
    ("", Offered(TERMS)),
    ("another plan named", Offered(TERMS, "remote-access")),
    ("", Ordered(TERMS, CASE)),
    ("", Upgraded("SUB-1001", "Fernblick Pro", 12, Money(9435, EUR), Money(226800, EUR))),
    ("", BestAlready("SUB-1003", "Fernblick Pro")),
    ("", ByHand("SUB-1001", "Sonderedition", CASE)),
    ("", SmallerPlan("SUB-1001", "Premium", "business", date(2027, 1, 2), date(2026, 12, 5), CASE)),
    ("a name of this seller", SmallerPlan("SUB-1003", "Fernblick Pro", "Fernblick Solo", None, None, CASE)),
    ("notice period over", SmallerPlan("SUB-1001", "Premium", "remote-access", date(2027, 1, 2), None, CASE)),
    ("", Ending("SUB-1001", date(2027, 1, 1))),
    ("day unknown", Ending("SUB-1001", None)),
    ("", WhichSubscription((Candidate("SUB-1001", "Fernblick Team", 12), Candidate("SUB-1009", "Fernblick Solo", 1)))),
    ("", NotFound("SUB-9999")),
    ("", NoSubscription()),
    ("", Reseller()),
    ("", Perpetual()),
    ("", Ended()),
]
READINGS: list[Any] = [ask(), ask("premium"), ask("Fernblick Pro"), ask("assist-ar", "SUB-1"), ask(None, "SUB-1")]

SAID = [
    ("de", "Guten Tag, wir möchten auf Premium wechseln.", ask("premium")),
    ("de", "Was würde ein Wechsel zu Corporate kosten?", ask("corporate")),
    ("de", "Bitte machen Sie uns ein Angebot für einen größeren Tarif", ask()),
    ("fr", "Nous souhaitons passer à Corporate pour l'abonnement SUB-1008.", ask("corporate", "SUB-1008")),
    ("fr", "Combien coûterait le passage à Premium ?", ask("premium")),
    ("fr", "Merci de nous proposer une formule supérieure", ask()),
    ("en", "What would an upgrade to Corporate cost?", ask("corporate")),
    ("en", "Can we upgrade our subscription SUB-1014?", ask(None, "SUB-1014")),
    ("en", "Please make us an offer for a bigger plan", ask()),
]

NOT_SAID = [
    "Wir möchten keinen größeren Tarif.",
    "Wir bleiben bei Business, ein Wechsel kommt nicht infrage.",
    "Nous ne souhaitons pas changer de formule.",
    "Merci pour votre offre, nous restons en Business.",
    "We do not want to upgrade.",
    "Thanks for the upgrade, everything works.",
]

HAPPENS: list[tuple[str, str, Ask, type[Outcome], dict[str, Any]]] = [
    ("the only one", "K1001", ask(), ShallIOrder, {"offer": TERMS, "asked": "", "portal": ""}),
    ("by its number", "K1001", ask(None, "SUB-1001"), ShallIOrder, {"offer": TERMS}),
    ("a plan that is not to be had", "K1001", ask("corporate"), ShallIOrder, {"offer": TERMS, "asked": "corporate"}),
    ("a bigger one by its name", "K1009", ask("Fernblick Pro"), ShallIOrder, {"asked": ""}),
    ("without the brand", "K1009", ask("Pro"), ShallIOrder, {"asked": ""}),
    ("a smaller one by its name", "K1003", ask("Fernblick Solo"), SmallerPlan, {"asked": "Fernblick Solo"}),
    ("the one that runs already", "K1001", ask("Fernblick Team"), ShallIOrder, {"offer": TERMS, "asked": ""}),
    ("a word that is no plan", "K1001", ask("Rundum-sorglos"), ShallIOrder, {"offer": TERMS, "asked": ""}),
    ("several, but only one can be better", "K1012", ask(), ShallIOrder, {}),
    ("nothing better", "K1003", ask(), BestAlready, {"subscription": "SUB-1003", "plan": "Fernblick Pro"}),
    ("one of several, and nothing better", "K1012", ask(None, "SUB-1012"), BestAlready, {}),
    ("a reseller's own subscription", "K1005", ask(), ShallIOrder, {}),
    ("bought from a reseller", "K1006", ask(), Reseller, {}),
    ("a perpetual licence", "K1004", ask(), Perpetual, {}),
    ("unknown number", "K1001", ask(None, "SUB-9999"), NotFound, {"subscription": "SUB-9999"}),
    ("another customer's number", "K1001", ask(None, "SUB-1002"), NotFound, {"subscription": "SUB-1002"}),
]


@pytest.mark.parametrize(
    ("customer", "asked", "outcome", "facts"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS]
)
def test_what_happens(customer: str, asked: Ask, outcome: type[Outcome], facts: dict[str, Any]) -> None:
    served = Desk().serve("upgrade_subscription", asked, customer)
    assert type(served.outcome) is outcome, served.outcome
    assert {name: getattr(served.outcome, name) for name in facts} == facts


def test_the_plan_that_was_named_is_the_one_offered() -> None:
    for named, offered in (("Fernblick Pro", "Fernblick Pro"), ("team", "Fernblick Team"), (None, "Fernblick Team")):
        served = Desk().serve("upgrade_subscription", ask(named), "K1009")
        assert isinstance(served.outcome, ShallIOrder) and served.outcome.offer.plan == offered


def test_an_offer_is_only_asked_about_and_nothing_is_filed_before_the_yes() -> None:
    desk = Desk()
    served = desk.serve("upgrade_subscription", ask(), "K1001")
    assert served.parked
    assert not served.for_agent
    assert desk.core.change_requests("K1001") == ()


def _yes(served: Served) -> Grant:
    return Grant(confirmed=True, shown=fingerprint(served.outcome))


def _ordered(desk: Desk, customer: str = "K1001", asked: Ask | None = None) -> Served:
    asked = asked or ask()
    shown = desk.serve("upgrade_subscription", asked, customer)
    return desk.serve("upgrade_subscription", asked, customer, trust=Trust.T2, grant=_yes(shown))


def test_the_yes_files_exactly_this_offer_for_an_agent() -> None:
    desk = Desk()
    served = _ordered(desk)
    assert served.outcome == Ordered(TERMS, "G-1")
    assert served.for_agent
    [filed] = served.filed
    assert isinstance(filed, billing.ChangeRequest)
    assert filed.offer is not None
    assert (filed.offer.plan, filed.offer.price_now) == ("Fernblick Pro", Money(9435, EUR))
    assert desk.core.subscription("SUB-1001", of="K1001").plan == "Fernblick Team"


def test_a_yes_to_something_else_orders_nothing_and_shows_the_offer_again() -> None:
    desk = Desk()
    grant = Grant(confirmed=True, shown=fingerprint(ShallIOrder(replace(TERMS, yearly=Money(1, EUR)))))
    served = desk.serve("upgrade_subscription", ask(), "K1001", trust=Trust.T2, grant=grant)
    assert isinstance(served.outcome, ShallIOrder)
    assert desk.core.change_requests("K1001") == ()


def test_a_yes_on_the_next_day_orders_at_the_lower_price_of_that_day() -> None:
    desk = Desk()
    shown = desk.serve("upgrade_subscription", ask(), "K1001")
    desk.core.clock = FixedClock(DEMO_DAY + timedelta(days=2))
    served = desk.serve("upgrade_subscription", ask(), "K1001", trust=Trust.T2, grant=_yes(shown))
    assert isinstance(served.outcome, Ordered)
    assert served.outcome.offer.price_now < TERMS.price_now
    assert served.outcome.offer.valid_until == TERMS.valid_until + timedelta(days=2)


def test_a_yes_in_the_next_term_is_asked_again() -> None:
    later = Terms(**{**vars(TERMS), "until": date(2028, 1, 1)})
    assert fingerprint(ShallIOrder(later)) != fingerprint(ShallIOrder(TERMS))


def test_after_the_agents_yes_the_new_plan_runs_at_the_price_that_was_ordered() -> None:
    desk = Desk()
    [filed] = _ordered(desk).filed
    grant = Grant(confirmed=True, agent="U0ADA", filed=(filed.id,), version=desk.core.customer("K1001").version)
    desk.core.clock = FixedClock(DEMO_DAY + timedelta(days=3))
    served = desk.serve("upgrade_subscription", ask(), "K1001", grant=grant)
    assert served.outcome == Upgraded("SUB-1001", "Fernblick Pro", 12, Money(9435, EUR), Money(226800, EUR))
    now = desk.core.subscription("SUB-1001", of="K1001")
    assert (now.plan, now.next_amount) == ("Fernblick Pro", Money(226800, EUR))
    assert desk.core.invoices("K1001", "latest")[0].net == Money(9435, EUR)


def test_a_colleague_of_ours_sees_the_offer_and_orders_nothing() -> None:
    served = Desk().serve("upgrade_subscription", ask(), "K1001", role=Role.TEAM, trust=Trust.INTERNAL)
    assert served.outcome == Offered(TERMS)
    assert not served.parked


def test_a_bigger_plan_that_is_named_is_offered_instead_of_the_next() -> None:
    desk = Desk()
    served = desk.serve("upgrade_subscription", ask("pro"), "K1009")
    assert isinstance(served.outcome, ShallIOrder)
    assert (served.outcome.offer.plan, served.outcome.asked) == ("Fernblick Pro", "")
    best = desk.serve("upgrade_subscription", ask(), "K1009").outcome
    assert isinstance(best, ShallIOrder)
    assert best.offer.plan == "Fernblick Team"


HELD = Subscription(
    "SUB-2001", "K2001", "Fernblick Team", 2, date(2025, 1, 1), date(2027, 1, 1), date(2026, 12, 4), Money(23800, EUR)
)


def _with(*held: Subscription) -> Desk:
    desk = Desk()
    customer = replace(desk.core.customer("K1001"), id="K2001", domains=())
    desk.core.add_customer(customer, actor=SYSTEM, idem="test:customer")
    for number, subscription in enumerate(held):
        desk.core.add_subscription(subscription, actor=SYSTEM, idem=f"test:subscription:{number}")
    return desk


def test_offers_for_two_subscriptions_are_asked_about() -> None:
    desk = _with(HELD, replace(HELD, number="SUB-2002", plan="Fernblick Solo", seats=1, next_amount=Money(4900, EUR)))
    outcome = desk.serve("upgrade_subscription", ask(), "K2001").outcome
    assert outcome == WhichSubscription(
        (Candidate("SUB-2001", "Fernblick Team", 2), Candidate("SUB-2002", "Fernblick Solo", 1))
    )


CANCELLED = replace(HELD, state=SubscriptionState.NON_RENEWING, ends=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("held", "outcome"),
    [
        ((), NoSubscription()),
        ((replace(HELD, state=SubscriptionState.ENDED),), Ended()),
        ((CANCELLED,), Ending("SUB-2001", date(2026, 12, 31))),
        ((replace(HELD, sold_by="K1005"),), Reseller()),
        ((replace(HELD, kind=SubscriptionKind.PERPETUAL, renews=None),), Perpetual()),
    ],
    ids=["nothing held", "ended", "cancelled", "sold by a reseller", "perpetual"],
)
def test_what_cannot_be_upgraded(held: tuple[Subscription, ...], outcome: Outcome) -> None:
    assert _with(*held).serve("upgrade_subscription", ask(), "K2001").outcome == outcome


def test_a_plan_outside_the_catalogue_is_offered_by_a_person() -> None:
    served = _with(replace(HELD, plan="Sonderedition")).serve("upgrade_subscription", ask(), "K2001")
    assert served.outcome == ByHand("SUB-2001", "Sonderedition", "G-1")
    assert served.calls == ("plan_by_hand",)


def test_a_smaller_plan_is_looked_at_by_a_person() -> None:
    served = _with(replace(HELD, plan="Fernblick Premium")).serve("upgrade_subscription", ask("business"), "K2001")
    assert served.outcome == SmallerPlan(
        "SUB-2001", "Fernblick Premium", "business", date(2027, 1, 1), date(2026, 12, 4), "G-1"
    )
    assert served.calls == ("plan_by_hand",)


def test_a_last_day_that_has_passed_is_not_named_to_who_wants_less() -> None:
    held = replace(HELD, plan="Fernblick Premium", last_day_to_cancel=date(2026, 11, 21))
    outcome = _with(held).serve("upgrade_subscription", ask("business"), "K2001").outcome
    assert isinstance(outcome, SmallerPlan)
    assert outcome.last_day is None


def test_a_product_beside_the_ladder_is_not_smaller() -> None:
    served = _with(replace(HELD, plan="Fernblick Premium")).serve("upgrade_subscription", ask("assist-ar"), "K2001")
    assert isinstance(served.outcome, ByHand)


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2, Trust.AGENT])
def test_everybody_else_is_asked_first(trust: Trust) -> None:
    served = Desk().serve("upgrade_subscription", ask(), "K1001", trust=trust)
    assert isinstance(served.outcome, ShallIOrder)


def test_a_technical_contact_orders_nothing() -> None:
    served = Desk().serve("upgrade_subscription", ask(), "K1001", sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("upgrade_subscription", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "upgrade_subscription")
