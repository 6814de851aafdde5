"""`guichet read-mail`: one JSON line a file, with the fields that DESIGN.md promises."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.channels.mail.lines import read_mail_files
from bot.messages import Decision, Heard, Reading
from tests.channels.mail.letters import OWN, mail


class Ears:
    """Hears one request in everything, and remembers what it was given."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def read(self, text: str, *, subject: str = "", sent: date) -> Reading:
        self.heard.append((subject, text))
        return Reading("de", (Heard("send_invoice", {"invoices": ("123",)}),), Decision.ACT)


def lines(*paths: Path, ears: Ears | None = None) -> tuple[int, list[dict[str, Any]], str]:
    out, err = io.StringIO(), io.StringIO()
    status = read_mail_files(paths, out, err, own=OWN, understander=ears or Ears())
    return status, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_a_line_says_what_a_mail_is_and_says(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail())
    status, (line,), _ = lines(tmp_path / "a.eml")
    assert status == 0
    assert line == {
        "file": str(tmp_path / "a.eml"),
        "kind": "person",
        "language": "de",
        "reply_text": "Bitte senden Sie die Rechnung 123.",
        "requests": [{"intent": "send_invoice", "slots": {"invoices": ["123"]}}],
        "decision": "act",
        "from": "max@kunde.example",
        "trust": "T0",
        "trust_reasons": ["no_authentication_results", "sender_unknown"],
    }


def test_the_subject_is_read_only_where_it_is_new(tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(mail())
    (tmp_path / "2.eml").write_bytes(mail(Subject="AW: Rechnung 999"))
    ears = Ears()
    lines(tmp_path, ears=ears)
    assert [subject for subject, _ in ears.heard] == ["Rechnung", ""]


def test_a_machine_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail(Auto_Submitted="auto-replied"))
    _, (line,), _ = lines(tmp_path)
    assert (line["kind"], line["reply_text"], line["requests"], line["decision"]) == ("auto", "", [], "silent")


def test_what_is_not_surely_cut_is_for_a_person(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail("> alles alt"))
    assert lines(tmp_path)[1][0]["decision"] == "person"


def test_folders_are_walked_and_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "a.eml").write_bytes(mail())
    status, found, err = lines(tmp_path, tmp_path / "absent.eml")
    assert status == 1
    assert [line["kind"] for line in found] == ["person", None]
    assert "absent.eml" in err


@pytest.mark.parametrize("raw", [b"", b"\0\xff" * 500, b"From x\n\n"], ids=["empty", "octets", "mbox line only"])
def test_a_strange_file_gives_a_line(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.eml").write_bytes(raw)
    status, (line,), _ = lines(tmp_path)
    assert (status, line["from"]) == (0, None)


def test_what_shows_no_text_at_all_is_for_a_person_even_if_nothing_was_heard(tmp_path: Path) -> None:
    class Deaf(Ears):
        def read(self, text: str, *, subject: str = "", sent: date) -> Reading:
            return Reading(None, (), Decision.SILENT)

    (tmp_path / "a.eml").write_bytes(mail("MIAG", Subject="", Content_Type="application/pkcs7-mime"))
    (tmp_path / "b.eml").write_bytes(mail("Vielen Dank!"))
    assert [line["decision"] for line in lines(tmp_path, ears=Deaf())[1]] == ["person", "silent"]
