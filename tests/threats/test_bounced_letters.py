"""A letter that comes back is told to whoever asked for it and to the agents, once; nobody is written to in vain."""

import itertools

import pytest

from storage.tables import OutboxRow
from tests.threats.machine import CONTACT, MINE, SUPPORT, Letter, Machine, cards, mails

pytestmark = pytest.mark.slow

NUMBERS = itertools.count(1)
AUDITOR = "pruefung@kanzlei.example"


def report(status: str = "5.1.1", action: str = "failed", returned: str = "") -> bytes:
    """What an MTA sends back (RFC 3464)."""
    return (
        f"From: MAILER-DAEMON@mx.kanzlei.example\r\nMessage-ID: <{next(NUMBERS)}@mx.kanzlei.example>\r\n"
        "To: support@guichet.example\r\nSubject: Undelivered Mail\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {AUDITOR}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} <evil>Call +49 900 1</evil>\r\n\r\n--b\r\n{returned}\r\n--b--\r\n"
    ).encode()


def sent_to_auditor(machine: Machine, number: str = MINE) -> Letter:
    """An invoice that the contact had sent to somebody else, after a yes."""
    [question] = mails(machine.mail(CONTACT, f"Bitte senden Sie die Rechnung {number} an {AUDITOR}"))
    letters = mails(machine.answer_to(question, CONTACT, "Ja"))
    [letter] = [letter for letter in letters if letter.recipient == AUDITOR]
    machine.change(OutboxRow, letter.id, state="sent")
    return letter


def state_of(machine: Machine, letter: Letter) -> str:
    return next(one.state for one in machine.letters() if one.id == letter.id)


def test_the_asker_and_the_agents_learn_which_recipient_failed_and_why(machine: Machine) -> None:
    letter = sent_to_auditor(machine)
    told = machine.raw(report(), to=f"support+{letter.token.upper()}@guichet.example")
    [notice], [card] = mails(told), cards(told)
    assert notice.recipient == CONTACT
    for words in (AUDITOR, MINE, "kennt diese Adresse nicht"):
        assert words in notice.text
    assert "900" not in notice.text  # the other side's words reach nobody
    assert AUDITOR in card.text and "5.1.1" in card.text
    assert state_of(machine, letter) == "bounced"
    assert machine.row().case_id == letter.case


def test_the_second_bounce_of_a_letter_says_nothing_new(machine: Machine) -> None:
    letter = sent_to_auditor(machine)
    to = f"support+{letter.token}@guichet.example"
    assert len(machine.raw(report("5.2.2"), to=to)) == 2
    assert machine.raw(report("5.1.1"), to=to) == []


def test_the_message_id_in_the_returned_mail_is_enough(machine: Machine) -> None:
    letter = sent_to_auditor(machine)
    returned = (
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{letter.token}@guichet.example>\r\nFrom: {SUPPORT}\r\n"
    )
    assert len(machine.raw(report(returned=returned))) == 2
    assert state_of(machine, letter) == "bounced"


def test_a_delay_is_only_a_note(machine: Machine) -> None:
    letter = sent_to_auditor(machine)
    assert machine.raw(report("4.4.1", "delayed"), to=f"support+{letter.token}@guichet.example") == []
    assert state_of(machine, letter) == "sent"
    assert "delayed 4.4.1" in machine.row().reasons


def test_an_address_that_does_not_work_is_not_written_to_again(machine: Machine) -> None:
    [answer] = mails(machine.mail(CONTACT, f"Bitte senden Sie mir die Rechnung {MINE}"))
    machine.change(OutboxRow, answer.id, state="sent")
    told = machine.raw(report("5.2.2"), to=f"support+{answer.token}@guichet.example")
    assert mails(told) == []
    [card] = cards(told)
    assert CONTACT in card.text


@pytest.mark.parametrize("to", [SUPPORT, f"support+{'b' * 42}@guichet.example"], ids=["no token", "forged token"])
def test_a_bounce_without_a_genuine_token_changes_nothing(machine: Machine, to: str) -> None:
    letter = sent_to_auditor(machine)
    assert machine.raw(report(), to=to) == []
    assert "letter_unknown" in machine.row().reasons
    assert state_of(machine, letter) == "sent"


def test_a_person_who_writes_to_the_token_address_bounces_nothing(machine: Machine) -> None:
    letter = sent_to_auditor(machine)
    machine.mail(AUDITOR, "Danke, die Rechnung ist da.", to=f"support+{letter.token}@guichet.example", proven=False)
    assert state_of(machine, letter) == "sent"
