"""Mails are read in another process: one that hangs it, kills it or eats its memory goes to people, the next is read."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.mail import apart
from bot.channels.mail.apart import ApartReader, as_json, from_json, genuine_tokens
from bot.channels.mail.envelope import Envelope, seal
from bot.channels.mail.own import OwnMail
from bot.channels.mail.read import read_mail
from bot.messages import Kind
from tests.channels.mail.letters import OWN, SUPPORT, TOKEN, mail
from tests.channels.mail.test_read import with_file

pytestmark = pytest.mark.slow

ARRIVED = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CORPUS = Path(__file__).parents[2] / "corpus" / "mail"


@pytest.fixture(scope="module")
def shared() -> Iterator[ApartReader]:
    reader = ApartReader(OWN)
    yield reader
    reader.close()


@pytest.fixture
def reader() -> Iterator[ApartReader]:
    reader = ApartReader(OWN, seconds=1.0)
    reader(mail(), "warm")
    yield reader
    reader.close()


def sent_to_token(raw: bytes) -> bytes:
    return seal(Envelope("max@kunde.example", (f"support+{TOKEN.upper()}@guichet.example",), ARRIVED), raw).raw


def a_process(reader: ApartReader) -> int:
    assert reader.process_id is not None
    return reader.process_id


MAILS = [
    ("a plain mail", mail()),
    ("a mail with a file", with_file(b"%PDF-1.7 x")),
    ("a reply to our Message-ID", mail(In_Reply_To=f"<{TOKEN}@guichet.example>")),
    ("a mail to our plus address", sent_to_token(mail())),
    ("a forged token", mail(In_Reply_To=f"<{'b' * 42}@guichet.example>")),
    ("our own mail", mail(Message_ID=f"<{TOKEN}@guichet.example>")),
    ("too many headers", b"From: a@b.example\r\n" * 501),
    ("no mail at all", b"\xff\xfe\0"),
]


@pytest.mark.parametrize("raw", [raw for _, raw in MAILS], ids=[name for name, _ in MAILS])
def test_another_process_reads_what_this_one_would_read(shared: ApartReader, raw: bytes) -> None:
    here, there = read_mail(raw, "k", own=OWN), shared(raw, "k")
    assert replace(there, sent=here.sent) == here  # a mail without a date is dated when it is read


@pytest.mark.slow
def test_the_whole_corpus_reads_the_same_in_one_process(shared: ApartReader) -> None:
    paths = sorted(CORPUS.rglob("*.eml"))
    assert len(paths) >= 60
    process = shared.process_id or (shared(mail(), "k") and shared.process_id)
    for path in paths:
        raw = path.read_bytes()
        assert shared(raw, "k") == read_mail(raw, "k", own=OWN)
    assert shared.process_id == process


def test_a_process_that_somebody_killed_is_started_again_and_the_mail_is_read(reader: ApartReader) -> None:
    first = a_process(reader)
    os.kill(first, signal.SIGKILL)
    assert reader(mail(), "k").text == "Bitte senden Sie die Rechnung 123."
    assert a_process(reader) != first


def test_a_mail_that_kills_every_process_goes_to_people(reader: ApartReader, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[int] = []
    await_ready = apart._await_ready

    def ready_and_killed(line: socket.socket, seconds: float) -> None:
        await_ready(line, seconds)
        if len(killed) < 2:  # the mail is read twice; the third time only its head
            killed.append(a_process(reader))
            os.kill(killed[-1], signal.SIGKILL)

    monkeypatch.setattr(apart, "_await_ready", ready_and_killed)
    inbound = reader(mail(), "k")
    assert (inbound.unread, inbound.unsure, inbound.sender) == (True, "parser_died", "max@kunde.example")
    assert reader(mail(), "k").text == "Bitte senden Sie die Rechnung 123."


def test_a_mail_whose_head_kills_the_process_too_is_still_kept_for_people(
    reader: ApartReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await_ready = apart._await_ready

    def ready_and_killed(line: socket.socket, seconds: float) -> None:
        await_ready(line, seconds)
        os.kill(a_process(reader), signal.SIGKILL)

    monkeypatch.setattr(apart, "_await_ready", ready_and_killed)
    inbound = reader(mail(), "k")
    assert (inbound.unread, inbound.unsure, inbound.sender) == (True, "parser_died", "")


def test_a_hanging_process_is_ended_in_time_and_the_next_mail_is_read(reader: ApartReader) -> None:
    os.kill(a_process(reader), signal.SIGSTOP)
    begun = time.monotonic()
    inbound = reader(mail(Subject="4111 1111 1111 1111"), "k")
    assert (inbound.unread, inbound.unsure, inbound.text) == (True, "parser_hung", "")
    assert (inbound.sender, inbound.subject) == ("max@kunde.example", "4111 **** **** 1111")
    assert reader(mail(), "k").unsure == ""
    assert time.monotonic() - begun < 10


@pytest.mark.slow
def test_a_bounce_that_breaks_the_process_is_still_no_persons_mail(reader: ApartReader) -> None:
    os.kill(a_process(reader), signal.SIGSTOP)
    assert reader(seal(Envelope("", (SUPPORT,), ARRIVED), mail()).raw, "k").kind is Kind.BOUNCE


@pytest.mark.slow
def test_a_mail_that_eats_the_memory_stops_only_itself() -> None:
    reader = ApartReader(OWN, memory=300 * 1024 * 1024)
    try:
        greedy = with_file(b"x" * 40 * 1024 * 1024)
        inbound = reader(greedy, "k")
        assert inbound.unread
        assert inbound.sender == "max@kunde.example"
        assert reader(mail(), "k").unsure == ""
    finally:
        reader.close()


def test_many_threads_share_the_process(shared: ApartReader) -> None:
    read: list[str] = []

    def one(number: int) -> None:
        read.append(shared(mail(f"Rechnung {number}"), str(number)).text)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(read) == sorted(f"Rechnung {number}" for number in range(20))


def test_the_process_ends_with_its_owner_and_knows_no_secret(
    monkeypatch: pytest.MonkeyPatch, reader: ApartReader
) -> None:
    monkeypatch.setenv("GUICHET_SECRET_KEY", "hunter2")
    os.kill(a_process(reader), signal.SIGKILL)
    reader(mail(), "k")
    process = a_process(reader)
    assert b"hunter2" not in Path(f"/proc/{process}/environ").read_bytes()
    reader.close()
    assert not Path(f"/proc/{process}").exists()


def test_only_tokens_that_are_genuine_are_told_to_the_process() -> None:
    raw = f"{TOKEN.upper()}@a {'b' * 42}@a support+{TOKEN}@b x@y".encode()
    assert genuine_tokens(raw, OWN.checked) == {TOKEN}
    assert genuine_tokens(b"@" * 10_000 + TOKEN.encode() + b"@", OwnMail().checked) == frozenset()


def test_an_answer_that_is_no_mail_is_refused() -> None:
    good = as_json(read_mail(mail(), "k", own=OWN))
    for broken in ({}, {**good, "kind": "boss"}, {**good, "more": 1}, {**good, "sent": "now"}):
        with pytest.raises((ValueError, KeyError, TypeError)):
            from_json(dict(broken))
