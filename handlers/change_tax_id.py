"""Change the VAT id on the account. It decides who owes the tax, so our support looks at it."""

import re
from dataclasses import dataclass

import billing
from bot.kit import Context, Done, Refused, Risk, TaxId, Waiting, intent

# Where the letters before a VAT id are not the country's ISO code: Greece, and Northern Ireland since 2021.
_PREFIXES = {"EL": "GR", "XI": "GB"}


@dataclass(frozen=True)
class Ask:
    """The new VAT id, in upper case without blanks."""

    tax_id: TaxId


@dataclass(frozen=True)
class Received(Waiting):
    """The receipt: what was asked for, who decides and why, what helps."""

    old: str
    new: str
    case: str
    country: str = ""  # of the account, where the VAT id is another country's
    foreign: str = ""  # the country that the VAT id belongs to


@dataclass(frozen=True)
class Changed(Done):
    """Our support agreed; the account carries the new VAT id."""

    old: str
    new: str


@dataclass(frozen=True)
class Unchanged(Refused):
    """The account carries this VAT id already."""

    tax_id: str


@dataclass(frozen=True)
class Invalid(Refused):
    """The check digits or the form do not fit: most likely a typing error."""

    tax_id: str


@intent(
    "change_tax_id",
    risk=Risk.R4,
    phrases={
        "de": (
            "Bitte ändern Sie unsere USt-IdNr. in {tax_id}",
            "Unsere neue Umsatzsteuer-Identifikationsnummer lautet {tax_id}",
            "Die USt-ID auf der Rechnung ist falsch, richtig ist {tax_id}",
            "Bitte tragen Sie die UID {tax_id} in unser Konto ein",
            "Wir haben eine neue USt-IdNr. bekommen: {tax_id}",
            "Umsatzsteuer-ID ändern: {tax_id}",
            "Können Sie unsere USt-IdNr. auf {tax_id} berichtigen?",
            "Ab sofort rechnen Sie bitte mit der USt-IdNr. {tax_id} ab",
        ),
        "fr": (
            "Merci de remplacer notre numéro de TVA par {tax_id}",
            "Notre nouveau numéro de TVA intracommunautaire est {tax_id}",
            "Le numéro de TVA sur la facture est faux, le bon est {tax_id}",
            "Veuillez enregistrer le numéro de TVA {tax_id} dans notre compte",
            "Nous avons reçu un nouveau numéro de TVA : {tax_id}",
            "Changement de numéro de TVA : {tax_id}",
            "Pouvez-vous corriger notre numéro de TVA en {tax_id} ?",
            "Merci de facturer désormais avec le numéro de TVA {tax_id}",
        ),
        "en": (
            "Please change our VAT number to {tax_id}",
            "Our new VAT number is {tax_id}",
            "The VAT number on the invoice is wrong, it should be {tax_id}",
            "Please add the VAT ID {tax_id} to our account",
            "We have been given a new VAT number: {tax_id}",
            "Change of VAT number: {tax_id}",
            "Could you correct our VAT number to {tax_id}?",
            "From now on please invoice us with VAT number {tax_id}",
        ),
    },
)
def change_tax_id(ask: Ask, ctx: Context) -> Received | Changed | Unchanged | Invalid:
    """File the change for our support; after their yes it is carried out."""
    old, foreign = ctx.customer.tax_id, _foreign(ask.tax_id, ctx.customer.country)
    country = ctx.customer.country if foreign else ""
    try:
        ctx.act.change(
            billing.ChangeSet(tax_id=ask.tax_id), waiting=Received(old, ask.tax_id, ctx.case, country, foreign)
        )
    except billing.ValidationError as wrong:
        return Unchanged(old) if wrong.problem == "same_as_now" else Invalid(ask.tax_id)
    return Changed(old, ctx.billing.customer(ctx.customer.id).tax_id)


def _foreign(tax_id: str, country: str) -> str:
    """The country whose sign stands before the number, if it is another than the customer's."""
    sign = re.match(r"[A-Z]{2}", tax_id.strip().upper())
    belongs = _PREFIXES.get(sign[0], sign[0]) if sign else country
    return "" if belongs == country else belongs
