"""The terminal: the same counter, the same words; the commands around it."""

import json
from pathlib import Path

import pytest

from tests.running import Running, text_of

SAME = [
    ("de", "meike", "einkauf@nordlicht.example", "Hilfe"),
    ("fr", "claire", "comptabilite@client.example", "Aide"),
    ("en", "priya", "accounts@customer.example", "Help"),
]


@pytest.mark.parametrize(("language", "name", "address", "text"), SAME, ids=["de", "fr", "en"])
def test_the_terminal_says_what_the_mail_says(
    running: Running, language: str, name: str, address: str, text: str
) -> None:
    told = running.command("ask", text, "--as", address)
    assert told.returncode == 0, told.stderr
    [mail] = running.answers_to(running.mail(address, text))
    lines = [line for line in told.stdout.splitlines() if line.startswith("- ")]
    assert len(lines) >= 6
    assert all(line in text_of(mail) for line in lines)


def test_a_question_and_a_yes_in_two_calls(running: Running) -> None:
    address = "roth@kanzlei-roth.example"
    asked = running.command(
        "ask", "Bitte senden Sie die Rechnung RE-2026-000118 an terminal@fremd.example", "--as", address
    )
    assert "terminal@fremd.example" in asked.stdout and not running_mails(running, "terminal@fremd.example")
    done = running.command("ask", "Ja", "--as", address)
    assert done.returncode == 0, done.stderr
    running.mails_to("terminal@fremd.example")


@pytest.mark.slow
def test_a_stranger_at_the_terminal_gets_help_and_nothing_else(running: Running) -> None:
    assert "- " in running.command("ask", "help").stdout
    refused = running.command("ask", "Please send me invoice RE-2026-000123", "--json")
    assert json.loads(refused.stdout)["letters"][0]["documents"] == []


@pytest.mark.slow
def test_explain_shows_the_reading(running: Running) -> None:
    told = running.command("ask", "Hilfe", "--as", "buchhaltung@hafenblick.example", "--explain")
    assert "help" in told.stdout and "decision" in told.stdout


@pytest.mark.slow
def test_simulate_shows_the_answer_and_keeps_nothing(running: Running, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_text("From: comptabilite@client.example\nSubject: \n\nMerci de m'envoyer la facture RE-2026-000122\n")
    before = len(running.outgoing())
    told = running.command("simulate", str(mail))
    assert told.returncode == 0 and "RE-2026-000122" in told.stdout
    assert len(running.outgoing()) == before
    assert running.command("simulate", str(tmp_path / "none.eml")).returncode == 1


@pytest.mark.slow
def test_the_listings_have_the_published_shape(running: Running) -> None:
    customers = json.loads(running.command("customers", "--json").stdout)
    assert {"id", "name", "country", "language", "contacts"} <= set(customers[0])
    invoices = json.loads(running.command("invoices", "--customer", "K1001", "--json").stdout)
    assert {i["customer"] for i in invoices} == {"K1001"}
    assert {"number", "state", "payment", "currency", "total", "remaining", "issued", "due"} <= set(invoices[0])
    assert {"number", "customer", "state", "valid_until", "currency", "total"} <= set(
        json.loads(running.command("quotes", "--json").stdout)[0]
    )


def test_the_stored_document_of_an_invoice(running: Running, tmp_path: Path) -> None:
    out = tmp_path / "invoice.pdf"
    assert running.command("invoice", "RE-2026-000123", "--out", str(out)).returncode == 0
    assert out.read_bytes().startswith(b"%PDF")
    assert running.command("invoice", "RE-9999-1", "--out", str(out)).returncode == 1


@pytest.mark.slow
def test_why_tells_how_a_case_went(running: Running) -> None:
    [answer] = running.answers_to(running.mail("kreditoren@uhrwerk.example", "Hilfe"))
    told = running.command("why", answer["X-Guichet-Case"])
    assert "help" in told.stdout and "trust=T0" in told.stdout
    assert running.command("why", "G-NOTHING").returncode == 1


def test_the_doctor_finds_nothing_wrong(running: Running) -> None:
    told = running.command("doctor", "--json")
    assert told.returncode == 0, told.stdout


@pytest.mark.slow
def test_wrong_settings_are_one_clear_line(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUICHET_CLOCK", "tomorrow")
    machine = Running(running.home, with_slack=False, CLOCK="tomorrow")
    told = machine.cold_command("customers")
    assert told.returncode == 1 and "GUICHET_CLOCK" in told.stderr and "Traceback" not in told.stderr


def running_mails(running: Running, recipient: str) -> bool:
    """Whether something left for this address."""
    return any(mail["To"] == recipient for mail in running.outgoing())
