"""What counts as an answer to an open question, and what does not: every word of it must be explained."""

from datetime import date

import pytest

from bot.understand.dialogue import Asked, corrects, drops, fills, picks

DAY = date(2026, 11, 22)
INVOICES = Asked(("invoices",), ("RE-2026-000123", "RE-2026-000116", "RE-2026-000102"))
FIRST, SECOND, THIRD = INVOICES.candidates

NUMBERS = [
    ("123", (FIRST,)), ("die 116, bitte", (SECOND,)), ("It is invoice 116", (SECOND,)), ("c'est la 116, merci", (SECOND,)),
    ("Hallo,\n\n116\n\nViele Grüße\nSabine Krüger", (SECOND,)), ("2", (SECOND,)), ("2.", (SECOND,)),
    ("the second one", (SECOND,)), ("Die zweite bitte", (SECOND,)), ("la deuxième", (SECOND,)), ("la première et la troisième", (FIRST, THIRD)),
    ("alle", (FIRST, SECOND, THIRD)), ("116 und 102", (SECOND, THIRD)), ("RE-2026-000777", ("RE-2026-000777",)),
]  # fmt: skip
NO_ANSWER = [
    "Danke", "I don't know", "Können Sie mir sagen, warum?", "die siebte", "Is it 116?", "beide", "116 ist falsch, warum?",
    "Please cancel our subscription 116", "Wir haben 116 schon bezahlt", "le 3 décembre nous avons payé",
]  # fmt: skip


@pytest.mark.parametrize(("text", "numbers"), NUMBERS, ids=[text for text, _ in NUMBERS])
def test_a_bare_answer_names_invoices(text: str, numbers: tuple[str, ...]) -> None:
    assert fills(text, INVOICES, DAY, names=("Sabine Krüger",)) == {"invoices": numbers}


@pytest.mark.parametrize("text", NO_ANSWER)
def test_what_is_not_wholly_explained_is_no_answer(text: str) -> None:
    assert fills(text, INVOICES, DAY) == {}


VALUES = [
    ("company", "Linden & Söhne AG", "Linden & Söhne AG"), ("company", "Notre société s'appelle désormais Atelier Roux SARL", "Atelier Roux SARL"),
    ("address", "Neue Straße 5\n12345 Berlin", "Neue Straße 5, 12345 Berlin"), ("address", "12 rue de la Paix, 75002 Paris", "12 rue de la Paix, 75002 Paris"),
    ("name", "Anna Berg", "Anna Berg"), ("phone", "+49 30 1234567", "+49 30 1234567"), ("plan", "Premium please", "premium"),
    ("method", "PayPal", "paypal"), ("country", "Österreich", "AT"), ("language", "auf Französisch", "fr"), ("subscription", "1001", "1001"),
    ("which", "die letzte Rechnung", "latest"),
]  # fmt: skip


@pytest.mark.parametrize(("slot", "text", "value"), VALUES, ids=[text for _, text, _ in VALUES])
def test_a_bare_value_fills_the_slot_that_is_asked_for(slot: str, text: str, value: str) -> None:
    assert fills(text, Asked((slot,)), DAY) == {slot: value}


@pytest.mark.parametrize(
    ("slot", "text"), [("company", "I don't know yet"), ("name", "später"), ("company", "merci beaucoup")]
)
def test_small_talk_is_no_name(slot: str, text: str) -> None:
    assert fills(text, Asked((slot,)), DAY) == {}


GIVEN = {"invoices": ("123",), "recipients": ("a@x.example",)}
CORRECTED = [
    ("no, 124 rather", {"invoices": ("124",)}), ("nein, lieber 124", {"invoices": ("124",)}), ("non, plutôt la 124", {"invoices": ("124",)}),
    ("Sorry, I meant 124", {"invoices": ("124",)}), ("Nein, die 124 statt der 123", {"invoices": ("124",)}), ("not 123 but 124", {"invoices": ("124",)}),
    ("No, to b@x.example instead", {"recipients": ("b@x.example",)}), ("non, plutôt à c@y.example", {"recipients": ("c@y.example",)}),
    ("nein", {}), ("Nein danke", {}), ("124", {}), ("no, cancel that", {}), ("Nein, warum fragen Sie?", {}), ("no, 123", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values"), CORRECTED, ids=[text for text, _ in CORRECTED])
def test_a_correction_replaces_what_it_names(text: str, values: dict[str, tuple[str, ...]]) -> None:
    assert corrects(text, "send_invoice", GIVEN, DAY) == values


@pytest.mark.parametrize("text", [
    "cancel that", "Cancel that please, thanks", "Vergessen Sie es", "Nein, lassen Sie das", "annulez, merci", "laissez tomber",
    "Wir ziehen den Antrag zurück", "We withdraw our request", "Nous retirons notre demande",
])  # fmt: skip
def test_a_request_is_taken_back(text: str) -> None:
    assert drops(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please cancel our subscription",
        "cancel invoice 123",
        "Bitte stornieren Sie Rechnung 123",
        "annulez notre abonnement",
        "nein",
    ],
)
def test_to_cancel_a_thing_takes_no_request_back(text: str) -> None:
    assert not drops(text)


def test_two_places_in_a_list_of_two() -> None:
    assert picks("both, please", 2) == (0, 1)
    assert picks("both, please", 3) == ()
