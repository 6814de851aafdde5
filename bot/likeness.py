"""Senders who look like one of our customers' people and are not: look-alike domains, borrowed names."""

import re
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import idna
from rapidfuzz.distance import OSA

import billing
from bot.domains import organisation

REFRESH = 600.0  # seconds after which the customers are read again; a flag may be that late
SHORTEST = 4  # letters of a name; shorter ones have too many honest neighbours

# Signs that are read as a Latin letter in common typefaces (Unicode TS 39 has thousands; these are the ones in use).
_TWINS = str.maketrans(
    "аеорсхуіјѕԁһӏкмнтвԛԝαεικνορτυχωɡıℓ0135",
    "aeopcxyijsdhlkmhtbqwaeiknoptuxwgiloles",
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"))
_FREE_LABELS = frozenset(("gmx", "yahoo", "hotmail", "live", "outlook", "msn"))  # under many top levels
_FREE = frozenset((
    "gmail.com", "googlemail.com", "web.de", "t-online.de", "freenet.de", "arcor.de", "online.de", "email.de",
    "mail.de", "posteo.de", "mailbox.org", "icloud.com", "me.com", "mac.com", "aol.com", "aol.de", "proton.me",
    "protonmail.com", "pm.me", "tutanota.com", "tuta.io", "mail.com", "email.com", "zoho.com", "yandex.com",
    "yandex.ru", "mail.ru", "ymail.com", "rocketmail.com", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr",
    "neuf.fr", "laposte.net", "numericable.fr", "bbox.fr", "bluewin.ch", "sunrise.ch", "hispeed.ch", "aon.at",
    "chello.at", "kabelmail.de", "vodafone.de", "skynet.be", "telenet.be", "pt.lu", "btinternet.com", "hey.com",
    "fastmail.com", "inbox.lv", "seznam.cz", "wp.pl", "o2.pl", "libero.it",
))  # fmt: skip


class Customers(Protocol):
    """Where the customers are read."""

    def all_customers(self) -> tuple[billing.Customer, ...]:
        """All customers."""


@dataclass(frozen=True)
class _Known:
    """What the customers are called: their registered domains by each form that could be mistaken for it."""

    domains: frozenset[str] = frozenset()
    by_label: dict[str, str] = field(default_factory=dict)
    by_skeleton: dict[str, str] = field(default_factory=dict)
    by_gap: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the label with one letter left out
    names: frozenset[frozenset[str]] = frozenset()


class Likeness:
    """Compares unknown senders with the customers. The customers are read again every ten minutes."""

    def __init__(self) -> None:
        self._known = _Known()
        self._read = float("-inf")

    def flags(self, address: str, name: str, core: Customers) -> tuple[str, ...]:
        """Short codes for what is suspicious about a sender who is on no account; () for nothing."""
        if time.monotonic() - self._read > REFRESH:
            self._known, self._read = _known(core.all_customers()), time.monotonic()
        return tuple(_flags(address, name, self._known))


def looks_alike(domain: str, known: str) -> str:
    """How a domain resembles another one: "tld", "signs", "letter", "part", or "" for not at all."""
    return _likeness(organisation(domain), _index([organisation(known)]))[0]


def is_free(domain: str) -> bool:
    """Whether anybody can have an address there."""
    owner = organisation(domain)
    return owner in _FREE or owner.partition(".")[0] in _FREE_LABELS


def _flags(address: str, name: str, known: _Known) -> Iterable[str]:
    owner = organisation(address.rpartition("@")[2])
    if "@" in name and address not in name.casefold():
        yield "name_shows_another_address"
    if is_free(owner):
        local = re.sub(r"\d+$", "", address.partition("@")[0])
        if {_words(name), _words(local)} & known.names:
            yield "look_alike_name_of_a_contact"
        return
    how, whom = _likeness(owner, known)
    if how:
        yield f"look_alike_{how}_of_{whom}"


def _likeness(owner: str, known: _Known) -> tuple[str, str]:
    if not owner or owner in known.domains:
        return "", ""
    label = _label(owner)
    shape = _skeleton(label)
    if label in known.by_label:
        return "tld", known.by_label[label]
    if shape in known.by_skeleton:
        return "signs", known.by_skeleton[shape]
    near = (one for gap in (label, *_gaps(label)) for one in known.by_gap.get(gap, ()))
    if found := next((one for one in near if OSA.distance(label, _label(one)) == 1), ""):
        return "letter", found
    parts = (known.by_label[part] for part in label.split("-") if len(part) > SHORTEST and part in known.by_label)
    found = next(parts, "")
    return ("part", found) if found else ("", "")


def _known(customers: Iterable[billing.Customer]) -> _Known:
    owners: set[str] = set()
    names: set[frozenset[str]] = set()
    for customer in customers:
        addresses = (*(contact.email for contact in customer.contacts), *customer.standing_recipients)
        owners |= {organisation(one.rpartition("@")[2]) for one in (*addresses, *customer.domains)}
        names |= {_words(contact.name) for contact in customer.contacts}
    found = _index(owner for owner in owners if owner and not is_free(owner))
    return _Known(
        found.domains, found.by_label, found.by_skeleton, found.by_gap, frozenset(one for one in names if len(one) > 1)
    )


def _index(owners: Iterable[str]) -> _Known:
    domains = sorted(set(owners))
    by_label = {_label(owner): owner for owner in domains if len(_label(owner)) >= SHORTEST}
    gaps: dict[str, tuple[str, ...]] = {}
    for label, owner in by_label.items():
        for gap in {label, *_gaps(label)}:
            gaps[gap] = (*gaps.get(gap, ()), owner)
    return _Known(frozenset(domains), by_label, {_skeleton(label): owner for label, owner in by_label.items()}, gaps)


def _label(owner: str) -> str:
    """The name itself, as people read it."""
    label = owner.partition(".")[0]
    try:
        return idna.decode(label) if label.startswith("xn--") else label
    except (idna.IDNAError, UnicodeError):
        return label


def _skeleton(label: str) -> str:
    """What an eye sees: twins as Latin letters, no accents, no hyphens, pairs that run together."""
    seen = _bare(label).translate(_TWINS).replace("-", "")
    for pair, one in _PAIRS:
        seen = seen.replace(pair, one)
    return seen


def _bare(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return "".join(sign for sign in spread if not unicodedata.combining(sign))


def _gaps(label: str) -> set[str]:
    return {label[:at] + label[at + 1 :] for at in range(len(label))} if len(label) <= 63 else set()


def _words(name: str) -> frozenset[str]:
    """The words of a name in no order: `Muster, Max`, `Max Muster` and `max.muster` are one."""
    plain = _bare(name).replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return frozenset(word for word in re.split(r"[^\w]+|_", plain) if len(word) > 1)
