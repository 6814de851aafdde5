"""What the seller sells: the plans in the order of the seller file, each better than the one above it."""

import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from babel.numbers import get_currency_precision, is_currency

from billing.terms import DEMO_CATALOGUE, Plan
from billing.values import Money

KNOWN = {"name", "prices"}


def load_catalogue(path: Path | str | None = None) -> tuple[Plan, ...]:
    """The tables `[[plans]]` of the seller file, or the demo's plans without one. Raises ValueError.

    A seller file without plans sells none: then nobody is offered anything better.
    """
    if not path:
        return DEMO_CATALOGUE
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"), parse_float=Decimal).get("plans", [])
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"seller file: {error}") from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError("seller file: write each plan as a table [[plans]]")
    plans = tuple(_plan(table, rank) for rank, table in enumerate(tables, start=1))
    if len({plan.name for plan in plans}) < len(plans):
        raise ValueError("seller file: two plans have the same name")
    return plans


def _plan(table: dict[str, Any], rank: int) -> Plan:
    name, prices = table.get("name"), table.get("prices")
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"seller file: plan {rank} has no name")
    if unknown := sorted(set(table) - KNOWN):
        raise ValueError(f"seller file: plan {name} has an unknown key {', '.join(unknown)}")
    if not isinstance(prices, dict) or not prices:
        raise ValueError(f"seller file: plan {name} has no prices")
    return Plan(name.strip(), rank, tuple(_price(name, currency, price) for currency, price in prices.items()))


def _price(plan: str, currency: str, price: Any) -> Money:
    """Net, for a seat and a year; whole minor units, for nobody can bill half a cent."""
    if not is_currency(currency):
        raise ValueError(f"seller file: plan {plan}: {currency} is no currency")
    try:
        minor = Decimal(str(price)).scaleb(get_currency_precision(currency))
    except InvalidOperation:
        raise ValueError(f"seller file: plan {plan}: the price in {currency} is no number") from None
    if not minor.is_finite() or minor != minor.to_integral_value() or not 0 < minor < 10**12:
        raise ValueError(f"seller file: plan {plan}: the price in {currency} must be above zero, in whole minor units")
    return Money(int(minor), currency)
