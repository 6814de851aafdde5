"""Names of domains: their ASCII form, and where one organisation ends and the next begins."""

from functools import cache

import idna
from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def ascii_domain(domain: str) -> str:
    """The domain in the form that DNS knows, lower-case; "" where there is none."""
    bare = domain.strip().rstrip(".").lower()
    if bare.isascii():
        return bare
    try:
        return idna.encode(bare, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return ""


def organisation(domain: str) -> str:
    """The part of a name that somebody registered: one label below a public suffix; "" for a suffix itself."""
    return str(_suffixes().privatesuffix(ascii_domain(domain)) or "")
