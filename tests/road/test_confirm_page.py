"""From the mail to the click: a question goes out, its page is opened as people and scanners do, and a button acts once."""

import html
import re
import urllib.error
import urllib.request
from email.message import EmailMessage
from urllib.parse import urlencode

import pytest

from tests.running import Running, attachments_of, text_of

DE, FR, EN = "buchhaltung@kunde.example", "comptabilite@client.example", "accounts@customer.example"
ASKED = [
    ("de", DE, "Bitte senden Sie die Rechnung RE-2026-000123 an klick.de@steuer.example", "klick.de@steuer.example"),
    ("fr", FR, "Merci d'envoyer la facture RE-2026-000122 à clic.fr@compta.example", "clic.fr@compta.example"),
    ("en", EN, "Please send invoice RE-2026-000119 to click.en@books.example", "click.en@books.example"),
]
BUTTONS = {"de": ["Ja", "Nein"], "fr": ["Oui", "Non"], "en": ["Yes", "No"]}
SAID = {
    "de": {"done": "Erledigt", "again": "schon beantwortet", "dropped": "Es bleibt alles"},
    "fr": {"done": "Fait", "again": "déjà réglé", "dropped": "Tout reste comme avant"},
    "en": {"done": "Done", "again": "answered already", "dropped": "Everything stays"},
}


class Page:
    """What the web door answers."""

    def __init__(self, url: str, answer: str = "", *, form: bytes = b"", method: str = "", speaks: str = "") -> None:
        sent = form or (urlencode({"answer": answer}).encode() if answer else None)
        asked = urllib.request.Request(url, sent, {"Accept-Language": speaks} if speaks else {})
        asked.method = method or ("POST" if sent else "GET")
        try:
            with urllib.request.urlopen(asked, timeout=30) as response:
                self.status, self.headers, self.raw = response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                self.status, self.headers, self.raw = refused.code, refused.headers, refused.read().decode()

    @property
    def text(self) -> str:
        """As a person reads it."""
        visible = re.sub(r"<style.*?</style>", "", self.raw, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", visible)).split())

    @property
    def buttons(self) -> list[str]:
        """Their words, in their order."""
        return re.findall(r"<button[^>]*>([^<]+)</button>", self.raw)


def link_in(mail: EmailMessage) -> str:
    """The address in a question, as it stands alone on a line of the plain text."""
    [found] = re.findall(r"^(https?://\S+/confirm/[a-z2-7]{42})$", text_of(mail).replace("\r", ""), re.MULTILINE)
    return str(found)


def mails_to(running: Running, recipient: str) -> list[EmailMessage]:
    return [mail for mail in running.outgoing() if mail["To"] == recipient]


def question(running: Running, sender: str, text: str) -> EmailMessage:
    [asked] = running.answers_to(running.mail(sender, text))
    return asked


@pytest.mark.parametrize(("language", "sender", "text", "recipient"), ASKED, ids=["de", "fr", "en"])
def test_a_click_on_yes_does_once_what_the_mail_asked(
    running: Running, language: str, sender: str, text: str, recipient: str
) -> None:
    said, asked = SAID[language], running.mail(sender, text)
    [mail] = running.answers_to(asked)
    link = link_in(mail)
    part = mail.get_body(("html",))
    assert part is not None and f'class="button" href="{link}"' in str(part.get_content())
    for method in ("GET", "HEAD", "GET"):  # scanners and previews look, too
        looked = Page(link, method=method, speaks="it")
        assert looked.status == 200
    assert looked.buttons == BUTTONS[language] and f'<html lang="{language}">' in looked.raw
    assert " ".join(str(mail["Subject"]).split()) in looked.text and recipient in looked.text
    assert not mails_to(running, recipient)
    done = Page(link, "yes")
    assert (done.status, done.buttons) == (200, []) and said["done"] in done.text
    answer = running.answers_to(asked, count=2)[-1]  # what a yes by mail would have brought
    assert answer["To"] == sender and " ".join(str(answer["Subject"]).split()) in done.text
    [letter] = running.mails_to(recipient)
    assert attachments_of(letter)
    for answered in (Page(link, "yes"), Page(link, "no"), Page(link)):
        assert said["again"] in answered.text and not answered.buttons
    [told] = running.answers_to(running.mail(sender, BUTTONS[language][0], answer_to=mail))
    assert said["again"] in f"{told['Subject']} {text_of(told)}".replace("\xa0", " ")
    assert len(running.mails_to(recipient)) == 1


def test_a_click_on_no_drops_the_request_and_says_so_by_mail(running: Running) -> None:
    asked = running.mail(FR, "Merci d'envoyer la facture RE-2026-000122 à non@compta.example")
    [mail] = running.answers_to(asked)
    dropped = Page(link_in(mail), "no")
    assert SAID["fr"]["dropped"] in dropped.text
    assert "nous ne faisons rien" in running.answers_to(asked, count=2)[-1]["Subject"]
    assert "« non »" in Page(link_in(mail)).text.replace("\xa0", " ")
    assert not mails_to(running, "non@compta.example")


def test_a_yes_by_mail_closes_the_page(running: Running) -> None:
    mail = question(running, EN, "Please send invoice RE-2026-000119 to bymail@books.example")
    running.answers_to(running.mail(EN, "Yes", answer_to=mail))
    assert "answered with yes" in Page(link_in(mail), "no").text
    assert len(running.mails_to("bymail@books.example")) == 1


def test_the_question_is_never_on_the_page_of_anybody_else(running: Running) -> None:
    mail = question(running, DE, "Bitte senden Sie die Rechnung RE-2026-000123 an fremd@steuer.example")
    link = link_in(mail)
    home, token = link.rsplit("/", 1)
    reply_token = str(mail["Message-ID"]).strip("<>").partition("@")[0]
    changed = token[:-2] + ("a" if token[-2] != "a" else "b") + token[-1]
    wrong = [changed, reply_token, "x", "%00" * 42, token + "a", "a" * 3000, token[:16] + "z" * 26]
    for answer in ("", "yes"):
        pages = [Page(f"{home}/{one}", answer, speaks="fr") for one in wrong]
        assert {page.status for page in pages} == {404}
        assert len({re.sub(r'nonce="[^"]*"', "", page.raw) for page in pages}) == 1
        assert "RE-2026" not in pages[0].raw and "Aucune question" in pages[0].text
    assert Page(link).buttons == ["Ja", "Nein"]


def test_a_form_that_is_not_ours_does_nothing(running: Running) -> None:
    link = link_in(question(running, DE, "Bitte senden Sie die Rechnung RE-2026-000123 an formular@steuer.example"))
    for form in (b"answer=maybe", b"answer=", b"\xff\xfe", b"x" * 5000):
        refused = Page(link, form=form)
        assert (refused.status, refused.buttons) == (400, ["Ja", "Nein"])
    assert Page(link).buttons == ["Ja", "Nein"]


def test_nobody_keeps_indexes_frames_or_loads_anything_into_the_page(running: Running) -> None:
    link = link_in(question(running, DE, "Bitte senden Sie die Rechnung RE-2026-000123 an kopf@steuer.example"))
    for page in (Page(link), Page(link, "no"), Page(link), Page(link[:-3])):
        assert page.headers["cache-control"] == "no-store" and page.headers["x-robots-tag"] == "noindex"
        assert page.headers["referrer-policy"] == "no-referrer" and "set-cookie" not in page.headers
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
        assert "script-src" not in policy
        shown = re.sub(r"<style.*?</style>", "", page.raw, flags=re.DOTALL)
        assert not re.search(r' style="|<script|https?://|None|Undefined|\{\w+\}', shown)
