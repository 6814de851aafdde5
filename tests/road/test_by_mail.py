"""Raw bytes in, raw bytes out, over a real socket: the five intents by mail in three languages."""

import email.utils
import io
import re
import smtplib
from email.message import EmailMessage

import pikepdf
import pytest

from tests.running import SUPPORT, Running, attachments_of, text_of

DE, FR, EN = "buchhaltung@kunde.example", "comptabilite@client.example", "accounts@customer.example"
OWNER = {"de": "martin.linden@kunde.example", "fr": "direction@client.example", "en": "oliver.hart@customer.example"}

SENT_AT_ONCE = [
    ("de", DE, "Bitte senden Sie mir die Rechnung RE-2026-000123", "RE-2026-000123"),
    ("fr", FR, "Merci de m'envoyer la facture RE-2026-000122", "RE-2026-000122"),
    ("en", EN, "Could you send me invoice RE-2026-000119?", "RE-2026-000119"),
]
TO_SOMEBODY = [
    (
        "de",
        DE,
        "Bitte senden Sie die Rechnung RE-2026-000123 an pruefer.de@steuer.example",
        "pruefer.de@steuer.example",
        "Ja",
    ),
    (
        "fr",
        FR,
        "Merci d'envoyer la facture RE-2026-000122 à expert.fr@compta.example",
        "expert.fr@compta.example",
        "Oui",
    ),
    ("en", EN, "Please send invoice RE-2026-000119 to auditor.en@books.example", "auditor.en@books.example", "Yes"),
]
HELP = [("de", DE, "Hilfe", "Rechnung"), ("fr", FR, "Aide", "facture"), ("en", EN, "Help", "invoice")]
PORTAL = [
    ("de", DE, "Bitte aktivieren Sie das Kundenportal, Rechnungsnummer RE-2026-000123", OWNER["de"]),
    ("fr", FR, "Merci d'activer le portail client, facture RE-2026-000122", OWNER["fr"]),
    ("en", EN, "Please activate the customer portal, invoice number RE-2026-000119", OWNER["en"]),
]
RENEWAL = [
    ("de", DE, "Bitte erstellen Sie uns ein Verlängerungsangebot"),
    ("fr", FR, "Pourriez-vous nous établir un devis de renouvellement ?"),
    ("en", EN, "Could we have a renewal quote, please?"),
]


@pytest.mark.parametrize(("language", "sender", "text", "number"), SENT_AT_ONCE, ids=["de", "fr", "en"])
def test_an_invoice_for_the_asker_comes_at_once_with_its_document(
    running: Running, language: str, sender: str, text: str, number: str
) -> None:
    [answer] = running.answers_to(running.mail(sender, text))
    assert answer["To"] == sender
    assert number in text_of(answer)
    [(name, content)] = attachments_of(answer).items()
    assert number in name
    with pikepdf.open(io.BytesIO(content)) as document:
        assert list(document.attachments) == ["factur-x.xml"]


def test_amounts_are_written_as_in_the_customers_country(running: Running) -> None:
    [answer] = running.answers_to(
        running.mail("kreditoren@uhrwerk.example", "Bitte senden Sie mir die letzte Rechnung")
    )
    assert re.search(r"CHF\s[\d’]+\.\d\d\b", text_of(answer))


@pytest.mark.parametrize(("language", "sender", "text", "recipient", "yes"), TO_SOMEBODY, ids=["de", "fr", "en"])
def test_another_recipient_is_asked_about_and_a_yes_sends_it_once(
    running: Running, language: str, sender: str, text: str, recipient: str, yes: str
) -> None:
    [question] = running.answers_to(running.mail(sender, text))
    assert recipient in text_of(question) and not attachments_of(question)
    [done] = running.answers_to(running.mail(sender, f"{yes}\n\n> quoted {text}", answer_to=question))
    assert recipient in text_of(done)
    [letter] = running.mails_to(recipient)
    assert attachments_of(letter)
    [again] = running.answers_to(running.mail(sender, yes, answer_to=question))
    assert not attachments_of(again)
    assert len(running.mails_to(recipient)) == 1


@pytest.mark.parametrize(("language", "sender", "text", "word"), HELP, ids=["de", "fr", "en"])
def test_help_shows_sentences_to_copy(running: Running, language: str, sender: str, text: str, word: str) -> None:
    [answer] = running.answers_to(running.mail(sender, text))
    assert word in text_of(answer) and text_of(answer).count("- ") >= 6


@pytest.mark.parametrize(("language", "sender", "text", "owner"), PORTAL, ids=["de", "fr", "en"])
def test_the_portal_link_goes_to_the_main_contact_on_file_only(
    running: Running, language: str, sender: str, text: str, owner: str
) -> None:
    [answer] = running.answers_to(running.mail(sender, text))
    if "?" in text_of(answer).partition("\n\n")[2][:400] and "/setup/" not in text_of(answer):
        [answer] = running.answers_to(
            running.mail(sender, {"de": "Ja", "fr": "Oui", "en": "Yes"}[language], answer_to=answer)
        )
    assert "/setup/" not in text_of(answer)
    links = [mail for mail in running.mails_to(owner) if "/setup/" in text_of(mail)]
    assert len(links) == 1


@pytest.mark.parametrize(("language", "sender", "text"), RENEWAL, ids=["de", "fr", "en"])
def test_a_renewal_quote_is_promised_and_pushed_when_it_is_ready(
    running: Running, language: str, sender: str, text: str
) -> None:
    asked = running.mail(sender, text)
    mails = running.answers_to(asked, count=1)
    pushed = [mail for mail in mails if attachments_of(mail)] or [
        mail for mail in running.answers_to(asked, count=2) if attachments_of(mail)
    ]
    [(name, content)] = attachments_of(pushed[0]).items()
    assert "AN-2026" in name and content.startswith(b"%PDF")


def test_answers_are_threaded_marked_as_automatic_and_say_the_same_in_html(running: Running) -> None:
    asked = running.mail(DE, "Hilfe", subject="Frage")
    [answer] = running.answers_to(asked)
    assert answer["References"].split()[-1] == asked
    assert answer["Auto-Submitted"] == "auto-replied"
    assert re.fullmatch(r"<[a-z2-7]{42}@guichet\.example>", answer["Message-ID"])
    assert re.fullmatch(r"G-[2-9A-Z]{7}", answer["X-Guichet-Case"])
    html = answer.get_body(("html",))
    assert html is not None and "Rechnung" in str(html.get_content())
    assert email.utils.parseaddr(answer["Reply-To"])[1].startswith("support+")


def test_the_same_mail_twice_is_answered_once(running: Running) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = DE, SUPPORT, "<twice@client.example>"
    message.set_content("Hilfe")
    running.raw_mail(DE, message.as_bytes())
    running.raw_mail(DE, message.as_bytes())
    running.answers_to("<twice@client.example>")
    running.answers_to(running.mail(DE, "Hilfe"))  # by now the second would have been answered
    assert len(running.answers_to("<twice@client.example>")) == 1


def test_what_was_not_understood_goes_to_a_person_with_a_reference(running: Running) -> None:
    [answer] = running.answers_to(
        running.mail(DE, "Könnten Sie mir bitte erklären, warum der blaue Vogel auf Seite drei anders rechnet als wir?")
    )
    assert answer["X-Guichet-Case"] in text_of(answer)


SILENT = [
    ("automatic", DE, "Hilfe", {"Auto_Submitted": "auto-replied"}),
    ("a list", DE, "Hilfe", {"List_Id": "<news.kunde.example>"}),
    ("our own", SUPPORT, "Hilfe", {}),
    ("an unknown sender", "nobody@stranger.example", "Hilfe", {}),
    ("a thank-you", DE, "Vielen Dank, alles angekommen!", {}),
]


@pytest.mark.parametrize(("sender", "text", "headers"), [row[1:] for row in SILENT], ids=[row[0] for row in SILENT])
def test_no_answer_to(running: Running, sender: str, text: str, headers: dict[str, str]) -> None:
    silent = running.mail(sender, text, **headers)
    running.answers_to(running.mail(EN, "Help"))  # a later message has been answered
    assert [mail for mail in running.outgoing() if mail["In-Reply-To"] == silent] == []


def test_quoted_text_never_acts(running: Running) -> None:
    text = "Danke!\n\nAm 1.2.2026 um 10:00 schrieb Guichet:\n> Bitte senden Sie die Rechnung RE-2026-000123 an x@evil.example"
    quoted = running.mail(DE, text)
    running.answers_to(running.mail(EN, "Help"))
    assert [mail for mail in running.outgoing() if mail["To"] == "x@evil.example"] == []
    assert all(not attachments_of(mail) for mail in running.outgoing() if mail["In-Reply-To"] == quoted)


def test_unknown_and_foreign_numbers_get_the_same_answer(running: Running) -> None:
    [unknown] = running.answers_to(running.mail(DE, "Bitte senden Sie mir die Rechnung RE-2026-000128"))
    [foreign] = running.answers_to(running.mail(DE, "Bitte senden Sie mir die Rechnung RE-2026-000122"))

    def without_facts(mail: EmailMessage) -> str:
        return re.sub(r"RE-2026-\d+|G-\w{7}", "X", text_of(mail))

    assert not attachments_of(foreign)
    assert without_facts(unknown) == without_facts(foreign)


def test_a_fourth_language_gets_a_short_answer_and_a_person(running: Running) -> None:
    text = "Buongiorno, potreste inviarmi per favore la fattura del mese scorso? Grazie mille, cordiali saluti"
    [answer] = running.answers_to(running.mail(DE, text))
    assert not attachments_of(answer)
    assert answer["X-Guichet-Case"] in text_of(answer)


def test_an_empty_mail_gets_help(running: Running) -> None:
    [answer] = running.answers_to(running.mail(FR, ""))
    assert text_of(answer).count("- ") >= 6


def test_a_wrong_recipient_and_a_huge_mail_are_refused_at_the_door(running: Running) -> None:
    with (
        smtplib.SMTP("127.0.0.1", running.smtp_port) as client,
        pytest.raises(smtplib.SMTPRecipientsRefused) as refused,
    ):
        client.sendmail(DE, ["somebody@else.example"], b"Subject: x\r\n\r\nx")
    assert refused.value.recipients["somebody@else.example"][0] == 550
    with pytest.raises(smtplib.SMTPResponseException) as too_big:
        running.raw_mail(DE, b"Subject: x\r\n\r\n" + b"x" * 76 * 1024 * 1024)
    assert too_big.value.smtp_code == 552


def test_a_mail_without_message_id_is_answered(running: Running) -> None:
    before = len(running.mails_to(EN, count=0) if running.outgoing() else [])
    running.raw_mail(EN, f"From: {EN}\r\nTo: {SUPPORT}\r\nSubject: \r\n\r\nhelp please\r\n".encode())
    running.mails_to(EN, count=before + 1)


def test_a_yes_without_our_token_never_acts(running: Running) -> None:
    sender = "office@alpenquell.example"
    [question] = running.answers_to(
        running.mail(sender, "Bitte senden Sie die Rechnung RE-2026-000108 an ohne.token@fremd.example")
    )
    [asked_again] = running.answers_to(running.mail(sender, "Ja"))
    assert running_has_no_mail_to(running, "ohne.token@fremd.example")
    running.answers_to(running.mail(sender, "Ja", answer_to=asked_again))
    running.mails_to("ohne.token@fremd.example")
    assert question["Message-ID"] != asked_again["Message-ID"]


def test_a_yes_from_another_address_never_acts(running: Running) -> None:
    sender = "regula.amstutz@uhrwerk.example"
    [question] = running.answers_to(
        running.mail(sender, "Bitte senden Sie die Rechnung RE-2026-000111 an fremdes.ja@fremd.example")
    )
    running.mail("kreditoren@uhrwerk.example", "Ja", answer_to=question)
    running.answers_to(running.mail(EN, "Help"))
    assert running_has_no_mail_to(running, "fremdes.ja@fremd.example")


def running_has_no_mail_to(running: Running, recipient: str) -> bool:
    """Whether nothing left for this address."""
    return all(mail["To"] != recipient for mail in running.outgoing())
