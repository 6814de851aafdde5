"""Money is exact, never mixes currencies, and is split without losing a cent."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.values import Money, half_up

minor = st.integers(-(10**15), 10**15)


@given(minor, minor)
def test_adding_and_taking_away_is_exact(a: int, b: int) -> None:
    assert Money(a, "EUR") + Money(b, "EUR") - Money(b, "EUR") == Money(a, "EUR")
    negative = -Money(a, "EUR")
    assert -negative == Money(a, "EUR")
    assert (Money(a, "EUR") < Money(b, "EUR")) == (a < b)


@given(minor, st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any))
def test_a_split_loses_nothing_and_is_fair_to_a_cent(amount: int, ratios: list[int]) -> None:
    parts = Money(amount, "EUR").allocate(ratios)
    assert sum(p.minor for p in parts) == amount
    for part, ratio in zip(parts, ratios, strict=True):
        assert abs(part.minor - Fraction(amount * ratio, sum(ratios))) < 1


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    assert [p.minor for p in Money(100, "EUR").allocate([1, 1, 1])] == [34, 33, 33]
    assert [p.minor for p in Money(10, "EUR").allocate([1, 5, 0])] == [2, 8, 0]


@pytest.mark.parametrize("ratios", [[], [0, 0], [1, -1]])
def test_a_senseless_split_is_refused(ratios: list[int]) -> None:
    with pytest.raises(ValueError, match="ratios"):
        Money(1, "EUR").allocate(ratios)


def test_currencies_never_mix() -> None:
    for mix in (Money.__add__, Money.__sub__, Money.__lt__, Money.__ge__):
        with pytest.raises(ValueError, match="EUR and CHF"):
            mix(Money(1, "EUR"), Money(1, "CHF"))
    assert Money(1, "EUR") != Money(1, "CHF")


@pytest.mark.parametrize(("exact", "rounded"), [("1/2", 1), ("-1/2", -1), ("3/2", 2), ("149/100", 1), ("-149/100", -1)])
def test_a_half_goes_away_from_zero(exact: str, rounded: int) -> None:
    assert half_up(Fraction(exact)) == rounded


@pytest.mark.parametrize(("currency", "exponent"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_knows_its_decimals(currency: str, exponent: int) -> None:
    assert Money(1, currency).exponent == exponent
