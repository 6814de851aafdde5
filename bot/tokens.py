"""Tokens that prove a message or a click answers a letter of ours: an outbox id and its HMAC, safe in any address.

42 characters of lower-case base32: mail servers fold the case of addresses, so case says nothing here.
128 bits of HMAC-SHA256 (RFC 2104), compared in constant time.
"""

import base64
import hashlib
import hmac

ID_LENGTH = 16
MAC_LENGTH = 26
_LETTER, _PAGE = b"letter:", b"page:"


def derive_id(*parts: str) -> str:
    """A row id of 16 characters that the same parts always give."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower()


class Tokens:
    """Makes and checks tokens with the installation's secret key."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def make(self, row_id: str) -> str:
        """The token of an outbox row."""
        return row_id + self._mac(_LETTER, row_id)

    def link(self, row_id: str) -> str:
        """The token that opens the page of the question in an outbox row.

        Another than `make` gives: that one stands in Message-ID and References, which every reply shows to others.
        """
        return row_id + self._mac(_PAGE, row_id)

    def seal(self, text: str) -> str:
        """An HMAC over an entry of the audit, as 64 hexadecimal digits."""
        return hmac.new(self._key, b"audit:" + text.encode(), hashlib.sha256).hexdigest()

    def row_of(self, token: str) -> str | None:
        """The outbox row a genuine token names; None for anything else."""
        return self._checked(_LETTER, token)

    def row_of_link(self, token: str) -> str | None:
        """The same for the token of a page."""
        return self._checked(_PAGE, token)

    def _checked(self, purpose: bytes, token: str) -> str | None:
        token = token.lower()
        row_id, mac = token[:ID_LENGTH], token[ID_LENGTH:]
        if len(mac) != MAC_LENGTH or not token.isascii():
            return None
        return row_id if hmac.compare_digest(mac, self._mac(purpose, row_id)) else None

    def _mac(self, purpose: bytes, row_id: str) -> str:
        digest = hmac.digest(self._key, purpose + row_id.encode(), "sha256")
        return base64.b32encode(digest[:16]).decode().lower().rstrip("=")
