"""Send invoices as PDF, to the asker's address on file or to the addresses that the asker names."""

from dataclasses import dataclass
from datetime import date

import billing
from bot.kit import (
    Context,
    DocumentRef,
    Done,
    EmailAddress,
    InvoiceNumber,
    Period,
    Question,
    Refused,
    Risk,
    Several,
    Which,
    bounds,
    intent,
)

MOST_INVOICES = 20  # in one letter; mail servers refuse more than some 10 MiB
MOST_NEW_RECIPIENTS = 5  # in one request; a longer list is looked at by a person


@dataclass(frozen=True)
class Ask:
    """Which invoices, by number or by kind and period, and for whom."""

    invoices: tuple[InvoiceNumber, ...] = ()
    which: Which | None = None
    period: Period | None = None
    recipients: tuple[EmailAddress, ...] = ()


@dataclass(frozen=True)
class Line:
    """How one invoice stands."""

    number: str
    amount: billing.Money
    status: str  # as `billing.Invoice.standing`
    remaining: billing.Money
    due: date | None
    paid_on: date | None


@dataclass(frozen=True)
class Sent(Done):
    """The invoices are on their way."""

    lines: tuple[Line, ...]
    recipients: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    void: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Enclosed(Done):
    """The letter that carries the invoices. It holds nothing that the asker wrote."""

    customer: str
    invoices: tuple[str, ...]

    @property
    def documents(self) -> tuple[DocumentRef, ...]:
        """The invoices themselves."""
        return tuple(DocumentRef("invoice", number) for number in self.invoices)


@dataclass(frozen=True)
class ShallISend(Question):
    """Before an invoice leaves for an address that is not the asker's."""

    choices = ("yes", "no")

    lines: tuple[Line, ...]
    recipients: tuple[str, ...]
    elsewhere: tuple[str, ...]  # those of them that are not on file
    left_out: tuple[str, ...] = ()  # numbers that cannot be sent


@dataclass(frozen=True)
class WhichInvoice(Question):
    """Several invoices fit, or none was named."""

    asked: str
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class NotFound(Refused):
    """No such invoice with this customer. It may be another's: nobody learns which numbers exist."""

    invoices: tuple[str, ...]
    similar: tuple[str, ...] = ()  # among the customer's own


@dataclass(frozen=True)
class NoneThere(Refused):
    """The customer has no invoice of this kind or period."""

    which: str
    period: str


@dataclass(frozen=True)
class Void(Refused):
    """The invoices were voided: nothing is owed, and nothing is sent as an invoice."""

    invoices: tuple[str, ...]


@dataclass(frozen=True)
class NotReady(Refused):
    """The invoices are drafts."""

    invoices: tuple[str, ...]


@dataclass(frozen=True)
class TooMany(Refused):
    """More invoices than a letter can carry."""

    count: int
    most: int


@dataclass(frozen=True)
class TooManyRecipients(Refused):
    """More addresses that we do not know than one request may name."""

    count: int
    most: int


@intent(
    "send_invoice",
    risk=lambda ask: Risk.R2 if ask.recipients else Risk.R1,
    phrases={
        "de": (
            "Bitte senden Sie die Rechnung {invoices} an {recipients}",
            "Rechnung {invoices} an {recipients} senden",
            "Schicken Sie mir bitte die Rechnung {invoices}",
            "Ich brauche eine Kopie der Rechnung {invoices}",
            "Könnten Sie mir die Rechnungen {invoices} noch einmal zukommen lassen?",
            "Mir fehlt die Rechnung {invoices}, bitte als PDF",
            "Wo kann ich die Rechnung {invoices} herunterladen?",
            "Bitte schicken Sie uns unsere letzte Rechnung",
            "Senden Sie bitte alle offenen Rechnungen an {recipients}",
            "Alle Rechnungen aus {period} bitte an {recipients}",
            "Unsere Buchhaltung ({recipients}) benötigt die Rechnung {invoices}",
            "Leiten Sie die Rechnung {invoices} bitte an {recipients} weiter",
        ),
        "fr": (
            "Merci d'envoyer la facture {invoices} à {recipients}",
            "Envoyer la facture {invoices} à {recipients}",
            "Pouvez-vous m'envoyer la facture {invoices} ?",
            "J'aurais besoin d'une copie de la facture {invoices}",
            "Pourriez-vous me transmettre les factures {invoices} en PDF ?",
            "Je n'ai pas reçu la facture {invoices}",
            "Comment télécharger la facture {invoices} ?",
            "Envoyez-nous notre dernière facture, s'il vous plaît",
            "Merci de transmettre toutes les factures impayées à {recipients}",
            "Toutes les factures de {period} à l'adresse {recipients}, merci",
            "Notre comptabilité ({recipients}) a besoin de la facture {invoices}",
            "Veuillez faire suivre la facture {invoices} à {recipients}",
        ),
        "en": (
            "Please send invoice {invoices} to {recipients}",
            "Send invoice {invoices} to {recipients}",
            "Could you email me invoice {invoices}?",
            "I need a copy of invoice {invoices}",
            "Can we get invoices {invoices} as PDF again?",
            "We never received invoice {invoices}, please resend it",
            "How do I download invoice {invoices}?",
            "Please send us our latest invoice",
            "Please forward all open invoices to {recipients}",
            "All invoices from {period} to {recipients}, please",
            "Our accountant ({recipients}) needs invoice {invoices}",
            "Would you forward invoice {invoices} to {recipients}",
        ),
    },
)
def send_invoice(
    ask: Ask, ctx: Context
) -> Sent | Enclosed | ShallISend | WhichInvoice | NotFound | NoneThere | Void | NotReady | TooMany | TooManyRecipients:
    """Look the invoices up among the customer's own, ask where policy wants a yes, and send them."""
    elsewhere = tuple(recipient for recipient in ask.recipients if not ctx.customer.on_file(recipient))
    if len(elsewhere) > MOST_NEW_RECIPIENTS:
        return TooManyRecipients(len(elsewhere), MOST_NEW_RECIPIENTS)
    if not (ask.invoices or ask.which or ask.period):
        return _which_of_all(ctx)
    try:
        found = _named(ask, ctx) if ask.invoices else _listed(ask, ctx)
    except Several as several:
        return WhichInvoice(several.asked, several.candidates)
    if not found.sendable:
        return _why_not(found, ask, ctx)
    if len(found.sendable) > MOST_INVOICES:
        return TooMany(len(found.sendable), MOST_INVOICES)

    recipients = tuple(dict.fromkeys(ask.recipients)) or (ctx.file_address,)
    lines = tuple(_line(invoice) for invoice in found.sendable)
    numbers = tuple(line.number for line in lines)
    ctx.act.post(
        Enclosed(ctx.customer.name, numbers),
        to=recipients,
        question=ShallISend(lines, recipients, elsewhere, found.left_out),
    )
    return Sent(lines, recipients, found.unknown, found.void, found.drafts)


@dataclass(frozen=True)
class _Found:
    sendable: tuple[billing.Invoice, ...]
    unknown: tuple[str, ...] = ()
    void: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        return (*self.unknown, *self.void, *self.drafts)


def _named(ask: Ask, ctx: Context) -> _Found:
    looked_up = {number: ctx.invoice(number) for number in dict.fromkeys(ask.invoices)}
    unknown = tuple(number for number, invoice in looked_up.items() if invoice is None)
    ours = list(dict.fromkeys(invoice for invoice in looked_up.values() if invoice is not None))
    return _sorted_out(ours, unknown)


def _listed(ask: Ask, ctx: Context) -> _Found:
    since, until = bounds(ask.period or "")
    invoices = ctx.billing.invoices(ctx.customer.id, ask.which or "all", since=since, until=until)
    return _sorted_out([i for i in invoices if i.state != billing.InvoiceState.VOID], ())


def _sorted_out(invoices: list[billing.Invoice], unknown: tuple[str, ...]) -> _Found:
    def in_state(state: billing.InvoiceState) -> tuple[str, ...]:
        return tuple(invoice.number for invoice in invoices if invoice.state == state)

    void, drafts = in_state(billing.InvoiceState.VOID), in_state(billing.InvoiceState.DRAFT)
    sendable = tuple(invoice for invoice in invoices if invoice.number not in (*void, *drafts))
    return _Found(sendable, unknown, void, drafts)


def _why_not(found: _Found, ask: Ask, ctx: Context) -> NotFound | NoneThere | Void | NotReady:
    if found.unknown:
        return NotFound(found.unknown, ctx.similar(found.unknown))
    if found.void:
        return Void(found.void)
    if found.drafts:
        return NotReady(found.drafts)
    return NoneThere(ask.which or "", ask.period or "")


def _which_of_all(ctx: Context) -> WhichInvoice | NoneThere:
    newest = tuple(invoice.number for invoice in ctx.billing.invoices(ctx.customer.id))[:5]
    return WhichInvoice("", newest) if newest else NoneThere("", "")


def _line(invoice: billing.Invoice) -> Line:
    return Line(invoice.number, invoice.total, invoice.standing, invoice.remaining, invoice.due, invoice.paid_on)
