"""Everything a handler imports, in one place."""

from bot.context import Context, Nobody, Several
from bot.intents import MissingSlots, Risk, intent
from bot.messages import Attachment, DocumentRef, Role, Trust
from bot.outcomes import Done, Earlier, Item, Outcome, Question, Refused, Sheet, Waiting, Word
from bot.slots import (
    CompanyName,
    Country,
    EmailAddress,
    InvoiceNumber,
    LanguageCode,
    PaymentMethod,
    Period,
    PersonName,
    PhoneNumber,
    Plan,
    PostalAddress,
    Reference,
    SubscriptionNumber,
    TaxId,
    Which,
    bounds,
)

__all__ = [
    "Attachment", "CompanyName", "Context", "Country", "DocumentRef", "Done", "Earlier", "EmailAddress",
    "InvoiceNumber", "Item", "LanguageCode", "MissingSlots", "Nobody", "Outcome", "PaymentMethod", "Period",
    "PersonName", "PhoneNumber", "Plan", "PostalAddress", "Question", "Reference", "Refused", "Risk", "Role",
    "Several", "Sheet", "SubscriptionNumber", "TaxId", "Trust", "Waiting", "Which", "Word", "bounds", "intent",
]  # fmt: skip
