"""The ARC validation cases of others (ValiMail's arc_test_suite, MIT): `ARC_SUITE` names its validation file.

No package index holds it, so it cannot be fetched as the SPF suite is: the test is collected only where it is named.
The chains of nobody that we know cost nothing, so here every organisation of the suite counts as known.
"""

import os
from pathlib import Path

import dkim
import pytest
import yaml

from bot.channels.mail.verify.chain import check_chain
from bot.channels.mail.verify.lookups import Answer, Lookups
from bot.channels.mail.verify.signature import check_signatures

# Chains that the suite accepts and we do not: From not signed; signed under one name and sealed under another.
STRICTER = {"ams_fields_h_empty", "ams_as_diff_s_d"}


@pytest.mark.slow
def test_no_chain_passes_that_the_suite_refuses_and_two_less_than_it_accepts() -> None:
    library, passed, expected = 0, set(), set()
    for scenario in yaml.safe_load_all(Path(os.environ["ARC_SUITE"]).read_text()):
        published = {name.lower(): str(text).encode() for name, text in (scenario["txt-records"] or {}).items()} \
            if "txt-records" in scenario else {}  # fmt: skip

        def zone(name: str, kind: str, seconds: float, known: dict[str, bytes] = published) -> tuple[Answer, ...]:
            return (("TXT", (known[name],)),) if kind == "TXT" and name in known else ()

        def ask(name: bytes, timeout: int = 5, known: dict[str, bytes] = published) -> bytes:
            return known.get(name.decode().rstrip("."), b"")

        for name, case in scenario["tests"].items():
            mail = case["message"].replace("\n", "\r\n").encode()
            verdict = (case["cv"] or "None").lower()
            library += (dkim.ARC(mail, minkey=1024).verify(dnsfunc=ask)[0] or b"none").decode().lower() == verdict
            expected |= {name} if verdict == "pass" else set()
            if check_chain(mail, Lookups(zone, most=200), ("org", "com", "net")).verdict == "pass":
                passed.add(name)
    assert library == 171
    assert expected - passed == STRICTER
    assert passed <= expected


@pytest.mark.parametrize("tags", ["==", "i=1; ==", ";;", "i=1; d=\xff; b==", "i=1", "=;v=1"])
def test_tags_that_are_none_are_no_proof_and_raise_nothing(tags: str) -> None:
    names = ("DKIM-Signature", "ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results")
    head = "".join(f"{name}: {tags if 'Results' not in name else 'i=1; x'}\r\n" for name in names)
    head += f"ARC-Seal: i=1; d=lists.example; {tags}\r\n"
    mail = (head + "From: max@kunde.example\r\n\r\nx\r\n").encode("latin-1")

    def silent(name: str, kind: str, seconds: float) -> tuple[Answer, ...]:
        return ()

    assert all(one.verdict != "pass" for one in check_signatures(mail, Lookups(silent), wanted=lambda _domain: True))
    assert check_chain(mail, Lookups(silent), ("lists.example", "example")).verdict != "pass"
    whole = (head.replace(f"ARC-Seal: {tags}\r\n", "") + "\r\nx\r\n").encode("latin-1")
    assert check_chain(whole, Lookups(silent), ("lists.example",)).verdict != "pass"
