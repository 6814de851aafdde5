"""DKIM: did this domain sign exactly what we read (RFC 6376, 8301, 8463)? The library checks, the policy is ours."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

import dkim

from bot.channels.mail.verify.lookups import Lookups, LookupTrouble

log = logging.getLogger(__name__)
library_log = logging.getLogger("bot.channels.mail.verify.library")  # the library logs signatures and keys
library_log.propagate = False
library_log.addHandler(logging.NullHandler())

MOST_SIGNATURES = 10  # that are looked at; senders set one to four
LONGEST_KEY = 1000  # octets of a key record: RSA of 4096 bits needs 760, and a huge key costs us minutes
MUST_SIGN = (b"from", b"to", b"subject", b"date")
LIBRARY_ERRORS = (
    dkim.DKIMException, dkim.util.InvalidTagValueList,  # which is no DKIMException
    ValueError, TypeError, KeyError, IndexError, ArithmeticError, AttributeError,
)  # fmt: skip


@dataclass(frozen=True)
class SignatureResult:
    """One signature: "pass", "fail", "temperror", or the rule of ours that it breaks; and whose it is."""

    verdict: str
    domain: str
    covers_type: bool = True  # whether Content-Type is signed; without, the same body can be made to read otherwise


def check_signatures(mail: bytes, lookups: Lookups, *, wanted: Callable[[str], bool]) -> tuple[SignatureResult, ...]:
    """The result of each signature whose domain is wanted; others cost nothing. Never raises."""
    try:
        verifier = dkim.DKIM(mail, logger=library_log, minkey=1024)
    except LIBRARY_ERRORS:
        return ()
    count = sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)
    found = (_one(verifier, index, lookups, wanted) for index in range(min(count, MOST_SIGNATURES)))
    return tuple(result for result in found if result is not None)


def _one(
    verifier: dkim.DKIM, index: int, lookups: Lookups, wanted: Callable[[str], bool]
) -> SignatureResult | None:  # fmt: skip
    try:
        fields, signed, _ = verifier.verify_headerprep(index)
    except LIBRARY_ERRORS:
        return None
    domain = fields[b"d"].decode("ascii", "replace").rstrip(".").lower()
    if not wanted(domain):
        return None
    if broken := broken_rule(fields, signed, MUST_SIGN):
        return SignatureResult(broken, domain)
    keys = KeyRecords(lookups)
    try:
        good = bool(verifier.verify(idx=index, dnsfunc=keys))
    except LIBRARY_ERRORS as error:
        log.info("action=dkim_unusable error=%s", type(error).__name__)
        good = False
    verdict = keys.objection(fields) or ("pass" if good else "fail")
    return SignatureResult(verdict, domain, b"content-type" in signed)


def broken_rule(fields: dict[bytes, bytes], signed: list[bytes], must: tuple[bytes, ...]) -> str:
    """The rule of ours that a signature breaks, "" for none; what a library accepts is more than we may believe."""
    if b"l" in fields:
        return "length_limited"  # anybody may append text to such a mail
    if missing := [name.decode() for name in must if name not in signed]:
        return f"{missing[0]}_unsigned"
    if fields.get(b"a", b"").lower() == b"rsa-sha1":
        return "sha1"  # RFC 8301
    return ""


class KeyRecords:
    """Gives the library its keys, within our limits, and remembers what speaks against them."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._trouble = False
        self._flags: set[bytes] = set()

    def __call__(self, name: bytes | str, timeout: float = 0) -> bytes | None:
        """The one key record of a name, or None."""
        asked = name.decode("ascii", "replace") if isinstance(name, bytes) else name
        try:
            records = [text for text in self._lookups.texts(asked) if re.search(rb"(?:^|;)\s*p\s*=", text)]
        except LookupTrouble:
            self._trouble = True
            return None
        if len(records) != 1 or len(records[0]) > LONGEST_KEY:
            return None
        for tag in records[0].split(b";"):
            key, _, value = tag.partition(b"=")
            if key.strip() == b"t":
                self._flags |= {flag.strip().lower() for flag in value.split(b":")}
        return records[0]

    def objection(self, fields: dict[bytes, bytes] | None = None) -> str:
        """Why a good signature would count for nothing, "" where nothing speaks against it. No fields: a seal's key."""
        if self._trouble:
            return "temperror"
        if b"y" in self._flags:
            return "testing"  # RFC 6376 3.6.1: treat as unsigned
        if fields and b"s" in self._flags:
            identity = fields.get(b"i", b"@" + fields[b"d"]).rpartition(b"@")[2]
            return "" if identity.lower() == fields[b"d"].lower() else "identity_below_domain"
        return ""
