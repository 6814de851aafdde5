"""SPF: the sentences of RFC 7208 as a table, asked through our own look-ups; and what the RFC leaves to us."""

import threading

import pytest

from bot.channels.mail.envelope import unseal
from bot.channels.mail.verify.lookups import Answer, Lookups
from bot.channels.mail.verify.path import check_path, is_public, spf_result
from tests.channels.mail.verify.zone import PUBLIC, TableZone, stored, txt

SIX = "2001:db8::7"
OTHER = "203.0.113.9"
ZONE = {
    "a.example": [("A", PUBLIC), ("AAAA", SIX)],
    "b.example": [("A", OTHER)],
    "mx.example": [("MX", (10, "a.example")), ("MX", (20, "b.example"))],
    "nullmx.example": [("MX", (0, ""))],
    "manymx.example": [("MX", (n, f"m{n}.example")) for n in range(11)],
    "alias.example": [("CNAME", "target.example")],
    "target.example": [txt(f"v=spf1 ip4:{PUBLIC} -all"), ("A", PUBLIC)],
    "loop.example": [("CNAME", "loop2.example")],
    "loop2.example": [("CNAME", "loop.example")],
    "7.100.51.198.in-addr.arpa": [("PTR", "host.kunde.example")],
    "host.kunde.example": [("A", PUBLIC)],
    "pass.example": [txt(f"v=spf1 ip4:{PUBLIC} -all")],
    "fail.example": [txt("v=spf1 -all")],
    "soft.example": [txt("v=spf1 ~all")],
    "neutral.example": [txt("v=spf1 ?all")],
    "broken.example": [txt("v=spf1 nonsense -all")],
    "self.example": [txt("v=spf1 include:self.example -all")],
    "silent.example": [("TXT", "TIMEOUT")],
    "two.example": [txt("v=spf1 -all"), txt("v=spf1 +all")],
    "other.example": [txt("google-site-verification=x"), txt("v=spf1x -all")],
    "split.example": [("TXT", (b"v=spf1 ip4:198.51", b".100.7 -all"))],
    "max._spf.kunde.example": [("A", "127.0.0.2")],
    "7.100.51.198.in-addr._spf.kunde.example": [("A", "127.0.0.2")],
    **{f"deep{n}.example": [txt(f"v=spf1 include:deep{n + 1}.example -all")] for n in range(12)},
}
POLICIES = [  # what kunde.example publishes, and what a mail from PUBLIC gets
    ("v=spf1 -all", "fail"),
    ("v=spf1 ~all", "softfail"),
    ("v=spf1 ?all", "neutral"),
    ("v=spf1", "neutral"),
    ("V=SPF1 -ALL", "fail"),
    ("v=spf1  -all  ", "fail"),
    ("v=spf10 -all", "none"),
    ("v=spf1-all", "none"),
    ("spf1 -all", "none"),
    (f"v=spf1 ip4:{PUBLIC} -all", "pass"),
    (f"v=spf1 +ip4:{PUBLIC} -all", "pass"),
    (f"v=spf1 -ip4:{PUBLIC} ip4:{PUBLIC} -all", "fail"),
    (f"v=spf1 ~ip4:{PUBLIC} -all", "softfail"),
    (f"v=spf1 ?ip4:{PUBLIC} -all", "neutral"),
    ("v=spf1 ip4:198.51.100.0/24 -all", "pass"),
    ("v=spf1 ip4:198.51.100.0/29 -all", "pass"),
    ("v=spf1 ip4:198.51.100.0/30 -all", "fail"),
    ("v=spf1 ip4:198.51.100 -all", "permerror"),
    ("v=spf1 ip4:198.51.100.7/33 -all", "permerror"),
    ("v=spf1 ip4:198.51.100.7/032 -all", "permerror"),
    ("v=spf1 ip4 -all", "permerror"),
    ("v=spf1 ip4: -all", "permerror"),
    ("v=spf1 ip6:2001:db8::/32 -all", "fail"),
    ("v=spf1 ip6:2001:db8::/129 -all", "permerror"),
    ("v=spf1 a:a.example -all", "pass"),
    ("v=spf1 a:b.example -all", "fail"),
    ("v=spf1 a:a.example/24 -all", "pass"),
    ("v=spf1 a:none.example -all", "fail"),
    ("v=spf1 a:alias.example -all", "pass"),
    ("v=spf1 a:a.example/33 -all", "permerror"),
    ("v=spf1 mx:mx.example -all", "pass"),
    ("v=spf1 mx:nullmx.example -all", "fail"),
    ("v=spf1 mx:manymx.example -all", "permerror"),
    ("v=spf1 ptr -all", "pass"),
    ("v=spf1 ptr:other.example -all", "fail"),
    ("v=spf1 exists:a.example -all", "pass"),
    ("v=spf1 exists:none.example -all", "fail"),
    ("v=spf1 exists -all", "permerror"),
    ("v=spf1 exists:%{l}._spf.%{d} -all", "pass"),
    ("v=spf1 exists:%{ir}.%{v}._spf.%{d} -all", "pass"),
    ("v=spf1 exists:%{z}.example -all", "permerror"),
    ("v=spf1 exists:%(l).example -all", "permerror"),
    ("v=spf1 include:pass.example -all", "pass"),
    ("v=spf1 include:fail.example ~all", "softfail"),
    ("v=spf1 include:soft.example ?all", "neutral"),
    ("v=spf1 include:neutral.example -all", "fail"),
    ("v=spf1 include:none.example -all", "permerror"),
    ("v=spf1 include:broken.example -all", "permerror"),
    ("v=spf1 include:silent.example -all", "temperror"),
    ("v=spf1 include:self.example -all", "permerror"),
    ("v=spf1 include:deep0.example -all", "permerror"),
    ("v=spf1 include:alias.example -all", "pass"),
    ("v=spf1 include -all", "permerror"),
    ("v=spf1 redirect=pass.example", "pass"),
    ("v=spf1 redirect=fail.example", "fail"),
    ("v=spf1 redirect=none.example", "permerror"),
    ("v=spf1 -all redirect=pass.example", "fail"),
    ("v=spf1 redirect=pass.example redirect=fail.example", "permerror"),
    ("v=spf1 moo -all", "permerror"),
    ("v=spf1 moo=x -all", "fail"),
    ("v=spf1 all:x -all", "permerror"),
    ("v=spf1 exp=none.example -all", "fail"),
    ("v=spf1 exp=a exp=b -all", "permerror"),
    ("v=spf1 a:n1.example a:n2.example a:n3.example -all", "permerror"),  # void look-ups, 4.6.4
    ("v=spf1 " + " ".join(f"exists:a.example.x{n}.example" for n in range(2)) + " -all", "fail"),
    ("v=spf1 " + " ".join(["a:b.example"] * 11) + " -all", "permerror"),
    ("v=spf1 " + " ".join(["a:b.example"] * 10) + " -all", "fail"),
    ("v=spf1 +all", "passes_everybody"),
    ("v=spf1 all", "passes_everybody"),
]  # fmt: skip
DOMAINS = [
    ("none.example", "none"), ("silent.example", "temperror"), ("two.example", "permerror"), ("other.example", "none"),
    ("split.example", "pass"), ("alias.example", "pass"), ("loop.example", "none"), ("pass.example", "pass"),
]  # fmt: skip


def asked(sender: str, policy: str = "", client: str = PUBLIC, helo: str = "host.kunde.example") -> str:
    zone = TableZone(ZONE)
    if policy:
        zone.text("kunde.example", policy)
    return spf_result(client, sender, helo, Lookups(zone))


@pytest.mark.parametrize(("policy", "result"), POLICIES, ids=[policy[:60] for policy, _ in POLICIES])
def test_a_policy_means_what_the_rfc_says(policy: str, result: str) -> None:
    assert asked("max@kunde.example", policy) == result


@pytest.mark.parametrize(("domain", "result"), DOMAINS)
def test_a_record_is_found_as_the_rfc_says(domain: str, result: str) -> None:
    assert asked(f"max@{domain}") == result


def test_ip6_clients_are_compared_with_ip6_addresses() -> None:
    assert asked("max@kunde.example", "v=spf1 ip6:2001:db8::/32 -all", client=SIX) == "pass"
    assert asked("max@kunde.example", "v=spf1 a:a.example -all", client=SIX) == "pass"
    assert asked("max@kunde.example", f"v=spf1 ip4:{PUBLIC} -all", client=f"::ffff:{PUBLIC}") == "pass"


def test_a_mail_without_sender_is_asked_by_its_helo_name() -> None:
    envelope, _ = unseal(stored(sender="", helo="pass.example"))
    found = check_path(envelope, Lookups(TableZone(ZONE)))
    assert (found.verdict, found.domain) == ("pass", "pass.example")


@pytest.mark.parametrize(
    "client", ["127.0.0.1", "10.0.0.5", "192.168.1.1", "::1", "fe80::1", "::ffff:10.0.0.5", "", "unix"]
)
def test_behind_our_own_mail_server_spf_says_nothing(client: str) -> None:
    envelope, _ = unseal(stored(client=client))
    zone = TableZone(ZONE)
    assert check_path(envelope, Lookups(zone)).verdict == "unknown"
    assert (is_public(client), zone.asked) == (False, [])


def test_a_policy_that_asks_for_too_much_gets_no_verdict() -> None:
    zone = TableZone({**ZONE, "kunde.example": [txt("v=spf1 " + " ".join(f"mx:x{n}.example" for n in range(10)))]})
    for n in range(10):
        zone.records[f"x{n}.example"] = tuple(("MX", (i, f"h{n}{i}.example")) for i in range(10))
        zone.records |= {f"h{n}{i}.example": (("A", OTHER),) for i in range(10)}
    assert spf_result(PUBLIC, "max@kunde.example", "x", Lookups(zone, most=30)) == "temperror"
    assert len(zone.asked) == 30


def test_time_is_up_for_all_look_ups_together() -> None:
    zone = TableZone(ZONE)
    assert spf_result(PUBLIC, "max@pass.example", "x", Lookups(zone, seconds=0)) == "temperror"
    assert zone.asked == []


def test_two_mails_at_once_never_see_each_others_dns() -> None:
    found: list[str] = []

    def many(policy: str, result: str) -> None:
        for _ in range(50):
            found.append(f"{result}={asked('max@kunde.example', policy)}")

    threads = [
        threading.Thread(target=many, args=row)
        for row in ((f"v=spf1 ip4:{PUBLIC} -all", "pass"), ("v=spf1 -all", "fail"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {"pass=pass", "fail=fail"}


def test_a_library_that_trips_proves_nothing() -> None:
    def broken(name: str, kind: str, seconds: float) -> tuple[Answer, ...]:
        raise RuntimeError("surprise")

    assert spf_result(PUBLIC, "max@kunde.example", "x", Lookups(broken)) == "permerror"
