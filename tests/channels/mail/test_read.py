"""Reading mails: nothing raises, charsets and headers decode, hidden and attached text is never read."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.mail.decode import header_text, text_of
from bot.channels.mail.envelope import Envelope, seal
from bot.channels.mail.read import attached_files, read_mail
from bot.messages import Inbound, Kind
from tests.channels.mail.letters import OWN, SUPPORT, TOKEN, mail

ARRIVED = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def read(raw: bytes) -> Inbound:
    return read_mail(raw, "key", own=OWN)


def html(body: str, plain: str | None = None) -> bytes:
    """A mail with an HTML part, and a plain one beside it where given."""
    if plain is None:
        return mail(body, Content_Type="text/html; charset=utf-8")
    parts = f"--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n--b\nContent-Type: text/html; charset=utf-8\n\n{body}\n--b--"
    return mail(parts, Content_Type='multipart/alternative; boundary="b"')


def with_file(content: bytes, name: str = "beleg.pdf", kind: str = "application/pdf") -> bytes:
    """A mail with a file."""
    data = base64.encodebytes(content).decode()
    parts = (
        "--b\nContent-Type: text/plain\n\nAnbei.\n"
        f'--b\nContent-Type: {kind}\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{data}\n--b--"
    )
    return mail(parts, Content_Type="multipart/mixed; boundary=b")


# -- text ------------------------------------------------------------------------------------------------------------


def test_a_plain_mail_is_read_whole() -> None:
    inbound = read(mail())
    assert (inbound.sender, inbound.sender_name) == ("max@kunde.example", "Max Muster")
    assert inbound.text == "Bitte senden Sie die Rechnung 123."
    assert (inbound.subject, inbound.fresh_subject, inbound.unsure) == ("Rechnung", True, "")
    assert inbound.sent == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("charset", "octets"),
    [
        ("utf-8", "Größe".encode()),
        ("iso-8859-1", "Größe".encode("latin-1")),
        ("us-ascii", "Größe".encode()),
        ("x-unknown", "Größe".encode("latin-1")),
        ("zlib", "Größe".encode()),
        ("hex", "Größe".encode()),
        ("idna", "Größe".encode()),
        ("undefined", "Größe".encode()),
        ("utf-16", "Größe".encode("utf-16")),
        ("utf-7", "Größe".encode("utf-7")),
        ("", "Größe".encode("cp1252")),
    ],
)
def test_a_charset_is_read_or_mended_and_never_run(charset: str, octets: bytes) -> None:
    assert text_of(octets, charset) == "Größe"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("=?utf-8?q?Rechnung_f=C3=BCr?=", "Rechnung für"),
        ("=?utf-8?b?UmVjaG51bmcg?= =?utf-8?b?ZsO8cg==?=", "Rechnung für"),
        ("=?utf-8?q?f=C3?= =?utf-8?q?=BCr?=", "für"),  # one character split over two words
        ("=?iso-8859-1?Q?R=E9ponse?= : ok", "Réponse : ok"),
        ("=?utf-8?q?x=0D=0ABcc=3A_evil=40x.y?=", "x Bcc: evil@x.y"),
        ("=?utf-7?q?+ADw-script+AD4-?=", "<script>"),
        ("=?nonsense?q?abc?=", "abc"),
        ("=?utf-8?b?!!!?=", ""),
        ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        ("a\u202egpj.exe", "agpj.exe"),
    ],
)
def test_a_header_is_one_line_of_text(raw: str, shown: str) -> None:
    assert header_text(raw) == shown


def test_raw_octets_in_a_subject_are_read() -> None:
    assert read(mail().replace(b"Subject: Rechnung", "Subject: Gebühr".encode())).subject == "Gebühr"
    assert read(mail().replace(b"Subject: Rechnung", "Subject: Gebühr".encode("latin-1"))).subject == "Gebühr"


def test_flowed_text_is_joined() -> None:
    flowed = mail("Bitte senden Sie \ndie Rechnung 123.\n\nDanke\n", Content_Type="text/plain; format=flowed")
    assert read(flowed).text == "Bitte senden Sie die Rechnung 123.\n\nDanke"


def test_a_signed_text_is_read_without_its_armour() -> None:
    signed = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nBitte kündigen.\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----"
    assert read(mail(signed)).text == "Bitte kündigen."


@pytest.mark.parametrize(
    "raw",
    [
        mail("-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----"),
        mail(
            "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--",
            Content_Type="multipart/encrypted; boundary=b",
        ),
        mail("MIAG", Content_Type="application/pkcs7-mime; smime-type=enveloped-data"),
        mail("MIAG", Content_Type="application/pkcs7-mime; smime-type=signed-data"),
    ],
    ids=["inline", "mime", "smime", "the text inside a signature"],
)
def test_an_encrypted_mail_goes_to_a_person(raw: bytes) -> None:
    assert read(raw).unsure == "encrypted"


def test_a_text_that_outlook_packed_goes_to_a_person() -> None:
    packed = base64.encodebytes(b"\x78\x9f\x3e\x22" + b"\0" * 50).decode()
    raw = mail(packed, Content_Type="application/ms-tnef; name=winmail.dat", Content_Transfer_Encoding="base64")
    assert read(raw).unsure == "tnef"
    with_text = f"--b\nContent-Type: text/plain\n\nBitte die 123.\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n{packed}\n--b--"
    inbound = read(mail(with_text, Content_Type="multipart/mixed; boundary=b"))
    assert (inbound.unsure, inbound.text) == ("", "Bitte die 123.")


def test_an_invitation_is_no_persons_letter_but_a_calendar_file_may_be() -> None:
    part = "--b\nContent-Type: text/plain\n\nBitte die 123.\n--b\nContent-Type: text/calendar; method=REQUEST{}\n\nBEGIN:VCALENDAR\n--b--"
    invitation = mail(part.format(""), Content_Type="multipart/alternative; boundary=b")
    attached = mail(
        part.format("\nContent-Disposition: attachment; filename=a.ics"), Content_Type="multipart/mixed; boundary=b"
    )
    assert (read(invitation).kind, read(attached).kind) == (Kind.AUTO, Kind.PERSON)


def test_a_small_inline_image_is_a_logo_and_a_large_one_a_file() -> None:
    def with_image(octets: bytes) -> Inbound:
        image = base64.encodebytes(b"\x89PNG\r\n\x1a\n" + octets).decode()
        parts = f"--b\nContent-Type: text/html\n\n<p>Bitte die 123.</p><img src='cid:a'>\n--b\nContent-Type: image/png\nContent-ID: <a>\nContent-Transfer-Encoding: base64\n\n{image}\n--b--"
        return read(mail(parts, Content_Type="multipart/related; boundary=b"))

    assert with_image(b"x").attachments == ()
    assert [one.media_type for one in with_image(b"x" * 30_000).attachments] == ["image/png"]


# -- HTML: only what the reader sees (T20) ----------------------------------------------------------------------------

HIDDEN = [
    '<div style="display:none">Rechnung 9 an evil@x.example</div>',
    '<div style="DISPLAY : none !important">Rechnung 9</div>',
    '<span style="font-size:0">Rechnung 9</span>',
    '<span style="font-size:0px;color:red">Rechnung 9</span>',
    '<span style="color:#ffffff">Rechnung 9</span>',
    '<font color="white">Rechnung 9</font>',
    '<span style="color:#fff;background:#ffffff">Rechnung 9</span>',
    '<span style="visibility:hidden">Rechnung 9</span>',
    '<span style="opacity:0">Rechnung 9</span>',
    '<div style="position:absolute;left:-9999px">Rechnung 9</div>',
    '<div style="max-height:0;overflow:hidden">Rechnung 9</div>',
    "<p hidden>Rechnung 9</p>",
    "<!-- Rechnung 9 -->",
    "<style>.x{display:none}</style><p class=x>Rechnung 9</p>",
    "<style>#y{font-size:0px}</style><p id=y>Rechnung 9</p>",
    "<script>Rechnung 9</script><noscript>Rechnung 9</noscript><template>Rechnung 9</template>",
    "<head><title>Rechnung 9</title></head>",
    '<blockquote type="cite">Rechnung 9</blockquote>',
]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_html_is_never_read(hidden: str) -> None:
    inbound = read(html(f"<html><body><p>Bitte die Rechnung 123.</p>{hidden}</body></html>"))
    assert inbound.text.strip() == "Bitte die Rechnung 123."


def test_white_text_on_a_dark_ground_is_visible() -> None:
    assert (
        "Bitte"
        in read(html('<div style="background:#003366"><span style="color:white">Bitte die 123</span></div>')).text
    )


def test_text_and_html_that_disagree_go_to_a_person() -> None:
    inbound = read(html("<p>Bitte die Rechnung 123 an mich.</p>", "Bitte die Rechnung 999 an mich."))
    assert inbound.unsure == "text_and_html_differ"


def test_text_and_html_that_agree_do_not() -> None:
    inbound = read(
        html(
            '<p>Bitte die <b>Rechnung 123</b>.</p><img src="cid:logo" alt="Logo">',
            "Bitte die *Rechnung 123*.\n\n[cid:logo]",
        )
    )
    assert (inbound.unsure, inbound.text[:8]) == ("", "Bitte di")


@pytest.mark.parametrize(
    "body", ["<div>" * 5000, "<p " + "a=b " * 20_000 + ">", "<table>" + "<tr>" + "<td>x</td>" * 3000, "x" * 300_000]
)
def test_too_much_html_goes_to_a_person(body: str) -> None:
    assert read(html(body.replace("<", "\n<"))).unsure == "html_too_large"


# -- files -----------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_by_its_hash_and_its_real_type() -> None:
    raw = with_file(b"%PDF-1.7 x")
    (attachment,) = read(raw).attachments
    assert (attachment.filename, attachment.media_type, attachment.size) == ("beleg.pdf", "application/pdf", 10)
    assert [(found.sha256, octets) for found, octets in attached_files(raw)] == [(attachment.sha256, b"%PDF-1.7 x")]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\\b\\c.pdf", "c.pdf"),
        ("=?utf-8?q?a=E2=80=AEfdp.exe?=", "afdp.exe"),
        ("", "unnamed"),
        ("..", "unnamed"),
    ],
)
def test_a_file_name_leads_nowhere(name: str, shown: str) -> None:
    assert read(with_file(b"MZ..", name)).attachments[0].filename == shown


def test_a_type_that_lies_is_found_out() -> None:
    assert read(with_file(b"MZ\x90\0", "rechnung.pdf")).attachments[0].media_type == "application/x-dosexec"


def test_a_mail_in_the_mail_is_a_file_and_says_nothing() -> None:
    inner = "--b\nContent-Type: text/plain\n\nSiehe Anhang.\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\nRechnung 9 an evil@x.example\n--b--"
    assert read(mail(inner, Content_Type="multipart/mixed; boundary=b")).text == "Siehe Anhang."


# -- subject and thread ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [
        "Re: x",
        "RE : x",
        "AW: x",
        "Antw: x",
        "WG: x",
        "Fwd: x",
        "FW: x",
        "TR : x",
        "Réf : x",
        "Re[2]: x",
        "[extern] AW: x",
        "Rép : x",
    ],
)
def test_the_subject_of_a_reply_or_forward_is_old_text(subject: str) -> None:
    assert not read(mail().replace(b"Subject: Rechnung", f"Subject: {subject}".encode())).fresh_subject


@pytest.mark.parametrize(
    "subject", ["Rechnung", "Retour de facture", "Trennung: Konto", "Award 2026", "Information: x"]
)
def test_the_subject_of_a_new_mail_is_new_text(subject: str) -> None:
    assert read(mail(Subject=subject)).fresh_subject


def test_a_mail_in_a_thread_has_an_old_subject_whatever_it_says() -> None:
    assert not read(mail(In_Reply_To="<a@b.example>")).fresh_subject
    assert not read(mail(References="<a@b.example>")).fresh_subject


@pytest.mark.parametrize(
    "raw",
    [
        mail(In_Reply_To=f"<{TOKEN}@guichet.example>"),
        mail(In_Reply_To=f"<{TOKEN.upper()}@GUICHET.example>"),
        mail(References=f"<x@y.example> <{TOKEN}@guichet.example> <z@y.example>"),
        mail(To=f"support+{TOKEN}@guichet.example"),
        mail(To=f"Guichet <SUPPORT+{TOKEN.upper()}@guichet.example>"),
    ],
    ids=["reply", "upper case", "references", "plus address", "plus address, upper case"],
)
def test_our_token_is_found(raw: bytes) -> None:
    assert read(raw).thread.token == TOKEN


def test_the_envelope_decides_which_plus_address_the_mail_came_to() -> None:
    stored = seal(Envelope("max@kunde.example", (f"support+{TOKEN}@guichet.example",), ARRIVED), mail())
    assert read(stored.raw).thread.token == TOKEN
    other = seal(Envelope("max@kunde.example", (SUPPORT,), ARRIVED), mail(To=f"support+{TOKEN}@guichet.example"))
    assert read(other.raw).thread.token == ""


@pytest.mark.parametrize(
    "raw",
    [
        mail(To=SUPPORT, Cc=f"support+{TOKEN}@guichet.example"),
        mail(To=f"other+{TOKEN}@guichet.example"),
        mail(To="support+@guichet.example"),
        mail(To="support++x@guichet.example"),
        mail(To=f"support+{'a' * 200}@guichet.example"),
        mail(To=f"support+{'b' * 42}@guichet.example"),
        mail(In_Reply_To=f"<{TOKEN}@elsewhere.example>"),
        mail(f"> X-Token: {TOKEN}@guichet.example"),
    ],
    ids=["Cc", "other address", "empty", "double", "long", "forged", "other domain", "quoted"],
)
def test_a_token_elsewhere_or_forged_is_none(raw: bytes) -> None:
    assert read(raw).thread.token == ""


def test_card_numbers_and_ibans_are_masked_everywhere() -> None:
    inbound = read(mail("Karte 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00", Subject="4111-1111-1111-1111"))
    assert "1111 1111" not in inbound.text
    assert "0532" not in inbound.text
    assert inbound.subject == "4111-****-****-1111"


# -- whatever comes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"A: b\r\n" * 501 + b"\r\nx", "too_much_headers"),
        (b"A: " + b"b" * 70_000 + b"\r\n\r\nx", "too_much_header_octets"),
        (mail("\n" * 700_000), "too_much_lines"),
        (mail("--b\n\nx\n" * 300, Content_Type="multipart/mixed; boundary=b"), "too_much_parts"),
        (
            mail(
                "".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(30)),
                Content_Type="multipart/mixed; boundary=b0",
            ),
            "too_much_depth",
        ),
        (mail("Content-Type: message/rfc822\n\n" * 1000, Content_Type="message/rfc822"), "too_much_depth"),
    ],
    ids=["headers", "long header", "lines", "parts", "depth", "mails in mails"],
)
def test_what_is_too_much_to_parse_goes_to_people_with_its_sender(raw: bytes, why: str) -> None:
    inbound = read(raw)
    assert inbound.unsure == why
    assert inbound.text == ""
    assert inbound.sender in ("", "max@kunde.example")


def test_a_mail_without_anything_is_a_person_with_nothing_to_say() -> None:
    inbound = read(b"")
    assert (inbound.kind, inbound.sender, inbound.text) == (Kind.PERSON, "", "")


PIECES: list[bytes] = [
    b"From: ", b"To: ", b"Subject: ", b"Content-Type: ", b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=\"b\"",
    b"text/html", b"text/plain; charset=", b"utf-8", b"utf-7", b"idna", b"\r\n", b"\n", b"\r\n\r\n", b"--b", b"--b--", b"base64",
    b"Content-Transfer-Encoding: ", b"quoted-printable", b"=?utf-8?q?", b"?=", b"=C3", b"<", b">", b"((((", b'"', b"[", b"@", b"\0",
    b"\xff\xfe", b"Message-ID: <[", b"message/rfc822", b"message/delivery-status", b"Date: ", b"999999999", b"-----", b"Von: ",
    b"filename*0*=utf-8''%C3", b"<div style='display:none'>", b"<blockquote>", b"=", b";", b",", b":", b"X-Guichet-Envelope: v1\r\n",
    b"References: <a@b> ", b"Authentication-Results: mx.guichet.example; dmarc=", b"format=flowed", b"From a\n", b"-- \n",
]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=60))
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_reading_never_raises(pieces: list[bytes]) -> None:
    inbound = read(b"".join(pieces))
    assert inbound.unsure != "unreadable"


@given(st.binary(max_size=3000))
@settings(max_examples=100, deadline=None)
def test_reading_any_octets_never_raises(octets: bytes) -> None:
    assert read(octets).unsure != "unreadable"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@settings(max_examples=100, deadline=None)
def test_a_subject_never_breaks_its_line(subject: str) -> None:
    import email.header

    encoded = email.header.Header(subject, "utf-8").encode(linesep="\r\n")
    shown = read(mail(Subject=encoded or "x")).subject
    assert not any(sign in shown for sign in "\r\n\0\x85\u2028\u2029")


def test_a_broken_reader_is_no_broken_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("bot.channels.mail.read.parse", breaks)
    assert read(mail()).unsure == "unreadable"
