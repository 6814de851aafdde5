"""One person's data: handed out whole, erased as far as the law lets us, and a written reason for each record kept."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.subject import BOOKS, CONTACT, DECIDED, LETTERS, OPEN, Finding, erase, export
from storage import audit
from storage.database import reading, writing
from storage.tables import InboxRow, OutboxRow, ParkedRow
from tests.conversations.drive import by_mail
from tests.threats.machine import CONTACT as ADDRESS
from tests.threats.machine import OTHER, Machine

pytestmark = pytest.mark.slow

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
    before = _held(used), _contacts(used)
    assert erase(used.app, ADDRESS, really=False)
    assert (_held(used), _contacts(used)) == before


def test_what_the_law_keeps_stays_with_a_reason_and_the_rest_goes(used: Machine) -> None:
    findings = erase(used.app, ADDRESS, really=True)
    kept = {finding.why_kept for finding in findings if not finding.erased}
    assert kept == {BOOKS, DECIDED, LETTERS}
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


def _contacts(machine: Machine, customer: str = "K1001") -> list[str]:
    with reading(machine.app.engine) as session:
        return [contact.email for contact in machine.app.cores(session).customer(customer).contacts]


def test_the_contact_goes_at_the_billing_core_and_its_invoices_stay_and_are_named(used: Machine) -> None:
    findings = {finding.record: finding for finding in erase(used.app, ADDRESS, really=True)}
    assert findings["contact of K1001"].erased
    assert ADDRESS not in _contacts(used) and len(_contacts(used)) == 2
    assert findings["invoice RE-2026-000123"].why_kept == BOOKS
    assert any(record.startswith("change request CR") for record in findings)
    assert [letter.recipient for letter in used.mail(ADDRESS, "Bitte senden Sie mir die Rechnung RE-2026-000123")] == [
        ADDRESS  # of a colleague now: told what they may ask
    ]


def test_of_whom_nobody_else_can_be_reached_the_contact_stays(used: Machine) -> None:
    address = "roth@kanzlei-roth.example"
    used.mail(address, "Hilfe")
    findings = erase(used.app, address, really=True)
    assert Finding("contact of K1004", "", False, CONTACT) in findings
    assert _contacts(used, "K1004") == [address]


def test_a_contact_stays_while_something_of_theirs_is_open(used: Machine) -> None:
    used.mail(ADDRESS, "Bitte senden Sie die Rechnung RE-2026-000116 an y@steuer.example")
    findings = erase(used.app, ADDRESS, really=True)
    assert Finding("contact of K1001", "", False, OPEN) in findings
    assert ADDRESS in _contacts(used)


def test_who_gets_every_invoice_is_found_and_forgotten_too(used: Machine, tmp_path: Path) -> None:
    archive = "rechnungsarchiv@kunde.example"
    export(used.app, archive, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "subject.json").read_text("utf-8"))["gets every invoice of"] == ["K1001"]
    assert Finding("contact of K1001", "", True) in erase(used.app, archive, really=True)
    assert erase(used.app, archive, really=True) == []


def test_the_other_customer_is_untouched(used: Machine) -> None:
    erase(used.app, ADDRESS, really=True)
    assert b"RE-2026-000119" in b"".join(row.raw for row in used.rows())


def test_of_a_stranger_nothing_is_held(used: Machine) -> None:
    assert erase(used.app, "nobody@nowhere.example", really=True) == []
