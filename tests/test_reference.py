"""The reference pages say what the code says."""

from docs.intents import PAGE, page


def test_the_page_of_intents_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m docs.intents"


def test_every_outcome_and_phrase_stands_on_the_page() -> None:
    text = page()
    assert "| R2 look-alike | an agent decides |" in text
    assert "| done | `Resent` | The set-up mail of before is sent once more" in text
    assert "Bitte aktivieren Sie das Kundenportal, Rechnungsnummer {invoices} ·" in text
