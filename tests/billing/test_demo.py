"""The demo data, and what `guichet seed FILE` takes in."""

import json
from datetime import date

import pytest
from sqlmodel import Session

from billing.clock import FixedClock
from billing.demo import as_json, load_jsonl, seed
from billing.embedded import EmbeddedCore
from billing.exchange import SeedError
from billing.fake import FakeCore, PlainDocuments
from billing.values import Actor, ActorKind, Money, Payment, QuoteState
from tests.billing.conftest import Bench, memory_engine

SYSTEM = Actor(ActorKind.SYSTEM, "tests")


@pytest.fixture(scope="module")
def demo() -> FakeCore:
    core = FakeCore()
    seed(core)
    return core


def facts(core: FakeCore | EmbeddedCore) -> tuple[object, ...]:
    return core.all_customers(), core.all_invoices(), core.all_quotes(), core.change_requests("K1010")


def test_the_demo_is_the_same_in_both_cores_and_seeding_again_changes_nothing(demo: FakeCore) -> None:
    engine = memory_engine()
    with Session(engine) as session, session.begin():
        core = EmbeddedCore(session, clock=FixedClock(date(2026, 11, 22)), documents=PlainDocuments())
        seed(core)
        first = facts(core)
        seed(core)
        assert facts(core) == first == facts(demo)
    engine.dispose()


def test_the_demo_holds_what_it_promises(demo: FakeCore) -> None:
    assert len(demo.all_invoices()) == 40
    assert {c.language for c in demo.all_customers()} == {"de", "fr", "en"}
    assert {i.state.value for i in demo.all_invoices()} == {"draft", "finalised", "void", "corrected"}
    assert {i.payment for i in demo.all_invoices()} == set(Payment)
    assert sorted((q.state, q.expired) for q in demo.all_quotes()) == [
        (QuoteState.QUEUED, False), (QuoteState.READY, False), (QuoteState.READY, True),
    ]  # fmt: skip


def test_the_demo_holds_a_case_of_everything_that_can_wait(demo: FakeCore) -> None:
    reminded = {i.number: i.collection.value for i in demo.all_invoices() if i.collection != "none"}
    assert reminded == {"RE-2026-000120": "reminder2", "RE-2026-000117": "exhausted"}
    (proof,) = demo.proofs("K1003")
    assert (proof.state, proof.invoice) == ("received", "RE-2026-000117")
    assert demo.subscription("SUB-1003", of="K1003").licence == "inactive"
    assert demo.credit_balance("K1014") == (Money(23_200, "USD"),)
    assert {r.state for r in demo.change_requests("K1010")} == {"open"}


def test_a_day_in_the_demo_changes_no_invoice(demo: FakeCore) -> None:
    fresh = FakeCore()
    seed(fresh)
    done = {due.kind.value for due in fresh.run_due(actor=SYSTEM, limit=1000)}
    assert done == {"cancel_reminder", "quote_expiry"}
    assert fresh.all_invoices() == demo.all_invoices()


def test_the_invoice_of_the_readme_belongs_to_the_gardeners_of_bonn(demo: FakeCore) -> None:
    invoice = demo.invoice("RE-2026-000123", of="K1001")
    assert invoice is not None
    assert (invoice.buyer.name, invoice.payment) == ("Lindenhof Gartenbau GmbH", Payment.OPEN)
    assert [c.id for c in demo.find_customers(email="buchhaltung@kunde.example")] == ["K1001"]


def test_every_mail_address_of_the_demo_is_under_a_reserved_domain(demo: FakeCore) -> None:
    addresses = [c.email for customer in demo.all_customers() for c in customer.contacts]
    assert addresses
    assert all(address.endswith(".example") for address in addresses)


def test_our_numbers_are_gapless_in_the_order_of_their_days(demo: FakeCore) -> None:
    ours = [i for i in reversed(demo.all_invoices()) if i.number.startswith("RE-2026")]
    assert [i.number for i in ours] == [f"RE-2026-{n:06d}" for n in range(101, 125)]


CUSTOMER = {
    "id": "C1", "name": "Acme", "country": "DE", "language": "de",
    "contacts": [{"email": "a@acme.example", "name": "A", "role": "owner", "language": "de"}],
}  # fmt: skip
INVOICE = {
    "number": "RE-2026-000900", "customer": "C1", "state": "finalised", "payment": "partly_paid", "currency": "EUR",
    "total": 11900, "remaining": 900, "issued": "2026-11-01", "due": "2026-11-15",
}  # fmt: skip


def test_a_file_is_taken_in_and_comes_out_in_the_same_shape(bench: Bench) -> None:
    lines = [json.dumps(CUSTOMER), "", json.dumps(INVOICE)]
    with bench.transaction() as core:
        assert load_jsonl(core, lines) == 2
        assert load_jsonl(core, lines) == 2
        (invoice,) = core.all_invoices("C1")
        assert as_json(invoice) == INVOICE
        assert as_json(core.customer("C1")) == CUSTOMER
        assert core.customer("C1").domains == ("acme.example",)


SUBSCRIPTION = {
    "number": "SUB-1", "customer": "C1", "plan": "Fernblick Team", "seats": 3, "state": "active", "licence": "active",
    "starts": "2024-02-29", "renews": "2027-02-28", "last_day_to_cancel": "2027-01-31", "currency": "EUR",
    "next_amount": 35700,
}  # fmt: skip


def test_a_subscription_is_taken_in_and_comes_out_in_the_same_shape(bench: Bench) -> None:
    told = {name: value for name, value in SUBSCRIPTION.items() if name not in ("state", "licence")}
    with bench.transaction() as core:
        assert load_jsonl(core, [json.dumps(CUSTOMER), json.dumps({"subscription": told})]) == 2
        (held,) = core.subscriptions("C1")
        assert as_json(held) == SUBSCRIPTION


def test_what_lies_on_the_desk_has_a_shape_too(demo: FakeCore) -> None:
    (proof,), (request,) = demo.proofs("K1003"), demo.change_requests("K1010")
    assert as_json(proof) | {"created": ""} == {
        "id": "P000001", "customer": "K1003", "invoice": "RE-2026-000117", "state": "received", "created": "",
        "decided_by": "",
    }  # fmt: skip
    assert as_json(request)["changes"] == {"company_name": "Maison Dupain SAS"}


@pytest.mark.parametrize("state", ["draft", "void"])
def test_states_come_back_as_they_were(state: str) -> None:
    core = FakeCore()
    given = INVOICE | {"state": state, "payment": "open", "remaining": 11900 if state == "draft" else 0}
    load_jsonl(core, [json.dumps(CUSTOMER), json.dumps(given)])
    assert as_json(core.all_invoices()[0]) == given


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("{", "line 2: no JSON: Expecting property name enclosed in double quotes at column 2"),
        ("[]", "line 2: not an object"),
        ("{}", "line 2: neither a customer (id, name, ...) nor an invoice (number, customer, ...)"),
        (INVOICE | {"customer": "C9"}, "line 2: invoice RE-2026-000900: there is no customer C9"),
        (INVOICE | {"total": 119.0}, "line 2: total must be a whole number of minor units, not 119.0"),
        (INVOICE | {"payment": "paid"}, "line 2: payment paid does not fit total 11900 and remaining 900"),
        (INVOICE | {"issued": "1.11.2026"}, "line 2: issued must be a date like 2026-11-22, not '1.11.2026'"),
        (INVOICE | {"due": None}, "line 2: invoice RE-2026-000900: due is missing"),
        (SUBSCRIPTION | {"renews": None}, "line 2: renews is missing"),
        (SUBSCRIPTION | {"seats": 0}, "line 2: subscription SUB-1: seats is invalid"),
        (CUSTOMER | {"name": "Other"}, "line 2: customer C1: exists already, with other facts"),
        (CUSTOMER | {"id": "C2", "language": "it"}, "line 2: language must be one of de, fr, en, not 'it'"),
        (CUSTOMER | {"id": "C2", "country": "XX"}, "line 2: customer C2: country is unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("line") else "",
)
def test_a_broken_line_is_named_and_nothing_is_taken_in(bench: Bench, broken: object, message: str) -> None:
    lines = [json.dumps(CUSTOMER), broken if isinstance(broken, str) else json.dumps(broken)]
    with pytest.raises(SeedError) as wrong, bench.transaction() as core:
        load_jsonl(core, lines)
    assert str(wrong.value) == message
    with bench.transaction() as core:
        assert core.all_customers() == ()


def test_a_quote_in_json_says_when_it_has_expired(demo: FakeCore) -> None:
    shapes = [as_json(q) for q in demo.all_quotes("K1003")]
    assert shapes == [
        {"number": "AN-2026-000102", "customer": "K1003", "state": "expired", "valid_until": "2026-10-21",
         "currency": "EUR", "total": 337365},
    ]  # fmt: skip
