"""What every billing core must do. The same tests run over the embedded core and the fake."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from billing.desk import Desk
from billing.errors import (
    Ambiguous,
    Forbidden,
    IdempotencyConflict,
    InvalidState,
    NotEligible,
    NotFound,
    Stale,
    ValidationError,
)
from billing.values import (
    ActivationOutcome,
    ChangeSet,
    ChangeState,
    ImportedInvoice,
    InvoiceKind,
    InvoiceState,
    Payment,
    Portal,
    QuoteState,
    Show,
    SubscriptionState,
    TaxCategory,
)
from tests.billing.conftest import Bench
from tests.billing.people import (
    ACME,
    AGENT,
    ANNA,
    BETA,
    OTHER_AGENT,
    PERPETUAL,
    SYSTEM,
    TODAY,
    euro,
    issue,
    key,
    subscribe,
    take_up,
)

# Customers


def test_a_customer_comes_back_as_it_was_given(core: Desk) -> None:
    take_up(core, ACME)
    assert core.customer("acme") == ACME


def test_an_unknown_customer_is_not_found(core: Desk) -> None:
    with pytest.raises(NotFound):
        core.customer("nobody")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"email": "BUCHHALTUNG@Acme.example "}, ["acme"]),
        ({"email": "anna@acme.example"}, ["acme", "beta"]),
        ({"email": "archiv@acme.example"}, []),
        ({"email": "anna@acme"}, []),
        ({"domain": "ACME.example"}, ["acme", "beta"]),
        ({"domain": "beta.example", "email": "anna@acme.example"}, ["beta"]),
        ({}, []),
    ],
)
def test_customers_are_found_exactly_but_for_letter_case(core: Desk, asked: dict[str, str], found: list[str]) -> None:
    take_up(core, BETA, ACME)
    assert [c.id for c in core.find_customers(**asked)] == found


def test_a_customer_is_found_by_the_number_of_an_invoice(core: Desk) -> None:
    take_up(core, ACME, BETA)
    number = issue(core, "beta").number
    assert [c.id for c in core.find_customers(invoice_number=number.lower())] == ["beta"]
    assert core.find_customers(invoice_number=number, email="buchhaltung@acme.example") == ()


def test_an_id_is_given_once(core: Desk) -> None:
    take_up(core, ACME)
    with pytest.raises(InvalidState):
        take_up(core, ACME)


# Invoices and their numbers


def test_numbers_are_given_at_finalising_one_after_the_other(core: Desk) -> None:
    take_up(core, ACME)
    core.start_series("RE-2026", 101, actor=SYSTEM, idem=key())
    assert [issue(core).number for _ in range(3)] == ["RE-2026-000101", "RE-2026-000102", "RE-2026-000103"]
    assert issue(core, day=date(2025, 5, 1)).number == "RE-2025-000001"


def test_an_aborted_transaction_leaves_no_gap(bench: Bench) -> None:
    with bench.transaction() as core:
        take_up(core, ACME)
        issue(core)
    with pytest.raises(RuntimeError), bench.transaction() as core:
        issue(core)
        raise RuntimeError("the caller failed")
    with bench.transaction() as core:
        assert issue(core).number == "RE-2026-000002"
        assert [i.number for i in core.invoices("acme")] == ["RE-2026-000002", "RE-2026-000001"]


def test_a_draft_is_finalised_once(core: Desk) -> None:
    take_up(core, ACME)
    invoice = issue(core)
    with pytest.raises(InvalidState):
        core.finalise(invoice.number, actor=SYSTEM, idem=key())


def test_a_finalised_invoice_keeps_the_customer_as_he_was(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    request = core.request_change("acme", ChangeSet(company_name="Acme AG"), actor=ANNA, idem=key())
    core.apply_change(request.id, expected_version=1, actor=AGENT, idem=key())
    kept = core.invoice(number, of="acme")
    assert kept is not None
    assert kept.buyer.name == "Acme Möbel GmbH"
    assert issue(core).buyer.name == "Acme AG"


@pytest.mark.parametrize(
    "written",
    ["RE-2026-000123", "re-2026-000123", " RE 2026 000123", "Nr. RE-2026-000123", "#123", "123", "000123",
     "2026-123", "RE2026000123", "Rechnung Nr. 123", "n° 123", "Facture 2026/000123."],
)  # fmt: skip
def test_a_number_is_understood_however_it_is_written(core: Desk, written: str) -> None:
    take_up(core, ACME)
    core.start_series("RE-2026", 122, actor=SYSTEM, idem=key())
    issue(core), issue(core), issue(core)
    found = core.invoice(written, of="acme")
    assert found is not None
    assert found.number == "RE-2026-000123"


@pytest.mark.parametrize("written", ["", "  ", "abc", "RE-2025-000123", "RE-2026-00O123", "3", "9123", "123 456"])
def test_another_number_is_not_taken_for_it(core: Desk, written: str) -> None:
    take_up(core, ACME)
    core.start_series("RE-2026", 123, actor=SYSTEM, idem=key())
    issue(core)
    assert core.invoice(written, of="acme") is None


def test_another_customers_invoice_is_as_unknown_as_none(core: Desk) -> None:
    take_up(core, ACME, BETA)
    number = issue(core, "beta").number
    assert core.invoice(number, of="acme") is None
    with pytest.raises(NotFound):
        core.document("invoice", number, of="acme")


def test_a_bare_number_in_two_series_asks_which(core: Desk) -> None:
    take_up(core, ACME)
    core.start_series("RE-2026", 123, actor=SYSTEM, idem=key())
    issue(core)
    old = ImportedInvoice("000123", "acme", InvoiceState.FINALISED, euro(1190), euro(0), TODAY, TODAY)
    core.import_invoice(old, actor=SYSTEM, idem=key())
    with pytest.raises(Ambiguous) as asked:
        core.invoice("123", of="acme")
    assert asked.value.candidates == ("000123", "RE-2026-000123")
    written_out = core.invoice("RE-2026-000123", of="acme")
    assert written_out is not None
    assert written_out.number == "RE-2026-000123"


def test_an_imported_number_of_our_pattern_is_never_given_again(core: Desk) -> None:
    take_up(core, ACME)
    ours = ImportedInvoice("RE-2026-000500", "acme", InvoiceState.FINALISED, euro(1190), euro(190), TODAY, TODAY)
    taken = core.import_invoice(ours, actor=SYSTEM, idem=key())
    assert (taken.net, taken.tax, taken.payment) == (euro(1000), euro(190), Payment.PARTLY_PAID)
    assert issue(core).number == "RE-2026-000501"
    with pytest.raises(InvalidState):
        core.import_invoice(ours, actor=SYSTEM, idem=key())


def test_payments_move_an_invoice_from_open_to_overpaid(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core, net=10_000).number
    steps = [(900, Payment.PARTLY_PAID, 11_000), (11_000, Payment.PAID, 0), (50, Payment.OVERPAID, 0)]
    for amount, payment, remaining in steps:
        invoice = core.record_payment(number, euro(amount), TODAY, actor=SYSTEM, idem=key()).invoice
        assert (invoice.payment, invoice.remaining) == (payment, euro(remaining))
    assert core.invoice(number, of="acme") == invoice
    assert invoice.overpaid_by == euro(50)


def test_a_customer_cannot_book_a_payment(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    with pytest.raises(Forbidden):
        core.record_payment(number, euro(1), TODAY, actor=ANNA, idem=key())


def test_overdue_begins_the_day_after_the_due_day(core: Desk) -> None:
    take_up(core, ACME)
    on_the_day = issue(core, day=TODAY - timedelta(days=14))
    late = issue(core, day=TODAY - timedelta(days=15))
    assert (on_the_day.due, on_the_day.overdue) == (TODAY, False)
    assert late.overdue


def test_a_void_invoice_keeps_its_number_and_owes_nothing(core: Desk) -> None:
    take_up(core, ACME)
    voided = core.void(issue(core).number, actor=AGENT, idem=key())
    assert (voided.state, voided.remaining, voided.overdue) == (InvoiceState.VOID, euro(0), False)
    assert issue(core).number == "RE-2026-000002"
    with pytest.raises(InvalidState):
        core.document("invoice", voided.number, of="acme")


def test_what_something_was_paid_on_cannot_be_voided(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    core.record_payment(number, euro(1), TODAY, actor=SYSTEM, idem=key())
    with pytest.raises(InvalidState):
        core.void(number, actor=AGENT, idem=key())


def test_a_credit_note_has_its_own_series_and_corrects_its_invoice(core: Desk) -> None:
    take_up(core, ACME)
    original = issue(core)
    note = issue(core, kind=InvoiceKind.CREDIT_NOTE, corrects=original.number)
    corrected = core.invoice(original.number, of="acme")
    assert note.number == "RK-2026-000001"
    assert corrected is not None
    assert (corrected.state, corrected.payment, corrected.remaining) == (
        InvoiceState.CORRECTED, Payment.PAID, euro(0),
    )  # fmt: skip
    with pytest.raises(ValidationError):
        issue(core, kind=InvoiceKind.CREDIT_NOTE, corrects=original.number)


def test_lists_show_what_they_say_newest_first(core: Desk) -> None:
    take_up(core, ACME)
    days = [date(2025, 3, 1), date(2026, 1, 10), date(2026, 11, 20)]
    old, late, fresh = (issue(core, day=day).number for day in days)
    core.record_payment(old, euro(11_900), TODAY, actor=SYSTEM, idem=key())
    voided = core.void(issue(core, day=date(2026, 2, 1)).number, actor=AGENT, idem=key()).number
    shown = {show.value: [i.number for i in core.invoices("acme", show)] for show in Show}
    assert shown == {
        "open": [fresh, late], "overdue": [late], "paid": [old], "latest": [fresh],
        "all": [fresh, voided, late, old],
    }  # fmt: skip
    assert [i.number for i in core.invoices("acme", year=2025)] == [old]
    assert [i.number for i in core.invoices("acme", "open", since=date(2026, 1, 10), until=date(2026, 1, 31))] == [late]


def test_drafts_are_the_operators_business(core: Desk) -> None:
    from billing.values import Line, NewInvoice

    take_up(core, ACME)
    draft = core.draft_invoice(NewInvoice("acme", (Line("x", euro(5)),)), actor=SYSTEM, idem=key())
    assert core.invoices("acme") == ()
    assert core.all_invoices("acme") == (draft,)
    with pytest.raises(InvalidState):
        core.document("invoice", draft.number, of="acme")


@pytest.mark.parametrize(
    ("customer", "category", "rate"),
    [
        (ACME, TaxCategory.STANDARD, 1900),
        (BETA, TaxCategory.REVERSE_CHARGE, 0),
        (replace(BETA, tax_id_checked=False), TaxCategory.STANDARD, 2000),
        (replace(BETA, business=False), TaxCategory.STANDARD, 2000),
        (replace(BETA, country="CH"), TaxCategory.OUTSIDE, 0),
    ],
    ids=["at home", "EU business", "VAT id unchecked", "EU consumer", "outside the EU"],
)
def test_vat_follows_country_and_checked_vat_id(core: Desk, customer: object, category: str, rate: int) -> None:
    take_up(core, replace(customer, id="x"))  # type: ignore[type-var]
    treatment = issue(core, "x").treatment
    assert (treatment.category, treatment.rate) == (category, rate)


# Documents


def test_a_document_is_made_once_and_stays_the_same(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    first = core.document("invoice", number, of="acme")
    core.record_payment(number, euro(100), TODAY, actor=SYSTEM, idem=key())
    assert core.document("invoice", "1", of="acme") == first
    assert first.filename == f"{number}.pdf"


def test_a_document_is_drawn_without_being_written(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    drawn = core.draw("invoice", number, of="acme")
    assert (drawn.key, drawn.stored) == (number, False)
    assert core.draw("invoice", number, of="acme").stored is False
    kept = core.keep(drawn)
    assert kept == drawn.document
    assert core.draw("invoice", "1", of="acme").stored is True
    late = replace(drawn, document=replace(kept, content=b"drawn by somebody slower"))
    assert core.keep(late) == core.document("invoice", number, of="acme") == kept


# Renewal quotes


def test_the_same_term_has_one_quote(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core)
    first = core.request_renewal_quote("acme", actor=ANNA, idem=key())
    assert (first.state, first.number, first.total) == (QuoteState.QUEUED, None, euro(35_700))
    assert core.request_renewal_quote("acme", "sub 1", actor=ANNA, idem=key()) == first
    (ready,) = core.generate_due_quotes(actor=SYSTEM)
    assert (ready.state, ready.number, ready.id) == (QuoteState.READY, "AN-2026-000001", first.id)
    assert ready.valid_until == TODAY + timedelta(days=30)
    assert core.request_renewal_quote("acme", actor=ANNA, idem=key()) == ready
    assert core.due_quotes() == ()
    assert core.document("quote", ready.number, of="acme") == core.document("quote", ready.id, of="acme")


def test_a_quote_that_is_not_ready_has_no_document(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core)
    queued = core.request_renewal_quote("acme", actor=ANNA, idem=key())
    with pytest.raises(InvalidState):
        core.document("quote", queued.id, of="acme")
    with pytest.raises(NotFound):
        core.document("quote", "AN-2026-000009", of="acme")


def test_an_expired_quote_is_superseded_by_a_new_one(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core)
    core.request_renewal_quote("acme", actor=ANNA, idem=key())
    (ready,) = core.generate_due_quotes(actor=SYSTEM)
    core.store.save_quote(replace(ready, valid_until=TODAY - timedelta(days=1)))
    assert core.quote(ready.id).expired
    fresh = core.request_renewal_quote("acme", actor=ANNA, idem=key())
    assert fresh.id != ready.id
    assert core.quote(ready.id).state == QuoteState.SUPERSEDED


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (PERPETUAL, "perpetual"),
        ({"sold_by": "reseller"}, "reseller"),
        ({"state": SubscriptionState.ENDED}, "ended"),
        ({"renews": TODAY}, "ended"),
        ({"renews": TODAY + timedelta(days=400)}, "too_early"),
    ],
    ids=["perpetual", "reseller", "ended", "renewed already", "years ahead"],
)
def test_some_licences_have_no_renewal_quote(core: Desk, facts: dict[str, object], reason: str) -> None:
    take_up(core, ACME)
    subscribe(core, **facts)
    with pytest.raises(NotEligible) as refused:
        core.request_renewal_quote("acme", actor=ANNA, idem=key())
    assert refused.value.reason == reason


def test_a_customer_without_subscription_has_nothing_to_renew(core: Desk) -> None:
    take_up(core, ACME)
    with pytest.raises(NotEligible):
        core.request_renewal_quote("acme", actor=ANNA, idem=key())


def test_several_subscriptions_ask_which(core: Desk) -> None:
    take_up(core, ACME, BETA)
    subscribe(core, "SUB-1"), subscribe(core, "SUB-2"), subscribe(core, "SUB-3", "beta")
    with pytest.raises(Ambiguous) as asked:
        core.request_renewal_quote("acme", actor=ANNA, idem=key())
    assert asked.value.candidates == ("SUB-1", "SUB-2")
    assert core.request_renewal_quote("acme", "2", actor=ANNA, idem=key()).subscription == "SUB-2"
    with pytest.raises(NotFound):
        core.request_renewal_quote("acme", "SUB-3", actor=ANNA, idem=key())


# The portal


def test_the_portal_is_activated_by_an_own_invoice_number(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    invited = core.activate_portal("acme", number, actor=ANNA, idem=key())
    assert (invited.outcome, invited.contact_email) == (ActivationOutcome.INVITED, "anna@acme.example")
    again = core.resend_setup("acme", actor=SYSTEM, idem=key())
    assert again.outcome == ActivationOutcome.RESENT
    assert invited.setup_link is not None
    assert again.setup_link is not None
    with pytest.raises(NotFound):  # only the latest link works
        core.finish_setup(invited.setup_link.removeprefix("/setup/"), actor=ANNA, idem=key())
    active = core.finish_setup(again.setup_link.removeprefix("/setup/"), actor=ANNA, idem=key())
    assert active.portal == Portal.ACTIVE
    later = core.activate_portal("acme", number, actor=ANNA, idem=key())
    assert (later.outcome, later.setup_link) == (ActivationOutcome.ALREADY_ACTIVE, None)


@pytest.mark.parametrize("number", ["RE-2026-000999", "", "foreign"])
def test_a_wrong_number_opens_no_portal(core: Desk, number: str) -> None:
    take_up(core, ACME, BETA)
    foreign = issue(core, "beta").number
    with pytest.raises(NotFound):
        core.activate_portal("acme", foreign if number == "foreign" else number, actor=ANNA, idem=key())
    assert core.customer("acme").portal == Portal.NONE


@pytest.mark.parametrize("reason", ["reseller", "perpetual", "locked"])
def test_some_customers_have_no_portal(core: Desk, reason: str) -> None:
    special = {"reseller": {"reseller_id": "beta"}, "locked": {"portal": Portal.LOCKED}}.get(reason, {})
    take_up(core, BETA, replace(ACME, **special))  # type: ignore[arg-type]
    if reason == "perpetual":
        subscribe(core, **PERPETUAL)
    number = issue(core).number
    with pytest.raises(NotEligible) as refused:
        core.activate_portal("acme", number, actor=ANNA, idem=key())
    assert refused.value.reason == reason


# Changes that an agent decides


def test_filing_a_change_changes_nothing_but_shows_its_impact(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    wanted = ChangeSet(company_name="  Acme   Austria GmbH ", country="at")
    request = core.request_change("acme", wanted, actor=ANNA, idem=key())
    assert request.changes == ChangeSet("Acme Austria GmbH", "AT")
    assert request.before == ChangeSet("Acme Möbel GmbH", "DE")
    assert (request.impact.tax_now.rate, request.impact.tax_new.rate) == (1900, 2000)
    assert request.impact.open_invoices == (number,)
    assert core.customer("acme") == ACME
    assert core.change_requests("acme") == (request,)


def test_an_approved_change_is_carried_out_once(core: Desk) -> None:
    take_up(core, replace(ACME, tax_id_checked=True))
    request = core.request_change("acme", ChangeSet(country="AT", tax_id="ATU99999902"), actor=ANNA, idem=key())
    approved = core.apply_change(request.id, expected_version=1, actor=AGENT, idem=key())
    assert (approved.state, approved.decided_by) == (ChangeState.APPROVED, "U1")
    after = core.customer("acme")
    assert (after.country, after.tax_id, after.tax_id_checked, after.version) == ("AT", "ATU99999902", False, 2)
    assert core.change_request(request.id) == approved
    with pytest.raises(InvalidState):
        core.reject_change(request.id, reason="not_documented", actor=OTHER_AGENT, idem=key())


def test_a_rejected_change_leaves_the_customer_alone(core: Desk) -> None:
    take_up(core, ACME)
    request = core.request_change("acme", ChangeSet(company_name="Acme AG"), actor=ANNA, idem=key())
    rejected = core.reject_change(request.id, reason="not_documented", actor=AGENT, idem=key())
    assert (rejected.state, rejected.reason) == (ChangeState.REJECTED, "not_documented")
    with pytest.raises(InvalidState):
        core.apply_change(request.id, expected_version=1, actor=OTHER_AGENT, idem=key())
    assert core.customer("acme") == ACME


def test_a_change_decided_on_old_facts_is_stale(core: Desk) -> None:
    take_up(core, ACME)
    name = core.request_change("acme", ChangeSet(company_name="Acme AG"), actor=ANNA, idem=key())
    country = core.request_change("acme", ChangeSet(country="AT"), actor=ANNA, idem=key())
    core.apply_change(name.id, expected_version=name.version, actor=AGENT, idem=key())
    with pytest.raises(Stale) as stale:
        core.apply_change(country.id, expected_version=country.version, actor=AGENT, idem=key())
    assert stale.value.version == 2
    assert core.change_request(country.id).state == ChangeState.OPEN


def test_a_later_request_supersedes_an_open_one(core: Desk) -> None:
    take_up(core, ACME)
    old = core.request_change("acme", ChangeSet(company_name="Acme AG"), actor=ANNA, idem=key())
    core.request_change("acme", ChangeSet(company_name="Acme SE"), actor=ANNA, idem=key())
    assert core.change_request(old.id).state == ChangeState.SUPERSEDED


def test_only_another_agent_decides(core: Desk) -> None:
    take_up(core, ACME)
    request = core.request_change("acme", ChangeSet(company_name="Acme AG"), actor=AGENT, idem=key())
    for actor in (ANNA, SYSTEM, AGENT):
        with pytest.raises(Forbidden):
            core.apply_change(request.id, expected_version=1, actor=actor, idem=key())
        with pytest.raises(Forbidden):
            core.reject_change(request.id, reason="x", actor=actor, idem=key())
    assert core.apply_change(request.id, expected_version=1, actor=OTHER_AGENT, idem=key())


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        (ChangeSet(), "changes", "missing"),
        (ChangeSet(company_name="  "), "company_name", "missing"),
        (ChangeSet(company_name="x" * 201), "company_name", "too_long"),
        (ChangeSet(company_name="Acme  Möbel GmbH"), "company_name", "same_as_now"),
        (ChangeSet(country="Austria"), "country", "unknown"),
        (ChangeSet(country="ZZ"), "country", "unknown"),
        (ChangeSet(tax_id="DE123456789"), "tax_id", "invalid"),
    ],
    ids=["nothing", "blank name", "long name", "same name", "no code", "no country", "wrong check digit"],
)
def test_senseless_changes_are_refused(core: Desk, changes: ChangeSet, field: str, problem: str) -> None:
    take_up(core, ACME)
    with pytest.raises(ValidationError) as refused:
        core.request_change("acme", changes, actor=ANNA, idem=key())
    assert (refused.value.field, refused.value.problem) == (field, problem)


# Once is once


def test_the_same_key_gives_the_first_result(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    changes = ChangeSet(company_name="Acme AG")
    first = core.request_change("acme", changes, actor=ANNA, idem="email:m1:change:0")
    core.reject_change(first.id, reason="x", actor=AGENT, idem=key())
    assert core.request_change("acme", changes, actor=ANNA, idem="email:m1:change:0") == first
    paid = core.record_payment(number, euro(100), TODAY, actor=SYSTEM, idem="p")
    assert core.record_payment(number, euro(100), TODAY, actor=SYSTEM, idem="p") == paid
    invited = core.activate_portal("acme", number, actor=ANNA, idem="a")
    assert core.activate_portal("acme", number, actor=ANNA, idem="a") == invited


def test_the_same_key_for_something_else_is_a_conflict(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    core.record_payment(number, euro(100), TODAY, actor=SYSTEM, idem="p")
    with pytest.raises(IdempotencyConflict):
        core.record_payment(number, euro(200), TODAY, actor=SYSTEM, idem="p")
    with pytest.raises(IdempotencyConflict):
        core.void(number, actor=SYSTEM, idem="p")


def test_a_refused_write_changes_nothing_and_keeps_its_key_free(core: Desk) -> None:
    take_up(core, ACME)
    original = issue(core)
    bad = {"kind": InvoiceKind.CREDIT_NOTE, "corrects": original.number}
    with pytest.raises(ValidationError):
        issue(core, net=20_000, **bad)
    assert core.store.series_at("RK-2026") is None
    assert issue(core, net=10_000, **bad).number == "RK-2026-000001"


@pytest.mark.parametrize("idem", ["", None])
def test_a_write_without_key_is_refused(core: Desk, idem: str) -> None:
    with pytest.raises(ValidationError):
        core.add_customer(ACME, actor=SYSTEM, idem=idem)
