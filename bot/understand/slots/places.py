"""Countries by name, and billing addresses by their label and shape."""
# ruff: noqa: E501  (tables of patterns read better unbroken)

import re
from collections.abc import Iterator
from functools import lru_cache

from babel import Locale

from bot.understand.slots.found import Found
from bot.understand.text import fold

_ALIASES = {
    "uk": "GB", "england": "GB", "great britain": "GB", "grossbritannien": "GB", "angleterre": "GB", "scotland": "GB",
    "usa": "US", "america": "US", "united states": "US", "etats unis": "US", "holland": "NL", "hollande": "NL", "the netherlands": "NL",
    "czech republic": "CZ", "republique tcheque": "CZ", "tschechische republik": "CZ", "elfenbeinkueste": "CI", "turkey": "TR",
    "grand bretagne": "GB", "schottland": "GB", "ecosse": "GB", "irland": "IE", "niederlande": "NL", "pays bas": "NL",
    "fuerstentum liechtenstein": "LI", "principaute de monaco": "MC", "emirats": "AE", "slowakische republik": "SK", "royaume uni": "GB",
    "deutschland": "DE", "schweiz": "CH", "oesterreich": "AT", "suisse": "CH", "eire": "IE", "vereinigtes koenigreich": "GB",
}  # fmt: skip
_TERRITORY = re.compile(r"[A-Z]{2}")


@lru_cache(maxsize=1)
def territories() -> dict[str, str]:
    """Folded country names in German, French and English, and the code of each."""
    names = {
        fold(name).replace("-", " "): code
        for language in ("de", "fr", "en")
        for code, name in Locale(language).territories.items()
        if _TERRITORY.fullmatch(code) and code not in {"EU", "UN", "EZ", "XA", "XB", "ZZ", "QO"}
    }
    return names | _ALIASES


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(name.count(" ") + 1 for name in territories())


_WORD = re.compile(r"[^\W\d_]+")
_FROM = re.compile(
    r"(?:\b(?:aus|von|from|depuis|de|du|statt|nicht|not|instead of|au lieu d[eu]|quitt\w+|leaving|left|leave|verlassen|bisher|formerly|plus en|nicht mehr in|no longer in|et non)\b|d')\s*(?:the |der |den |die |la |le |l'|les )?$",
    re.IGNORECASE,
)
_TO = re.compile(r"(?:\b(?:nach|to|in|vers|en|au|aux|à|auf|into|zu|land|country|pays|ist|is|est|la|le|l')\b|[→>:=])\s*(?:die |der |das |den |the |la |le |l'|les |jetzt |now |désormais |neu |ist |is )*[*_\"'«„]*$", re.IGNORECASE)


def countries(text: str) -> Iterator[Found]:
    """Countries named. `sure` where the words before point there, `old` where they point away from it."""
    words = [(fold(m.group()), m.start(), m.end(), m.group()) for m in _WORD.finditer(text)]
    position = 0
    while position < len(words):
        found, used = _country_at(text, words, position)
        if found is not None:
            yield found
        position += used


def _country_at(text: str, words: list[tuple[str, int, int, str]], position: int) -> tuple[Found | None, int]:
    names = territories()
    for length in range(min(_longest(), len(words) - position), 0, -1):
        span = words[position : position + length]
        code = names.get(" ".join(word for word, *_ in span))
        if code and _written_as_a_name(span):
            start, end = span[0][1], span[-1][2]
            before = text[max(0, start - 30) : start]
            return Found("country", code, start, end, bool(_TO.search(before)), bool(_FROM.search(before))), length
    return None, 1


def _written_as_a_name(span: list[tuple[str, int, int, str]]) -> bool:
    """Short names are also words (`la Réunion` and a `reunion`, Man, Niue): those need a capital."""
    first = span[0][3]
    return first[0].isupper() or (len(span[0][0]) > 5 and span[0][0] != "reunion")


# ------------------------------------------------------------------ addresses

_LABEL = re.compile(
    r"(?:\b(?:rechnungs(?:adresse|anschrift)|(?:neue |unsere |die )*(?:adresse|anschrift|postanschrift)|(?:new |our |the )?(?:billing |invoice |invoicing |postal )?addr(?:ess)?\b|(?:nouvelle |notre |l')?adresse(?: de facturation| postale)?|bill us at|bill(?:ing)? to|invoices? to|invoice us at|facturer (?:au|à|a)|sitz(?:en|t)? (?:jetzt|nun|ab \w+)? ?(?:in|an)|umgezogen|umzug|verlegt|ziehen|moved|moving|relocated|premises|offices?|déménag\w+|demenag\w+|emménag\w+|installés?|transfér\w+|siège|locaux|räume|büro|standort|anschrift auf den rechnungen|kundenadresse|firmensitz))",
    re.IGNORECASE,
)
_STREET_DE = r"(?:[A-ZÄÖÜ][\wäöüßÄÖÜ.'-]*[\s-]){0,4}[A-ZÄÖÜa-zäöü][\wäöüß.'-]*(?:str(?:aße|asse|\.)?|weg|gasse|platz|allee|ring|damm|ufer|hof|berg|markt|chaussee|steig|graben|park|kai|zeile|feld|wiese|tor|wall|dorf|stieg|brücke|rain|halde|strasse)\b\.?\s*\d{1,4}\s?[a-zA-Z]?(?:[-/]\d+)?"
_STREET_ANY = r"(?:(?:am|an der|auf der|auf dem|im|in der|zum|zur|unter den|alte|alter|bei der|hinter der|beim)\s)?[A-ZÄÖÜÉÈ][\w'’äöüßéèê.-]*(?:\s[\w'’äöüßéèêâîôç.-]+){0,4}\s\d{1,4}\s?[a-z]?\b(?:[-/]\d+)?"
_STREET_FR = r"\d{1,4}\s?(?:bis|ter|[A-Za-z](?=\W))?,?\s(?:(?:rue|avenue|av\.?|boulevard|bd\.?|bld|place|pl\.?|chemin|ch\.|route|rte|allée|allées|quai|impasse|cours|square|passage|faubourg|voie|rond-point|sentier|esplanade|côte|montée|venelle|clos|parc|lieu-dit|r\.)\s[^\n,;]{2,50})"
_STREET_FR2 = r"(?:rue|avenue|boulevard|chemin|route|place|quai|chaussée)\s[^\n,;\d]{2,40},?\s\d{1,4}\s?[a-zA-Z]?\b"
_STREET_EN = r"(?:(?:Unit|Suite|Floor|Flat|Level|Studio|Office)\s[\w-]+,?\s)?(?:\d{1,4}[A-Za-z]?(?:-\d+)?\s(?:[A-Z][\w'’.-]*\s?){1,5})|(?:[A-Z][\w'’-]*\s){1,3}(?:House|Hall|Court|Mill|Barn|Park|Centre|Works|Farm|Yard|Wharf|Estate)"
_BOX = r"(?:Postfach|PO Box|P\.O\. Box|BP|Boîte postale|B\.P\.|CS|Case postale)\s\d[\d ]*"
_STREET = re.compile(f"(?:{_BOX}|{_STREET_FR}|{_STREET_FR2}|{_STREET_DE}|{_STREET_EN}|{_STREET_ANY})")
_PLACE = r"(?:[A-Z]{1,2}-)?\d{4,5}\s(?:[A-ZÄÖÜÉÈ][\w'’äöüßéèêâîôç/-]*(?:[\s-](?:[A-ZÄÖÜÉÈ(][\w'’äöüßéèêâîôç)/.-]*|an|am|der|im|bei|sur|sous|en|les|la|le|de|du|d'\w+|ob|a\.)){0,5})"
_UK = r"[A-Z][\w' -]{1,40},?\s(?:[A-Z][\w' -]{1,30},?\s)?[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b"
_US = r"[A-Z][\w' -]{1,30},\s[A-Z]{2}\s\d{5}(?:-\d{4})?"
_CA = r"[A-ZÉ][\w'é -]{1,30},?\s(?:\([\w]+\)\s|[A-Z]{2}\s)?[A-Z]\d[A-Z]\s?\d[A-Z]\d"
_TOWN = re.compile(f"{_PLACE}|{_UK}|{_US}|{_CA}|\\d{{4}}\\s?[A-Z]{{2}}\\s[A-Z]\\w+")


def addresses(text: str) -> Iterator[Found]:
    """Postal addresses: street and place, after a word for an address or a move. Line breaks become `, `."""
    for town in _TOWN.finditer(text):
        start = _where_it_begins(text, town.start(), town.end())
        if start is None:
            continue
        window = text[max(0, start - 160) : start]
        end = town.end()
        yield Found("address", _joined(text[start:end]), start, end, sure=_LABEL.search(window) is not None)


def _where_it_begins(text: str, town: int, end: int) -> int | None:
    """The start of the street before a town, at most three parts back."""
    floor = max(0, town - 110)
    region = text[floor:end]
    best: int | None = None
    for match in _STREET.finditer(region, 0, max(0, town - floor) if town - floor > 3 else len(region)):
        between = region[match.end() : town - floor]
        if between.count("\n") + between.count(",") <= 3 and len(between) <= 45 and not re.search(r"[.!?]\s|:", between):
            best = floor + match.start()
            break
    return best


def _joined(written: str) -> str:
    lines = [line.strip(" ,\t") for line in written.split("\n")]
    return " ".join(", ".join(line for line in lines if line).split())
