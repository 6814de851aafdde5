"""The desk in both cores: what customers change by themselves, what agents decide, what there is to know."""

from dataclasses import replace
from datetime import timedelta

import pytest

from billing.clock import FixedClock
from billing.desk import Desk
from billing.errors import Forbidden, InvalidState, NotEligible, NotFound, RequiresApproval, Stale, ValidationError
from billing.matters import NoticeKind, PortalTarget, Topic
from billing.values import Address, ChangeSet, ChangeState, Contact, ContactRole, Portal, TaxCategory
from tests.billing.conftest import Bench
from tests.billing.people import (
    ACME,
    AGENT,
    ANNA,
    BETA,
    OTHER_AGENT,
    SYSTEM,
    TODAY,
    euro,
    issue,
    key,
    subscribe,
    take_up,
)
from tests.billing.test_payments import SCAN

NEW = Address("Neue  Straße 5", "", "10115", " Berlin ")


def move(core: Desk, address: Address = NEW, version: int = 1, **more: str) -> None:
    core.update_billing_address("acme", address, expected_version=version, actor=ANNA, idem=key(), **more)


# The address


def test_a_new_address_stands_on_the_next_invoice_and_on_none_before(core: Desk) -> None:
    take_up(core, ACME)
    before = issue(core)
    move(core)
    assert core.customer("acme").address == Address("Neue Straße 5", "", "10115", "Berlin")
    assert core.customer("acme").version == 2
    assert issue(core).buyer.address.city == "Berlin"
    assert core.invoice(before.number, of="acme") == before


def test_a_hidden_change_of_name_or_country_needs_an_agent(core: Desk) -> None:
    take_up(core, ACME)
    with pytest.raises(RequiresApproval) as asked:
        move(core, company_name="Acme AG", country="AT")
    assert asked.value.fields == ("company_name", "country")
    assert core.customer("acme") == ACME
    move(core, company_name=ACME.name, country="DE")  # the same as now is no change


@pytest.mark.parametrize(
    ("address", "field", "problem"),
    [
        (replace(NEW, street=" "), "street", "missing"),
        (replace(NEW, city=""), "city", "missing"),
        (replace(NEW, postcode=""), "postcode", "missing"),
        (replace(NEW, postcode="1234"), "postcode", "invalid"),
        (replace(NEW, street="x" * 101), "street", "too_long"),
        (ACME.address, "address", "same_as_now"),
    ],
)
def test_an_address_that_no_letter_reaches_is_refused(core: Desk, address: Address, field: str, problem: str) -> None:
    take_up(core, ACME)
    with pytest.raises(ValidationError) as refused:
        move(core, address)
    assert (refused.value.field, refused.value.problem) == (field, problem)


def test_who_looked_at_an_old_version_is_told(core: Desk) -> None:
    take_up(core, ACME)
    move(core)
    with pytest.raises(Stale) as stale:
        move(core, replace(NEW, street="Andere Straße 1"))
    assert stale.value.version == 2


# The profile


def test_a_contact_is_called_reached_and_written_to_anew(core: Desk) -> None:
    take_up(core, ACME)
    core.update_profile(
        "acme", "ANNA@acme.example", name="Anna  Adler-Falk", phone="+49 221 5550", language="fr",
        expected_version=1, actor=ANNA, idem=key(),
    )  # fmt: skip
    assert core.customer("acme").contacts == (
        ACME.contacts[0],
        Contact("anna@acme.example", "Anna Adler-Falk", ContactRole.OWNER, "fr", "+49 221 5550"),
    )
    assert [c.id for c in core.find_customers(email="anna@acme.example")] == ["acme"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 101}, "name"), ({"phone": "ruf an"}, "phone"),
        ({"language": "it"}, "language"), ({}, "profile"), ({"name": "Anna Adler"}, "profile"),
    ],
)  # fmt: skip
def test_a_senseless_profile_is_refused(core: Desk, facts: dict[str, str], field: str) -> None:
    take_up(core, ACME)
    with pytest.raises(ValidationError) as refused:
        core.update_profile("acme", "anna@acme.example", expected_version=1, actor=ANNA, idem=key(), **facts)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_stranger_has_no_profile(core: Desk) -> None:
    take_up(core, ACME)
    with pytest.raises(NotFound):
        core.update_profile("acme", "eve@evil.example", name="Eve", expected_version=1, actor=ANNA, idem=key())


# VAT id, notifications, portal


def test_a_vat_id_counts_from_when_somebody_checked_it(core: Desk) -> None:
    take_up(core, replace(BETA, tax_id_checked=False))
    assert issue(core, "beta").treatment.category == TaxCategory.STANDARD
    with pytest.raises(Forbidden):
        core.confirm_tax_id("beta", expected_version=1, actor=ANNA, idem=key())
    core.confirm_tax_id("beta", expected_version=1, actor=AGENT, idem=key())
    assert issue(core, "beta").treatment.category == TaxCategory.REVERSE_CHARGE
    request = core.request_change("beta", ChangeSet(tax_id="FR53999990021"), actor=ANNA, idem=key())
    core.apply_change(request.id, expected_version=2, actor=AGENT, idem=key())
    assert issue(core, "beta").treatment.category == TaxCategory.STANDARD  # a new one is unchecked


def test_topics_can_be_switched_off_and_on(core: Desk) -> None:
    take_up(core, ACME)
    off = core.update_notifications("acme", (Topic.RENEWALS, Topic.QUOTES), expected_version=1, actor=ANNA, idem=key())
    assert off.muted == ("quotes", "renewals")
    assert core.customer("acme") == off
    with pytest.raises(ValidationError):
        core.update_notifications("acme", (Topic.QUOTES, Topic.RENEWALS), expected_version=2, actor=ANNA, idem=key())
    assert core.update_notifications("acme", (), expected_version=2, actor=ANNA, idem=key()).muted == ()


def test_links_lead_into_the_portal_of_who_has_one(core: Desk) -> None:
    take_up(core, replace(ACME, portal=Portal.ACTIVE), BETA)
    assert core.portal_link("acme", PortalTarget.PAYMENT_METHOD) == "/portal/payment-method"
    assert core.portal_link("acme") == "/portal"
    with pytest.raises(NotEligible) as refused:
        core.portal_link("beta", "profile")
    assert refused.value.reason == "portal_inactive"
    with pytest.raises(ValidationError):
        core.portal_link("acme", "cellar")


def test_a_locked_portal_opens_by_an_agent_and_by_no_old_link(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    link = core.activate_portal("acme", number, actor=ANNA, idem=key()).setup_link
    assert link is not None
    core.lock_portal("acme", True, actor=AGENT, idem=key())
    with pytest.raises(NotFound):
        core.finish_setup(link.removeprefix("/setup/"), actor=ANNA, idem=key())
    with pytest.raises(InvalidState):
        core.lock_portal("acme", True, actor=AGENT, idem=key())
    assert core.lock_portal("acme", False, actor=AGENT, idem=key()).portal == Portal.ACTIVE


# Two agents


def test_of_two_agents_who_decide_at_once_exactly_one_wins(bench: Bench) -> None:
    with bench.transaction() as core:
        take_up(core, ACME)
        request = core.request_change("acme", ChangeSet(company_name="Acme AG"), actor=ANNA, idem=key())
    with bench.transaction() as core:
        core.apply_change(request.id, expected_version=request.version, actor=AGENT, idem=key())
    with pytest.raises(InvalidState) as late, bench.transaction() as core:
        core.reject_change(request.id, reason="x", actor=OTHER_AGENT, idem=key())
    assert late.value.current == "approved"
    with bench.transaction() as core:
        assert core.customer("acme").name == "Acme AG"
        told = [event.facts for event in core.events().items if event.kind == "change.decided"]
        assert told == [{"state": "approved"}]


def test_a_request_that_nobody_decides_expires(core: Desk) -> None:
    take_up(core, ACME)
    request = core.request_change("acme", ChangeSet(company_name="Acme AG"), actor=ANNA, idem=key())
    core.clock = FixedClock(TODAY + timedelta(days=30))
    core.run_due(actor=SYSTEM)
    assert core.change_request(request.id).state == ChangeState.EXPIRED
    with pytest.raises(InvalidState):
        core.apply_change(request.id, expected_version=1, actor=AGENT, idem=key())


def test_a_request_that_is_postponed_expires_on_its_new_day(core: Desk) -> None:
    take_up(core, ACME)
    request = core.request_change("acme", ChangeSet(company_name="Acme AG"), actor=OTHER_AGENT, idem=key())
    for actor in (ANNA, SYSTEM, OTHER_AGENT):
        with pytest.raises(Forbidden):
            core.postpone_change(request.id, TODAY + timedelta(days=44), actor=actor, idem=key())
    core.postpone_change(request.id, TODAY + timedelta(days=44), actor=AGENT, idem=key())
    core.clock = FixedClock(TODAY + timedelta(days=43))
    core.run_due(actor=SYSTEM)
    assert core.change_request(request.id).state == ChangeState.OPEN
    core.clock = FixedClock(TODAY + timedelta(days=44))
    core.run_due(actor=SYSTEM)
    assert core.change_request(request.id).state == ChangeState.EXPIRED
    with pytest.raises(InvalidState):
        core.postpone_change(request.id, TODAY + timedelta(days=60), actor=AGENT, idem=key())


def test_cancelling_and_upgrading_have_their_own_way_in(core: Desk) -> None:
    take_up(core, ACME)
    for changes in (ChangeSet(cancel="SUB-1"), ChangeSet(company_name="Acme AG", upgrade="Fernblick Pro")):
        with pytest.raises(ValidationError):
            core.request_change("acme", changes, actor=ANNA, idem=key())


# What there is to know


def test_notifications_say_what_is_pressing_and_go_when_it_is_dealt_with(core: Desk) -> None:
    take_up(core, replace(ACME, currency="EUR"))
    assert core.list_notifications("acme") == ()
    subscribe(core, renews=TODAY + timedelta(days=30), last_day_to_cancel=TODAY + timedelta(days=2))
    late, soon = issue(core, day=TODAY - timedelta(days=30)), issue(core, day=TODAY - timedelta(days=10))
    core.request_renewal_quote("acme", actor=ANNA, idem=key())
    core.generate_due_quotes(actor=SYSTEM)
    core.submit_payment_proof("acme", late.number, SCAN, actor=ANNA, idem=key())
    core.open_dispute("acme", soon.number, "zu viel", actor=ANNA, idem=key())
    core.request_change("acme", ChangeSet(company_name="Acme AG"), actor=ANNA, idem=key())
    kinds = [notice.kind for notice in core.list_notifications("acme")]
    assert kinds == [
        NoticeKind.OVERDUE, NoticeKind.DUE_SOON, NoticeKind.PROOF_RECEIVED, NoticeKind.QUOTE_READY,
        NoticeKind.CANCEL_BY, NoticeKind.CHANGE_OPEN, NoticeKind.DISPUTE_OPEN,
    ]  # fmt: skip
    core.record_payment(late.number, euro(12_000), TODAY, actor=SYSTEM, idem=key())
    left = core.list_notifications("acme")
    assert (left[0].kind, left[0].subject, left[0].amount) == (NoticeKind.DUE_SOON, soon.number, soon.total)
    assert (left[-1].kind, left[-1].amount) == (NoticeKind.CREDIT_BALANCE, euro(100))


# Keys


def test_keys_are_kept_for_thirty_days(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    core.record_payment(number, euro(1), TODAY, actor=SYSTEM, idem="k")
    core.clock = FixedClock(TODAY + timedelta(days=30))
    core.run_due(actor=SYSTEM)
    assert core.record_payment(number, euro(1), TODAY, actor=SYSTEM, idem="k").invoice.paid == euro(1)
    core.clock = FixedClock(TODAY + timedelta(days=31))
    core.run_due(actor=SYSTEM)
    assert core.record_payment(number, euro(1), TODAY, actor=SYSTEM, idem="k").invoice.paid == euro(2)
