"""The business rules that every core shares: pure functions over values, no storage."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from babel import Locale
from stdnum.eu import vat

from billing.errors import ValidationError
from billing.seller import Seller
from billing.values import (
    ChangeSet,
    Customer,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Line,
    Money,
    Party,
    Payment,
    Show,
    TaxCategory,
    TaxTreatment,
)

NOTICE = timedelta(days=28)  # before the first day of the next term, by our contract
RENEWAL_WINDOW = timedelta(days=366)  # prices of a later term are not known yet
SETUP_LINK_LIVES = timedelta(days=14)
NAME_LIMIT = 200
PROVISIONAL = "DRAFT"  # series of the numbers that drafts carry until they are finalised

# Standard rates in hundredths of a percent (November 2026): what a buyer without VAT id pays by OSS.
EU_RATES = {
    "AT": 2000, "BE": 2100, "BG": 2000, "CY": 1900, "CZ": 2100, "DE": 1900, "DK": 2500, "EE": 2400, "ES": 2100,
    "FI": 2550, "FR": 2000, "GR": 2400, "HR": 2500, "HU": 2700, "IE": 2300, "IT": 2200, "LT": 2100, "LU": 1700,
    "LV": 2100, "MT": 1800, "NL": 2100, "PL": 2300, "PT": 2300, "RO": 2100, "SE": 2500, "SI": 2200, "SK": 2300,
}  # fmt: skip
CURRENCIES = {"CH": "CHF", "LI": "CHF", "GB": "GBP", "US": "USD"}
_NO_COUNTRIES = {"ZZ", "EU", "EZ", "UN", "QO", "XA", "XB"}
COUNTRIES = frozenset(c for c in map(str, Locale("en").territories) if re.fullmatch("[A-Z]{2}", c)) - _NO_COUNTRIES

# Words that people write before a number; "RE" is part of ours.
_PREFIXES = {
    "NR", "NO", "N", "NUM", "NUMMER", "NUMERO", "NUMBER", "RECHNUNG", "RECHNUNGSNUMMER", "RG", "RGNR",
    "INVOICE", "INV", "FACTURE", "GUTSCHRIFT", "AVOIR", "ANGEBOT", "DEVIS", "QUOTE",
}  # fmt: skip


def written_number(text: str) -> tuple[str, ...]:
    """A number as people write it, in groups: "Nr. re 2026/123" gives RE, 2026, 123. O and 0 stay apart."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    groups = re.findall(r"[A-Z]+|[0-9]+", plain)
    while len(groups) > 1 and groups[0] in _PREFIXES:
        groups = groups[1:]
    return tuple(groups)


def matching_numbers(written: str, numbers: Iterable[str]) -> tuple[str, ...]:
    """The numbers that are meant: exactly the one written out, else all that end like it."""
    typed = written_number(written)
    if not typed:
        return ()
    every = sorted(numbers)
    exact = tuple(n for n in every if "".join(written_number(n)) == "".join(typed))
    return exact or tuple(n for n in every if not n.startswith(PROVISIONAL) and _ends_like(n, typed))


def _ends_like(number: str, typed: tuple[str, ...]) -> bool:
    groups = written_number(number)
    if not typed[-1].isdigit() or len(typed) > len(groups):
        return False
    return all(_same_group(a, b) for a, b in zip(reversed(groups), reversed(typed), strict=False))


def _same_group(a: str, b: str) -> bool:
    return int(a) == int(b) if a.isdigit() and b.isdigit() else a == b


def newest_first(invoice: Invoice) -> tuple[date, str]:
    """Sort key, to be reversed: drafts before all, then by issue date and number."""
    return (invoice.issued or date.max, invoice.number)


def tax_treatment(customer: Customer, seller: Seller) -> TaxTreatment:
    """How VAT is charged for services to this customer now. Reverse charge needs a *checked* VAT id."""
    if customer.country == seller.country and seller.exemption:
        return TaxTreatment(TaxCategory.EXEMPT, 0, seller.country)
    if customer.country == seller.country:
        return TaxTreatment(TaxCategory.STANDARD, EU_RATES[seller.country], seller.country)
    if customer.country not in EU_RATES:
        return TaxTreatment(TaxCategory.OUTSIDE, 0, seller.country)
    if customer.business and customer.tax_id and customer.tax_id_checked:
        return TaxTreatment(TaxCategory.REVERSE_CHARGE, 0, seller.country)
    return TaxTreatment(TaxCategory.STANDARD, EU_RATES[customer.country], customer.country)


def check_rate(treatment: TaxTreatment, currency: str, seller: Seller) -> None:
    """VAT is declared in the seller's currency. Raises ValidationError where nobody knows the rate."""
    if treatment.rate and seller.rate(currency) is None:
        raise ValidationError("currency", "no_rate")


def amounts(lines: tuple[Line, ...], treatment: TaxTreatment, currency: str) -> tuple[Money, Money, Money]:
    """Net, tax and total. Tax is rounded once per document and rate, as EN 16931 reckons (BR-CO-17)."""
    net = sum((line.net for line in lines), Money(0, currency))
    tax = net.times(Fraction(treatment.rate, 10_000))
    return net, tax, net + tax


def net_of(total: Money, treatment: TaxTreatment) -> Money:
    """The net amount in a gross total."""
    return total.times(Fraction(10_000, 10_000 + treatment.rate))


def as_of(invoice: Invoice, today: date) -> Invoice:
    """The invoice with what is derived: remaining, payment state and overdue."""
    settled = invoice.paid.minor + invoice.credited.minor
    remaining = Money(max(0, invoice.total.minor - settled), invoice.currency)
    if invoice.state == InvoiceState.VOID or invoice.kind == InvoiceKind.CREDIT_NOTE:
        remaining = Money(0, invoice.currency)
    owed = is_issued(invoice) and bool(remaining)
    return replace(
        invoice,
        remaining=remaining,
        payment=_payment(invoice, settled),
        overdue=owed and invoice.due is not None and today > invoice.due,
    )


def _payment(invoice: Invoice, settled: int) -> Payment:
    if invoice.kind == InvoiceKind.CREDIT_NOTE and invoice.state != InvoiceState.DRAFT:
        return Payment.PAID  # nothing to be paid: it is set off against the invoice it corrects
    if invoice.state in (InvoiceState.DRAFT, InvoiceState.VOID):
        return Payment.OPEN
    if settled < invoice.total.minor:
        return Payment.PARTLY_PAID if settled else Payment.OPEN
    return Payment.OVERPAID if settled > invoice.total.minor else Payment.PAID


def is_issued(invoice: Invoice) -> bool:
    """Whether the customer has it and it counts."""
    return invoice.state in (InvoiceState.FINALISED, InvoiceState.CORRECTED)


def shown(invoices: tuple[Invoice, ...], show: Show) -> tuple[Invoice, ...]:
    """The invoices that a list of this kind holds; the order stays."""
    mine = tuple(i for i in invoices if i.state != InvoiceState.DRAFT)
    if show == Show.LATEST:
        return next(((i,) for i in mine if is_issued(i) and i.kind == InvoiceKind.INVOICE), ())
    return tuple(i for i in mine if _SHOWN[show](i))


_SHOWN: dict[Show, Callable[[Invoice], bool]] = {
    Show.ALL: lambda i: True,
    Show.OPEN: lambda i: is_issued(i) and bool(i.remaining),
    Show.OVERDUE: lambda i: i.overdue,
    Show.PAID: lambda i: is_issued(i) and i.payment in (Payment.PAID, Payment.OVERPAID),
}


def a_year_later(day: date) -> date:
    """The same day next year; 29 February gives 28 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def check_customer(customer: Customer) -> None:
    """Raises ValidationError for what no customer may have."""
    _check_name(customer.name)
    _check_country(customer.country)
    if not customer.id:
        raise ValidationError("id", "missing")


def current(customer: Customer, fields: tuple[str, ...]) -> ChangeSet:
    """What these fields hold now."""
    now = {"company_name": customer.name, "country": customer.country, "tax_id": customer.tax_id}
    return ChangeSet(**{name: now[name] for name in fields})


def check_changes(customer: Customer, wanted: ChangeSet) -> ChangeSet:
    """The change set in normal form. Raises ValidationError."""
    changes = ChangeSet(
        _check_name(wanted.company_name) if wanted.company_name is not None else None,
        _check_country(wanted.country) if wanted.country is not None else None,
        _check_tax_id(wanted.tax_id) if wanted.tax_id is not None else None,
    )
    if not changes.fields:
        raise ValidationError("changes", "missing")
    if changes == current(customer, changes.fields):
        raise ValidationError(changes.fields[0], "same_as_now")
    return changes


def _check_name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise ValidationError("company_name", "missing")
    if len(tidy) > NAME_LIMIT:
        raise ValidationError("company_name", "too_long")
    return tidy


def _check_country(country: str) -> str:
    code = country.strip().upper()
    if code not in COUNTRIES:
        raise ValidationError("country", "unknown")
    return code


def _check_tax_id(tax_id: str) -> str:
    """Check digits of EU VAT ids; other countries' are taken as they are, an agent looks at them."""
    tidy = re.sub(r"[\s.\-]", "", tax_id).upper()
    if not tidy:
        raise ValidationError("tax_id", "missing")
    if tidy[:2] in {*EU_RATES, "EL"} and not vat.is_valid(tidy):
        raise ValidationError("tax_id", "invalid")
    if len(tidy) > 30:
        raise ValidationError("tax_id", "too_long")
    return tidy


def changed(customer: Customer, changes: ChangeSet) -> Customer:
    """The customer after the change. A new country or VAT id is unchecked until somebody checks it."""
    unchecked = changes.country is not None or changes.tax_id is not None
    return replace(
        customer,
        name=changes.company_name or customer.name,
        country=changes.country or customer.country,
        tax_id=changes.tax_id or customer.tax_id,
        tax_id_checked=customer.tax_id_checked and not unchecked,
        version=customer.version + 1,
    )


def buyer(customer: Customer) -> Party:
    """The customer as a document freezes it."""
    contact = customer.contact(customer.billing_email or "")
    return Party(
        customer.name, customer.country, customer.address, customer.tax_id, contact.name if contact else "",
        email=customer.billing_email or "", reference=customer.buyer_reference, business=customer.business,
        tax_id_checked=customer.tax_id_checked,
    )  # fmt: skip


def usual_currency(country: str) -> str:
    """What we bill in there."""
    return CURRENCIES.get(country, "EUR")
