"""What agents are shown, and what becomes of a request that they decide, leave lying, or that is taken back."""

from datetime import timedelta

import pytest

from bot.messages import Channel, Language
from storage.database import reading
from storage.tables import ParkedRow
from tests.conversations.drive import in_slack
from tests.threats.machine import CONTACT, Letter, Machine, cards, mails

RENAME = "Wir heißen jetzt Lindenhof Garten AG"


def _waiting(machine: Machine) -> ParkedRow:
    return max((row for row in machine.parked() if row.waits_for == "agent"), key=lambda row: row.created)


def _lapse(machine: Machine) -> list[Letter]:
    row = _waiting(machine)
    machine.change(ParkedRow, row.id, expires=machine.app.clock.now() - timedelta(hours=1))
    before = {letter.id for letter in machine.letters()}
    machine.app.worker.tell_lapsed()
    machine.app.worker.tell_lapsed()
    return [letter for letter in machine.letters() if letter.id not in before]


def test_the_card_says_what_is_proven_and_when_the_term_ends(machine: Machine) -> None:
    [card] = cards(machine.mail(CONTACT, RENAME))
    said = " ".join(card.text.split())
    assert "DMARC passed" in said and "Next renewal (SUB-1001): 2 January 2027" in said
    assert "RE-2026-000123" in said  # what is open


def test_a_request_that_nobody_decides_lapses_and_the_customer_is_told_once(machine: Machine) -> None:
    machine.mail(CONTACT, RENAME)
    letters = _lapse(machine)
    [told], [card] = mails(letters), cards(letters)
    assert told.recipient == CONTACT and "nicht rechtzeitig" in told.reply.subject
    assert card.reply.subject.startswith("Expired") and not card.reply.choices
    with reading(machine.app.engine) as session:
        assert machine.app.cores(session).customer("K1001").name == "Lindenhof Gartenbau GmbH"


def test_a_colleague_who_is_not_understood_is_named_on_the_card(machine: Machine) -> None:
    asked = ("Warum rechnet der blaue Vogel auf Seite drei eigentlich anders als wir alle hier?",)
    played = in_slack(machine, "", asked, account=("K1001", "Lindenhof Gartenbau GmbH"))
    [card] = [letter for letter in played.letters if letter.recipient == "C0AGENTS"]
    assert "Unknown sender" not in card.text and "U0ADA" in card.text


def test_every_reason_that_is_shown_has_words_in_three_languages(machine: Machine) -> None:
    shown = machine.app.tools.words.words
    assert shown("trust_reasons", Language.DE).keys() == shown("trust_reasons", Language.FR).keys()
    assert {"dmarc_pass", "reply_to_elsewhere"} <= shown("trust_reasons", Language.EN).keys()


@pytest.mark.parametrize("late", [False, True])
def test_a_withdrawal_counts_until_somebody_decided(machine: Machine, late: bool) -> None:
    receipt = mails(machine.mail(CONTACT, RENAME))[-1]
    if late:
        machine.change(ParkedRow, _waiting(machine).id, state="approved")
    answer = machine.answer_to(receipt, CONTACT, "Wir ziehen den Antrag zurück")
    assert _waiting(machine).state == ("approved" if late else "withdrawn")
    told = any(letter.channel == Channel.SLACK and letter.reply.subject.startswith("Withdrawn") for letter in answer)
    assert told is not late
