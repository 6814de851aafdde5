"""change_billing_address: what people say, what they do not say, what happens."""

from datetime import date
from typing import Any

import pytest

import billing
from billing import Address
from bot.context import Grant
from bot.messages import Role, Trust, Written
from bot.outcomes import NotAllowed, Outcome
from handlers.change_billing_address import (
    Ask,
    Changed,
    Incomplete,
    Moved,
    MoveReceived,
    ShallIChange,
    Told,
    Unchanged,
    WrongPostcode,
)
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import CASE

NAME = "Lindenhof Gartenbau GmbH"
OLD, NEW = ("Gärtnerweg 12", "53111 Bonn"), ("Gartenstraße 12", "79098 Freiburg")
SABINE = "buchhaltung@kunde.example"
RENEWS = date(2027, 1, 2)
WIEN = ("Lindengasse 48", "1070 Wien")


def ask(address: str) -> Ask:
    return Ask(address)  # type: ignore[arg-type]


EXAMPLES: list[tuple[str, Outcome]] = [
    ("", ShallIChange(NAME, NEW, OLD, RENEWS, ("martin.linden@kunde.example",))),
    ("another name, several subscriptions", ShallIChange(
        NAME, NEW, (), None, (), ("SUB-1012", "SUB-1012-2"), "Lindenhof Gartenbau AG"
    )),
    ("", Changed(NAME, NEW, RENEWS, ("martin.linden@kunde.example",))),
    ("nobody else", Changed(NAME, NEW, None, (), "Lindenhof Gartenbau AG")),
    ("", Told(NAME, NEW, OLD, "Sabine Krüger")),
    ("by our support", Told(NAME, NEW, (), "")),
    ("", MoveReceived(NAME, WIEN, "DE", "AT", CASE)),
    ("with a name", MoveReceived(NAME, WIEN, "DE", "AT", CASE, "Lindenhof Austria GmbH")),
    ("", Moved("Lindenhof Austria GmbH", WIEN, "AT")),
    ("", Incomplete(("Gartenstraße 12",), ("postcode", "city"))),
    ("nothing read", Incomplete((), ("street", "postcode", "city"))),
    ("", WrongPostcode("1070", "DE")),
    ("", Unchanged(OLD)),
    ("another name", Unchanged(OLD, "Lindenhof Gartenbau AG")),
]  # fmt: skip
READINGS: list[Any] = [ask("Gartenstraße 12, 79098 Freiburg")]

SAID = [
    ("de", "Unsere Rechnungsadresse lautet ab sofort: Gartenstraße 12, 79098 Freiburg",
     ask("Gartenstraße 12, 79098 Freiburg")),
    ("de", "Guten Tag, bitte ändern Sie die Rechnungsanschrift in Am Markt 1, 28195 Bremen.",
     ask("Am Markt 1, 28195 Bremen")),
    ("fr", "Notre adresse de facturation est désormais 5 rue de la Paix, 75002 Paris",
     ask("5 rue de la Paix, 75002 Paris")),
    ("fr", "Merci de modifier l'adresse de facturation : 12 bis rue Victor Hugo, 69002 Lyon",
     ask("12 bis rue Victor Hugo, 69002 Lyon")),
    ("en", "Please change our billing address to 12 High Street, Bristol BS1 4QS",
     ask("12 High Street, Bristol BS1 4QS")),
    ("en", "Our new billing address is 14 Mill Lane, Leeds LS1 4AP.", ask("14 Mill Lane, Leeds LS1 4AP")),
]  # fmt: skip

NOT_SAID = [
    "Bitte ändern Sie unsere Rechnungsadresse nicht.",
    "Merci de ne pas modifier notre adresse de facturation.",
    "Please do not change our billing address.",
    "Is 12 High Street, Bristol BS1 4QS still our billing address?",
]

HAPPENS: list[tuple[str, str, Ask, Outcome]] = [
    ("another street and town", "K1001", ask("Gartenstraße 12, 79098 Freiburg"),
     ShallIChange(NAME, NEW, OLD, RENEWS, (SABINE,))),
    ("the customer's own name above it", "K1001", ask(f"{NAME}, Gartenstraße 12, 79098 Freiburg"),
     ShallIChange(NAME, NEW, OLD, RENEWS, (SABINE,))),
    ("the customer's own country below it", "K1001", ask("Gartenstraße 12, 79098 Freiburg, Deutschland"),
     ShallIChange(NAME, NEW, OLD, RENEWS, (SABINE,))),
    ("another company above it", "K1001", ask("Lindenhof Gartenbau AG, Gartenstraße 12, 79098 Freiburg"),
     ShallIChange(NAME, NEW, OLD, RENEWS, (SABINE,), (), "Lindenhof Gartenbau AG")),
    ("several subscriptions", "K1012", ask("Bahnhofstrasse 5, 8001 Zürich"),
     ShallIChange("Uhrwerk Zürich AG", ("Bahnhofstrasse 5", "8001 Zürich"), ("Limmatquai 112", "8001 Zürich"),
                  date(2027, 1, 15), ("kreditoren@uhrwerk.example",), ("SUB-1012", "SUB-1012-2"))),
    ("another country", "K1001", ask("Lindengasse 48, 1070 Wien, Österreich"),
     MoveReceived(NAME, WIEN, "DE", "AT", "G-1")),
    ("another country and name", "K1001", ask("Lindenhof Austria GmbH, Lindengasse 48, A-1070 Wien"),
     MoveReceived(NAME, WIEN, "DE", "AT", "G-1", "Lindenhof Austria GmbH")),
    ("a postcode of another country", "K1001", ask("Lindengasse 48, 1070 Wien"), WrongPostcode("1070", "DE")),
    ("only a street", "K1001", ask("Gartenstraße 12"), Incomplete(("Gartenstraße 12",), ("postcode", "city"))),
    ("only a town", "K1001", ask("79098 Freiburg"), Incomplete(("79098 Freiburg",), ("street",))),
    ("the same as now", "K1001", ask("Gärtnerweg 12, 53111 Bonn"), Unchanged(OLD)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "asked", "outcome"), [row[1:] for row in HAPPENS], ids=[row[0] for row in HAPPENS]
)
def test_what_happens(customer: str, asked: Ask, outcome: Outcome) -> None:
    assert Desk().serve("change_billing_address", asked, customer).outcome == outcome


@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2, Trust.AGENT])
def test_nothing_changes_before_the_read_back_is_answered(trust: Trust) -> None:
    desk = Desk()
    served = desk.serve("change_billing_address", ask("Gartenstraße 12, 79098 Freiburg"), "K1001", trust=trust)
    assert served.parked
    assert not served.for_agent
    assert desk.core.customer("K1001").address == Address("Gärtnerweg 12", "", "53111", "Bonn")


def test_after_the_yes_the_address_holds_and_the_others_are_told() -> None:
    desk = Desk()
    asked = ask("Gartenstraße 12, 79098 Freiburg")
    grant = Grant(confirmed=True)
    served = desk.serve("change_billing_address", asked, "K1001", sender=SABINE, grant=grant, trust=Trust.T2)
    assert served.outcome == Changed(NAME, NEW, RENEWS, ("martin.linden@kunde.example",))
    assert desk.core.customer("K1001").address == Address("Gartenstraße 12", "", "79098", "Freiburg")
    [letter] = served.deliveries
    assert letter.recipient == "martin.linden@kunde.example"
    assert letter.outcome == Told(NAME, NEW, OLD, "Sabine Krüger")


def test_a_hidden_name_is_not_changed_with_the_address() -> None:
    desk = Desk()
    asked = ask("Lindenhof Gartenbau AG, Gartenstraße 12, 79098 Freiburg")
    served = desk.serve("change_billing_address", asked, "K1001", grant=Grant(confirmed=True), trust=Trust.T2)
    assert isinstance(served.outcome, Changed)
    assert served.outcome.company == "Lindenhof Gartenbau AG"
    assert desk.core.customer("K1001").name == NAME


def test_a_hidden_country_is_filed_and_changes_only_after_the_agents_yes() -> None:
    desk = Desk()
    asked = ask("Lindenhof Austria GmbH, Lindengasse 48, 1070 Wien, Österreich")
    served = desk.serve("change_billing_address", asked, "K1001")
    assert served.for_agent
    [filed] = served.filed
    assert isinstance(filed, billing.ChangeRequest)
    assert filed.changes == billing.ChangeSet(company_name="Lindenhof Austria GmbH", country="AT")
    before = desk.core.customer("K1001")
    assert (before.country, before.address.city) == ("DE", "Bonn")

    grant = Grant(confirmed=True, agent="U0ADA", filed=(filed.id,), version=before.version)
    done = desk.serve("change_billing_address", asked, "K1001", grant=grant)
    assert done.outcome == Moved("Lindenhof Austria GmbH", WIEN, "AT")
    after = desk.core.customer("K1001")
    assert (after.country, after.address) == ("AT", Address("Lindengasse 48", "", "1070", "Wien"))


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Rechnungsadresse:\nBahnhofstrasse 5\n8001 Zürich\nSchweiz", MoveReceived),
        ("Rechnungsadresse: Bahnhofstrasse 5, 8001 Zürich", ShallIChange),
    ],
)
def test_a_country_that_the_slot_left_out_is_seen_in_the_text(text: str, outcome: type[Outcome]) -> None:
    asked = ask("Bahnhofstrasse 5, 8001 Zürich")
    served = Desk().serve("change_billing_address", asked, "K1011", written=Written(text))  # Austrian: same postcodes
    assert isinstance(served.outcome, outcome)


def test_a_part_too_long_for_an_envelope_is_asked_for_again() -> None:
    desk = Desk()
    street = "Straße der sehr langen Namen " * 5 + "12"
    asked = ask(f"{street}, 79098 Freiburg")
    served = desk.serve("change_billing_address", asked, "K1001", grant=Grant(confirmed=True), trust=Trust.T2)
    assert served.outcome == Incomplete((street, "79098 Freiburg"), ("street",))


@pytest.mark.parametrize("trust", [Trust.INTERNAL])
def test_a_colleague_of_ours_changes_no_address(trust: Trust) -> None:
    served = Desk().serve("change_billing_address", ask("Gartenstraße 12, 79098 Freiburg"), "K1001", trust=trust)
    assert served.outcome == NotAllowed()


def test_a_technical_contact_changes_no_address() -> None:
    asked = ask("Gartenstraße 12, 79098 Freiburg")
    served = Desk().serve("change_billing_address", asked, "K1001", sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotAllowed()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("change_billing_address", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "change_billing_address")
