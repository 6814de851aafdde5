"""The protocol: its looking half cannot act, and both cores are what it says."""

import inspect
from pathlib import Path

import pytest

from billing.embedded import EmbeddedCore
from billing.fake import FakeCore
from billing.protocol import (
    Backoffice,
    BillingCore,
    Desk,
    DeskDeeds,
    DeskLook,
    Ledger,
    LedgerDeeds,
    LedgerLook,
    Lookup,
)

MACHINERY = {"generate_due_quotes", "run_due"}  # safe to run twice by what it finds, not by a key


def public(of: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(of, inspect.isfunction) if not name.startswith("_")}


DEEDS = sorted(public(LedgerDeeds) | public(DeskDeeds))


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
    assert "idem" in taken or deed in MACHINERY


@pytest.mark.parametrize("half", [Lookup, Backoffice])
def test_looking_takes_no_actor_and_no_key(half: type) -> None:
    for name in public(half):
        assert not {"actor", "idem"} & set(inspect.signature(getattr(half, name)).parameters), name


def test_nothing_that_acts_is_within_reach_of_the_looking_half() -> None:
    assert len(DEEDS) > 10
    assert not set(DEEDS) & (public(Lookup) | public(Backoffice))


def test_the_core_is_ledger_and_desk_and_what_operators_see() -> None:
    assert public(Ledger) == public(LedgerLook) | public(LedgerDeeds)
    assert public(Desk) == public(DeskLook) | public(DeskDeeds)
    assert not public(Ledger) & public(Desk)
    assert public(BillingCore) == public(Ledger) | public(Desk) | public(Backoffice)
    assert public(Lookup) == public(LedgerLook) | public(DeskLook)


@pytest.mark.parametrize("core", [EmbeddedCore, FakeCore])
def test_a_core_can_do_nothing_that_the_protocol_does_not_say(core: type) -> None:
    assert public(core) - {"transaction"} == public(BillingCore)


@pytest.mark.slow
def test_the_type_checker_refuses_a_deed_through_the_looking_half(tmp_path: Path) -> None:
    from mypy import api  # takes a second: only here

    handler = tmp_path / "handler.py"
    handler.write_text(
        "from bot.context import Context\n"
        "def look(ctx: Context) -> None:\n"
        "    ctx.billing.customer('K1001')\n"
        + "".join(f"    ctx.billing.{deed}\n" for deed in DEEDS)
        + "".join(f"    ctx.billing.{name}\n" for name in sorted(public(Backoffice)))
    )
    said, _, status = api.run(["--config-file", "pyproject.toml", "--no-error-summary", str(handler)])
    refused = [line for line in said.splitlines() if '"Lookup" has no attribute' in line]
    assert status == 1
    assert len(refused) == len(said.splitlines()) == len(DEEDS) + len(public(Backoffice))
