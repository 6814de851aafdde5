"""What a handler is given: facts to look at, and the deeds it may ask for. The gate stands inside the deeds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import billing
from bot.messages import Actor, DocumentRef, Language
from bot.outcomes import Outcome, Question, Waiting


class Verdict(StrEnum):
    """What the policy says to a deed."""

    GO = "go"
    CONFIRM = "confirm"  # a yes from the address on file, bound to exactly these parameters
    AGENT = "agent"  # an agent decides
    NO = "no"


@dataclass(frozen=True)
class Grant:
    """A yes that was given before this run: the asker's to the question, or an agent's."""

    confirmed: bool = False
    agent: str = ""  # Slack user id of the agent who approved
    change_request: str = ""  # the filed change that the agent saw
    version: int = 0  # of the customer's record, as the agent saw it


class Stop(Exception):
    """A deed needs a yes first: unwinds the handler; the request is parked with this outcome."""

    def __init__(self, outcome: Outcome, *, for_agent: bool, change: billing.ChangeRequest | None = None) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome, self.for_agent, self.change = outcome, for_agent, change


class NotPermitted(Exception):
    """The policy says no to a deed."""


@dataclass(frozen=True)
class Delivery:
    """A letter to somebody else than the asker, with documents."""

    recipient: str
    outcome: Outcome


@dataclass(frozen=True)
class Promise:
    """Word that will be sent when background work is ready."""

    subject: str  # "quote:<id>"
    recipients: tuple[str, ...]  # empty: the asker


@dataclass
class Act:
    """The deeds. Each asks the gate first; the first that needs a yes stops the handler.

    Billing writes run in the message's own transaction; deliveries and promises become rows in it.
    """

    core: billing.BillingCore
    customer_id: str
    by: billing.Actor
    key: str  # idempotency key of this request; deeds number themselves behind it
    gate: Callable[[tuple[str, ...]], Verdict]
    grant: Grant = field(default_factory=Grant)
    deliveries: list[Delivery] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    _count: int = 0

    def post(self, letter: Outcome, *, to: tuple[str, ...], question: Question | None = None) -> None:
        """Send a letter with its documents to each recipient. `question` is asked where policy wants a yes."""
        self._pass(to, question)
        self.deliveries += [Delivery(recipient, letter) for recipient in to]

    def activate_portal(self, invoice: str) -> billing.Activation:
        """Send the set-up link to the address on file; see `BillingCore.activate_portal` for the errors."""
        self._pass((), None)
        return self.core.activate_portal(self.customer_id, invoice, actor=self.by, idem=self._idem())

    def request_renewal_quote(
        self, subscription: str | None, *, to: tuple[str, ...] = (), question: Question | None = None
    ) -> billing.Quote:
        """Ask for the renewal quote and promise to push it when ready; the current one is returned as it is."""
        self._pass(to, question)
        quote = self.core.request_renewal_quote(self.customer_id, subscription, actor=self.by, idem=self._idem())
        if quote.state in ("queued", "generating"):
            self.promises.append(Promise(f"quote:{quote.id}", to))
        return quote

    def change(self, changes: billing.ChangeSet, *, waiting: Waiting) -> billing.ChangeRequest:
        """Change name, country or VAT id. Without an agent's yes the change is filed and the handler stops."""
        if self.gate(()) is Verdict.NO:
            raise NotPermitted
        if self.grant.agent:
            return self.core.apply_change(
                self.grant.change_request, expected_version=self.grant.version, actor=self.by, idem=self._idem()
            )
        filed = self.core.request_change(self.customer_id, changes, actor=self.by, idem=self._idem())
        raise Stop(waiting, for_agent=True, change=filed)

    def _pass(self, recipients: tuple[str, ...], question: Question | None) -> None:
        verdict = self.gate(recipients)
        if verdict is Verdict.GO or (verdict is Verdict.CONFIRM and self.grant.confirmed):
            return
        if verdict is Verdict.AGENT and self.grant.agent:
            return
        if question is not None and verdict in (Verdict.CONFIRM, Verdict.AGENT):
            raise Stop(question, for_agent=verdict is Verdict.AGENT)
        raise NotPermitted  # a doubt is a no

    def _idem(self) -> str:
        self._count += 1
        return f"{self.key}:{self._count}"


@dataclass(frozen=True)
class Context:
    """What a handler sees: the customer, the facts, the deeds. No session, no channel, no language to choose."""

    customer: billing.Customer
    billing: billing.Lookup
    act: Act
    actor: Actor
    file_address: str  # where documents go unless the asker names somebody: an address on file
    today: date
    case: str
    language: Language


@dataclass(frozen=True)
class Nobody:
    """What a handler for anyone sees of a sender who belongs to no customer."""

    actor: Actor
    case: str
    language: Language


__all__ = [
    "Act", "Context", "Delivery", "DocumentRef", "Grant", "Nobody", "NotPermitted", "Promise", "Stop", "Verdict",
]  # fmt: skip
