"""Nobody is answered without end: caps by address, domain, text and conversation, and a person sees it."""

from datetime import timedelta

import pytest

from bot.settings import Cap, caps_from
from storage.tables import InboxRow
from tests.threats.conftest import Make
from tests.threats.machine import CONTACT, MINE, OWNER, Letter, Machine, cards, mails

pytestmark = pytest.mark.slow

ASK = f"Bitte senden Sie mir die Rechnung {MINE}"
UNCLEAR = "Könnten Sie mir bitte erklären, warum der blaue Vogel auf Seite drei anders rechnet als wir?"
CHALLENGE = "Our robot has taken your message number {}. Help"


def answered(letters: list[Letter]) -> list[Letter]:
    """The answers among the letters, without the one notice that there will be no more."""
    notices = ("nicht mehr automatisch", "no longer answer")
    return [letter for letter in mails(letters) if not any(words in letter.text for words in notices)]


def test_caps_are_read_and_a_mistake_is_said() -> None:
    caps = caps_from("stranger 1/d, contact 60/h, same text 2/h, conversation without progress 3")
    assert caps["contact"] == Cap(60, timedelta(hours=1))
    assert caps["conversation without progress"].count == 3
    assert caps_from("off") == {}
    for wrong in ("contact 60", "contact sixty/h", "everybody 3/h", "off, contact 60/h"):
        with pytest.raises(ValueError, match="answer cap"):
            caps_from(wrong)


def test_the_same_text_is_answered_twice_an_hour_and_told_once(capped: Machine) -> None:
    told = [capped.mail(CONTACT, ASK) for _ in range(8)]
    assert [len(answered(letters)) for letters in told] == [1, 1, 0, 0, 0, 0, 0, 0]
    assert [len(mails(letters)) for letters in told] == [1, 1, 1, 0, 0, 0, 0, 0]  # the notice
    [card] = [card for letters in told for card in cards(letters)]
    assert "so often" in card.text
    assert capped.row().capped == "same_text"
    assert all(case.needs_person for case in capped.cases() if case.id == capped.row().case_id)


@pytest.mark.slow
def test_after_an_hour_the_same_text_is_answered_again(capped: Machine) -> None:
    for _ in range(3):
        capped.mail(CONTACT, ASK)
    for row in capped.rows():
        capped.change(InboxRow, row.id, received=row.received - timedelta(hours=2))
    assert len(answered(capped.mail(CONTACT, ASK))) == 1


def test_another_text_of_the_same_sender_is_answered(capped: Machine) -> None:
    for _ in range(3):
        capped.mail(CONTACT, ASK)
    assert len(answered(capped.mail(CONTACT, "Bitte senden Sie mir die Rechnung RE-2026-000116"))) == 1


@pytest.mark.slow
def test_three_questions_may_be_answered_by_the_same_yes(capped: Machine) -> None:
    for number, recipient in enumerate(("a@steuer.example", "b@steuer.example", "c@steuer.example")):
        [question] = answered(capped.mail(CONTACT, f"Bitte senden Sie die Rechnung {MINE} an {recipient}"))
        done = capped.answer_to(question, CONTACT, "Ja")
        assert recipient in [letter.recipient for letter in mails(done)], number


def test_a_partner_without_any_mark_is_stopped_after_three_answers(capped: Machine) -> None:
    [answer] = mails(capped.mail(CONTACT, "Hilfe"))
    given, seen = 1, 0
    for number in range(10):
        letters = capped.answer_to(answer, CONTACT, CHALLENGE.format(number))
        given += len(mails(letters))
        seen += len(cards(letters))
        answer = next(iter(mails(letters)), answer)
    assert given <= 3
    assert seen == 1
    assert capped.row().capped == "no_progress"


@pytest.mark.slow
def test_a_partner_who_begins_a_new_mail_each_time_is_stopped_too(capped: Machine) -> None:
    told = [capped.mail(CONTACT, CHALLENGE.format(number)) for number in range(10)]
    assert sum(len(mails(letters)) for letters in told) <= 3
    assert sum(len(cards(letters)) for letters in told) == 1


@pytest.mark.slow
def test_a_person_who_was_not_understood_three_times_is_served_as_soon_as_it_is_clear(capped: Machine) -> None:
    for number in range(5):
        capped.mail(CONTACT, f"{UNCLEAR} {number}")
    assert capped.row().capped == "no_progress"
    [answer] = answered(capped.mail(CONTACT, ASK))
    assert answer.documents == (MINE,)


@pytest.mark.slow
def test_what_a_stopped_answer_would_have_done_is_not_done(capped: Machine) -> None:
    ask = "Bitte senden Sie die Rechnung RE-2026-000123 an pruefer@steuer.example, Versuch {}"
    for number in range(6):
        capped.mail(CONTACT, ask.format("abcdef"[number]))
    assert capped.row().capped == "no_progress"
    assert len(capped.parked()) == 2


def test_a_contact_is_answered_so_often_an_hour(make: Make) -> None:
    machine = make(answer_caps="contact 2/h")
    texts = ["Hilfe", ASK, "Bitte senden Sie mir die Rechnung RE-2026-000116", "Hilfe bitte"]
    told = [machine.mail(CONTACT, text) for text in texts]
    assert [len(answered(letters)) for letters in told] == [1, 1, 0, 0]
    assert [len(cards(letters)) for letters in told] == [0, 0, 1, 0]
    assert len(answered(machine.mail(OWNER, "Hilfe"))) == 1  # another contact has an allowance of their own


@pytest.mark.slow
def test_a_domain_is_answered_so_often_whatever_address_it_writes_from(make: Make) -> None:
    machine = make(answer_caps="domain 3/h")
    told = [machine.mail(f"robot{number}@kunde.example", f"Hilfe {number}") for number in range(8)]
    assert sum(len(answered(letters)) for letters in told) == 3
    assert sum(len(cards(letters)) for letters in told) == 1


def test_a_proven_stranger_gets_one_answer_a_day(capped: Machine) -> None:
    told = [capped.mail("someone@stranger.example", f"Help {number}") for number in range(4)]
    assert sum(len(mails(letters)) for letters in told) <= 1
