"""Postal addresses as people write them in one line: taken apart, and put back as they stand on our invoices.

Nothing here is certain; whoever changes an address shows it to its owner first.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass

from babel import Locale

from billing.desk import POSTCODES
from billing.documents.facts import POSTCODE_BELOW, TOWN_FIRST
from billing.rules import COUNTRIES
from billing.values import Address

# How people call a country beside its name in our three languages.
_NICKNAMES = {
    "uk": "GB", "u.k.": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "grande-bretagne": "GB", "angleterre": "GB", "grossbritannien": "GB", "usa": "US",
    "u.s.a.": "US", "united states of america": "US", "etats-unis d'amerique": "US", "the netherlands": "NL",
    "holland": "NL", "bundesrepublik deutschland": "DE", "brd": "DE", "suisse": "CH", "svizzera": "CH",
    "republik osterreich": "AT", "osterreich": "AT",
}  # fmt: skip
# The signs of the cars, which people put before a postcode: D-79098. Two letters are mostly the ISO code.
_SIGNS = {"D": "DE", "A": "AT", "F": "FR", "B": "BE", "L": "LU", "I": "IT", "E": "ES", "FL": "LI"}
_SIGN = re.compile(r"(?:(?P<sign>[A-Z]{1,2})\s?[-–]\s?)?(?P<rest>\d.{2,})")
_GENERAL = r"\d{4,6}|\d{3} \d{2}|\d{2}-\d{3}|\d{4}-\d{3}"  # in countries that we have no form of
_STATE = re.compile(r"(?P<city>.*?)[ ,]*\b(?P<state>[A-Z]{2,3}) (?P<code>\d{4,5}(?:-\d{4})?)")  # US, AU
_BEHIND = re.compile(r"(?P<city>.*?)[ ,]*\b(?P<code>[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4,6})")
_HOUSE = re.compile(r"\d{1,3} ?(?:bis|ter|[a-z])?", re.IGNORECASE)
_BOX = re.compile(r"postfach|p\.? ?o\.? ?box|b\.? ?p\.? ?\d|boite postale|case postale|postbus", re.IGNORECASE)
_CARE = re.compile(r"c/o|z\. ?hd|zu h(?:an|ä)den|attn|attention|à l'attention|a l'attention", re.IGNORECASE)
# Legal forms as the last word of a part: what stands there is a company and no street.
_FORM = re.compile(
    r"(?:^|\s)(?:g?gmbh|gesmbh|ges\.m\.b\.h\.|mbh|ag|kg|ohg|kgaa|ug(?: \(haftungsbeschränkt\))?|gbr|e\. ?k\.|e\. ?v\.|"
    r"eg|partg(?: mbb)?|se|sarl|sàrl|s\.à r\.l\.|sas|sasu|eurl|sci|scop|snc|sa|ltd\.?|limited|llp|llc|plc|"
    r"inc\.?|corp\.?|b\.?v\.?|n\.?v\.?|s\.r\.l\.|srl|s\.p\.a\.|spa|oy|aps|a/s)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Written:
    """An address as it was read. What did not stand there is empty."""

    address: Address
    company: str = ""  # a company above the street that is not the customer's name
    country: str = ""  # ISO code, where the country is written out or stands before the postcode

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of street, postcode and city did not stand there."""
        return tuple(field for field in ("street", "postcode", "city") if not getattr(self.address, field))


def read(written: str, country: str, name: str = "") -> Written:
    """The address in a text whose parts are joined by commas. `country`, `name`: the customer's, as they are now."""
    parts = [" ".join(part.split()) for part in re.split(r"[,;\n]", written)]
    parts = [part for part in parts if part and _plain(part) != _plain(name)]
    said = _country(parts[-1]) if len(parts) > 1 else ""
    if said:
        parts.pop()
    place, rest = _placed(parts, said or country)
    companies = [part for part in rest if _FORM.search(part) and not _CARE.match(part)]
    street, extra = _street([part for part in _with_house_numbers(rest) if part not in companies])
    address = Address(street, extra, place.postcode, place.city)
    return Written(address, companies[0] if companies else "", said or place.country)


def country_behind(text: str, written: str) -> str:
    """The country that stands in a text right behind the address, on its line or the next; "" where none does."""
    last = re.split(r"[,;\n]", written)[-1].strip()
    at = text.rfind(last) if last else -1
    behind = re.match(r"[ \t,;(–-]*\n?[ \t]*([^,;.()\r\n]{2,40})", text[at + len(last) :].replace("\r", ""))
    return _country(behind[1].strip()) if at >= 0 and behind else ""


def lines(address: Address, country: str) -> tuple[str, ...]:
    """As it stands on our invoices below the name, without the country."""
    town = (address.city, address.postcode) if country in TOWN_FIRST else (address.postcode, address.city)
    whole = town if country in POSTCODE_BELOW else (" ".join(part for part in town if part),)
    return tuple(line for line in (address.street, address.extra, *whole) if line)


def is_postcode(postcode: str, country: str) -> bool:
    """Whether a postcode has the country's form; True where we know of none."""
    return country not in POSTCODES or bool(re.fullmatch(POSTCODES[country], postcode.upper()))


@dataclass(frozen=True)
class _Place:
    postcode: str = ""
    city: str = ""
    country: str = ""


def _placed(parts: list[str], country: str) -> tuple[_Place, list[str]]:
    """The part with the postcode, looked for from the end; a city may stand in a part of its own beside it."""
    for index in range(len(parts) - 1, -1, -1):
        place = _place(parts[index], country)
        if place is None:
            continue
        rest = parts[:index] + parts[index + 1 :]
        if place.city and not re.fullmatch("[A-Z]{2,3}", place.city):  # no more than the state is no city
            return place, rest
        at = index - 1 if country in TOWN_FIRST or index == len(parts) - 1 else index
        if len(rest) > 1 and 0 <= at < len(rest):  # with one part left, that is the street
            return _Place(place.postcode, f"{rest.pop(at)} {place.city}".strip(), place.country), rest
        return place, rest
    return _Place(), parts


def _place(part: str, country: str) -> _Place | None:
    if country in TOWN_FIRST:
        if found := _STATE.fullmatch(part):
            return _Place(found["code"], f"{found['city']} {found['state']}".strip())
        found = _BEHIND.fullmatch(part)
        return _Place(found["code"].upper(), found["city"]) if found else None
    signed = _SIGN.fullmatch(part)
    if signed is None:
        return None
    sign = signed["sign"] or ""
    where = _SIGNS.get(sign, sign if sign in COUNTRIES else "")
    form = POSTCODES.get(where or country)
    for one in (form, _GENERAL) if form else (_GENERAL,):
        if found := re.fullmatch(rf"(?P<code>{one})(?:\s+(?P<city>[^\d\s].*))?", signed["rest"]):
            return _Place(found["code"], found["city"] or "", where)
    return None


def _with_house_numbers(parts: list[str]) -> list[str]:
    """ "8, rue des Lilas" and "Gartenstraße, 12" are one part each."""
    whole: list[str] = []
    waiting = ""
    for part in parts:
        if not _HOUSE.fullmatch(part):
            whole.append(f"{waiting} {part}".strip())
            waiting = ""
        elif whole and not re.search(r"\d", whole[-1]):
            whole[-1] = f"{whole[-1]} {part}"
        else:
            waiting = part
    return [*whole, waiting] if waiting else whole


def _street(parts: list[str]) -> tuple[str, str]:
    """The street, and what else stands above the town."""
    streets = [part for part in parts if not _CARE.match(part)]
    numbered = [part for part in streets if _BOX.match(part) or re.search(r"\d", part)]
    street = next(iter([*numbered, *streets]), "")
    return street, ", ".join(part for part in parts if part is not street)


def _country(part: str) -> str:
    plain = _plain(part)
    return _NICKNAMES.get(plain) or _countries().get(plain, "") or (part if part in COUNTRIES else "")


@functools.cache
def _countries() -> dict[str, str]:
    named = (Locale.parse(language).territories.items() for language in ("de", "fr", "en"))
    return {_plain(name): str(code) for every in named for code, name in every if code in COUNTRIES}


def _plain(text: str) -> str:
    """Without accents, letter case and hyphens of spelling: "ÖSTERREICH" is "osterreich"."""
    bare = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("’", "'"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold().strip(" .")
