"""Tokens that prove a message answers one of ours: an outbox id and its HMAC, safe in any address.

42 characters of lower-case base32: mail servers fold the case of addresses, so case says nothing here.
128 bits of HMAC-SHA256 (RFC 2104), compared in constant time.
"""

import base64
import hashlib
import hmac

ID_LENGTH = 16
MAC_LENGTH = 26


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
        return row_id + self._mac(row_id)

    def seal(self, text: str) -> str:
        """An HMAC over an entry of the audit, as 64 hexadecimal digits."""
        return hmac.new(self._key, b"audit:" + text.encode(), hashlib.sha256).hexdigest()

    def row_of(self, token: str) -> str | None:
        """The outbox row a genuine token names; None for anything else."""
        token = token.lower()
        row_id, mac = token[:ID_LENGTH], token[ID_LENGTH:]
        if len(mac) != MAC_LENGTH or not token.isascii():
            return None
        return row_id if hmac.compare_digest(mac, self._mac(row_id)) else None

    def _mac(self, row_id: str) -> str:
        digest = hmac.digest(self._key, b"letter:" + row_id.encode(), "sha256")
        return base64.b32encode(digest[:16]).decode().lower().rstrip("=")
