"""The plan names of the seller: common words, so something must say that a plan is meant."""

import pytest

from bot.understand import dialogue
from bot.understand.slots.words import plans
from tests.intents.counter import SENT

SOLD = ("Fernblick Solo", "Fernblick Team", "Fernblick Pro")
SOLO, TEAM, PRO = SOLD


def wished(text: str, sold: tuple[str, ...] = SOLD) -> list[str]:
    """The plans that a text moves to, or that it names."""
    return [one.value for one in plans(text, sold) if not one.old]


NAMED = [
    ("Wir möchten auf Team wechseln", [TEAM]),
    ("Bitte stellen Sie unser Abo von Team auf Pro um", [PRO]),
    ("Wir hätten gern den Pro-Tarif", [PRO]),
    ("Was würde Fernblick Pro kosten?", [PRO]),
    ("nous souhaitons passer à Pro", [PRO]),
    ("passer de Solo à Team", [TEAM]),
    ("Combien coûterait la formule Team ?", [TEAM]),
    ("notre formule Solo ne suffit plus, il nous faut Pro", [PRO]),
    ("upgrade to pro please", [PRO]),
    ("Could we switch from Solo to Team?", [TEAM]),
    ("what would the fernblick-team plan cost", [TEAM]),
]
NOT_NAMED = [
    "Viele Grüße, Ihr Team",
    "Was kostet das pro Monat und pro Arbeitsplatz?",
    "Wir sind ein Team von fünf Leuten und brauchen mehr",
    "Bitte geben Sie das an Ihr Team weiter",
    "Toute l'équipe travaille en solo",
    "our team needs more, please tell the team",
    "Regards, the Support Team",
]


@pytest.mark.parametrize(("text", "found"), NAMED, ids=[text for text, _ in NAMED])
def test_a_plan_of_the_seller_is_read_by_its_name(text: str, found: list[str]) -> None:
    assert wished(text) == found


@pytest.mark.parametrize("text", NOT_NAMED)
def test_a_common_word_is_no_plan(text: str) -> None:
    assert wished(text) == []


def test_the_plan_that_is_left_is_told_from_the_one_that_is_wished() -> None:
    found = {one.value: (one.sure, one.old) for one in plans("von Solo auf Team", SOLD)}
    assert found == {SOLO: (False, True), TEAM: (True, False)}


def test_the_longer_of_two_names_is_read_whole() -> None:
    assert wished("auf Business Plus wechseln", ("Business", "Business Plus")) == ["Business Plus"]


def test_a_name_that_everybody_knows_is_given_as_the_seller_writes_it() -> None:
    assert wished("auf business wechseln", ("Business", "Premium")) == ["Business"]
    assert wished("auf Tensor wechseln", ("Business", "Premium")) == ["tensor"]


def test_without_a_seller_only_the_names_that_everybody_knows_are_read() -> None:
    assert wished("Wir möchten auf Team oder auf Premium wechseln", ()) == ["premium"]


@pytest.mark.parametrize("name", ["C++ (Basis)", "Pro.", "A|B", "[x]"])
def test_a_name_of_signs_breaks_nothing(name: str) -> None:
    assert wished(f"auf {name} wechseln", (name, "Anderes")) == [name]


@pytest.mark.parametrize("text", ["Nein, lieber Team", "no, rather Team please", "non, plutôt Team"])
def test_a_plan_is_corrected_in_the_thread(text: str) -> None:
    given = {"plan": PRO}
    assert dialogue.corrects(text, "upgrade_subscription", given, SENT, plans=SOLD) == {"plan": TEAM}
    assert dialogue.corrects(text, "upgrade_subscription", given, SENT) == {}
