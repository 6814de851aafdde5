"""Who sent it? T1 of the threat table: one From, one mailbox, and only our own edge's verdict on it."""

import pytest

from bot.channels.mail.addresses import one_mailbox
from bot.channels.mail.own import OwnMail
from bot.channels.mail.read import read_mail
from bot.channels.mail.verify.policy import aligned
from tests.channels.mail.letters import OWN, mail

EDGE = "Authentication-Results: mx.guichet.example"


def verdict(*results: str, **headers: str) -> tuple[str, tuple[str, ...]]:
    auth = read_mail(mail("x", *results, **headers), "k", own=OWN).auth
    return auth.verdict, auth.reasons


VERDICTS = [
    ("dmarc pass", (f"{EDGE}; dmarc=pass header.from=kunde.example",), "pass"),
    ("dmarc pass, folded, with comments", (f"{EDGE} 1;\r\n\tspf=pass (ok; fine) smtp.mailfrom=x@y.example;\r\n dmarc=pass (p=reject) header.from=kunde.example",), "pass"),
    ("upper case", (f"{EDGE.replace('mx', 'MX')}; DMARC=Pass header.from=KUNDE.example",), "pass"),
    ("dmarc fail", (f"{EDGE}; dmarc=fail (p=none) header.from=kunde.example; dkim=pass header.d=kunde.example",), "fail"),
    ("no dmarc record, dkim aligned", (f"{EDGE}; dmarc=none; dkim=pass header.d=kunde.example",), "pass"),
    ("dkim of a subdomain", (f"{EDGE}; dkim=pass header.i=@mail.kunde.example",), "pass"),
    ("spf aligned", (f"{EDGE}; spf=pass smtp.mailfrom=bounce@kunde.example",), "pass"),
    ("spf elsewhere", (f"{EDGE}; spf=pass smtp.mailfrom=x@kunde.example.attacker.example",), "none"),
    ("dkim elsewhere", (f"{EDGE}; dkim=pass header.d=attacker.example",), "none"),
    ("hyphen is no dot", (f"{EDGE}; spf=pass smtp.mailfrom=x@boese-kunde.example",), "none"),
    ("dmarc error, dkim aligned", (f"{EDGE}; dmarc=temperror; dkim=pass header.d=kunde.example",), "none"),
    ("dmarc of another domain", (f"{EDGE}; dmarc=pass header.from=attacker.example",), "none"),
    ("a value that holds a verdict", (f'{EDGE}; spf=fail reason="x; dmarc=pass header.from=kunde.example"',), "none"),
    ("a verdict in a comment", (f"{EDGE}; spf=fail (dmarc=pass; dmarc=pass header.from=kunde.example)",), "none"),
    ("nothing", (), "none"),
    ("a foreign id", ("Authentication-Results: mx.attacker.example; dmarc=pass header.from=kunde.example",), "none"),
    ("an id that begins like ours", (f"{EDGE}.attacker.example; dmarc=pass header.from=kunde.example",), "none"),
    ("forged below ours", (f"{EDGE}; dmarc=fail header.from=kunde.example", f"{EDGE}; dmarc=pass header.from=kunde.example"), "fail"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "expected"), [(h, v) for _, h, v in VERDICTS], ids=[name for name, *_ in VERDICTS])
def test_the_verdict_is_our_edges_and_no_other(headers: tuple[str, ...], expected: str) -> None:
    assert verdict(*headers)[0] == expected


def test_without_a_configured_id_nothing_is_proven() -> None:
    raw = mail("x", f"{EDGE}; dmarc=pass header.from=kunde.example")
    assert read_mail(raw, "k", own=OwnMail()).auth.verdict == "none"
    assert read_mail(raw, "k", own=OwnMail(authserv_id="")).auth.verdict == "none"


def test_two_from_headers_are_refused() -> None:
    inbound = read_mail(
        mail("x", "From: boss@kunde.example", f"{EDGE}; dmarc=pass header.from=kunde.example"), "k", own=OWN
    )
    assert (inbound.sender, inbound.auth.verdict) == ("", "fail")
    assert inbound.unsure == "from_repeated"


def test_a_second_subject_on_a_signed_mail_proves_nothing() -> None:
    assert verdict("Subject: Rechnung 9", f"{EDGE}; dmarc=pass header.from=kunde.example")[0] == "none"


def test_reply_to_is_never_the_sender_and_is_flagged() -> None:
    inbound = read_mail(mail(Reply_To="x@evil.example"), "k", own=OWN)
    assert inbound.sender == "max@kunde.example"
    assert "reply_to_elsewhere" in inbound.auth.reasons


@pytest.mark.parametrize(
    ("raw", "address", "name"),
    [
        ("max@kunde.example", "max@kunde.example", ""),
        ("<max@kunde.example>", "max@kunde.example", ""),
        ('"ceo@bank.example" <x@evil.example>', "x@evil.example", "ceo@bank.example"),
        ("Muster, Max <max@kunde.example>", "max@kunde.example", "Muster, Max"),
        ("=?utf-8?q?M=C3=BCller=2C_Max?= <Max@Kunde.Example>", "max@kunde.example", "Müller, Max"),
        ("max@kunde.example (Max Muster)", "max@kunde.example", ""),
        ("Max (a <b@c.example>) <max@kunde.example>", "max@kunde.example", "Max (a <b@c.example>)"),
    ],
)
def test_the_one_mailbox_is_found(raw: str, address: str, name: str) -> None:
    box = one_mailbox(raw)
    assert box is not None
    assert (box.address, box.name) == (address, name)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "max",
        "a@b.example, c@d.example",
        "A <a@b.example>, B <c@d.example>",
        "a@b.example <c@d.example>",
        "alice@firma.example)bob@evil.example",
        "alice@firma.example(x)bob@evil.example@x",
        "Gruppe: a@b.example, c@d.example;",
        '"a@b.example',
        "<a@b.example> c@d.example",
        "<a@b.example><c@d.example>",
        "=?utf-8?q?a=40b.example?=",
        "((((" * 2000,
        "a@b.example\0",
        "a b@c.example",
    ],
)
def test_where_two_readers_could_read_two_senders_there_is_none(raw: str) -> None:
    assert one_mailbox(raw) is None


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("kunde.example", "kunde.example", True),
        ("mail.kunde.example", "kunde.example", True),
        ("kunde.example", "a.b.kunde.example", True),
        ("bankmuster.de", "bankmuster.de-boes.com", False),
        ("bank-muster.de", "muster.de", False),
        ("a.co.uk", "b.co.uk", False),
        ("co.uk", "b.co.uk", False),
        ("de", "kunde.de", False),
        ("intern", "intern", False),
        ("a.intern", "b.intern", False),
    ],
)
def test_domains_of_one_organisation_are_aligned(one: str, other: str, together: bool) -> None:
    assert aligned(one, other) is together
    assert aligned(other, one) is together
