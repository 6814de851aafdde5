"""One person's data: handed out whole, erased as far as the law lets us, and a written reason for each record kept."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.subject import BOOKS, CONTACT, DECIDED, Finding, erase, export
from storage import audit
from storage.database import reading, writing
from storage.tables import InboxRow, OutboxRow, ParkedRow
from tests.conversations.drive import by_mail
from tests.threats.machine import CONTACT as ADDRESS
from tests.threats.machine import OTHER, Machine

LINDENHOF = ("K1001", "Lindenhof Gartenbau GmbH")


@pytest.fixture
def used(tmp_path: Path, seeded: Path) -> Iterator[Machine]:
    """A machine to which two customers wrote."""
    machine = Machine(tmp_path, seeded=seeded)
    by_mail(machine, ADDRESS, ("Bitte senden Sie mir die Rechnung RE-2026-000123",), account=LINDENHOF)
    by_mail(
        machine,
        ADDRESS,
        ("Bitte senden Sie die Rechnung RE-2026-000123 an x@steuer.example", "Nein"),
        account=LINDENHOF,
    )
    by_mail(
        machine, ADDRESS, ("Wir heißen jetzt Lindenhof Garten AG", "Wir ziehen den Antrag zurück"), account=LINDENHOF
    )
    machine.mail(OTHER, "Please send me invoice RE-2026-000119")
    with writing(machine.app.engine) as session:
        for row in session.exec(select(OutboxRow)).all():
            row.state = "sent"
    yield machine
    machine.close()


def _held(machine: Machine) -> str:
    """Everything in the three tables, as one text."""
    with reading(machine.app.engine) as session:
        rows = [
            row.model_dump() for table in (InboxRow, OutboxRow, ParkedRow) for row in session.exec(select(table)).all()
        ]
    return repr(rows)


def test_an_export_holds_messages_letters_requests_and_the_mails(used: Machine, tmp_path: Path) -> None:
    count = export(used.app, ADDRESS.upper(), tmp_path / "out")
    told = json.loads((tmp_path / "out" / "subject.json").read_text("utf-8"))
    assert count == sum(len(told[part]) for part in ("contacts", "messages", "letters", "requests"))
    assert told["contacts"][0]["customer"] == "K1001" and len(told["messages"]) == 5
    mails = [path.read_bytes() for path in (tmp_path / "out").glob("*.eml")]
    assert len(mails) == 5 and not any(b"X-Guichet-Envelope" in mail for mail in mails)
    assert OTHER not in json.dumps(told)


def test_erasing_says_first_what_it_would_do(used: Machine) -> None:
    before = _held(used)
    assert erase(used.app, ADDRESS, really=False)
    assert _held(used) == before


def test_what_the_law_keeps_stays_with_a_reason_and_the_rest_goes(used: Machine) -> None:
    findings = erase(used.app, ADDRESS, really=True)
    kept = {finding.why_kept for finding in findings if not finding.erased}
    assert kept == {CONTACT, BOOKS, DECIDED}
    assert all(isinstance(finding, Finding) and finding.erased is not bool(finding.why_kept) for finding in findings)
    with reading(used.app.engine) as session:
        letters = [row for row in session.exec(select(OutboxRow)).all() if row.recipient == ADDRESS]
        assert [json.loads(row.reply)["attachments"] != [] for row in letters] == [True]
        assert all(
            not row.raw for row in session.exec(select(InboxRow)).all() if row.case_id and row.sender_digest is None
        )
        assert [
            row for row in session.exec(select(ParkedRow)).all() if row.address == ADDRESS and row.waits_for != "agent"
        ] == []
        assert list(audit.broken(session, used.app.tools.tokens.seal)) == []
    assert "x@steuer.example" not in _held(used).replace("Rechnung", "")


def test_the_other_customer_is_untouched(used: Machine) -> None:
    erase(used.app, ADDRESS, really=True)
    assert b"RE-2026-000119" in b"".join(row.raw for row in used.rows())


def test_of_a_stranger_nothing_is_held(used: Machine) -> None:
    assert erase(used.app, "nobody@nowhere.example", really=True) == []
