"""The suites of others: SPF of RFC 7208 through our own look-ups, and dkimpy's own tests for DKIM and ARC.

They come from the source packages on PyPI, pinned by hash in suites.txt, because we copy nobody's files.
"""

import re
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.mail.verify.lookups import Answer, Lookups, LookupTrouble, Record
from bot.channels.mail.verify.path import spf_result

pytestmark = pytest.mark.slow
SUITES = Path(__file__).with_name("suites.txt")


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suites")
    fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "--require-hashes"]
    done = subprocess.run([*fetch, "-r", str(SUITES), "-d", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    return folder


class SuiteZone:
    """The DNS of one scenario of the suite. Names that begin with `error.` and entries `TIMEOUT` never answer."""

    def __init__(self, published: dict[str, list[Any]]) -> None:
        self._entries = {str(name).lower(): list(self._records(entries)) for name, entries in published.items()}

    @staticmethod
    def _records(entries: list[Any]) -> Iterator[tuple[str, Any]]:
        pairs = [pair for entry in entries if isinstance(entry, dict) for pair in entry.items()]
        has_text = any(kind == "TXT" for kind, _ in pairs)
        for kind, value in pairs:
            if kind == "SPF" and not has_text:
                yield "TXT", value  # the suite writes one record for both types
            elif value != "NONE":
                yield kind, value
        if "TIMEOUT" in entries:
            yield "*", "TIMEOUT"

    def __call__(self, name: str, kind: str, seconds: float) -> tuple[Answer, ...]:
        entries = self._entries.get(name, ())
        answers = tuple((one, self._value(one, value)) for one, value in entries if one in (kind, "CNAME"))
        if any(value == "TIMEOUT" for _, value in answers) or (("*", "TIMEOUT") in entries and not answers):
            raise LookupTrouble("timeout")
        if not entries and name.startswith("error."):
            raise LookupTrouble("timeout")
        return answers

    @staticmethod
    def _value(kind: str, value: Any) -> Record:
        if value == "TIMEOUT":
            return "TIMEOUT"
        match kind:
            case "TXT":
                return tuple(str(one).encode() for one in (value if isinstance(value, list) else [value]))
            case "MX":
                return int(value[0]), str(value[1])
            case "AAAA":
                return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, value))
            case _:
                return str(value)


def test_every_case_of_the_spf_suite_gives_a_result_that_it_allows(suites: Path) -> None:
    text = (suites / "pyspf-2.0.14" / "test" / "rfc7208-tests.yml").read_text()
    wrong, count = [], 0
    for scenario in yaml.safe_load_all(text):
        zone = SuiteZone(scenario["zonedata"])
        for name, case in scenario["tests"].items():
            allowed = case["result"] if isinstance(case["result"], list) else [case["result"]]
            result = spf_result(str(case["host"]), str(case["mailfrom"]), str(case["helo"]), Lookups(zone, most=200))
            result = "pass" if result == "passes_everybody" else result
            count += 1
            if result not in allowed:
                wrong.append((name, allowed, result))
    assert (count, wrong) == (203, [])


def test_the_library_for_dkim_and_arc_passes_its_own_tests_here(suites: Path) -> None:
    run = "import unittest, dkim.tests as t; unittest.TextTestRunner().run(t.test_suite())"
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=suites / "dkimpy-1.1.8", capture_output=True, text=True, check=False
    )
    told = re.search(r"Ran (\d+) tests", done.stderr)
    assert told is not None, done.stderr[-2000:]
    assert "OK" in done.stderr.splitlines()[-1], done.stderr[-2000:]
    assert int(told[1]) == 114
