"""Who may do what, with the real handlers: each door makes somebody of a sender, and each of them gets what DESIGN says.

`test_matrix.py` asks the policy's table; here the handlers, their deeds and the gate before them answer together.
"""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.demo import DEMO_DAY
from bot.identify import identify
from bot.likeness import Likeness
from bot.messages import Actor, Attachment, Authentication, Channel, Inbound, Language, Role, Trust, Written
from bot.outcomes import NotAllowed, Refused
from bot.pipeline.serve import Wish, serve
from bot.settings import Settings
from handlers import (
    activate_portal,
    cancel_subscription,
    change_billing_address,
    change_company_name,
    request_renewal_quote,
    send_invoice,
    submit_payment_proof,
    update_profile,
    upgrade_subscription,
)
from handlers import help as help_
from tests.intents.counter import REGISTRY, Desk
from tests.policy.test_matrix import ROLES, STEPS

MINE = ("RE-2026-000123",)
NEW = tuple(f"neu{number}@fremd.example" for number in range(6))
SAID_AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
SCAN = Written("Anbei der Nachweis", SAID_AT, (Attachment("a.pdf", "application/pdf", 999, "a" * 64),))


def to(*recipients: str) -> send_invoice.Ask:
    return send_invoice.Ask(MINE, recipients=recipients)


# At once, after a yes, by an agent, not allowed; `r`: allowed, but it cannot be done.
# Letters of a word: authentication failed, T0, T1, T2. Then a member of our team, and an agent.
HAPPENS: list[tuple[str, str, Any, str]] = [
    # what                          intent                 ask      owner billing technical colleague stranger I A
    ("help", "help", help_.Ask(), "-ggg -ggg -ggg -ggg -ggg g g"),
    ("an invoice for oneself", "send_invoice", to(), "-ggg -ggg ---- ---- ---- g g"),
    ("to who gets every invoice", "send_invoice", to("rechnungsarchiv@kunde.example"), "-qgg -qgg ---- ---- ---- g g"),
    ("to another contact", "send_invoice", to("IT@kunde.example"), "-qgg -qgg ---- ---- ---- g g"),
    ("to somebody on the own domain", "send_invoice", to("neu@kunde.example"), "-qqq -qqq ---- ---- ---- a q"),
    ("to somebody elsewhere", "send_invoice", to(NEW[0]), "-qqq -qqq ---- ---- ---- a q"),
    ("to a look-alike", "send_invoice", to("archiv@kumde.example"), "-aaa -aaa ---- ---- ---- a q"),
    ("to five who are new", "send_invoice", to(*NEW[:5]), "-qqq -qqq ---- ---- ---- a q"),
    ("to six who are new", "send_invoice", to(*NEW), "-rrr -rrr ---- ---- ---- r r"),
    ("a quote to somebody elsewhere", "request_renewal_quote", request_renewal_quote.Ask(recipients=NEW[:1]),
     "-qqq -qqq ---- ---- ---- a q"),
    ("the portal", "activate_portal", activate_portal.Ask(MINE), "-ggg -ggg -ggg ---- ---- g g"),
    ("a proof of payment", "submit_payment_proof", submit_payment_proof.Ask(MINE), "-aaa -aaa ---- ---- ---- a a"),
    ("one's own telephone number", "update_profile", update_profile.Ask(phone="+49 228 123456"),
     "-qgg -qgg -qgg ---- ---- r g"),  # nobody of the team stands on file
    ("the address for invoices", "change_billing_address", change_billing_address.Ask("Neue Straße 5, 53113 Bonn"),
     "-qqq -qqq ---- ---- ---- - q"),
    ("a new name", "change_company_name", change_company_name.Ask("Lindenhof Garten AG"), "-aaa -aaa ---- ---- ---- - a"),
    ("the end of the contract", "cancel_subscription", cancel_subscription.Ask(), "-aaa -aaa ---- ---- ---- - a"),
    ("a bigger plan", "upgrade_subscription", upgrade_subscription.Ask(), "-qqq -qqq ---- ---- ---- g q"),
]  # fmt: skip
CONTACTS = {
    Role.OWNER: "martin.linden@kunde.example", Role.BILLING: "buchhaltung@kunde.example",
    Role.TECHNICAL: "it@kunde.example",
}  # fmt: skip


def somebody(role: Role, trust: Trust) -> Actor:
    """One of Lindenhof's people, of ours who acts for them, or nobody's."""
    if role is Role.TEAM:
        return Actor("U0ADA", role, trust, customer_id="K1001")
    if role is Role.STRANGER:
        return Actor("x@fremd.example", role, trust)
    address = CONTACTS.get(role)
    return Actor(address or "neu@kunde.example", role, trust, customer_id="K1001", contact_email=address)


def becomes(intent: str, ask: Any, actor: Actor) -> str:
    """What becomes of a request, in one letter."""
    slots = {field.name: getattr(ask, field.name) for field in fields(ask) if getattr(ask, field.name)}
    wish = Wish(REGISTRY[intent], slots, actor, Language.DE, "G-1", "email:1", written=SCAN)
    served = serve(wish, Desk().core, DEMO_DAY)
    if isinstance(served.outcome, NotAllowed):
        return "-"
    if isinstance(served.outcome, Refused):
        return "r"
    return ("a" if served.for_agent else "q") if served.parked else "g"


@pytest.mark.parametrize(("what", "intent", "ask", "row"), HAPPENS, ids=[what for what, *_ in HAPPENS])
def test_each_of_them_gets_what_the_design_says(what: str, intent: str, ask: Any, row: str) -> None:
    people = [[somebody(role, trust) for trust in STEPS] for role in ROLES]
    people += [[somebody(Role.TEAM, trust)] for trust in (Trust.INTERNAL, Trust.AGENT)]
    assert " ".join("".join(becomes(intent, ask, one) for one in group) for group in people) == row


# By each door: who writes, how far the door can prove it, and who that is.
DOORS = [
    (Channel.EMAIL, "martin.linden@kunde.example", "pass", Role.OWNER, Trust.T1),
    (Channel.EMAIL, "Martin.Linden@KUNDE.example", "pass", Role.OWNER, Trust.T1),
    (Channel.EMAIL, "buchhaltung@kunde.example", "pass", Role.BILLING, Trust.T1),
    (Channel.EMAIL, "buchhaltung@kunde.example", "none", Role.BILLING, Trust.T0),
    (Channel.EMAIL, "buchhaltung@kunde.example", "fail", Role.BILLING, Trust.FAILED),
    (Channel.EMAIL, "it@kunde.example", "pass", Role.TECHNICAL, Trust.T1),
    (Channel.EMAIL, "rechnungsarchiv@kunde.example", "pass", Role.COLLEAGUE, Trust.T1),  # gets invoices, asks for none
    (Channel.EMAIL, "neu@kunde.example", "pass", Role.COLLEAGUE, Trust.T1),
    (Channel.EMAIL, "neu@kunde.example", "none", Role.COLLEAGUE, Trust.T0),
    (Channel.EMAIL, "neu@kunde.example", "fail", Role.COLLEAGUE, Trust.FAILED),
    (Channel.EMAIL, "neu@customer.example", "pass", Role.STRANGER, Trust.T1),  # two customers share the domain
    (Channel.EMAIL, "buchhaltung@kumde.example", "pass", Role.STRANGER, Trust.T1),
    (Channel.EMAIL, "x@fremd.example", "none", Role.STRANGER, Trust.T0),
    (Channel.EMAIL, "U0ADA", "pass", Role.STRANGER, Trust.T1),  # our people's ids mean nothing in a mail
    (Channel.TERMINAL, "buchhaltung@kunde.example", "pass", Role.BILLING, Trust.T1),
    (Channel.TERMINAL, "x@fremd.example", "pass", Role.STRANGER, Trust.T1),
    (Channel.SLACK, "U0ADA", "none", Role.TEAM, Trust.AGENT),
    (Channel.SLACK, "U0TIM", "none", Role.TEAM, Trust.INTERNAL),
    (Channel.SLACK, "U0EVE", "none", Role.STRANGER, Trust.T0),
    (Channel.SLACK, "buchhaltung@kunde.example", "pass", Role.STRANGER, Trust.T0),  # nor do customers' addresses there
]  # fmt: skip


@pytest.mark.parametrize(("channel", "sender", "verdict", "role", "trust"), DOORS)
def test_a_door_makes_of_a_sender_what_it_can_prove(
    channel: Channel, sender: str, verdict: str, role: Role, trust: Trust
) -> None:
    settings = Settings(_env_file=None, slack_agents="U0ADA", slack_team="U0TIM")  # type: ignore[call-arg, arg-type]
    inbound = Inbound(channel, "k", sender, "Hilfe", SAID_AT, auth=Authentication(verdict))
    actor = identify(inbound, Desk().core, settings, Likeness())
    assert (actor.role, actor.trust) == (role, trust)
    assert actor.contact_email is None or actor.contact_email.casefold() == sender.casefold()
