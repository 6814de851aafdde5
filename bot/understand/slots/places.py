"""Countries by name, and billing addresses by their label and shape."""

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
        re.sub(r"\W+", " ", fold(name)): code
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
    r"(?:\b(?:aus|von|from|depuis|de|du|statt|nicht|not|instead of|au lieu d[eu]|quitt\w+|leaving|left|leave|verlassen|bisher|formerly|plus en|plus au|nicht mehr in|no longer in|et non|noch nach|noch in|still in|still|toujours|encore|steht|stehen|says|portent|affiche\w*)\b|d')\s*(?:the |der |den |die |la |le |l'|les |en |« ?|« )?$|\b(?:plus|nicht mehr|no longer|not)\b[^.\n,;]{0,24}\s(?:en|in|au)\s$",
    re.IGNORECASE,
)
_ON_FILE = re.compile(
    r"\s(?:ist )?(?:hinterlegt|eingetragen|gespeichert|enregistrée?|on file|recorded)|[»\"”]?\s?,?\s(?:mais|aber|but|alors que|obwohl|although)\b",
    re.IGNORECASE,
)
_TO = re.compile(
    r"(?:\b(?:nach|to|in|vers|en|au|aux|à|auf|into|zu|land|country|pays|ist|is|est|la|le|l')\b|[→>:=])\s*(?:die |der |das |den |the |la |le |l'|les |jetzt |now |désormais |neu |ist |is )*[*_\"'«„]*$",
    re.IGNORECASE,
)


def countries(text: str) -> Iterator[Found]:
    """Countries named. `sure` where the words before point there, `old` where they point away from it."""
    words = [(fold(m.group()), m.start(), m.end(), m.group()) for m in _WORD.finditer(text)]
    position = 0
    yield from _codes(text)
    while position < len(words):
        found, used = _country_at(text, words, position)
        if found is not None:
            yield found
        position += used


_CODE = re.compile(
    r"(?:\b(?:land|pays|country)\b[^\n.;]{0,40}?|(?P<from>\b[A-Z]{2}\s?(?:→|->|=>|>)\s?)|\b(?:muss|must be|set to|auf|to|en)\s)(?P<code>[A-Z]{2})\b(?!\s?(?:→|->|=>|>|\d))"
)


def _codes(text: str) -> Iterator[Found]:
    """`Land: AT`, `FR → BE`."""
    known = set(territories().values())
    for match in _CODE.finditer(text):
        if match.group("code") in known:
            yield Found("country", match.group("code"), match.start("code"), match.end("code"))


def _country_at(text: str, words: list[tuple[str, int, int, str]], position: int) -> tuple[Found | None, int]:
    names = territories()
    for length in range(min(_longest(), len(words) - position), 0, -1):
        span = words[position : position + length]
        code = names.get(" ".join(word for word, *_ in span))
        if code and _written_as_a_name(span):
            start, end = span[0][1], span[-1][2]
            before = text[max(0, start - 30) : start]
            old = _FROM.search(before) is not None or _ON_FILE.match(text, end) is not None
            return Found("country", code, start, end, bool(_TO.search(before)), old), length
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
_CAP = r"[A-ZÀ-ÖØ-ÞŁ-Ž][\w'’-]*(?:-Str\.)?"
_TOWN_NAME = rf"(?:St\. |Sankt )?{_CAP}(?: \([A-Z]\w+\)|[ /-]\(?{_CAP}\)?| (?:an der|am|im|bei|sur|sous|en|les|lès|la|le|de|du|ob der|in der|i\.) {_CAP})*(?: a\. ?\w+\.?)?"
_TOWNS = (
    rf"(?<![\w/-])(?:[A-Z]{{1,2}}-)?(?:\d{{4}} ?[A-Z]{{2}}|\d{{2}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{3}} \d{{2}}|\d{{4,5}}) {_TOWN_NAME}",
    r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b",  # United Kingdom
    r"[A-Z]\d[\dW]\s[A-Z0-9]{4}\b",  # Ireland
    r"(?:\(\w+\)\s|[A-Z]{2}\s)?[A-Z]\d[A-Z]\s?\d[A-Z]\d\b",  # Canada
    rf"{_CAP},?\s[A-Z]{{2,3}}\s\d{{4,5}}(?:-\d{{4}})?\b",  # United States, Australia
)
_TOWN = re.compile("|".join(f"(?:{one})" for one in _TOWNS))
_KIND = r"(?:rue|bureau|boul|avenue|av|boulevard|bd|bld|place|pl|chemin|ch|route|rte|allées?|quai|impasse|cours|square|passage|faubourg|voie|rond-point|sentier|esplanade|côte|montée|venelle|clos|parc|lieu-dit|chaussée|ruelle|bis|ter|bât|bâtiment|bte|étage|c/o|ul|utca|zone|résidence|bp|tv|top)\.?"
_LINK = r"(?:der|dem|den|des|im|in|zur|zum|unter|bei|de|du|la|le|les|of|the|und|et|and|sur|aux|von|van|dei|del|da|do|dos|di|na|ob|am|an|à)"
_WORD_OF_ADDRESS = re.compile(rf"\(?(?:{_CAP}[.)]?|\d[\w/+º°.-]*|{_KIND}|{_LINK}|[dl]['’]{_CAP}|&|–|-|[DLdl]['’]\w+)")
_BEGINS = re.compile(rf"(?:{_CAP}|\d|c/o|ul\.|{_KIND}(?=\s)|Am\b|An\b)")
_STOPS = re.compile(
    r"^(?:(?:rechnungs|billing |invoice |rg-)?(?:adresse|anschrift|address|addr)\w*|adresse|address|anschrift|postanschrift|rechnung\w*|facture|facturation|invoices?|bills?|bitte|please|merci|neu\w*|weiteres|straße|der|dem|den|des|im|in|von|de|du|la|le|les|of|und|et|and|the(?=\s[a-z])|konto|account|richtig|unser\w*|our|notre|firma|sitz|siège|office|to|at|is|now|jetzt|nun|büro|land|wir|we|nous|ab|à|an(?!\s(?:der|den|dem)))$",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[,\n(`*„\"«]\s*|\s[–-]\s|\s+(?:in|à)\s+(?=[A-Z]{0,2}-?\d{4})")
_LEGAL = re.compile(r"\b(?:GmbH|AG|KG|OHG|e\.\s?[KVU]\.|SARL|SAS|S\.A\.|Ltd|Limited|Inc|BV|B\.V\.)\b|\bGmbH\b")


def addresses(text: str) -> Iterator[Found]:
    """Postal addresses: street and place, best after a word for an address or a move. Line breaks become `, `."""
    reach = 0
    for town in _TOWN.finditer(text):
        start = _begin(text, max(reach, town.start() - 130), town.start())
        written = text[start : town.end()]
        near = _LABEL.search(text[max(0, start - 160) : start]) is not None
        if start < town.start() and (any(c.isdigit() for c in text[start : town.start()]) or near):
            reach = town.end()
            if near or start < town.start() - 3:
                yield Found("address", _joined(written), start, reach, near)


def _begin(text: str, floor: int, town: int) -> int:
    """Walk back from the postcode, part by part (`, ` or a line break), while a part is made of words of an address."""
    start, parts = town, 0
    position = town
    while position > floor and parts < 5:
        breaks = [m for m in _BREAK.finditer(text, floor, position)]
        end = position
        if breaks and breaks[-1].end() >= position:
            end = breaks.pop().start()
        begin = breaks[-1].end() if breaks else floor
        kept = _suffix(text[begin:end])
        country = fold(kept.strip(" ,(")).replace("-", " ") in territories()
        if not kept or country or _LEGAL.search(kept) or "\n\n" in text[end:position]:
            break
        start = end - len(kept)
        if start > begin:
            break
        position, parts = start, parts + 1
    return start


def _suffix(part: str) -> str:
    """The words at the end of a part that an address can be made of."""
    stripped = part.rstrip()
    words = list(re.finditer(r"\S+", stripped))
    start = len(stripped)
    for number, word in reversed(list(enumerate(words))):
        said = word.group()
        ends = said.endswith((":", "?", "!")) or (
            said.endswith(".")
            and len(said) > 6
            and number < len(words) - 1
            and not said.lower().endswith(("str.", "g."))
        )
        if ends or not _WORD_OF_ADDRESS.fullmatch(said):
            break
        start = word.start()
    kept = stripped[start:]
    while kept and (_STOPS.match(kept.split()[0]) or not _BEGINS.match(kept)):
        if re.match(r"(?:Im|In|An|The|La|Le|Les|De|Am|Zum|Zur)\s(?:der|den|dem|[A-ZÀ-Þ\d])", kept):
            break
        kept = kept.split(maxsplit=1)[1] if " " in kept else ""
    return kept + part[len(stripped) :] if kept else ""


def _joined(written: str) -> str:
    written = re.sub(r"\s[–-]\s", ", ", written)
    written = re.sub(r"\s+(?:in|à)\s+(?=[A-Z]{0,2}-?\d{4})", ", ", written)
    lines = [line.strip(" ,\t") for line in written.split("\n")]
    return " ".join(", ".join(line for line in lines if line).split())
