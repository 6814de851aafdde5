"""Customers name the plans that this seller sells, in their own words, and hear of exactly these."""

import pytest

from tests.threats.machine import Machine, mails

ASKED = {
    "de": ("martin.linden@kunde.example", "Was würde ein Wechsel zu Pro kosten?", "Fernblick Pro"),
    "fr": ("camille.lefevre@courriel.example", "Nous souhaitons passer à la formule Pro.", "Fernblick Pro"),
    "en": ("oliver.hart@customer.example", "We would like to upgrade to Fernblick Pro", "Fernblick Pro"),
}


@pytest.mark.parametrize("language", ASKED)
def test_the_answer_is_about_the_plan_that_was_named(machine: Machine, language: str) -> None:
    sender, text, plan = ASKED[language]
    [answer] = mails(machine.mail(sender, text))
    assert plan in answer.text.replace("\u00a0", " ").replace("\n", " ")
    assert machine.row().reading.find(plan) >= 0, "it was read as this plan"
