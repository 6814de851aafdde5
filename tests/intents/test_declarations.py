"""Every intent is declared whole: phrases that are read as that intent, and an example of each ending that happens."""

import re

import pytest

from bot import intents
from bot.messages import Decision, Language
from tests.intents.counter import REGISTRY, read

SLOTS = {
    "invoices": "RE-2026-000123",
    "recipients": "buchhaltung@kunde.example",
    "period": "2025",
    "subscription": "SUB-1001",
    "company": "Lindenhof Gartenbau AG",
    "which": "open",
    "plan": "Corporate",
    "method": "PayPal",
    "address": "Gartenstraße 12, 79098 Freiburg",
    "country": "Österreich",
    "tax_id": "DE811907980",
    "language": "Deutsch",
    "name": "Sabine Krüger",
    "phone": "+49 761 1234567",
    "reference": "G-7K3M9Q",
}
PHRASES = [
    (name, language, phrase)
    for name, intent in REGISTRY.items()
    for language in Language
    for phrase in intent.phrases[language]
]


@pytest.mark.parametrize("name", REGISTRY)
def test_people_say_it_in_at_least_eight_ways_in_each_language(name: str) -> None:
    for language in Language:
        phrases = REGISTRY[name].phrases[language]
        assert len(set(phrases)) == len(phrases) >= 8


@pytest.mark.parametrize("name", REGISTRY)
def test_the_phrases_name_slots_that_their_intent_has(name: str) -> None:
    said = " ".join(phrase for owner, _, phrase in PHRASES if owner == name)
    assert set(re.findall(r"\{(\w+)\}", said)) <= set(REGISTRY[name].ask.__dataclass_fields__)


@pytest.mark.slow  # some six hundred messages to read
@pytest.mark.parametrize(("name", "language", "phrase"), PHRASES, ids=[f"{n}-{la}-{p[:30]}" for n, la, p in PHRASES])
def test_a_phrase_is_read_as_its_intent_and_never_acted_on_as_another(
    name: str, language: Language, phrase: str
) -> None:
    reading = read(phrase.format(**SLOTS))
    heard = [one.intent for one in (*reading.requests, *getattr(reading, "offers", ()))]
    assert name in heard, heard
    assert not [one.intent for one in reading.requests if one.intent != name and one.decision is Decision.ACT]


def test_the_registry_loads_by_name() -> None:
    assert list(intents.load()) == sorted(REGISTRY)
