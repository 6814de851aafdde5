"""What is ours in a mail: how we recognise our own letters and what comes back to them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_TOKEN = re.compile(r"[a-z2-7]{16,60}")


def is_ours(address: str, ours: Iterable[str]) -> bool:
    """Whether an address is one of ours, or a plus form of one. Source routes, quoting and % hacks are not."""
    local, _, domain = address.lower().rpartition("@")
    if not local.isascii() or any(sign in local for sign in '@%!"\\:, \t') or has_controls(address):
        return False
    return f"{local.partition('+')[0]}@{domain}" in ours


def has_controls(text: str) -> bool:
    """Whether a text has characters that no address has."""
    return any(ord(sign) < 32 or ord(sign) == 127 for sign in text)


def _no_token(token: str) -> bool:
    return False


@dataclass(frozen=True)
class OwnMail:
    """What is ours in a mail: addresses, Message-ID domain, the edge whose verdict counts, and our tokens."""

    addresses: tuple[str, ...] = ()  # lower-case
    domain: str = ""
    authserv_id: str | None = None
    is_token: Callable[[str], bool] = _no_token

    def is_address(self, address: str) -> bool:
        """Whether an address is one of ours or a plus form of one."""
        return is_ours(address, self.addresses)

    def is_domain(self, domain: str) -> bool:
        """Whether our Message-IDs end in this domain."""
        return bool(domain) and domain.lower() == self.domain.lower()

    def is_message_id(self, message_id: str) -> bool:
        """Whether a Message-ID holds one of our tokens."""
        return bool(self.token_in(message_id))

    def token_in(self, message_id: str) -> str:
        """The genuine token of a Message-ID of ours, else ""."""
        local, _, domain = message_id.strip().strip("<>").rpartition("@")
        return self.checked(local) if self.is_domain(domain) else ""

    def checked(self, token: str) -> str:
        """A token of ours in its normal form, else "". MTAs change the case; the check runs in constant time."""
        folded = token.lower()
        return folded if _TOKEN.fullmatch(folded) and self.is_token(folded) else ""
