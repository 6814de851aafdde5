"""What can go wrong at the billing core. Each error has a stable code; its text never reaches a customer.

BillingError
 ├─ NotFound            no such customer, invoice, ... (or not this customer's: the same answer)
 ├─ Ambiguous           several match; `candidates` are the sender's own
 ├─ NotEligible         this customer cannot have it; `reason` says why
 ├─ Forbidden           this actor may not do it
 ├─ InvalidState        the thing is in a state that does not allow it
 ├─ RequiresApproval    an agent must decide; `fields` says about what
 ├─ Stale               the thing changed since it was looked at
 ├─ IdempotencyConflict the same key came with other arguments: a bug of the caller
 ├─ ValidationError     a value is wrong; `field` and `problem` say which and how
 ├─ RateLimited         too many tries; `retry_after` seconds
 └─ Unavailable         the core cannot be reached; try again later
"""

from typing import ClassVar


class BillingError(Exception):
    """Anything the billing core says no with."""

    code: ClassVar[str] = "billing_error"


class NotFound(BillingError):
    """There is no such thing, or it belongs to somebody else. Ask for the number as it is printed."""

    code = "not_found"

    def __init__(self, kind: str, key: str = "") -> None:
        super().__init__(f"no such {kind}")
        self.kind = kind
        self.key = key


class Ambiguous(BillingError):
    """Several match. Ask which of the candidates is meant."""

    code = "ambiguous"

    def __init__(self, kind: str, candidates: tuple[str, ...]) -> None:
        super().__init__(f"{len(candidates)} match: which {kind}?")
        self.kind = kind
        self.candidates = candidates


class NotEligible(BillingError):
    """The customer cannot have this. `reason`: reseller, perpetual, ended, none, too_early, locked."""

    code = "not_eligible"

    def __init__(self, reason: str) -> None:
        super().__init__(f"not eligible: {reason}")
        self.reason = reason


class Forbidden(BillingError):
    """This actor may not do this."""

    code = "forbidden"

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or "forbidden")
        self.reason = reason


class InvalidState(BillingError):
    """The thing's present state does not allow what is wanted."""

    code = "invalid_state"

    def __init__(self, current: str, wanted: str) -> None:
        super().__init__(f"{wanted} is impossible while {current}")
        self.current = current
        self.wanted = wanted


class RequiresApproval(BillingError):
    """A part of this is an agent's to decide: file it with `request_change`."""

    code = "requires_approval"

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(f"needs an agent: {', '.join(fields)}")
        self.fields = fields


class Stale(BillingError):
    """The thing changed since it was looked at. Look again, then decide."""

    code = "stale"

    def __init__(self, version: int) -> None:
        super().__init__(f"it is at version {version} now")
        self.version = version


class IdempotencyConflict(BillingError):
    """This key was used for something else. Make keys of channel, message, intent and count."""

    code = "idempotency_conflict"

    def __init__(self, key: str) -> None:
        super().__init__("the key was used with other arguments")
        self.key = key


class ValidationError(BillingError):
    """A value is wrong. `problem`: missing, unknown, invalid, too_long, same_as_now."""

    code = "validation_error"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class RateLimited(BillingError):
    """Too many tries. Wait."""

    code = "rate_limited"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"wait {retry_after} s")
        self.retry_after = retry_after


class Unavailable(BillingError):
    """The billing core cannot be reached or cannot answer now. Nothing was done; it may be tried again."""

    code = "unavailable"

    def __init__(self, *, retryable: bool = True) -> None:
        super().__init__("the billing core does not answer")
        self.retryable = retryable
