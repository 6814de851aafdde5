"""A list that is too long for a letter goes along as a file: by mail, in Slack and at the terminal."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.demo.slack import FakeSlack
from bot.operate import Terminal, seed_file
from bot.subject import erase
from storage.database import reading
from storage.tables import OutboxRow
from tests.conversations.drive import in_slack
from tests.threats.machine import Machine

pytestmark = pytest.mark.slow

MANY = 34
PEOPLE = {
    "de": ("lange.liste@kunde-l.example", "Welche Rechnungen gibt es?", "Rechnungsliste-2026-11-22.csv"),
    "fr": ("longue.liste@client-l.example", "Quelles sont nos factures ?",
           "Liste-de-factures-2026-11-22.csv"),
    "en": ("long.list@customer-l.example", "Please give us an overview of our invoices", "Invoice-list-2026-11-22.csv"),
}  # fmt: skip
HEADS = {
    "de": "Nummer;Datum;Fällig am;Status",
    "fr": "Numéro;Date;Échéance;Statut",
    "en": "Number,Date,Due date,Status",
}


def _lines() -> Iterator[str]:
    """Three customers with more invoices than a letter holds."""
    for number, (language, (address, _, _)) in enumerate(PEOPLE.items()):
        contact = {"email": address, "name": "", "role": "owner", "language": language}
        customer = {"id": f"KL{number}", "name": "Viel & Co", "language": language, "contacts": [contact]}
        yield json.dumps(customer | {"country": {"de": "DE", "fr": "FR", "en": "GB"}[language]})
        for place in range(MANY):
            day = date(2024, 1, 1) + timedelta(days=10 * place)
            yield json.dumps(
                {"number": f"RE-{number}-{place:04}", "customer": f"KL{number}", "issued": day.isoformat(),
                 "due": (day + timedelta(days=14)).isoformat(), "total": 123450 + place, "currency": "EUR",
                 "remaining": 0, "state": "finalised", "payment": "paid"}
            )  # fmt: skip


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("long"), seeded=seeded)
    seed_file(machine.app, list(_lines()))
    yield machine
    machine.close()


@pytest.mark.parametrize("language", PEOPLE)
def test_the_newest_stand_in_the_mail_and_all_in_its_file(machine: Machine, language: str) -> None:
    address, text, name = PEOPLE[language]
    [letter] = machine.mail(address, text)
    assert letter.text.count("\n- RE-") == 20 and str(MANY) in letter.text
    octets = machine.send(letter)
    mail = message_from_bytes(octets, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    [file] = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (name, "text/csv")
    content = file.get_payload(decode=True)
    assert isinstance(content, bytes) and content.startswith(b"\xef\xbb\xbf")
    head, *rows = content.decode("utf-8-sig").split("\r\n")
    assert head.startswith(HEADS[language]) and len(rows) == MANY + 1
    assert rows[0].startswith(letter.text.partition("\n- ")[2].split(" ", 1)[0])  # the newest first, in both


def test_a_letter_that_is_sent_again_after_a_crash_has_the_same_file(machine: Machine) -> None:
    [letter] = machine.mail(PEOPLE["de"][0], PEOPLE["de"][1])
    first = machine.send(letter)
    seed_file(machine.app, [next(line for line in _lines() if "RE-0-0003" in line).replace("RE-0-0003", "RE-0-9999")])
    assert machine.send(letter) == first  # although there is one more invoice by now


def test_the_terminal_names_the_file(machine: Machine) -> None:
    told = Terminal(machine.app, PEOPLE["fr"][0]).ask(PEOPLE["fr"][1])
    assert "[invoices 2026-11-22, CSV]" in told


def test_in_slack_the_file_hangs_in_the_thread(machine: Machine) -> None:
    from bot.channels.slack.send import SlackSender

    address = PEOPLE["en"][0]
    played = in_slack(machine, "ada", (PEOPLE["en"][1],), account=("KL2", address))
    with FakeSlack() as slack, reading(machine.app.engine) as session:
        row = session.get_one(OutboxRow, played.last[-1].id)
        row.recipient, row.in_reply_to = slack.channel("general"), ""
        SlackSender(slack.bot_token, slack.api_url).send(machine.app.worker.outgoing.letter(row))
        answer, file = slack.posted("general")
        session.rollback()
        assert file["thread_ts"] == answer["ts"] and file["files"][0]["name"] == PEOPLE["en"][2]
        [kept] = slack.files.values()
        assert kept["data"].decode("utf-8-sig").count("\r\n") == MANY + 1


def test_a_list_is_no_letter_of_the_books_and_is_erased_with_its_reader(machine: Machine) -> None:
    address = PEOPLE["en"][0]
    [letter] = machine.mail(address, PEOPLE["en"][1])
    machine.send(letter)
    findings = {one.record: one for one in erase(machine.app, address, really=True)}
    assert findings[f"letter {letter.id}"].erased
    [row] = [one for one in machine.letters() if one.id == letter.id]
    assert row.reply.attachments == ()
