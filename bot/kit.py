"""Everything a handler imports, in one place."""

from bot.context import Context, Nobody
from bot.intents import Risk, intent
from bot.messages import DocumentRef
from bot.outcomes import Done, Outcome, Question, Refused, Waiting
from bot.slots import CompanyName, EmailAddress, InvoiceNumber, Period, SubscriptionNumber, Which

__all__ = [
    "CompanyName", "Context", "DocumentRef", "Done", "EmailAddress", "InvoiceNumber", "Nobody", "Outcome", "Period",
    "Question", "Refused", "Risk", "SubscriptionNumber", "Waiting", "Which", "intent",
]  # fmt: skip
