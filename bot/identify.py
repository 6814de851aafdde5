"""Who is it? The sender of a message as one of a customer's people, our own, or a stranger."""

import billing
from bot.likeness import Likeness
from bot.messages import Actor, Channel, Inbound, Language, Role, Trust
from bot.settings import Settings

MAIL_TRUST = {"pass": Trust.T1, "none": Trust.T0, "fail": Trust.FAILED}


def identify(
    inbound: Inbound, core: billing.BillingCore, settings: Settings, likeness: Likeness | None = None
) -> Actor:
    """The actor behind a message. Reads rights now: a list that changed a second ago already counts."""
    if inbound.channel is Channel.SLACK:
        return _colleague(inbound, settings)
    return _customer(inbound, core, likeness or Likeness())


def asked_at(address: str, core: billing.BillingCore) -> Actor | None:
    """Whoever opened a link that we sent to an address on file; None where it is no longer that of one contact."""
    found = core.find_customers(email=address)
    return _contact(address, found[0], Trust.T2, ("link sent to the address on file",)) if len(found) == 1 else None


def is_agent(user: str, settings: Settings) -> bool:
    """Whether a Slack user may decide."""
    return user in settings.slack_agents


def _colleague(inbound: Inbound, settings: Settings) -> Actor:
    if is_agent(inbound.sender, settings):
        return Actor(inbound.sender, Role.TEAM, Trust.AGENT, ("agent list",), name=inbound.sender_name)
    if inbound.sender in settings.slack_team:
        return Actor(inbound.sender, Role.TEAM, Trust.INTERNAL, ("team list",), name=inbound.sender_name)
    return Actor(inbound.sender, Role.STRANGER, Trust.T0, ("on no list",))


def _customer(inbound: Inbound, core: billing.BillingCore, likeness: Likeness) -> Actor:
    trust = MAIL_TRUST.get(inbound.auth.verdict, Trust.T0)
    reasons = inbound.auth.reasons
    found = core.find_customers(email=inbound.sender)
    if len(found) == 1:
        return _contact(inbound.sender, found[0], trust, reasons)
    if len(found) > 1:  # one address, several accounts: which one is a question for a person
        return Actor(inbound.sender, Role.STRANGER, Trust.T0, (*reasons, "address stands on several accounts"))
    domain = inbound.sender.rpartition("@")[2]
    colleagues = core.find_customers(domain=domain) if domain else ()
    if len(colleagues) == 1:
        return Actor(
            inbound.sender, Role.COLLEAGUE, trust, (*reasons, "customer's domain, no contact"),
            customer_id=colleagues[0].id, language=_language(colleagues[0].language),
        )  # fmt: skip
    flags = likeness.flags(inbound.sender, inbound.sender_name, core) if inbound.sender else ()
    return Actor(inbound.sender, Role.STRANGER, trust, (*reasons, "unknown sender", *flags))


def _contact(address: str, customer: billing.Customer, trust: Trust, reasons: tuple[str, ...]) -> Actor:
    contact = next(c for c in customer.contacts if c.email.casefold() == address.casefold())
    return Actor(
        address, Role(contact.role), trust, reasons,
        customer_id=customer.id, contact_email=contact.email, name=contact.name, language=_language(contact.language),
    )  # fmt: skip


def _language(code: str) -> Language | None:
    return Language(code) if code in tuple(Language) else None
