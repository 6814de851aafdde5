"""Who may do what: the policy as data. A doubt or an unknown cell is a no."""

from dataclasses import dataclass

from bot.context import Verdict
from bot.intents import Intent, Risk
from bot.likeness import looks_alike
from bot.messages import Actor, Role, Trust

GO, CONFIRM, AGENT, NO = Verdict.GO, Verdict.CONFIRM, Verdict.AGENT, Verdict.NO

# (risk) -> what each trust gets, in the order T0, T1, T2, I, A. R2 has a row for recipients on file, one for others.
TRUSTS = (Trust.T0, Trust.T1, Trust.T2, Trust.INTERNAL, Trust.AGENT)
POLICY: dict[str, tuple[Verdict, ...]] = {
    Risk.R0: (GO, GO, GO, GO, GO),
    Risk.R1: (GO, GO, GO, GO, GO),  # the answer goes to the address on file, whoever asks
    Risk.R1_PLUS: (GO, GO, GO, GO, GO),
    "R2 on file": (CONFIRM, GO, GO, GO, GO),
    "R2 elsewhere": (CONFIRM, CONFIRM, CONFIRM, AGENT, CONFIRM),
    "R2 look-alike": (AGENT, AGENT, AGENT, AGENT, CONFIRM),  # a yes is quickly given to an address that looks right
    Risk.R3A: (CONFIRM, GO, GO, NO, GO),
    Risk.R3: (CONFIRM, CONFIRM, CONFIRM, NO, CONFIRM),
    Risk.R4: (AGENT, AGENT, AGENT, NO, AGENT),
}


@dataclass(frozen=True)
class Recipients:
    """The addresses that a customer has on file, case-folded, and the domains that are its own."""

    on_file: frozenset[str]
    domains: frozenset[str] = frozenset()

    def all_on_file(self, recipients: tuple[str, ...]) -> bool:
        """Whether every recipient is on file."""
        return all(recipient.casefold() in self.on_file for recipient in recipients)

    def alike(self, recipients: tuple[str, ...]) -> tuple[str, ...]:
        """The recipients whose domain the eye may take for one of the customer's own."""
        others = (one for one in recipients if one.casefold() not in self.on_file)
        return tuple(
            one for one in others if any(looks_alike(one.rpartition("@")[2], domain) for domain in self.domains)
        )


def may_ask(intent: Intent, risk: Risk, actor: Actor) -> bool:
    """Whether this person may ask for this at all, whatever comes of it."""
    if actor.trust is Trust.FAILED:
        return False
    if actor.role in (Role.OWNER, Role.BILLING, Role.TEAM):
        return True
    if intent.for_anyone or risk is Risk.R0:
        return True
    return actor.role is Role.TECHNICAL and intent.technical


def before_deed(risk: Risk, actor: Actor, recipients: tuple[str, ...], file: Recipients) -> Verdict:
    """What the policy says to a deed of this risk for these recipients (none: nobody but the address on file)."""
    row: str = risk
    if risk in (Risk.R1, Risk.R2) and recipients:
        row = "R2 on file" if file.all_on_file(recipients) else "R2 elsewhere"
        if risk is Risk.R1:
            row = Risk.R1 if file.all_on_file(recipients) else row
        if file.alike(recipients):
            row = "R2 look-alike"
    if row not in POLICY or actor.trust not in TRUSTS:
        return Verdict.NO
    return POLICY[row][TRUSTS.index(actor.trust)]
