"""What the law asks of one document beyond what stands in the invoice itself."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from stdnum.iso7064 import mod_97_10

from billing.seller import Seller
from billing.values import Invoice, InvoiceKind, Money, Party, TaxCategory, TaxTreatment

# Coarse address, fine address, check digits (KoSIT, format of the Leitweg-ID 2.0.2).
_LEITWEG = re.compile(r"[0-9]{2,12}(-[A-Za-z0-9]{1,30})?-[0-9]{2}")


# What no XML 1.0 can carry and no reader can see, and what turns the direction of writing around.
_ILLEGIBLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u200b\u202a-\u202e\u2066-\u2069\ufeff]"
)


# Beyond Latin, Greek and Cyrillic it depends on the letter whether a bundled font has it.
_BEYOND_THE_FONTS = re.compile("[^\n\x20-\x7e\xa0-\u024f\u0391-\u03a1\u03a3-\u03c9\u0400-\u045f\u2010-\u2026\u202f€−]")
_BOX = "□"


def legible(facts: Any) -> Any:
    """The same facts without control characters: what somebody pasted into a name must not hold up an invoice."""
    return _in_all_texts(facts, lambda text: _ILLEGIBLE.sub("", text))


def printable(facts: Any) -> Any:
    """The same facts with a box for every letter that the bundled fonts may lack: PDF/A forbids to print such a one."""
    return _in_all_texts(facts, lambda text: _BEYOND_THE_FONTS.sub(_BOX, text))


def _in_all_texts(facts: Any, change: Callable[[str], str]) -> Any:
    if isinstance(facts, dict):
        return {name: _in_all_texts(inner, change) for name, inner in facts.items()}
    if isinstance(facts, list):
        return [_in_all_texts(inner, change) for inner in facts]
    return change(facts) if isinstance(facts, str) else facts


def is_leitweg_id(reference: str) -> bool:
    """Whether this is the routing id of a German public body; its check digits are ISO 7064, mod 97-10."""
    return bool(_LEITWEG.fullmatch(reference)) and bool(mod_97_10.is_valid(reference.replace("-", "").upper()))


def is_xrechnung(buyer: Party) -> bool:
    """Whether the e-invoice has to keep the rules of XRechnung as well: a German public body buys."""
    return buyer.country == "DE" and is_leitweg_id(buyer.reference)


def is_oss(treatment: TaxTreatment, seller: Seller) -> bool:
    """Whether another country's VAT is charged, by the One Stop Shop."""
    return treatment.category == TaxCategory.STANDARD and treatment.country != seller.country


def settled(invoice: Invoice) -> Money:
    """What was paid or set off before the document was made, at most its total; nothing on a credit note."""
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        return Money(0, invoice.currency)
    return Money(min(invoice.total.minor, invoice.paid.minor + invoice.credited.minor), invoice.currency)


def exchange(invoice: Invoice, seller: Seller) -> Fraction | None:
    """The rate that the invoice froze when it was finalised; of one that has none, today's."""
    return Fraction(invoice.exchange) if invoice.exchange else seller.rate(invoice.currency)


def home_tax(invoice: Invoice, seller: Seller) -> Money | None:
    """VAT in a foreign currency is stated in the seller's, too (BT-111; directive 2006/112/EC, art. 230).

    None where that need not be, or cannot: an invoice taken over from another system may have a currency without a
    rate, and is better sent than held back. Our own are refused when they are drafted.
    """
    rate = exchange(invoice, seller)
    if rate is None or invoice.currency == seller.currency or not invoice.tax:
        return None
    home = Money(0, seller.currency)
    return Money(1, home.currency).times(
        Fraction(invoice.tax.minor) * rate * Fraction(10) ** (home.exponent - invoice.tax.exponent)
    )


def is_courtesy_copy(invoice: Invoice, seller: Seller) -> bool:
    """Between French businesses the invoice itself goes through an approved platform since 2026-09-01."""
    return seller.country == invoice.buyer.country == "FR" and invoice.buyer.business


def wants_french_terms(invoice: Invoice) -> bool:
    """Whether the terms for late payment must stand on it: code de commerce, L441-9, between businesses."""
    return invoice.language == "fr" and invoice.buyer.business and invoice.kind == InvoiceKind.INVOICE
