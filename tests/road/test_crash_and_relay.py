"""kill -9 after 250 loses nothing; outgoing mail goes through a real SMTP relay."""

import asyncio
import email
import email.policy
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from tests.running import Running, attachments_of, free_port

SENDER = "buchhaltung@kunde.example"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_kill_9_right_after_250_loses_nothing_and_answers_each_mail_once(tmp_path: Path) -> None:
    with Running(tmp_path, with_slack=False, ANSWER_CAPS="off") as machine:
        ids = []
        for number in range(12):
            ids.append(machine.mail(SENDER, "Bitte senden Sie mir die Rechnung RE-2026-000123"))
            if number in (
                3,
                7,
            ):  # a third time could be the third of the first message, which is then given up on purpose
                machine.kill()
                machine.start()
        for message_id in ids:
            answers = machine.answers_to(message_id)
            assert len({answer["Message-ID"] for answer in answers}) == 1
            assert attachments_of(answers[0])


class Sink:
    """A relay that takes everything, after refusing the first mail for now."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refused = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Refuse once, then take."""
        if not self.refused:
            self.refused = 1
            return "451 4.3.0 not now"
        self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    """A real SMTP server in a thread."""
    relay, port = Sink(), free_port()
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    def serve() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(loop.create_server(lambda: SMTP(relay, loop=loop), "127.0.0.1", port))
        ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    ready.wait(5)
    yield relay, port
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


@pytest.mark.slow
def test_a_relay_that_refuses_for_now_gets_the_letter_again(tmp_path: Path, sink: tuple[Sink, int]) -> None:
    relay, port = sink
    with Running(tmp_path, relay=f"smtp://127.0.0.1:{port}", with_slack=False) as machine:
        asked = machine.mail(SENDER, "Bitte senden Sie mir die Rechnung RE-2026-000123", subject="Rechnung")
        machine.wait(lambda: relay.taken, timeout=20, what="the relay to take the letter")
    [letter] = relay.taken
    assert relay.refused == 1
    assert letter["In-Reply-To"] == asked and letter["To"] == SENDER
    assert letter.get_content_type() == "multipart/mixed" and attachments_of(letter)
