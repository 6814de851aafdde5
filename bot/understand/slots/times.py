"""Periods: months, quarters, years, and relative times against the day the message was sent."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from bot.understand.slots.found import Found

_MONTHS = {
    1: "januar|jänner|jaenner|january|janvier|jan", 2: "februar|feber|february|février|fevrier|feb|févr", 3: "märz|maerz|march|mars",
    4: "april|avril|avr|apr", 5: "mai|may", 6: "juni|june|juin", 7: "juli|july|juillet|juil", 8: "august|août|aout|aug",
    9: "september|septembre|sept|sep", 10: "oktober|october|octobre|oct|okt", 11: "november|novembre|nov",
    12: "dezember|december|décembre|decembre|dec|dez|déc",
}  # fmt: skip
_MONTH_OF = {name: number for number, names in _MONTHS.items() for name in names.split("|")}
_NAMES = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_YEAR = r"(20[0-4]\d)"
_MONTH = re.compile(
    rf"(?<![\w-])({_NAMES})(?:rechnung\w*)?\b\.?(?:\s+(?:of\s+|de\s+|letzten jahres|dernier)?{_YEAR}\b)?", re.IGNORECASE
)
_DAY_BEFORE = re.compile(
    r"(?:\d{1,2}(?:\.|er|st|nd|rd|th|ten)?\s*(?:of\s+|de\s+)?|\d{1,2}\.\s?[-–/]\s?)$", re.IGNORECASE
)
_DAY_AFTER = re.compile(r"\s*\d{1,2}(?:st|nd|rd|th)?\b(?!\d)(?:,|\s|$)", re.IGNORECASE)
_MODAL_MAY = re.compile(
    r"\s+(?:i|we|you|he|she|they|it|not|be|have|need|also|well|the|contain|this|that)\b", re.IGNORECASE
)
_NUMERIC = re.compile(
    rf"(?<![\w./-]){_YEAR}-(0[1-9]|1[0-2])(?![\w-])|(?<![\w./-])(0?[1-9]|1[0-2])[/.]{_YEAR}(?![\w./-])"
)
_QUARTER = re.compile(
    rf"(?<![\w-])(?:[qt]([1-4])|([1-4])\.?\s?(?:quartal\w*|quarter|trimestre)|([1-4])(?:st|nd|rd|th|er|e|ème|eme)\s(?:quarter|trimestre)"
    rf"|(erste|zweite|dritte|vierte|first|second|third|fourth|premier|deuxième|deuxieme|second|troisième|troisieme|quatrième|quatrieme)[snmr]?\s(?:quartal\w*|quarter|trimestre))"
    rf"(?:[\s/]*(?:of\s|de\s|von\s|in\s)?{_YEAR})?\b",
    re.IGNORECASE,
)
_YEAR_QUARTER = re.compile(rf"(?<![\w./-]){_YEAR}[-/ ]?[qt]([1-4])(?![\w-])", re.IGNORECASE)
_LAST_YEAR = re.compile(
    r"\s(?:of |de |du |des |vom )?(?:last year|letzten jahres|vorjahre?s?|vergangenen jahres|l'an(?:née)? derni(?:er|ère)|l'année passée|l'an passé)\b",
    re.IGNORECASE,
)
_ORDINAL = {
    "erste": 1, "first": 1, "premier": 1, "zweite": 2, "second": 2, "deuxième": 2, "deuxieme": 2, "dritte": 3, "third": 3,
    "troisième": 3, "troisieme": 3, "vierte": 4, "fourth": 4, "quatrième": 4, "quatrieme": 4,
}  # fmt: skip
_PREVIOUS = r"(?:letzte[nrsm]?|vorige[nrsm]?|vergangene[nrsm]?|vorherige[nrsm]?|last|previous|past)"
_THIS = r"(?:diese[nrsm]?|aktuelle[nrsm]?|laufende[nrsm]?|this|current)"
_RELATIVE: tuple[tuple[str, str, int], ...] = (
    (rf"{_PREVIOUS} monat\w*|vormonat\w*|last month|previous month|mois (?:dernier|passé|précédent|passe)", "month", -1),
    (rf"{_THIS} monat\w*|this month|(?:ce|se|du|le) mois(?:[- ]ci| en cours| courant)|de ce mois|ce mois", "month", 0),
    (r"vorletzte[nrs]? monat\w*|month before last|avant-dernier mois", "month", -2),
    (rf"{_PREVIOUS} quartal\w*|vorquartal\w*|last quarter|previous quarter|trimestre (?:dernier|passé|précédent)|dernier trimestre", "quarter", -1),
    (rf"{_THIS} quartal\w*|this quarter|ce trimestre|trimestre en cours", "quarter", 0),
    (rf"{_PREVIOUS} jahr\w*|vorjahr\w*|last year|previous year|l'(?:an dernier|année dernière|année passée|an passé|annee derniere)|année (?:dernière|passée|précédente)|an dernier", "year", -1),
    (rf"{_THIS} jahr\w*|heurig\w*|heuer|this year|cette année|l'année en cours|année en cours", "year", 0),
    (r"(?:seit|since|depuis|ab) (?:anfang |début |le 1er |dem 1\. |1 |the 1st of |the start of |the beginning of |le début de )?(?:januar|jänner|january|janvier|jahresbeginn|jahresanfang|des jahres|the year|l'année|cette année)(?! ?\d)|year[- ]to[- ]date|ytd", "year", 0),
)  # fmt: skip
_RELATIVES = [
    (re.compile(rf"\b(?:{pattern})(?:'?s)?\b", re.IGNORECASE), unit, step) for pattern, unit, step in _RELATIVE
]
_BARE_YEAR = re.compile(rf"(?<![\w./#-]){_YEAR}(?:er)?(?![\w/-]|\.\d)", re.IGNORECASE)


def periods(text: str, sent: date, numbers: Iterable[Found] = ()) -> Iterator[Found]:
    """The periods named, each once. A full date is none; a month without a year is the latest one that has begun."""
    taken = [(n.start, n.end) for n in numbers]
    for found in _all(text, sent):
        if not any(start < found.end and found.start < end for start, end in taken):
            taken.append((found.start, found.end))
            yield replace(found, sure=_of_invoices(text, found))


_BILL = re.compile(
    r"rechnung|beleg|invoice|bill|facture|\bfact?\b|\bceux|\bcelles?\b|\bones?\b|\bpdfs?\b|\blist|übersicht|aufstellung|relev|récap|statement|overview|copies|kopie|duplica|\binv\b|\brg\b|\bdie (?:vom|von|aus)\b|alles|everything|berechnet|billed",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.!?;](?=\s)|\n")


def _of_invoices(text: str, period: Found) -> bool:
    """Whether the clause in which a period stands speaks of invoices."""
    before = _STOP.split(text[max(0, period.start - 110) : period.start])[-1]
    after = _STOP.split(text[period.end : period.end + 70], maxsplit=1)[0]
    return _BILL.search(before + text[period.start : period.end] + after) is not None


def _all(text: str, sent: date) -> Iterator[Found]:
    yield from _ranges(text, sent)
    yield from _quarters(text, sent)
    yield from _relatives(text, sent)
    for match in _YEAR_QUARTER.finditer(text):
        yield Found("period", f"{match.group(1)}-Q{match.group(2)}", *match.span())
    for match in _NUMERIC.finditer(text):
        year, month = match.group(1) or match.group(4), match.group(2) or match.group(3)
        yield Found("period", f"{year}-{int(month):02}", *match.span())
    yield from _months(text, sent)
    for match in _BARE_YEAR.finditer(text):
        if not re.search(
            rf"(?:{_NAMES})\.?\s*$|\d[.,/]\s?$|\d{{1,2}}\s$",
            text[max(0, match.start() - 14) : match.start()],
            re.IGNORECASE,
        ):
            yield Found("period", match.group(1), *match.span(), sure=False)


_RANGE = re.compile(
    rf"(?<![\w-])({_NAMES})\b\.?\s?(?:to|through|until|bis|à|au|-|–)\s?({_NAMES})\b\.?(?:\s+(?:of\s+|de\s+)?{_YEAR})?",
    re.IGNORECASE,
)


def _ranges(text: str, sent: date) -> Iterator[Found]:
    """`April to June`: three months that are a quarter. No other stretch has a normal form."""
    for match in _RANGE.finditer(text):
        first, last = (_MONTH_OF[match.group(part).lower()] for part in (1, 2))
        if first % 3 == 1 and last == first + 2:
            year = match.group(3) or (sent.year if first <= sent.month else sent.year - 1)
            yield Found("period", f"{year}-Q{last // 3}", *match.span())


def _quarters(text: str, sent: date) -> Iterator[Found]:
    for match in _QUARTER.finditer(text):
        number = next((int(g) for g in match.groups()[:3] if g), 0) or _ORDINAL[(match.group(4) or "").lower()]
        begun = number <= (sent.month + 2) // 3
        year_before = _LAST_YEAR.match(text, match.end())
        year = int(match.group(5)) if match.group(5) else sent.year - (year_before is not None or not begun)
        yield Found("period", f"{year}-Q{number}", match.start(), (year_before or match).end())


def _relatives(text: str, sent: date) -> Iterator[Found]:
    for pattern, unit, step in _RELATIVES:
        for match in pattern.finditer(text):
            yield Found("period", _shifted(sent, unit, step), *match.span())


def _shifted(sent: date, unit: str, step: int) -> str:
    if unit == "year":
        return str(sent.year + step)
    if unit == "quarter":
        count = sent.year * 4 + (sent.month - 1) // 3 + step
        return f"{count // 4}-Q{count % 4 + 1}"
    count = sent.year * 12 + sent.month - 1 + step
    return f"{count // 12}-{count % 12 + 1:02}"


def _months(text: str, sent: date) -> Iterator[Found]:
    for match in _MONTH.finditer(text):
        name, year = match.group(1).lower(), match.group(2)
        if _DAY_BEFORE.search(text[max(0, match.start() - 8) : match.start()]):
            continue
        if not year and _DAY_AFTER.match(text, match.end()):
            continue
        if (
            name in ("may", "mars")
            and not year
            and ((match.group(1).islower() and name == "may") or _MODAL_MAY.match(text, match.end()))
        ):
            continue
        month = _MONTH_OF[name]
        latest = sent.year if month <= sent.month else sent.year - 1
        yield Found("period", f"{year or latest}-{month:02}", *match.span())
