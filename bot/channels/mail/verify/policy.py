"""DMARC: what the From domain publishes, and whether a proof belongs to it (RFC 7489). Alignment is our own."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domains import ascii_domain, organisation

if TYPE_CHECKING:  # who only compares domains need not load DNS
    from bot.channels.mail.verify.lookups import Lookups


@dataclass(frozen=True)
class DomainPolicy:
    """The alignment that a domain asks for. What it wants done with failures is not ours to weigh: a fail is a fail."""

    strict_dkim: bool = False
    strict_spf: bool = False


def aligned(one: str, other: str, *, strict: bool = False) -> bool:
    """Whether two domains belong to one organisation (RFC 7489 3.1); strict: whether they are the same."""
    first, second = ascii_domain(one), ascii_domain(other)
    if not first or not second or "." not in first:
        return False
    if strict or first == second:
        return first == second and bool(organisation(first))
    return bool(organisation(first)) and organisation(first) == organisation(second)


def policy_of(domain: str, lookups: "Lookups") -> DomainPolicy | None:
    """What the From domain publishes, or else its organisation; None for nothing. Raises LookupTrouble."""
    names = dict.fromkeys((ascii_domain(domain), organisation(domain)))
    for name in names:
        if name and (found := _published(name, lookups)) is not None:
            return found
    return None


def _published(domain: str, lookups: "Lookups") -> DomainPolicy | None:
    records = [tags for text in lookups.texts(f"_dmarc.{domain}") if (tags := _tags(text)) is not None]
    if len(records) != 1:  # RFC 7489 6.6.3: several are none
        return None
    tags = records[0]
    if tags.get("p") not in ("none", "quarantine", "reject") and "rua" not in tags:
        return None
    return DomainPolicy(tags.get("adkim") == "s", tags.get("aspf") == "s")


def _tags(text: bytes) -> dict[str, str] | None:
    """The tags of a DMARC record, None for any other text: the version must come first, spelt exactly (6.3)."""
    pairs = [part.partition("=") for part in text.decode("ascii", "replace").split(";")]
    first = (pairs[0][0].strip(), pairs[0][2].strip())
    if first != ("v", "DMARC1"):
        return None
    return {key.strip().lower(): value.strip().lower() for key, _, value in pairs[1:]}
