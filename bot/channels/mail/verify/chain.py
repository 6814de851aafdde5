"""ARC: a forwarder that we know says what it found before it changed the mail (RFC 8617)."""

import re
from dataclasses import dataclass

import dkim

from bot.channels.mail.verify.lookups import Lookups
from bot.channels.mail.verify.signature import LIBRARY_ERRORS, MUST_SIGN, KeyRecords, broken_rule, library_log

MOST_INSTANCES = 10  # hops that anybody has; the RFC allows 50
_INSTANCE = re.compile(rb"(?:^|;)\s*i\s*=\s*(\d{1,3})\s*(?:;|$)")
_SET = (b"arc-seal", b"arc-message-signature", b"arc-authentication-results")


@dataclass(frozen=True)
class ChainResult:
    """What the chain is worth: "pass", "none", "fail", "temperror" or "untrusted"; the seals from old to new.

    `first_results` is what the oldest hop found, in the form of Authentication-Results, "" unless the chain passes.
    """

    verdict: str
    sealers: tuple[str, ...] = ()
    first_results: str = ""


def check_chain(mail: bytes, lookups: Lookups, forwarders: tuple[str, ...]) -> ChainResult:
    """Check the chain if every hop in it is one of the forwarders; a chain of others costs nothing. Never raises."""
    try:
        verifier = dkim.ARC(mail, logger=library_log, minkey=1024)
    except LIBRARY_ERRORS:
        return ChainResult("fail")
    sets = _sets(verifier.headers)
    if not sets:
        return ChainResult("none")
    if (
        sorted(sets) != list(range(1, len(sets) + 1))
        or len(sets) > MOST_INSTANCES
        or not all(map(_is_whole, sets.values()))
    ):
        return ChainResult("fail")
    sealers = tuple(_domain(sets[number][b"arc-seal"][0]) for number in sorted(sets))
    if not all(any(sealer == known or sealer.endswith(f".{known}") for known in forwarders) for sealer in sealers):
        return ChainResult("untrusted", sealers)
    return _checked(verifier, sets, sealers, lookups)


def _checked(
    verifier: dkim.ARC, sets: dict[int, dict[bytes, list[bytes]]], sealers: tuple[str, ...], lookups: Lookups
) -> ChainResult:
    newest = sets[len(sets)][b"arc-message-signature"][0]
    try:
        fields = dkim.util.parse_tag_value(_unfolded(newest))
        signed = [name.strip().lower() for name in fields.get(b"h", b"").split(b":")]
        if broken_rule(fields, signed, MUST_SIGN) or not _same_domain(sets):
            return ChainResult("fail", sealers)
        keys = KeyRecords(lookups)
        verdict = verifier.verify(dnsfunc=keys)[0]
    except LIBRARY_ERRORS:
        return ChainResult("fail", sealers)
    if objection := keys.objection():
        return ChainResult("temperror" if objection == "temperror" else "fail", sealers)
    if verdict != dkim.CV_Pass:
        return ChainResult("fail", sealers)
    first = _unfolded(sets[1][b"arc-authentication-results"][0]).decode("utf-8", "replace")
    return ChainResult("pass", sealers, first.partition(";")[2])


def _sets(headers: list[tuple[bytes, bytes]]) -> dict[int, dict[bytes, list[bytes]]]:
    found: dict[int, dict[bytes, list[bytes]]] = {}
    for name, value in headers:
        if name.lower() in _SET:
            number = _INSTANCE.search(_unfolded(value))
            instance = found.setdefault(int(number[1]) if number else 0, {})
            instance.setdefault(name.lower(), []).append(value)
    return found


def _is_whole(one: dict[bytes, list[bytes]]) -> bool:
    return all(len(one.get(name, ())) == 1 for name in _SET)


def _same_domain(sets: dict[int, dict[bytes, list[bytes]]]) -> bool:
    """Whether each hop signed and sealed under one name: the signature of another would let its words in as ours."""
    return all(_domain(one[b"arc-seal"][0]) == _domain(one[b"arc-message-signature"][0]) != "" for one in sets.values())


def _domain(header: bytes) -> str:
    try:
        tags = dkim.util.parse_tag_value(_unfolded(header))
    except LIBRARY_ERRORS:
        return ""
    return str(tags.get(b"d", b"").decode("ascii", "replace").rstrip(".").lower())


def _unfolded(value: bytes) -> bytes:
    return re.sub(rb"\s+", b" ", value).strip()
