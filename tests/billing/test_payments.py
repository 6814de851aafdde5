"""Money in both cores: partial, too much, back and forth; reminders, proofs, disputes, and what they do to licences."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from billing.clock import FixedClock
from billing.desk import Desk
from billing.errors import Forbidden, InvalidState, NotFound, RequiresApproval, ValidationError
from billing.matters import DisputeState, DueKind, Match, NoMatch, ProofFile, ProofState, Receipt
from billing.seller import DEMO_SELLER
from billing.values import ChangeSet, Collection, InvoiceKind, InvoiceState, Licence, Payment, TaxCategory
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

SCAN = ProofFile("a" * 64, "application/pdf", 20_000, "beleg.pdf")


def pay(core: Desk, number: str, minor: int) -> Payment:
    return core.record_payment(number, euro(minor), TODAY, actor=SYSTEM, idem=key()).invoice.payment


def later(core: Desk, days: int) -> None:
    core.clock = FixedClock(core.clock.today() + timedelta(days=days))


def one(core: Desk, number: str):  # type: ignore[no-untyped-def]
    found = core.invoice(number, of="acme")
    assert found is not None
    return found


# Partly, exactly, too much


def test_a_partial_payment_leaves_the_rest_to_pay_and_the_link_asks_for_the_rest(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    booked = core.record_payment(number, euro(1_900), TODAY, "transfer", "E2E-1", actor=SYSTEM, idem=key())
    assert (booked.allocated, booked.credit, booked.invoice.remaining) == (euro(1_900), euro(0), euro(10_000))
    link = core.pay_link(number, of="acme")
    assert (link.amount, link.reference) == (euro(10_000), number)
    assert link.url == core.pay_links.path(number, euro(10_000))
    assert core.payments(number, of="acme") == (Receipt(number, euro(1_900), TODAY, "transfer", "E2E-1"),)


def test_what_is_too_much_becomes_credit_that_is_given_back_or_used(core: Desk) -> None:
    take_up(core, ACME)
    first, second = issue(core).number, issue(core).number
    booked = core.record_payment(first, euro(13_000), TODAY, actor=SYSTEM, idem=key())
    assert (booked.allocated, booked.credit) == (euro(11_900), euro(1_100))
    assert core.credit_balance("acme") == (euro(1_100),)
    used = core.apply_credit(second, actor=AGENT, idem=key())
    assert (used.allocated, used.invoice.remaining) == (euro(1_100), euro(10_800))
    assert (core.credit_balance("acme"), one(core, first).payment) == ((), Payment.PAID)
    with pytest.raises(NotFound):
        core.apply_credit(second, actor=AGENT, idem=key())
    assert pay(core, second, 10_900) == Payment.OVERPAID
    assert core.refund(second, euro(100), TODAY, actor=AGENT, idem=key()).payment == Payment.PAID
    with pytest.raises(ValidationError):
        core.refund(second, euro(1), TODAY, actor=AGENT, idem=key())


def test_a_paid_invoice_cannot_be_paid_by_link(core: Desk) -> None:
    take_up(core, ACME, BETA)
    paid, voided, foreign = issue(core).number, issue(core).number, issue(core, "beta").number
    pay(core, paid, 11_900)
    core.void(voided, actor=AGENT, idem=key())
    for number, current in ((paid, "paid"), (voided, "void")):
        with pytest.raises(InvalidState) as refused:
            core.pay_link(number, of="acme")
        assert refused.value.current == current
    with pytest.raises(NotFound):
        core.pay_link(foreign, of="acme")


@pytest.mark.parametrize("deed", ["refund", "apply_credit", "credit", "reissue_invoice", "hold_collection"])
def test_only_agents_move_money_about(core: Desk, deed: str) -> None:
    take_up(core, ACME)
    number = issue(core).number
    more = {"refund": (euro(1), TODAY), "reissue_invoice": ("x",), "hold_collection": (TODAY, "x")}.get(deed, ())
    for actor in (ANNA, SYSTEM):
        with pytest.raises(Forbidden):
            getattr(core, deed)(number, *more, actor=actor, idem=key())


# Taking back


def test_a_credit_note_takes_a_whole_invoice_back_as_it_was_frozen(core: Desk) -> None:
    take_up(core, ACME)
    original = issue(core)
    wanted = ChangeSet(company_name="Acme AG", country="AT")
    request = core.request_change("acme", wanted, actor=ANNA, idem=key())
    core.apply_change(request.id, expected_version=1, actor=AGENT, idem=key())
    note = core.credit(original.number, actor=AGENT, idem=key())
    assert (note.kind, note.number, note.corrects) == (InvoiceKind.CREDIT_NOTE, "RK-2026-000001", original.number)
    assert (note.total, note.buyer.name, note.treatment) == (original.total, "Acme Möbel GmbH", original.treatment)
    assert one(core, original.number).state == InvoiceState.CORRECTED
    with pytest.raises(InvalidState):
        core.credit(original.number, actor=AGENT, idem=key())


def test_crediting_what_was_paid_leaves_credit(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    pay(core, number, 11_900)
    core.credit(number, actor=AGENT, idem=key())
    assert core.credit_balance("acme") == (euro(11_900),)


def test_an_invoice_is_issued_again_for_the_new_name_and_country(core: Desk) -> None:
    take_up(core, BETA, ACME)
    original = issue(core, "beta")
    wanted = ChangeSet(company_name="Bêta GmbH", country="AT")
    request = core.request_change("beta", wanted, actor=ANNA, idem=key())
    core.apply_change(request.id, expected_version=1, actor=AGENT, idem=key())
    again = core.reissue_invoice(original.number, "umbenannt", actor=AGENT, idem=key())
    assert again.credit_note.total == original.total
    assert (again.credit_note.buyer.name, again.invoice.buyer.name) == ("Bêta SARL", "Bêta GmbH")
    assert original.treatment.category == TaxCategory.REVERSE_CHARGE
    assert (again.invoice.treatment.rate, again.invoice.treatment.country) == (2000, "AT")  # unchecked now: OSS
    assert core.invoice(original.number, of="beta").state == InvoiceState.CORRECTED  # type: ignore[union-attr]


def test_payments_move_along_only_if_that_is_said(core: Desk) -> None:
    take_up(core, ACME)
    original = issue(core)
    pay(core, original.number, 900)
    with pytest.raises(RequiresApproval) as asked:
        core.reissue_invoice(original.number, "Name", actor=AGENT, idem=key())
    assert asked.value.fields == ("payments",)
    assert core.store.series_at("RK-2026") is None
    again = core.reissue_invoice(original.number, "Name", True, actor=AGENT, idem=key())
    assert (again.invoice.paid, again.invoice.remaining) == (euro(900), euro(11_000))
    assert core.credit_balance("acme") == ()


def test_a_draft_can_be_forgotten_and_a_finalised_invoice_cannot(core: Desk) -> None:
    from billing.values import Line, NewInvoice

    take_up(core, ACME)
    draft = core.draft_invoice(NewInvoice("acme", (Line("x", euro(5)),)), actor=SYSTEM, idem=key())
    core.delete_draft(draft.number, actor=SYSTEM, idem=key())
    assert core.all_invoices("acme") == ()
    with pytest.raises(InvalidState):
        core.delete_draft(issue(core).number, actor=SYSTEM, idem=key())


# Reminders and licences


def test_reminders_go_step_by_step_and_stop_the_licence_at_the_end(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core)
    number = issue(core, day=TODAY - timedelta(days=14), subscription="SUB-1").number  # due today
    reached: dict[str, int] = {}
    for day in range(1, 50):
        later(core, 1)
        core.run_due(actor=SYSTEM)
        reached.setdefault(one(core, number).collection.value, day)
    assert reached == {"none": 1, "reminder1": 7, "reminder2": 14, "final": 28, "exhausted": 42}
    held = core.subscription("SUB-1", of="acme")
    assert (held.licence, held.licence_reason) == (Licence.INACTIVE, "payment_default")


def test_an_invoice_that_pays_for_no_licence_stops_none(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core)
    number = issue(core, day=TODAY - timedelta(days=100)).number
    for _ in range(4):
        core.remind(number, actor=SYSTEM, idem=key())
    assert one(core, number).collection == Collection.EXHAUSTED
    assert core.subscription("SUB-1", of="acme").licence == Licence.ACTIVE
    with pytest.raises(InvalidState):
        core.remind(number, actor=SYSTEM, idem=key())


def defaulted(core: Desk) -> str:
    """An invoice for a licence that was stopped because it was not paid."""
    take_up(core, ACME)
    subscribe(core)
    number = issue(core, day=TODAY - timedelta(days=100), subscription="SUB-1").number
    for _ in range(4):
        core.remind(number, actor=SYSTEM, idem=key())
    return number


def licence(core: Desk) -> Licence:
    return core.subscription("SUB-1", of="acme").licence


def test_from_unpaid_over_a_proof_to_active(core: Desk) -> None:
    number = defaulted(core)
    assert licence(core) == Licence.INACTIVE
    proof = core.submit_payment_proof("acme", number, SCAN, actor=ANNA, idem=key())
    assert licence(core) == Licence.INACTIVE  # a picture alone starts nothing
    accepted = core.decide_proof(proof.id, True, actor=AGENT, idem=key())
    assert accepted.state == ProofState.ACCEPTED
    assert accepted.provisional_until == TODAY + timedelta(days=14)
    assert licence(core) == Licence.PROVISIONAL
    assert pay(core, number, 11_900) == Payment.PAID
    assert licence(core) == Licence.ACTIVE
    assert (one(core, number).collection, one(core, number).held_until) == (Collection.NONE, None)
    later(core, 30)
    core.run_due(actor=SYSTEM)
    assert licence(core) == Licence.ACTIVE


def test_a_provisional_licence_lapses_if_no_money_comes(core: Desk) -> None:
    number = defaulted(core)
    proof = core.submit_payment_proof("acme", number, SCAN, actor=ANNA, idem=key())
    core.decide_proof(proof.id, True, actor=AGENT, idem=key())
    later(core, 14)
    core.run_due(actor=SYSTEM)
    assert licence(core) == Licence.PROVISIONAL
    later(core, 1)
    core.run_due(actor=SYSTEM)
    assert licence(core) == Licence.INACTIVE
    assert pay(core, number, 11_900) == Payment.PAID
    assert licence(core) == Licence.ACTIVE  # payment works by itself


def test_another_default_keeps_the_licence_stopped(core: Desk) -> None:
    first = defaulted(core)
    second = issue(core, day=TODAY - timedelta(days=100), subscription="SUB-1").number
    for _ in range(4):
        core.remind(second, actor=SYSTEM, idem=key())
    pay(core, first, 11_900)
    assert licence(core) == Licence.INACTIVE
    pay(core, second, 11_900)
    assert licence(core) == Licence.ACTIVE


# Proofs


def test_reminders_rest_while_a_proof_is_looked_at_and_go_on_after_a_refusal(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core, day=TODAY - timedelta(days=21)).number  # due 7 days ago: the first reminder is today
    proof = core.submit_payment_proof("acme", number, SCAN, actor=ANNA, idem=key())
    core.run_due(actor=SYSTEM)
    assert (one(core, number).collection, one(core, number).held_for) == (Collection.NONE, "proof")
    core.decide_proof(proof.id, False, "unreadable", actor=AGENT, idem=key())
    core.run_due(actor=SYSTEM)
    assert one(core, number).collection == Collection.REMINDER1


def test_the_same_file_is_the_same_proof_and_one_agent_decides(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    proof = core.submit_payment_proof("acme", number, SCAN, actor=ANNA, idem=key())
    assert core.submit_payment_proof("acme", "1", SCAN, actor=ANNA, idem=key()) == proof
    other = core.submit_payment_proof("acme", number, replace(SCAN, sha256="b" * 64), actor=ANNA, idem=key())
    assert core.proofs("acme") == (other, proof)
    core.decide_proof(proof.id, True, actor=AGENT, idem=key())
    with pytest.raises(InvalidState) as late:
        core.decide_proof(proof.id, False, "no", actor=OTHER_AGENT, idem=key())
    assert late.value.current == "accepted"


@pytest.mark.parametrize(
    ("file", "field"),
    [
        (replace(SCAN, media_type="text/html"), "media_type"),
        (replace(SCAN, size=0), "size"),
        (replace(SCAN, size=11 * 1024 * 1024), "size"),
        (replace(SCAN, sha256="xyz"), "sha256"),
    ],
    ids=["a page", "empty", "too large", "no digest"],
)
def test_a_file_that_proves_nothing_is_refused(core: Desk, file: ProofFile, field: str) -> None:
    take_up(core, ACME)
    number = issue(core).number
    with pytest.raises(ValidationError) as refused:
        core.submit_payment_proof("acme", number, file, actor=ANNA, idem=key())
    assert refused.value.field == field
    assert core.proofs("acme") == ()


def test_what_is_paid_needs_no_proof(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    pay(core, number, 11_900)
    with pytest.raises(InvalidState):
        core.submit_payment_proof("acme", number, SCAN, actor=ANNA, idem=key())


# Disputes


def test_a_dispute_rests_reminders_until_somebody_decides(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core, day=TODAY - timedelta(days=21)).number
    dispute = core.open_dispute("acme", number, "Wir haben gekündigt", actor=ANNA, idem=key())
    assert core.open_dispute("acme", number, "noch einmal", actor=ANNA, idem=key()) == dispute
    core.run_due(actor=SYSTEM)
    assert one(core, number).collection == Collection.NONE
    with pytest.raises(Forbidden):
        core.decide_dispute(dispute.id, True, "ja", actor=ANNA, idem=key())
    decided = core.decide_dispute(dispute.id, False, "Die Frist war vorbei", actor=AGENT, idem=key())
    assert decided.state == DisputeState.REJECTED
    core.run_due(actor=SYSTEM)
    assert one(core, number).collection == Collection.REMINDER1
    with pytest.raises(InvalidState):
        core.withdraw_dispute("acme", dispute.id, actor=ANNA, idem=key())


def test_a_dispute_is_withdrawn_only_by_its_customer(core: Desk) -> None:
    take_up(core, ACME, BETA)
    dispute = core.open_dispute("acme", issue(core).number, "zu teuer", actor=ANNA, idem=key())
    with pytest.raises(NotFound):
        core.withdraw_dispute("beta", dispute.id, actor=ANNA, idem=key())
    assert core.withdraw_dispute("acme", dispute.id, actor=ANNA, idem=key()).state == DisputeState.WITHDRAWN
    assert core.disputes("acme")[0].state == DisputeState.WITHDRAWN


# Bank details


@pytest.mark.parametrize(
    ("written", "ours", "valid"),
    [
        (DEMO_SELLER.iban, True, True),
        ("de97 9999 9999 0000 0123 45", True, True),
        ("DE89370400440532013000", False, True),
        ("DE97999999990000012346", False, False),
        ("", False, False),
    ],
    ids=["ours", "ours in groups", "another's", "a digit off", "nothing"],
)
def test_is_this_iban_yours(core: Desk, written: str, ours: bool, valid: bool) -> None:
    take_up(core, ACME)
    answer = core.report_iban("acme", written, actor=ANNA, idem=key())
    assert (answer.ours, answer.valid) == (ours, valid)
    told = [event for event in core.events().items if event.kind == "iban.foreign"]
    assert len(told) == (0 if ours else 1)
    assert not any(written in str(event) for event in told if written)
    assert core.bank_details().iban == DEMO_SELLER.iban


# Sender and number


def test_sender_and_number_must_belong_together_and_the_answer_does_not_say_why_not(core: Desk) -> None:
    take_up(
        core, replace(ACME, domains=()), replace(BETA, contacts=(replace(BETA.contacts[0], email="b@beta.example"),))
    )
    number, foreign = issue(core).number, issue(core, "beta").number
    assert core.verify_ownership("ANNA@acme.example", number.lower()) == Match("acme", number)
    pairs = [("anna@acme.example", foreign), ("nobody@acme.example", number), ("anna@acme.example", "RE-2026-000999")]
    assert [core.verify_ownership(*pair) for pair in pairs] == [NoMatch()] * 3


# Lists in pages


def test_pages_hold_what_the_list_holds(core: Desk) -> None:
    take_up(core, ACME, BETA)
    for n in range(13):
        number = issue(core, day=date(2026, 1 + n % 5, 1)).number
        if n % 3 == 0:
            pay(core, number, 11_900)
        elif n % 4 == 1:
            core.void(number, actor=AGENT, idem=key())
    issue(core, "beta")
    for show in ("all", "open", "overdue", "paid", "latest"):
        whole, cursor, pages = core.invoices("acme", show), None, []
        while True:
            page = core.list_invoices("acme", show, limit=3, cursor=cursor)
            pages += page.items
            cursor = page.next
            if cursor is None:
                break
        assert tuple(pages) == whole
    february = core.list_invoices("acme", since=date(2026, 2, 1), until=date(2026, 2, 28))
    assert february.items == core.invoices("acme", since=date(2026, 2, 1), until=date(2026, 2, 28))


@pytest.mark.parametrize("wrong", [{"cursor": "x"}, {"limit": 0}, {"limit": 101}, {"show": "new"}, {"year": 0}])
def test_a_page_that_is_none_is_refused(core: Desk, wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        core.list_invoices("acme", **wrong)  # type: ignore[arg-type]


# Word of what happened


def test_events_tell_each_thing_once_in_order(bench: Bench) -> None:
    with bench.transaction() as core:
        take_up(core, ACME)
        number = issue(core).number
        core.record_payment(number, euro(11_900), TODAY, actor=SYSTEM, idem="once")
        core.record_payment(number, euro(11_900), TODAY, actor=SYSTEM, idem="once")
    with bench.transaction() as core:
        first = core.events(limit=2)
        assert [event.kind for event in first.items] == ["invoice.finalised", "invoice.payment"]
        rest = core.events(first.next or "")
        assert [(event.kind, event.subject) for event in rest.items] == [("invoice.paid", number)]
        assert core.events(rest.items[-1].id).items == ()
        assert first.items[1].facts == {"amount": "11900 EUR", "remaining": "0 EUR"}
        with pytest.raises(ValidationError):
            core.events("now")


def test_holding_collection_plans_the_next_look(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core, day=TODAY - timedelta(days=30)).number
    until = TODAY + timedelta(days=10)
    core.hold_collection(number, until, "Ratenzahlung vereinbart", actor=AGENT, idem=key())
    assert core.due_work() == ()
    later(core, 11)
    assert [(due.kind, due.subject) for due in core.due_work()] == [(DueKind.COLLECTION, number)]
    core.run_due(actor=SYSTEM)
    assert one(core, number).collection == Collection.REMINDER1
