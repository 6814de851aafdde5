"""Every mail that broke a parser: this one's in the making, the standard library's, or one of those that were measured.

A new find of the fuzzing tests comes here as a file, named after what is odd about it.
"""

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.mail.apart import ApartReader, as_json
from bot.channels.mail.envelope import Envelope, seal
from bot.channels.mail.read import attached_files, read_head, read_mail, without_secrets
from tests.channels.mail.letters import OWN, SUPPORT
from tests.channels.mail.test_read import ARRIVED

FILES = sorted((Path(__file__).parents[2] / "corpus" / "crashes").glob("*.eml"))
SLOWEST = 1.0  # seconds of one processor for one mail


def test_the_finds_are_there() -> None:
    assert len(FILES) >= 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_once_broke_a_parser_is_read(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    raw = path.read_bytes()
    begun = time.process_time()
    with caplog.at_level(logging.ERROR):
        inbound = read_mail(raw, "k", own=OWN)
    assert time.process_time() - begun < SLOWEST
    assert "mail_unreadable" not in caplog.text  # nothing was raised inside either
    assert inbound.sender.count("@") in (0, 1)
    assert not any(sign in inbound.subject for sign in "\r\n\0")
    assert inbound.auth.verdict != "pass"
    read_head(raw, "k", own=OWN)
    json.dumps(as_json(inbound), ensure_ascii=False).encode()  # a lone surrogate fits into no store and no output
    assert isinstance(without_secrets(raw), bytes)
    assert all("/" not in one.filename and "\0" not in one.filename for one, _ in attached_files(raw))


@pytest.fixture(scope="module")
def reader() -> Iterator[ApartReader]:
    """One process for all of them: what one leaves behind, the next would meet."""
    reader = ApartReader(OWN)
    yield reader
    reader.close()


@pytest.mark.slow
def test_one_process_reads_them_all_and_none_ends_it(reader: ApartReader) -> None:
    sealed = [seal(Envelope("max@kunde.example", (SUPPORT,), ARRIVED), path.read_bytes()).raw for path in FILES]
    first = reader(sealed[0], "first")
    process = reader.process_id
    read = [first, *(reader(raw, str(number)) for number, raw in enumerate(sealed[1:]))]
    assert reader.process_id == process
    assert {one.unsure for one in read}.isdisjoint({"parser_hung", "parser_died", "unreadable"})
