"""Nobody decides their own request: an agent who files for a customer needs another agent, and one decision is enough."""

import itertools

import pytest

from bot.messages import Press
from bot.pipeline.counter import Counter
from bot.pipeline.decide import decide
from storage.database import reading, writing
from storage.tables import InboxRow, ParkedRow
from tests.conversations.drive import ADA, in_slack
from tests.threats.conftest import Make
from tests.threats.machine import CONTACT, Letter, Machine

pytestmark = pytest.mark.slow

JONAS, TIM = "U0JON", "U0TIM"  # another agent, and one of the team who is none
NAME = "Lindenhof Garten AG"
RENAME = (f"Wir heißen jetzt {NAME}",)
ACCOUNT = ("K1001", "Lindenhof Gartenbau GmbH")
_presses = itertools.count(1)


@pytest.fixture
def machine(make: Make) -> Machine:
    """Two agents, and one of the team."""
    return make(slack_agents=f"{ADA},{JONAS}", slack_team=TIM)


def press(machine: Machine, parked: ParkedRow, user: str, verdict: str = "approve") -> list[Letter]:
    """A click on the card; gives what it caused."""
    row_id = f"press-{next(_presses)}"
    with writing(machine.app.engine) as session:
        row = InboxRow(id=row_id, channel="slack", key=row_id, raw=b"", received=machine.app.clock.now())
        session.add(row)
        counter = Counter(machine.app.tools, session, machine.app.cores(session), row)
        decide(counter, Press(parked.id, verdict, user, "not_proven" if verdict == "reject" else "", "C0AGENTS"))
        counter.write_audit()
        row.state = "done"
    return machine.letters(row_id)


def waiting(machine: Machine) -> ParkedRow:
    [row] = [row for row in machine.parked() if row.waits_for == "agent"]
    return row


def name_at_core(machine: Machine) -> str:
    with reading(machine.app.engine) as session:
        return machine.app.cores(session).customer("K1001").name


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_an_agent_does_not_decide_what_they_filed_and_another_does(machine: Machine, verdict: str) -> None:
    in_slack(machine, "", RENAME, account=ACCOUNT)
    [whisper] = press(machine, waiting(machine), ADA, verdict)
    assert waiting(machine).state == "open" and name_at_core(machine) == ACCOUNT[1]
    assert whisper.recipient == "C0AGENTS" and not whisper.documents
    press(machine, waiting(machine), JONAS, verdict)
    assert waiting(machine).state == {"approve": "approved", "reject": "rejected"}[verdict]
    assert name_at_core(machine) == (NAME if verdict == "approve" else ACCOUNT[1])


def test_the_first_decision_wins_and_the_second_is_told_who_was_faster(machine: Machine) -> None:
    machine.mail(CONTACT, RENAME[0])
    press(machine, waiting(machine), JONAS, "reject")
    [whisper] = press(machine, waiting(machine), ADA)
    assert waiting(machine).decided_by == JONAS and name_at_core(machine) == ACCOUNT[1]
    assert JONAS in whisper.text


@pytest.mark.parametrize("user", [TIM, "U0EVE"])
def test_who_is_no_agent_decides_nothing(machine: Machine, user: str) -> None:
    machine.mail(CONTACT, RENAME[0])
    press(machine, waiting(machine), user)
    assert waiting(machine).state == "open" and name_at_core(machine) == ACCOUNT[1]
