"""The same sentences in Slack, through bolt and Socket Mode: same outcomes, same words; agents decide."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.running import Running, attachments_of, text_of

ESCALATIONS = "support-escalations"


def said_to_bot(running: Running, user: str, text: str) -> list[dict[str, Any]]:
    """Mention the bot in #general and wait for the answers in the thread."""
    assert running.slack
    before = {message["ts"] for message in running.slack.posted("general")}
    running.slack.say(user, "general", f"<@{running.slack.bot_user}> {text}")

    def answers() -> list[dict[str, Any]]:
        assert running.slack
        return [message for message in running.slack.posted("general") if message["ts"] not in before]

    return list(running.wait(answers, what="an answer in Slack"))


INVOICES = [
    ("de", "Bitte senden Sie die Rechnung RE-2026-000124 an rechnung@moebel-muessiggang.example", "RE-2026-000124"),
    ("fr", "Merci d'envoyer la facture RE-2026-000121 à noemie@dupain.example", "RE-2026-000121"),
    ("en", "Please send invoice RE-2026-000110 to grace.miller@customer.example", "RE-2026-000110"),
]


@pytest.mark.parametrize(("language", "text", "number"), INVOICES, ids=["de", "fr", "en"])
def test_a_colleague_sends_an_invoice_to_an_address_on_file(
    running: Running, language: str, text: str, number: str
) -> None:
    recipient = text.rsplit(maxsplit=1)[-1]
    before = len([mail for mail in running.outgoing() if mail["To"] == recipient])
    [answer, *_] = said_to_bot(running, "chloe", text)
    if [element for block in answer.get("blocks", []) for element in block.get("elements", [])]:
        assert running.slack
        running.slack.click("chloe", "yes", "general")
    letter = running.mails_to(recipient, count=before + 1)[-1]
    assert any(number in name for name in attachments_of(letter))


@pytest.mark.parametrize(("text", "word"), [("Hilfe", "Rechnung"), ("Aide", "facture"), ("Help", "invoice")])
@pytest.mark.slow
def test_help_in_the_thread_and_by_command(running: Running, text: str, word: str) -> None:
    assert running.slack
    [answer] = said_to_bot(running, "chloe", text)
    assert word in str(answer["blocks"]) and answer["thread_ts"]
    before = len(running.slack.ephemerals)
    assert running.slack.slash("chloe", "general", "/guichet", text).acked
    running.wait(lambda: running.slack and len(running.slack.ephemerals) > before, what="an answer to the command")
    assert word in str(running.slack.ephemerals[-1]["blocks"])


def test_a_direct_message_is_answered(running: Running) -> None:
    assert running.slack
    direct = running.slack.im(running.slack.user("chloe"))
    running.slack.say("chloe", direct, "help please")
    running.wait(lambda: running.slack and running.slack.posted(direct), what="an answer to the direct message")


def test_somebody_on_no_list_gets_nothing(running: Running) -> None:
    assert running.slack
    running.slack.add_user("mallory")
    channel = running.slack.channels[running.slack.channel("general")]
    channel["members"].add(running.slack.user("mallory"))
    before = len(running.slack.posted("general"))
    running.slack.say("mallory", "general", f"<@{running.slack.bot_user}> help")
    said_to_bot(running, "chloe", "help")
    assert len(running.slack.posted("general")) == before + 1


NEW_NAMES = [
    (
        "de",
        "juergen@moebel-muessiggang.example",
        "Wir heißen jetzt Müßiggang Wohnkultur GmbH",
        "Müßiggang Wohnkultur GmbH",
    ),
    (
        "fr",
        "camille.lefevre@courriel.example",
        "Notre société s'appelle désormais Atelier Lefèvre SARL",
        "Atelier Lefèvre SARL",
    ),
    (
        "en",
        "grace.miller@customer.example",
        "Our company is now called Brightwater Insight Inc.",
        "Brightwater Insight Inc.",
    ),
]


def card_for(running: Running, name: str) -> Callable[[], dict[str, Any] | None]:
    """Finds the card that shows this new name."""

    def found() -> dict[str, Any] | None:
        assert running.slack
        cards = [m for m in running.slack.posted(ESCALATIONS) if name.split(maxsplit=1)[0] in str(m.get("blocks"))]
        return cards[-1] if cards else None

    return found


@pytest.mark.parametrize(("language", "sender", "text", "name"), NEW_NAMES, ids=["de", "fr", "en"])
def test_an_agent_approves_a_new_name_once_and_the_customer_is_told(
    running: Running, language: str, sender: str, text: str, name: str
) -> None:
    assert running.slack
    asked = running.mail(sender, text)
    [receipt] = running.answers_to(asked)
    if "Is that right?" in text_of(receipt):  # the reading was named: a yes makes it a request
        asked = running.mail(sender, "Yes", answer_to=receipt)
        [receipt] = running.answers_to(asked)
    assert name.rstrip(".") in text_of(receipt)
    card = running.wait(card_for(running, name), what="a card for the agents")
    running.slack.click("ada", "approve", ESCALATIONS, ts=card["ts"])
    running.wait(lambda: running.slack and _filled(running, "ada"), what="the modal with the diff")
    running.slack.submit("ada", {})
    told = running.answers_to(asked, count=2)[-1]
    assert name.rstrip(".") in text_of(told)
    running.wait(lambda: "approve" not in str(card_now(running, card["ts"])), what="the buttons to go")
    customers = running.command("customers", "--json").stdout
    assert name in customers


def _filled(running: Running, user: str) -> bool:
    assert running.slack
    try:
        return bool(running.slack.screen(user).get("submit"))
    except AssertionError:
        return False


def card_now(running: Running, ts: str) -> dict[str, Any]:
    """The card as it looks now."""
    assert running.slack
    return dict(running.slack.find(running.slack.channel(ESCALATIONS), ts))


def test_a_rejection_with_its_reason_changes_nothing_and_the_customer_is_told_why(running: Running) -> None:
    assert running.slack
    asked = running.mail("antje.petersen@hafenblick.example", "Wir heißen jetzt Hafenblick Spedition GmbH")
    running.answers_to(asked)
    card = running.wait(card_for(running, "Hafenblick"), what="a card")
    running.slack.click("jonas", "reject", ESCALATIONS, ts=card["ts"])
    running.wait(lambda: _filled(running, "jonas"), what="the modal with the reasons")
    running.slack.submit("jonas", {"reason": "not_proven"})
    told = running.answers_to(asked, count=2)[-1]
    assert re.search(r"auszug", text_of(told))
    assert "Spedition" not in running.command("customers", "--json").stdout


@pytest.mark.slow
def test_an_agent_asks_the_customer_and_the_answer_comes_back_under_the_card(running: Running) -> None:
    assert running.slack
    sender = "antje.petersen@hafenblick.example"
    asked = running.mail(sender, "Wir heißen jetzt Hafenblick Reederei GmbH")
    running.answers_to(asked)
    cards = [m for m in running.wait(lambda: _saying(running, "Reederei"), what="a card") if m.get("blocks")]
    card = cards[-1]
    running.slack.click("jonas", "ask", ESCALATIONS, ts=card["ts"])
    running.wait(lambda: _filled(running, "jonas"), what="the form for a question")
    running.slack.submit("jonas", {"standard": "since", "question": "Auch für die Werft?"})
    preview = str(running.slack.screen("jonas")["blocks"])
    assert "Ab welchem Tag" in preview and "Auch für die Werft?" in preview
    assert not [mail for mail in running.outgoing() if "Werft" in text_of(mail)], "a preview sends nothing"
    running.slack.submit("jonas", {})
    question = running.answers_to(asked, count=2)[-1]
    assert "Ab welchem Tag" in text_of(question) and "Auch für die Werft?" in text_of(question)
    running.wait(lambda: "has been asked" in str(card_now(running, card["ts"])), what="the card to say so")

    answered = running.mail(sender, "Ab dem ersten Januar, auch für die Werft.", answer_to=question)
    assert "Ihre Antwort liegt" in text_of(running.answers_to(answered)[0])
    [note] = running.wait(lambda: _saying(running, "Ab dem ersten Januar"), what="the answer under the card")
    assert note["thread_ts"] == card["ts"]
    running.wait(lambda: "has answered" in str(card_now(running, card["ts"])), what="the card to say so")
    assert "Reederei" not in running.command("customers", "--json").stdout, "an answer decides nothing"


def _saying(running: Running, words: str) -> list[dict[str, Any]]:
    """What agents were shown that says this."""
    assert running.slack
    return [message for message in running.slack.posted(ESCALATIONS) if words in str(message.get("blocks"))]


def test_one_who_is_no_agent_changes_nothing(running: Running) -> None:
    assert running.slack
    running.mail("noemie@dupain.example", "Notre société s'appelle désormais Maison Dupain SAS")
    card = running.wait(card_for(running, "Dupain"), what="a card")
    before = len(running.slack.ephemerals)
    running.slack.click("chloe", "approve", ESCALATIONS, ts=card["ts"])
    running.wait(lambda: running.slack and len(running.slack.ephemerals) > before, what="a refusal")
    assert "Maison" not in running.command("customers", "--json").stdout


def test_slack_would_take_everything_that_was_sent(running: Running) -> None:
    assert running.slack
    assert running.slack.errors() == []
