"""contact_support: what people say, what they do not say, what happens."""

from dataclasses import replace
from typing import Any

import pytest

from bot.messages import Actor, Language, Role, Trust, Written
from bot.outcomes import Outcome
from bot.pipeline.serve import Served, Wish, serve
from handlers.contact_support import Ask, Legal, Received, Upset
from tests.intents.counter import DEMO_DAY, REGISTRY, Desk, acted_on, asks_in, read
from tests.replies.facts import CASE

EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Received(CASE)),
    ("", Legal(CASE)),
    ("", Upset(CASE)),
]
READINGS: list[Any] = [Ask()]

SAID = [
    ("de", "Ich möchte mit jemandem aus dem Support sprechen", Ask()),
    ("de", "Bitte rufen Sie mich zurück, ich möchte das mit einem Mitarbeiter klären.", Ask()),
    ("fr", "Je voudrais parler à une personne du support", Ask()),
    ("fr", "Pouvez-vous me mettre en relation avec un conseiller ?", Ask()),
    ("en", "I would like to speak to someone from support", Ask()),
    ("en", "Please put me through to a human being.", Ask()),
]
NOT_SAID = [
    "Vielen Dank, Ihr Support hat mir schon geholfen.",
    "Merci, votre support m'a déjà répondu.",
    "Thanks, somebody from support has called me already.",
]

CALM, URGENT, ANGRY = (Received, "asked_for_person"), (Legal, "legal_words"), (Upset, "angry")
HAPPENS: list[tuple[str, tuple[type[Outcome], str]]] = [
    ("Bitte rufen Sie mich an.", CALM),
    ("Nous sommes la chancellerie, merci de nous rappeler.", CALM),
    ("Please call us back about the court-side advertising.", URGENT),  # too much rank does no harm
    ("Die Anwaltskanzlei Roth bittet um Rückruf.", CALM),
    ("Ich übergebe das jetzt meinem Anwalt.", URGENT),
    ("Sonst leiten wir rechtliche Schritte ein!", URGENT),
    ("Ceci est une mise en demeure.", URGENT),
    ("Notre avocat prendra contact avec vous.", URGENT),
    ("We will take legal action.", URGENT),
    ("I have asked my bank for a chargeback.", URGENT),
    ("Das ist eine Frechheit, jetzt reicht es mir.", ANGRY),
    ("Ich schreibe Ihnen zum dritten Mal.", ANGRY),
    ("C'est inadmissible, nous en avons assez.", ANGRY),
    ("Vous vous moquez de nous.", ANGRY),
    ("This is ridiculous, I am fed up.", ANGRY),
    ("Unacceptable. My lawyer will write to you.", URGENT),
]


def say(text: str, actor: Actor) -> Served:
    wish = Wish(REGISTRY["contact_support"], {}, actor, Language.DE, CASE, "email:1", written=Written(text))
    return serve(wish, Desk().core, DEMO_DAY)


OWNER = Actor("martin.linden@kunde.example", Role.OWNER, Trust.T1, (), "K1001", "martin.linden@kunde.example")
STRANGER = Actor("x@y.example", Role.STRANGER, Trust.T1)


@pytest.mark.parametrize(("text", "wanted"), HAPPENS, ids=[text[:30] for text, _ in HAPPENS])
@pytest.mark.parametrize("actor", [OWNER, STRANGER], ids=["a customer", "a stranger"])
def test_what_happens(text: str, wanted: tuple[type[Outcome], str], actor: Actor) -> None:
    served = say(text, actor)
    assert (type(served.outcome), served.calls) == (wanted[0], (wanted[1],))
    assert not served.parked


@pytest.mark.parametrize("role", [Role.BILLING, Role.TECHNICAL, Role.COLLEAGUE])
@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2])
def test_a_person_is_called_for_whoever_asks(role: Role, trust: Trust) -> None:
    served = say("Bitte rufen Sie mich an.", replace(OWNER, role=role, trust=trust))
    assert (served.outcome, served.calls) == (Received(CASE), ("asked_for_person",))


@pytest.mark.parametrize("trust", [Trust.INTERNAL, Trust.AGENT])
def test_our_team_may_hand_over_for_a_customer(trust: Trust) -> None:
    assert say("", Actor("U0TEAM", Role.TEAM, trust, (), "K1001")).outcome == Received(CASE)


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("contact_support", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "contact_support")
