"""change_tax_id: what people say, what they do not say, what happens."""

from typing import Any

import pytest

import billing
from bot.context import Grant
from bot.messages import Role, Trust
from bot.outcomes import NotAllowed, Outcome
from handlers.change_tax_id import Ask, Changed, Invalid, Received, Unchanged
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import CASE

OLD, NEW, AUSTRIAN = "DE999999018", "DE999999026", "ATU13585627"


def ask(tax_id: str) -> Ask:
    return Ask(tax_id)  # type: ignore[arg-type]


EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Received(OLD, NEW, CASE)),
    ("the first one", Received("", NEW, CASE)),
    ("of another country", Received(OLD, AUSTRIAN, CASE, "DE", "AT")),
    ("", Changed(OLD, NEW)),
    ("the first one", Changed("", NEW)),
    ("", Unchanged(OLD)),
    ("", Invalid("DE123456789")),
]
READINGS: list[Any] = [ask(NEW)]

SAID = [
    ("de", "Bitte ändern Sie unsere USt-IdNr. in DE999999026.", ask(NEW)),
    ("de", "Unsere neue Umsatzsteuer-ID lautet DE 999 999 026.", ask(NEW)),
    ("fr", "Notre nouveau numéro de TVA est FR29999990013.", ask("FR29999990013")),
    ("fr", "Merci de remplacer le numéro de TVA par FR53999990021.", ask("FR53999990021")),
    ("en", "Our new VAT number is GB999999973.", ask("GB999999973")),
    ("en", "Please change the VAT number on our account to GB999999973.", ask("GB999999973")),
]

NOT_SAID = [
    "Unsere USt-IdNr. DE999999026 ist unverändert.",
    "Notre numéro de TVA n'a pas changé.",
    "Please do not change our VAT number.",
    "What is your VAT number?",
]

HAPPENS: list[tuple[str, str, Ask, Outcome]] = [
    ("another number", "K1001", ask(NEW), Received(OLD, NEW, "G-1")),
    ("the first number", "K1013", ask("GB999999973"), Received("", "GB999999973", "G-1")),
    ("of another country", "K1001", ask(AUSTRIAN), Received(OLD, AUSTRIAN, "G-1", "DE", "AT")),
    ("of the country's tax office, no sign", "K1014", ask("12-3456789"), Received("", "12-3456789", "G-1")),
    ("Greek numbers begin with EL", "K1001", ask("EL094259216"), Received(OLD, "EL094259216", "G-1", "DE", "GR")),
    ("the same number", "K1001", ask("DE 999 999 018"), Unchanged(OLD)),
    ("wrong check digits", "K1001", ask("DE999999027"), Invalid("DE999999027")),
    ("a book", "K1014", ask("9" * 40), Invalid("9" * 40)),
]


@pytest.mark.parametrize(
    ("customer", "asked", "outcome"), [row[1:] for row in HAPPENS], ids=[row[0] for row in HAPPENS]
)
def test_what_happens(customer: str, asked: Ask, outcome: Outcome) -> None:
    assert Desk().serve("change_tax_id", asked, customer).outcome == outcome


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2])
def test_nothing_changes_before_an_agent_decides(trust: Trust) -> None:
    desk = Desk()
    served = desk.serve("change_tax_id", ask(NEW), "K1001", trust=trust)
    assert served.for_agent
    [filed] = served.filed
    assert isinstance(filed, billing.ChangeRequest)
    assert (filed.before.tax_id, filed.changes.tax_id) == (OLD, NEW)
    assert desk.core.customer("K1001").tax_id == OLD


def test_after_the_agents_yes_it_is_carried_out_and_must_be_checked() -> None:
    desk = Desk()
    [filed] = desk.serve("change_tax_id", ask(NEW), "K1001").filed
    grant = Grant(agent="U0ADA", filed=(filed.id,), version=desk.core.customer("K1001").version)
    assert desk.serve("change_tax_id", ask(NEW), "K1001", grant=grant).outcome == Changed(OLD, NEW)
    now = desk.core.customer("K1001")
    assert (now.tax_id, now.tax_id_checked) == (NEW, False)


def test_a_record_that_changed_since_is_looked_at_again() -> None:
    desk = Desk()
    [filed] = desk.serve("change_tax_id", ask(NEW), "K1001").filed
    grant = Grant(agent="U0ADA", filed=(filed.id,), version=desk.core.customer("K1001").version - 1)
    with pytest.raises(billing.Stale):
        desk.serve("change_tax_id", ask(NEW), "K1001", grant=grant)


def test_a_technical_contact_changes_no_vat_id() -> None:
    served = Desk().serve("change_tax_id", ask(NEW), "K1001", sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("change_tax_id", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "change_tax_id")
