"""The protocol: its looking half cannot act, and both cores are what it says."""

import inspect

import pytest

from billing.embedded import EmbeddedCore
from billing.fake import FakeCore
from billing.protocol import Backoffice, BillingCore, Lookup

QUESTIONS = {"due_quotes"}  # a question that only the machine asks


def public(of: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(of, inspect.isfunction) if not name.startswith("_")}


DEEDS = sorted(public(BillingCore) - public(Lookup) - public(Backoffice) - QUESTIONS)


@pytest.mark.parametrize("core", [EmbeddedCore, FakeCore])
def test_a_core_has_every_method_as_the_protocol_says(core: type) -> None:
    for name in public(BillingCore):
        promised, given = (inspect.signature(getattr(of, name)).parameters for of in (BillingCore, core))
        assert [(p.name, p.kind, p.default) for p in promised.values()] == [
            (p.name, p.kind, p.default) for p in given.values()
        ], name


@pytest.mark.parametrize("deed", DEEDS)
def test_every_deed_takes_who_does_it(deed: str) -> None:
    taken = inspect.signature(getattr(BillingCore, deed)).parameters
    assert "actor" in taken
    assert "idem" in taken or deed == "generate_due_quotes"


@pytest.mark.parametrize("half", [Lookup, Backoffice])
def test_looking_takes_no_actor_and_no_key(half: type) -> None:
    for name in public(half):
        assert not {"actor", "idem"} & set(inspect.signature(getattr(half, name)).parameters), name


def test_nothing_that_acts_is_within_reach_of_the_looking_half() -> None:
    assert len(DEEDS) > 10
    assert not set(DEEDS) & (public(Lookup) | public(Backoffice))
