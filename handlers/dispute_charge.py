"""Contest an invoice. A person decides whether the customer is right; until then reminders rest."""

from dataclasses import dataclass
from datetime import date

import billing
from bot.kit import Context, Done, InvoiceNumber, Question, Refused, Risk, Several, Waiting, intent

MOST_CHARACTERS = 2_000  # of the reason, as the core takes it; agents see the whole message beside it
OPEN = billing.DisputeState.OPEN
NO_WORDS = "–"  # where the message came without a text of its own, from a button


@dataclass(frozen=True)
class Ask:
    """Which invoices are contested; without a number we ask."""

    invoices: tuple[InvoiceNumber, ...] = ()


@dataclass(frozen=True)
class Line:
    """The facts of an invoice."""

    number: str
    issued: date | None
    amount: billing.Money
    status: str  # as `billing.Invoice.standing`
    remaining: billing.Money
    due: date | None
    paid_on: date | None


@dataclass(frozen=True)
class Received(Waiting):
    """The receipt: which invoices, who decides, what may be done meanwhile."""

    lines: tuple[Line, ...]
    case: str
    unknown: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # void, or contested already


@dataclass(frozen=True)
class Upheld(Done):
    """Our support agreed with the customer."""

    invoices: tuple[str, ...]


@dataclass(frozen=True)
class WhichInvoice(Question):
    """No number, or one that fits several invoices."""

    asked: str
    candidates: tuple[Line, ...]


@dataclass(frozen=True)
class NotFound(Refused):
    """No such invoice with this customer. It may be another's: nobody learns which numbers exist."""

    invoices: tuple[str, ...]
    similar: tuple[str, ...] = ()  # among the customer's own


@dataclass(frozen=True)
class AlreadyOpen(Refused):
    """It was contested before and lies with our support."""

    invoices: tuple[str, ...]
    since: date


@dataclass(frozen=True)
class Void(Refused):
    """Voided: there is nothing left to contest."""

    invoices: tuple[str, ...]


@dataclass(frozen=True)
class NoInvoices(Refused):
    """The customer has no invoice at all."""


@intent(
    "dispute_charge",
    risk=Risk.R4,
    phrases={
        "de": (
            "Die Rechnung {invoices} ist falsch",
            "Wir widersprechen der Rechnung {invoices}",
            "Sie haben uns doppelt abgebucht, bitte erstatten Sie den Betrag",
            "Auf der Rechnung {invoices} stehen mehr Arbeitsplätze, als wir haben",
            "Der Betrag auf {invoices} stimmt nicht mit dem Angebot überein, bitte korrigieren",
            "Wir haben das nie bestellt und zahlen die Rechnung {invoices} nicht",
            "Bitte prüfen Sie die Rechnung {invoices}, der Preis ist zu hoch",
            "Wir verlangen eine Gutschrift zur Rechnung {invoices}",
        ),
        "fr": (
            "La facture {invoices} est fausse",
            "Nous contestons la facture {invoices}",
            "Vous nous avez débités deux fois, merci de rembourser le montant",
            "La facture {invoices} compte plus de postes que nous n'en avons",
            "Le montant de {invoices} ne correspond pas au devis, merci de corriger",
            "Nous n'avons jamais commandé cela et ne paierons pas la facture {invoices}",
            "Merci de vérifier la facture {invoices}, le prix est trop élevé",
            "Nous demandons un avoir pour la facture {invoices}",
        ),
        "en": (
            "Invoice {invoices} is wrong",
            "We dispute invoice {invoices}",
            "You have charged us twice, please refund the amount",
            "Invoice {invoices} lists more seats than we have",
            "The amount on {invoices} does not match the quote, please correct it",
            "We never ordered this and will not pay invoice {invoices}",
            "Please check invoice {invoices}, the price is too high",
            "We request a credit note for invoice {invoices}",
        ),
    },
)
def dispute_charge(
    ask: Ask, ctx: Context
) -> Received | Upheld | WhichInvoice | NotFound | AlreadyOpen | Void | NoInvoices:
    """File what the customer contests, with their words as the reason; a person decides."""
    if ctx.act.grant.agent:
        decided = ctx.act.open_dispute((), NO_WORDS, waiting=Received((), ctx.case))
        return Upheld(tuple(dispute.invoice for dispute in decided))
    if not ask.invoices:
        return _which_of_all(ctx)
    try:
        found = _named(ask, ctx)
    except Several as several:
        return WhichInvoice(several.asked, _lines(several.candidates, ctx))
    if not found.new:
        return _why_not(found, ctx)
    reason = ctx.written.text.strip()[:MOST_CHARACTERS] or NO_WORDS
    lines = tuple(_line(invoice) for invoice in found.new)
    waiting = Received(lines, ctx.case, found.unknown, (*found.void, *found.contested))
    decided = ctx.act.open_dispute(tuple(line.number for line in lines), reason, waiting=waiting)
    return Upheld(tuple(dispute.invoice for dispute in decided))


@dataclass(frozen=True)
class _Found:
    new: tuple[billing.Invoice, ...]
    contested: tuple[str, ...]  # before, and not decided yet
    void: tuple[str, ...]
    unknown: tuple[str, ...]


def _named(ask: Ask, ctx: Context) -> _Found:
    looked_up = {number: ctx.issued(number) for number in dict.fromkeys(ask.invoices)}
    issued = tuple(dict.fromkeys(one for one in looked_up.values() if one is not None))
    void = tuple(one.number for one in issued if one.state == billing.InvoiceState.VOID)
    contested = tuple(one.number for one in issued if one.number in _running(ctx))
    return _Found(
        new=tuple(one for one in issued if one.number not in (*void, *contested)),
        contested=contested,
        void=void,
        unknown=tuple(number for number, one in looked_up.items() if one is None),
    )


def _running(ctx: Context) -> dict[str, date]:
    """The invoices that are contested already, and since when."""
    return {one.invoice: one.created.date() for one in ctx.billing.disputes(ctx.customer.id) if one.state == OPEN}


def _why_not(found: _Found, ctx: Context) -> NotFound | AlreadyOpen | Void:
    if found.unknown:
        return NotFound(found.unknown, ctx.similar(found.unknown))
    if found.contested:
        return AlreadyOpen(found.contested, _running(ctx)[found.contested[0]])
    return Void(found.void)


def _which_of_all(ctx: Context) -> WhichInvoice | NoInvoices:
    """Even the only open invoice is not taken: what is contested is often paid already."""
    void = billing.InvoiceState.VOID
    newest = [one for one in ctx.billing.invoices(ctx.customer.id) if one.state != void][:5]
    return WhichInvoice("", tuple(_line(one) for one in newest)) if newest else NoInvoices()


def _lines(numbers: tuple[str, ...], ctx: Context) -> tuple[Line, ...]:
    found = (ctx.billing.invoice(number, of=ctx.customer.id) for number in numbers)
    return tuple(_line(invoice) for invoice in found if invoice is not None)


def _line(invoice: billing.Invoice) -> Line:
    return Line(
        invoice.number, invoice.issued, invoice.total, invoice.standing, invoice.remaining, invoice.due, invoice.paid_on
    )
