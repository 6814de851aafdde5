"""Change where invoices go. The asker reads the new address back and says yes; name and country are our support's."""

from dataclasses import dataclass
from datetime import date

import billing
from billing import postal
from bot.kit import Context, Done, PostalAddress, Question, Refused, Risk, Waiting, intent


@dataclass(frozen=True)
class Ask:
    """The new address in one line, its parts joined by commas."""

    address: PostalAddress


@dataclass(frozen=True)
class ShallIChange(Question):
    """The read-back, as it will stand on the invoices."""

    choices = ("yes", "no")

    name: str
    lines: tuple[str, ...]
    old: tuple[str, ...]
    next_invoice: date | None
    told: tuple[str, ...] = ()  # who else will be written to
    subscriptions: tuple[str, ...] = ()  # where several are billed to this address
    company: str = ""  # a name that stood above the address and is not changed by it


@dataclass(frozen=True)
class Changed(Done):
    """The new address holds."""

    name: str
    lines: tuple[str, ...]
    next_invoice: date | None
    told: tuple[str, ...]  # who else was written to
    company: str = ""


@dataclass(frozen=True)
class Told(Done):
    """The letter to the customer's other billing contacts."""

    name: str
    lines: tuple[str, ...]
    old: tuple[str, ...]
    by: str  # name of the contact on file who asked, "" where it was our support


@dataclass(frozen=True)
class MoveReceived(Waiting):
    """The address lies in another country: the country, with all that hangs on it, is our support's decision."""

    name: str
    lines: tuple[str, ...]
    old_country: str
    country: str
    case: str
    company: str = ""  # a new name that was asked for with it


@dataclass(frozen=True)
class Moved(Done):
    """Our support agreed: country and address hold, and the name where one was asked for."""

    name: str
    lines: tuple[str, ...]
    country: str


@dataclass(frozen=True)
class Incomplete(Question):
    """What stood there is no whole address."""

    lines: tuple[str, ...]  # what we read
    missing: tuple[str, ...]  # street, postcode, city


@dataclass(frozen=True)
class WrongPostcode(Refused):
    """The postcode does not belong to the customer's country."""

    postcode: str
    country: str


@dataclass(frozen=True)
class Unchanged(Refused):
    """Invoices go there already."""

    lines: tuple[str, ...]
    company: str = ""


@intent(
    "change_billing_address",
    risk=Risk.R3,
    phrases={
        "de": (
            "Bitte ändern Sie unsere Rechnungsadresse in {address}",
            "Unsere neue Rechnungsanschrift lautet {address}",
            "Wir sind umgezogen, die Rechnungen bitte künftig an {address}",
            "Rechnungsadresse ändern: {address}",
            "Die Adresse auf den Rechnungen stimmt nicht mehr, richtig ist {address}",
            "Können Sie die Rechnungsanschrift auf {address} umstellen?",
            "Ab nächstem Monat sitzt unser Büro in {address}, bitte passen Sie die Rechnungsadresse an",
            "Wie ändere ich unsere Rechnungsadresse?",
            "Tragen Sie als Rechnungsadresse bitte {address} ein",
        ),
        "fr": (
            "Merci de modifier notre adresse de facturation : {address}",
            "Notre nouvelle adresse de facturation est {address}",
            "Nous avons déménagé, merci d'adresser les factures au {address}",
            "Changement d'adresse de facturation : {address}",
            "L'adresse sur les factures n'est plus la bonne, il faut indiquer {address}",
            "Pouvez-vous mettre à jour l'adresse de facturation avec {address} ?",
            "À partir du mois prochain nos bureaux sont au {address}, merci d'adapter l'adresse de facturation",
            "Comment modifier notre adresse de facturation ?",
            "Veuillez enregistrer {address} comme adresse de facturation",
        ),
        "en": (
            "Please change our billing address to {address}",
            "Our new billing address is {address}",
            "We have moved, please send invoices to {address} from now on",
            "Change of billing address: {address}",
            "The address on the invoices is out of date, it should be {address}",
            "Could you update the billing address to {address}?",
            "From next month our office is at {address}, please adjust the invoice address",
            "How do I change our billing address?",
            "Please record {address} as our billing address",
        ),
    },
)
def change_billing_address(
    ask: Ask, ctx: Context
) -> ShallIChange | Changed | Told | MoveReceived | Moved | Incomplete | WrongPostcode | Unchanged:
    """Read the address, have it read back, change it, and tell the customer's other billing contacts."""
    said = postal.country_behind(ctx.written.text, ask.address)  # people write it below, and the slot ends above it
    written = postal.read(ask.address, said or ctx.customer.country, ctx.customer.name)
    country = written.country or said or ctx.customer.country
    lines = postal.lines(written.address, country)
    if written.missing:
        return Incomplete(lines, written.missing)
    if not postal.is_postcode(written.address.postcode, country):
        return WrongPostcode(written.address.postcode, country)
    if country != ctx.customer.country:
        return _move(written, country, ctx)
    if written.address == ctx.customer.address:
        return Unchanged(lines, written.company)
    old, others = postal.lines(ctx.customer.address, country), _others(ctx)
    question = ShallIChange(
        ctx.customer.name, lines, old, _next_invoice(ctx), others, _several_subscriptions(ctx), written.company
    )
    try:
        ctx.act.update_billing_address(written.address, expected_version=ctx.customer.version, question=question)
    except billing.ValidationError as wrong:
        return _refusal(wrong, lines, written)
    ctx.act.post(Told(ctx.customer.name, lines, old, _asker(ctx)), to=others, question=question)
    return Changed(ctx.customer.name, lines, _next_invoice(ctx), others, written.company)


def _move(written: postal.Written, country: str, ctx: Context) -> Moved:
    """Country, name and address go to our support together; after their yes they are changed together."""
    lines = postal.lines(written.address, country)
    waiting = MoveReceived(ctx.customer.name, lines, ctx.customer.country, country, ctx.case, written.company)
    changes = billing.ChangeSet(company_name=written.company or None, country=country)
    ctx.act.change(changes, waiting=waiting)
    now = ctx.billing.customer(ctx.customer.id)
    ctx.act.update_billing_address(written.address, expected_version=now.version, question=None)
    return Moved(now.name, lines, country)


def _refusal(wrong: billing.ValidationError, lines: tuple[str, ...], written: postal.Written) -> Unchanged | Incomplete:
    """What the core still finds wrong: the same but for blanks, or a part that fits on no envelope."""
    if wrong.problem == "same_as_now":
        return Unchanged(lines, written.company)
    return Incomplete(lines, (wrong.field,))


def _others(ctx: Context) -> tuple[str, ...]:
    """Who else looks after the invoices: a change in silence is how invoices are led astray."""
    asker = (ctx.actor.contact_email or "").casefold()
    roles = (billing.ContactRole.OWNER, billing.ContactRole.BILLING)
    every = (contact.email for contact in ctx.customer.contacts if contact.role in roles)
    return tuple(email for email in every if email.casefold() != asker)


def _asker(ctx: Context) -> str:
    contact = ctx.customer.contact(ctx.actor.contact_email or "")
    return contact.name if contact else ""


def _next_invoice(ctx: Context) -> date | None:
    """When the next term is billed, the earliest of all."""
    ended = billing.SubscriptionState.ENDED
    days = [one.renews for one in ctx.billing.subscriptions(ctx.customer.id) if one.state != ended]
    return min((day for day in days if day and day >= ctx.today), default=None)


def _several_subscriptions(ctx: Context) -> tuple[str, ...]:
    """The address belongs to the account: with several subscriptions that must be said."""
    ended = billing.SubscriptionState.ENDED
    every = tuple(one.number for one in ctx.billing.subscriptions(ctx.customer.id) if one.state != ended)
    return every if len(every) > 1 else ()
