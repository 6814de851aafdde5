"""Contracts in both cores: offers with proration, notice to the day, terms that end and begin, quotes that are taken."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import terms
from billing.clock import FixedClock
from billing.desk import Desk
from billing.errors import Forbidden, InvalidState, NotEligible, NotFound, Unavailable, ValidationError
from billing.matters import DueKind, NoOffer
from billing.values import (
    ChangeState,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Licence,
    Money,
    Offer,
    Quote,
    QuoteState,
    Subscription,
    SubscriptionState,
)
from tests.billing.people import (
    ACME,
    AGENT,
    ANNA,
    BETA,
    PERPETUAL,
    SYSTEM,
    TODAY,
    euro,
    issue,
    key,
    subscribe,
    take_up,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def on(core: Desk, day: date) -> None:
    core.clock = FixedClock(day)


def run_until(core: Desk, day: date) -> None:
    """Every day's work, up to and including this one."""
    while core.clock.today() < day:
        on(core, core.clock.today() + timedelta(days=1))
        core.run_due(actor=SYSTEM)


def contract(renews: date, starts: date | None = None) -> Subscription:
    return Subscription(
        "S", "acme", "Fernblick Team", 1, starts or terms.anniversary(renews, renews.year - 1), renews, None, euro(1)
    )


# The notice period


@pytest.mark.parametrize(
    ("renews", "until"),
    [
        (date(2027, 1, 1), date(2026, 12, 4)),
        (date(2027, 3, 1), date(2027, 2, 1)),
        (date(2028, 3, 1), date(2028, 2, 2)),  # a leap year's February has a day more
        (date(2028, 3, 28), date(2028, 2, 29)),
        (date(2027, 3, 28), date(2027, 2, 28)),  # the clocks change that night: 28 calendar days all the same
        (date(2027, 3, 31), date(2027, 3, 3)),
        (date(2026, 10, 25), date(2026, 9, 27)),
    ],
)
def test_the_last_day_to_cancel_is_28_days_before_the_next_term(renews: date, until: date) -> None:
    assert terms.last_day(renews) == until


@pytest.mark.parametrize(
    ("received", "day", "in_time"),
    [
        ("2027-03-03T22:59:59+00:00", date(2027, 3, 3), True),  # 23:59:59 in Berlin, winter
        ("2027-03-03T23:00:00+00:00", date(2027, 3, 4), False),
        ("2027-03-03T23:59:59+01:00", date(2027, 3, 3), True),
        ("2027-03-04T08:00:00+09:00", date(2027, 3, 4), False),  # still the 3rd in London, but not in Berlin
        ("2027-03-03T14:00:00-09:00", date(2027, 3, 4), False),
    ],
)
def test_the_day_of_receipt_is_the_sellers(received: str, day: date, in_time: bool) -> None:
    found = terms.cancellation(contract(date(2027, 3, 31)), datetime.fromisoformat(received), "Europe/Berlin")
    assert (found.received_on, found.in_time, found.last_day) == (day, in_time, date(2027, 3, 3))
    assert found.effective == (date(2027, 3, 31) if in_time else date(2028, 3, 31))


@pytest.mark.parametrize(
    ("received", "in_time"),
    [
        ("2026-03-28T22:59:59+00:00", True),  # the night before the clocks go forward: still CET
        ("2026-03-28T23:00:00+00:00", False),
    ],
)
def test_the_night_of_the_clock_change_has_the_same_midnight(received: str, in_time: bool) -> None:
    renews = date(2026, 4, 25)
    assert terms.last_day(renews) == date(2026, 3, 28)
    found = terms.cancellation(contract(renews), datetime.fromisoformat(received), "Europe/Berlin")
    assert found.in_time == in_time


@pytest.mark.parametrize(
    ("received", "in_time"),
    [("2026-10-25T22:59:59+00:00", True), ("2026-10-25T23:00:00+00:00", False), ("2026-10-25T22:30:00+00:00", True)],
)
def test_the_day_of_25_hours_ends_at_its_own_midnight(received: str, in_time: bool) -> None:
    renews = date(2026, 11, 22)
    assert terms.last_day(renews) == date(2026, 10, 25)
    found = terms.cancellation(contract(renews), datetime.fromisoformat(received), "Europe/Berlin")
    assert found.in_time == in_time


def test_a_contract_of_29_february_comes_back_to_its_day() -> None:
    day, seen = date(2024, 2, 29), []
    for _ in range(5):
        day = terms.next_term(date(2024, 2, 29), day)
        seen.append(day)
    assert seen == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29), date(2029, 2, 28)]


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_terms_follow_each_other_for_any_first_day(starts: date) -> None:
    following = terms.next_term(starts, starts)
    assert following.year == starts.year + 1
    assert 365 <= (following - starts).days <= 366
    assert terms.term_start(contract(following, starts)) == starts


# Cancelling


@pytest.mark.parametrize(("days", "ends_after"), [(40, 0), (20, 1)], ids=["in time", "late"])
def test_a_cancellation_is_filed_and_an_agent_decides(core: Desk, days: int, ends_after: int) -> None:
    take_up(core, ACME)
    renews = TODAY + timedelta(days=days)
    subscribe(core, starts=terms.anniversary(renews, 2025), renews=renews, last_day_to_cancel=terms.last_day(renews))
    request = core.request_cancellation("acme", "SUB-1", NOON, actor=ANNA, idem=key())
    assert request.cancellation is not None
    assert request.cancellation.in_time == (ends_after == 0)
    assert core.subscription("SUB-1", of="acme").state == SubscriptionState.ACTIVE
    core.apply_change(request.id, expected_version=1, actor=AGENT, idem=key())
    held = core.subscription("SUB-1", of="acme")
    assert held.state == SubscriptionState.NON_RENEWING
    assert held.ends == date(renews.year + ends_after, renews.month, renews.day)
    assert core.customer("acme").version == 1
    run_until(core, held.ends - timedelta(days=1))
    assert core.subscription("SUB-1", of="acme").state == SubscriptionState.NON_RENEWING
    run_until(core, held.ends)
    over = core.subscription("SUB-1", of="acme")
    assert (over.state, over.licence, over.licence_reason) == (SubscriptionState.ENDED, Licence.INACTIVE, "ended")
    drafts = [i for i in core.all_invoices("acme") if i.state == InvoiceState.DRAFT]
    assert len(drafts) == ends_after  # late: one more term to pay


def test_two_cancellations_of_two_subscriptions_stand_beside_each_other(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core, "SUB-1"), subscribe(core, "SUB-2")
    first = core.request_cancellation("acme", "SUB-1", NOON, actor=ANNA, idem=key())
    core.request_cancellation("acme", "SUB-2", NOON, actor=ANNA, idem=key())
    again = core.request_cancellation("acme", "SUB-1", NOON, actor=ANNA, idem=key())
    states = {request.id: request.state for request in core.change_requests("acme")}
    assert states[first.id] == ChangeState.SUPERSEDED
    assert list(states.values()).count(ChangeState.OPEN) == 2
    core.apply_change(again.id, expected_version=1, actor=AGENT, idem=key())
    with pytest.raises(InvalidState):
        core.request_cancellation("acme", "SUB-1", NOON, actor=ANNA, idem=key())
    assert core.reinstate("acme", "SUB-1", actor=AGENT, idem=key()).state == SubscriptionState.ACTIVE


def test_a_cancellation_cannot_come_from_tomorrow(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core)
    with pytest.raises(ValidationError):
        core.request_cancellation("acme", "SUB-1", NOON + timedelta(days=1), actor=ANNA, idem=key())


@pytest.mark.parametrize("facts", [PERPETUAL, {"sold_by": "beta"}, {"state": SubscriptionState.ENDED}])
def test_some_subscriptions_are_not_ours_to_change(core: Desk, facts: dict[str, object]) -> None:
    take_up(core, ACME)
    subscribe(core, **facts)
    with pytest.raises(NotEligible):
        core.request_cancellation("acme", "SUB-1", NOON, actor=ANNA, idem=key())
    with pytest.raises(NotEligible):
        core.best_offer("SUB-1", of="acme")


# Upgrades


def offered(core: Desk) -> Offer:
    offer = core.best_offer("SUB-1", of="acme")
    assert isinstance(offer, Offer)
    return offer


def test_the_offer_is_the_next_plan_for_the_rest_of_the_term(core: Desk) -> None:
    take_up(core, ACME)
    renews = date(2027, 5, 22)  # 181 of 365 days are left
    subscribe(core, starts=date(2026, 5, 22), renews=renews, next_amount=euro(3 * 11_900))
    offer = offered(core)
    new, old = offer.lines
    assert (offer.plan, offer.seats, offer.next_amount) == ("Fernblick Pro", 3, euro(56_700))
    assert (new.net, old.net) == (euro(28_117), euro(-17_703))  # 56700 and 35700 times 181/365
    assert old.quantity == -1
    assert old.unit_price.minor > 0
    assert offer.price_now == euro(28_117 - 17_703)
    assert offer.valid_until == TODAY + timedelta(days=14)
    assert core.offers("SUB-1", of="acme") == (offer,)


def test_an_order_waits_for_an_agent_and_is_billed_at_the_price_that_was_shown(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core, next_amount=euro(35_700))
    offer = offered(core)
    on(core, TODAY + timedelta(days=5))
    order = core.order_upgrade("acme", offer.id, actor=ANNA, idem=key())
    assert (order.before.upgrade, order.changes.upgrade, order.offer) == ("Fernblick Team", "Fernblick Pro", offer)
    on(core, TODAY + timedelta(days=9))
    core.apply_change(order.id, expected_version=1, actor=AGENT, idem=key())
    held = core.subscription("SUB-1", of="acme")
    assert (held.plan, held.next_amount) == ("Fernblick Pro", euro(56_700))
    (invoice,) = core.invoices("acme")
    assert (invoice.net, invoice.subscription) == (offer.price_now, "SUB-1")
    assert isinstance(core.best_offer("SUB-1", of="acme"), NoOffer)


def test_an_offer_lapses_and_a_changed_subscription_makes_it_void(core: Desk) -> None:
    take_up(core, ACME, BETA)
    subscribe(core, next_amount=euro(35_700), renews=date(2027, 9, 1), last_day_to_cancel=date(2027, 8, 4))
    offer = offered(core)
    with pytest.raises(NotFound):
        core.order_upgrade("beta", offer.id, actor=ANNA, idem=key())
    with pytest.raises(NotFound):
        core.order_upgrade("acme", "OF-SUB-1-20261301-5", actor=ANNA, idem=key())
    order = core.order_upgrade("acme", offer.id, actor=ANNA, idem=key())
    core.change_plan("SUB-1", "Fernblick Team", 5, actor=AGENT, idem=key())
    with pytest.raises(InvalidState) as changed:
        core.order_upgrade("acme", offer.id, actor=ANNA, idem=key())
    assert changed.value.current == "changed"
    with pytest.raises(InvalidState):
        core.apply_change(order.id, expected_version=1, actor=AGENT, idem=key())
    assert core.change_request(order.id).state == ChangeState.OPEN
    fresh = offered(core)
    on(core, TODAY + timedelta(days=15))
    with pytest.raises(InvalidState) as expired:
        core.order_upgrade("acme", fresh.id, actor=ANNA, idem=key())
    assert expired.value.current == "expired"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"plan": "Fernblick Pro"}, "best_already"),
        ({"plan": "Altvertrag"}, "not_in_catalogue"),
        ({"state": SubscriptionState.NON_RENEWING}, "ending"),
        ({"next_amount": Money(999_999, "EUR")}, "best_already"),
    ],
)
def test_where_nothing_is_better_it_says_why(core: Desk, facts: dict[str, object], reason: str) -> None:
    take_up(core, ACME)
    subscribe(core, **facts)
    assert core.best_offer("SUB-1", of="acme") == NoOffer(reason)


def test_fewer_seats_give_a_credit_note_to_the_terms_invoice(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core, next_amount=euro(35_700))
    with pytest.raises(NotFound):
        core.change_plan("SUB-1", "Fernblick Team", 1, actor=AGENT, idem=key())
    billed = issue(core, net=35_700, subscription="SUB-1")
    core.change_plan("SUB-1", "Fernblick Team", 1, actor=AGENT, idem=key())
    (note,) = (invoice for invoice in core.invoices("acme") if invoice != core.invoice(billed.number, of="acme"))
    assert (note.kind, note.corrects) == (InvoiceKind.CREDIT_NOTE, billed.number)
    assert note.total.minor > 0
    assert all(line.unit_price.minor >= 0 for line in note.lines)


def test_only_agents_change_plans(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core)
    with pytest.raises(Forbidden):
        core.change_plan("SUB-1", "Fernblick Pro", 3, actor=ANNA, idem=key())


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(0, 364))
def test_a_proration_is_never_off_by_more_than_a_cent(old: int, new: int, day: int) -> None:
    held = replace(contract(date(2027, 1, 1)), next_amount=euro(old))
    lines = terms.proration(held, "x", euro(new), date(2026, 1, 1) + timedelta(days=day))
    exact = (new - old) * (365 - day) / 365
    assert abs(lines[0].net.minor + lines[1].net.minor - exact) <= 1
    assert all(line.unit_price.minor >= 0 for line in lines)


# Quotes


def ready(core: Desk) -> Quote:
    take_up(core, ACME)
    subscribe(core)
    core.request_renewal_quote("acme", actor=ANNA, idem=key())
    (quote,) = core.generate_due_quotes(actor=SYSTEM)
    return quote


def test_an_accepted_quote_sets_the_price_of_the_next_term(core: Desk) -> None:
    quote = ready(core)
    with pytest.raises(NotFound):
        core.accept_quote("acme", "AN-2026-000009", actor=ANNA, idem=key())
    accepted = core.accept_quote("acme", quote.number or "", "PO-4711", actor=ANNA, idem=key())
    assert accepted.state == QuoteState.ACCEPTED
    core.store.change_subscription(replace(core.subscription("SUB-1", of="acme"), next_amount=euro(99_900)))
    assert quote.term_starts is not None
    run_until(core, quote.term_starts)
    (draft,) = (i for i in core.all_invoices("acme") if i.state == InvoiceState.DRAFT)
    assert (draft.net, draft.issued) == (quote.net, quote.term_starts)
    held = core.subscription("SUB-1", of="acme")
    assert held.renews == terms.next_term(held.starts, quote.term_starts)
    assert held.last_day_to_cancel == terms.last_day(held.renews)


def test_a_quote_holds_to_the_end_of_its_last_day(core: Desk) -> None:
    quote = ready(core)
    assert quote.valid_until is not None
    on(core, quote.valid_until)
    assert not core.quote(quote.id).expired
    on(core, quote.valid_until + timedelta(days=1))
    with pytest.raises(InvalidState) as late:
        core.accept_quote("acme", quote.id, actor=ANNA, idem=key())
    assert late.value.current == "expired"
    core.run_due(actor=SYSTEM)
    assert "quote.expired" in [event.kind for event in core.events().items]


def test_a_quote_that_was_taken_back_cannot_be_accepted(core: Desk) -> None:
    quote = ready(core)
    core.withdraw_quote(quote.id, actor=AGENT, idem=key())
    with pytest.raises(InvalidState):
        core.accept_quote("acme", quote.id, actor=ANNA, idem=key())


class Broken:
    """A maker of documents that cannot be reached."""

    def __getattr__(self, _name: str) -> object:
        raise Unavailable


def test_a_quote_that_cannot_be_made_is_tried_three_days_more_and_asking_again_revives_it(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core)
    whole = core.documents
    asked = core.request_renewal_quote("acme", actor=ANNA, idem=key())
    core.documents = Broken()  # type: ignore[assignment]
    assert core.generate_due_quotes(actor=SYSTEM) == ()
    assert core.quote(asked.id).state == QuoteState.FAILED
    run_until(core, TODAY + timedelta(days=5))
    assert core.quote(asked.id).state == QuoteState.FAILED
    failures = [event for event in core.events().items if event.kind == "quote.failed"]
    assert len(failures) == 4
    core.documents = whole
    assert core.request_renewal_quote("acme", actor=ANNA, idem=key()).id == asked.id
    assert [q.id for q in core.generate_due_quotes(actor=SYSTEM)] == [asked.id]


def test_a_quote_that_failed_once_is_made_the_next_day(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core)
    whole = core.documents
    asked = core.request_renewal_quote("acme", actor=ANNA, idem=key())
    core.documents = Broken()  # type: ignore[assignment]
    core.generate_due_quotes(actor=SYSTEM)
    core.documents = whole
    run_until(core, TODAY + timedelta(days=1))
    assert core.quote(asked.id).state == QuoteState.READY


# The days of a subscription


def test_the_last_call_comes_two_weeks_before_the_last_day(core: Desk) -> None:
    take_up(core, ACME)
    held = subscribe(core, renews=TODAY + timedelta(days=60), last_day_to_cancel=TODAY + timedelta(days=32))
    run_until(core, TODAY + timedelta(days=17))
    assert core.events().items == ()
    assert "cancel_by" not in {notice.kind for notice in core.list_notifications("acme")}
    run_until(core, TODAY + timedelta(days=18))
    (told,) = core.events().items
    assert (told.kind, told.facts) == ("subscription.cancel_by", {"day": held.last_day_to_cancel.isoformat()})  # type: ignore[union-attr]
    assert "cancel_by" in {notice.kind for notice in core.list_notifications("acme")}


def test_a_subscription_that_is_yet_to_start_starts_on_its_day(core: Desk) -> None:
    take_up(core, ACME)
    starts = TODAY + timedelta(days=3)
    renews = terms.next_term(starts, starts)
    subscribe(core, state=SubscriptionState.SCHEDULED, starts=starts, renews=renews, last_day_to_cancel=None)
    run_until(core, TODAY + timedelta(days=2))
    assert core.subscription("SUB-1", of="acme").state == SubscriptionState.SCHEDULED
    run_until(core, starts)
    assert core.subscription("SUB-1", of="acme").state == SubscriptionState.ACTIVE


def test_the_schedule_is_run_by_the_system_and_running_it_again_does_nothing(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core, renews=TODAY, starts=terms.anniversary(TODAY, 2025), last_day_to_cancel=terms.last_day(TODAY))
    with pytest.raises(Forbidden):
        core.run_due(actor=ANNA)
    assert [due.kind for due in core.run_due(actor=SYSTEM)] == [DueKind.TERM_END]
    assert core.run_due(actor=SYSTEM) == ()


def test_a_machine_that_slept_for_two_years_catches_up(core: Desk) -> None:
    take_up(core, ACME)
    held = subscribe(core)
    assert held.renews is not None
    on(core, held.renews + timedelta(days=800))
    while core.run_due(actor=SYSTEM):
        pass
    again = core.subscription("SUB-1", of="acme")
    assert again.renews is not None
    assert again.renews > core.clock.today()
    drafts: list[Invoice] = [i for i in core.all_invoices("acme") if i.state == InvoiceState.DRAFT]
    assert len(drafts) == 3
