"""portal_access: what people say, what they do not say, what happens."""

from dataclasses import replace
from typing import Any

import pytest

from billing import Portal
from billing.demo import SYSTEM
from bot.messages import Actor, Language, Role, Trust
from bot.outcomes import Outcome
from bot.pipeline.serve import Wish, serve
from handlers.portal_access import Ask, Locked, NotActivated, ProductOnly, SignIn
from tests.intents.counter import DEMO_DAY, REGISTRY, Desk, acted_on, asks_in, read
from tests.replies.facts import CASE

EXAMPLES: list[tuple[str, Outcome]] = [
    ("", SignIn()),
    ("", NotActivated(invited=False)),
    ("invited", NotActivated(invited=True)),
    ("", ProductOnly("reseller")),
    ("perpetual", ProductOnly("perpetual")),
    ("", Locked(CASE)),
]
READINGS: list[Any] = [Ask()]

SAID = [
    ("de", "Wie melde ich mich im Kundenportal an?", Ask()),
    ("de", "Ich komme nicht mehr ins Portal, das Kennwort wird nicht angenommen.", Ask()),
    ("fr", "Comment me connecter au portail client ?", Ask()),
    ("fr", "Je n'arrive plus à me connecter au portail", Ask()),
    ("en", "How do I sign in to the customer portal?", Ask()),
    ("en", "I can't log in to the portal any more", Ask()),
]
NOT_SAID = [
    "Vielen Dank, die Anmeldung klappt wieder.",
    "Merci, la connexion fonctionne à nouveau.",
    "I can sign in again, thank you.",
]

HAPPENS: list[tuple[str, str, Outcome]] = [
    ("in use", "K1002", SignIn()),
    ("never activated", "K1001", NotActivated(invited=False)),
    ("invited", "K1011", NotActivated(invited=True)),
    ("bought from a reseller", "K1006", ProductOnly("reseller")),
    ("a perpetual licence", "K1004", ProductOnly("perpetual")),
]


@pytest.mark.parametrize(("customer", "outcome"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS])
@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2, Trust.INTERNAL, Trust.AGENT])
def test_what_happens(customer: str, outcome: Outcome, trust: Trust) -> None:
    assert Desk().serve("portal_access", Ask(), customer, trust=trust).outcome == outcome


def test_a_technical_contact_may_ask() -> None:
    served = Desk().serve("portal_access", Ask(), "K1001", sender="it@kunde.example", role=Role.TECHNICAL)
    assert served.outcome == NotActivated(invited=False)


def test_a_locked_portal_calls_our_support() -> None:
    desk = Desk()
    customer = replace(desk.core.customer("K1001"), id="K2001", portal=Portal.LOCKED, domains=())
    desk.core.add_customer(customer, actor=SYSTEM, idem="test:customer")
    served = desk.serve("portal_access", Ask(), "K2001")
    assert (served.outcome, served.calls) == (Locked("G-1"), ("portal_locked",))


@pytest.mark.parametrize("customer", [None, "K1001"], ids=["a stranger", "a colleague who is no contact"])
def test_others_hear_the_steps_and_nothing_about_the_customer(customer: str | None) -> None:
    role = Role.COLLEAGUE if customer else Role.STRANGER
    actor = Actor("someone@kunde.example", role, Trust.T1, customer_id=customer)
    wish = Wish(REGISTRY["portal_access"], {}, actor, Language.EN, "G-1", "email:1")
    assert serve(wish, Desk().core, DEMO_DAY).outcome == SignIn()


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("portal_access", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "portal_access")
