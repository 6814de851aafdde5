"""Say where the payment method is changed: in the portal, never by mail. The country decides which ones there are."""

import re
from dataclasses import dataclass

import billing
from bot.kit import Context, Done, PaymentMethod, Refused, Risk, Waiting, intent

# What the portal's payment page offers, by country. Direct debit stands nowhere until a seller really collects by it.
OFFERED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("DE", "AT", "FR", "GB", "US"), ("card", "paypal", "transfer")),
    **dict.fromkeys(("CH", "LI"), ("card", "transfer")),
}
ELSEWHERE = ("card", "transfer")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[\dA-Z*]{2,4}){3,8}\b|\biban\b[^\n]{0,20}\d{4}", re.IGNORECASE)


@dataclass(frozen=True)
class Ask:
    """The method wished for, where one was named."""

    method: PaymentMethod | None = None


@dataclass(frozen=True)
class UseLink(Done):
    """The page where the customer does it."""

    link: str
    method: str  # "" where none was named
    offered: tuple[str, ...]
    open_invoices: tuple[str, ...]  # they are not charged to the new method by themselves
    data_seen: bool  # an account number stood in the mail


@dataclass(frozen=True)
class NotOffered(Refused):
    """Not in the customer's country."""

    method: str
    country: str
    offered: tuple[str, ...]
    link: str


@dataclass(frozen=True)
class NotActivated(Refused):
    """The portal is not set up yet, and there is no other place for it."""

    offered: tuple[str, ...]
    data_seen: bool


@dataclass(frozen=True)
class Reseller(Refused):
    """Bought from a reseller, who also takes the payments."""


@dataclass(frozen=True)
class Perpetual(Refused):
    """A perpetual licence: nothing is charged again."""


@dataclass(frozen=True)
class Locked(Waiting):
    """The portal is locked; our support hears of it."""

    case: str


@intent(
    "change_payment_method",
    risk=Risk.R1,
    phrases={
        "de": (
            "Wir möchten unsere Zahlungsart auf {method} umstellen",
            "Bitte ändern Sie unsere Zahlungsart",
            "Unsere Kreditkarte ist abgelaufen, wo hinterlege ich die neue?",
            "Können wir künftig per {method} zahlen?",
            "Ich möchte eine andere Kreditkarte hinterlegen",
            "Zahlungsart ändern auf {method}",
            "Wie stelle ich auf Zahlung per {method} um?",
            "Unsere Bankverbindung für die Lastschrift hat sich geändert",
        ),
        "fr": (
            "Nous souhaitons passer au paiement par {method}",
            "Merci de modifier notre moyen de paiement",
            "Notre carte bancaire a expiré, où enregistrer la nouvelle ?",
            "Pouvons-nous payer par {method} à l'avenir ?",
            "Je voudrais enregistrer une autre carte bancaire",
            "Changement de moyen de paiement : {method}",
            "Comment passer au règlement par {method} ?",
            "Nos coordonnées bancaires pour le prélèvement ont changé",
        ),
        "en": (
            "We would like to change our payment method to {method}",
            "Please change our payment method",
            "Our credit card has expired, where do I enter the new one?",
            "Can we pay by {method} in future?",
            "I would like to use a different credit card",
            "Change of payment method: {method}",
            "How do I switch to paying by {method}?",
            "Our bank details for the direct debit have changed",
        ),
    },
)
def change_payment_method(
    ask: Ask, ctx: Context
) -> UseLink | NotOffered | NotActivated | Reseller | Perpetual | Locked:
    """Give the link to the portal's own page; what the mail says about cards and accounts is not used."""
    offered = OFFERED.get(ctx.customer.country, ELSEWHERE)
    data_seen = bool(_IBAN.search(ctx.written.text))
    try:
        link = ctx.billing.portal_link(ctx.customer.id, billing.PortalTarget.PAYMENT_METHOD)
    except billing.NotEligible as no:
        return _without_portal(no.reason, ctx, offered, data_seen)
    if ask.method and ask.method not in offered:
        return NotOffered(ask.method, ctx.customer.country, offered, link)
    still_open = tuple(invoice.number for invoice in ctx.billing.invoices(ctx.customer.id, billing.Show.OPEN))
    return UseLink(link, ask.method or "", offered, still_open, data_seen)


def _without_portal(
    reason: str, ctx: Context, offered: tuple[str, ...], data_seen: bool
) -> NotActivated | Reseller | Perpetual | Locked:
    if reason == "locked":
        ctx.act.call_person("portal_locked")
        return Locked(ctx.case)
    refusals: dict[str, type[Reseller | Perpetual]] = {"reseller": Reseller, "perpetual": Perpetual}
    return refusals[reason]() if reason in refusals else NotActivated(offered, data_seen)
