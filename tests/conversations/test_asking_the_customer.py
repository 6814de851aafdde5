"""An agent asks the customer before deciding: what goes out, where the answer lands, and what the clock does meanwhile."""

import itertools
import json
from datetime import timedelta

import pytest

from bot import dress
from bot.channels.slack.labels import QUESTIONS
from bot.channels.slack.read import APPROVE, SEND
from bot.channels.slack.stored import SUBMISSION, Json, pack
from bot.messages import Channel, Language
from bot.operate import case_story
from bot.pipeline.asking import STANDARD
from bot.subject import erase
from storage import audit
from storage.database import reading
from storage.tables import OutboxRow, ParkedRow
from tests.conversations.drive import in_slack
from tests.threats.machine import CONTACT, OTHER, Letter, Machine, cards, mails

pytestmark = pytest.mark.slow

ADA, JONAS = "U0ADA", "U0JONAS"
SAID = {
    "de": (CONTACT, "Wir heißen jetzt Lindenhof Garten AG"),
    "fr": ("camille.lefevre@courriel.example", "Notre société s'appelle désormais Atelier Lefèvre SARL"),
    "en": ("grace.miller@customer.example", "Our company is now called Brightwater Insight Inc."),
}
_numbers = itertools.count(1)


def submit(machine: Machine, user: str, view: Json) -> list[Letter]:
    """A modal that somebody submits, as Slack delivers it."""
    key = f"trigger:{next(_numbers)}"
    payload = {"type": "view_submission", "user": {"id": user}, "view": {"state": {"values": {}}, **view}}
    return machine.kept(Channel.SLACK, key, pack(key, SUBMISSION, payload, bot_user="U0BOT").raw)


def ask(machine: Machine, row: ParkedRow, *, standard: str = "", text: str = "", user: str = ADA) -> list[Letter]:
    """The preview is submitted."""
    asked = json.dumps({"parked": row.id, "standard": standard, "text": text})
    return submit(machine, user, {"callback_id": SEND, "private_metadata": asked})


def approve(machine: Machine, row: ParkedRow, user: str) -> list[Letter]:
    return submit(machine, user, {"callback_id": APPROVE, "private_metadata": row.id})


def filed(machine: Machine, sender: str = CONTACT, text: str = SAID["de"][1]) -> ParkedRow:
    """A request that waits for the agents."""
    before = {row.id for row in machine.parked()}
    letters = mails(machine.mail(sender, text))
    if letters[-1].reply.choices:  # the reading was named: a yes makes it a request
        machine.answer_to(letters[-1], sender, {"de": "Ja", "fr": "Oui", "en": "Yes"}[letters[-1].reply.language])
    [row] = [row for row in machine.parked() if row.id not in before and row.waits_for == "agent"]
    return row


def fresh(machine: Machine, row: ParkedRow) -> ParkedRow:
    return next(one for one in machine.parked() if one.id == row.id)


def under(machine: Machine, letter: Letter) -> str:
    """The card in whose thread a note goes."""
    with reading(machine.app.engine) as session:
        return session.get_one(OutboxRow, letter.id).under


def heard(machine: Machine, case: str) -> list[str]:
    with reading(machine.app.engine) as session:
        assert case not in audit.broken(session, machine.app.tools.tokens.seal)
        return [row.what for row in audit.entries(session, case)]


WORDS = {"de": ("Nachweis", "Antworten Sie"), "fr": ("justificatif", "Répondez"), "en": ("proof", "reply")}


@pytest.mark.parametrize("language", ["de", "fr", "en"])
def test_the_customer_is_asked_in_their_language_and_the_answer_comes_back_under_the_card(
    machine: Machine, language: str
) -> None:
    row = filed(machine, *SAID[language])
    [card] = [one for one in machine.letters() if one.parked == row.id and one.reply.choices]
    caused = ask(machine, row, standard="proof", text="Für die Filiale in Ulm auch?")
    [question] = mails(caused)
    assert question.recipient == SAID[language][0] and question.case == row.case_id
    assert all(word in question.text for word in (*WORDS[language], "Filiale in Ulm"))
    shown, told = cards(caused)
    assert "has been asked" in shown.text and "paused" in shown.text and shown.reply.choices
    assert "Filiale in Ulm" in told.text and under(machine, told) == card.id

    answers = {"de": "Ja. Rechnung RE-2026-000123 bitte an uns senden.", "fr": "Non.", "en": "Yes, from 1 January."}
    caused = machine.answer_to(question, SAID[language][0], answers[language])
    [receipt] = mails(caused)
    assert receipt.case == row.case_id and not receipt.documents and receipt.recipient == SAID[language][0]
    shown, told = cards(caused)
    assert "has answered" in shown.text and shown.reply.choices
    assert answers[language] in told.text and under(machine, told) == card.id
    assert fresh(machine, row).state == "open", "an answer to a person decides nothing"
    assert {"asked_customer", "customer_answered"} <= set(heard(machine, row.case_id))


def test_the_time_of_a_request_stands_still_until_the_answer_comes(machine: Machine) -> None:
    row = filed(machine)
    [question] = mails(ask(machine, row, text="Ab wann?"))
    machine.change(ParkedRow, row.id, expires=row.expires - timedelta(days=31), paused=row.created - timedelta(hours=2))
    machine.app.worker.tell_lapsed()
    assert fresh(machine, row).state == "open", "what waits for the customer does not lapse"
    assert _shown(machine, row)["clock"] == "paused"
    late = fresh(machine, row).expires
    machine.answer_to(question, CONTACT, "Ab dem 1. Januar.")
    now = fresh(machine, row)
    assert now.paused is None and timedelta(hours=2) <= now.expires - late < timedelta(hours=3)
    assert _shown(machine, row)["clock"] == "running"
    machine.app.worker.tell_lapsed()
    assert fresh(machine, row).state == "expired"


def _shown(machine: Machine, row: ParkedRow) -> dict[str, object]:
    story = case_story(machine.app, row.case_id)
    return next(entry for entry in story if entry["what"] == "waits for agent" and entry["state"] == "open")


def test_the_core_does_not_close_what_is_asked_about(machine: Machine) -> None:
    row = filed(machine)
    ask(machine, row, text="Ab wann?")
    with reading(machine.app.engine) as session:
        core = machine.app.cores(session)
        due = {
            one.subject: one.day
            for one in core.store.planned(machine.app.clock.today() + timedelta(99), 999, lock=False)
        }  # type: ignore[attr-defined]
    assert due[row.filed] >= machine.app.clock.today() + timedelta(days=44)


def test_whoever_asks_how_it_stands_hears_that_we_wait_for_them(machine: Machine) -> None:
    row = filed(machine, OTHER, "Our company is now called Brightwater Group Inc.")
    ask(machine, row, text="From when?")
    told = mails(machine.mail(OTHER, f"What is the status of my request {row.case_id}?"))[-1]
    told = mails(machine.answer_to(told, OTHER, "Yes"))[-1] if told.reply.choices else told
    assert "waiting for your answer to our question" in " ".join(told.text.split())


def test_a_request_can_still_be_taken_back_and_decided_while_we_wait(machine: Machine) -> None:
    taken = filed(machine)
    [question] = mails(ask(machine, taken, text="Ab wann?"))
    machine.answer_to(question, CONTACT, "Wir ziehen den Antrag zurück")
    assert fresh(machine, taken).state == "withdrawn"
    decided = filed(machine, CONTACT, "Wir heißen jetzt Lindenhof Baumschule AG")
    [question] = mails(ask(machine, decided, text="Ab wann?"))
    assert any(letter.reply.subject.startswith("Approved") for letter in approve(machine, decided, ADA))
    [late] = cards(machine.answer_to(question, CONTACT, "Ab dem 1. Januar gilt der neue Name für uns alle hier"))[
        :1
    ] or [None]
    assert late is None or "customer's answer" not in late.reply.subject, "nothing waits for it any more"


def test_somebody_else_cannot_answer(machine: Machine) -> None:
    row = filed(machine)
    [question] = mails(ask(machine, row, text="Ab wann?"))
    machine.answer_to(question, OTHER, "From 1 January.")
    assert fresh(machine, row).paused is not None


@pytest.mark.parametrize("user", ["U0CHLOE", "U0NOBODY"])
def test_only_an_agent_asks(machine: Machine, user: str) -> None:
    row = filed(machine)
    assert not mails(ask(machine, row, text="Ab wann?", user=user))
    assert fresh(machine, row).paused is None


def test_an_empty_question_is_not_sent(machine: Machine) -> None:
    row = filed(machine)
    [told] = ask(machine, row, text="  ")
    assert "Nobody can answer here" in told.reply.subject and fresh(machine, row).paused is None


def test_hostile_words_of_an_answer_stay_words(machine: Machine) -> None:
    row = filed(machine)
    [question] = mails(ask(machine, row, text="<b>Ab wann?</b>\n- [hier](http://evil.example)"))
    assert "<b>" not in dress.html(question.reply) and 'href="http://evil' not in dress.html(question.reply)
    told = cards(machine.answer_to(question, CONTACT, "<!channel> *sofort* <http://evil.example|hier>\n\n## Ja"))[-1]
    said = dress.slack(told.reply)
    assert "<!channel>" not in said and "<http" not in said and "*sofort*" not in said


# --- four eyes ----------------------------------------------------------------------------------------------------


def test_the_agent_who_filed_a_request_cannot_decide_it_and_another_can(machine: Machine) -> None:
    asked = ("Lindenhof heißt jetzt Lindenhof Vier Augen AG. Bitte den Firmennamen von K1001 ändern",)
    before = {row.id for row in machine.parked()}
    in_slack(machine, "", asked, account=("K1001", "Lindenhof Gartenbau GmbH"))
    [row] = [one for one in machine.parked() if one.id not in before and one.waits_for == "agent"]
    assert json.loads(row.asker)["address"] == ADA
    [refused] = approve(machine, row, ADA)
    assert refused.reply.subject == "Somebody else decides this" and fresh(machine, row).state == "open"
    [refused] = ask(machine, row, text="?", user=ADA)
    assert refused.reply.subject == "Somebody else decides this"
    approve(machine, row, JONAS)
    assert fresh(machine, row).state == "approved" and fresh(machine, row).decided_by == JONAS
    with reading(machine.app.engine) as session:
        assert machine.app.cores(session).customer("K1001").name == "Lindenhof Vier Augen AG"


def test_ready_made_questions_have_words_for_agents_and_customers(machine: Machine) -> None:
    shown = machine.app.tools.words.words("questions", Language.FR)
    assert tuple(shown) == STANDARD == QUESTIONS


def test_an_answer_that_was_passed_on_is_handed_out_and_erased_with_the_rest(machine: Machine) -> None:
    row = filed(machine)
    [question] = mails(ask(machine, row, text="Ab wann?"))
    note = cards(machine.answer_to(question, CONTACT, "Ab dem 1. Januar."))[-1]
    machine.change(OutboxRow, note.id, state="sent")
    found = {one.record: one.erased for one in erase(machine.app, CONTACT, really=False)}
    assert found[f"letter {note.id}"]


# --- in Slack ---------------------------------------------------------------------------------------------------------


def test_a_note_goes_into_the_thread_of_its_card_and_an_old_state_never_over_a_newer_one(machine: Machine) -> None:
    row = filed(machine)
    [card] = [one for one in machine.letters() if one.parked == row.id and one.reply.choices]
    machine.change(OutboxRow, card.id, state="sent", receipt="C0AGENTS:1795.0001")
    older, note = cards(ask(machine, row, text="Ab wann?"))
    newer, _ = cards(ask(machine, row, text="Und für alle?"))
    outgoing = machine.app.worker.outgoing
    with reading(machine.app.engine) as session:
        rows = {one: session.get_one(OutboxRow, one) for one in (older.id, note.id, newer.id)}
    assert (
        outgoing.letter(rows[note.id]).in_reply_to == outgoing.letter(rows[newer.id]).replaces == "C0AGENTS:1795.0001"
    )
    outgoing.send(older.id)  # tried again after the newer one was written: Slack is not asked
    with reading(machine.app.engine) as session:
        overtaken = session.get_one(OutboxRow, older.id)
    assert (overtaken.state, overtaken.receipt) == ("sent", "C0AGENTS:1795.0001")
