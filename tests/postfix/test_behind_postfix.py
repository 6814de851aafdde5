"""End to end with a real Postfix in front: mail in, answer out through it, and its own bounce back in."""

import smtplib
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.demo.slack import ESCALATIONS
from tests.channels.mail.letters import Hop
from tests.channels.mail.letters import running as served
from tests.postfix.edge import Postfix
from tests.running import SUPPORT, Running, free_port, text_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CONTACT = "buchhaltung@kunde.example"
GONE = "gone@kanzlei.example"
MINE = "RE-2026-000123"


class Elsewhere(Hop):
    """The mail servers of everybody else; one mailbox does not exist."""

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        """Take everybody but one."""
        if address == GONE:
            return "550 5.1.1 <gone@kanzlei.example>: Recipient address rejected: User unknown"
        return await super().handle_RCPT(server, session, envelope, address, options)

    def mails_to(self, recipient: str) -> list[EmailMessage]:
        """What arrived there."""
        return [
            message_from_bytes(raw, policy=policy.default)  # type: ignore[misc]
            for _, recipients, raw in list(self.taken)
            if recipient in recipients
        ]


class Road:
    """A counter, a Postfix in front of it, and the rest of the world."""

    def __init__(self, counter: Running, edge: Postfix, elsewhere: Elsewhere) -> None:
        self.counter, self.edge, self.elsewhere = counter, edge, elsewhere

    def mail(self, text: str, *, answer_to: EmailMessage | None = None, **headers: str) -> None:
        """Send as a mail program does, to the edge."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = CONTACT, SUPPORT, "Re: x" if answer_to else ""
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        if answer_to:
            message["In-Reply-To"] = message["References"] = answer_to["Message-ID"]
        message.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.edge.port, timeout=20) as client:
            client.send_message(message, CONTACT, [SUPPORT])

    def arrived(self, recipient: str, count: int) -> EmailMessage:
        """The newest mail to somebody, when there are that many."""
        found = self.counter.wait(
            lambda: mails if len(mails := self.elsewhere.mails_to(recipient)) >= count else None,
            timeout=40, what=f"{count} mails to {recipient}; the edge says {self.edge.log[-1500:]}",
        )  # fmt: skip
        return EmailMessage() if not found else found[-1]


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    elsewhere, port = Elsewhere(), free_port()
    counter = Running(Path(tmp_path_factory.mktemp("counter")), relay=f"smtp://127.0.0.1:{port}")
    with (
        served(elsewhere.start) as sink,
        Postfix(counter=counter.smtp_port, elsewhere=sink, proven=(CONTACT,), port=port) as edge,
        counter,
    ):
        yield Road(counter, edge, elsewhere)


def test_mail_comes_in_and_the_answer_goes_out_through_postfix(road: Road) -> None:
    before = len(road.elsewhere.mails_to(CONTACT))
    road.mail(f"Bitte senden Sie mir die Rechnung {MINE}")
    answer = road.arrived(CONTACT, before + 1)
    assert MINE in text_of(answer)
    assert answer["Auto-Submitted"] == "auto-replied"
    path = next(path for path, recipients, _ in road.elsewhere.taken if CONTACT in recipients)
    assert path.startswith("support+") and answer["Message-ID"] == f"<{path[8:50]}@guichet.example>"


def test_a_bounce_of_postfix_is_told_to_the_asker_and_to_the_agents(road: Road) -> None:
    before = len(road.elsewhere.mails_to(CONTACT))
    road.mail(f"Bitte senden Sie die Rechnung {MINE} an {GONE}")
    question = road.arrived(CONTACT, before + 1)
    assert GONE in text_of(question)
    road.mail("Ja", answer_to=question)
    road.arrived(CONTACT, before + 2)  # sent, as far as we know
    notice = road.arrived(CONTACT, before + 3)
    assert "kam nicht an" in notice["Subject"]
    assert GONE in text_of(notice) and MINE in text_of(notice)
    assert "status=bounced" in road.edge.log
    assert road.counter.slack
    cards = road.counter.wait(
        lambda: [text for text in _cards(road) if GONE in text and "5.1.1" in text], what="a card"
    )
    assert len(cards) == 1
    letters = road.counter.command("outbox", "list", "--json").stdout
    assert '"bounced"' in letters


def test_our_own_answers_that_come_back_through_postfix_are_not_answered(road: Road) -> None:
    own = road.elsewhere.taken[0][2]
    before = len(road.elsewhere.taken)
    with smtplib.SMTP("127.0.0.1", road.edge.port, timeout=20) as client:
        client.sendmail(CONTACT, [SUPPORT], own)
    road.mail("Hilfe", Message_ID="<after@kunde.example>")
    road.counter.wait(lambda: len(road.elsewhere.taken) > before, timeout=30, what="the answer to the later mail")
    assert len(road.elsewhere.taken) == before + 1


def test_two_hundred_mails_over_reused_connections_are_all_kept(road: Road) -> None:
    kept = road.counter.log.count("action=mail_kept")
    with smtplib.SMTP("127.0.0.1", road.edge.port, timeout=20) as client:
        for number in range(200):
            mail = f"From: robot{number}@stranger.example\r\nMessage-ID: <{number}@stranger.example>\r\n\r\nHallo {number}\r\n"
            client.sendmail(f"robot{number}@stranger.example", [SUPPORT], mail.encode())
    road.counter.wait(lambda: road.counter.log.count("action=mail_kept") >= kept + 200, timeout=60, what="200 mails")


def _cards(road: Road) -> list[str]:
    assert road.counter.slack
    return [str(message) for message in road.counter.slack.posted(ESCALATIONS)]
