"""Customers change their own facts by mail: proofs with a file, an address with its read-back, a new language."""

import email.policy
from email.message import EmailMessage

from tests.running import SUPPORT, Running, text_of

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"


def with_file(sender: str, text: str, octets: bytes, name: str) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, SUPPORT, "Zahlung"
    message["Message-ID"] = f"<{name}@client.example>"
    message.set_content(text)
    message.add_attachment(octets, maintype="application", subtype="octet-stream", filename=name)
    return message


def test_a_proof_that_comes_as_a_file_is_taken_in_by_what_it_is(running: Running) -> None:
    sender = "rechnung@moebel-muessiggang.example"
    text = "Anbei der Zahlungsnachweis zur Rechnung RE-2026-000120."
    running.raw_mail(sender, with_file(sender, text, PDF, "beleg.bin").as_bytes())
    [answer] = running.answers_to("<beleg.bin@client.example>")
    assert answer["Subject"] == "Ihr Zahlungsnachweis liegt uns vor"
    assert "RE-2026-000120" in text_of(answer)


def test_a_locked_file_proves_nothing(running: Running) -> None:
    sender = "rechnung@moebel-muessiggang.example"
    text = "Anbei der Zahlungsnachweis zur Rechnung RE-2026-000124."
    locked = PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 2 0 R")
    running.raw_mail(sender, with_file(sender, text, locked, "zu.pdf").as_bytes())
    [answer] = running.answers_to("<zu.pdf@client.example>")
    assert answer["Subject"] == "Ihr Zahlungsnachweis ist verschlüsselt"


def test_a_new_address_is_read_back_and_holds_after_the_yes(running: Running) -> None:
    sender = "kreditoren@uhrwerk.example"
    asked = running.mail(sender, "Unsere neue Rechnungsadresse lautet Bahnhofstrasse 5, 8001 Zürich.")
    [question] = running.answers_to(asked)
    assert "Uhrwerk Zürich AG\nBahnhofstrasse 5\n8001 Zürich" in text_of(question).replace("\r\n", "\n")
    [done] = running.answers_to(running.mail(sender, "Ja", answer_to=question))
    assert done["Subject"] == "Ihre Rechnungsadresse ist geändert"
    told = [mail["Subject"] for mail in running.mails_to("regula.amstutz@uhrwerk.example")]
    assert "Die Rechnungsadresse von Uhrwerk Zürich AG wurde geändert" in told


def test_who_asks_for_french_is_answered_in_french_at_once(running: Running) -> None:
    sender = "harms@nordlicht.example"
    [answer] = running.answers_to(running.mail(sender, "Bitte schreiben Sie mir künftig auf Französisch.", proven=True))
    assert answer["Subject"] == "Vos coordonnées sont modifiées"
    assert text_of(answer).startswith("Bonjour Finn Harms")
