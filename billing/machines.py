"""What may follow what: every life in the billing core as a table of (state, event) -> state.

A pair that is not in the table is impossible: `step` raises InvalidState with the state that stands in the way.
What is derived (payment, overdue, an expired quote) is never stored; `PAYMENT` only says how it moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from billing.errors import InvalidState
from billing.matters import DisputeState, ProofState
from billing.values import (
    ChangeState,
    Collection,
    InvoiceState,
    Licence,
    Payment,
    Portal,
    QuoteState,
    SubscriptionState,
)

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True)
class Machine(Generic[S]):
    """One life. `step` is the only way from a state to the next."""

    name: str
    start: S
    table: Mapping[tuple[S, str], S]

    def step(self, state: S, event: str) -> S:
        """The state after the event. Raises InvalidState if it cannot happen now."""
        if (state, event) not in self.table:
            raise InvalidState(state, event)
        return self.table[state, event]

    def may(self, state: S, event: str) -> bool:
        """Whether the event can happen now."""
        return (state, event) in self.table

    @property
    def events(self) -> frozenset[str]:
        """All that can ever happen."""
        return frozenset(event for _, event in self.table)


_I, _P, _C, _L, _S = InvoiceState, Payment, Collection, Licence, SubscriptionState

INVOICE = Machine(
    "invoice",
    _I.DRAFT,
    {
        (_I.DRAFT, "finalise"): _I.FINALISED,
        (_I.DRAFT, "delete"): _I.DELETED,
        (_I.FINALISED, "void"): _I.VOID,
        (_I.FINALISED, "credit"): _I.CORRECTED,
        (_I.CORRECTED, "credit"): _I.CORRECTED,
    },
)

# Derived from amounts. "settle": paid or credited to the cent; "exceed": more than that; "return": money went back.
PAYMENT = Machine(
    "payment",
    _P.OPEN,
    {
        (_P.OPEN, "part"): _P.PARTLY_PAID,
        (_P.OPEN, "settle"): _P.PAID,
        (_P.OPEN, "exceed"): _P.OVERPAID,
        (_P.PARTLY_PAID, "part"): _P.PARTLY_PAID,
        (_P.PARTLY_PAID, "settle"): _P.PAID,
        (_P.PARTLY_PAID, "exceed"): _P.OVERPAID,
        (_P.PAID, "exceed"): _P.OVERPAID,
        (_P.OVERPAID, "exceed"): _P.OVERPAID,
        (_P.OVERPAID, "return_part"): _P.OVERPAID,
        (_P.OVERPAID, "return_all"): _P.PAID,
    },
)

COLLECTION = Machine(
    "collection",
    _C.NONE,
    {
        (_C.NONE, "remind"): _C.REMINDER1,
        (_C.REMINDER1, "remind"): _C.REMINDER2,
        (_C.REMINDER2, "remind"): _C.FINAL,
        (_C.FINAL, "remind"): _C.EXHAUSTED,
        **{(state, "pay"): _C.NONE for state in _C},
    },
)

LICENCE = Machine(
    "licence",
    _L.ACTIVE,
    {
        (_L.ACTIVE, "default"): _L.INACTIVE,
        (_L.ACTIVE, "end"): _L.INACTIVE,
        (_L.ACTIVE, "fraud"): _L.INACTIVE,
        (_L.INACTIVE, "accept_proof"): _L.PROVISIONAL,
        (_L.INACTIVE, "pay"): _L.ACTIVE,
        (_L.INACTIVE, "clear"): _L.ACTIVE,
        (_L.PROVISIONAL, "accept_proof"): _L.PROVISIONAL,
        (_L.PROVISIONAL, "pay"): _L.ACTIVE,
        (_L.PROVISIONAL, "lapse"): _L.INACTIVE,
        (_L.PROVISIONAL, "end"): _L.INACTIVE,
        (_L.PROVISIONAL, "fraud"): _L.INACTIVE,
    },
)

SUBSCRIPTION = Machine(
    "subscription",
    _S.SCHEDULED,
    {
        (_S.SCHEDULED, "start"): _S.ACTIVE,
        (_S.SCHEDULED, "end"): _S.ENDED,
        (_S.ACTIVE, "renew"): _S.ACTIVE,
        (_S.ACTIVE, "change_plan"): _S.ACTIVE,
        (_S.ACTIVE, "cancel"): _S.NON_RENEWING,
        (_S.ACTIVE, "end"): _S.ENDED,
        (_S.NON_RENEWING, "reinstate"): _S.ACTIVE,
        (_S.NON_RENEWING, "renew"): _S.NON_RENEWING,  # cancelled too late: one more term, then it ends
        (_S.NON_RENEWING, "end"): _S.ENDED,
    },
)

QUOTE = Machine(
    "quote",
    QuoteState.QUEUED,
    {
        (QuoteState.QUEUED, "generate"): QuoteState.GENERATING,
        (QuoteState.GENERATING, "finish"): QuoteState.READY,
        (QuoteState.GENERATING, "fail"): QuoteState.FAILED,
        (QuoteState.FAILED, "retry"): QuoteState.QUEUED,
        (QuoteState.READY, "accept"): QuoteState.ACCEPTED,
        (QuoteState.READY, "supersede"): QuoteState.SUPERSEDED,
        (QuoteState.READY, "withdraw"): QuoteState.WITHDRAWN,
    },
)

CHANGE = Machine(
    "change",
    ChangeState.OPEN,
    {
        (ChangeState.OPEN, "approve"): ChangeState.APPROVED,
        (ChangeState.OPEN, "reject"): ChangeState.REJECTED,
        (ChangeState.OPEN, "expire"): ChangeState.EXPIRED,
        (ChangeState.OPEN, "supersede"): ChangeState.SUPERSEDED,
    },
)

PROOF = Machine(
    "proof",
    ProofState.RECEIVED,
    {
        (ProofState.RECEIVED, "accept"): ProofState.ACCEPTED,
        (ProofState.RECEIVED, "reject"): ProofState.REJECTED,
    },
)

DISPUTE = Machine(
    "dispute",
    DisputeState.OPEN,
    {
        (DisputeState.OPEN, "uphold"): DisputeState.UPHELD,
        (DisputeState.OPEN, "reject"): DisputeState.REJECTED,
        (DisputeState.OPEN, "withdraw"): DisputeState.WITHDRAWN,
    },
)

PORTAL = Machine(
    "portal",
    Portal.NONE,
    {
        (Portal.NONE, "invite"): Portal.INVITED,
        (Portal.INVITED, "invite"): Portal.INVITED,
        (Portal.INVITED, "finish"): Portal.ACTIVE,
        (Portal.INVITED, "lock"): Portal.LOCKED,
        (Portal.ACTIVE, "lock"): Portal.LOCKED,
        (Portal.LOCKED, "unlock"): Portal.ACTIVE,
    },
)

MACHINES: tuple[Machine[StrEnum], ...] = (  # type: ignore[assignment]  # each of its own states
    INVOICE, PAYMENT, COLLECTION, LICENCE, SUBSCRIPTION, QUOTE, CHANGE, PROOF, DISPUTE, PORTAL,
)  # fmt: skip
