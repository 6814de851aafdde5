"""change_payment_method: what people say, what they do not say, what happens."""

from dataclasses import replace
from typing import Any

import pytest

from billing import Portal
from billing.demo import SYSTEM
from bot.messages import Actor, Language, Role, Trust, Written
from bot.outcomes import NotAllowed, Outcome
from bot.pipeline.serve import Wish, serve
from bot.render import Words
from handlers.change_payment_method import (
    ELSEWHERE,
    OFFERED,
    Ask,
    Locked,
    NotActivated,
    NotOffered,
    Perpetual,
    Reseller,
    UseLink,
)
from tests.intents.counter import DEMO_DAY, REGISTRY, Desk, acted_on, asks_in, read
from tests.replies.facts import CASE

LINK = "https://portal.example/payment-method"
ALL = ("card", "paypal", "transfer")


def ask(method: str | None = None) -> Ask:
    return Ask(method)  # type: ignore[arg-type]


EXAMPLES: list[tuple[str, Outcome]] = [
    ("", UseLink(LINK, "", ALL, (), data_seen=False)),
    ("to card, one open", UseLink(LINK, "card", ALL, ("RE-2026-000120",), data_seen=False)),
    ("to transfer, two open", UseLink(LINK, "transfer", ALL, ("RE-2026-000120", "RE-2026-000124"), data_seen=True)),
    ("", NotOffered("sepa", "DE", ALL, LINK)),
    ("elsewhere", NotOffered("paypal", "CH", ELSEWHERE, LINK)),
    ("", NotActivated(ALL, data_seen=False)),
    ("account number", NotActivated(ELSEWHERE, data_seen=True)),
    ("", Reseller()),
    ("", Perpetual()),
    ("", Locked(CASE)),
]
READINGS: list[Any] = [ask(), ask("card"), ask("sepa")]

SAID = [
    ("de", "Wir möchten unsere Zahlungsart auf PayPal umstellen", ask("paypal")),
    ("de", "Unsere Kreditkarte ist abgelaufen, wo hinterlege ich die neue?", ask("card")),
    ("fr", "Nous souhaitons passer au paiement par carte bancaire", ask("card")),
    ("fr", "Merci de modifier notre moyen de paiement", ask()),
    ("en", "We would like to change our payment method to PayPal", ask("paypal")),
    ("en", "Our credit card has expired, where do I enter the new one?", ask("card")),
]
NOT_SAID = [
    "Bitte ändern Sie unsere Zahlungsart nicht.",
    "Wir haben per PayPal bezahlt.",
    "Nous avons payé par carte hier.",
    "We paid by credit card yesterday.",
]

OPEN = ("RE-2026-000124", "RE-2026-000120")
HAPPENS: list[tuple[str, str, Ask, type[Outcome], dict[str, Any]]] = [
    ("no method named", "K1014", ask(), UseLink, {"method": "", "open_invoices": (), "offered": ALL}),
    ("to PayPal, two invoices open", "K1002", ask("paypal"), UseLink, {"method": "paypal", "open_invoices": OPEN}),
    ("by transfer", "K1002", ask("transfer"), UseLink, {"method": "transfer"}),
    ("by direct debit, which nobody offers", "K1002", ask("sepa"), NotOffered, {"country": "DE", "offered": ALL}),
    ("PayPal in Switzerland", "K1012", ask("paypal"), NotOffered, {"country": "CH", "offered": ("card", "transfer")}),
    ("no portal yet", "K1001", ask("card"), NotActivated, {"offered": ALL}),
    ("a reseller's customer", "K1006", ask("card"), Reseller, {}),
    ("a perpetual licence", "K1004", ask("card"), Perpetual, {}),
]


@pytest.mark.parametrize(
    ("customer", "asked", "outcome", "facts"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS]
)
@pytest.mark.parametrize("trust", [Trust.T0, Trust.T1, Trust.T2, Trust.INTERNAL, Trust.AGENT])
def test_what_happens(customer: str, asked: Ask, outcome: type[Outcome], facts: dict[str, Any], trust: Trust) -> None:
    served = Desk().serve("change_payment_method", asked, customer, trust=trust)
    assert type(served.outcome) is outcome, served.outcome
    assert {name: getattr(served.outcome, name) for name in facts} == facts
    assert served.deliveries == ()


def test_the_link_leads_to_the_page_of_the_payment_method() -> None:
    served = Desk().serve("change_payment_method", ask(), "K1002")
    assert isinstance(served.outcome, UseLink)
    assert served.outcome.link.endswith("/payment-method")


def test_a_technical_contact_and_a_colleague_get_no_link() -> None:
    for role in (Role.TECHNICAL, Role.COLLEAGUE):
        served = Desk().serve("change_payment_method", ask(), "K1002", sender="x@moebel-muessiggang.example", role=role)
        assert served.outcome == NotAllowed()


def test_a_locked_portal_calls_our_support() -> None:
    desk = Desk()
    customer = replace(desk.core.customer("K1001"), id="K2001", portal=Portal.LOCKED, domains=())
    desk.core.add_customer(customer, actor=SYSTEM, idem="test:customer")
    served = desk.serve("change_payment_method", ask(), "K2001")
    assert (served.outcome, served.calls) == (Locked("G-1"), ("portal_locked",))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Unsere neue IBAN lautet DE02 1203 0000 0000 2020 51", True),
        ("Notre IBAN : FR76 **** **** **** **** **** 189", True),
        ("Nouvel IBAN terminant par 0189", True),
        ("Bitte auf PayPal umstellen, Rechnung RE-2026-000123 vom 11.11.2026", False),
        ("Our IBAN has changed.", False),
    ],
)
def test_an_account_number_in_the_mail_is_not_taken_over_and_the_sender_warned(text: str, seen: bool) -> None:
    owner = Actor("a@b.example", Role.OWNER, Trust.T1, customer_id="K1002", contact_email="a@b.example")
    wish = Wish(
        REGISTRY["change_payment_method"], {}, owner, Language.DE, "G-1", "email:1", written=Written(text)
    )  # fmt: skip
    outcome = serve(wish, Desk().core, DEMO_DAY).outcome
    assert isinstance(outcome, UseLink)
    assert outcome.data_seen is seen


def test_every_method_of_the_table_has_a_name() -> None:
    methods = {method for methods in (*OFFERED.values(), ELSEWHERE) for method in methods}
    for language in Language:
        assert methods <= set(Words().words("methods", language))


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("change_payment_method", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "change_payment_method")
