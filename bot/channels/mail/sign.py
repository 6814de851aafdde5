"""DKIM signatures on what we send (RFC 6376): optional, where the relay does not sign."""

from dataclasses import dataclass, field
from pathlib import Path

import dkim

# What a reader sees or a mail program acts on; From is signed twice, so that nobody can put a second one on top.
_SIGNED = (
    b"from", b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"in-reply-to", b"references",
    b"mime-version", b"content-type", b"auto-submitted",
)  # fmt: skip


class UnusableKey(Exception):
    """The key cannot sign; the text says what is expected."""


@dataclass(frozen=True)
class Signer:
    """Signs mail for one domain with one key."""

    domain: str
    selector: str
    key: bytes = field(repr=False)  # RSA in PEM form, or Ed25519 as base64 of its 32 octets

    def __call__(self, mail: bytes) -> bytes:
        """The mail with a signature above it. Lines must end in CRLF, as they leave."""
        algorithm = b"rsa-sha256" if b"-----BEGIN" in self.key else b"ed25519-sha256"
        signature = dkim.sign(
            mail, self.selector.encode("ascii"), self.domain.encode("ascii"), self.key,
            include_headers=list(_SIGNED), canonicalize=(b"relaxed", b"relaxed"), signature_algorithm=algorithm,
        )  # fmt: skip
        return bytes(signature) + mail


def signer_from(domain: str, selector: str, key_file: Path) -> Signer:
    """The signer that the settings name, tried once. Raises UnusableKey."""
    try:
        signer = Signer(domain, selector, key_file.read_bytes().strip())
        signer(b"From: a@b.example\r\n\r\nx\r\n")
    except OSError as error:
        raise UnusableKey(f"GUICHET_DKIM_KEY_FILE: {error.strerror}") from error
    except Exception as error:  # the library raises whatever its parser of keys trips over
        raise UnusableKey(
            "GUICHET_DKIM_KEY_FILE must hold an RSA key (PEM, BEGIN RSA PRIVATE KEY) or the base64 of an Ed25519 key"
        ) from error
    return signer
