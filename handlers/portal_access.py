"""Say where and how to sign in: to the customer portal, and to the product itself. Nothing is reset by us."""

from dataclasses import dataclass

import billing
from bot.kit import Context, Done, Nobody, Refused, Risk, Role, Waiting, intent


@dataclass(frozen=True)
class Ask:
    """Nothing is needed."""


@dataclass(frozen=True)
class SignIn(Done):
    """The steps for both, as anybody may know them."""


@dataclass(frozen=True)
class NotActivated(Refused):
    """The portal is not set up for this customer yet: how to get there."""

    invited: bool  # the set-up mail was sent, and nobody has used it


@dataclass(frozen=True)
class ProductOnly(Refused):
    """There is no portal for this customer; the product has its own sign-in."""

    reason: str  # reseller, perpetual


@dataclass(frozen=True)
class Locked(Waiting):
    """The portal is locked; our support hears of it."""

    case: str


@intent(
    "portal_access",
    risk=Risk.R0,
    for_anyone=True,
    technical=True,
    phrases={
        "de": (
            "Wie melde ich mich im Kundenportal an?",
            "Ich komme nicht mehr ins Kundenportal",
            "Mein Kennwort für das Portal funktioniert nicht",
            "Wo finde ich die Anmeldeseite?",
            "Die Anmeldung im Portal schlägt fehl",
            "Wir können uns nicht einloggen",
            "Bitte schicken Sie mir den Link zur Anmeldung",
            "Ich habe mein Passwort vergessen",
            "Unter welcher Adresse erreiche ich Ihr Portal?",
        ),
        "fr": (
            "Comment me connecter au portail client ?",
            "Je n'arrive plus à me connecter au portail",
            "Mon mot de passe du portail ne fonctionne pas",
            "Où se trouve la page de connexion ?",
            "La connexion au portail échoue",
            "Nous ne parvenons pas à nous identifier",
            "Merci de m'envoyer le lien de connexion",
            "J'ai oublié mon mot de passe",
            "À quelle adresse se trouve votre portail ?",
        ),
        "en": (
            "How do I sign in to the customer portal?",
            "I can no longer log in to the portal",
            "My portal password does not work",
            "Where is the sign-in page?",
            "Signing in to the portal fails",
            "We cannot log in",
            "Please send me the login link",
            "I have forgotten my password",
            "What is the address of your portal?",
        ),
    },
)
def portal_access(ask: Ask, ctx: Context | Nobody) -> SignIn | NotActivated | ProductOnly | Locked:
    """Give the steps; a customer's own contacts also hear how their portal stands."""
    if isinstance(ctx, Nobody) or ctx.actor.role is Role.COLLEAGUE:
        return SignIn()  # whether a customer uses the portal is nobody else's business
    try:
        ctx.billing.portal_link(ctx.customer.id)
    except billing.NotEligible as no:
        return _without_portal(no.reason, ctx)
    return SignIn()


def _without_portal(reason: str, ctx: Context) -> NotActivated | ProductOnly | Locked:
    if reason == "portal_inactive":
        return NotActivated(invited=ctx.customer.portal == billing.Portal.INVITED)
    if reason == "locked":
        ctx.act.call_person("portal_locked")
        return Locked(ctx.case)
    return ProductOnly(reason)
