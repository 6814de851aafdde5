"""A proof of payment comes to the agents with its file: under the card, under our name, once."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from bot.channels.slack.send import SlackSender
from bot.demo.slack import ESCALATIONS, FakeSlack
from bot.ports import Letter as ToSend
from bot.ports import NotSent
from storage.database import reading
from storage.tables import InboxRow, OutboxRow
from tests.threats.machine import AUTHSERV, Letter, Machine, cards, mails

pytestmark = pytest.mark.slow

SENDER = "buchhaltung@hafenblick.example"
PHOTO = b"\xff\xd8\xff\xe0 a photo of a statement"
SAID = {
    "de": "Anbei der Zahlungsnachweis zur Rechnung RE-2026-000117",
    "fr": "Vous trouverez ci-joint la preuve de paiement de la facture RE-2026-000117",
    "en": "Please find attached the proof of payment for invoice RE-2026-000117",
}


_scans = itertools.count(1)


def slip() -> bytes:
    """A scan that nobody has handed in yet."""
    return (
        b"%%PDF-1.7\n%%%d\n1 0 obj\n<<>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%%%EOF" % next(_scans)
        + bytes(range(256)) * 40
    )


def hand_in(
    machine: Machine, text: str, *files: tuple[str, bytes], answer_to: Letter | None = None, sender: str = SENDER
) -> list[Letter]:
    """A mail with files; gives what it caused."""
    message = EmailMessage()
    message["Authentication-Results"] = f"{AUTHSERV}; dmarc=pass header.from={sender.rpartition('@')[2]}"
    message["From"], message["To"], message["Subject"] = sender, "support@guichet.example", ""
    message["Message-ID"] = f"<{len(machine.rows())}.proof@client.example>"
    if answer_to:
        message["In-Reply-To"] = message["References"] = f"<{answer_to.token}@guichet.example>"
    message.set_content(text)
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return machine.raw(message.as_bytes(), path=sender)


def ready(machine: Machine, letter: Letter, slack: FakeSlack) -> ToSend:
    """The card as the sender gets it, for the agents' channel of this workspace."""
    with reading(machine.app.engine) as session:
        row = session.get_one(OutboxRow, letter.id)
        row.recipient = slack.channel(ESCALATIONS)
        made = machine.app.worker.outgoing.letter(row)
        session.rollback()
    return made


@pytest.mark.parametrize("text", SAID.values(), ids=SAID)
def test_the_file_hangs_under_the_card_with_a_name_of_ours(machine: Machine, text: str) -> None:
    scan = slip()
    [card] = cards(hand_in(machine, text, ("=cmd|calc!.exe.pdf", scan)))
    with FakeSlack() as slack:
        SlackSender(slack.bot_token, slack.api_url).send(ready(machine, card, slack))
        posted, upload = slack.posted(ESCALATIONS)
        [kept] = slack.files.values()
        assert upload["thread_ts"] == posted["ts"] and "hangs below this message" in posted["text"]
        assert kept["data"] == scan
        assert upload["files"][0]["name"] == f"Proof-of-payment-RE-2026-000117-{card.documents[0]}.pdf"
        assert "calc" not in str(slack.messages)


def test_the_mail_to_the_customer_gets_no_file_back(machine: Machine) -> None:
    [receipt] = mails(hand_in(machine, SAID["de"], ("beleg.pdf", slip())))
    assert receipt.documents == ()


def test_two_files_for_two_invoices_are_two_files(machine: Machine) -> None:
    scan = slip()
    text = "Anbei die Zahlungsnachweise zu den Rechnungen RE-2026-000124 und RE-2026-000120"
    sender = "rechnung@moebel-muessiggang.example"
    letters = hand_in(machine, text, ("a.pdf", scan), ("b.jpg", PHOTO), sender=sender)
    [answer] = mails(letters)
    if answer.reply.choices:  # not sure of the reading: asked first
        letters = machine.answer_to(answer, sender, "Ja")
    [card] = cards(letters)
    assert card.text.count("RE-2026-000124 →") == 2 and card.text.count("RE-2026-000120 →") == 2
    with FakeSlack() as slack:
        files = ready(machine, card, slack).files
    assert [(file.media_type, file.content) for file in files] == [("application/pdf", scan), ("image/jpeg", PHOTO)]
    assert len({file.filename for file in files}) == 2 and files[1].filename.endswith(".jpg")


def test_a_mail_with_an_iban_is_masked_and_its_file_is_not(machine: Machine) -> None:
    scan = slip()
    [card] = cards(hand_in(machine, f"{SAID['de']}. Von unserem Konto DE89370400440532013000", ("beleg.pdf", scan)))
    assert b"DE89370400440532013000" not in machine.row().raw
    with FakeSlack() as slack:
        [file] = ready(machine, card, slack).files
    assert file.content == scan


def test_a_file_that_comes_after_we_asked_for_it_is_found(machine: Machine) -> None:
    scan = slip()
    [asked] = machine.mail(SENDER, SAID["de"])
    [card] = cards(hand_in(machine, "Hier ist er.", ("beleg.pdf", scan), answer_to=asked))
    with FakeSlack() as slack:
        [file] = ready(machine, card, slack).files
    assert file.content == scan


Trouble = Callable[[FakeSlack], None]
TROUBLES: dict[str, Trouble] = {
    "the answer to the upload is lost": lambda s: s.fail("files.completeUploadExternal", drop=True, after=True),
    "the upload is refused for now": lambda s: s.fail("files.getUploadURLExternal", error="ratelimited", retry_after=0),
    "the upload breaks": lambda s: s.fail("files.completeUploadExternal", error="internal_error"),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_after_a_trouble_card_and_file_are_there_once(machine: Machine, trouble: Trouble) -> None:
    [card] = cards(hand_in(machine, SAID["de"], ("beleg.pdf", slip())))
    with FakeSlack() as slack:
        sender = SlackSender(slack.bot_token, slack.api_url, sleep=lambda _seconds: None)
        made = ready(machine, card, slack)
        trouble(slack)
        with pytest.raises(NotSent):
            sender.send(made)
        sender.send(made)
        assert [bool(message.get("files")) for message in slack.posted(ESCALATIONS)] == [False, True]


def test_a_process_that_died_after_sending_leaves_card_and_file_once(machine: Machine) -> None:
    [card] = cards(hand_in(machine, SAID["de"], ("beleg.pdf", slip())))
    with FakeSlack() as slack:
        for started in (datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(seconds=1)):
            SlackSender(slack.bot_token, slack.api_url, started=started).send(ready(machine, card, slack))
        assert [bool(message.get("files")) for message in slack.posted(ESCALATIONS)] == [False, True]


def test_where_the_mail_is_kept_no_longer_the_card_comes_alone(machine: Machine) -> None:
    [card] = cards(hand_in(machine, SAID["de"], ("beleg.pdf", slip())))
    machine.change(InboxRow, machine.last, raw=b"")
    with FakeSlack() as slack:
        assert ready(machine, card, slack).files == ()


def test_a_file_that_is_not_the_one_that_was_filed_is_not_passed_on(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [card] = cards(hand_in(machine, SAID["de"], ("beleg.pdf", slip())))
    monkeypatch.setattr(machine.app.worker.outgoing._handed_in, "_file_in", lambda _raw, _sha256: b"MZ evil")
    with FakeSlack() as slack:
        assert ready(machine, card, slack).files == ()
