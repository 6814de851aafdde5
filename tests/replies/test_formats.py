"""Money, days, periods, countries, lists and spacing as each reader is used to see them."""

from datetime import date

import pytest

from billing import Money
from bot import formats
from bot.dress import seal, unseal
from bot.messages import Language

DE, FR, EN = Language.DE, Language.FR, Language.EN
NB, THIN = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("language", "country", "amount", "seen"),
    [
        (DE, "DE", Money(123450, "EUR"), f"1.234,50{NB}€"),
        (DE, "AT", Money(123450, "EUR"), f"€{NB}1.234,50"),
        (DE, "CH", Money(123450, "CHF"), f"CHF{NB}1’234.50"),
        (DE, "FR", Money(-5, "EUR"), f"-0,05{NB}€"),
        (FR, "FR", Money(123450, "EUR"), f"1{THIN}234,50{NB}€"),
        (FR, "", Money(0, "EUR"), f"0,00{NB}€"),
        (EN, "GB", Money(123450, "EUR"), "€1,234.50"),
        (EN, "US", Money(123450, "GBP"), "£1,234.50"),
        (EN, "", Money(1234, "JPY"), "JP¥1,234"),
        (EN, "", Money(9007199254740993, "EUR"), "€90,071,992,547,409.93"),
    ],
)
def test_money_is_exact_and_in_the_readers_form(language: Language, country: str, amount: Money, seen: str) -> None:
    assert formats.money(amount, formats.locale(language, country)) == seen


@pytest.mark.parametrize(
    ("language", "day", "seen"),
    [
        (DE, date(2026, 11, 22), f"22.{NB}November 2026"),
        (DE, date(2026, 3, 1), f"1.{NB}März 2026"),
        (FR, date(2026, 11, 22), f"22{NB}novembre 2026"),
        (FR, date(2026, 12, 1), f"1er{NB}décembre 2026"),
        (FR, date(2026, 12, 11), f"11{NB}décembre 2026"),
        (EN, date(2026, 4, 5), f"5{NB}April 2026"),
    ],
)
def test_a_day_names_its_month(language: Language, day: date, seen: str) -> None:
    assert formats.date(day, formats.locale(language)) == seen


@pytest.mark.parametrize(
    ("language", "span", "seen"),
    [
        (DE, "2026", "2026"),
        (DE, "2026-03", "März 2026"),
        (DE, "2026-Q4", "4. Quartal 2026"),
        (FR, "2026-Q1", "1er trimestre 2026"),
        (EN, "2026-Q2", "2nd quarter 2026"),
        (EN, "2026-12", "December 2026"),
    ],
)
def test_a_period_is_said_in_words(language: Language, span: str, seen: str) -> None:
    assert formats.period(span, formats.locale(language)) == seen


@pytest.mark.parametrize(
    ("language", "one", "two", "three"),
    [(DE, "a", "a und b", "a, b und c"), (FR, "a", "a et b", "a, b et c"), (EN, "a", "a and b", "a, b and c")],
)
def test_a_list_reads_like_a_sentence(language: Language, one: str, two: str, three: str) -> None:
    where = formats.locale(language)
    assert [formats.listed("abc"[:n], where) for n in (1, 2, 3)] == [one, two, three]


def test_countries_have_names() -> None:
    named = [formats.country("CH", formats.locale(language)) for language in (DE, FR, EN)]
    assert named == ["Schweiz", "Suisse", "Switzerland"]
    assert formats.country("XX", formats.locale(DE)) == "XX"


def test_none_is_singular_in_french_only() -> None:
    assert [formats.plural(0, "one", "many", formats.locale(la)) for la in (DE, FR, EN)] == ["many", "one", "many"]


def test_french_spacing_does_not_break_the_line() -> None:
    assert formats.typeset("Oui ? Non ; voici : « l'avis » !", FR) == (
        f"Oui{THIN}? Non{THIN}; voici{NB}: «{NB}l’avis{NB}»{THIN}!"
    )


def test_spacing_leaves_links_and_facts_alone() -> None:
    fact = seal("A ? B : 'C'")
    text = f"[ici](https://x.example/a?b=c) {fact}"
    assert formats.typeset(text, FR) == text
    assert unseal(fact) == "A ? B : 'C'"


def test_german_keeps_its_apostrophes() -> None:
    assert formats.typeset("Wie geht's?", DE) == "Wie geht's?"
    assert formats.typeset("We don't", EN) == "We don’t"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "ftp://x", "x", ""])
def test_only_web_and_mail_addresses_are_linked(address: str) -> None:
    with pytest.raises(ValueError, match="linked"):
        formats.link(address)


def test_a_link_cannot_end_its_markup() -> None:
    assert formats.link('https://x.example/a)b|c>d"e f\n') == "https://x.example/a%29b%7Cc%3Ed%22e%20f%0A"


def test_a_mention_is_a_slack_user_or_text() -> None:
    assert formats.mention("U0ADA9") == "@[U0ADA9]"
    assert "@" not in formats.mention("!channel]")
