"""What may be acted on: a plain wish yes; a negation, something told, a quote, another language, never."""

import time
from datetime import date

import pytest

from bot.messages import Decision, Reading
from bot.understand import Listener
from tests.understanding.voices import Told

SENT = date(2026, 11, 20)


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener()


def read(listener: Listener, text: str, subject: str = "") -> Reading:
    return listener.read(text, subject=subject, sent=SENT)


def acted(reading: Reading) -> list[str]:
    """The intents that would be carried out without a question."""
    return [heard.intent for heard in reading.requests if heard.decision is Decision.ACT]


PLAIN = [
    ("Bitte senden Sie mir die Rechnung RE-2026-000123.", "send_invoice"),
    ("Merci de m'envoyer la facture RE-2026-000122.", "send_invoice"),
    ("Please send me invoice RE-2026-000119.", "send_invoice"),
    ("Bitte erstellen Sie uns ein Verlängerungsangebot.", "request_renewal_quote"),
    ("Pourriez-vous nous établir un devis de renouvellement ?", "request_renewal_quote"),
    ("Could we have a renewal quote, please?", "request_renewal_quote"),
    ("Bitte aktivieren Sie das Kundenportal, Rechnungsnummer RE-2026-000123.", "activate_portal"),
    ("Merci d'activer le portail client, facture RE-2026-000122.", "activate_portal"),
    ("Please activate the customer portal, invoice number RE-2026-000119.", "activate_portal"),
    ("Ja, bitte.", "confirm"), ("Oui, merci.", "confirm"), ("Yes please.", "confirm"),
    ("Nein, danke.", "deny"), ("Non merci.", "deny"), ("No, thanks.", "deny"),
]  # fmt: skip

NEVER = [
    "Bitte senden Sie die Rechnung RE-2026-000123 nicht noch einmal.",
    "Inutile de nous renvoyer la facture RE-2026-000122, nous l'avons retrouvée.",
    "There is no need to send invoice RE-2026-000119 again.",
    "Wir möchten das Kundenportal nicht aktivieren.",
    "Nous ne voulons pas activer le portail client.",
    "We do not want to activate the customer portal.",
    "Vielen Dank für das Verlängerungsangebot.",
    "Merci pour le devis de renouvellement, bien reçu.",
    "Thank you for the renewal quote, it arrived this morning.",
    "Das Kundenportal ist jetzt aktiviert, vielen Dank.",
    "Le portail est activé, tout fonctionne, merci.",
    "The portal is active now, thank you.",
    "Wir kündigen auf keinen Fall.",
    "Surtout ne résiliez pas notre abonnement.",
    "Whatever you do, don't cancel our subscription.",
    "Die Rechnung RE-2026-000123 ist gestern bei uns eingegangen.",
    "La facture RE-2026-000122 nous est bien parvenue hier.",
    "Invoice RE-2026-000119 reached us yesterday.",
]


@pytest.mark.parametrize(("text", "intent"), PLAIN)
def test_a_plain_wish_is_acted_on(listener: Listener, text: str, intent: str) -> None:
    assert acted(read(listener, text)) == [intent]


@pytest.mark.parametrize("text", NEVER)
def test_what_is_refused_told_or_thanked_for_is_never_acted_on(listener: Listener, text: str) -> None:
    assert acted(read(listener, text)) == []


ANSWERS = [
    ("Yep that's all correct, I just asked her.", "confirm"), ("No no, leave the address as it is.", "deny"),
    ("Hm, ja, passt so, machen Sie das.", "confirm"), ("Ach nein, lassen Sie alles, wie es ist.", "deny"),
    ("Ok alors oui pour tout, merci.", "confirm"), ("Euh attends, non non, ne l'envoie pas finalement !", "deny"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "intent"), ANSWERS)
def test_a_yes_or_no_is_heard_behind_a_hesitation_and_before_more_words(text: str, intent: str) -> None:
    first = Told((intent, 0.99, text.split(maxsplit=1)[0]), asks=1.0)
    assert acted(Listener(first=first).read(text, sent=SENT)) == [intent]


SETTLED = [
    ("I dispute the charge on invoice 123. It is sorted now, thanks.", "dispute_charge"),
    ("Portal bitte freischalten. Hat sich erledigt, danke.", "activate_portal"),
    ("Je n'arrive plus à me connecter au portail. Fausse alerte.", "portal_access"),
]


@pytest.mark.parametrize(("text", "intent"), SETTLED)
def test_what_is_said_to_be_settled_is_asked_about_however_sure_the_voices_are(text: str, intent: str) -> None:
    first = Told((intent, 0.999, text.split()[1]), asks=1.0)
    [heard] = Listener(first=first).read(text, sent=SENT).requests
    assert (heard.intent, heard.decision) == (intent, Decision.ASK)


def test_what_the_words_plainly_ask_for_is_offered_where_the_first_voice_hears_nothing() -> None:
    deaf = Listener(first=Told(asks=0.1))
    reading = deaf.read("Wir möchten die Rechnung RE-2026-000123 bezahlen.", sent=SENT)
    assert (reading.decision, [one.intent for one in reading.alternatives]) == (Decision.OFFER, ["pay_invoice"])
    thanks = deaf.read("Wir möchten die Rechnung RE-2026-000123 nicht bezahlen.", sent=SENT)
    assert thanks.decision is not Decision.OFFER


def test_a_yes_that_is_perhaps_only_praise_is_asked_about() -> None:
    praise = Listener(first=Told(("confirm", 0.95, "Perfekt"), asks=1.0)).read("Perfekt, genau die war es.", sent=SENT)
    assert praise.decision is Decision.ASK


STANDING = [
    "Bitte senden Sie künftig alle Rechnungen auch an buch@kunde.example.",
    "À l'avenir, merci d'envoyer chaque facture aussi à compta@client.example.",
    "From now on please send every invoice to ledger@customer.example as well.",
]


@pytest.mark.parametrize("text", STANDING)
def test_a_standing_wish_is_not_taken_for_one_sending(listener: Listener, text: str) -> None:
    assert "send_invoice" not in acted(read(listener, text))


def test_what_perhaps_asks_nothing_is_not_acted_on() -> None:
    text = "A while back I asked you to send me invoice 123."
    sure, unsure = (
        Listener(first=Told(("send_invoice", 0.99, "send"), tags=(("invoices", "123"),), asks=asks)).read(
            text, sent=SENT
        )
        for asks in (1.0, 0.5)
    )
    assert (sure.decision, unsure.decision) == (Decision.ACT, Decision.ASK)


BESIDE = [
    ("a faint second wish that no word speaks of", 0.3, "please send invoice 123", Decision.ACT),
    ("a loud one", 0.6, "please send invoice 123", Decision.ASK),
    (
        "a faint one that the words ask for",
        0.15,
        "please send invoice 123. We want to cancel our subscription",
        Decision.ASK,
    ),
]


@pytest.mark.parametrize(("what", "chance", "text", "decision"), BESIDE, ids=[row[0] for row in BESIDE])
def test_a_second_wish_that_is_perhaps_there_stops_the_first(
    what: str, chance: float, text: str, decision: Decision
) -> None:
    first = Told(
        ("send_invoice", 0.99, "send"),
        ("cancel_subscription", chance, text.rsplit(maxsplit=1)[-1]),
        tags=(("invoices", "123"),),
    )
    assert Listener(first=first).read(text, sent=SENT).decision is decision


QUOTED = [
    "Vielen Dank, alles bestens.\n\nAm 12.11.2026 um 09:14 schrieb Einkauf <einkauf@kunde.example>:\n> Bitte kündigen Sie unser Abonnement.",
    "Merci beaucoup, c'est parfait.\n\nLe 12/11/2026 à 09:14, Achats <achats@client.example> a écrit :\n> Merci de résilier notre abonnement.",
    "Thanks, all good.\n\nOn 12 Nov 2026 at 09:14, Purchasing <po@customer.example> wrote:\n> Please cancel our subscription.",
]


@pytest.mark.parametrize("text", QUOTED)
def test_a_wish_in_a_quote_is_not_heard(listener: Listener, text: str) -> None:
    assert "cancel_subscription" not in [heard.intent for heard in read(listener, text).requests]


CORRECTED = [
    ("Bitte die Rechnung 124 schicken, nicht 123.", ("124",)),
    ("Merci d'envoyer la facture 124, pas la 123.", ("124",)),
    ("Please send invoice 124, not 123.", ("124",)),
]


@pytest.mark.parametrize(("text", "invoices"), CORRECTED)
def test_a_correction_leaves_the_final_value(listener: Listener, text: str, invoices: tuple[str, ...]) -> None:
    [heard] = read(listener, text).requests
    assert heard.intent == "send_invoice" and heard.slots["invoices"] == invoices


OTHERS = [
    "Buongiorno, potete inviarmi la fattura del mese scorso? Grazie mille",
    "Hola, necesito la factura de octubre, por favor. Muchas gracias",
    "Goedemorgen, kunt u mij de factuur van oktober sturen? Alvast bedankt",
    "Dzień dobry, proszę o przesłanie faktury za październik. Dziękuję",
    "Bom dia, podem enviar-me a fatura de outubro? Obrigado",
]


@pytest.mark.parametrize("text", OTHERS)
def test_a_language_that_we_do_not_speak_goes_to_a_person(listener: Listener, text: str) -> None:
    reading = read(listener, text)
    assert (reading.language, reading.decision, reading.requests) == ("other", Decision.PERSON, ())


@pytest.mark.parametrize("text", ["Danke!", "Vielen Dank", "Merci bien", "Thanks a lot"])
def test_a_short_thank_you_is_ours_and_silent(listener: Listener, text: str) -> None:
    reading = read(listener, text)
    assert reading.language in ("de", "fr", "en") and reading.decision is Decision.SILENT


@pytest.mark.parametrize("text", ["", "  \n ", "👍", "🎉🎉🎉", "...", "\x00\x01", "日本語の請求書"])
def test_nothing_is_heard_where_nothing_is_said(listener: Listener, text: str) -> None:
    assert acted(read(listener, text)) == []


FLOODS = {"one word": "a" * 100_000, "lines": "\n" * 100_000, "quotes": "> " * 50_000, "emoji": "😀" * 50_000}
MORE_FLOODS = {
    "numbers": "Rechnung 123 " * 8_000, "cards": "4111 1111 " * 10_000, "dots": "5.1.1 550 " * 10_000,
    "signs": "?! " * 30_000, "years": "2025 2024 " * 10_000, "addresses": "x@y.de " * 15_000,
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        *(pytest.param(text, id=name) for name, text in FLOODS.items()),
        *(pytest.param(text, id=name, marks=pytest.mark.slow) for name, text in MORE_FLOODS.items()),
    ],
)
def test_a_hundred_kilobytes_of_anything_cost_bounded_time_and_never_act(listener: Listener, text: str) -> None:
    began = time.process_time()
    assert acted(read(listener, text)) == []
    assert time.process_time() - began < 20


def test_one_voice_alone_is_never_acted_on() -> None:
    words = "Would it be all right to let us have the thing by return"
    alone = Listener(first=Told(("send_invoice", 0.9, "thing")))
    assert acted(read(alone, words)) == []


def test_a_number_that_only_one_voice_reads_is_asked_about() -> None:
    text = "Please send invoice 4711 to us, as agreed"
    sounds = ("send_invoice", 0.999, "send")
    both = Listener(first=Told(sounds, tags=(("invoices", "4711"),)))
    one = Listener(first=Told(sounds))
    assert acted(read(both, text)) == ["send_invoice"]
    assert acted(read(one, text)) == [] and read(one, text).requests[0].slots["invoices"] == ("4711",)


def test_a_new_intent_that_the_model_does_not_know_is_asked_about_by_its_phrases_and_never_acted_on() -> None:
    phrases = {
        "plant_tree": {
            "en": ("Please plant a tree for us",),
            "de": ("Bitte pflanzen Sie einen Baum für uns",),
            "fr": (),
        }
    }
    listener = Listener(phrases)
    for text in ("Please plant a tree for us", "Bitte pflanzen Sie einen Baum für uns!"):
        reading = read(listener, text)
        assert [heard.intent for heard in reading.requests] == ["plant_tree"]
        assert reading.decision is Decision.ASK


def test_each_reading_says_which_words_led_to_it(listener: Listener) -> None:
    [heard] = read(listener, "Bitte senden Sie mir die Rechnung RE-2026-000123.").requests
    evidence = " ".join(heard.evidence)
    assert "model" in evidence and "words" in evidence and "act" in evidence
    [span] = heard.spans["invoices"]
    assert "\nBitte senden Sie mir die Rechnung RE-2026-000123."[span.start : span.end] == "RE-2026-000123"


@pytest.mark.parametrize(
    "text",
    [
        "Bitte kündigen Sie unser Abonnement nicht.",
        "Kündigen Sie das Abo SUB-1001 auf keinen Fall, wir bleiben.",
        "Merci de ne pas résilier notre abonnement.",
        "Please do not cancel our subscription.",
        "Don't terminate SUB-1013, we are staying.",
    ],
)
def test_a_cancellation_that_is_not_wanted_is_not_acted_on(listener: Listener, text: str) -> None:
    assert "cancel_subscription" not in acted(read(listener, text))


@pytest.mark.parametrize(
    "text",
    [
        "What is the last day to cancel subscription SUB-1013?",
        "Bis wann können wir unser Abonnement kündigen?",
        "Jusqu'à quand peut-on résilier notre abonnement ?",
    ],
)
def test_asking_until_when_one_can_cancel_cancels_nothing(listener: Listener, text: str) -> None:
    assert "cancel_subscription" not in acted(read(listener, text))


@pytest.mark.parametrize(
    "text",
    [
        "Vous pouvez m'appeler au +33 4 99 57 12 34.",
        "You can reach me on +44 20 7946 0958.",
        "Sie erreichen mich unter +49 761 1234567.",
    ],
)
def test_a_number_to_call_back_changes_no_profile(listener: Listener, text: str) -> None:
    assert "update_profile" not in acted(read(listener, text))


@pytest.mark.parametrize(
    "text",
    [
        "Hiermit kündigen wir unser Abonnement SUB-1001.",
        "Nous résilions notre abonnement SUB-1008.",
        "Please cancel our subscription SUB-1013.",
        "Wir möchten unser Abonnement nicht verlängern.",
    ],
)
def test_a_plain_cancellation_is_still_acted_on(listener: Listener, text: str) -> None:
    assert "cancel_subscription" in acted(read(listener, text))


@pytest.mark.parametrize(
    ("text", "language"),
    [("help", "en"), ("Hilfe", "de"), ("aide", "fr"), ("ok", None), ("Okay!", None), ("ouais vas y", "fr")],
)
def test_a_word_has_the_language_that_it_belongs_to_and_everybodys_words_have_none(
    text: str, language: str | None
) -> None:
    assert Listener().read(text, sent=SENT).language == language
