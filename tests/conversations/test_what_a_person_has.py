"""What only a person answers has a standing, too: since when one of our people has it, for nobody but who wrote it."""

import re

import pytest

from bot.operate import finish_case
from storage import audit
from storage.database import reading
from storage.tables import CaseRow, InboxRow
from tests.conversations.drive import in_slack
from tests.threats.machine import Machine, mails

PEOPLE = {
    "de": ("roth@kanzlei-roth.example", "Ich möchte mit jemandem aus dem Support sprechen",
           "Wie ist der Stand meiner Anfrage {}?", "seit dem 22. November 2026 bei einer Kollegin oder einem Kollegen"),
    "fr": ("camille.lefevre@courriel.example", "Je voudrais parler à une personne du support",
           "Où en est ma demande {} ?", "une personne de notre support s’en occupe depuis le 22 novembre 2026"),
    "en": ("grace.miller@customer.example", "I would like to speak to someone from support",
           "What is the status of my request {}?", "with a colleague from our support team since 22 November 2026"),
}  # fmt: skip


def asked(machine: Machine, sender: str, text: str) -> str:
    """The answer by mail, as one line; where we ask whether we understood, after a yes."""
    [answer] = mails(machine.mail(sender, text))
    if answer.reply.choices:
        [answer] = mails(machine.answer_to(answer, sender, "Yes"))
    return re.sub(r"\s+", " ", answer.text)


def without_number(question: str) -> str:
    """The question of somebody who has no reference at hand."""
    return re.sub(r" ?\{\}", "", question)


@pytest.mark.parametrize("language", PEOPLE)
def test_who_wrote_hears_that_a_colleague_has_it_since_when_and_what_comes(machine: Machine, language: str) -> None:
    sender, wish, question, standing = PEOPLE[language]
    case = mails(machine.mail(sender, wish))[0].case
    for text in (question.format(case), without_number(question)):
        answer = asked(machine, sender, text)
        assert case in answer and standing in answer.replace("\u00a0", " ")


def test_what_a_person_has_answered_is_in_nobodys_hands_any_more(machine: Machine) -> None:
    _, wish, question, standing = PEOPLE["en"]
    sender = "accounts@customer.example"
    case = mails(machine.mail(sender, wish))[0].case
    assert standing in asked(machine, sender, question.format(case)).replace("\u00a0", " ")
    assert finish_case(machine.app, case)
    assert not finish_case(machine.app, case) and not finish_case(machine.app, "G-2222222")
    assert standing not in asked(machine, sender, question.format(case)).replace("\u00a0", " ")
    with reading(machine.app.engine) as session:
        assert "answered_by_person" in [entry.what for entry in audit.entries(session, case)]
        assert list(audit.broken(session, machine.app.tools.tokens.seal)) == []


def test_another_customer_hears_what_an_unknown_reference_hears(machine: Machine) -> None:
    case = mails(machine.mail(PEOPLE["en"][0], PEOPLE["en"][1]))[0].case
    question = PEOPLE["en"][2]
    foreign = asked(machine, "accounts@customer.example", question.format(case))
    unknown = asked(machine, "accounts@customer.example", question.format("G-2222222"))
    assert "colleague" not in foreign
    assert re.sub(r"G-[2-9A-Z]{7}", "G", foreign) == re.sub(r"G-[2-9A-Z]{7}", "G", unknown)


def test_what_was_forged_in_a_name_is_no_request_of_theirs(machine: Machine) -> None:
    sender, wish, question, _ = PEOPLE["de"]
    machine.mail(sender, wish, proven=False, above="Authentication-Results: mx.guichet.example; dmarc=fail")
    forged = machine.row().case_id
    assert forged and forged not in asked(machine, sender, without_number(question))


def test_a_message_that_broke_us_is_told_of(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = "buchhaltung@hafenblick.example"

    def broken(*_: object) -> None:
        raise RuntimeError("as a bug would")

    with monkeypatch.context() as patched:
        patched.setattr("bot.pipeline.work.Counter.answer", broken)
        with pytest.raises(RuntimeError):
            machine.mail(sender, "Bitte senden Sie mir die Rechnung RE-2026-000117")
        for _ in range(2):
            with pytest.raises(RuntimeError):
                machine.app.worker.answer(_stuck(machine))
        machine.app.worker.answer(_stuck(machine))
    with reading(machine.app.engine) as session:
        [row] = [one for one in machine.rows() if one.state == "stuck"]
        case = session.get_one(CaseRow, row.case_id)
        assert case.needs_person and case.customer_id == "K1003" and case.person_since
    assert str(row.case_id) in asked(machine, sender, "Gibt es schon etwas Neues zu unserer Anfrage?")


def _stuck(machine: Machine) -> str:
    """The message that nobody could answer yet."""
    [row] = [one for one in machine.rows() if one.state == "new"]
    assert isinstance(row, InboxRow)
    return row.id


def test_our_own_people_see_what_the_customer_wrote(machine: Machine) -> None:
    sender, wish, question, _ = PEOPLE["de"]
    case = mails(machine.mail(sender, wish))[0].case
    played = in_slack(machine, "ada", (question.format(case), "Ja"), account=("K1004", sender))
    assert any(case in one.text for one in played.letters)
