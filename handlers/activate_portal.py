"""Open the customer portal for a customer who does not use it yet. The link goes to the main contact on file only."""

from dataclasses import dataclass

import billing
from bot.kit import Context, Done, InvoiceNumber, MissingSlots, Question, Refused, Risk, Waiting, intent

MOST_TRIES = 4  # within a day; from the fifth on a person looks, whether the number is right or wrong


@dataclass(frozen=True)
class Ask:
    """The number of an invoice: who has it belongs to the customer. Who was invited before needs none."""

    invoices: tuple[InvoiceNumber, ...] = ()


@dataclass(frozen=True)
class Requested(Done):
    """The one answer whether or not number and sender belong together: a stranger learns nothing."""


@dataclass(frozen=True)
class Resent(Done):
    """The set-up mail of before is sent once more; older links stop working."""


@dataclass(frozen=True)
class SetUp(Done):
    """The letter with the link, for the main contact on file."""

    link: str  # path on our own pages
    customer: str


@dataclass(frozen=True)
class AlreadyActive(Done):
    """The portal is in use: how to sign in."""


@dataclass(frozen=True)
class WhichInvoice(Question):
    """The number fits several of the customer's invoices."""

    asked: str
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class Reseller(Refused):
    """Bought from a reseller: the portal shows only what was bought from us."""


@dataclass(frozen=True)
class Perpetual(Refused):
    """A perpetual licence: the portal is for subscriptions."""


@dataclass(frozen=True)
class Locked(Waiting):
    """The portal access is locked; only our support can open it, and hears of it."""

    case: str


@dataclass(frozen=True)
class TooManyTries(Waiting):
    """Asked again and again: our support takes over. Says nothing about the numbers."""

    case: str


@intent(
    "activate_portal",
    risk=Risk.R1,
    technical=True,
    phrases={
        "de": (
            "Bitte aktivieren Sie das Kundenportal, Rechnungsnummer {invoices}",
            "Ich möchte das Kundenportal freischalten, unsere Rechnung ist {invoices}",
            "Kundenportal aktivieren mit Rechnung {invoices}",
            "Wie bekomme ich Zugang zum Kundenportal?",
            "Wir haben noch keinen Zugang zum Portal, Rechnungsnummer {invoices}",
            "Die Einrichtungsmail für das Portal ist nicht angekommen",
            "Die Aktivierung des Portals klappt nicht mit {invoices}",
            "Bitte richten Sie uns einen Portalzugang ein",
            "Können Sie uns den Aktivierungslink noch einmal schicken?",
        ),
        "fr": (
            "Merci d'activer le portail client, facture {invoices}",
            "Je souhaite activer le portail client, notre facture est la {invoices}",
            "Activer le portail client avec la facture {invoices}",
            "Comment obtenir un accès au portail client ?",
            "Nous n'avons pas encore accès au portail, numéro de facture {invoices}",
            "Le courriel d'activation du portail n'est pas arrivé",
            "L'activation du portail ne fonctionne pas avec {invoices}",
            "Pourriez-vous nous ouvrir un accès au portail ?",
            "Pouvez-vous renvoyer le lien d'activation ?",
        ),
        "en": (
            "Please activate the customer portal, invoice number {invoices}",
            "I would like to activate the customer portal, our invoice is {invoices}",
            "Activate the customer portal with invoice {invoices}",
            "How do I get access to the customer portal?",
            "We have no portal access yet, invoice number {invoices}",
            "The set-up email for the portal has not arrived",
            "Activating the portal does not work with {invoices}",
            "Please set up portal access for us",
            "Could you send us the activation link again?",
        ),
    },
)
def activate_portal(
    ask: Ask, ctx: Context
) -> Requested | Resent | SetUp | AlreadyActive | WhichInvoice | Reseller | Perpetual | Locked | TooManyTries:
    """Invite the customer's main contact if the invoice is the customer's; say the same if it is not."""
    if ctx.tries() >= MOST_TRIES:
        ctx.act.call_person("many_tries")
        return TooManyTries(ctx.case)
    try:
        activation = _invite(ask.invoices[0], ctx) if ask.invoices else ctx.act.resend_setup()
    except billing.Ambiguous as several:
        return WhichInvoice(ask.invoices[0], several.candidates)
    except billing.NotFound:
        return Requested()
    except billing.NotEligible as no:
        return _refusal(no.reason, ctx)
    except billing.InvalidState:  # never invited: then a number must show who asks
        raise MissingSlots(("invoices",)) from None
    if activation.outcome == billing.ActivationOutcome.ALREADY_ACTIVE:
        return AlreadyActive()
    if activation.setup_link:
        ctx.act.post(SetUp(activation.setup_link, ctx.customer.name), to=(activation.contact_email,))
    return Requested() if ask.invoices else Resent()


def _invite(number: str, ctx: Context) -> billing.Activation:
    if ctx.billing.invoice(number, of=ctx.customer.id) is None:
        raise billing.NotFound("invoice", number)
    return ctx.act.activate_portal(number)


def _refusal(reason: str, ctx: Context) -> Reseller | Perpetual | Locked:
    known: dict[str, type[Reseller | Perpetual]] = {"reseller": Reseller, "perpetual": Perpetual}
    if reason in known:
        return known[reason]()
    ctx.act.call_person("portal_locked")
    return Locked(ctx.case)
