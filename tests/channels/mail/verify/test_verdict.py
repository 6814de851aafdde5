"""DMARC and ARC: one verdict on From out of all proofs; forged, look-alike and split mails prove nothing (T1)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.channels.mail.verify.lookups import Answer, Lookups
from bot.channels.mail.verify.policy import DomainPolicy, aligned, policy_of
from bot.channels.mail.verify.verdict import Verifier, verified
from bot.domains import organisation
from bot.messages import Authentication, Channel, Inbound, Kind
from tests.channels.mail.letters import mail
from tests.channels.mail.verify.zone import PUBLIC, TableZone, rsa_key, sealed, signed, stored, txt

RAW = mail("Bitte senden Sie die Rechnung 123.")
REJECT = "v=DMARC1; p=reject"


def zone(dmarc: str = REJECT, spf: str = f"v=spf1 ip4:{PUBLIC} -all", **more: str) -> TableZone:
    """kunde.example with these policies; every domain of the tests publishes the same key."""
    made = TableZone()
    for domain in ("kunde.example", "mail.kunde.example", "evil.example", "list.example", "list2.example"):
        made.text(f"s1._domainkey.{domain}", rsa_key()[1])
    if dmarc:
        made.text("_dmarc.kunde.example", dmarc)
    if spf:
        made.text("kunde.example", spf)
    made.text("evil.example", f"v=spf1 ip4:{PUBLIC} -all")
    made.text("mail.kunde.example", f"v=spf1 ip4:{PUBLIC} -all")
    for name, text in more.items():
        made.text(name.replace("__", "."), text)
    return made


def judged(raw: bytes, dns: TableZone | None = None, **envelope: str) -> Authentication:
    verify = Verifier(dns or zone(), forwarders=("list.example", "list2.example"))
    return verify(stored(raw, **envelope))[1]


ELSEWHERE = {"sender": "x@evil.example", "helo": "mx.evil.example"}
FAR = {"client": "203.0.113.99"}

# What is published, the mail, its envelope, and the verdict with a reason that must be among those told.
DMARC: list[tuple[str, str, Callable[[], bytes], dict[str, str], str, str]] = [
    ("spf and no signature", REJECT, lambda: RAW, {}, "pass", "spf_aligned"),
    ("signature and no spf", REJECT, lambda: signed(RAW), FAR, "pass", "dkim_aligned"),
    ("signature of a subdomain", REJECT, lambda: signed(RAW, "mail.kunde.example"), ELSEWHERE, "pass", "dkim_aligned"),
    ("spf of a subdomain", REJECT, lambda: RAW, {"sender": "b@mail.kunde.example"}, "pass", "spf_aligned"),
    ("neither", REJECT, lambda: RAW, FAR, "fail", "spf_fail"),
    ("neither, policy none", "v=DMARC1; p=none", lambda: RAW, FAR, "fail", "dmarc_fail"),
    ("spf of another domain", REJECT, lambda: RAW, ELSEWHERE, "fail", "spf_of_another_domain"),
    ("signature of another domain", REJECT, lambda: signed(RAW, "evil.example"), ELSEWHERE, "fail", "dkim_none"),
    ("broken signature", REJECT, lambda: signed(RAW).replace(b"123", b"124"), FAR, "fail", "dkim_fail"),
    ("broken signature, good spf", REJECT, lambda: signed(RAW).replace(b"123", b"124"), {}, "pass", "spf_aligned"),
    ("length limited", REJECT, lambda: signed(RAW, length=True), FAR, "fail", "dkim_length_limited"),
    ("strict dkim, subdomain", REJECT + "; adkim=s", lambda: signed(RAW, "mail.kunde.example"), FAR, "fail", "dmarc_fail"),
    ("strict dkim, same", REJECT + "; adkim=s", lambda: signed(RAW), FAR, "pass", "dkim_aligned"),
    ("strict spf, subdomain", REJECT + "; aspf=s", lambda: RAW, {"sender": "b@mail.kunde.example"}, "fail", "spf_of_another_domain"),
    ("strict spf, same", REJECT + "; aspf=s", lambda: RAW, {}, "pass", "spf_aligned"),
    ("relaxed said aloud", REJECT + "; aspf=r; adkim=r", lambda: RAW, {}, "pass", "dmarc_pass"),
    ("pct does not weaken a fail", "v=DMARC1; p=none; pct=0", lambda: RAW, FAR, "fail", "dmarc_fail"),
    ("no record, signature", "", lambda: signed(RAW), FAR, "pass", "dkim_aligned"),
    ("no record, spf", "", lambda: RAW, {}, "pass", "spf_aligned"),
    ("no record, nothing", "", lambda: RAW, FAR, "none", "nothing_aligned"),
    ("no record, other domain", "", lambda: signed(RAW, "evil.example"), ELSEWHERE, "none", "nothing_aligned"),
    ("a record without policy is none", "v=DMARC1", lambda: RAW, FAR, "none", "nothing_aligned"),
    ("a record with reports and a bad policy", "v=DMARC1; p=maybe; rua=mailto:x@y", lambda: RAW, FAR, "fail", "dmarc_fail"),
    ("another version", "v=DMARC2; p=reject", lambda: RAW, FAR, "none", "nothing_aligned"),
    ("the version not first", "p=reject; v=DMARC1", lambda: RAW, FAR, "none", "nothing_aligned"),
    ("white space in the record", " v = DMARC1 ;p = reject ", lambda: RAW, FAR, "fail", "dmarc_fail"),
    ("null sender, helo aligned", REJECT, lambda: RAW, {"sender": "", "helo": "mail.kunde.example"}, "pass", "spf_aligned"),
    ("null sender, helo elsewhere", REJECT, lambda: RAW, {"sender": "", "helo": "evil.example"}, "fail", "spf_of_another_domain"),
    ("behind our own server, unsigned", REJECT, lambda: RAW, {"client": "127.0.0.1"}, "none", "dmarc_undecided"),
    ("behind our own server, signed", REJECT, lambda: signed(RAW), {"client": "127.0.0.1"}, "pass", "dkim_aligned"),
    ("behind our own server, forged", REJECT, lambda: RAW, {**ELSEWHERE, "client": "127.0.0.1"}, "fail", "dmarc_fail"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("dmarc", "made", "envelope", "verdict", "reason"), [row[1:] for row in DMARC], ids=[row[0] for row in DMARC]
)
def test_the_verdict_is_dmarcs(
    dmarc: str, made: Callable[[], bytes], envelope: dict[str, str], verdict: str, reason: str
) -> None:
    found = judged(made(), zone(dmarc), **envelope)
    assert (found.verdict, reason in found.reasons) == (verdict, True), found


ALIGNED = [
    ("kunde.de", "kunde.de", True), ("mail.kunde.de", "kunde.de", True), ("a.kunde.de", "b.kunde.de", True),
    ("KUNDE.de", "kunde.DE.", True), ("bücher.de", "xn--bcher-kva.de", True), ("a.b.c.kunde.co.uk", "kunde.co.uk", True),
    ("bankmuster.de", "bankmuster.de-boes.com", False), ("bank-muster.de", "muster.de", False),
    ("kunde.de", "kunde.com", False), ("kunde.de", "kunde.de.evil.example", False), ("kunde.de", "xkunde.de", False),
    ("a.co.uk", "b.co.uk", False), ("co.uk", "a.co.uk", False), ("de", "kunde.de", False), ("de", "de", False),
    ("a.github.io", "b.github.io", False), ("a.intern", "b.intern", False), ("x.a.intern", "a.intern", True),
    ("localhost", "localhost", False), ("", "", False), ("kunde.de", "", False), ("kùnde.de", "kunde.de", False),
    ("kunde.example", "kunde.example", True), ("a..b.de", "b.de", False), ("x" * 70 + ".de", "kunde.de", False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "together"), ALIGNED)
def test_one_organisation_ends_below_a_public_suffix(one: str, other: str, together: bool) -> None:
    assert aligned(one, other) is together
    assert aligned(other, one) is together


def test_strict_alignment_is_the_same_name() -> None:
    assert aligned("kunde.de", "KUNDE.de", strict=True)
    assert not aligned("a.kunde.de", "kunde.de", strict=True)
    assert not aligned("co.uk", "co.uk", strict=True)


def test_a_subdomain_is_under_its_organisations_policy() -> None:
    lookups = Lookups(TableZone().text("_dmarc.kunde.de", "v=DMARC1; p=none; adkim=s"))
    assert policy_of("a.b.kunde.de", lookups) == DomainPolicy(strict_dkim=True)
    assert policy_of("kunde.com", lookups) is None
    assert organisation("a.b.kunde.de") == "kunde.de"


def test_its_own_record_comes_first() -> None:
    zone = TableZone().text("_dmarc.kunde.de", "v=DMARC1; p=none; aspf=s").text("_dmarc.x.kunde.de", REJECT)
    assert policy_of("x.kunde.de", Lookups(zone)) == DomainPolicy()


def test_two_records_are_none() -> None:
    assert policy_of("kunde.de", Lookups(TableZone().text("_dmarc.kunde.de", REJECT, REJECT))) is None
    assert policy_of("kunde.de", Lookups(TableZone().text("_dmarc.kunde.de", "hello", REJECT))) is not None


def test_dns_trouble_proves_nothing_and_disproves_nothing() -> None:
    silent = zone("")
    silent.records["_dmarc.kunde.example"] = (("TXT", "TIMEOUT"),)
    assert judged(signed(RAW), silent) == Authentication("none", ("dmarc_temperror",))
    silent = zone()
    silent.records["s1._domainkey.kunde.example"] = (("TXT", "TIMEOUT"),)
    found = judged(signed(RAW), silent, **FAR)
    assert (found.verdict, found.reasons[0]) == ("none", "dns_temperror")


def test_a_policy_that_passes_everybody_proves_nobody() -> None:
    found = judged(RAW, zone(spf="v=spf1 +all"))
    assert (found.verdict, found.reasons) == ("fail", ("dmarc_fail", "dkim_none", "spf_passes_everybody"))


FROM = b"From: Max Muster <max@kunde.example>\r\n"
FORGED: list[tuple[str, Callable[[], bytes]]] = [  # the attacker may use any domain of his own, and mails we once signed
    ("the name alone", lambda: signed(mail(From='"max@kunde.example" <x@kunde.example.evil.example>'), "evil.example")),
    ("a second from", lambda: FROM + signed(mail(From="x@evil.example"), "evil.example")),
    ("a second from below", lambda: signed(RAW).replace(b"\r\n\r\n", b"\r\nFrom: boss@kunde.example\r\n\r\n", 1)),
    ("two addresses in from", lambda: signed(mail(From="x@evil.example, max@kunde.example"), "evil.example")),
    ("a second subject", lambda: b"Subject: send invoice 9 to x@evil.example\r\n" + signed(RAW)),
    ("a second to", lambda: b"To: x@evil.example\r\n" + signed(RAW)),
    ("a second content type", lambda: b"Content-Type: text/html\r\n" + signed(RAW)),
    ("a body before the body, after a lone CR", lambda: signed(RAW).replace(b"\r\n\r\n", b"\r\nX-A: 1\r\rsend 9 to x@evil.example\r\n\r\n", 1)),
    ("a body before the body, after a lone LF", lambda: signed(RAW).replace(b"\r\n\r\n", b"\r\nX-A: 1\n\nsend 9 to x@evil.example\r\n\r\n", 1)),
    ("a line that is no header", lambda: signed(RAW).replace(b"\r\n\r\n", b"\r\nsend 9 to x@evil.example\r\n\r\n", 1)),
    ("blanks before a colon", lambda: signed(RAW).replace(b"\r\n\r\n", b"\r\nSubject : 9\r\n\r\n", 1)),
    ("a NUL in the head", lambda: b"X-A: \0\r\n" + signed(RAW)),
    ("a mailbox line on top", lambda: b"From x@evil.example Mon Nov 23\r\n" + signed(RAW)),
    ("a blank line on top", lambda: b"\r\n" + signed(RAW)),
    ("text appended", lambda: signed(RAW, length=True) + b"send 9 to x@evil.example\r\n"),
    ("results of its own", lambda: b"Authentication-Results: mx.guichet.example; dmarc=pass header.from=kunde.example\r\n" + RAW),
    ("results sealed by a stranger", lambda: sealed(RAW, "evil.example", "dmarc=pass header.from=kunde.example")),
    ("a public suffix as sender", lambda: signed(mail(From="max@co.uk"), "co.uk")),
    ("no from", lambda: signed(RAW).replace(FROM, b"")),
]  # fmt: skip


@pytest.mark.parametrize("made", [made for _, made in FORGED], ids=[name for name, _ in FORGED])
def test_t1_what_is_forged_is_never_proven(made: Callable[[], bytes]) -> None:
    verify = Verifier(zone(), forwarders=("list.example",))
    sender, found = verify(stored(made(), **ELSEWHERE))
    if found.verdict == "pass":  # proven is then only that the attacker is himself
        assert sender.endswith("@kunde.example.evil.example")
    else:
        assert found.verdict in ("none", "fail")


def changed(raw: bytes) -> bytes:
    """What a mailing list does to a mail: the signature of its author is broken."""
    return signed(raw).replace(b"Rechnung 123.", b"Rechnung 123.\r\n-- \r\nThe list")


PASSED = "dmarc=pass header.from=kunde.example"
ARC: list[tuple[str, Callable[[], bytes], str]] = [
    ("a forwarder that we know", lambda: sealed(changed(RAW), "list.example", PASSED), "pass"),
    ("two that we know", lambda: sealed(sealed(changed(RAW), "list.example", PASSED), "list2.example", "arc=pass"), "pass"),
    ("dkim as it was found", lambda: sealed(changed(RAW), "list.example", "dkim=pass header.d=kunde.example"), "pass"),
    ("spf as it was found", lambda: sealed(changed(RAW), "list.example", "spf=pass smtp.mailfrom=max@kunde.example"), "pass"),
    ("a stranger", lambda: sealed(changed(RAW), "evil.example", PASSED), "fail"),
    ("a stranger, then one that we know", lambda: sealed(sealed(changed(RAW), "evil.example", PASSED), "list.example", PASSED), "fail"),
    ("one that we know, then a stranger", lambda: sealed(sealed(changed(RAW), "list.example", PASSED), "evil.example", "arc=pass"), "fail"),
    ("a name that ends like one that we know", lambda: sealed(changed(RAW), "xlist.example", PASSED), "fail"),
    ("it found a fail", lambda: sealed(changed(RAW), "list.example", "dmarc=fail header.from=kunde.example"), "fail"),
    ("it found nothing", lambda: sealed(changed(RAW), "list.example", "dmarc=none"), "fail"),
    ("it found another sender", lambda: sealed(changed(RAW), "list.example", "dmarc=pass header.from=evil.example"), "fail"),
    ("signature of another domain found", lambda: sealed(changed(RAW), "list.example", "dkim=pass header.d=evil.example"), "fail"),
    ("changed after the seal", lambda: sealed(changed(RAW), "list.example", PASSED).replace(b"Rechnung 123", b"Rechnung 124"), "fail"),
    ("another subject after the seal", lambda: sealed(changed(RAW), "list.example", PASSED).replace(b"Subject: Rechnung", b"Subject: Mahnung"), "fail"),
    ("another sender after the seal", lambda: sealed(changed(RAW), "list.example", PASSED).replace(b"max@kunde.example>", b"eva@kunde.example>"), "fail"),
    ("findings changed", lambda: sealed(changed(RAW), "list.example", "dmarc=fail").replace(b"dmarc=fail", b"dmarc=pass"), "fail"),
    ("the seal is missing", lambda: sealed(changed(RAW), "list.example", PASSED).replace(b"ARC-Seal:", b"X-Seal:"), "fail"),
    ("the signature is missing", lambda: sealed(changed(RAW), "list.example", PASSED).replace(b"ARC-Message-Signature:", b"X-Signature:"), "fail"),
    ("the findings are missing", lambda: sealed(changed(RAW), "list.example", PASSED).replace(b"ARC-Authentication-Results:", b"X-Results:"), "fail"),
    ("a number is missing", lambda: sealed(changed(RAW), "list.example", PASSED).replace(b"i=1", b"i=2"), "fail"),
    ("twice the same set", lambda: double(sealed(changed(RAW), "list.example", PASSED)), "fail"),
    ("a key of somebody else", lambda: sealed(changed(RAW), "list.example", PASSED, key=rsa_key(2048, "other")[0]), "fail"),
    ("a key that is not published", lambda: sealed(changed(RAW), "list.example", PASSED, selector="nowhere"), "fail"),
    ("numbers without end", lambda: b"".join(b"ARC-Seal: i=%d; d=list.example\r\n" % n for n in range(1, 60)) + changed(RAW), "fail"),
    ("garbage", lambda: b"ARC-Seal: ;;;\r\nARC-Message-Signature: i=1\r\n" + changed(RAW), "fail"),
]  # fmt: skip


def double(raw: bytes) -> bytes:
    head = raw.partition(b"Authentication-Results: mx")[0]
    return head + raw


@pytest.mark.parametrize(("made", "verdict"), [row[1:] for row in ARC], ids=[name for name, *_ in ARC])
def test_only_forwarders_that_we_know_may_vouch(made: Callable[[], bytes], verdict: str) -> None:
    found = judged(made(), **ELSEWHERE)
    assert found.verdict == verdict, found
    assert ("arc_pass" in found.reasons) is (verdict == "pass")


def test_without_forwarders_no_seal_is_looked_at() -> None:
    dns = zone()
    raw = stored(sealed(changed(RAW), "list.example", PASSED), **ELSEWHERE)
    assert Verifier(dns)(raw)[1].verdict == "fail"
    assert not [name for name, _ in dns.asked if "list.example" in name]


def test_a_flood_of_signatures_costs_few_look_ups() -> None:
    raw = RAW
    for number in range(25):
        raw = signed(raw, selector=f"x{number}")
    dns = zone()
    assert judged(raw, dns, **FAR).verdict == "fail"
    assert len(dns.asked) <= 15


def test_whatever_dns_says_nothing_is_raised() -> None:
    def odd(name: str, kind: str, seconds: float) -> tuple[Answer, ...]:
        return ((kind, (b"v=DMARC1; p=\xff\0;;==",)), (kind, (b"\xff" * 9000,)), (kind, (10, "x")))

    assert Verifier(odd)(stored(signed(RAW)))[1].verdict == "none"


def test_only_what_a_person_wrote_is_worth_a_look_up() -> None:
    def reading(kind: Kind, **more: bool) -> Inbound:
        sent = datetime(2026, 11, 23, tzinfo=UTC)
        return Inbound(Channel.EMAIL, "k", "max@kunde.example", "x", sent, kind=kind, **more)

    dns = zone()
    for inbound in (reading(Kind.AUTO), reading(Kind.BOUNCE), reading(Kind.PERSON, unread=True)):
        assert verified(lambda raw, key, it=inbound: it, Verifier(dns))(stored(RAW), "k") is inbound  # type: ignore[misc]
    assert dns.asked == []
    read = verified(lambda raw, key: reading(Kind.PERSON), Verifier(dns))
    assert read(stored(RAW), "k").auth == Authentication("pass", ("dmarc_pass", "spf_aligned"))


def test_two_readers_with_two_senders_prove_nobody() -> None:
    def reader(raw: bytes, key: str) -> Inbound:
        return Inbound(Channel.EMAIL, key, "boss@kunde.example", "x", datetime(2026, 11, 23, tzinfo=UTC))

    found = verified(reader, Verifier(zone()))(stored(RAW), "k").auth
    assert (found.verdict, found.reasons[0]) == ("none", "sender_unclear")


def test_reply_to_elsewhere_is_flagged_here_too() -> None:
    found = judged(mail(Reply_To="x@evil.example"))
    assert (found.verdict, "reply_to_elsewhere" in found.reasons) == ("pass", True)


def test_a_folded_from_is_one_sender() -> None:
    raw = mail(From="Max\r\n Muster\r\n\t<max@kunde.example>")
    assert Verifier(zone())(stored(signed(raw)))[0] == "max@kunde.example"


def test_the_table_is_as_long_as_it_says() -> None:
    assert len(DMARC) + len(ALIGNED) >= 50
    assert len(ARC) >= 20
    assert txt("x") == ("TXT", (b"x",))
