"""change_country: what people say, what they do not say, what happens."""

from typing import Any

import pytest

import billing
from billing import Address
from bot.context import Grant
from bot.messages import Role, Trust
from bot.outcomes import NotAllowed, Outcome
from handlers.change_country import Ask, Changed, NotACountry, Received, Unchanged
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import CASE

BONN, WIEN = ("Gärtnerweg 12", "53111 Bonn"), ("Lindengasse 48", "1070 Wien")
VAT = "DE999999018"
OPEN = ("RE-2026-000123",)


def ask(country: str, address: str | None = None) -> Ask:
    return Ask(country, address)  # type: ignore[arg-type]


EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Received("DE", "AT", CASE, WIEN, tax_id=VAT, open_invoices=OPEN)),
    ("without an address", Received("DE", "AT", CASE)),
    ("half an address", Received("FR", "BE", CASE, unread="rue Haute, Bruxelles", tax_id="FR29999990013")),
    ("", Changed("DE", "AT", WIEN, True, VAT)),
    ("without an address", Changed("DE", "AT", BONN, False)),
    ("", Unchanged("DE")),
    ("with an address", Unchanged("DE", "Am Markt 1, 28195 Bremen")),
    ("", NotACountry("ZZ")),
]
READINGS: list[Any] = [ask("CH"), ask("AT", "Lindengasse 48, 1070 Wien")]

SAID = [
    ("de", "Bitte ändern Sie das Land in unserem Kundenkonto auf Österreich.", ask("AT")),
    ("de", "Wir sind nach Österreich umgezogen: Lindengasse 48, 1070 Wien", ask("AT", "Lindengasse 48, 1070 Wien")),
    ("fr", "Merci de changer le pays de notre compte, nous sommes maintenant en Belgique.", ask("BE")),
    ("fr", "Notre siège se trouve désormais en Suisse, merci d'adapter le compte.", ask("CH")),
    ("en", "Please change the country on our account to Ireland.", ask("IE")),
    ("en", "We have relocated to Portugal, please update our account.", ask("PT")),
]

NOT_SAID = [
    "Wir ziehen nicht nach Österreich um, bitte nichts ändern.",
    "Nous n'avons pas déménagé en Belgique.",
    "We have not moved to Ireland.",
    "Liefern Sie auch nach Österreich?",
]

HAPPENS: list[tuple[str, Ask, Outcome]] = [
    ("another country", ask("AT"), Received("DE", "AT", "G-1", tax_id=VAT, open_invoices=OPEN)),
    (
        "with an address", ask("AT", "Lindengasse 48, 1070 Wien"),
        Received("DE", "AT", "G-1", WIEN, tax_id=VAT, open_invoices=OPEN),
    ),
    (
        "with half an address", ask("AT", "Lindengasse 48, Wien"),
        Received("DE", "AT", "G-1", unread="Lindengasse 48, Wien", tax_id=VAT, open_invoices=OPEN),
    ),
    ("the same country", ask("DE"), Unchanged("DE")),
    ("the same country, another address", ask("DE", "Am Markt 1, Bremen"), Unchanged("DE", "Am Markt 1, Bremen")),
    ("no country", ask("ZZ"), NotACountry("ZZ")),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "outcome"), [row[1:] for row in HAPPENS], ids=[row[0] for row in HAPPENS])
def test_what_happens(asked: Ask, outcome: Outcome) -> None:
    assert Desk().serve("change_country", asked, "K1001").outcome == outcome


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2])
def test_nothing_changes_before_an_agent_decides(trust: Trust) -> None:
    desk = Desk()
    served = desk.serve("change_country", ask("AT"), "K1001", trust=trust)
    assert served.for_agent
    [filed] = served.filed
    assert isinstance(filed, billing.ChangeRequest)
    assert (filed.before.country, filed.changes.country) == ("DE", "AT")
    assert filed.impact.tax_new.category == billing.TaxCategory.STANDARD
    assert filed.impact.tax_new.country == "AT"
    assert desk.core.customer("K1001").country == "DE"


def approved(desk: Desk, asked: Ask) -> Outcome:
    """Filed, and an agent said yes."""
    [filed] = desk.serve("change_country", asked, "K1001").filed
    grant = Grant(confirmed=True, agent="U0ADA", filed=(filed.id,), version=desk.core.customer("K1001").version)
    return desk.serve("change_country", asked, "K1001", grant=grant).outcome


def test_after_the_agents_yes_country_and_address_are_changed_together() -> None:
    desk = Desk()
    assert approved(desk, ask("AT", "Lindengasse 48, 1070 Wien")) == Changed("DE", "AT", WIEN, True, VAT)
    now = desk.core.customer("K1001")
    assert (now.country, now.address, now.tax_id_checked) == (
        "AT",
        Address("Lindengasse 48", "", "1070", "Wien"),
        False,
    )


def test_without_an_address_the_answer_asks_for_it() -> None:
    desk = Desk()
    assert approved(desk, ask("AT")) == Changed("DE", "AT", BONN, False, VAT)
    assert desk.core.customer("K1001").address.city == "Bonn"


def test_an_address_that_fits_on_no_invoice_stays_out() -> None:
    desk = Desk()
    address = f"{'Lange Gasse ' * 12}48, 1070 Wien"
    assert approved(desk, ask("AT", address)) == Changed("DE", "AT", BONN, False, VAT)


def test_a_record_that_changed_since_is_looked_at_again() -> None:
    desk = Desk()
    [filed] = desk.serve("change_country", ask("AT"), "K1001").filed
    grant = Grant(confirmed=True, agent="U0ADA", filed=(filed.id,), version=desk.core.customer("K1001").version - 1)
    with pytest.raises(billing.Stale):
        desk.serve("change_country", ask("AT"), "K1001", grant=grant)


def test_a_technical_contact_changes_no_country() -> None:
    served = Desk().serve("change_country", ask("AT"), "K1001", sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("change_country", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "change_country")
