"""Money, dates, countries and lists as the reader is used to see them: the filters of the templates."""

import functools
import re
from collections.abc import Callable, Iterable
from datetime import date as Date
from decimal import Decimal
from typing import Literal
from urllib.parse import quote, urlsplit

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_percent
from jinja2 import pass_context
from jinja2.runtime import Context

from billing.values import Money
from bot.dress import Sealed, seal
from bot.messages import Language

PROSE_LENGTH = 2_000
ListStyle = Literal["standard", "or"]
_LOCALES = {("de", "AT"): "de_AT", ("de", "CH"): "de_CH", ("de", "LI"): "de_CH", ("de", ""): "de_DE",
            ("fr", ""): "fr_FR", ("en", ""): "en_GB"}  # fmt: skip


def locale(language: Language, country: str = "") -> Locale:
    """How numbers and dates are written for a reader of this language in this country."""
    return _parsed(_LOCALES.get((language, country)) or _LOCALES[language, ""])


@functools.cache
def _parsed(name: str) -> Locale:
    return Locale.parse(name)


def money(amount: Money, where: Locale) -> str:
    """An amount with its currency: `1.234,50 €`, `1 234,50 €`, `CHF 1’234.50`, `€1,234.50`."""
    exact = Decimal(amount.minor).scaleb(-amount.exponent)
    return str(format_currency(exact, amount.currency, locale=where))


def date(day: Date, where: Locale) -> str:
    """A day, with the month as a word: nobody has to guess which number is the month."""
    text = str(format_date(day, "long", locale=where)).replace(" ", "\u00a0", 1)  # never "1." at a line's end
    return re.sub(r"^1(?=\s)", "1er", text) if where.language == "fr" else text


def period(span: str, where: Locale) -> str:
    """`2026`, `2026-03` or `2026-Q1` as a reader says it."""
    year, _, part = span.partition("-")
    if not part:
        return year
    month = int(part[1:]) * 3 if part.startswith("Q") else int(part)
    pattern = "QQQQ y" if part.startswith("Q") else "LLLL y"
    return str(format_date(Date(int(year), month, 1), pattern, locale=where))


def country(code: str, where: Locale) -> str:
    """The name of a country; an unknown code stays as it is."""
    return where.territories.get(code.upper(), code) if code else code


def rate(hundredths: int, where: Locale) -> str:
    """A tax rate that comes in hundredths of a percent."""
    return str(format_percent(Decimal(hundredths) / 10_000, "#,##0.##\N{NO-BREAK SPACE}%", locale=where))


def listed(items: Iterable[str], where: Locale, style: ListStyle = "standard") -> str:
    """`a, b und c`, `a, b et c`, `a, b and c`; with style "or" `a, b oder c`, whatever the items are made of."""
    sealed = [item if isinstance(item, Sealed) else seal(item) for item in items]
    return str(format_list(sealed, style, where))


def typeset(text: str, language: Language) -> str:
    """Our own words as a printer sets them: apostrophes, and French spacing.

    Facts are sealed, so their punctuation is not touched; nor is that of a link.
    """
    curly = text if language is Language.DE else re.sub(r"(?<=\w)'(?=\w)|(?<=s)'(?=\s)", "’", text)
    return _french(curly) if language is Language.FR else curly


def _french(text: str) -> str:
    narrow = re.sub(r"[ \u00a0\u202f]+([;!?])", "\u202f\\1", text)
    wide = re.sub(r"[ \u00a0\u202f]+(:|»)", "\u00a0\\1", narrow)
    return re.sub(r"«[ \u00a0\u202f]*", "«\u00a0", wide)


def link(address: str) -> Sealed:
    """An address that a template may put behind words: http, https, mailto; nothing in it ends the markup."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https", "mailto") or not (parts.netloc or parts.path):
        raise ValueError("only http, https and mailto may be linked")
    return Sealed(quote(address, safe="/:?#@!$&',;=%+~-._"))


def prose(text: str) -> Sealed:
    """What a person wrote to another, with its paragraphs and lines, and at most 2,000 characters of it."""
    cut = text.strip() if len(text.strip()) <= PROSE_LENGTH else text.strip()[:PROSE_LENGTH] + "…"
    paragraphs = (part.splitlines() for part in re.split(r"\n\s*\n", cut))
    sealed = ([seal(line, most=PROSE_LENGTH) for line in lines if line.strip()] for lines in paragraphs)
    return Sealed("\n\n".join("\\\n".join(lines) for lines in sealed))


def capital(words: Sealed) -> Sealed:
    """A phrase as the beginning of a sentence."""
    return Sealed(words[:1].upper() + words[1:])


def mention(user: str) -> Sealed:
    """A Slack user by id, as the dresses' own mark; anything else stays text."""
    return Sealed(f"@[{user}]") if re.fullmatch(r"[UW][A-Z0-9]{2,20}", user) else seal(user)


def plural(count: int, one: str, many: str, where: Locale) -> str:
    """The form of a word that goes with a count (in French, none is singular)."""
    return one if where.plural_form(count) == "one" else many


def filters() -> dict[str, Callable[..., object]]:
    """The filters by name. What they return is ours, so it may pass unsealed."""
    return {"money": _money, "date": _date, "period": _period, "country": _country, "listed": _listed,
            "plural": _plural, "rate": _rate, "link": link, "mention": mention, "capital": capital,
            "prose": prose}  # fmt: skip


@pass_context
def _money(context: Context, amount: Money) -> Sealed:
    return Sealed(money(amount, context["locale"]))


@pass_context
def _date(context: Context, day: Date) -> Sealed:
    return Sealed(date(day, context["locale"]))


@pass_context
def _period(context: Context, span: str) -> Sealed:
    return Sealed(period(span, context["locale"]))


@pass_context
def _country(context: Context, code: str) -> Sealed:
    return Sealed(seal(country(code, context["locale"])))


@pass_context
def _rate(context: Context, hundredths: int) -> Sealed:
    return Sealed(rate(hundredths, context["locale"]))


@pass_context
def _listed(context: Context, items: Iterable[str], style: ListStyle = "standard") -> Sealed:
    return Sealed(listed(items, context["locale"], style))


@pass_context
def _plural(context: Context, count: int, one: str, many: str) -> Sealed:
    return Sealed(plural(count, one, many, context["locale"]))
