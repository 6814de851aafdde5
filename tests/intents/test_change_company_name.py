"""change_company_name: what people say, what they do not say, what happens."""

from typing import Any

import pytest

import billing
from bot.context import Grant
from bot.messages import Role, Trust
from bot.outcomes import NotAllowed, Outcome
from handlers.change_company_name import Ask, Changed, NotAName, Received, Unchanged
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import CASE

OLD, NEW = "Lindenhof Gartenbau GmbH", "Lindenhof Gartenbau AG"


def ask(company: str) -> Ask:
    return Ask(company)  # type: ignore[arg-type]


EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Received("Lindenhof Gartenbau GmbH", "Lindenhof Gartenbau AG", CASE)),
    ("a letter mended", Received("Lindenhof Gartenbau GmbH", "Lindenhoff Gartenbau GmbH", CASE, typo=True)),
    ("with an address", Received(OLD, NEW, CASE, address="Am Markt 1, 28195 Bremen")),
    ("", Changed("Lindenhof Gartenbau GmbH", "Lindenhof Gartenbau AG")),
    ("", Unchanged("Lindenhof Gartenbau GmbH")),
    ("", NotAName()),
]
READINGS: list[Any] = [
    Ask("Neu & Co. KG"),  # type: ignore[arg-type]
]

SAID = [
    ("de", "Bitte ändern Sie unseren Firmennamen in Lindenhof Gartenbau AG", ask(NEW)),
    ("de", "Guten Tag, wir heißen jetzt Lindenhof Gartenbau AG.", ask(NEW)),
    ("fr", "Merci de changer notre raison sociale en Maison Dupain SAS", ask("Maison Dupain SAS")),
    ("fr", "Notre société s'appelle désormais Maison Dupain SAS.", ask("Maison Dupain SAS")),
    ("en", "Please change our company name to Brightwater Group Ltd", ask("Brightwater Group Ltd")),
    ("en", "Our company is now called Brightwater Group Ltd.", ask("Brightwater Group Ltd")),
]

NOT_SAID = [
    "Bitte ändern Sie unseren Firmennamen nicht.",
    "Merci de ne pas changer notre raison sociale.",
    "Please do not change our company name.",
    "Our company name has not changed.",
]

HAPPENS: list[tuple[str, Ask, Outcome]] = [
    ("another name", ask(NEW), Received(OLD, NEW, "G-1")),
    (
        "a letter mended",
        ask("Lindenhoff Gartenbau GmbH"),
        Received(OLD, "Lindenhoff Gartenbau GmbH", "G-1", typo=True),
    ),
    ("another legal form is no typo", ask("Lindenhof Gartenbau KG"), Received(OLD, "Lindenhof Gartenbau KG", "G-1")),
    (
        "name and address in one breath",
        ask(f"{NEW}, Am Markt 1, 28195 Bremen"),
        Received(OLD, NEW, "G-1", address="Am Markt 1, 28195 Bremen"),
    ),
    ("the same name", ask(OLD), Unchanged(OLD)),
    ("the same name with blanks around", ask(f"  {OLD} "), Unchanged(OLD)),
    ("a book", ask("x" * 500), NotAName()),
    ("nothing but blanks", ask("   "), NotAName()),
]


@pytest.mark.parametrize(("asked", "outcome"), [row[1:] for row in HAPPENS], ids=[row[0] for row in HAPPENS])
def test_what_happens(asked: Ask, outcome: Outcome) -> None:
    assert Desk().serve("change_company_name", asked, "K1001").outcome == outcome


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2])
def test_nothing_changes_before_an_agent_decides(trust: Trust) -> None:
    desk = Desk()
    served = desk.serve("change_company_name", ask(NEW), "K1001", trust=trust)
    assert served.for_agent
    [filed] = served.filed
    assert isinstance(filed, billing.ChangeRequest)
    assert filed.before.company_name == OLD
    assert desk.core.customer("K1001").name == OLD


def test_after_the_agents_yes_it_is_carried_out() -> None:
    desk = Desk()
    [filed] = desk.serve("change_company_name", ask(NEW), "K1001").filed
    grant = Grant(agent="U0ADA", filed=(filed.id,), version=desk.core.customer("K1001").version)
    served = desk.serve("change_company_name", ask(NEW), "K1001", grant=grant)
    assert served.outcome == Changed(OLD, NEW)
    assert desk.core.customer("K1001").name == NEW


def test_a_record_that_changed_since_is_looked_at_again() -> None:
    desk = Desk()
    [filed] = desk.serve("change_company_name", ask(NEW), "K1001").filed
    grant = Grant(agent="U0ADA", filed=(filed.id,), version=desk.core.customer("K1001").version - 1)
    with pytest.raises(billing.Stale):
        desk.serve("change_company_name", ask(NEW), "K1001", grant=grant)
    assert desk.core.customer("K1001").name == OLD


def test_a_technical_contact_changes_no_name() -> None:
    served = Desk().serve("change_company_name", ask(NEW), "K1001", sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("change_company_name", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "change_company_name")
