"""What the door offers besides plain SMTP: LMTP with an answer for each recipient, STARTTLS, SMTPUTF8 or not."""

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from bot.channels.mail.door import Limits, open_door, tls_context
from bot.channels.mail.envelope import StoredMail, unseal
from tests.channels.mail.letters import SUPPORT, Shelf, mail, running

SENDER = "max@kunde.example"
TWO = [SUPPORT, "support+abc@guichet.example"]


@contextmanager
def opened(keep: Callable[[StoredMail], Awaitable[None]], listen: str = "127.0.0.1:0", **options: Any) -> Iterator[int]:
    async def start() -> asyncio.Server:
        return await open_door(listen, [SUPPORT], keep, **options)

    with running(start) as port:
        yield port


class Lines:
    """A client that counts the lines of each answer."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._file = self._socket.makefile("rb")
        self.answer()

    def answer(self) -> str:
        """One answer, several lines of it joined."""
        lines = [self._file.readline().decode().strip()]
        while lines[-1][3:4] == "-":
            lines.append(self._file.readline().decode().strip())
        return " ".join(lines)

    def say(self, line: bytes) -> str:
        """Say one line and give the answer."""
        self._socket.sendall(line + b"\r\n")
        return self.answer()

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


@pytest.fixture
def lmtp(shelf: Shelf) -> Iterator[Lines]:
    with opened(shelf.keep, "lmtp:127.0.0.1:0", limits=Limits(size=5000)) as port:
        client = Lines(port)
        yield client
        client.close()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def handed_over(client: Lines, body: bytes) -> str:
    client.say(b"MAIL FROM:<%b>" % SENDER.encode())
    for recipient in TWO:
        client.say(b"RCPT TO:<%b>" % recipient.encode())
    assert client.say(b"DATA").startswith("354")
    return client.say(body + b".")


def test_lmtp_answers_once_for_each_recipient(shelf: Shelf, lmtp: Lines) -> None:
    assert lmtp.say(b"LHLO edge.example").startswith("250")
    assert handed_over(lmtp, mail()).startswith("250")
    assert lmtp.answer().startswith("250")
    assert lmtp.say(b"NOOP").startswith("250")  # and no third line was left over
    assert len(shelf.mails) == 1


@pytest.mark.parametrize(("body", "code"), [(mail("x" * 900 + "\n" + "y\n" * 3000), "552"), (mail(), "451")])
def test_a_failure_over_lmtp_is_said_for_each_recipient(shelf: Shelf, lmtp: Lines, body: bytes, code: str) -> None:
    shelf.failing = OSError("disk")
    lmtp.say(b"LHLO edge.example")
    assert handed_over(lmtp, body).startswith(code)
    assert lmtp.answer().startswith(code)
    assert lmtp.say(b"NOOP").startswith("250")


def test_lmtp_knows_no_ehlo_and_smtp_no_lhlo(shelf: Shelf, lmtp: Lines) -> None:
    assert lmtp.say(b"EHLO edge.example").startswith("500")
    with opened(shelf.keep) as port:
        client = Lines(port)
        assert client.say(b"LHLO edge.example").startswith("500")
        client.close()


def test_the_envelope_says_which_machine_gave_us_the_mail(shelf: Shelf) -> None:
    with opened(shelf.keep) as port, smtplib.SMTP("127.0.0.1", port, local_hostname="mx.kunde.example") as client:
        client.sendmail(SENDER, [SUPPORT], mail())
    envelope, raw = unseal(shelf.mails[0].raw)
    assert raw == mail()
    assert envelope is not None
    assert (envelope.client, envelope.helo, envelope.recipients) == ("127.0.0.1", "mx.kunde.example", (SUPPORT,))


def test_a_mail_comes_through_starttls(shelf: Shelf, tmp_path: Path) -> None:
    certificate, key, authority = self_signed(tmp_path)
    trusting = ssl.create_default_context(cafile=str(authority))
    with (
        opened(shelf.keep, tls_context=tls_context(certificate, key)) as port,
        smtplib.SMTP("localhost", port) as client,
    ):
        client.starttls(context=trusting)
        client.sendmail(SENDER, [SUPPORT], mail())
    assert len(shelf.mails) == 1


def test_a_command_smuggled_before_starttls_is_not_heard(shelf: Shelf, tmp_path: Path) -> None:
    certificate, key, _ = self_signed(tmp_path)
    with opened(shelf.keep, tls_context=tls_context(certificate, key)) as port:
        client = Lines(port)
        client.say(b"EHLO x.example")
        answer = client.say(b"STARTTLS\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<%b>" % SUPPORT.encode())
        client._socket.settimeout(0.3)
        assert answer.startswith(("220", "5"))
        try:
            rest = client._file.read(4)
        except (TimeoutError, OSError):
            rest = b""
        assert not rest.startswith(b"250")
        client.close()


@pytest.mark.parametrize(("utf8", "code"), [(True, 250), (False, 500)])
def test_addresses_outside_ascii_are_taken_only_where_the_set_up_says_so(shelf: Shelf, utf8: bool, code: int) -> None:
    with opened(shelf.keep, utf8=utf8) as port, smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        assert client.has_extn("smtputf8") is utf8
        client.command_encoding = "utf-8"
        said, _ = client.docmd("MAIL FROM:<müller@kunde.example>" + (" SMTPUTF8" if utf8 else ""))
        assert said == code


def self_signed(folder: Path) -> tuple[Path, Path, Path]:
    """A certificate for localhost with its key, and the authority to trust."""
    authority = trustme.CA()
    made = authority.issue_cert("localhost")
    certificate, key, trusted = folder / "cert.pem", folder / "key.pem", folder / "ca.pem"
    made.cert_chain_pems[0].write_to_path(certificate)
    made.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(trusted)
    return certificate, key, trusted
