"""DKIM: what a library accepts is more than we may believe."""

import time
from collections.abc import Callable

import pytest

from bot.channels.mail.verify.lookups import Lookups
from bot.channels.mail.verify.signature import SignatureResult, check_signatures
from tests.channels.mail.letters import mail
from tests.channels.mail.verify.zone import SIGNED, TableZone, ed25519_key, rsa_key, signed

NAME = "s1._domainkey.kunde.example"
RAW = mail("Bitte senden Sie die Rechnung 123.\n\nViele Grüße")


def zone() -> TableZone:
    return TableZone().text(NAME, rsa_key()[1])


def results(raw: bytes, dns: TableZone | None = None, domain: str = "kunde.example") -> list[str]:
    lookups = Lookups(dns or zone())
    return [one.verdict for one in check_signatures(raw, lookups, wanted=lambda signer: signer == domain)]


def before(raw: bytes, line: bytes) -> bytes:
    return line + b"\r\n" + raw


def without(name: bytes) -> bytes:
    return signed(RAW, headers=[one for one in SIGNED if one != name])


GOOD: list[tuple[str, Callable[[], bytes]]] = [
    ("relaxed", lambda: signed(RAW)),
    ("simple", lambda: signed(RAW, canonical=(b"simple", b"simple"))),
    ("simple head, relaxed body", lambda: signed(RAW, canonical=(b"simple", b"relaxed"))),
    ("a header on top that is not signed", lambda: before(signed(RAW), b"Received: from x")),
    ("white space changed under way", lambda: signed(RAW).replace(b"Subject: Rechnung", b"Subject:   Rechnung ")),
    ("blank lines at the end", lambda: signed(RAW) + b"\r\n\r\n"),
    ("message-id not signed", lambda: without(b"message-id")),
    ("an identity below the domain", lambda: signed(RAW, identity=b"@mail.kunde.example")),
    ("from signed twice against additions", lambda: signed(RAW, headers=(b"from", *SIGNED))),
]
BAD: list[tuple[str, Callable[[], bytes], str]] = [
    ("no signature", lambda: RAW, ""),
    ("the body changed", lambda: signed(RAW).replace(b"123", b"124"), "fail"),
    ("text appended", lambda: signed(RAW) + b"und 999\r\n", "fail"),
    ("the subject changed", lambda: signed(RAW).replace(b"Subject: Rechnung", b"Subject: Kontakt"), "fail"),
    ("the sender changed", lambda: signed(RAW).replace(b"<max@", b"<eva@"), "fail"),
    ("text appended behind l=", lambda: signed(RAW, length=True) + b"und 999\r\n", "length_limited"),
    ("l= and nothing appended", lambda: signed(RAW, length=True), "length_limited"),
    ("from not signed", lambda: signed(RAW).replace(b"h=from", b"h=frum"), "from_unsigned"),
    ("to not signed", lambda: without(b"to"), "to_unsigned"),
    ("subject not signed", lambda: without(b"subject"), "subject_unsigned"),
    ("date not signed", lambda: without(b"date"), "date_unsigned"),
    ("a second from on top", lambda: before(signed(RAW), b"From: boss@kunde.example"), "fail"),
    ("sha1", lambda: signed(RAW, algorithm=b"rsa-sha1"), "sha1"),
    ("another key", lambda: signed(RAW, key=rsa_key(2048, "other")[0]), "fail"),
    ("the selector of another key", lambda: signed(RAW, selector="short", key=rsa_key(1024, "short")[0]), "fail"),
    ("another domain", lambda: signed(RAW, "evil.example"), ""),
    ("a selector that is not published", lambda: signed(RAW, selector="nowhere"), "fail"),
    ("base64 that is none", lambda: signed(RAW).replace(b"bh=", b"bh=!!"), ""),
    ("no domain", lambda: signed(RAW).replace(b"d=kunde.example", b"dd=kunde.example"), ""),
    ("another version", lambda: signed(RAW).replace(b"v=1;", b"v=2;"), ""),
    ("expired", lambda: signed(RAW).replace(b"v=1;", b"v=1; x=1000000000;"), ""),
    ("signed tomorrow", lambda: signed(RAW).replace(b"v=1;", f"v=1; t={int(time.time()) + 90000};".encode()), ""),
]


@pytest.mark.parametrize("made", [made for _, made in GOOD], ids=[name for name, _ in GOOD])
def test_what_the_domain_signed_passes(made: Callable[[], bytes]) -> None:
    assert results(made()) == ["pass"]


@pytest.mark.parametrize(("made", "verdict"), [row[1:] for row in BAD], ids=[name for name, *_ in BAD])
def test_what_the_domain_did_not_sign_as_we_read_it_proves_nothing(made: Callable[[], bytes], verdict: str) -> None:
    assert results(made()) == ([verdict] if verdict else [])


def test_ed25519_is_understood() -> None:
    key, record = ed25519_key()
    raw = signed(RAW, key=key, algorithm=b"ed25519-sha256")
    assert results(raw, TableZone().text(NAME, record)) == ["pass"]


KEYS = [
    ("short", rsa_key(1024, "a")[1].replace("p=", "p=AAAA"), "fail"),
    ("revoked", "v=DKIM1; p=", "fail"),
    ("another version", rsa_key()[1].replace("DKIM1", "DKIM2"), "fail"),
    ("testing", rsa_key()[1] + "; t=y", "testing"),
    ("testing and strict", rsa_key()[1] + "; t=s:y", "testing"),
    ("not for mail", rsa_key()[1] + "; s=tlsrpt", "fail"),
    ("text", "hello", "fail"),
    ("huge", "v=DKIM1; k=rsa; p=" + "A" * 2000, "fail"),
]


@pytest.mark.parametrize(("record", "verdict"), [row[1:] for row in KEYS], ids=[name for name, *_ in KEYS])
def test_a_key_that_is_not_good_proves_nothing(record: str, verdict: str) -> None:
    assert results(signed(RAW), TableZone().text(NAME, record)) == [verdict]


def test_two_keys_under_one_name_are_none() -> None:
    assert results(signed(RAW), TableZone().text(NAME, rsa_key()[1], rsa_key(2048, "other")[1])) == ["fail"]
    assert results(signed(RAW), TableZone().text(NAME, "google-site-verification=x", rsa_key()[1])) == ["pass"]


def test_a_strict_key_is_for_its_own_domain_only() -> None:
    strict = TableZone().text(NAME, rsa_key()[1] + "; t=s")
    assert results(signed(RAW), strict) == ["pass"]
    assert results(signed(RAW, identity=b"@mail.kunde.example"), strict) == ["identity_below_domain"]


def test_a_key_of_1024_bits_is_the_shortest_that_counts() -> None:
    pem, record = rsa_key(1024, "tiny")
    assert results(signed(RAW, key=pem), TableZone().text(NAME, record)) == ["pass"]  # RFC 8301 3.2


def test_a_name_server_that_is_silent_leaves_it_open() -> None:
    assert results(signed(RAW), TableZone({NAME: [("TXT", "TIMEOUT")]})) == ["temperror"]


def test_signatures_of_others_cost_no_look_up() -> None:
    raw = RAW
    for number in range(30):
        raw = signed(raw, f"list{number}.example")
    dns = zone()
    assert results(raw, dns) == []
    assert dns.asked == []


def test_whether_the_content_type_is_covered_is_told() -> None:
    def covered(raw: bytes) -> list[SignatureResult]:
        return list(check_signatures(raw, Lookups(zone()), wanted=lambda _: True))

    assert [one.covers_type for one in covered(signed(RAW))] == [True]
    assert [one.covers_type for one in covered(without(b"content-type"))] == [False]


def test_a_full_size_mail_is_checked_in_bounded_time() -> None:
    raw = signed(mail("x " * 35 + "\n" + ("Zeile mit  Leerzeichen \t und Text\n" * 50_000)))
    began = time.monotonic()
    assert results(raw) == ["pass"]
    assert time.monotonic() - began < 3
