"""Links to the page that says how to pay. Whoever has one sees one invoice; nobody can guess one, or alter it.

`/pay/RE-2026-000123/35700EUR-k3v…`: invoice, what remained when the link was made, and 128 bits of HMAC-SHA256
(RFC 2104) over both with the installation's secret. Nothing is stored, so a link costs no write and never runs out;
the page shows what remains on the day that it is opened.
"""

import base64
import hmac
import re
import secrets
from urllib.parse import quote

from billing.values import Money

_SEALED = re.compile(r"(\d{1,18})([A-Z]{3})-([a-z2-7]{26})")


class PayLinks:
    """Makes and checks links with a secret. Without one they are good for this process only."""

    def __init__(self, secret: str = "") -> None:
        self._key = secret.encode() or secrets.token_bytes(32)

    def path(self, number: str, remaining: Money) -> str:
        """Where on our own pages one sees how to pay this."""
        return f"/pay/{quote(number, safe='')}/{self.seal(number, remaining)}"

    def seal(self, number: str, remaining: Money) -> str:
        """The last part of the path."""
        return f"{remaining.minor}{remaining.currency}-{self._mac(number, remaining)}"

    def amount(self, number: str, sealed: str) -> Money | None:
        """What remained when this link to the invoice was made; None if it is not one of ours."""
        parts = _SEALED.fullmatch(sealed)
        if parts is None:
            return None
        remaining = Money(int(parts[1]), parts[2])
        return remaining if hmac.compare_digest(parts[3], self._mac(number, remaining)) else None

    def _mac(self, number: str, remaining: Money) -> str:
        said = "\x1f".join(("pay", number, str(remaining.minor), remaining.currency))
        digest = hmac.digest(self._key, said.encode(), "sha256")
        return base64.b32encode(digest[:16]).decode().lower().rstrip("=")
