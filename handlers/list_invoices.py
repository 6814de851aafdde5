"""Say which invoices there are and how they stand: open, overdue, paid. Nothing is sent but this answer."""

from dataclasses import dataclass
from datetime import date

import billing
from bot.kit import Context, Done, InvoiceNumber, Period, Refused, Risk, Sheet, Which, Word, bounds, intent

MOST_LINES = 20  # a longer list is read in a spreadsheet, not in a letter
COLUMNS = ("number", "issued", "due", "status", "currency", "amount", "remaining", "paid_on", "corrects", "held")


@dataclass(frozen=True)
class Ask:
    """Invoices by number, or by kind and period; nothing named is all of them."""

    invoices: tuple[InvoiceNumber, ...] = ()
    which: Which | None = None
    period: Period | None = None


@dataclass(frozen=True)
class Line:
    """How one invoice stands."""

    number: str
    issued: date | None
    amount: billing.Money
    status: str  # as `billing.Invoice.standing`
    remaining: billing.Money
    due: date | None
    paid_on: date | None
    corrects: str = ""  # of a credit note: the invoice it belongs to
    held: str = ""  # proof or dispute: our support looks at it, and reminders rest


@dataclass(frozen=True)
class Listed(Done):
    """The list, newest first, and what the whole account owes."""

    which: str
    period: str
    day: date  # on which all this is true
    lines: tuple[Line, ...]
    older: tuple[Line, ...]  # those that the letter leaves out
    owed: tuple[billing.Money, ...]  # one amount for each currency
    credit: tuple[billing.Money, ...] = ()  # paid too much, one amount for each currency

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """All of them, where the letter leaves some out."""
        if not self.older:
            return ()
        return (Sheet("invoices", self.day, COLUMNS, tuple(_row(line) for line in (*self.lines, *self.older))),)


@dataclass(frozen=True)
class Standing(Done):
    """How the invoices stand that were asked for by number."""

    lines: tuple[Line, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoneThere(Done):
    """There is no invoice of this kind or period: good news, more often than not."""

    which: str
    period: str
    owed: tuple[billing.Money, ...] = ()


@dataclass(frozen=True)
class NotFound(Refused):
    """No such invoice with this customer. It may be another's: nobody learns which numbers exist."""

    invoices: tuple[str, ...]
    similar: tuple[str, ...] = ()  # among the customer's own


@intent(
    "list_invoices",
    risk=Risk.R1,
    phrases={
        "de": (
            "Welche Rechnungen sind noch offen?",
            "Bitte eine Übersicht unserer Rechnungen",
            "Ist die Rechnung {invoices} schon bezahlt?",
            "Wann ist die Rechnung {invoices} fällig?",
            "Was schulden wir Ihnen noch?",
            "Welche Rechnungen gibt es aus {period}?",
            "Haben wir überfällige Rechnungen?",
            "Ist die Zahlung für die Rechnung {invoices} bei Ihnen eingegangen?",
            "Warum ist im Kundenportal bei den Rechnungen ein roter Punkt?",
            "Wir brauchen für den Abschluss eine Liste aller offenen Posten",
        ),
        "fr": (
            "Quelles factures sont encore impayées ?",
            "Merci de nous donner un récapitulatif de nos factures",
            "La facture {invoices} est-elle déjà réglée ?",
            "Quelle est la date d'échéance de la facture {invoices} ?",
            "Combien vous devons-nous encore ?",
            "Quelles sont les factures de {period} ?",
            "Avons-nous des factures en retard ?",
            "Avez-vous bien reçu le paiement de la facture {invoices} ?",
            "Pourquoi y a-t-il un point rouge à côté des factures dans le portail client ?",
            "Il nous faut la liste de toutes nos factures ouvertes pour la clôture",
        ),
        "en": (
            "Which invoices are still open?",
            "Please give us an overview of our invoices",
            "Has invoice {invoices} been paid yet?",
            "When is invoice {invoices} due?",
            "How much do we still owe you?",
            "Which invoices are there from {period}?",
            "Do we have any overdue invoices?",
            "Did you receive our payment for invoice {invoices}?",
            "Why is there a red dot next to the invoices in the customer portal?",
            "We need a list of all outstanding invoices for our year-end closing",
        ),
    },
)
def list_invoices(ask: Ask, ctx: Context) -> Listed | Standing | NoneThere | NotFound:
    """Look the invoices up among the customer's own and say how each stands."""
    if ask.invoices:
        return _standing(ask.invoices, ctx)
    since, until = bounds(ask.period or "")
    found = ctx.billing.invoices(ctx.customer.id, ask.which or "all", since=since, until=until)
    owed = _owed(ctx)
    if not found:
        return NoneThere(ask.which or "", ask.period or "", owed)
    lines = tuple(_line(invoice, ctx.today) for invoice in found)
    credit = ctx.billing.credit_balance(ctx.customer.id)
    shown, older = lines[:MOST_LINES], lines[MOST_LINES:]
    return Listed(ask.which or "", ask.period or "", ctx.today, shown, older, owed, credit)


def _standing(numbers: tuple[InvoiceNumber, ...], ctx: Context) -> Standing | NotFound:
    looked_up = {number: _fitting(number, ctx) for number in dict.fromkeys(numbers)}
    unknown = tuple(number for number, invoices in looked_up.items() if not invoices)
    ours = dict.fromkeys(invoice for invoices in looked_up.values() for invoice in invoices)
    if not ours:
        return NotFound(unknown, ctx.similar(unknown))
    return Standing(tuple(_line(invoice, ctx.today) for invoice in ours), unknown)


def _fitting(number: str, ctx: Context) -> tuple[billing.Invoice, ...]:
    """The invoice of this number; where several fit, all: to say how they stand does no harm."""
    try:
        found = [ctx.billing.invoice(number, of=ctx.customer.id)]
    except billing.Ambiguous as several:
        found = [ctx.billing.invoice(one, of=ctx.customer.id) for one in several.candidates]
    return tuple(invoice for invoice in found if invoice is not None)


def _owed(ctx: Context) -> tuple[billing.Money, ...]:
    """What remains of all open invoices, one sum for each currency."""
    sums: dict[str, billing.Money] = {}
    for invoice in ctx.billing.invoices(ctx.customer.id, "open"):
        sums[invoice.currency] = sums.get(invoice.currency, billing.Money(0, invoice.currency)) + invoice.remaining
    return tuple(sums[currency] for currency in sorted(sums))


def _line(invoice: billing.Invoice, today: date) -> Line:
    looked_at = invoice.held_until is not None and invoice.held_until >= today and invoice.remaining
    return Line(
        invoice.number, invoice.issued, invoice.total, invoice.standing, invoice.remaining, invoice.due,
        invoice.paid_on, invoice.corrects or "",
        invoice.held_for if looked_at and invoice.held_for in ("proof", "dispute") else "",
    )  # fmt: skip


def _row(line: Line) -> tuple[str | date | billing.Money | Word | None, ...]:
    """A credit note counts against the others, so that the column of amounts can be added up."""
    amount = -line.amount if line.status == "credit_note" else line.amount
    return (
        line.number, line.issued, line.due, Word(line.status), line.amount.currency, amount, line.remaining,
        line.paid_on, line.corrects, Word(line.held) if line.held else None,
    )  # fmt: skip
