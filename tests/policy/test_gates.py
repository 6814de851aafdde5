"""Every cell of the policy table, written out as DESIGN says it, not as the code has it."""

import pytest

from bot import gates
from bot.context import Verdict
from bot.gates import Recipients, before_deed, may_ask
from bot.intents import Intent, Risk
from bot.messages import Actor, Role, Trust

FILE = Recipients(frozenset({"billing@kunde.example"}), frozenset({"kunde.example"}))
ON_FILE, ELSEWHERE, ALIKE = ("Billing@kunde.example",), ("x@fremd.example",), ("billing@kumde.example",)
OWN_DOMAIN = ("Someone@kunde.example",)
GO, ASK, AGENT, NO = Verdict.GO, Verdict.CONFIRM, Verdict.AGENT, Verdict.NO

CELLS = [
    # risk,      recipients, T0,    T1,    T2,    I,     A
    (Risk.R0, (), GO, GO, GO, GO, GO),
    (Risk.R1, (), GO, GO, GO, GO, GO),
    (Risk.R1, ON_FILE, GO, GO, GO, GO, GO),
    (Risk.R1, ELSEWHERE, ASK, ASK, ASK, AGENT, ASK),
    (Risk.R1_PLUS, (), GO, GO, GO, GO, GO),
    (Risk.R2, ON_FILE, ASK, GO, GO, GO, GO),
    (Risk.R2, ELSEWHERE, ASK, ASK, ASK, AGENT, ASK),
    (Risk.R2, ON_FILE + ELSEWHERE, ASK, ASK, ASK, AGENT, ASK),
    (Risk.R2, OWN_DOMAIN, ASK, ASK, ASK, AGENT, ASK),
    (Risk.R2, ALIKE, AGENT, AGENT, AGENT, AGENT, ASK),
    (Risk.R2, ON_FILE + ALIKE, AGENT, AGENT, AGENT, AGENT, ASK),
    (Risk.R1, ALIKE, AGENT, AGENT, AGENT, AGENT, ASK),
    (Risk.R3A, (), ASK, GO, GO, NO, GO),
    (Risk.R3, (), ASK, ASK, ASK, NO, ASK),
    (Risk.R4, (), AGENT, AGENT, AGENT, NO, AGENT),
]
TRUSTS = (Trust.T0, Trust.T1, Trust.T2, Trust.INTERNAL, Trust.AGENT)


@pytest.mark.parametrize(
    ("risk", "recipients", "trust", "expected"),
    [
        (risk, recipients, trust, verdict)
        for risk, recipients, *verdicts in CELLS
        for trust, verdict in zip(TRUSTS, verdicts, strict=True)
    ],
    ids=str,
)
def test_each_cell_says_what_the_design_says(
    risk: Risk, recipients: tuple[str, ...], trust: Trust, expected: Verdict
) -> None:
    assert before_deed(risk, _actor(Role.BILLING, trust), recipients, FILE) is expected


@pytest.mark.parametrize("risk", list(Risk))
def test_a_sender_who_failed_authentication_gets_nothing(risk: Risk) -> None:
    assert before_deed(risk, _actor(Role.OWNER, Trust.FAILED), (), FILE) is Verdict.NO
    assert not may_ask(_intent(for_anyone=True), risk, _actor(Role.OWNER, Trust.FAILED))


def test_an_unknown_risk_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "POLICY", {row: told for row, told in gates.POLICY.items() if row != Risk.R1})
    assert before_deed(Risk.R1, _actor(Role.OWNER, Trust.T1), (), FILE) is Verdict.NO


ROLES = [
    # role,          R0,   R1,    R1 open to technical contacts, R1 for anyone
    (Role.OWNER, True, True, True, True),
    (Role.BILLING, True, True, True, True),
    (Role.TEAM, True, True, True, True),
    (Role.TECHNICAL, True, False, True, True),
    (Role.COLLEAGUE, True, False, False, True),
    (Role.STRANGER, True, False, False, True),
]


@pytest.mark.parametrize(("role", "r0", "r1", "technical", "anyone"), ROLES, ids=str)
def test_each_role_may_ask_what_is_its(role: Role, r0: bool, r1: bool, technical: bool, anyone: bool) -> None:
    actor = _actor(role, Trust.T1)
    assert may_ask(_intent(), Risk.R0, actor) is r0
    assert may_ask(_intent(), Risk.R1, actor) is r1
    assert may_ask(_intent(technical=True), Risk.R1, actor) is technical
    assert may_ask(_intent(for_anyone=True), Risk.R1, actor) is anyone


def _actor(role: Role, trust: Trust) -> Actor:
    return Actor("a@kunde.example", role, trust, customer_id="C-1")


def _intent(*, technical: bool = False, for_anyone: bool = False) -> Intent:
    return Intent("x", object, lambda _: Risk.R1, {}, lambda *_: None, (), for_anyone=for_anyone, technical=technical)
