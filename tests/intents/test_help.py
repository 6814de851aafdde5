"""help: what people say, what they do not say, what happens. Its examples must work as they stand."""

import re
from typing import Any

import pytest

from bot import dress
from bot.messages import Actor, Language, Role, Trust
from bot.outcomes import Outcome
from bot.pipeline.serve import Wish, serve
from bot.render import Words
from handlers.help import Ask, Examples
from tests.intents.counter import DEMO_DAY, REGISTRY, Desk, acted_on, asks_in, read

EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Examples()),
]
READINGS: list[Any] = [
    Ask(),  # type: ignore[arg-type]
]

SAID = [
    ("de", "Was können Sie für mich tun?", Ask()),
    ("de", "Hilfe", Ask()),
    ("fr", "Que pouvez-vous faire pour moi ?", Ask()),
    ("fr", "Comment ça marche ?", Ask()),
    ("en", "What can you do?", Ask()),
    ("en", "What can you help me with?", Ask()),
]
NOT_SAID = ["Vielen Dank für Ihre Hilfe.", "Merci pour votre aide.", "Thanks for your help!"]
WANTED = [
    "send_invoice",
    "send_invoice",
    "request_renewal_quote",
    "activate_portal",
    "change_company_name",
    "contact_support",
]


def test_what_happens() -> None:
    assert Desk().serve("help", Ask(), "K1001").outcome == Examples()


def test_a_stranger_may_ask_for_help_too() -> None:
    stranger = Actor("x@y.example", Role.STRANGER, Trust.T1)
    wish = Wish(REGISTRY["help"], {}, stranger, Language.EN, "G-1", "email:1")
    assert serve(wish, Desk().core, DEMO_DAY).outcome == Examples()


@pytest.mark.parametrize("language", Language)
def test_the_examples_are_understood_as_they_stand(language: Language) -> None:
    text = Words().render(Examples(), language, intent="help").body
    examples = re.findall(r"^- (.*)$", text, re.MULTILINE)
    heard = [asks_in(read(dress.unseal(example))) for example in examples]
    assert [[intent for intent, _ in asks] for asks in heard] == [[wanted] for wanted in WANTED]


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("help", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "help")
