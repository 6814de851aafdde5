"""DNS for one mail: every look-up counts and shares one wall clock, and a strange answer is no answer."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import dns.exception
import dns.resolver
import spf

SECONDS = 5.0  # for all look-ups of a mail together
MOST = 60  # SPF may need ten terms with ten addresses each; whoever needs more gets no verdict
LONGEST_TEXT = 4096  # octets of one TXT record; a policy or a key has a few hundred

Record = str | tuple[bytes, ...] | tuple[int, str]  # A, AAAA, PTR, CNAME: text; TXT: strings; MX: preference and name
Answer = tuple[str, Record]  # type, value
Zone = Callable[[str, str, float], tuple[Answer, ...]]  # name, type, seconds; () for no such name or no such type


class LookupTrouble(Exception):
    """DNS gave no answer in time, or a broken one. The question stays open: nothing is proven or disproven."""


class Lookups:
    """What one mail may ask. Repeats are free."""

    def __init__(self, zone: Zone, *, seconds: float = SECONDS, most: int = MOST) -> None:
        self._zone = zone
        self._end = time.monotonic() + seconds
        self._left = most
        self._known: dict[tuple[str, str], tuple[Answer, ...]] = {}
        self.trouble = False  # whether any look-up gave no answer

    def records(self, name: str, kind: str) -> tuple[Answer, ...]:
        """All records of a name, () where there are none. Raises LookupTrouble."""
        asked = (name.rstrip(".").lower(), kind)
        if asked not in self._known:
            self._known[asked] = self._ask(*asked)
        return self._known[asked]

    def texts(self, name: str) -> tuple[bytes, ...]:
        """The TXT records of a name, each joined of its strings. Raises LookupTrouble."""
        texts = (_text(value) for kind, value in self.records(name, "TXT") if kind == "TXT")
        return tuple(text for text in texts if 0 < len(text) <= LONGEST_TEXT)

    def _ask(self, name: str, kind: str) -> tuple[Answer, ...]:
        seconds = self._end - time.monotonic()
        if seconds <= 0 or self._left <= 0:
            self.trouble = True
            raise LookupTrouble("no time left" if seconds <= 0 else "too many look-ups")
        self._left -= 1
        try:
            return self._zone(name, kind, seconds)
        except LookupTrouble:
            self.trouble = True
            raise


def system_zone(servers: tuple[str, ...] = ()) -> Zone:
    """The DNS that this machine uses, or the servers given by address, each "192.0.2.1" or "192.0.2.1#5353"."""
    resolver = _resolver(servers)

    def look_up(name: str, kind: str, seconds: float) -> tuple[Answer, ...]:
        try:
            found = resolver.resolve(name, kind, lifetime=seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise LookupTrouble(type(error).__name__) from error
        return tuple((kind, _value(kind, record)) for record in found)

    return look_up


def _resolver(servers: tuple[str, ...]) -> dns.resolver.Resolver:
    if not servers:
        try:
            return dns.resolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            servers = ("127.0.0.1",)
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [address.partition("#")[0] for address in servers]
    resolver.nameserver_ports = {
        address.partition("#")[0]: int(address.partition("#")[2]) for address in servers if "#" in address
    }
    return resolver


def _value(kind: str, record: object) -> Record:
    match kind:
        case "TXT":
            return tuple(record.strings)  # type: ignore[attr-defined]
        case "MX":
            return record.preference, record.exchange.to_text(True)  # type: ignore[attr-defined]
        case "PTR":
            return str(record.target.to_text(True))  # type: ignore[attr-defined]
        case _:
            return str(record.address)  # type: ignore[attr-defined]


def _text(value: Record) -> bytes:
    return b"".join(one for one in value if isinstance(one, bytes)) if isinstance(value, tuple) else b""


_active: ContextVar[Lookups] = ContextVar("lookups")


@contextmanager
def spf_asks(lookups: Lookups) -> Iterator[None]:
    """Within this block the SPF library asks these look-ups; several threads may be in such a block at once."""
    token = _active.set(lookups)
    try:
        yield
    finally:
        _active.reset(token)


def _for_spf(name: str, kind: str, strict: object = True, timeout: float = 0) -> list[tuple[tuple[str, str], object]]:
    try:
        return [((name, found), value) for found, value in _active.get().records(name, kind)]
    except LookupTrouble as error:
        raise spf.TempError("DNS") from error


# The library has no other place to hand it a resolver. The context variable keeps mails apart.
spf.DNSLookup = _for_spf
