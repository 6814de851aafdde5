"""Lists as CSV files: what a spreadsheet makes of them, and what it must not make of them."""

import csv
import io
from datetime import date

import pytest
from babel import Locale

from billing import Money
from bot.sheets import sheet

GERMAN, SWISS, FRENCH, ENGLISH = (Locale.parse(one) for one in ("de_DE", "de_CH", "fr_FR", "en_GB"))


def fields(text: str, delimiter: str = ";") -> list[list[str]]:
    """The file as a spreadsheet takes it apart."""
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))


def test_it_begins_with_a_byte_order_mark_and_its_lines_end_as_rfc_4180_says() -> None:
    written = sheet(["Nummer"], [["RE-1"]], GERMAN)
    assert written.encode() == b"\xef\xbb\xbfNummer\r\nRE-1\r\n"


@pytest.mark.parametrize(
    ("where", "line"),
    [(GERMAN, "-1234,50;EUR"), (SWISS, "-1234.50;EUR"), (FRENCH, "-1234,50;EUR"), (ENGLISH, "-1234.50,EUR")],
    ids=str,
)
def test_an_amount_is_a_bare_number_with_the_readers_decimal_mark(where: Locale, line: str) -> None:
    assert sheet(["a", "b"], [[Money(-123450, "EUR"), "EUR"]], where).splitlines()[1] == line


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    cells = [[Money(500, "JPY"), Money(5, "EUR"), Money(0, "EUR"), Money(1_234_567_89, "EUR")]]
    assert fields(sheet(["a", "b", "c", "d"], cells, GERMAN))[1] == ["500", "0,05", "0,00", "1234567,89"]


def test_days_are_iso_and_what_is_not_known_stays_empty() -> None:
    assert fields(sheet(["a", "b", "c"], [[date(2026, 3, 9), None, 7]], FRENCH))[1] == ["2026-03-09", "", "7"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\uff1d", "\u200e=", "\n@"])
def test_no_text_becomes_a_formula(start: str) -> None:
    text = f'{start}HYPERLINK("http://evil.example";"x")'
    [[cell]] = fields(sheet(["a"], [[text]], GERMAN))[1:]
    assert cell.startswith("'") and cell.endswith('HYPERLINK("http://evil.example";"x")')


@pytest.mark.parametrize("text", ['a;"b', "a,b", 'Müller "& Söhne"', "O'Neill", "5-4"])
def test_an_ordinary_text_comes_back_as_it_was(text: str) -> None:
    assert fields(sheet(["a"], [[text]], GERMAN))[1] == [text]
    assert fields(sheet(["a"], [[text]], ENGLISH), ",")[1] == [text]


def test_a_text_of_several_lines_stays_on_one() -> None:
    assert fields(sheet(["a"], [["one\r\n=two\u2028three"]], GERMAN))[1:] == [["one =two three"]]
