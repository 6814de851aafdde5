"""The audit: who asked what, what was decided and done; nothing in it can be changed without being noticed."""

import json

import pytest
from sqlalchemy import text
from sqlmodel import select

import billing
from bot.operate import case_story
from storage import audit
from storage.database import reading, writing
from storage.tables import OutboxRow
from tests.conversations.drive import by_mail
from tests.threats.machine import CONTACT, Machine

ASKED = "Bitte senden Sie die Rechnung RE-2026-000123 an pruefer@steuer.example"


@pytest.fixture
def case(machine: Machine) -> str:
    """A case with a question, a yes and a letter to somebody else."""
    played = by_mail(machine, CONTACT, (ASKED, "Ja"), account=("K1001", "Lindenhof Gartenbau GmbH"))
    assert played.case is not None
    return played.case.id


def _torn(machine: Machine) -> list[str]:
    with reading(machine.app.engine) as session:
        return list(audit.broken(session, machine.app.tools.tokens.seal))


def test_a_case_tells_who_asked_what_was_decided_and_what_was_done(machine: Machine, case: str) -> None:
    with reading(machine.app.engine) as session:
        told = [(row.what, json.loads(row.facts)) for row in audit.entries(session, case)]
    assert [what for what, _ in told][:4] == ["message", "waits", "done", "letter"]
    first, decided = told[0][1], next(facts for what, facts in told if what == "decided")
    assert first["trust"] == "T1" and first["reasons"] == ["dmarc_pass"] and first["requests"] == ["send_invoice"]
    assert decided["state"] == "approved"
    assert any(facts.get("documents") == ["RE-2026-000123"] for what, facts in told if what == "letter")


def test_no_entry_holds_an_address(machine: Machine, case: str) -> None:
    with reading(machine.app.engine) as session:
        assert not any("@" in row.facts for row in audit.entries(session, case))


def test_a_case_is_shown_with_its_entries(machine: Machine, case: str) -> None:
    assert "audit: decided" in [entry["what"] for entry in case_story(machine.app, case)]


@pytest.mark.parametrize("deed", [
    "UPDATE audit SET facts = '{}' WHERE case_id = :case AND number = 2",
    "DELETE FROM audit WHERE case_id = :case AND number = 1",
])  # fmt: skip
def test_whoever_gets_round_the_database_is_noticed(machine: Machine, case: str, deed: str) -> None:
    with writing(machine.app.engine) as session:
        for name in ("audit_no_update", "audit_no_delete"):
            session.connection().execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        session.connection().execute(text(deed), {"case": case})
    assert case in _torn(machine)


def test_a_letter_that_nobody_asked_for_is_noted_too(machine: Machine) -> None:
    machine.app.worker.tell_happenings()  # the demo's quote that waits for nobody
    with writing(machine.app.engine) as session:
        machine.app.cores(session).run_due(actor=billing.Actor(billing.ActorKind.SYSTEM, "schedule"))
    machine.app.worker.keep_promises()
    machine.app.worker.tell_happenings()
    with reading(machine.app.engine) as session:
        letters = session.exec(select(OutboxRow).where(OutboxRow.channel == "email")).all()
        assert letters
        for letter in letters:
            assert "letter" in [entry.what for entry in audit.entries(session, letter.case_id)]


def test_what_the_next_hop_took_is_noted_in_the_case(machine: Machine, case: str) -> None:
    letter = next(one for one in machine.letters() if one.channel == "email" and one.case == case)
    assert machine.app.worker.outgoing.send(letter.id)
    with reading(machine.app.engine) as session:
        [sent] = [json.loads(row.facts) for row in audit.entries(session, case) if row.what == "sent"]
    assert sent == {"letter": letter.id, "channel": "email", "attempts": 1}
    assert case not in _torn(machine)
