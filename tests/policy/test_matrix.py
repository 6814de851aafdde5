"""The policy, cell by cell: every risk and kind of recipient, every role, every trust, as DESIGN section 5 says it.

The table below was written from the text of the design, not from the code: a change of either shows here.
"""

import pytest

from bot import gates, intents
from bot.context import Verdict
from bot.gates import Recipients, before_deed, may_ask
from bot.intents import Intent, Risk
from bot.messages import Actor, Role, Trust

GO, ASK, AGENT, NO = "g", "q", "a", "-"  # at once; after a yes from the address on file; an agent decides; refused
SAYS = {Verdict.GO: GO, Verdict.CONFIRM: ASK, Verdict.AGENT: AGENT, Verdict.NO: NO}

# A word a role; its letters are what a sender gets whose authentication failed, at T0, at T1 and at T2.
# Our own people have no such steps: a colleague of the team is I, an agent is A.
TABLE = """
risk  recipients     owner  billing  technical  colleague  stranger   I  A
R0    nobody         -ggg   -ggg     -ggg       -ggg       -ggg       g  g
R1    nobody         -ggg   -ggg     ----       ----       ----       g  g
R1    on_file        -ggg   -ggg     ----       ----       ----       g  g
R1    elsewhere      -qqq   -qqq     ----       ----       ----       a  q
R1    look_alike     -aaa   -aaa     ----       ----       ----       a  q
R1+   nobody         -ggg   -ggg     ----       ----       ----       g  g
R2    on_file        -qgg   -qgg     ----       ----       ----       g  g
R2    own_domain     -qqq   -qqq     ----       ----       ----       a  q
R2    elsewhere      -qqq   -qqq     ----       ----       ----       a  q
R2    file_and_else  -qqq   -qqq     ----       ----       ----       a  q
R2    look_alike     -aaa   -aaa     ----       ----       ----       a  q
R2    file_and_like  -aaa   -aaa     ----       ----       ----       a  q
R3a   nobody         -qgg   -qgg     ----       ----       ----       -  g
R3    nobody         -qqq   -qqq     ----       ----       ----       -  q
R4    nobody         -aaa   -aaa     ----       ----       ----       -  a
"""
# What is open to technical contacts too, whatever its risk (R0 is, anyway).
TECHNICAL = """
R1    nobody         -ggg   -ggg     -ggg       ----       ----       g  g
R3a   nobody         -qgg   -qgg     -qgg       ----       ----       -  g
"""
FOR_ANYONE = """
R0    nobody         -ggg   -ggg     -ggg       -ggg       -ggg       g  g
R1    nobody         -ggg   -ggg     -ggg       -ggg       -ggg       g  g
"""
OPEN_TO_TECHNICAL = {"activate_portal", "portal_access", "request_status", "contact_support", "update_profile"}

FILE = Recipients(frozenset({"billing@kunde.example", "archiv@ablage.example"}), frozenset({"kunde.example"}))
NAMED = {
    "nobody": (), "on_file": ("Billing@kunde.example", "archiv@ablage.example"), "own_domain": ("neu@kunde.example",),
    "elsewhere": ("x@fremd.example",), "look_alike": ("billing@kumde.example",),
    "file_and_else": ("billing@kunde.example", "x@fremd.example"),
    "file_and_like": ("billing@kunde.example", "x@fremd.example", "billing@kumde.example"),
}  # fmt: skip
ROLES = (Role.OWNER, Role.BILLING, Role.TECHNICAL, Role.COLLEAGUE, Role.STRANGER)
STEPS = (Trust.FAILED, Trust.T0, Trust.T1, Trust.T2)


def cells(table: str) -> list[tuple[Risk, str, Role, Trust, str]]:
    """A table as (risk, recipients, role, trust, what is said)."""
    found = []
    for line in table.strip().splitlines():
        risk, recipients, *words = line.split()
        if risk == "risk":
            continue
        for role, letters in zip(ROLES, words[:5], strict=True):
            found += [(Risk(risk), recipients, role, *cell) for cell in zip(STEPS, letters, strict=True)]
        for trust, letter in zip((Trust.INTERNAL, Trust.AGENT), words[5:], strict=True):
            found.append((Risk(risk), recipients, Role.TEAM, trust, letter))
    return found


def said(risk: Risk, recipients: str, role: Role, trust: Trust, **open_to: bool) -> str:
    """What the policy says to a request and its deed together, as the road asks it."""
    actor = Actor("a@kunde.example", role, trust, customer_id="C-1")
    if not may_ask(_intent(**open_to), risk, actor):
        return NO
    return SAYS[before_deed(risk, actor, NAMED[recipients], FILE)]


CELLS = cells(TABLE)


def test_no_cell_is_missing() -> None:
    named = {(risk, role, trust) for risk, _, role, trust, _ in CELLS}
    people = [(role, trust) for role in ROLES for trust in STEPS]
    ours = [(Role.TEAM, Trust.INTERNAL), (Role.TEAM, Trust.AGENT)]
    assert named == {(risk, *who) for risk in Risk for who in (*people, *ours)}
    assert {recipients for risk, recipients, *_ in CELLS if risk is Risk.R2} == NAMED.keys() - {"nobody"}
    assert set(ROLES) | {Role.TEAM} == set(Role) and {*STEPS, Trust.INTERNAL, Trust.AGENT} == set(Trust)


@pytest.mark.parametrize(("risk", "recipients"), dict.fromkeys(cell[:2] for cell in CELLS))
def test_each_cell_says_what_the_design_says(risk: Risk, recipients: str) -> None:
    row = [cell for cell in CELLS if cell[:2] == (risk, recipients)]
    assert [said(*cell[:4]) for cell in row] == [expected for *_, expected in row]


@pytest.mark.parametrize(("table", "open_to"), [(TECHNICAL, "technical"), (FOR_ANYONE, "for_anyone")])
def test_what_is_open_to_more_people_is_open_to_them_only(table: str, open_to: str) -> None:
    row = cells(table)
    assert [said(*cell[:4], **{open_to: True}) for cell in row] == [expected for *_, expected in row]


def test_an_unknown_risk_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "POLICY", {row: told for row, told in gates.POLICY.items() if row != Risk.R1})
    assert said(Risk.R1, "nobody", Role.OWNER, Trust.T1) == NO


def test_technical_contacts_may_ask_for_these_intents_and_no_others() -> None:
    declared = intents.load()
    assert {name for name, intent in declared.items() if intent.technical} == OPEN_TO_TECHNICAL
    # Whoever writes gets public help; nothing of a customer's is in it.
    assert {name for name, intent in declared.items() if intent.for_anyone} == {
        "help",
        "portal_access",
        "contact_support",
    }


# The risk that DESIGN section 6 gives each intent: without recipients, and with one that the sender names.
RISKS = {
    "R0": "portal_access help contact_support",
    "R1": "list_invoices pay_invoice show_subscription upgrade_subscription activate_portal change_payment_method "
          "show_notifications request_status",
    "R1 R2": "send_invoice request_renewal_quote",
    "R1+": "submit_payment_proof",
    "R3a": "update_profile",
    "R3": "change_billing_address",
    "R4": "dispute_charge cancel_subscription change_company_name change_country change_tax_id",
}  # fmt: skip
SLOTS = {
    "invoices": ("RE-2026-000123",), "recipients": (), "address": "Neue Straße 5, 53113 Bonn", "company": "X GmbH",
    "country": "AT", "tax_id": "ATU12345678", "method": "card",
}  # fmt: skip


@pytest.mark.parametrize(("name", "risk"), [(name, risk) for risk, names in RISKS.items() for name in names.split()])
def test_each_intent_has_the_risk_that_the_design_gives_it(name: str, risk: str) -> None:
    intent = intents.load()[name]
    alone, _, with_recipient = risk.partition(" ")
    fields = intent.ask.__dataclass_fields__
    given = {slot: value for slot, value in SLOTS.items() if slot in fields}
    assert intent.risk(intent.ask_from(given)) == alone
    if with_recipient:
        assert intent.risk(intent.ask_from({**given, "recipients": ("x@fremd.example",)})) == with_recipient


def test_no_intent_is_without_a_risk_of_the_design() -> None:
    assert {name for names in RISKS.values() for name in names.split()} == intents.load().keys()


def _intent(**open_to: bool) -> Intent:
    return Intent("x", object, lambda _: Risk.R1, {}, lambda *_: None, (), **open_to)
