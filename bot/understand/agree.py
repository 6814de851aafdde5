"""The slot values that the patterns read, held against those that the first voice tagged: only what both read is sure."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.understand.slots import Found
from bot.understand.slots.numbers import is_of_others, said_of
from bot.understand.slots.places import territories
from bot.understand.text import fold
from bot.understand.voice import Tagged

_NUMBERS = frozenset({"invoices", "subscription", "reference"})
_LOOSE = {"number": _NUMBERS, "firm": frozenset({"company"})}  # patterns that do not know which slot a value is for
# Named in many ways, of which patterns know the meaning: a tag says which of them is meant.
MEANT = ("which", "period", "plan", "method", "country", "language")
_NARROWING = frozenset({"which", "period"})
_OF_A_FORM = frozenset({"recipients", "tax_id", "phone"})
_PATTERNS_ONLY = frozenset({*MEANT, "recipients"})  # nothing else is a value
_LEAST = 0.5
_DIGITS = 6  # of a phone number or a tax id, at least
_LABEL = re.compile(r"^(?:n(?:r|o|um[ée]ro|ummer|umber)?\b\.?|n°|nº|#)\s*", re.IGNORECASE)
_RIM = " \t\n*_~`'\"„“”«»‚‘’<>,;:()[]|\u00a0\u202f"


def agree(found: Iterable[Found], tags: Iterable[Tagged], text: str, tagged: frozenset[str]) -> tuple[Found, ...]:
    """All values, `agreed` where both voices read the same, in the order of the text. `tagged`: slots that the first voice can tag."""
    heard = sorted((tag for tag in _whole(tags, text) if tag.probability >= _LEAST), key=lambda tag: tag.span.end)
    ends = [tag.span.end for tag in heard]
    merged, used = [], set[int]()
    for one in found:
        if one.slot not in tagged and one.slot not in _LOOSE:
            merged.append(replace(one, agreed=True))
            continue
        near = [n for n in _meeting(one, heard, ends) if one.slot not in MEANT or heard[n].slot == one.slot]
        fits = next((n for n in near if _may_be(one, heard[n].slot)), None)
        if fits is not None and _same(heard[fits], one, text):
            used.add(fits)
            merged.append(replace(one, slot=heard[fits].slot, sure=True, agreed=True))
        elif fits is not None and _rather_as_written(one, heard[fits], text):
            used.add(fits)
            merged.append(one if one.slot not in _LOOSE else replace(one, slot=heard[fits].slot))
        elif fits is None and (not near or _is_named(one)):
            used.update(near)
            merged.append(one)
    rest = (tag for number, tag in enumerate(heard) if number not in used and tag.slot not in _PATTERNS_ONLY)
    merged += [_of(tag, text) for tag in rest if _worth(tag, text)]
    return tuple(sorted(_undisputed(merged), key=lambda one: (one.start, one.end)))


def _undisputed(merged: Sequence[Found]) -> Iterator[Found]:
    """Which of the sender's own invoices are meant is sure, tagged or not, where the message says it plainly and in one way."""
    said = {slot: {one.value for one in merged if one.slot == slot} for slot in _NARROWING}
    for one in merged:
        yield replace(one, agreed=True) if one.sure and len(said.get(one.slot, ())) == 1 else one


def _same(tag: Tagged, one: Found, text: str) -> bool:
    """Whether both read the same value; what goes by many names is the same where it stands in the same place."""
    return one.slot in MEANT or _plain(_value(tag, text)) == _plain(one.value)


def _rather_as_written(one: Found, tag: Tagged, text: str) -> bool:
    """Whether the pattern is believed where it reads more than the tag: tags break off early."""
    if tag.slot in _OF_A_FORM:
        return True
    within = one.start <= tag.span.start and tag.span.end <= one.end
    if tag.slot == "company":  # up to its legal form
        return within and one.sure and one.start == tag.span.start
    if tag.slot == "address":
        before, after = text[one.start : tag.span.start], text[tag.span.end : one.end]
        return within and _HOUSE.fullmatch(before) is not None and (not after or _POSTCODE.search(after) is not None)
    return tag.slot in _NUMBERS and within


def _is_named(one: Found) -> bool:
    """Whether the word before a number says what it is: `demande 4-7781` is no invoice, whatever the tag says."""
    return one.slot in _NUMBERS and one.sure and not one.shape


_HOUSE = re.compile(r"(?:\d{1,5}\s?(?:[a-z]|bis|ter)?[,\s]+)?", re.IGNORECASE)
_POSTCODE = re.compile(r"\d{4}|\b[A-Z]{1,2}\d")
_WORD = 40  # characters that a word, or a number, may have on either side of what was tagged
_KEPT = '(+„"«“*'  # may begin a value
_WITHIN_NUMBERS = re.compile(r"[-/.](?=\w)")
_WITHIN_WORDS = re.compile(r"['’-](?=[^\W\d_])")


def _whole(tags: Iterable[Tagged], text: str) -> list[Tagged]:
    """Tags follow the pieces of words; a value is made of whole words, and an address that goes over several lines is one."""
    whole: list[Tagged] = []
    for tag in (_widened(tag, text) for tag in tags):
        if tag.span.end <= tag.span.start:
            continue
        last = whole[-1] if whole else None
        if last is None or tag.span.start >= last.span.end:
            whole.append(tag)
        elif tag.slot == last.slot:
            span = replace(last.span, end=max(last.span.end, tag.span.end))
            whole[-1] = replace(last, span=span, probability=max(last.probability, tag.probability))
        elif tag.probability > last.probability:
            whole[-1] = tag
    return _joined(whole, text)


def _widened(tag: Tagged, text: str) -> Tagged:
    """From the first to the last letter of the words that it touches."""
    within = _WITHIN_NUMBERS if tag.slot in _NUMBERS else _WITHIN_WORDS
    start, end = tag.span.start, tag.span.end
    while start < end and not text[start].isalnum() and text[start] not in _KEPT:
        start += 1
    if start == end:
        return replace(tag, span=replace(tag.span, start=start))
    first, last = max(0, start - _WORD), min(len(text), end + _WORD)
    while start > first and _goes_on(text, start - 1, within):
        start -= 1
    while end < last and text[end - 1] not in " \t\n" and _goes_on(text, end, within):
        end += 1
    return replace(tag, span=replace(tag.span, start=start, end=end))


def _goes_on(text: str, place: int, within: re.Pattern[str]) -> bool:
    """Whether a word or number goes on at a place."""
    return text[place].isalnum() or (place > 0 and text[place - 1].isalnum() and within.match(text, place) is not None)


_WITHIN = {"address": " ,;-\n", "company": " ", "name": " "}  # what may stand between the parts of one value


def _joined(tags: Iterable[Tagged], text: str) -> list[Tagged]:
    """An address that goes over several lines is one, and a name of which each word was tagged by itself."""
    joined: list[Tagged] = []
    for tag in tags:
        last = joined[-1] if joined else None
        gap = _WITHIN.get(tag.slot)
        if last and gap and last.slot == tag.slot and not text[last.span.end : tag.span.start].strip(gap):
            joined[-1] = replace(
                last, span=replace(last.span, end=tag.span.end), probability=min(last.probability, tag.probability)
            )
        else:
            joined.append(tag)
    return joined


def _meeting(one: Found, heard: Sequence[Tagged], ends: Sequence[int]) -> list[int]:
    """Numbers of the tags that overlap; they stand in the order of the text, so their ends rise."""
    found = []
    for number in range(bisect_right(ends, one.start), len(heard)):
        if heard[number].span.start >= one.end:
            break
        found.append(number)
    return found


def _may_be(one: Found, slot: str) -> bool:
    return slot == one.slot or slot in _LOOSE.get(one.slot, ())


def _worth(tag: Tagged, text: str) -> bool:
    value = _value(tag, text)
    if tag.slot in _OF_A_FORM:
        return sum(map(str.isdigit, value)) >= _DIGITS
    if tag.slot in _NUMBERS:
        return any(map(str.isdigit, value)) and not is_of_others(text, tag.span.start)
    return bool(value)


def _of(tag: Tagged, text: str) -> Found:
    start, end = tag.span.start, tag.span.end
    old, settled = said_of(text, start, end) if tag.slot in _NUMBERS else (False, False)
    return Found(tag.slot, _value(tag, text), start, end, sure=False, old=old, settled=settled)


def _value(tag: Tagged, text: str) -> str:
    """In normal form."""
    written = text[tag.span.start : tag.span.end].strip(_RIM)
    if tag.slot in _NUMBERS:
        return re.sub(r"\s+", "", _LABEL.sub("", written)).rstrip(".").upper()
    if tag.slot == "tax_id":
        return re.sub(r"[\s.]+", "", written).upper()
    if tag.slot == "address":
        return _address(written)
    if tag.slot == "phone" and ")" not in written:
        written = written.lstrip("(")
    return re.sub(r"\s+", " ", written)


def _address(written: str) -> str:
    """Its parts up to an empty line, without the country."""
    upto = written.split("\n\n", maxsplit=1)[0]
    parts = [part.strip(_RIM).rstrip(".") for part in re.split(r"\s*\n\s*|\s*,\s*", upto)]
    kept = [part for part in parts if part]
    if len(kept) > 1 and re.sub(r"\W+", " ", fold(kept[-1])) in territories():
        kept.pop()
    return ", ".join(kept)


def _plain(value: str) -> str:
    return re.sub(r"[\W_]+", "", value).casefold()
