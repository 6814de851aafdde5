"""A relay with TLS, a signature on what leaves, and where bounces come back to."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from bot.channels.mail.relay import MailSender, SmtpRelay, relay_from, return_path
from bot.channels.mail.sign import Signer, UnusableKey, signer_from
from bot.ports import File, NotSent
from tests.channels.mail.letters import SUPPORT, TOKEN, Hop, letter, running
from tests.channels.mail.verify.zone import ed25519_key, rsa_key


class TlsHop(Hop):
    """A next hop with a certificate; remembers which passwords it was given."""

    def __init__(self, authority: trustme.CA, *, offers: bool = True) -> None:
        super().__init__()
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(self.context)
        self.offers, self.passwords = offers, []  # type: ignore[var-annotated]

    async def start(self) -> asyncio.Server:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()

        def asked(server: SMTP, session: object, envelope: object, mechanism: str, given: LoginPassword) -> AuthResult:
            self.passwords.append(given.password)
            return AuthResult(success=True)

        def connection() -> SMTP:
            return SMTP(
                self, hostname="localhost", loop=loop, tls_context=self.context if self.offers else None,
                authenticator=asked, auth_require_tls=self.offers, ident="x",
            )  # fmt: skip

        return await loop.create_server(connection, "localhost", 0)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def hop(authority: trustme.CA) -> Iterator[tuple[TlsHop, int]]:
    hop = TlsHop(authority)
    with running(hop.start) as port:
        yield hop, port


def send(relay: SmtpRelay, **changes: object) -> None:
    try:
        MailSender(relay, sender_address=SUPPORT, from_name="Guichet", domain="guichet.example").send(letter(**changes))
    finally:
        relay.close()


def test_starttls_is_used_where_it_is_offered(hop: tuple[TlsHop, int]) -> None:
    send(SmtpRelay("localhost", hop[1]))  # no password: an unknown certificate still keeps readers out
    assert len(hop[0].taken) == 1


def test_a_password_goes_to_a_proven_server_only(hop: tuple[TlsHop, int], trusted: ssl.SSLContext) -> None:
    with pytest.raises(NotSent) as failed:
        send(SmtpRelay("localhost", hop[1], user="u", password="p"))
    assert (failed.value.permanent, hop[0].passwords) == (False, [])
    send(SmtpRelay("localhost", hop[1], user="u", password="p", trusted=trusted))
    assert (hop[0].passwords, len(hop[0].taken)) == ([b"p"], 1)


def test_whoever_insists_on_tls_sends_nothing_without(authority: trustme.CA) -> None:
    plain = TlsHop(authority, offers=False)
    with running(plain.start) as port, pytest.raises(NotSent, match="no STARTTLS"):
        send(SmtpRelay("localhost", port, insists=True))
    assert plain.taken == []


def test_whoever_insists_on_tls_checks_the_certificate(hop: tuple[TlsHop, int], trusted: ssl.SSLContext) -> None:
    with pytest.raises(NotSent, match="SSLCertVerificationError"):
        send(SmtpRelay("localhost", hop[1], insists=True))
    send(SmtpRelay("localhost", hop[1], insists=True, trusted=trusted))
    assert len(hop[0].taken) == 1


def test_the_setting_says_how_safe_the_way_is() -> None:
    relay = relay_from("smtp+starttls://user:pw@relay.example")
    assert isinstance(relay, SmtpRelay)
    assert (relay.port, relay.insists, relay.secure) == (587, True, False)


@pytest.mark.parametrize(("key", "record"), [rsa_key(), ed25519_key()], ids=["rsa", "ed25519"])
def test_what_leaves_is_signed(key: bytes, record: str) -> None:
    hop = Hop()
    with running(hop.start) as port:
        relay = SmtpRelay("127.0.0.1", port)
        post = MailSender(
            relay, sender_address=SUPPORT, from_name="Büro Süd", domain="guichet.example",
            sign=Signer("guichet.example", "s1", key),
        )  # fmt: skip
        post.send(letter(files=(File("Rechnung-März.pdf", "application/pdf", b"%PDF-1.7\n\r\n.\r\n" * 50),)))
        relay.close()
    mail = hop.taken[0][2]

    def published(name: bytes, timeout: float = 5) -> bytes:
        assert name == b"s1._domainkey.guichet.example."
        return record.encode()

    assert dkim.verify(mail, dnsfunc=published)
    assert not dkim.verify(b"From: x@evil.example\r\n" + mail, dnsfunc=published)
    assert not dkim.verify(mail.replace(b"Subject: ", b"Subject: x"), dnsfunc=published)


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----"])
def test_a_key_that_cannot_sign_is_told_at_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    with pytest.raises(UnusableKey, match="RSA key"):
        signer_from("guichet.example", "s1", tmp_path / "key")
    with pytest.raises(UnusableKey, match="No such file"):
        signer_from("guichet.example", "s1", tmp_path / "nowhere")


def test_a_key_in_a_file_signs(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(rsa_key()[0] + b"\n")
    signer = signer_from("guichet.example", "s1", tmp_path / "key")
    assert signer(b"From: a@b.example\r\n\r\nx\r\n").startswith(b"DKIM-Signature:")
    assert "PRIVATE" not in repr(signer)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("bounces+{token}@guichet.example", f"bounces+{TOKEN}@guichet.example"),
        ("relay-login@provider.example", "relay-login@provider.example"),
        ("b" * 60 + "+{token}@guichet.example", "b" * 60 + "@guichet.example"),
    ],
)
def test_bounces_come_back_where_the_setting_says(pattern: str, path: str) -> None:
    assert return_path(pattern, TOKEN) == path
