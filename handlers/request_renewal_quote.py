"""Ask for the quote for the next term of a subscription. It is made in the background and sent when it is ready."""

from dataclasses import dataclass
from datetime import date

import billing
from bot.kit import Context, DocumentRef, Done, EmailAddress, Question, Refused, Risk, SubscriptionNumber, intent


@dataclass(frozen=True)
class Ask:
    """For which subscription, and for whom."""

    subscription: SubscriptionNumber | None = None
    recipients: tuple[EmailAddress, ...] = ()


@dataclass(frozen=True)
class Accepted(Done):
    """The quote is being made; it follows by itself."""

    recipients: tuple[str, ...]
    last_day_to_cancel: date | None


@dataclass(frozen=True)
class Ready(Done):
    """Here is the quote."""

    number: str
    subscription: str
    total: billing.Money
    valid_until: date | None
    term_starts: date | None
    last_day_to_cancel: date | None = None
    sent_to: str = ""  # where the document goes, if not with these words

    @property
    def documents(self) -> tuple[DocumentRef, ...]:
        """The quote itself."""
        return () if self.sent_to else (DocumentRef("quote", self.number),)


@dataclass(frozen=True)
class Sent(Done):
    """The quote was there already; it is on its way to the addresses named."""

    number: str
    total: billing.Money
    valid_until: date | None
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class Delayed(Refused):
    """The quote could not be made yet; it is tried again, and our support knows."""

    subscription: str


@dataclass(frozen=True)
class ShallISendQuote(Question):
    """Before a quote leaves for an address that is not the asker's."""

    choices = ("yes", "no")

    subscription: str
    recipients: tuple[str, ...]
    elsewhere: tuple[str, ...]  # those of them that are not on file


@dataclass(frozen=True)
class WhichSubscription(Question):
    """Several subscriptions; we do not guess."""

    candidates: tuple[str, ...]


@dataclass(frozen=True)
class NotFound(Refused):
    """No such subscription with this customer."""

    subscription: str


@dataclass(frozen=True)
class NoSubscription(Refused):
    """There is nothing that could be renewed."""


@dataclass(frozen=True)
class Reseller(Refused):
    """Bought from a reseller, who makes the quote."""


@dataclass(frozen=True)
class Perpetual(Refused):
    """A perpetual licence does not run out."""


@dataclass(frozen=True)
class Ended(Refused):
    """The subscription has ended."""


@dataclass(frozen=True)
class TooEarly(Refused):
    """The prices of that term are not known yet."""


def follow_up(quote: billing.Quote, _customer: billing.Customer, sent_to: str = "") -> Ready | Delayed:
    """What to write when the quote is ready, or has failed."""
    if quote.number is None:
        return Delayed(quote.subscription)
    return Ready(
        quote.number, quote.subscription, quote.total, quote.valid_until, quote.term_starts, sent_to=sent_to
    )  # fmt: skip


@intent(
    "request_renewal_quote",
    risk=lambda ask: Risk.R2 if ask.recipients else Risk.R1,
    follow_up=follow_up,
    phrases={
        "de": (
            "Bitte erstellen Sie uns ein Verlängerungsangebot",
            "Wir hätten gern ein Angebot für die Verlängerung unseres Abonnements",
            "Können Sie mir ein Angebot zur Verlängerung von {subscription} schicken?",
            "Angebot für die Verlängerung von {subscription} an {recipients}",
            "Was kostet die Verlängerung? Bitte senden Sie ein Angebot",
            "Unser Abo {subscription} läuft bald aus, bitte um ein Angebot für ein weiteres Jahr",
            "Für die Freigabe im Einkauf brauchen wir ein Angebot für das nächste Vertragsjahr",
            "Wo bleibt unser Verlängerungsangebot?",
            "Senden Sie das Verlängerungsangebot bitte an {recipients}",
        ),
        "fr": (
            "Merci de nous établir un devis de renouvellement",
            "Nous souhaitons un devis pour le renouvellement de notre abonnement",
            "Pouvez-vous m'envoyer un devis pour renouveler {subscription} ?",
            "Devis de renouvellement pour {subscription} à envoyer à {recipients}",
            "Combien coûte le renouvellement ? Merci de nous adresser un devis",
            "Notre abonnement {subscription} arrive à échéance, merci de préparer un devis",
            "Notre service achats a besoin d'un devis pour l'année prochaine",
            "Où en est notre devis de renouvellement ?",
            "Envoyez le devis de renouvellement à {recipients}, s'il vous plaît",
        ),
        "en": (
            "Please prepare a renewal quote for us",
            "We would like a quote to renew our subscription",
            "Can you send me a quote for renewing {subscription}?",
            "Renewal quote for {subscription} to {recipients}, please",
            "How much is the renewal? Please send a quote",
            "Our subscription {subscription} is about to expire, could you quote us for another year?",
            "Procurement needs a quote for the next contract year",
            "Where is our renewal quote?",
            "Please send the renewal quote to {recipients}",
        ),
    },
)
def request_renewal_quote(
    ask: Ask, ctx: Context
) -> (
    Accepted
    | Ready
    | Sent
    | ShallISendQuote
    | WhichSubscription
    | NotFound
    | NoSubscription
    | Reseller
    | Perpetual
    | Ended
    | TooEarly
):
    """Give the current quote if there is one, else have it made and promise to send it."""
    chosen = _chosen(ask, ctx)
    if not isinstance(chosen, billing.Subscription):
        return chosen
    last_day = chosen.last_day_to_cancel
    if last_day and last_day < ctx.today:
        last_day = None  # over: nothing to plan for
    recipients = tuple(dict.fromkeys(ask.recipients))
    elsewhere = tuple(recipient for recipient in recipients if not ctx.customer.on_file(recipient))
    question = ShallISendQuote(chosen.number, recipients, elsewhere)
    try:
        quote = ctx.act.request_renewal_quote(chosen.number, to=recipients, question=question)
    except billing.NotEligible as no:
        return _refusal(no.reason)
    if quote.state != billing.QuoteState.READY or quote.number is None:
        return Accepted(recipients, last_day)
    ready = Ready(
        quote.number, quote.subscription, quote.total, quote.valid_until, quote.term_starts,
        last_day,
    )  # fmt: skip
    if not recipients:
        return ready
    letter = Ready(quote.number, quote.subscription, quote.total, quote.valid_until, quote.term_starts)
    ctx.act.post(letter, to=recipients, question=question)
    return Sent(quote.number, quote.total, quote.valid_until, recipients)


def _chosen(
    ask: Ask, ctx: Context
) -> billing.Subscription | WhichSubscription | NotFound | NoSubscription | Reseller | Perpetual | Ended:
    if ctx.customer.reseller_id or ctx.customer.is_reseller:
        return Reseller()
    every = ctx.billing.subscriptions(ctx.customer.id)
    if ask.subscription:
        meant = [one for one in every if _same(one.number, ask.subscription)]
        return _renewable(meant[0]) if meant else NotFound(ask.subscription)
    alive = [one for one in every if one.state != billing.SubscriptionState.ENDED] or list(every)
    renewing = [one for one in alive if one.kind == billing.SubscriptionKind.SUBSCRIPTION] or alive
    if len(renewing) > 1:
        return WhichSubscription(tuple(one.number for one in renewing))
    return _renewable(renewing[0]) if renewing else NoSubscription()


def _renewable(one: billing.Subscription) -> billing.Subscription | Reseller | Perpetual | Ended:
    if one.sold_by:
        return Reseller()
    if one.kind == billing.SubscriptionKind.PERPETUAL:
        return Perpetual()
    return Ended() if one.state == billing.SubscriptionState.ENDED else one


def _same(number: str, typed: str) -> bool:
    bare = number.replace("-", "").upper()
    written = typed.replace("-", "").replace(" ", "").upper()
    return bare == written or (written.isdigit() and bare.endswith(written))


def _refusal(reason: str) -> Reseller | Perpetual | Ended | TooEarly | NoSubscription:
    known: dict[str, type[Reseller | Perpetual | Ended | TooEarly]] = {
        "reseller": Reseller, "perpetual": Perpetual, "ended": Ended, "too_early": TooEarly,
    }  # fmt: skip
    return known.get(reason, NoSubscription)()
