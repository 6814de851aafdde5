"""What the training makes of labelled messages: which stretches are tagged, and what spoiling leaves alone."""

import random
from datetime import date

import pytest

from training.spans import TAGS, spans_in, tags_of
from training.spoil import spoilt

SENT = date(2026, 11, 20)


def marked(text: str, **slots: object) -> set[tuple[str, str]]:
    """The stretches that are tagged, with their slot."""
    return {(text[start:end], slot) for start, end, slot in spans_in(text, [{"intent": "x", "slots": slots}], SENT)}


MEANT = [
    ("von Österreich in die Schweiz gezogen", {"country": "CH"}, {("Schweiz", "country")}),
    ("pay by PayPal, no more cards", {"method": "paypal"}, {("PayPal", "method")}),
    ("depuis mai nous cherchons les factures de juin", {"period": "2026-06"}, {("juin", "period")}),
    ("from Corporate up to Tensor", {"plan": "tensor"}, {("Tensor", "plan")}),
    ("not the 12, please, the 124", {"invoices": ["124"]}, {("124", "invoices")}),
]


@pytest.mark.parametrize(("text", "slots", "stretches"), MEANT)
def test_only_the_value_that_is_meant_is_tagged(
    text: str, slots: dict[str, object], stretches: set[tuple[str, str]]
) -> None:
    assert marked(text, **slots) == stretches


def test_spoiling_leaves_numbers_alone_and_not_words() -> None:
    text = "Bitte die Rechnung RE-2026-00123 künftig per Überweisung"
    request = {"intent": "x", "slots": {"invoices": ["RE-2026-00123"], "method": "transfer"}}
    letters = list(zip(text, tags_of(text, [request], SENT), strict=True))
    written = ["".join(c for c, _ in spoilt(letters, random.Random(seed))) for seed in range(60)]
    assert all("RE-2026-00123" in one for one in written)
    assert any("ÜBERWEISUNG" in one for one in written) and any("Ueberweisung" in one for one in written)
    assert {TAGS[tag] for _, tag in letters} == {"-", "B-invoices", "I-invoices", "B-method", "I-method"}
