"""List what the customer should know today, and what each notice needs."""

from dataclasses import dataclass
from datetime import date

import billing
from bot.kit import Context, Done, Risk, intent

MOST = 20  # notices in one letter; the most pressing come first


@dataclass(frozen=True)
class Ask:
    """Nothing is needed."""


@dataclass(frozen=True)
class Notice:
    """One of them."""

    kind: str  # billing.NoticeKind
    subject: str  # number of the invoice, subscription, quote or request
    day: date | None
    amount: billing.Money | None


@dataclass(frozen=True)
class Notices(Done):
    """The list, most pressing first."""

    notices: tuple[Notice, ...]
    more: int = 0  # how many further ones there are


@dataclass(frozen=True)
class Nothing(Done):
    """There is nothing to do."""


@intent(
    "show_notifications",
    risk=Risk.R1,
    phrases={
        "de": (
            "Welche Benachrichtigungen liegen für unser Konto vor?",
            "Bitte zeigen Sie mir unsere Mitteilungen",
            "Gibt es neue Hinweise zu unserem Konto?",
            "Was bedeutet die Benachrichtigung in unserem Konto?",
            "Haben wir etwas zu erledigen?",
            "Ich möchte unsere Benachrichtigungen sehen",
            "Liegen für uns Meldungen vor?",
            "Was steht bei uns gerade an?",
        ),
        "fr": (
            "Quelles notifications y a-t-il sur notre compte ?",
            "Merci de me montrer nos notifications",
            "Y a-t-il de nouveaux avis sur notre compte ?",
            "Que signifie la notification sur notre compte ?",
            "Avons-nous quelque chose à faire ?",
            "Je souhaite consulter nos notifications",
            "Avez-vous des messages en attente pour nous ?",
            "Qu'avons-nous en attente chez vous ?",
        ),
        "en": (
            "Which notifications are there for our account?",
            "Please show me our notifications",
            "Are there any new notices on our account?",
            "What does the notification in our account mean?",
            "Is there anything we need to do?",
            "I would like to see our notifications",
            "Do you have any alerts for us?",
            "What is pending on our account?",
        ),
    },
)
def show_notifications(ask: Ask, ctx: Context) -> Notices | Nothing:
    """Ask the core, which derives them from the facts of today."""
    found = ctx.billing.list_notifications(ctx.customer.id)
    if not found:
        return Nothing()
    shown = tuple(Notice(one.kind.value, one.subject, one.day, one.amount) for one in found[:MOST])
    return Notices(shown, len(found) - len(shown))
