"""request_renewal_quote: what people say, what they do not say, what happens."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from billing import Money, Quote, Subscription
from billing.demo import SYSTEM
from billing.values import QuoteState, SubscriptionState
from bot.context import Grant
from bot.messages import DocumentRef, Trust
from bot.outcomes import Outcome
from handlers.request_renewal_quote import (
    Accepted,
    Ask,
    Delayed,
    Ended,
    NoSubscription,
    NotFound,
    Perpetual,
    Ready,
    Reseller,
    Sent,
    ShallISendQuote,
    TooEarly,
    WhichSubscription,
    follow_up,
)
from tests.intents.counter import Desk, acted_on, asks_in, read
from tests.replies.facts import EUR, THEM, US

ELSEWHERE = "achats@groupe.example"


def ask(subscription: str | None = None, *recipients: str) -> Ask:
    return Ask(subscription, recipients)  # type: ignore[arg-type]


READY = Ready(
    "AN-2026-000103", "SUB-1008", Money(170100, EUR), date(2026, 12, 22), date(2026, 12, 22), date(2026, 11, 24)
)
EXAMPLES: list[tuple[str, Outcome]] = [
    ("", Accepted((), date(2026, 11, 24))),
    ("for others", Accepted((THEM,), None)),
    ("", READY),
    ("asked for in a chat", replace(READY, sent_to=US)),
    ("", Sent("AN-2026-000103", Money(170100, EUR), date(2026, 12, 22), (THEM,))),
    ("", Delayed("SUB-1008")),
    ("", ShallISendQuote("SUB-1008", (THEM,), (THEM,))),
    ("several, sender not proven", ShallISendQuote("SUB-1008", (US, "direction@client.example"), ())),
    ("", WhichSubscription(("SUB-1012", "SUB-1012-2"))),
    ("", NotFound("SUB-9999")),
    ("", NoSubscription()),
    ("", Reseller()),
    ("", Perpetual()),
    ("", Ended()),
    ("", TooEarly()),
]
READINGS: list[Any] = [
    Ask(),  # type: ignore[arg-type]
    Ask("SUB-1", ("a@b.example",)),  # type: ignore[arg-type]
]

SAID = [
    ("de", "Bitte erstellen Sie uns ein Verlängerungsangebot", ask()),
    ("de", "Guten Tag, wir hätten gern ein Angebot für die Verlängerung unseres Abonnements SUB-1001.",
     ask("SUB-1001")),
    ("de", "Wo bleibt unser Verlängerungsangebot?", ask()),
    ("fr", "Merci de nous établir un devis de renouvellement", ask()),
    ("fr", "Nous souhaitons un devis pour le renouvellement de notre abonnement SUB-1008.", ask("SUB-1008")),
    ("fr", "Où en est notre devis de renouvellement ?", ask()),
    ("en", "Please prepare a renewal quote for us", ask()),
    ("en", "Could you send me a quote for renewing subscription SUB-1013?", ask("SUB-1013")),
    ("en", "Please send the renewal quote to procurement@customer.example", ask(None, "procurement@customer.example")),
]  # fmt: skip

NOT_SAID = [
    "Vielen Dank für das Verlängerungsangebot.",
    "Wir möchten kein Angebot zur Verlängerung.",
    "Nous ne souhaitons pas de devis de renouvellement.",
    "We do not need a renewal quote.",
    "Thanks for the quote, we will look at it next week.",
]

HAPPENS: list[tuple[str, str, Ask, type[Outcome], dict[str, Any]]] = [
    ("the only one", "K1008", ask(), Accepted, {"recipients": (), "last_day_to_cancel": date(2026, 11, 24)}),
    ("by its number", "K1001", ask("SUB-1001"), Accepted, {"last_day_to_cancel": date(2026, 12, 5)}),
    ("by a bare number", "K1001", ask("1001"), Accepted, {}),
    ("waits to be made already", "K1013", ask(), Accepted, {}),
    ("made already", "K1012", ask("SUB-1012"), Ready, {"subscription": "SUB-1012"}),
    ("expired, so made anew", "K1003", ask(), Accepted, {}),
    ("made already, for somebody else", "K1012", ask("SUB-1012", ELSEWHERE), ShallISendQuote,
     {"elsewhere": (ELSEWHERE,)}),
    ("for a contact on file", "K1008", ask(None, "comptabilite@client.example"), Accepted,
     {"recipients": ("comptabilite@client.example",)}),
    ("for somebody else", "K1008", ask(None, ELSEWHERE), ShallISendQuote, {"recipients": (ELSEWHERE,)}),
    ("several", "K1012", ask(), WhichSubscription, {"candidates": ("SUB-1012", "SUB-1012-2")}),
    ("unknown number", "K1001", ask("SUB-9999"), NotFound, {"subscription": "SUB-9999"}),
    ("another customer's number", "K1001", ask("SUB-1008"), NotFound, {"subscription": "SUB-1008"}),
    ("bought from a reseller", "K1006", ask(), Reseller, {}),
    ("bought from a reseller, for somebody else", "K1006", ask(None, ELSEWHERE), Reseller, {}),
    ("a perpetual licence", "K1004", ask(), Perpetual, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "asked", "outcome", "facts"), [r[1:] for r in HAPPENS], ids=[r[0] for r in HAPPENS]
)
def test_what_happens(customer: str, asked: Ask, outcome: type[Outcome], facts: dict[str, Any]) -> None:
    served = Desk().serve("request_renewal_quote", asked, customer)
    assert type(served.outcome) is outcome, served.outcome
    assert {name: getattr(served.outcome, name) for name in facts} == facts


def _with(subscription: Subscription | None) -> Desk:
    desk = Desk()
    customer = replace(
        desk.core.customer("K1001"), id="K2001", domains=(), contacts=desk.core.customer("K1001").contacts
    )
    desk.core.add_customer(customer, actor=SYSTEM, idem="test:customer")
    if subscription:
        desk.core.add_subscription(subscription, actor=SYSTEM, idem="test:subscription")
    return desk


HELD = Subscription(
    "SUB-2001", "K2001", "Team", 1, date(2025, 1, 1), date(2027, 1, 1), date(2026, 12, 4), Money(100, "EUR")
)


@pytest.mark.parametrize(
    ("held", "outcome"),
    [
        (None, NoSubscription()),
        (replace(HELD, state=SubscriptionState.ENDED), Ended()),
        (replace(HELD, renews=date(2028, 6, 1)), TooEarly()),
        (replace(HELD, sold_by="K1005"), Reseller()),
    ],
    ids=["nothing held", "ended", "runs two years more", "sold by a reseller"],
)
def test_what_cannot_be_renewed(held: Subscription | None, outcome: Outcome) -> None:
    assert _with(held).serve("request_renewal_quote", ask(), "K2001").outcome == outcome


def test_word_is_promised_once_the_quote_is_queued() -> None:
    served = Desk().serve("request_renewal_quote", ask(), "K1008")
    assert [promise.recipients for promise in served.promises] == [()]


def test_a_passed_last_day_to_cancel_is_not_named() -> None:
    held = replace(HELD, last_day_to_cancel=date(2026, 11, 21))
    assert _with(held).serve("request_renewal_quote", ask(), "K2001").outcome == Accepted((), None)


def test_a_quote_for_others_leaves_after_the_yes_only() -> None:
    desk, asked = Desk(), ask("SUB-1012", ELSEWHERE)
    assert desk.serve("request_renewal_quote", asked, "K1012").parked
    served = desk.serve("request_renewal_quote", asked, "K1012", grant=Grant(confirmed=True), trust=Trust.T2)
    assert isinstance(served.outcome, Sent)
    assert [delivery.recipient for delivery in served.deliveries] == [ELSEWHERE]
    assert served.deliveries[0].outcome.documents == (DocumentRef("quote", served.outcome.number),)
    assert served.deliveries[0].outcome.last_day_to_cancel is None  # type: ignore[attr-defined] # the customer's own matter


def test_what_follows_when_the_quote_is_ready_and_when_it_failed() -> None:
    desk = Desk()
    desk.serve("request_renewal_quote", ask(), "K1008")
    customer = desk.core.customer("K1008")
    queued = desk.core.quotes("K1008")[0]
    ready: Quote = desk.core.finish_quote(queued.id, actor=SYSTEM, idem="test:finish")
    told = follow_up(ready, customer)
    assert isinstance(told, Ready)
    assert told.documents == (DocumentRef("quote", str(ready.number)),)
    assert follow_up(replace(queued, state=QuoteState.FAILED), customer) == Delayed("SUB-1008")


@pytest.mark.parametrize(("language", "text", "asked"), SAID, ids=[text[:40] for _, text, _ in SAID])
def test_what_is_said(language: str, text: str, asked: Ask) -> None:
    reading = read(text)
    assert reading.language == language
    assert asks_in(reading) == [("request_renewal_quote", asked)]


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_is_not_said(text: str) -> None:
    assert not acted_on(read(text), "request_renewal_quote")
