"""What a handler is given: facts to look at, and the deeds it may ask for. The gate stands inside the deeds."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extract

import billing
from billing import Invoice
from bot.messages import Actor, Attachment, DocumentRef, Language, Written
from bot.outcomes import Earlier, Outcome, Question, Waiting, WithPerson

Filed = billing.ChangeRequest | billing.Proof | billing.Dispute  # what lies with our agents until one decides


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
    shown: str = ""  # `fingerprint` of the question that the asker said yes to
    agent: str = ""  # Slack user id of the agent who approved
    filed: tuple[str, ...] = ()  # ids of what was filed at the core and the agent saw
    version: int = 0  # of the customer's record, as the agent saw it


def fingerprint(question: Outcome) -> str:
    """The same for the same facts only: a yes to one offer is no yes to another."""
    return hashlib.sha256(repr(question).encode()).hexdigest()


class Stop(Exception):
    """A deed needs a yes first: unwinds the handler; the request is parked with this outcome."""

    def __init__(self, outcome: Outcome, *, for_agent: bool, filed: tuple[Filed, ...] = ()) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome, self.for_agent, self.filed = outcome, for_agent, filed


class Several(Exception):
    """What was named fits several of the customer's own."""

    def __init__(self, asked: str, candidates: tuple[str, ...]) -> None:
        super().__init__(asked)
        self.asked, self.candidates = asked, candidates


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
    Deeds that an agent decides file the request, stop with `waiting`, and run again after the agent's yes: then they
    carry out what was filed. Errors are those of the method of `billing.BillingCore` that has the same name.
    """

    core: billing.BillingCore
    customer_id: str
    by: billing.Actor
    key: str  # idempotency key of this request; deeds number themselves behind it
    gate: Callable[[tuple[str, ...]], Verdict]
    grant: Grant = field(default_factory=Grant)
    deliveries: list[Delivery] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    _count: int = 0

    # Words to people

    def post(self, letter: Outcome, *, to: tuple[str, ...], question: Question | None = None) -> None:
        """Send a letter with its documents to each recipient. `question` is asked where policy wants a yes."""
        self._pass(to, question)
        self.deliveries += [Delivery(recipient, letter) for recipient in to]

    def call_person(self, reason: str) -> None:
        """Ask our agents to take over; `reason` is a key of the words `why`. Needs no permission."""
        self.calls.append(reason)

    # Deeds that the asker's own yes is enough for, where policy wants one at all

    def activate_portal(self, invoice: str) -> billing.Activation:
        """Send the set-up link to the address on file."""
        self._pass((), None)
        return self.core.activate_portal(self.customer_id, invoice, actor=self.by, idem=self._idem())

    def resend_setup(self) -> billing.Activation:
        """Make a new set-up link for the address on file."""
        self._pass((), None)
        return self.core.resend_setup(self.customer_id, actor=self.by, idem=self._idem())

    def request_renewal_quote(
        self, subscription: str | None, *, to: tuple[str, ...] = (), question: Question | None = None
    ) -> billing.Quote:
        """Ask for the renewal quote and promise to push it when ready; the current one is returned as it is."""
        self._pass(to, question)
        quote = self.core.request_renewal_quote(self.customer_id, subscription, actor=self.by, idem=self._idem())
        if quote.state in ("queued", "generating"):
            self.promises.append(Promise(f"quote:{quote.id}", to))
        return quote

    def update_billing_address(
        self,
        address: billing.Address,
        *,
        company_name: str | None = None,
        country: str | None = None,
        expected_version: int,
        question: Question | None,
    ) -> billing.Customer:
        """Change where invoices go from now on, after the asker's yes to the read-back; None: an agent said yes."""
        self._pass((), question)
        return self.core.update_billing_address(
            self.customer_id, address, company_name=company_name, country=country,
            expected_version=expected_version, actor=self.by, idem=self._idem(),
        )  # fmt: skip

    def update_profile(
        self,
        email: str,
        *,
        name: str | None = None,
        phone: str | None = None,
        language: str | None = None,
        expected_version: int,
        question: Question,
    ) -> billing.Customer:
        """Change how the contact of this address is called, reached and written to."""
        self._pass((), question)
        return self.core.update_profile(
            self.customer_id, email, name=name, phone=phone, language=language,
            expected_version=expected_version, actor=self.by, idem=self._idem(),
        )  # fmt: skip

    def report_iban(self, written: str) -> billing.IbanAnswer:
        """Say whether an account is ours; our agents hear of one that is not."""
        self._pass((), None)
        return self.core.report_iban(self.customer_id, written, actor=self.by, idem=self._idem())

    # Deeds that an agent decides

    def change(self, changes: billing.ChangeSet, *, waiting: Waiting) -> billing.ChangeRequest:
        """Change name, country or VAT id."""
        if done := self._approved():
            return done
        filed = self.core.request_change(self.customer_id, changes, actor=self.by, idem=self._idem())
        raise Stop(waiting, for_agent=True, filed=(filed,))

    def cancel_subscription(self, subscription: str, received: datetime, *, waiting: Waiting) -> billing.ChangeRequest:
        """Cancel as of when the cancellation was received."""
        if done := self._approved():
            return done
        filed = self.core.request_cancellation(
            self.customer_id, subscription, received, actor=self.by, idem=self._idem()
        )
        raise Stop(waiting, for_agent=True, filed=(filed,))

    def order_upgrade(self, offer_id: str, *, question: Question, waiting: Waiting) -> billing.ChangeRequest:
        """Order the offer that `question` shows: the asker says yes to exactly this one, then an agent decides."""
        if done := self._approved():
            return done
        if not self.grant.confirmed or self.grant.shown != fingerprint(question):
            raise Stop(question, for_agent=False)
        filed = self.core.order_upgrade(self.customer_id, offer_id, actor=self.by, idem=self._idem())
        raise Stop(waiting, for_agent=True, filed=(filed,))

    def submit_payment_proof(
        self, proofs: tuple[tuple[str, billing.ProofFile], ...], *, waiting: Waiting
    ) -> tuple[billing.Proof, ...]:
        """Hand in files that prove payments, as (invoice number, file); an agent accepts them."""
        self._must_not_be(Verdict.NO)
        if self.grant.agent:
            return tuple(
                self.core.decide_proof(proof, True, actor=self.by, idem=self._idem()) for proof in self.grant.filed
            )
        filed = tuple(
            self.core.submit_payment_proof(self.customer_id, number, file, actor=self.by, idem=self._idem())
            for number, file in proofs
        )
        raise Stop(waiting, for_agent=True, filed=filed)

    def open_dispute(self, invoices: tuple[str, ...], reason: str, *, waiting: Waiting) -> tuple[billing.Dispute, ...]:
        """Contest invoices; an agent upholds it. Money moves by other deeds."""
        self._must_not_be(Verdict.NO)
        if self.grant.agent:
            return tuple(
                self.core.decide_dispute(one, True, "upheld", actor=self.by, idem=self._idem())
                for one in self.grant.filed
            )
        filed = tuple(
            self.core.open_dispute(self.customer_id, number, reason, actor=self.by, idem=self._idem())
            for number in invoices
        )
        raise Stop(waiting, for_agent=True, filed=filed)

    # The gate

    def _approved(self) -> billing.ChangeRequest | None:
        """What an agent approved, carried out; None where nobody has decided yet."""
        self._must_not_be(Verdict.NO)
        if not self.grant.agent:
            return None
        (filed,) = self.grant.filed
        return self.core.apply_change(filed, expected_version=self.grant.version, actor=self.by, idem=self._idem())

    def _must_not_be(self, verdict: Verdict) -> None:
        if self.gate(()) is verdict:
            raise NotPermitted

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


def refuse(core: billing.BillingCore, filed: str, reason: str, *, by: billing.Actor, idem: str) -> None:
    """An agent's no to what was filed: a change, a proof or a dispute, told apart by its id."""
    if filed.startswith("CR"):
        core.reject_change(filed, reason=reason, actor=by, idem=idem)
    elif filed.startswith("P"):
        core.decide_proof(filed, False, reason, actor=by, idem=idem)
    else:
        core.decide_dispute(filed, False, reason, actor=by, idem=idem)


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
    written: Written = field(default_factory=Written)
    earlier: Callable[[], tuple[Earlier, ...]] = tuple  # what agents had or have to decide here, newest first
    with_person: Callable[[], tuple[WithPerson, ...]] = tuple  # what the asker wrote and our people have, newest first
    tries: Callable[[], int] = lambda: 0  # how often this sender asked for the same within a day, before this message

    def invoice(self, number: str) -> Invoice | None:
        """The customer's invoice, however its number is written; None for any other. Raises Several."""
        try:
            return self.billing.invoice(number, of=self.customer.id)
        except billing.Ambiguous as several:
            raise Several(number, several.candidates) from several

    def issued(self, number: str) -> Invoice | None:
        """The same without drafts: they have no number of their own yet, so for the customer they do not exist."""
        invoice = self.invoice(number)
        return None if invoice and invoice.state == billing.InvoiceState.DRAFT else invoice

    def similar(self, typed: tuple[str, ...]) -> tuple[str, ...]:
        """The customer's own invoice numbers that look like what was typed, three at most. Never another's."""
        own = [invoice.number for invoice in self.billing.invoices(self.customer.id)]
        near = (found for one in typed for found, _, _ in extract(one, own, scorer=ratio, limit=3, score_cutoff=80))
        return tuple(dict.fromkeys(near))[:3]


@dataclass(frozen=True)
class Nobody:
    """What a handler for anyone sees of a sender who belongs to no customer."""

    actor: Actor
    case: str
    language: Language
    written: Written = field(default_factory=Written)
    calls: list[str] = field(default_factory=list)

    def call_person(self, reason: str) -> None:
        """Ask our agents to take over; `reason` is a key of the words `why`."""
        self.calls.append(reason)


__all__ = [
    "Act", "Attachment", "Context", "Delivery", "DocumentRef", "Filed", "Grant", "Nobody", "NotPermitted", "Promise",
    "Several", "Stop", "Verdict", "Written", "fingerprint", "refuse",
]  # fmt: skip
