"""T11, T13 at the whole counter as it runs: a mail that kills or hangs the parser is kept, shown, and stops nothing.

What such a mail does to the process that parses it is done to it from outside, by signals: killed, or made to hang.
"""

import contextlib
import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.running import Running, attachments_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
CONTACT = "buchhaltung@kunde.example"
ASK = "Bitte senden Sie mir die Rechnung RE-2026-000123"


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One counter for all of them: each finds it as the one before left it."""
    with Running(tmp_path_factory.mktemp("counter")) as running:
        yield running


def parsers(counter: Running) -> list[int]:
    """The processes in which this counter, and no other, takes mails apart."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError, ValueError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == counter.process_id and b"mail.apart" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


@contextmanager
def ended_at_once(counter: Running) -> Iterator[None]:
    """Whatever parser starts is killed, again and again."""
    over = threading.Event()

    def hunt() -> None:
        while not over.wait(0.02):
            for process in parsers(counter):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    hunter = threading.Thread(target=hunt)
    hunter.start()
    try:
        yield
    finally:
        over.set()
        hunter.join()


def cards(counter: Running) -> list[dict[str, Any]]:
    """What agents see."""
    assert counter.slack
    return list(counter.slack.posted("support-escalations"))


def state(counter: Running, text: str) -> tuple[str, bool] | None:
    """Whether a mail with this text was worked off, and whether it is kept as it came."""
    with closing(sqlite3.connect(counter.home / "guichet.db")) as database:
        rows = database.execute("SELECT state, raw FROM inbox WHERE channel = 'email'").fetchall()
    return next(((str(state), text.encode() in raw) for state, raw in rows if text.encode() in raw), None)


def served(counter: Running) -> bool:
    """Whether the door is open and a mail is answered, with its document."""
    return bool(attachments_of(counter.answers_to(counter.mail(CONTACT, ASK, proven=True))[0]))


def test_t13_a_mail_that_kills_its_parser_stays_taken_and_agents_get_it(counter: Running) -> None:
    before = len(cards(counter))
    with ended_at_once(counter):
        counter.mail(CONTACT, f"{ASK} und danach Gift eins", proven=True)  # smtplib would raise: 250 was said
        counter.wait(lambda: len(cards(counter)) > before, timeout=60, what="a card")
    assert state(counter, "Gift eins") == ("done", True)
    assert served(counter)


def test_t13_a_mail_that_hangs_its_parser_stays_taken_and_agents_get_it(counter: Running) -> None:
    assert served(counter)  # a parser runs
    before = len(cards(counter))
    [process] = parsers(counter)
    os.kill(process, signal.SIGSTOP)
    asked = counter.mail(CONTACT, f"{ASK} und danach Gift zwei", proven=True)
    counter.wait(lambda: len(cards(counter)) > before, timeout=60, what="a card")
    assert process not in parsers(counter)
    assert state(counter, "Gift zwei") == ("done", True)
    assert not any(attachments_of(mail) for mail in counter.outgoing() if mail["In-Reply-To"] == asked)
    assert served(counter)


def test_t11_the_door_takes_mail_while_a_parser_hangs(counter: Running) -> None:
    assert served(counter)
    [process] = parsers(counter)
    os.kill(process, signal.SIGSTOP)
    numbers = [counter.mail(CONTACT, f"{ASK} Nummer {number}", proven=True) for number in range(5)]
    assert process in parsers(counter)  # it hangs still, and all five were taken
    answered = [counter.answers_to(number)[0] for number in numbers[1:]]
    assert all(attachments_of(mail) for mail in answered)


def test_t11_mails_that_are_too_much_are_taken_one_after_the_other(counter: Running) -> None:
    before = len(cards(counter))
    deep = "".join(f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n' for level in range(40))
    heads = "".join(f"X-{number}: x\r\n" for number in range(700))
    head = f"From: {CONTACT}\r\nTo: support@guichet.example\r\nMessage-ID: <%s@kunde.example>\r\n"
    for name, rest in (("deep", deep), ("heads", heads), ("endless", "\r\n" + "On On On " * 100_000)):
        raw = (head % name + rest + "\r\n\r\nHilfe\r\n").encode()
        counter.raw_mail(CONTACT, b"\r\n".join(line[:900] for line in raw.split(b"\r\n")))
    counter.wait(lambda: len(cards(counter)) > before, timeout=60, what="a card")
    assert served(counter)
