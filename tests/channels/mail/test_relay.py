"""The next hop: a maildir that any mail program opens, and a real SMTP server that may say no."""

import mailbox
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.mail.relay import MaildirRelay, MailSender, SmtpRelay, relay_from
from bot.ports import NotSent
from tests.channels.mail.letters import SUPPORT, TOKEN, Hop, letter, running

ENVELOPE = f"support+{TOKEN}@guichet.example"


@pytest.fixture
def hop() -> Hop:
    return Hop()


@pytest.fixture
def relay(hop: Hop) -> Iterator[SmtpRelay]:
    with running(hop.start) as port:
        relay = relay_from(f"smtp://127.0.0.1:{port}")
        assert isinstance(relay, SmtpRelay)
        yield relay
        relay.close()


def sender(relay: MaildirRelay | SmtpRelay) -> MailSender:
    return MailSender(relay, sender_address=SUPPORT, from_name="Guichet", domain="guichet.example")


def test_a_letter_lands_in_the_maildir(tmp_path: Path) -> None:
    receipt = sender(MaildirRelay(tmp_path / "out")).send(letter())
    (message,) = mailbox.Maildir(tmp_path / "out", create=False)
    assert message["Message-ID"] == receipt == f"<{TOKEN}@guichet.example>"
    assert message["Delivered-To"] == "max@kunde.example"
    assert message["Return-Path"] == f"<{ENVELOPE}>"
    assert list((tmp_path / "out" / "tmp").iterdir()) == []


def test_a_repeat_is_delivered_once_even_after_it_was_read(tmp_path: Path) -> None:
    post = sender(MaildirRelay(tmp_path))
    post.send(letter())
    post.send(letter())
    (file,) = (tmp_path / "new").iterdir()
    file.rename(tmp_path / "cur" / f"{file.name}:2,S")  # somebody read it
    post.send(letter())
    assert list((tmp_path / "new").iterdir()) == []
    post.send(letter(id="row2"))
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_a_row_id_cannot_leave_the_maildir(tmp_path: Path) -> None:
    sender(MaildirRelay(tmp_path / "out")).send(letter(id="../../x"))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_maildir_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file in the way")
    with pytest.raises(NotSent) as failed:
        sender(MaildirRelay(tmp_path / "out")).send(letter())
    assert not failed.value.permanent


def test_a_relay_gets_the_envelope_we_say_and_the_mail(hop: Hop, relay: SmtpRelay) -> None:
    sender(relay).send(letter())
    ((path, recipients, content),) = hop.taken
    assert (path, recipients) == (ENVELOPE, ["max@kunde.example"])
    assert b"Auto-Submitted: auto-replied\r\n" in content


def test_one_connection_serves_many_letters(hop: Hop, relay: SmtpRelay) -> None:
    for number in range(5):
        sender(relay).send(letter(id=f"row{number}"))
    assert (len(hop.taken), hop.connections) == (5, 1)


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("450 4.2.1 mailbox busy", False),
        ("451 4.7.1 greylisted", False),
        ("550 5.1.1 unknown", True),
        ("554 5.7.1 spam", True),
    ],
)
def test_a_refused_recipient_is_final_only_with_5xx(hop: Hop, relay: SmtpRelay, answer: str, permanent: bool) -> None:
    hop.to_rcpt.append(answer)
    with pytest.raises(NotSent) as failed:
        sender(relay).send(letter())
    assert (failed.value.permanent, failed.value.reason) == (permanent, answer)
    sender(relay).send(letter())  # the connection is still good
    assert (len(hop.taken), hop.connections) == (1, 1)


@pytest.mark.parametrize(("answer", "permanent"), [("452 4.3.1 disk full", False), ("552 5.3.4 too big", True)])
def test_a_refused_mail_is_final_only_with_5xx(hop: Hop, relay: SmtpRelay, answer: str, permanent: bool) -> None:
    hop.to_data.append(answer)
    with pytest.raises(NotSent) as failed:
        sender(relay).send(letter())
    assert failed.value.permanent is permanent


def test_a_hop_that_hung_up_in_between_gets_a_new_connection(hop: Hop, relay: SmtpRelay) -> None:
    sender(relay).send(letter())
    ((_, kept),) = relay._idle
    assert isinstance(kept.sock, socket.socket)
    kept.sock.shutdown(socket.SHUT_RDWR)
    sender(relay).send(letter(id="row2"))
    assert (len(hop.taken), hop.connections) == (2, 2)


def test_nobody_listening_is_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSent) as failed:
        sender(SmtpRelay("127.0.0.1", port)).send(letter())
    assert not failed.value.permanent


def test_dots_and_lone_line_ends_arrive_as_they_should(hop: Hop, relay: SmtpRelay) -> None:
    relay.deliver(b"Subject: x\n\n.\n..a\rMAIL FROM:<x>\n.", SUPPORT, "max@kunde.example", name="n")
    assert hop.taken[0][2] == b"Subject: x\r\n\r\n.\r\n..a\r\nMAIL FROM:<x>\r\n.\r\n"


def test_the_setting_names_the_relay() -> None:
    relay = relay_from("smtps://user:p%40ss@relay.example")
    assert isinstance(relay, SmtpRelay)
    assert (relay.host, relay.port, relay.secure, relay.user, relay.password) == (
        "relay.example",
        465,
        True,
        "user",
        "p@ss",
    )
    assert "p@ss" not in repr(relay)
    assert isinstance(relay_from("maildir:outgoing"), MaildirRelay)
    with pytest.raises(ValueError, match="maildir:PATH"):
        relay_from("ftp://x")
