"""Take in proof that an invoice was paid. A person looks at it; after their yes a stopped licence runs again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import billing
from bot.kit import Attachment, Context, Done, InvoiceNumber, Question, Refused, Risk, Several, Waiting, intent

ACCEPTED = ("application/pdf", "image/jpeg", "image/png", "image/heic", "image/tiff")  # what a bank or a phone makes
MOST_OCTETS = 10 * 1024 * 1024  # as the core takes them
MOST_FILES = 10  # for one invoice; more is an archive, no proof


@dataclass(frozen=True)
class Ask:
    """Which invoices were paid; without a number the only open one is meant."""

    invoices: tuple[InvoiceNumber, ...] = ()


@dataclass(frozen=True)
class Line:
    """What an invoice still asks for."""

    number: str
    remaining: billing.Money
    due: date | None


@dataclass(frozen=True)
class Received(Waiting):
    """The receipt where the licence was stopped: for which invoice, what happens next."""

    lines: tuple[Line, ...]
    files: int
    case: str
    refused: tuple[str, ...] = ()  # names of files that we cannot take
    paid: tuple[str, ...] = ()  # numbers that need no proof any more
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class LicenceActive(Waiting):
    """The receipt where the licence runs anyway."""

    lines: tuple[Line, ...]
    files: int
    case: str
    until: date | None = None  # last day of a licence that runs on an earlier proof
    refused: tuple[str, ...] = ()
    paid: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Accepted(Done):
    """Our support accepted the proof."""

    invoices: tuple[str, ...]
    until: date | None  # last day of the provisional licence; None: no licence had been stopped


@dataclass(frozen=True)
class NoAttachment(Question):
    """Nothing came with the message."""

    invoices: tuple[str, ...]
    candidates: tuple[str, ...] = ()  # open invoices, where no number was given


@dataclass(frozen=True)
class WhichInvoice(Question):
    """Several invoices fit, or none was named and several are open."""

    asked: str
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class WrongType(Refused):
    """Files of a kind that we do not take."""

    files: tuple[str, ...]


@dataclass(frozen=True)
class Encrypted(Refused):
    """Files that nobody can open without a password."""

    files: tuple[str, ...]


@dataclass(frozen=True)
class TooLarge(Refused):
    """Files too large, or too many of them."""

    most_files: int
    most_mebibytes: int


@dataclass(frozen=True)
class NotFound(Refused):
    """No such invoice with this customer. It may be another's: nobody learns which numbers exist."""

    invoices: tuple[str, ...]
    similar: tuple[str, ...] = ()  # among the customer's own


@dataclass(frozen=True)
class AlreadyPaid(Refused):
    """The money is booked already; no proof is needed."""

    invoice: str
    paid_on: date | None
    others: tuple[str, ...] = ()  # further invoices of the message that are paid
    licence: str = ""  # active, provisional, inactive, or "" where there is none


@dataclass(frozen=True)
class NothingOwed(Refused):
    """An invoice on which nothing is to be paid: void or a credit note; or none is open at all."""

    invoices: tuple[str, ...]


@dataclass(frozen=True)
class SameAgain(Refused):
    """This very file lies here for this invoice already."""

    invoice: str
    received_on: date
    state: str  # received, accepted, rejected


@intent(
    "submit_payment_proof",
    risk=Risk.R1_PLUS,
    phrases={
        "de": (
            "Anbei der Zahlungsnachweis zur Rechnung {invoices}",
            "Im Anhang finden Sie den Überweisungsbeleg für {invoices}, bitte schalten Sie die Lizenz wieder frei",
            "Wir haben die Rechnung {invoices} bezahlt, den Beleg sende ich Ihnen mit",
            "Unsere Lizenz ist gesperrt, obwohl wir bezahlt haben; der Kontoauszug liegt bei",
            "Hier ist der Kontoauszug, der die Zahlung von {invoices} belegt",
            "Bitte reaktivieren Sie unsere Lizenz, der Zahlungsbeleg hängt an",
            "Ich reiche den Nachweis über die Zahlung der Rechnung {invoices} ein",
            "Die Überweisung für {invoices} ist raus, siehe Beleg im Anhang",
        ),
        "fr": (
            "Vous trouverez ci-joint la preuve de paiement de la facture {invoices}",
            "Ci-joint l'avis de virement pour la facture {invoices}, merci de réactiver la licence",
            "Nous avons réglé la facture {invoices}, le justificatif est en pièce jointe",
            "Notre licence est bloquée alors que nous avons payé ; le relevé bancaire est joint",
            "Voici le relevé de compte qui prouve le paiement de {invoices}",
            "Merci de réactiver notre licence, le justificatif de virement est joint",
            "Je vous transmets le justificatif de règlement de la facture {invoices}",
            "Le virement pour {invoices} est parti, voir l'ordre en pièce jointe",
        ),
        "en": (
            "Please find attached the proof of payment for invoice {invoices}",
            "Attached is the remittance slip for {invoices}, please reactivate our licence",
            "We have paid invoice {invoices}, the receipt is attached",
            "Our licence was stopped although we have paid; the bank statement is attached",
            "Here is the bank statement that shows the payment of {invoices}",
            "Please switch our licence back on, proof of payment is enclosed",
            "I am submitting proof of payment for invoice {invoices}",
            "The transfer for {invoices} went out, see the attached confirmation",
        ),
    },
)
def submit_payment_proof(
    ask: Ask, ctx: Context
) -> (
    Received
    | LicenceActive
    | Accepted
    | NoAttachment
    | WhichInvoice
    | WrongType
    | Encrypted
    | TooLarge
    | NotFound
    | AlreadyPaid
    | NothingOwed
    | SameAgain
):
    """File each readable file for each invoice that is open; a person decides."""
    if ctx.act.grant.agent:
        return _accepted(ctx)
    try:
        found = _named(ask, ctx) if ask.invoices else _only_open(ctx)
    except Several as several:
        if not ctx.written.files:
            return NoAttachment((), several.candidates)
        return WhichInvoice(several.asked, several.candidates)
    if not found.open:
        return _why_not(found, ctx)
    if not ctx.written.files:
        return NoAttachment(tuple(invoice.number for invoice in found.open))
    good = tuple(file for file in ctx.written.files if _readable(file))
    if refusal := _file_refusal(ctx.written.files, good):
        return refusal
    new = [(invoice, file) for invoice in found.open for file in good if not _known(invoice, file, ctx)]
    if not new:
        return _same_again(found.open, good, ctx)
    proofs = tuple((invoice.number, _proof(file)) for invoice, file in new)
    ctx.act.submit_payment_proof(proofs, waiting=_receipt(found, good, ctx))
    return _accepted(ctx)


@dataclass(frozen=True)
class _Found:
    open: tuple[billing.Invoice, ...]
    paid: tuple[billing.Invoice, ...] = ()
    void: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def _named(ask: Ask, ctx: Context) -> _Found:
    looked_up = {number: ctx.issued(number) for number in dict.fromkeys(ask.invoices)}
    issued = tuple(dict.fromkeys(one for one in looked_up.values() if one is not None))
    void = tuple(one for one in issued if one.state == billing.InvoiceState.VOID or _is_credit(one))
    return _Found(
        open=tuple(one for one in issued if one not in void and one.remaining),
        paid=tuple(one for one in issued if one not in void and not one.remaining),
        void=tuple(one.number for one in void),
        unknown=tuple(number for number, one in looked_up.items() if one is None),
    )


def _is_credit(invoice: billing.Invoice) -> bool:
    return invoice.kind == billing.InvoiceKind.CREDIT_NOTE


def _only_open(ctx: Context) -> _Found:
    every = ctx.billing.invoices(ctx.customer.id, billing.Show.OPEN)
    if len(every) > 1:
        raise Several("", tuple(invoice.number for invoice in every)[:5])
    return _Found(every)


def _why_not(found: _Found, ctx: Context) -> NotFound | AlreadyPaid | NothingOwed:
    if found.unknown:
        return NotFound(found.unknown, ctx.similar(found.unknown))
    if not found.paid:
        return NothingOwed(found.void)
    first, *rest = found.paid
    return AlreadyPaid(first.number, first.paid_on, tuple(one.number for one in rest), _licence(found.paid, ctx))


def _readable(file: Attachment) -> bool:
    return file.media_type in ACCEPTED and not file.encrypted and 0 < file.size <= MOST_OCTETS


def _file_refusal(
    files: tuple[Attachment, ...], good: tuple[Attachment, ...]
) -> WrongType | Encrypted | TooLarge | None:
    """Why no file can be taken; None where at least one can."""
    if len(good) > MOST_FILES:
        return TooLarge(MOST_FILES, MOST_OCTETS // 2**20)
    if good:
        return None
    if locked := tuple(file.filename for file in files if file.encrypted):
        return Encrypted(locked)
    if any(file.media_type in ACCEPTED and file.size > MOST_OCTETS for file in files):
        return TooLarge(MOST_FILES, MOST_OCTETS // 2**20)
    return WrongType(tuple(file.filename for file in files))


def _proof(file: Attachment) -> billing.ProofFile:
    return billing.ProofFile(file.sha256, file.media_type, file.size, file.filename)


def _proofs_of(invoice: billing.Invoice, file: Attachment, ctx: Context) -> tuple[billing.Proof, ...]:
    every = ctx.billing.proofs(ctx.customer.id)
    return tuple(one for one in every if one.invoice == invoice.number and one.file.sha256 == file.sha256)


def _known(invoice: billing.Invoice, file: Attachment, ctx: Context) -> bool:
    return bool(_proofs_of(invoice, file, ctx))


def _same_again(invoices: tuple[billing.Invoice, ...], good: tuple[Attachment, ...], ctx: Context) -> SameAgain:
    earlier = _proofs_of(invoices[0], good[0], ctx)[0]
    return SameAgain(earlier.invoice, earlier.created.date(), earlier.state.value)


def _receipt(found: _Found, good: tuple[Attachment, ...], ctx: Context) -> Received | LicenceActive:
    lines = tuple(Line(one.number, one.remaining, one.due) for one in found.open)
    refused = tuple(file.filename for file in ctx.written.files if file not in good)
    paid = tuple(one.number for one in found.paid)
    if _licence(found.open, ctx) == billing.Licence.INACTIVE:
        return Received(lines, len(good), ctx.case, refused, paid, found.unknown)
    until = _provisional_until(found.open, ctx)
    return LicenceActive(lines, len(good), ctx.case, until, refused, paid, found.unknown)


def _accepted(ctx: Context) -> Accepted:
    """What an agent said yes to, carried out."""
    filed = Received((), 0, ctx.case)  # the receipt went out when it was filed
    proofs = ctx.act.submit_payment_proof((), waiting=filed)
    numbers = tuple(dict.fromkeys(proof.invoice for proof in proofs))
    invoices = tuple(found for number in numbers if (found := ctx.billing.invoice(number, of=ctx.customer.id)))
    return Accepted(numbers, _provisional_until(invoices, ctx))


def _licence(invoices: tuple[billing.Invoice, ...], ctx: Context) -> str:
    """How the licences for these invoices stand, the worst of them."""
    states = [one.licence for one in _subscriptions(invoices, ctx, _stopped_or_running)]
    worst_first = (billing.Licence.INACTIVE, billing.Licence.PROVISIONAL, billing.Licence.ACTIVE)
    return next((state.value for state in worst_first if state in states), "")


def _provisional_until(invoices: tuple[billing.Invoice, ...], ctx: Context) -> date | None:
    days = [one.licence_until for one in _subscriptions(invoices, ctx, lambda one: one.licence_until is not None)]
    return min((day for day in days if day), default=None)


def _stopped_or_running(one: billing.Subscription) -> bool:
    """A licence that ended or was stopped for fraud comes back by no proof."""
    return one.licence != billing.Licence.INACTIVE or one.licence_reason == "payment_default"


def _subscriptions(
    invoices: tuple[billing.Invoice, ...], ctx: Context, wanted: Callable[[billing.Subscription], bool]
) -> list[billing.Subscription]:
    """An invoice that names no subscription may be for any of them."""
    named = {invoice.subscription for invoice in invoices}
    every = (one for one in ctx.billing.subscriptions(ctx.customer.id) if None in named or one.number in named)
    return [one for one in every if wanted(one)]
