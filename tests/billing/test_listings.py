"""What operators list of the core: subscriptions, proofs and disputes, as a table or as JSON."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from billing.clock import FixedClock
from billing.demo import seed
from billing.embedded import EmbeddedCore
from billing.fake import PlainDocuments
from bot.__main__ import cli
from storage.database import migrate, open_engine, writing
from tests.billing.people import ANNA, TODAY, key


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a seeded database, in which a charge is disputed."""
    home = tmp_path_factory.mktemp("listings")
    engine = open_engine(f"sqlite:///{home / 'guichet.db'}")
    migrate(engine)
    with writing(engine) as session:
        core = EmbeddedCore(session, clock=FixedClock(TODAY), documents=PlainDocuments())
        seed(core)
        core.open_dispute("K1002", "RE-2026-000120", "zu viel", actor=ANNA, idem=key())
    engine.dispose()
    return home


@pytest.fixture(autouse=True)
def there(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(home)
    monkeypatch.setenv("GUICHET_CLOCK", "2026-11-22")
    yield


def told(*arguments: str) -> list[dict[str, object]]:
    result = CliRunner().invoke(cli, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return list(json.loads(result.output))


def test_subscriptions_are_listed_with_term_price_and_licence() -> None:
    rows = told("subscriptions")
    assert len(rows) == 15
    [stopped] = [row for row in rows if row["licence"] == "inactive"]
    assert stopped == {
        "number": "SUB-1003", "customer": "K1003", "plan": "Fernblick Pro", "seats": 15, "state": "active",
        "licence": "inactive", "starts": "2025-08-14", "renews": "2027-08-14", "last_day_to_cancel": "2027-07-17",
        "currency": "EUR", "next_amount": 283_500,
    }  # fmt: skip
    assert [row["number"] for row in told("subscriptions", "--customer", "K1012")] == ["SUB-1012", "SUB-1012-2"]


def test_proofs_and_disputes_say_whose_for_which_invoice_and_what_became_of_them() -> None:
    [proof] = told("proofs")
    assert (proof["customer"], proof["invoice"], proof["state"]) == ("K1003", "RE-2026-000117", "received")
    [dispute] = told("disputes", "--customer", "K1002")
    assert (dispute["invoice"], dispute["state"], dispute["decided_by"]) == ("RE-2026-000120", "open", "")
    assert told("disputes", "--customer", "K1001") == told("proofs", "--customer", "nobody") == []


@pytest.mark.slow
def test_without_json_there_is_a_table() -> None:
    lines = CliRunner().invoke(cli, ["disputes"]).output.splitlines()
    assert lines[0].split() == ["id", "customer", "invoice", "state", "created", "decided_by"]
    assert "RE-2026-000120" in lines[1]
