"""Whatever comes: nothing raises, nothing takes long. Fuzzed parts, and 1,500 mixed mails for `read-mail`.

Every crash that is found here becomes a file of the corpus (tests/corpus/crashes).
"""

import base64
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.mail.addresses import mailboxes, one_mailbox
from bot.channels.mail.authenticity import authenticate
from bot.channels.mail.bounces import failures_of, returned_ids
from bot.channels.mail.decode import header_text, parameter, text_of
from bot.channels.mail.html import TooMuchHtml, visible_text
from bot.channels.mail.kind import kind_of
from bot.channels.mail.mask import mask
from bot.channels.mail.mime import parse, too_much
from bot.channels.mail.read import read_mail
from bot.channels.mail.trim import trim
from tests.channels.mail.letters import OWN, TOKEN, mail

CORPUS = Path(__file__).parents[2] / "corpus" / "mail"
EXAMPLES = {"max_examples": 60, "deadline": None, "suppress_health_check": list(HealthCheck)}
SLOWEST = 1.0  # seconds for one mail (mail.md: none over one second)

LINES = [
    "On On On On", "Am 22.11.2026 um 10:00 schrieb Max <max@kunde.example>:", "Le 22 nov. 2026 à 10:00, Max <m@k.example> a écrit :",
    "> ", ">>>>", "-----Original Message-----", "Von: x", "Gesendet: y", "An: z", "Betreff: w", "-- ", "____________________", "--b", "--b--",
    "Sent from my iPhone", "Diese E-Mail wurde von Avast geprüft", "\t", " ", "", "Bitte senden Sie die Rechnung 123", "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00", "<div style='display:none'>", "</div>", "<blockquote type=cite>", "=?utf-8?q?=C3?=", "wrote:", ":", "Le ",
    "Hi. This is the qmail-send program at x.", "<a@b.example>:", "550 5.1.1 unknown", "Message-ID: <a@b>", "Final-Recipient: rfc822; a@b.example",
    "Action: failed", "Status: 5.1.1", "mailbox full", "host x not found", "\u202e", "\0", "\x0b", "\u2028",
]  # fmt: skip
lines = st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=30)), max_size=80)
HEADERS = [
    "=?utf-8?q?=C3=A4?=", "=?utf-7?b?!!?=", "=?x?q??=", "<", ">", '"', "\\", "(", ")", "@", ",", ";", ":", "a@b.example", "=", "pass", "dmarc=", "\r\n ",
    "mx.guichet.example", "header.from=", "*0*=", "utf-8''%C3", "boundary", "charset", "filename", "\udcff", " ", "\t", "x" * 200,
]  # fmt: skip
header = st.lists(st.one_of(st.sampled_from(HEADERS), st.text(max_size=10)), max_size=40).map("".join)


@given(lines)
@settings(**EXAMPLES)  # type: ignore[arg-type]
@pytest.mark.slow
def test_trimming_never_raises_and_adds_nothing(given_lines: list[str]) -> None:
    text = "\n".join(given_lines)
    trimmed = trim(text)
    assert len(trimmed.text) <= len(text)
    assert trim(trimmed.text).text is not None


@given(header)
@settings(**EXAMPLES)  # type: ignore[arg-type]
def test_header_code_never_raises_and_stays_on_one_line(value: str) -> None:
    shown = header_text(value)
    assert not any(sign in shown for sign in "\r\n\0\x0b\x85\u2028\u2029")
    assert "\n" not in parameter(f"x; a={value}", "a")
    box = one_mailbox(value)
    assert box is None or box.address.count("@") == 1
    assert all("@" in address for address in mailboxes(value))


@given(header, header)
@settings(**EXAMPLES)  # type: ignore[arg-type]
def test_no_fuzzed_verdict_of_a_foreign_server_proves_anybody(results: str, sender: str) -> None:
    raw = f"Authentication-Results: mx.evil.example; {results}\r\nFrom: {sender}\r\n\r\nx".encode(
        "utf-8", "surrogateescape"
    )
    root = parse(raw)
    box = one_mailbox(root.header("from"))
    if "mx.guichet.example" not in results:
        assert authenticate(root, box, "", "mx.guichet.example").verdict == "none"


@given(lines)
@settings(**EXAMPLES)  # type: ignore[arg-type]
@pytest.mark.slow
def test_html_never_raises(given_lines: list[str]) -> None:
    try:
        visible_text("<p>" + "<br>".join(given_lines))
    except TooMuchHtml:
        return


@given(
    lines, st.sampled_from(["message/delivery-status", "text/plain", "message/rfc822", "multipart/report; boundary=b"])
)
@settings(**EXAMPLES)  # type: ignore[arg-type]
@pytest.mark.slow
def test_bounces_never_raise(given_lines: list[str], kind: str) -> None:
    root = parse(
        f"From: mailer-daemon@x.example\nContent-Type: {kind}\n\n".encode()
        + "\n".join(given_lines).encode("utf-8", "replace")
    )
    assert len(failures_of(root, "\n".join(given_lines))) <= 10
    assert all(isinstance(one, str) for one in returned_ids(root))
    kind_of(root, sender="", subject="x", text="\n".join(given_lines), own=OWN)


@given(st.text(alphabet="0123456789 -\n>DEFR*", max_size=300))
@settings(**EXAMPLES)  # type: ignore[arg-type]
def test_masking_keeps_the_length_and_settles(text: str) -> None:
    assert len(mask(text)) == len(text)
    assert mask(mask(text)) == mask(text)


@given(
    st.binary(max_size=200), st.sampled_from(["utf-8", "iso-2022-jp", "hz", "utf-7", "gb18030", "koi8-r", "nonsense"])
)
@settings(**EXAMPLES)  # type: ignore[arg-type]
def test_no_octets_in_no_charset_raise(octets: bytes, charset: str) -> None:
    assert "\0" not in text_of(octets, charset)


SLOW_TEXTS = [
    ("On On On", "On " * 200_000), ("newlines", "\n" * 400_000), ("blanks", " " * 1_000_000), ("quotes", "> " * 300_000),
    ("attributions", "Am 22.11.2026 schrieb Max <m@k.example>\n" * 20_000), ("labels", "Von: a@b.example\n" * 50_000),
    ("colons", ":" * 500_000), ("digits", "4111 1111 " * 60_000), ("ibans", "DE89 3704 0044 " * 40_000), ("one line", "a" * 2_000_000),
    ("brackets", "<" * 300_000), ("at signs", "a@" * 300_000), ("dashes", "-" * 800_000), ("controls", "\x0b\x0c" * 200_000),
    ("bounce words", "mailbox host domain message account " * 20_000), ("statuses", "5.1.1 550 " * 60_000),
]  # fmt: skip


@pytest.mark.parametrize("text", [text for _, text in SLOW_TEXTS], ids=[name for name, _ in SLOW_TEXTS])
@pytest.mark.parametrize("sender", ["max@kunde.example", "mailer-daemon@kunde.example"], ids=["person", "bounce"])
@pytest.mark.slow
def test_no_text_takes_long(text: str, sender: str) -> None:
    raw = mail(text, From=sender)
    begun = time.process_time()
    read_mail(raw, "k", own=OWN)
    assert time.process_time() - begun < SLOWEST


# -- 1,500 mails for `guichet read-mail` ------------------------------------------------------------------------------


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """One of the ways in which the world breaks a mail."""
    at = chance.randrange(1, max(2, len(raw)))
    ways = (
        lambda: raw[:at],
        lambda: raw[:at] + raw[at // 2 :],
        lambda: raw[:at] + bytes(chance.randrange(256) for _ in range(8)) + raw[at:],
        lambda: raw.replace(b"\r\n", b"\n") if b"\r\n" in raw else raw.replace(b"\n", b"\r\n"),
        lambda: raw.replace(b"\n", b"\r"),
        lambda: raw.replace(b"utf-8", chance.choice([b"utf-7", b"x-unknown", b"zlib", b"utf-16", b"iso-2022-jp", b""])),
        lambda: raw.replace(b"boundary=", chance.choice([b"boundary", b"boundary==", b"boundary*0*=", b"charset="])),
        lambda: raw.replace(b"Content-Type:", chance.choice([b"Content-Type", b"Content-Type: x\nContent-Type:", b"X:"])),
        lambda: raw.replace(b"From:", chance.choice([b"From: a@b.example\nFrom:", b"Fro:", b"From: (((((", b"From:\0"])),
        lambda: raw.replace(b"Message-ID:", b"Message-ID: <[" * chance.randrange(1, 50)),
        lambda: b"From a@b Mon\n" + raw,
        lambda: b"Subject: =?utf-8?b?" + base64.b64encode(raw[:300]) + b"?=\n" + raw,
        lambda: b"Content-Type: message/rfc822\n\n" + raw,
        lambda: b"Content-Type: multipart/mixed; boundary=zz\n\n--zz\n" + raw + b"\n--zz\n" + raw + b"\n--zz--",
        lambda: b"Content-Transfer-Encoding: " + chance.choice([b"base64", b"quoted-printable", b"x"]) + b"\n" + raw,
        lambda: raw.replace(b"<", b"<div>" * chance.randrange(1, 60)),
        lambda: bytes(chance.randrange(256) for _ in range(chance.randrange(3000))),
    )  # fmt: skip
    return chance.choice(ways)()


def mixed_mails(folder: Path, count: int, *, flood: int = 100_000) -> None:
    """The corpus and what mutating it gives, as files; the same each time. `flood`: characters of the endless texts."""
    chance = random.Random(20261122)
    originals = [mail("x", In_Reply_To=f"<{TOKEN}@guichet.example>"), mail(Auto_Submitted="auto-replied"), b"", b"\n"]
    originals += [mail(text[:flood]) for _, text in SLOW_TEXTS]
    originals += [path.read_bytes()[: 4 * flood] for path in sorted((CORPUS.parent / "crashes").glob("*.eml"))]
    originals += [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))]
    for number in range(count):
        raw = originals[number % len(originals)]
        for _ in range(number // len(originals)):
            raw = mutated(raw, chance)[:400_000]
        (folder / f"{number:04}.eml").write_bytes(raw)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_fifteen_hundred_mixed_mails_are_read_without_an_error_and_none_takes_long(tmp_path: Path) -> None:
    mixed_mails(tmp_path, 1500)
    slowest = 0.0
    for path in sorted(tmp_path.iterdir()):
        raw = path.read_bytes()
        begun = time.process_time()
        inbound = read_mail(raw, "k", own=OWN)
        slowest = max(slowest, time.process_time() - begun)
        assert inbound.unsure != "unreadable", path.name
        assert too_much(raw) or inbound.unread or inbound.sent is not None
    assert slowest < SLOWEST


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_command_reads_three_hundred_mixed_mails(tmp_path: Path) -> None:
    mixed_mails(tmp_path, 300, flood=1_000)  # each is understood, too, which takes longer than reading it
    done = subprocess.run(
        [sys.executable, "-m", "bot", "read-mail", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )
    assert (done.returncode, done.stderr) == (0, "")
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(printed) == 300
    assert {one["kind"] for one in printed} >= {"person", "auto"}
    assert all(one["requests"] == [] for one in printed if one["kind"] != "person")
    assert all(one["trust"] == "T0" for one in printed)
