"""What no official rule for e-invoices catches, and what would be embarrassing: checked before a document is made."""

from fractions import Fraction

from stdnum import iban
from stdnum.eu import vat

from billing import rules
from billing.documents import law
from billing.errors import ValidationError
from billing.seller import Seller
from billing.values import Invoice, InvoiceKind, TaxCategory

UNTAXED = (TaxCategory.REVERSE_CHARGE, TaxCategory.OUTSIDE, TaxCategory.EXEMPT)


def check(invoice: Invoice, seller: Seller) -> None:
    """Raises ValidationError for an invoice that must not leave the house."""
    _check_days(invoice)
    _check_parties(invoice, seller)
    _check_tax(invoice, seller)
    _check_amounts(invoice)
    if law.is_xrechnung(invoice.buyer):
        _check_xrechnung(invoice, seller)


def _refuse(wrong: bool, field: str, code: str) -> None:
    if wrong:
        raise ValidationError(field, code)


def _check_days(invoice: Invoice) -> None:
    """No rule asks for a due date as long as there are words about terms."""
    if invoice.issued is None or invoice.due is None:
        raise ValidationError("due" if invoice.issued else "issued", "missing")
    _refuse(invoice.due < invoice.issued, "due", "invalid")


def _check_parties(invoice: Invoice, seller: Seller) -> None:
    _refuse(not iban.is_valid(seller.iban), "iban", "invalid")
    _refuse(not law.legible(invoice.buyer.name).strip(), "buyer", "missing")
    _refuse(invoice.buyer.country not in rules.COUNTRIES, "country", "unknown")
    _refuse(invoice.kind == InvoiceKind.CREDIT_NOTE and not invoice.corrects, "corrects", "missing")


def _check_tax(invoice: Invoice, seller: Seller) -> None:
    category, rate, buyer = invoice.treatment.category, invoice.treatment.rate, invoice.buyer
    _refuse((category in UNTAXED) != (rate == 0) or (rate == 0 and bool(invoice.tax)), "tax", "invalid")
    if category == TaxCategory.REVERSE_CHARGE:
        _check_reverse_charge(invoice, seller)
    _refuse(category == TaxCategory.OUTSIDE and buyer.country in rules.EU_RATES, "country", "invalid")
    _refuse(category == TaxCategory.EXEMPT and not seller.exemption, "exemption", "missing")


def _check_reverse_charge(invoice: Invoice, seller: Seller) -> None:
    """The rules are content with any id of the buyer; the tax office wants one that was checked, of another country."""
    buyer = invoice.buyer
    _refuse(not buyer.tax_id, "tax_id", "missing")
    _refuse(not buyer.tax_id_checked or not vat.is_valid(buyer.tax_id), "tax_id", "unchecked")
    _refuse(buyer.country == seller.country or buyer.country not in rules.EU_RATES, "country", "invalid")


def _check_amounts(invoice: Invoice) -> None:
    _refuse(not invoice.lines, "lines", "missing")
    _refuse(any(line.unit_price.minor < 0 for line in invoice.lines), "lines", "invalid")
    _refuse(any(line.unit_price.currency != invoice.currency for line in invoice.lines), "lines", "invalid")
    _refuse(any(line.allowance is not None and line.allowance.minor < 0 for line in invoice.lines), "lines", "invalid")
    _refuse(sum(line.net.minor for line in invoice.lines) != invoice.net.minor, "net", "invalid")
    exact = Fraction(invoice.net.minor * invoice.treatment.rate, 10_000)
    # Imported totals may be off by their own rounding; BR-CO-17 allows it.
    _refuse(abs(invoice.tax.minor - exact) > 1, "tax", "invalid")
    _refuse(invoice.net + invoice.tax != invoice.total or invoice.total.minor < 0, "total", "invalid")
    owed = invoice.total - law.settled(invoice)
    _refuse(invoice.kind == InvoiceKind.INVOICE and invoice.remaining != owed, "remaining", "invalid")


def _check_xrechnung(invoice: Invoice, seller: Seller) -> None:
    """BR-DE-3 to BR-DE-9: a public body's portal turns the invoice away without these."""
    needed = {
        "seller_contact": seller.contact, "seller_phone": seller.phone, "seller_email": seller.email,
        "seller_address": seller.address.postcode and seller.address.city,
        "address": invoice.buyer.address.postcode and invoice.buyer.address.city,
    }  # fmt: skip
    for field, value in needed.items():
        _refuse(not value, field, "missing")
