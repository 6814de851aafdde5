"""Bad input, for every method there is: the named error, and nothing changed. In both cores."""

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, get_type_hints

import pytest

from billing.conform import conforms
from billing.desk import Desk
from billing.errors import BillingError, IdempotencyConflict, NotFound, Stale, ValidationError
from billing.matters import ProofFile, Topic
from billing.protocol import BillingCore, DeskDeeds, LedgerDeeds
from billing.values import (
    Address,
    ChangeSet,
    ImportedInvoice,
    InvoiceState,
    Line,
    Money,
    NewInvoice,
    Show,
    Subscription,
)
from tests.billing.conftest import embedded, in_memory, memory_engine
from tests.billing.people import ACME, AGENT, ANNA, BETA, SYSTEM, TODAY, euro, issue, key, subscribe, take_up
from tests.billing.test_protocol import DEEDS, MACHINERY, public

pytestmark = pytest.mark.slow

METHODS = sorted(public(BillingCore))
SAMPLES: dict[Any, object] = {
    str: "x", int: 1, bool: True, date: TODAY, datetime: datetime(2026, 11, 22, tzinfo=UTC),
    Money: euro(1), Address: Address("x", "", "10115", "x"), ChangeSet: ChangeSet(company_name="x"),
    ProofFile: ProofFile("a" * 64, "application/pdf", 1), NewInvoice: NewInvoice("acme", (Line("x", euro(1)),)),
    type(ACME): ACME, type(ANNA): AGENT, tuple[Topic, ...]: (Topic.QUOTES,), Show | str: "all",
    ImportedInvoice: ImportedInvoice("X-1", "acme", InvoiceState.DRAFT, euro(1), euro(1), None, None),
    Subscription: Subscription("S", "acme", "x", 1, date(2026, 1, 1), date(2027, 1, 1), None, euro(1)),
}  # fmt: skip
WRONG = [b"x", 1.5, object(), ["x"], {"x": 1}, "nul\0", "\ud800", 2**64]


def parameters(method: str) -> list[inspect.Parameter]:
    return [p for name, p in inspect.signature(getattr(BillingCore, method)).parameters.items() if name != "self"]


def sample(method: str, parameter: inspect.Parameter) -> object:
    hint = get_type_hints(getattr(BillingCore, method))[parameter.name]
    if parameter.name == "idem":
        return key()
    return SAMPLES.get(hint, parameter.default)


def call(core: Desk, method: str, /, **instead: object) -> object:
    given = {p.name: sample(method, p) for p in parameters(method) if p.default is p.empty}
    given |= instead
    return getattr(core, method)(**given)


def everything(core: Desk) -> tuple[object, ...]:
    """All that a core holds, as far as anybody can see."""
    ids = [customer.id for customer in core.all_customers()]
    per_customer = [(core.subscriptions(i), core.change_requests(i), core.proofs(i), core.disputes(i)) for i in ids]
    invoices = core.all_invoices()
    paid = [core.store.payments(invoice.number) for invoice in invoices]
    series = [core.store.series_at(name) for name in ("DRAFT", "RE-2026", "RK-2026", "CR", "Q", "P", "D")]
    due = core.store.planned(date.max, 1000, lock=False)
    return core.all_customers(), invoices, core.all_quotes(), per_customer, paid, series, due, core.events().items


@pytest.fixture(scope="module", params=["embedded", "fake"])
def filled(request: pytest.FixtureRequest) -> Iterator[tuple[Desk, object]]:
    """A core that holds something of every kind, two customers'. One for all tests: none of them changes anything."""
    engine = memory_engine()
    begin = in_memory() if request.param == "fake" else embedded(engine)
    with begin() as core:
        fill(core)
        yield core, everything(core)
    engine.dispose()


@pytest.fixture
def busy(filled: tuple[Desk, object]) -> Iterator[Desk]:
    """The core, which must hold afterwards what it held before."""
    core, before = filled
    yield core
    assert everything(core) == before


def fill(core: Desk) -> None:
    take_up(core, ACME, BETA)
    subscribe(core), subscribe(core, "SUB-2", "beta")
    number = issue(core, "beta").number
    core.request_renewal_quote("beta", actor=ANNA, idem=key())
    core.request_change("beta", ChangeSet(company_name="x"), actor=ANNA, idem=key())
    core.submit_payment_proof("beta", number, ProofFile("a" * 64, "application/pdf", 1), actor=ANNA, idem=key())
    core.open_dispute("beta", number, "x", actor=ANNA, idem=key())
    core.record_payment(number, euro(1), TODAY, actor=SYSTEM, idem="used")


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_type_is_refused_wherever_it_stands(busy: Desk, method: str) -> None:
    hints = get_type_hints(getattr(BillingCore, method))
    for parameter in parameters(method):
        wrong = [value for value in (*WRONG, None) if not conforms(value, hints[parameter.name])]
        assert len(wrong) >= 7
        for value in wrong:
            with pytest.raises(ValidationError) as refused:
                call(busy, method, **{parameter.name: value})
            assert refused.value.field == parameter.name


def spoilt(value: object) -> Iterator[object]:
    """The same value with one field after the other of a wrong type."""
    for field in fields(value):  # type: ignore[arg-type]
        inner = getattr(value, field.name)
        yield replace(value, **{field.name: b"wrong"})  # type: ignore[type-var]
        if is_dataclass(inner):
            yield from (replace(value, **{field.name: bad}) for bad in spoilt(inner))  # type: ignore[type-var]


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_type_deep_inside_is_found(busy: Desk, method: str) -> None:
    for parameter in parameters(method):
        if is_dataclass(value := sample(method, parameter)):
            for bad in spoilt(value):
                with pytest.raises(ValidationError):
                    call(busy, method, **{parameter.name: bad})


IDS = {"customer_id", "number", "invoice_number", "quote_id", "request_id", "proof_id", "dispute_id", "subscription"}
WITH_ID = [m for m in METHODS if IDS & {p.name for p in parameters(m)} or "of" in {p.name for p in parameters(m)}]
LENIENT = {  # no error, and nothing to learn: an empty list, None, no match
    "subscriptions", "quotes", "proofs", "disputes", "change_requests", "invoices", "list_invoices", "all_invoices",
    "all_quotes", "invoice", "owner_of", "verify_ownership", "find_customers", "keep",
}  # fmt: skip
CREATE = {"add_subscription", "import_invoice"}


@pytest.mark.parametrize("method", [m for m in WITH_ID if m not in LENIENT | CREATE])
def test_an_unknown_id_is_not_found(busy: Desk, method: str) -> None:
    known = {p.name for p in parameters(method)}
    instead: dict[str, object] = {"actor": SYSTEM} if method in ("record_payment", "remind", "confirm_tax_id") else {}
    if "kind" in known:
        instead["kind"] = "invoice"
    with pytest.raises(NotFound):
        call(busy, method, **instead)


@pytest.mark.parametrize("method", sorted(LENIENT - {"keep"}))
def test_a_list_of_somebody_unknown_is_empty(busy: Desk, method: str) -> None:
    more = {"kind": "invoice"} if method == "owner_of" else {}
    more |= {"customer_id": "nobody"} if method in ("all_invoices", "all_quotes") else {}
    found = call(busy, method, **more)
    assert not getattr(found, "items", found) or method == "verify_ownership"


FOREIGN = {
    "number": "RE-2026-000001", "invoice_number": "RE-2026-000001", "subscription": "SUB-2", "quote_id": "Q000001",
    "dispute_id": "D000001", "offer_id": "OF-SUB-2-20261122-1",
}  # fmt: skip
OF_ANOTHER = [
    ("payments", {"of": "acme"}), ("pay_link", {"of": "acme"}), ("subscription", {"number": "SUB-2", "of": "acme"}),
    ("best_offer", {"of": "acme"}), ("offers", {"of": "acme"}), ("cancellation_terms", {"of": "acme"}),
    ("document", {"kind": "invoice", "of": "acme"}), ("document", {"kind": "quote", "number": "Q000001", "of": "acme"}),
    ("submit_payment_proof", {"customer_id": "acme"}), ("open_dispute", {"customer_id": "acme"}),
    ("withdraw_dispute", {"customer_id": "acme"}), ("activate_portal", {"customer_id": "acme"}),
    ("request_renewal_quote", {"customer_id": "acme"}), ("request_cancellation", {"customer_id": "acme"}),
    ("accept_quote", {"customer_id": "acme", "number": "Q000001"}), ("order_upgrade", {"customer_id": "acme"}),
    ("reinstate", {"customer_id": "acme", "number": "SUB-2"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "facts"), OF_ANOTHER)
def test_what_is_another_customers_is_not_found_either(busy: Desk, method: str, facts: dict[str, str]) -> None:
    foreign = {p.name: FOREIGN[p.name] for p in parameters(method) if p.name in FOREIGN}
    with pytest.raises(NotFound):
        call(busy, method, **(foreign | facts))


VERSIONED = sorted(m for m in METHODS if "expected_version" in {p.name for p in parameters(m)})


@pytest.mark.parametrize("method", VERSIONED)
def test_a_stale_version_is_refused(busy: Desk, method: str) -> None:
    more = {"request_id": "CR000001"} if method == "apply_change" else {"customer_id": "beta"}
    more |= {"email": "anna@acme.example"} if method == "update_profile" else {}
    with pytest.raises(Stale):
        call(busy, method, expected_version=7, **more)


KEYED = [deed for deed in DEEDS if deed not in MACHINERY]


@pytest.mark.parametrize("deed", KEYED)
def test_a_key_that_was_used_for_something_else_is_refused(busy: Desk, deed: str) -> None:
    with pytest.raises(IdempotencyConflict):
        call(busy, deed, idem="used")


def test_every_deed_was_tried() -> None:
    assert set(DEEDS) == public(LedgerDeeds) | public(DeskDeeds)
    assert len(DEEDS) > 30
    assert issubclass(Stale, BillingError)
