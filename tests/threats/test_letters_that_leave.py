"""What leaves: refusals of the next hop are told, large letters come in parts, files are named as the reader speaks."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.pipeline.bounced import refused
from bot.pipeline.parcels import octets_in_mail, parcels
from bot.ports import File
from storage.tables import OutboxRow
from tests.channels.mail.letters import Hop, running
from tests.threats.conftest import Make
from tests.threats.machine import CONTACT, MINE, Letter, Machine, cards, mails

pytestmark = pytest.mark.slow

AUDITOR = "pruefung@kanzlei.example"


@pytest.fixture
def hop() -> Hop:
    return Hop()


@pytest.fixture
def relaying(make: Make, hop: Hop) -> Iterator[Machine]:
    """A machine whose next hop is a real server."""
    with running(hop.start) as port:
        machine = make(relay_url=f"smtp://127.0.0.1:{port}")
        yield machine
        machine.app.worker.outgoing.close()


def send_all(machine: Machine) -> None:
    """Send what is due until nothing is."""
    outgoing = machine.app.worker.outgoing
    while due := outgoing.due():
        if not any([outgoing.send(row) for row in due]):
            return


def to_auditor(machine: Machine) -> Letter:
    [question] = mails(machine.mail(CONTACT, f"Bitte senden Sie die Rechnung {MINE} an {AUDITOR}"))
    machine.change(OutboxRow, question.id, state="sent")
    letters = machine.answer_to(question, CONTACT, "Ja")
    for other in letters:
        if other.recipient != AUDITOR:
            machine.change(OutboxRow, other.id, state="sent")
    [letter] = [one for one in letters if one.recipient == AUDITOR]
    return letter


def state_of(machine: Machine, letter: Letter) -> str:
    return next(one.state for one in machine.letters() if one.id == letter.id)


def told(machine: Machine) -> list[Letter]:
    before = {one.id for one in machine.letters()}
    machine.app.worker.tell_refusals()
    return [one for one in machine.letters() if one.id not in before]


def test_a_recipient_that_the_relay_refuses_for_good_is_told_like_a_bounce(relaying: Machine, hop: Hop) -> None:
    machine = relaying
    letter = to_auditor(machine)
    hop.to_rcpt.append("550 5.1.1 no such user <evil>")
    assert not machine.app.worker.outgoing.send(letter.id)
    [notice], [card] = mails(new := told(machine)), cards(new)
    assert notice.recipient == CONTACT
    assert AUDITOR in notice.text and "kennt diese Adresse nicht" in notice.text and "evil" not in notice.text
    assert AUDITOR in card.text
    assert state_of(machine, letter) == "bounced"
    assert told(machine) == []


def test_a_refusal_that_passes_is_tried_again_and_told_to_nobody(relaying: Machine, hop: Hop) -> None:
    machine = relaying
    letter = to_auditor(machine)
    hop.to_rcpt.append("450 4.2.1 greylisted")
    assert not machine.app.worker.outgoing.send(letter.id)
    assert (told(machine), state_of(machine, letter)) == ([], "queued")
    machine.change(OutboxRow, letter.id, due=machine.app.clock.now())
    assert machine.app.worker.outgoing.send(letter.id)
    assert state_of(machine, letter) == "sent"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("550 5.1.1 unknown user", "5.1.1"),
        ("552 message too big", "5.3.4"),
        ("554 no", "5.7.1"),
        ("the recipient is not one valid address", "5.1.3"),
        ("relay: TimeoutError", "5.4.1"),
        ("550 host 10.5.1.1.9 says no", "5.7.1"),
    ],
)
def test_what_a_relay_says_becomes_a_status(said: str, status: str) -> None:
    assert refused("x@y.example", said).status == status


def outgoing_mails(home: Path) -> list[EmailMessage]:
    found = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (home / "out" / "new").iterdir()
    ]
    return sorted((one for one in found if isinstance(one, EmailMessage)), key=lambda one: str(one["Subject"]))


def names(mail: EmailMessage) -> list[str]:
    return [part.get_filename() or "" for part in mail.iter_attachments()]


def test_documents_too_large_for_one_mail_come_in_several(make: Make) -> None:
    machine = make(letter_megabytes=0.08)
    asked = "Bitte senden Sie mir die Rechnungen RE-2026-000123, RE-2026-000116 und RE-2026-000101."
    [letter] = mails(machine.mail(CONTACT, asked))
    if letter.parked:  # the reading was not sure
        machine.change(OutboxRow, letter.id, state="sent")
        [letter] = mails(machine.answer_to(letter, CONTACT, "Ja"))
    count = len(letter.documents)
    assert count >= 2
    send_all(machine)
    sent = outgoing_mails(machine.home)
    assert len(sent) == count
    assert all(len(names(mail)) == 1 and mail["To"] == CONTACT for mail in sent)
    assert len({name for mail in sent for name in names(mail)}) == count
    assert len({str(mail["Message-ID"]) for mail in sent}) == count
    parts = [str(mail["Subject"]) for mail in sent if "Teil" in str(mail["Subject"])]
    assert parts == [f"Ihre Dokumente, Teil {number} von {count}" for number in range(2, count + 1)]
    [first] = [mail for mail in sent if "Teil" not in str(mail["Subject"])]
    text = first.get_body(("plain",))
    assert text is not None
    assert f"in {count} Nachrichten" in " ".join(text.get_content().split())


def test_a_file_is_named_in_the_readers_language(make: Make) -> None:
    machine = make()
    machine.mail(CONTACT, f"Bitte senden Sie mir die Rechnung {MINE}.")
    send_all(machine)
    [mail] = outgoing_mails(machine.home)
    assert names(mail) == [f"Rechnung-{MINE}.pdf"]


def file(octets: int) -> File:
    return File("a.pdf", "application/pdf", b"x" * octets)


def test_groups_keep_the_order_and_never_exceed_the_limit() -> None:
    files = [file(size) for size in (300_000, 500_000, 150_000, 2_000_000, 10, 10)]
    groups = parcels(files, 1_000_000)
    assert [place for group in groups for place in group] == list(range(6))
    assert groups == [[0], [1, 2], [3], [4, 5]]  # what is larger than a mail goes alone; the relay decides
    for group in groups:
        assert len(group) == 1 or sum(octets_in_mail(files[place]) for place in group) < 1_000_000
    assert parcels([], 1.0) == [[]]
