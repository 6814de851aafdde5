"""A DNS that is a table, keys that are made once, and mails signed with them."""

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache

import dkim
import nacl.encoding
import nacl.signing
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.channels.mail.envelope import Envelope, seal
from bot.channels.mail.verify.lookups import Answer, LookupTrouble, Record
from tests.channels.mail.letters import SUPPORT, mail

PUBLIC = "198.51.100.7"  # reserved for documentation, so no test meets a real machine
SIGNED = (b"from", b"to", b"subject", b"date", b"message-id", b"content-type")


class TableZone:
    """Records by name; a name with the text TIMEOUT never answers. Counts the questions."""

    def __init__(self, records: dict[str, Iterable[tuple[str, Record]]] | None = None) -> None:
        self.records = {name.lower(): tuple(found) for name, found in (records or {}).items()}
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str, kind: str, seconds: float) -> tuple[Answer, ...]:
        """What the table says; () for a name that it does not hold."""
        self.asked.append((name, kind))
        found = self.records.get(name.lower(), ())
        if any(one == kind and value == "TIMEOUT" for one, value in found):
            raise LookupTrouble("timeout")
        return tuple((one, value) for one, value in found if one in (kind, "CNAME"))

    def text(self, name: str, *texts: str | bytes) -> "TableZone":
        """Add TXT records to a name."""
        added = tuple(("TXT", (text if isinstance(text, bytes) else text.encode(),)) for text in texts)
        self.records[name.lower()] = (*self.records.get(name.lower(), ()), *added)
        return self


def txt(text: str) -> tuple[str, Record]:
    """A TXT record."""
    return "TXT", (text.encode(),)


@cache
def rsa_key(bits: int = 2048, name: str = "") -> tuple[bytes, str]:
    """A private key in PEM form, and the record that publishes its other half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


@cache
def ed25519_key() -> tuple[bytes, str]:
    """The same for Ed25519 (RFC 8463)."""
    key = nacl.signing.SigningKey.generate()
    public = key.verify_key.encode(encoder=nacl.encoding.Base64Encoder).decode()
    return key.encode(encoder=nacl.encoding.Base64Encoder), f"v=DKIM1; k=ed25519; p={public}"


def signed(
    raw: bytes, domain: str = "kunde.example", *, key: bytes | None = None, selector: str = "s1",
    headers: Iterable[bytes] = SIGNED, length: bool = False, algorithm: bytes = b"rsa-sha256",
    canonical: tuple[bytes, bytes] = (b"relaxed", b"relaxed"), identity: bytes | None = None,
) -> bytes:  # fmt: skip
    """The mail with a signature on top."""
    there = {line.partition(b":")[0].lower() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    signature = dkim.sign(
        raw, selector.encode(), domain.encode(), key or rsa_key()[0], include_headers=[h for h in headers if h in there],
        length=length, signature_algorithm=algorithm, canonicalize=canonical, identity=identity,
    )  # fmt: skip
    return bytes(signature) + raw


def sealed(raw: bytes, domain: str, results: str, *, key: bytes | None = None, selector: str = "s1") -> bytes:
    """The mail as a forwarder passes it on: its findings, and an ARC set over them."""
    found = f"Authentication-Results: mx.{domain}; {results}\r\n".encode() + raw
    lines = dkim.arc_sign(
        found, selector.encode(), domain.encode(), key or rsa_key()[0], f"mx.{domain}".encode(),
        include_headers=[b"from", b"to", b"subject", b"date"],
    )  # fmt: skip
    return b"".join(lines) + found


def stored(
    raw: bytes | None = None, *, sender: str = "max@kunde.example", client: str = PUBLIC, helo: str = "mx.kunde.example"
) -> bytes:
    """A mail as the door keeps it."""
    arrived = datetime(2026, 11, 23, tzinfo=UTC)
    return seal(Envelope(sender, (SUPPORT,), arrived, client, helo), raw if raw is not None else mail()).raw
