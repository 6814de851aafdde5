"""Say how to pay: a link bound to the invoice, what remains of it, our account and the exact reference."""

from dataclasses import dataclass
from datetime import date

import billing
from bot.kit import Context, Done, InvoiceNumber, Question, Refused, Risk, Several, Which, intent

MOST_INVOICES = 20  # in one letter; the due soonest come first
SEPA = "EUR"  # a SEPA transfer and its QR code are in euros only


@dataclass(frozen=True)
class Ask:
    """Which invoices; nothing named is everything that is open."""

    invoices: tuple[InvoiceNumber, ...] = ()
    which: Which | None = None


@dataclass(frozen=True)
class Way:
    """How to pay one invoice."""

    number: str
    amount: billing.Money  # what remains
    total: billing.Money
    due: date | None
    late: int  # days after the due day; 0 while there is time
    reference: str  # for the transfer, nothing else
    url: str  # path on our own pages
    held: str = ""  # proof or dispute: our support looks at it


@dataclass(frozen=True)
class Settled:
    """An invoice that nothing remains of."""

    number: str
    how: str  # paid, overpaid, credited, free
    paid_on: date | None


@dataclass(frozen=True)
class Payable(Done):
    """The ways to pay, and where the money goes. The account comes from our settings, never from a message."""

    ways: tuple[Way, ...]
    more: int  # further open invoices that are left out
    sums: tuple[billing.Money, ...]  # of all that is asked for, one amount for each currency
    beneficiary: str
    iban: str  # in groups of four
    bic: str
    bank: str
    foreign: tuple[str, ...] = ()  # currencies that no SEPA transfer carries
    settled: tuple[Settled, ...] = ()
    others: tuple[str, ...] = ()  # credit notes, void invoices and drafts: nothing to pay
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class AlreadyPaid(Done):
    """Nothing remains of what was named."""

    settled: tuple[Settled, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class NothingOpen(Done):
    """Nothing is to be paid."""

    which: str


@dataclass(frozen=True)
class WhichInvoice(Question):
    """The number fits several of the customer's invoices."""

    asked: str
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class NotFound(Refused):
    """No such invoice with this customer. It may be another's: nobody learns which numbers exist."""

    invoices: tuple[str, ...]
    similar: tuple[str, ...] = ()  # among the customer's own


@dataclass(frozen=True)
class CreditNote(Refused):
    """A credit note is money that the customer gets, not money to pay."""

    number: str
    corrects: str  # number of the invoice, "" where none is named


@dataclass(frozen=True)
class Void(Refused):
    """A voided invoice is not to be paid."""

    number: str


@dataclass(frozen=True)
class NotIssued(Refused):
    """A draft has no payment data yet."""

    number: str


@intent(
    "pay_invoice",
    risk=Risk.R1,
    phrases={
        "de": (
            "Wir möchten die Rechnung {invoices} bezahlen",
            "Bitte senden Sie mir einen Zahlungslink für die Rechnung {invoices}",
            "Wie kann ich die Rechnung {invoices} begleichen?",
            "Auf welches Konto sollen wir die Rechnung {invoices} überweisen?",
            "Wie lautet Ihre Bankverbindung?",
            "Welchen Verwendungszweck sollen wir bei {invoices} angeben?",
            "Wir wollen alle offenen Rechnungen auf einmal bezahlen",
            "Rechnung {invoices} jetzt zahlen",
            "Ich brauche die Überweisungsdaten für {invoices}",
        ),
        "fr": (
            "Nous souhaitons payer la facture {invoices}",
            "Merci de m'envoyer un lien de paiement pour la facture {invoices}",
            "Comment régler la facture {invoices} ?",
            "Sur quel compte devons-nous virer le montant de la facture {invoices} ?",
            "Pouvez-vous nous communiquer votre RIB ?",
            "Quelle référence faut-il indiquer pour le virement de {invoices} ?",
            "Nous voulons régler toutes nos factures impayées en une fois",
            "Payer la facture {invoices}",
            "Il me faut vos coordonnées bancaires pour payer {invoices}",
        ),
        "en": (
            "We would like to pay invoice {invoices}",
            "Please send me a payment link for invoice {invoices}",
            "How can I pay invoice {invoices}?",
            "Which account should we transfer the money for invoice {invoices} to?",
            "What are your bank details?",
            "Which reference should we use when paying {invoices}?",
            "We want to pay all our open invoices at once",
            "Pay invoice {invoices} now",
            "I need the transfer details for {invoices}",
        ),
    },
)
def pay_invoice(
    ask: Ask, ctx: Context
) -> Payable | AlreadyPaid | NothingOpen | WhichInvoice | NotFound | CreditNote | Void | NotIssued:
    """Look at what remains of each invoice and say how to pay it."""
    try:
        named = {number: _fitting(number, ctx) for number in dict.fromkeys(ask.invoices)}
    except Several as several:
        return WhichInvoice(several.asked, several.candidates)
    unknown = tuple(number for number, fitting in named.items() if not fitting)
    ours = tuple(dict.fromkeys(invoice for fitting in named.values() for invoice in fitting))
    if not ask.invoices:
        ours = _meant(ask.which or "", ctx)
    if payable := sorted(filter(_is_payable, ours), key=lambda one: (one.due or date.max, one.number)):
        return _payable(tuple(payable), ours, unknown, ctx)
    if not ask.invoices and not ours:
        return NothingOpen(ask.which or "")
    return _why_not(ours, unknown, ctx)


def _fitting(number: str, ctx: Context) -> tuple[billing.Invoice, ...]:
    """The invoice of this number. Where several fit and one is open, that one is meant: nobody pays a paid one."""
    try:
        found = ctx.billing.invoice(number, of=ctx.customer.id)
        return (found,) if found else ()
    except billing.Ambiguous as several:
        every = tuple(ctx.billing.invoice(one, of=ctx.customer.id) for one in several.candidates)
        ours = tuple(invoice for invoice in every if invoice)
        payable = tuple(invoice for invoice in ours if _is_payable(invoice))
        if len(payable) > 1:
            raise Several(number, tuple(invoice.number for invoice in payable)) from several
        return payable or ours


def _meant(which: str, ctx: Context) -> tuple[billing.Invoice, ...]:
    """Without a number: the latest, what is overdue, or all that is open."""
    return ctx.billing.invoices(ctx.customer.id, which if which in ("latest", "overdue") else "open")


def _why_nothing(invoice: billing.Invoice) -> str:
    """Why an invoice is not to be paid whatever remains: draft, void, credit_note; empty for all others."""
    if invoice.state in (billing.InvoiceState.DRAFT, billing.InvoiceState.VOID):
        return invoice.state.value
    return "credit_note" if invoice.kind == billing.InvoiceKind.CREDIT_NOTE else ""


def _is_payable(invoice: billing.Invoice) -> bool:
    return bool(invoice.remaining) and not _why_nothing(invoice)


def _payable(
    payable: tuple[billing.Invoice, ...], ours: tuple[billing.Invoice, ...], unknown: tuple[str, ...], ctx: Context
) -> Payable:
    bank = ctx.billing.bank_details()
    sums: dict[str, billing.Money] = {}
    for one in payable:
        sums[one.currency] = sums.get(one.currency, billing.Money(0, one.currency)) + one.remaining
    rest = [one for one in ours if one not in payable]
    return Payable(
        tuple(_way(one, ctx) for one in payable[:MOST_INVOICES]),
        max(0, len(payable) - MOST_INVOICES),
        tuple(sums[currency] for currency in sorted(sums)),
        bank.beneficiary,
        " ".join(bank.iban[place : place + 4] for place in range(0, len(bank.iban), 4)),
        bank.bic,
        bank.bank,
        tuple(currency for currency in sorted(sums) if currency != SEPA),
        tuple(_settled(one) for one in rest if not _why_nothing(one)),
        tuple(one.number for one in rest if _why_nothing(one)),
        unknown,
    )


def _way(invoice: billing.Invoice, ctx: Context) -> Way:
    link = ctx.billing.pay_link(invoice.number, of=ctx.customer.id)
    late = (ctx.today - invoice.due).days if invoice.due else 0
    looked_at = invoice.held_until is not None and invoice.held_until >= ctx.today
    held = invoice.held_for if looked_at and invoice.held_for in ("proof", "dispute") else ""
    return Way(
        invoice.number, link.amount, invoice.total, invoice.due, max(0, late), link.reference, link.url, held
    )  # fmt: skip


def _settled(invoice: billing.Invoice) -> Settled:
    if invoice.payment == billing.Payment.OVERPAID:
        return Settled(invoice.number, "overpaid", invoice.paid_on)
    if invoice.paid:
        return Settled(invoice.number, "paid", invoice.paid_on)
    return Settled(invoice.number, "credited" if invoice.total else "free", None)


def _why_not(
    ours: tuple[billing.Invoice, ...], unknown: tuple[str, ...], ctx: Context
) -> AlreadyPaid | NotFound | CreditNote | Void | NotIssued:
    if settled := tuple(_settled(one) for one in ours if not _why_nothing(one)):
        return AlreadyPaid(settled, unknown)
    if not ours:
        return NotFound(unknown, ctx.similar(unknown))
    first = ours[0]
    why = _why_nothing(first)
    if why == "credit_note":
        return CreditNote(first.number, first.corrects or "")
    return Void(first.number) if why == "void" else NotIssued(first.number)
