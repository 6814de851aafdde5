"""In which language an answer is written: the new text's where it is long enough, else the thread's, else the contact's."""

import pytest

from bot.messages import Language
from storage.database import reading
from tests.threats.machine import CONTACT, Machine, mails

SHORT = [("Help", Language.DE), ("Aide", Language.DE), ("Hilfe", Language.DE)]  # one word: as the contact is written to
LONG = [
    ("Could you please send me invoice RE-2026-000123 again?", Language.EN),
    ("Pourriez-vous m'envoyer la facture RE-2026-000123, s'il vous plaît ?", Language.FR),
    ("Bitte senden Sie mir die Rechnung RE-2026-000123 noch einmal", Language.DE),
]


@pytest.mark.parametrize(("text", "language"), [*SHORT, *LONG])
def test_the_answer_is_in_the_language_of_a_text_that_is_long_enough(
    machine: Machine, text: str, language: Language
) -> None:
    assert mails(machine.mail(CONTACT, text))[0].reply.language is language


def test_a_short_reply_stays_in_the_language_of_its_thread(machine: Machine) -> None:
    [question] = mails(machine.mail(CONTACT, "Could you please send invoice RE-2026-000123 to auditor@books.example?"))
    assert machine.answer_to(question, CONTACT, "No")[0].reply.language is Language.EN


def test_one_mail_in_another_language_changes_nothing_that_is_stored(machine: Machine) -> None:
    machine.mail(CONTACT, "Could you please send me invoice RE-2026-000123 again?")
    with reading(machine.app.engine) as session:
        contact = machine.app.cores(session).customer("K1001").contact(CONTACT)
    assert contact is not None and contact.language == "de"


def test_a_fourth_language_gets_a_short_bilingual_answer_and_a_person(machine: Machine) -> None:
    letters = machine.mail(
        CONTACT, "Buongiorno, potete inviare la fattura della nostra azienda? Grazie per la risposta."
    )
    said = mails(letters)[0].text
    assert "Wir haben Ihre Nachricht erhalten" in said and "We have received your message" in said
    assert any("another language" in letter.text for letter in letters if letter.channel == "slack")
