"""The slot values that the patterns read, held against those that the first voice tagged: only what both read is sure."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.understand.slots import Found
from bot.understand.voice import Tagged

_NUMBERS = frozenset({"invoices", "subscription", "reference"})
_LOOSE = {"number": _NUMBERS, "firm": frozenset({"company"})}  # patterns that do not know which slot a value is for
_PATTERNS_ONLY = frozenset({"recipients", "tax_id", "phone"})  # of a form that a pattern knows: nothing else is a value
_LEAST = 0.5
_LABEL = re.compile(r"^(?:n(?:r|o|um[ée]ro|ummer|umber)?\b\.?|n°|nº|#)\s*", re.IGNORECASE)
_RIM = " \t\n*_~`'\"„“”«»‚‘’<>,;:()[]|\u00a0\u202f"


def agree(found: Iterable[Found], tags: Iterable[Tagged], text: str, tagged: frozenset[str]) -> tuple[Found, ...]:
    """All values, `agreed` where both voices read the same, in the order of the text. `tagged`: slots that the first voice can tag."""
    heard = sorted((tag for tag in _joined(tags, text) if tag.probability >= _LEAST), key=lambda tag: tag.span.end)
    ends = [tag.span.end for tag in heard]
    merged, used = [], set[int]()
    for one in found:
        if one.slot not in tagged and one.slot not in _LOOSE:
            merged.append(replace(one, agreed=True))
            continue
        near = _meeting(one, heard, ends)
        fits = next((n for n in near if _may_be(one, heard[n].slot)), None)
        if fits is not None and _plain(_value(heard[fits], text)) == _plain(one.value):
            used.add(fits)
            merged.append(replace(one, slot=heard[fits].slot, sure=True, agreed=True))
        elif fits is not None and heard[fits].slot in _PATTERNS_ONLY:
            used.add(fits)
            merged.append(one)
        elif fits is None and not near:
            merged.append(one)
    rest = (tag for number, tag in enumerate(heard) if number not in used and tag.slot not in _PATTERNS_ONLY)
    merged += [_of(tag, text) for tag in rest if _worth(tag, text)]
    return tuple(sorted(merged, key=lambda one: (one.start, one.end)))


def _joined(tags: Iterable[Tagged], text: str) -> list[Tagged]:
    """An address that goes over several lines is one."""
    joined: list[Tagged] = []
    for tag in tags:
        last = joined[-1] if joined else None
        if last and last.slot == tag.slot == "address" and not text[last.span.end : tag.span.start].strip(" ,;-\n"):
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
    return bool(value) and (tag.slot not in _NUMBERS or any(map(str.isdigit, value)))


def _of(tag: Tagged, text: str) -> Found:
    return Found(tag.slot, _value(tag, text), tag.span.start, tag.span.end, sure=False)


def _value(tag: Tagged, text: str) -> str:
    """In normal form."""
    written = text[tag.span.start : tag.span.end].strip(_RIM)
    if tag.slot in _NUMBERS:
        return re.sub(r"\s+", "", _LABEL.sub("", written)).rstrip(".").upper()
    if tag.slot == "address":
        return ", ".join(
            part.strip(_RIM) for part in re.split(r"\s*\n\s*|\s*,\s*", written) if part.strip(_RIM)
        ).rstrip(".")
    return re.sub(r"\s+", " ", written)


def _plain(value: str) -> str:
    return re.sub(r"[\W_]+", "", value).casefold()
