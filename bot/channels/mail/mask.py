"""Card numbers and IBANs never reach a store, a log or Slack: only their ends stay readable."""

import re

from stdnum import iban
from stdnum.luhn import is_valid as passes_luhn

_GAP = " \\-\u00a0\u202f\u2009\u2011"
_RUN = re.compile(rf"(?<![\w/])\d(?:[{_GAP}]?\d){{12,60}}(?![\w/])")
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
_IBAN = re.compile(rf"(?<!\w)[A-Za-z]{{2}}\d{{2}}(?:[{_GAP}]?[A-Za-z0-9]){{11,40}}", re.ASCII)
_IBAN_LENGTHS = range(15, 35)


def mask(text: str) -> str:
    """The text with every card number and IBAN made unreadable: "4111 **** **** 1111"."""
    return _IBAN.sub(_masked_iban, _RUN.sub(_masked_run, text))


def has_card(text: str) -> bool:
    """Whether a card number stands in the text: its sender is warned."""
    return any(_card_in(found.group()) for found in _RUN.finditer(text))


def _masked_run(found: re.Match[str]) -> str:
    run = found.group()
    while place := _card_in(run):
        run = _starred(run, *place)
    return run


def _card_in(run: str) -> tuple[int, int] | None:
    """Where a card number stands in a run of digits and gaps. It begins and ends where a group does."""
    starts = [at for at, sign in enumerate(run) if sign.isdigit() and (at == 0 or not run[at - 1].isalnum())]
    last = len(run) - 1
    ends = [at + 1 for at, sign in enumerate(run) if sign.isdigit() and (at == last or not run[at + 1].isalnum())]
    for start in starts:
        for end in ends:
            digits = re.sub(r"\D", "", run[start:end])
            if "*" not in run[start:end] and _is_card(digits):
                return start, end
    return None


def _is_card(digits: str) -> bool:
    issued = any(prefix.match(digits) and len(digits) in lengths for prefix, lengths in _ISSUERS)
    return issued and len(set(digits)) > 1 and bool(passes_luhn(digits))


def _masked_iban(found: re.Match[str]) -> str:
    run = found.group()
    places = [at + 1 for at, sign in enumerate(run) if sign.isalnum()]
    for length in _IBAN_LENGTHS:
        if length <= len(places):
            end = places[length - 1]
            if iban.is_valid(re.sub(r"[^A-Za-z0-9]", "", run[:end]).upper(), check_country=False):
                return _starred(run[:end], 0, end) + mask(run[end:])
    return run


def _starred(run: str, start: int, end: int) -> str:
    """Stars for all but the first and the last four signs; gaps stay."""
    places = [at for at in range(start, end) if run[at].isalnum()]
    hidden = set(places[4:-4])
    return "".join("*" if at in hidden else sign for at, sign in enumerate(run))
