"""What no official rule for e-invoices catches, and what would be embarrassing: checked before a document is made."""

from fractions import Fraction

from stdnum import iban

from billing import rules
from billing.errors import ValidationError
from billing.seller import Seller
from billing.values import Invoice, TaxCategory


def check(invoice: Invoice, seller: Seller) -> None:
    """Raises ValidationError for an invoice that must not leave the house."""
    if invoice.issued is None:
        raise ValidationError("issued", "missing")
    if invoice.due is None:
        raise ValidationError("due", "missing")
    if not iban.is_valid(seller.iban):
        raise ValidationError("iban", "invalid")
    if not invoice.buyer.name.strip():
        raise ValidationError("buyer", "missing")
    _check_tax(invoice)
    _check_amounts(invoice)


def _check_tax(invoice: Invoice) -> None:
    category, rate = invoice.treatment.category, invoice.treatment.rate
    if category == TaxCategory.REVERSE_CHARGE and not invoice.buyer.tax_id:
        raise ValidationError("tax_id", "missing")
    if (category == TaxCategory.STANDARD) != (rate > 0) or (rate == 0 and invoice.tax):
        raise ValidationError("tax", "invalid")
    if category == TaxCategory.OUTSIDE and invoice.buyer.country in rules.EU_RATES:
        raise ValidationError("country", "invalid")


def _check_amounts(invoice: Invoice) -> None:
    if any(line.unit_price.minor < 0 or line.unit_price.currency != invoice.currency for line in invoice.lines):
        raise ValidationError("lines", "invalid")
    if sum(line.net.minor for line in invoice.lines) != invoice.net.minor:
        raise ValidationError("net", "invalid")
    exact = Fraction(invoice.net.minor * invoice.treatment.rate, 10_000)
    if abs(invoice.tax.minor - exact) > 1:  # imported totals may be off by their own rounding; BR-CO-17 allows it
        raise ValidationError("tax", "invalid")
    if invoice.net + invoice.tax != invoice.total:
        raise ValidationError("total", "invalid")
