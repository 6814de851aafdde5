"""Lists as CSV files that the reader's spreadsheet opens with a double click, and that nothing in them can harm.

RFC 4180 with what spreadsheets need beyond it: UTF-8 with a byte order mark, or Excel reads it as Windows-1252; in
German and French a semicolon between the fields, because there the comma is the decimal mark and the semicolon the
system's list separator, in English a comma. Days are ISO 8601, which every spreadsheet takes for a day. An amount is a
bare number with the reader's decimal mark, without thousands and without a currency, which has a column of its own: so
it is a number there and can be added up.
"""

import csv
import io
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.numbers import get_decimal_symbol

from billing.values import Money

Cell = str | int | date | Money | None

_FORMULA = re.compile(r"[=+\-@\uff1d\uff0b\uff0d\uff20]")  # also in full width, as some spreadsheets read them
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def sheet(head: Sequence[str], rows: Sequence[Sequence[Cell]], where: Locale) -> str:
    """The whole file, byte order mark included; a cell that is None stays empty."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter="," if where.language == "en" else ";", lineterminator="\r\n")
    mark = get_decimal_symbol(where)
    writer.writerows([_written(cell, mark) for cell in row] for row in (head, *rows))
    return "\ufeff" + file.getvalue()


def _written(cell: Cell, mark: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Money):
        return f"{Decimal(cell.minor).scaleb(-cell.exponent):f}".replace(".", mark)
    if isinstance(cell, date):
        return cell.isoformat()
    return _harmless(cell) if isinstance(cell, str) else str(cell)


def _harmless(text: str) -> str:
    """A text on one line that no spreadsheet takes for a formula (OWASP, CSV injection): an apostrophe before it."""
    line = _CONTROL.sub(" ", text).strip()
    return f"'{line}" if _FORMULA.match(line) else line
