"""A contact who wants to be forgotten: what goes, what the law keeps, and why. In all cores."""

from dataclasses import replace

import pytest

from billing import Erasure, Kept, KeptBecause
from billing.desk import Desk
from billing.errors import Forbidden, NotFound
from billing.matters import ProofFile
from billing.values import ChangeSet, Contact, ContactRole, SubscriptionState
from tests.billing.conftest import Bench
from tests.billing.people import ACME, AGENT, ANNA, SYSTEM, TODAY, issue, key, subscribe, take_up

BERTA = "buchhaltung@acme.example"  # invoices go to her
ONLY_ANNA = replace(ACME, contacts=ACME.contacts[1:])


def erase(core: Desk, email: str = "anna@acme.example") -> Erasure:
    return core.erase_contact("acme", email, actor=AGENT, idem=key())


def pay(core: Desk, number: str) -> None:
    core.record_payment(number, core.all_invoices("acme")[0].remaining, TODAY, actor=SYSTEM, idem=key())


def test_of_a_contact_nothing_is_left_where_others_can_be_written_to(core: Desk) -> None:
    take_up(core, replace(ACME, standing_recipients=("Anna@acme.example", "archiv@acme.example")))
    subscribe(core), issue(core)
    told = erase(core, "ANNA@acme.example ")
    assert told == Erasure("acme", True, ())
    left = core.customer("acme")
    assert [contact.email for contact in left.contacts] == ["Buchhaltung@acme.example"]
    assert left.standing_recipients == ("archiv@acme.example",) and left.version == 2
    assert core.find_customers(email="anna@acme.example") == ()
    assert "anna" not in repr((left, core.all_invoices(), core.events().items)).casefold()


def test_a_standing_recipient_is_forgotten_too(core: Desk) -> None:
    take_up(core, ACME)
    assert erase(core, "Archiv@acme.example").erased
    assert core.customer("acme").standing_recipients == () and core.customer("acme").contacts == ACME.contacts


def test_the_facts_of_what_happened_name_the_person_no_more(core: Desk) -> None:
    take_up(core, ACME)
    core.report_iban("acme", "FR1420041010050500013M02606", actor=ANNA, idem=key())
    erase(core)
    [reported] = [event for event in core.events().items if event.kind == "iban.foreign"]
    assert reported.facts["asked_by"] == "erased"


def test_whoever_is_the_only_one_to_be_reached_stays_while_a_contract_runs(core: Desk) -> None:
    take_up(core, ONLY_ANNA)
    subscribe(core)
    assert erase(core) == Erasure("acme", False, (Kept("contact of acme", KeptBecause.CONTRACT),))
    assert core.customer("acme") == ONLY_ANNA


@pytest.mark.parametrize("paid", [False, True])
def test_the_only_one_stays_while_money_is_owed_and_goes_then(core: Desk, paid: bool) -> None:
    take_up(core, ONLY_ANNA)
    subscribe(core, state=SubscriptionState.ENDED)
    number = issue(core).number
    if paid:
        pay(core, number)
    told = erase(core)
    assert told.erased is paid
    assert (Kept("contact of acme", KeptBecause.CONTRACT) in told.kept) is not paid
    assert (core.customer("acme").contacts == ()) is paid


def test_finalised_invoices_stay_as_they_were_and_are_named(core: Desk) -> None:
    take_up(core, ACME)
    number = issue(core).number
    before, document = core.invoice(number, of="acme"), core.document("invoice", number, of="acme")
    told = erase(core, BERTA)
    assert told == Erasure("acme", True, (Kept(f"invoice {number}", KeptBecause.BOOKS),))
    assert core.invoice(number, of="acme") == before
    assert core.document("invoice", number, of="acme") == document


def test_what_a_person_filed_stays_as_a_business_letter(core: Desk) -> None:
    take_up(core, ACME)
    subscribe(core)
    number = issue(core).number
    change = core.request_change("acme", ChangeSet(company_name="Acme AG"), actor=ANNA, idem=key())
    file = ProofFile("a" * 64, "application/pdf", 1)
    proof = core.submit_payment_proof("acme", number, file, actor=ANNA, idem=key())
    dispute = core.open_dispute("acme", number, "zu hoch", actor=ANNA, idem=key())
    quote = core.request_renewal_quote("acme", actor=ANNA, idem=key())
    told = erase(core)
    assert told.erased and {kept.why for kept in told.kept} == {KeptBecause.LETTERS}
    assert {kept.record for kept in told.kept} == {
        f"change request {change.id}", f"payment proof {proof.id}", f"dispute {dispute.id}", f"quote {quote.id}",
    }  # fmt: skip
    assert core.change_request(change.id) == change


def test_who_is_no_contact_cannot_be_erased_nor_does_a_customer_do_it(core: Desk) -> None:
    take_up(core, ACME)
    with pytest.raises(NotFound):
        erase(core, "eve@evil.example")
    with pytest.raises(Forbidden):
        core.erase_contact("acme", "anna@acme.example", actor=ANNA, idem=key())
    assert core.customer("acme") == ACME


def test_the_same_person_at_another_customer_stays_there(core: Desk) -> None:
    also = Contact("anna@acme.example", "Anna", ContactRole.OWNER, "fr")
    take_up(core, ACME, replace(ACME, id="beta", contacts=(*ACME.contacts[:1], also)))
    erase(core)
    assert [customer.id for customer in core.find_customers(email="anna@acme.example")] == ["beta"]


def test_erasing_twice_under_one_key_is_erasing_once(bench: Bench) -> None:
    with bench.transaction() as core:
        take_up(core, ACME)
        first = core.erase_contact("acme", "anna@acme.example", actor=AGENT, idem="once")
    with bench.transaction() as core:
        assert core.erase_contact("acme", "anna@acme.example", actor=AGENT, idem="once") == first
        assert core.customer("acme").version == 2
