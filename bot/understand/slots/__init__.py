"""The slots of a text: deterministic readers on the raw text, each value in normal form and with its place."""

from datetime import date

from bot.understand.slots.found import Found
from bot.understand.slots.names import companies, firms, names
from bot.understand.slots.numbers import numbers
from bot.understand.slots.places import addresses, countries
from bot.understand.slots.times import periods
from bot.understand.slots.words import languages, methods, phones, plans, recipients, tax_ids, which

__all__ = ["Found", "read_slots"]


def read_slots(text: str, sent: date, sold: tuple[str, ...] = ()) -> tuple[Found, ...]:
    """Every slot value in the text, in the order in which they stand. The text has what is not actionable blanked.

    `sold`: names of the plans that the seller has, beside those that everybody knows.
    """
    homes = list(addresses(text))
    marked = [*recipients(text), *tax_ids(text)]
    called = (one for one in phones(text) if not any(one.start < m.end and m.start < one.end for m in marked))
    taken = [*marked, *called]
    counted = numbers(text, [*taken, *(home for home in homes if home.sure or len(home.value) > 14)])
    found = [
        *taken, *homes, *counted,
        *periods(text, sent, counted), *which(text), *plans(text, sold), *methods(text), *languages(text),
        *countries(text), *companies(text), *firms(text), *names(text),
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda f: (f.start, f.end)))
