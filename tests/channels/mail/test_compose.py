"""What goes out: one recipient, marked as automatic, threaded, and no foreign word can begin a header (T4, T5)."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.mail.compose import DressedText, House, compose, header_line, one_recipient, references
from bot.channels.mail.read import read_mail
from bot.channels.mail.relay import dressed_reply
from bot.messages import Kind
from bot.ports import File, Letter, NotSent
from tests.channels.mail.letters import OWN, SUPPORT, TOKEN, letter

HOUSE = House(SUPPORT, "Guichet Büro", "guichet.example")


def composed(one: Letter, dressed: DressedText | None = None) -> EmailMessage:
    raw = compose(one, house=HOUSE, dressed=dressed or dressed_reply(one.reply))
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_the_headers_say_who_to_whom_why_and_that_a_machine_writes() -> None:
    message = composed(letter())
    assert str(message["From"]) == f"Guichet Büro <{SUPPORT}>"
    assert str(message["To"]) == "max@kunde.example"
    assert str(message["Reply-To"]) == f"Guichet Büro <support+{TOKEN}@guichet.example>"
    assert message["Message-ID"] == f"<{TOKEN}@guichet.example>"
    assert message["In-Reply-To"] == "<1@kunde.example>"
    assert str(message["References"]).split() == ["<0@kunde.example>", "<1@kunde.example>"]
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Guichet-Case"] == "C-1042"
    assert message["X-Guichet-Loop"] == "yes"
    assert message["Date"].datetime == letter().created
    assert message["Cc"] is message["Bcc"] is None


def test_text_and_html_say_the_same() -> None:
    message = composed(letter())
    assert message.get_content_type() == "multipart/alternative"
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "hier ist Ihre Rechnung." in text.get_content()
    assert "hier ist <strong>Ihre</strong> Rechnung." in page.get_content()


def test_files_travel_with_their_names() -> None:
    message = composed(letter(files=(File("Rechnung-März.pdf", "application/pdf", b"%PDF-1.7\r\n\0x"),)))
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("Rechnung-März.pdf", "application/pdf")
    assert file.get_content() == b"%PDF-1.7\r\n\0x"


def test_a_repeat_is_the_same_to_the_last_octet() -> None:
    one = letter(files=(File("a.pdf", "application/pdf", b"%PDF"),))
    dressed = dressed_reply(one.reply)
    assert compose(one, house=HOUSE, dressed=dressed) == compose(one, house=HOUSE, dressed=dressed)


def test_our_own_mail_coming_back_is_recognised() -> None:
    raw = compose(letter(), house=HOUSE, dressed=dressed_reply(letter().reply))
    assert read_mail(raw, "k", own=OWN).kind is Kind.OWN


HOSTILE = [
    "x\r\nBcc: evil@x.example",
    "x\nBcc: e",
    "x\x0bBcc: e",
    "x\x85Bcc: e",
    "x\u2028Bcc: e",
    "\0",
    "a" * 5000,
    "\udcff",
    "ü\r\nBcc: e",
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=[ascii(text)[:20] for text in HOSTILE])
def test_no_foreign_word_begins_a_header(hostile: str) -> None:
    one = letter(
        case=hostile, in_reply_to=f"<{hostile}@x>", references=(f"<{hostile}@x>",), files=(File(hostile, "a/b", b"x"),)
    )
    raw = compose(one, house=HOUSE, dressed=DressedText(hostile, "x", "<p>x</p>"))
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\nBcc" not in head
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Bcc"] is None
    assert len(str(message["Subject"])) <= 200
    assert str(message["To"]) == "max@kunde.example"


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_subject_breaks_the_mail(subject: str) -> None:
    message = composed(letter(), DressedText(subject, "Guten Tag", "<p>Guten Tag</p>"))
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == "Guten Tag"
    assert message["X-Guichet-Loop"] == "yes"


def test_a_text_with_lone_line_ends_is_mended() -> None:
    raw = compose(letter(), house=HOUSE, dressed=DressedText("x", "a\r.\rb\n.\nc\x0b", "<p>x</p>"))
    assert raw.replace(b"\r\n", b"").count(b"\r") == raw.replace(b"\r\n", b"").count(b"\n") == 0


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example, c@d.example",
        "=?utf-8?q?a=40b.example=2C_x=40y.example?=",
        "a@b.example\nBcc: x@y.example",
        "x",
        "",
        "a@b",
        "A <a@b.example>",
        "пaypal@b.example",
        "a" * 65 + "@b.example",
    ],
)
def test_what_is_not_one_good_address_is_refused_for_good(address: str) -> None:
    with pytest.raises(NotSent) as refused:
        one_recipient(address)
    assert refused.value.permanent


def test_a_long_recipient_stays_one_address() -> None:
    address = "a" * 60 + "@" + "b" * 60 + ".example"
    assert str(composed(letter(recipient=address))["To"]) == address


def test_a_long_thread_keeps_its_first_and_its_latest() -> None:
    chain = references([f"<{number}@x.example>" for number in range(50)], "<last@x.example>")
    assert len(chain) == 10
    assert (chain[0], chain[-1]) == ("<0@x.example>", "<last@x.example>")


@pytest.mark.parametrize(
    "bad", ["<" + "x" * 20_000 + "@y>", "no id", "<a b@c>", "<a@b> <c@d>", "<é@x>", "<a@b>\r\nBcc: x"]
)
def test_a_broken_message_id_is_not_copied(bad: str) -> None:
    assert references([bad], bad) == ()
    assert composed(letter(in_reply_to=bad, references=(bad,)))["References"] is None


def test_long_message_ids_are_not_encoded() -> None:
    long_one = "<" + "x" * 150 + "@kunde.example>"
    raw = compose(letter(in_reply_to=long_one), house=HOUSE, dressed=dressed_reply(letter().reply))
    assert f"In-Reply-To: {long_one}\r\n".encode() in raw


def test_a_header_line_is_cut_and_visible() -> None:
    assert header_line("a\u202eb\t\tc") == "ab c"
    assert len(header_line("x" * 300)) == 200
