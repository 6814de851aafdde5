"""The slot types: what a request can carry. Normal forms are those of `docs/reference/slots.md`."""

import calendar
from datetime import date
from typing import NewType

InvoiceNumber = NewType("InvoiceNumber", str)  # upper case, no blanks: "RE-2026-000123", "123"
EmailAddress = NewType("EmailAddress", str)  # domain in lower case
SubscriptionNumber = NewType("SubscriptionNumber", str)  # like an invoice number
CompanyName = NewType("CompanyName", str)  # as written
Which = NewType("Which", str)  # latest, open, overdue, paid, all
Period = NewType("Period", str)  # "2026", "2026-03", "2026-Q1"
# remote-access, business, premium, corporate, tensor, assist-ar, remote-management; or a name of the seller's
Plan = NewType("Plan", str)
PaymentMethod = NewType("PaymentMethod", str)  # card, sepa, paypal, transfer
PostalAddress = NewType("PostalAddress", str)  # parts joined by ", " in the order written
Country = NewType("Country", str)  # ISO 3166-1 alpha-2
TaxId = NewType("TaxId", str)  # upper case, no blanks or dots; hyphens stay
LanguageCode = NewType("LanguageCode", str)  # de, fr, en
PersonName = NewType("PersonName", str)  # as written
PhoneNumber = NewType("PhoneNumber", str)  # as written
Reference = NewType("Reference", str)  # of an earlier request, like an invoice number


def bounds(period: str) -> tuple[date | None, date | None]:
    """First and last day of a period: "2026", "2026-Q1" or "2026-03"; None twice for ""."""
    year, _, part = period.partition("-")
    if not year:
        return None, None
    if part.startswith("Q"):
        first, last = int(part[1:]) * 3 - 2, int(part[1:]) * 3
    else:
        first, last = (int(part), int(part)) if part else (1, 12)
    return date(int(year), first, 1), date(int(year), last, calendar.monthrange(int(year), last)[1])
