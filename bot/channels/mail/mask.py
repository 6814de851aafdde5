"""Card numbers and IBANs never reach a store, a log or Slack: only their ends stay readable."""

import re

from stdnum.luhn import is_valid as passes_luhn

_GAP = " \\-\u00a0\u202f\u2009\u2011\r\n"
_GAPS = frozenset(" -\u00a0\u202f\u2009\u2011\r\n")
_GAPS_ONLY = re.compile(rf"[{_GAP}]")
_RUN = re.compile(rf"(?<![\w/])\d(?:[{_GAP}]{{0,3}}\d){{12,60}}(?![\w/])")
# As cards are printed. Over a line end only these count: two numbers below each other are not one.
_PRINTED = ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 5))
# Issuer prefix and the lengths it is issued in. Luhn alone would mark one digit run in ten (mail.md, T14).
_ISSUERS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"30[0-5]|3[689]"), (14,)),
    (re.compile(r"6011|64[4-9]|65"), (16, 19)),
    (re.compile(r"35(?:2[89]|[3-8])"), (16,)),
    (re.compile(r"62"), (16, 17, 18, 19)),
    (re.compile(r"50(?:18|20|38)|5893|6304|67(?:59|6[1-3])"), (13, 16, 18, 19)),
)
_FIRST_DIGITS = frozenset("23456")
_IBAN = re.compile(rf"(?<!\w)([A-Za-z]{{2}})\d{{2}}(?=(?:[{_GAP}]{{0,3}}[A-Za-z0-9]){{11}})", re.ASCII)
_IBAN_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21,
    "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "VA": 22,
}  # fmt: skip


def mask(text: str) -> str:
    """The text with every card number and IBAN made unreadable: "4111 **** **** 1111"."""
    text = _RUN.sub(_masked_run, text)
    place = 0
    while found := _IBAN.search(text, place):
        end = _iban_end(text, found)
        text = _starred(text, found.start(), end) if end else text
        place = end or found.end()
    return text


def has_card(text: str) -> bool:
    """Whether a card number stands in the text: its sender is warned."""
    return any(_card_in(found.group()) for found in _RUN.finditer(text))


def _masked_run(found: re.Match[str]) -> str:
    run = found.group()
    place = _card_in(run)
    while place is not None:
        run = _starred(run, *place)
        place = _card_in(run, place[1])
    return run


def _card_in(run: str, after: int = 0) -> tuple[int, int] | None:
    """Where a card number stands in a run of digits and gaps. It begins and ends where a group does."""
    places = [at for at, sign in enumerate(run) if sign not in _GAPS]
    for first, start in enumerate(places):
        begins_group = start == 0 or run[start - 1] in _GAPS
        if start < after or not begins_group or run[start] not in _FIRST_DIGITS:
            continue
        for last in range(first + 12, min(first + 19, len(places))):
            end = places[last] + 1
            ends_group = end == len(run) or run[end] in _GAPS
            if ends_group and _is_card(_GAPS_ONLY.sub("", run[start:end])) and _is_one_number(run[start:end]):
                return start, end
    return None


def _is_one_number(run: str) -> bool:
    return "\n" not in run or tuple(len(group) for group in re.split(rf"[{_GAP}]+", run)) in _PRINTED


def _is_card(digits: str) -> bool:
    if not digits.isdigit() or not any(len(digits) in lengths and prefix.match(digits) for prefix, lengths in _ISSUERS):
        return False
    return len(set(digits)) > 1 and bool(passes_luhn(digits))


def _iban_end(text: str, found: re.Match[str]) -> int:
    """Where the IBAN that may begin here ends; 0 where there is none."""
    length = _IBAN_LENGTHS.get(found[1].upper(), 0)
    signs: list[str] = []
    gap = 0
    for at in range(found.start(), min(len(text), found.start() + 4 * length)):
        sign = text[at]
        gap = gap + 1 if sign in _GAPS else 0
        if (not gap and not (sign.isascii() and sign.isalnum())) or gap > 3:
            return 0
        signs += [] if gap else [sign]
        if len(signs) == length:
            return at + 1 if _is_iban("".join(signs)) else 0
    return 0


def _is_iban(signs: str) -> bool:
    """The check digits of ISO 13616: the rotated signs, as a number, leave 1."""
    return int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1


def _starred(run: str, start: int, end: int) -> str:
    """Stars for all but the first and the last four signs; gaps stay."""
    places = [at for at in range(start, end) if run[at].isalnum()]
    hidden = set(places[4:-4])
    starred = "".join("*" if at in hidden else run[at] for at in range(start, end))
    return f"{run[:start]}{starred}{run[end:]}"
