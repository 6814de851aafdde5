"""Every life is a table: each pair of state and event is walked, and what is not in the table is refused."""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

import pytest

from billing import machines, rules
from billing.errors import InvalidState
from billing.fake import FakeCore
from billing.machines import MACHINES, Machine
from billing.values import Licence, Payment
from tests.billing.people import ACME, TODAY, euro, issue, take_up

PAIRS = [
    pytest.param(machine, state, event, id=f"{machine.name}-{state}-{event}")
    for machine in MACHINES
    for state in type(machine.start)
    for event in sorted(machine.events)
]
ENDS = {
    "invoice": {"void", "deleted"}, "payment": set(), "collection": set(), "licence": set(),
    "subscription": {"ended"}, "quote": {"accepted", "superseded", "withdrawn"},
    "change": {"approved", "rejected", "expired", "superseded"}, "proof": {"accepted", "rejected"},
    "dispute": {"upheld", "rejected", "withdrawn"}, "portal": set(),
}  # fmt: skip


@pytest.mark.parametrize(("machine", "state", "event"), PAIRS)
def test_a_pair_leads_on_or_is_refused_with_the_state_in_the_way(
    machine: Machine[StrEnum], state: StrEnum, event: str
) -> None:
    if (state, event) in machine.table:
        assert machine.step(state, event) == machine.table[state, event]
        assert machine.may(state, event)
        return
    assert not machine.may(state, event)
    with pytest.raises(InvalidState) as refused:
        machine.step(state, event)
    assert (refused.value.current, refused.value.wanted) == (state, event)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_can_be_reached_and_the_ends_are_those_we_mean(machine: Machine[StrEnum]) -> None:
    reached = {machine.start}
    while more := {to for (state, _), to in machine.table.items() if state in reached} - reached:
        reached |= more
    assert reached == set(type(machine.start))
    assert {state.value for state in reached if not any(state == left for left, _ in machine.table)} == ENDS[
        machine.name
    ]


def settled(amount: int) -> Payment:
    """What an issued invoice of 119 is after so much came in."""
    core = FakeCore()
    take_up(core, ACME)
    invoice = issue(core, net=100)
    return rules.as_of(replace(invoice, paid=euro(amount)), TODAY).payment


def moves() -> Iterator[tuple[int, str, int]]:
    """From each sum to each other one, and what that is called."""
    for before in (0, 40, 119, 130):
        for after in (20, 60, 119, 125, 150):
            if after > before:
                yield before, "part" if after < 119 else "settle" if after == 119 else "exceed", after
            elif before > 119 and after >= 119:
                yield before, "return_all" if after == 119 else "return_part", after


@pytest.mark.parametrize(("before", "event", "after"), list(moves()))
def test_the_derived_payment_state_moves_as_its_table_says(before: int, event: str, after: int) -> None:
    assert machines.PAYMENT.step(settled(before), event) == settled(after)


def test_a_licence_that_ended_runs_again_only_by_payment_or_proof_of_the_default() -> None:
    assert {event for state, event in machines.LICENCE.table if state == Licence.INACTIVE} == {
        "pay", "accept_proof", "clear",
    }  # fmt: skip
