"""The slot types: what a request can carry. Normal forms are those of `docs/reference/slots.md`."""

from typing import NewType

InvoiceNumber = NewType("InvoiceNumber", str)  # upper case, no blanks: "RE-2026-000123", "123"
EmailAddress = NewType("EmailAddress", str)  # domain in lower case
SubscriptionNumber = NewType("SubscriptionNumber", str)  # like an invoice number
CompanyName = NewType("CompanyName", str)  # as written
Which = NewType("Which", str)  # latest, open, overdue, paid, all
Period = NewType("Period", str)  # "2026", "2026-03", "2026-Q1"
