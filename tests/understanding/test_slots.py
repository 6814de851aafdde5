"""The values of slots as people write them: numbers of ours among others', times, states, methods, languages."""

from datetime import date

import pytest

from bot.messages import Reading
from bot.understand import Listener
from bot.understand.slots import read_slots
from tests.understanding.voices import Told

SENT = date(2026, 11, 20)


def found(slot: str, text: str) -> list[str]:
    """The values of one slot that are not being left, as the patterns read them."""
    return list(dict.fromkeys(one.value for one in read_slots(text, SENT) if one.slot == slot and not one.old))


def heard(text: str, *sounds: tuple[str, float, str], tags: tuple[tuple[str, str], ...] = ()) -> Reading:
    """The reading where the first voice hears what the test says."""
    return Listener(first=Told(*sounds, tags=tags)).read(text, sent=SENT)


NOT_OURS = [
    "Unsere Kundennummer ist 448120.", "kd.nr. 448120, das Portal geht nicht", "Saldo für Debitor 700418",
    "Kostenstelle 88120", "Bestellnummer 4500718820 fehlt", "laut Auftragsbestätigung 558120",
    "cost centre 88120", "our purchase order number 663120", "customer number 300918",
    "numéro client 300918", "code postal 61100", "bon de commande 771204",
    "die Rechnungen vom Q1", "Rechnung 3. Quartal 2024", "1. die letzte Rechnung 2. das Abo 3. Kontakt", "am 28.05 bezahlt",
    "eure 2025-Q3 Rechnungen", "Schützenverein Hohenrode 1887 e. V.", "rund 140 Endgeräte", "ring me on 204 555-0147",
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_OURS)
def test_a_number_of_something_else_is_no_invoice(text: str) -> None:
    assert not found("invoices", text) + found("number", text)


NUMBERS = [
    ("bitte NICHT nochmal die 61120 schicken, mir fehlt die 61121", ["61121"]),
    ("je n'ai pas besoin de la 2211, plutôt la 2212", ["2211", "2212"]),
    ("R 2025/0188 an Anja", ["R2025/0188"]),
    ("RG 20711 bitte", ["20711"]),
    ("Facture de référence : TN-4402", ["TN-4402"]),
    ("die Rechnung Nr. 2024 / 3318 ist unleserlich", ["2024/3318"]),
    ("the invoices KB 60-214 and KB 60-215", ["KB60-214", "KB60-215"]),
]


@pytest.mark.parametrize(("text", "values"), NUMBERS)
def test_numbers_are_read_as_they_are_meant(text: str, values: list[str]) -> None:
    assert found("invoices", text) + found("number", text) == values


def test_an_invoice_number_in_the_form_of_a_telephone_number_is_none() -> None:
    assert (
        found("phone", "please send invoice 448-120-9931"),
        found("invoices", "please send invoice 448-120-9931"),
    ) == (
        [],
        ["448-120-9931"],
    )


CONTRACTS = [
    "peut-on garder le contrat en cours, réf. 7718-B ?", "notre abonnement actuel (réf. 7718-B)",
    "unser Vertrag, Referenz 7718-B", "our current contract, ref. 7718-B",
]  # fmt: skip


@pytest.mark.parametrize("text", CONTRACTS)
def test_the_reference_of_a_contract_is_its_number(text: str) -> None:
    assert (found("subscription", text), found("reference", text)) == (["7718-B"], [])


def test_a_tag_that_breaks_off_within_a_number_does_not_cut_it() -> None:
    reading = heard("please send me the 20771 again", ("send_invoice", 0.99, "send"), tags=(("invoices", "771"),))
    assert reading.requests[0].slots == {"invoices": ("20771",)}


def test_a_tag_does_not_make_an_invoice_of_what_is_named_as_something_else() -> None:
    reading = heard(
        "Rechnungsnummer 99120031, PLZ 8010, bitte das Portal aktivieren",
        ("activate_portal", 0.99, "aktivieren"),
        tags=(("invoices", "99120031"), ("invoices", "8010")),
    )
    assert reading.requests[0].slots == {"invoices": ("99120031",)}


def test_the_second_voice_does_not_lean_on_the_tags_of_the_first() -> None:
    reading = heard(
        "Planungsbüro Hartwig GmbH\nAm Bahnhof 3\n79098 Freiburg",
        ("change_company_name", 0.99, "Planungsbüro"),
        tags=(("company", "Planungsbüro Hartwig GmbH"),),
    )
    assert str(reading.decision) == "ask"


def test_a_number_that_is_said_to_be_here_is_not_asked_for() -> None:
    reading = heard(
        "schickt uns die 77 und die 78, die 79 haben wir schon",
        ("send_invoice", 0.99, "schickt"),
        tags=(("invoices", "77"), ("invoices", "78"), ("invoices", "79")),
    )
    assert reading.requests[0].slots == {"invoices": ("77", "78")}
    assert str(reading.decision) == "ask"


APART = [
    ("please send invoices 4410, 4411 and 4412", ("4410", "4411", "4412"), "act"),
    ("please send invoices 4410 (120.00 EUR) and 4411", ("4410", "4411"), "act"),
    ("please send invoice 4410. What the auditor saw was 4411", ("4410", "4411"), "ask"),
]


@pytest.mark.parametrize(("text", "numbers", "decision"), APART)
def test_numbers_that_are_not_named_in_one_breath_are_asked_about(
    text: str, numbers: tuple[str, ...], decision: str
) -> None:
    tags = tuple(("invoices", number) for number in numbers)
    reading = heard(text, ("send_invoice", 0.99, "send"), tags=tags)
    assert (reading.requests[0].slots, str(reading.decision)) == ({"invoices": numbers}, decision)


def test_a_stretch_of_time_that_no_period_names_is_asked_about() -> None:
    reading = heard("please send us the invoices of the last three months", ("send_invoice", 0.99, "send"))
    assert str(reading.decision) == "ask"


def test_the_country_that_is_only_left_is_no_new_country() -> None:
    for text in (
        "wir sitzen jetzt in Mailand, die Rechnungen gehen noch nach Österreich",
        "pays du compte = France mais on est à Gand",
    ):
        assert found("country", text) == []


def test_a_wish_that_only_the_subject_names_stands_where_the_body_comes_to_it() -> None:
    text = "We want to cancel our subscription. And then please send invoice 123."
    first = Told(
        ("send_invoice", 0.99, "invoice"), ("cancel_subscription", 0.99, "cancel"), tags=(("invoices", "123"),)
    )
    reading = Listener(first=first).read(text, subject="Please send the invoice", sent=SENT)
    assert [one.intent for one in reading.requests] == ["cancel_subscription", "send_invoice"]


def test_a_number_goes_to_the_request_of_its_own_sentence() -> None:
    reading = heard(
        "I would like to see which invoices are still unpaid. And please send me 4472 as a PDF.",
        ("list_invoices", 0.99, "which"),
        ("send_invoice", 0.99, "send"),
        tags=(("invoices", "4472"),),
    )
    assert [(one.intent, one.slots) for one in reading.requests] == [
        ("list_invoices", {"which": "open"}),
        ("send_invoice", {"invoices": ("4472",)}),
    ]


def test_a_shape_names_a_number_only_where_somebody_asks_for_such_a_thing() -> None:
    reading = heard("please send me K-5512", ("send_invoice", 0.99, "send"), tags=(("invoices", "K-5512"),))
    assert reading.requests[0].slots == {"invoices": ("K-5512",)}


WHICH = [
    ("was ist bei uns noch offen?", "open"), ("was steht bei der Gärtnerei noch aus?", "open"),
    ("haben wir noch etwas zu zahlen?", "open"), ("what's still open for Ninefold?", "open"),
    ("which invoices are pending at our end?", "open"), ("tell me what's left to pay", "open"),
    ("montre le solde dû", "open"), ("combien nous doit encore Vasseur ?", "open"),
    ("qu'est-ce qu'il y a encore d'impayé ?", "open"), ("les factures pas encore soldées", "open"),
    ("welche Rechnungen aus 2025 sind bezahlt?", "paid"), ("eine Übersicht, was 2026 alles bezahlt wurde", "paid"),
    ("show me the paid ones", "paid"), ("which ones has Tagus already paid?", "paid"),
    ("lesquelles sont payées ?", "paid"), ("ce que nous avons déjà réglé", "paid"),
    ("which invoices are past their date?", "overdue"), ("die aktuellste Rechnung", "latest"),
    ("sa facture la plus récente", "latest"), ("on a du retard chez vous ?", "overdue"), ("die letzte Faktura", "latest"),
    ("quelles factures ont dépassé leur échéance", "overdue"), ("quelles factures sont encore ouvertes ?", "open"), ("the amount that's now open", "open"), ("toutes celles de 2025", "all"), ("alle aus diesem Jahr", "all"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "state"), WHICH)
def test_invoices_are_named_by_their_state(text: str, state: str) -> None:
    assert state in found("which", text)


def test_what_is_not_paid_is_not_among_the_paid() -> None:
    for text in (
        "welche Rechnungen sind noch nicht bezahlt?",
        "which ones are not paid?",
        "lesquelles ne sont pas payées ?",
    ):
        assert "paid" not in found("which", text)


METHODS = [
    ("typing in card numbers is a nuisance, can we set up a direct debit instead?", ["sepa"]),
    ("Le siège nous impose le virement, merci de mettre fin au débit de la carte", ["transfer"]),
    ("we'd like to stop paying by card and use PayPal", ["paypal"]),
    ("payer avec Paypal à la place de la carte", ["paypal"]),
    ("bisher zahlten wir mit Kreditkarte, künftig per Banküberweisung", ["transfer"]),
]


@pytest.mark.parametrize(("text", "values"), METHODS)
def test_the_way_of_paying_that_is_being_left_is_not_the_one_wished_for(text: str, values: list[str]) -> None:
    assert found("method", text) == values


LANGUAGES = [
    ("nos échanges arrivent en allemand. En français s'il vous plaît.", ["fr"]),
    ("your emails reach me in French. I'd much prefer English.", ["en"]),
    ("Warum krieg ich eure Mails auf Französisch? Bitte Deutsch.", ["de"]),
    ("changer la langue → fr, on reçoit tout en anglais", ["fr"]),
    ("schreiben Sie uns ab jetzt auf Deutsch", ["de"]),
]


@pytest.mark.parametrize(("text", "values"), LANGUAGES)
def test_the_language_that_comes_now_is_not_the_one_wished_for(text: str, values: list[str]) -> None:
    assert found("language", text) == values


def test_the_tax_id_that_is_corrected_is_kept_and_the_wrong_one_is_not() -> None:
    reading = heard(
        "Notre numéro de TVA, c'est BE0671.334.820 et non BE0617, merci de corriger",
        ("change_tax_id", 0.99, "corriger"),
    )
    assert [one.slots for one in reading.requests] == [{"tax_id": "BE0671334820"}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Numéro de TVA erroné\nBonjour,\n" + "il manque un chiffre dans votre fiche et la douane nous le reproche, " * 2
         + "la bonne version est LU 314 509 17.", "LU31450917"),
        ("Je suis assujettie là-bas sous le BE 0799.204.118.", "BE0799204118"),
        ("voilà notre n° d'entreprise : BE 0811.204.377", "BE0811204377"),
        ("unsere BTW-Nummer lautet NL 8511.20.334.B01", "NL851120334B01"),
        ("our GST number is 70233 1184 RT0001", "702331184RT0001"), ("no TVQ : 1044556677 TQ0001", "1044556677TQ0001"),
        ("numéro de TVA définitif : FR-21-511-830-442", "FR-21-511-830-442"),
    ],
)  # fmt: skip
def test_a_tax_id_may_stand_far_from_the_word_for_it_and_is_no_telephone(text: str, value: str) -> None:
    assert found("tax_id", text) == [value]
    assert found("phone", text) == []


def test_the_old_tax_id_beside_the_new_one_is_known_as_old() -> None:
    text = "Our new VAT number is IE 6388047V. Please replace the old one (IE 1234567T) on our account."
    assert found("tax_id", text) == ["IE6388047V"]


@pytest.mark.parametrize("number", ["(604) 555-0172", "514 555-0172", "1 819 555-0172", "418 555-0172 poste 31"])
def test_a_north_american_number_is_a_telephone(number: str) -> None:
    assert found("phone", f"reach me on {number} from Monday") == [number]


def test_a_tag_that_breaks_off_does_not_cut_the_name_of_a_company_before_its_legal_form() -> None:
    reading = heard(
        "Wir heißen jetzt Nordlicht Wohnkultur GmbH",
        ("change_company_name", 0.99, "heißen jetzt"),
        tags=(("company", "Nordlicht"),),
    )
    assert reading.requests[0].slots == {"company": "Nordlicht Wohnkultur GmbH"}


def test_a_subject_names_the_topic_and_the_body_what_is_meant() -> None:
    read = Listener(first=Told(("list_invoices", 0.99, "listez"))).read
    reading = read("Bonjour, listez les factures non payées.", subject="Factures en retard", sent=SENT)
    assert reading.requests[0].slots == {"which": "open"}


def test_a_state_beside_which_no_other_is_named_needs_no_tag() -> None:
    first = Told(("list_invoices", 0.99, "owe"))
    first.slots = first.slots | {"which"}
    reading = Listener(first=first).read("what do we still owe you?", sent=SENT)
    assert (reading.requests[0].slots, str(reading.decision)) == ({"which": "open"}, "act")


def test_a_month_of_something_else_is_asked_about_where_no_tag_says_that_it_is_meant() -> None:
    first = Told(("send_invoice", 0.99, "send"))
    first.slots = first.slots | {"period"}
    reading = Listener(first=first).read("Please send me my invoice. I retire in April.", sent=SENT)
    assert (reading.requests[0].slots, str(reading.decision)) == ({"period": "2026-04"}, "ask")


def test_of_two_values_the_one_that_is_tagged_is_meant() -> None:
    reading = heard(
        "notre compte reste au Gabon, ou plutôt : corrigez le pays, nous sommes au Sénégal",
        ("change_country", 0.99, "corrigez le pays"),
        tags=(("country", "Sénégal"),),
    )
    assert reading.requests[0].slots == {"country": "SN"}


def test_a_tax_id_of_an_unknown_form_is_taken_from_its_tag_and_asked_about() -> None:
    reading = heard("our tax id is 88-1172045", ("change_tax_id", 0.99, "our tax id"), tags=(("tax_id", "88-1172045"),))
    assert (reading.requests[0].slots, str(reading.decision)) == ({"tax_id": "88-1172045"}, "ask")


def test_a_month_in_which_something_happened_does_not_displace_the_year_of_the_invoices() -> None:
    text = "Im August ist unser Haus abgebrannt. Bitte senden Sie uns alle Rechnungen des Jahres 2025."
    assert [one.value for one in read_slots(text, SENT) if one.slot == "period" and one.sure] == ["2025"]


PERIODS = [
    ("les factures du T3 de l'année dernière", ["2025-Q3"]), ("die Rechnungen aus dem dritten Quartal 2024", ["2024-Q3"]),
    ("la facture de ce mois-ci", ["2026-11"]), ("die 2025-Q3 Rechnungen", ["2025-Q3"]),
    ("the invoices of July to September", ["2026-Q3"]), ("les factures d'avril à juin 2025", ["2025-Q2"]),
    ("alle Rechnungen seit Januar", ["2026"]), ("les factures depuis le début de l'année", ["2026"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values"), PERIODS)
def test_periods_stand_against_the_day_of_the_message(text: str, values: list[str]) -> None:
    assert found("period", text) == values
