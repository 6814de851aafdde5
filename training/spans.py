"""Where the labelled slot values stand in the text: what the encoder learns to tag."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from bot.understand.agree import MEANT
from bot.understand.slots import read_slots

SLOTS = ("invoices", "recipients", "subscription", "address", "company", "tax_id", "name", "phone", "reference")
TAGS = ("-", *(f"{mark}-{slot}" for slot in (*SLOTS, *MEANT) for mark in "BI"))  # begin, inside
SPELT = 2 * len(SLOTS)  # the last tag of a value whose characters count: nothing of it may be spoilt

_AT = r"(?:@|\s*[\[({]?\s*(?:at|ät|arobase|arrobas|klammeraffe)\s*[\])}]?\s*)"
_DOT = r"(?:\.|\s*[\[({]?\s*(?:dot|punkt|point)\s*[\])}]?\s*)"


def spans_in(text: str, requests: list[Mapping[str, Any]], sent: date) -> list[tuple[int, int, str]]:
    """Start, end and slot of every labelled value; of overlapping ones the first, longest counts."""
    meant = {(slot, value) for request in requests for slot, value in request["slots"].items() if slot in MEANT}
    found = {
        (match.start(), match.end(), slot)
        for request in requests
        for slot, value in request["slots"].items()
        if slot in SLOTS
        for one in (value if isinstance(value, list) else [value])
        for match in re.finditer(_pattern(slot, one), text, re.IGNORECASE)
    }
    if meant:
        found |= {(one.start, one.end, one.slot) for one in read_slots(text, sent) if (one.slot, one.value) in meant}
    return list(_apart(sorted(found, key=lambda span: (span[0], -span[1]))))


def _apart(spans: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    last = -1
    for span in spans:
        if span[0] >= last:
            yield span
            last = span[1]


def _pattern(slot: str, value: str) -> str:
    if slot == "recipients":
        body = "".join(_AT if c == "@" else _DOT if c == "." else re.escape(c) for c in value)
    elif slot in ("invoices", "subscription", "reference", "tax_id", "phone"):
        body = r"[\s.]{0,2}".join(re.escape(c) for c in value if not c.isspace())
    else:
        body = r"[\s,;]+".join(re.escape(word) for word in re.split(r"[\s,]+", value) if word)
    return rf"(?<![^\W_]){body}(?![^\W_])"


def tags_of(text: str, requests: list[Mapping[str, Any]], sent: date) -> list[int]:
    """A tag a character."""
    tags = [0] * len(text)
    for start, end, slot in spans_in(text, requests, sent):
        number = TAGS.index(f"B-{slot}")
        tags[start] = number
        tags[start + 1 : end] = [number + 1] * (end - start - 1)
    return tags
