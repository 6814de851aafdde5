"""Sixty conversations, each by mail and in Slack: what left, what waits, and what the billing core holds at the end."""

import pytest

from tests.conversations.drive import AWAY, Played, by_mail, in_slack
from tests.conversations.table import CONVERSATIONS, Customer, Row
from tests.threats.machine import Machine

# The quick suite plays each story once, by mail, the languages taking turns; `make ci` plays all of them twice.
EVERY = [
    pytest.param(
        who, row, id=f"{language}-{row.name}", marks=[] if number % 20 % 5 == number // 20 else pytest.mark.slow
    )
    for number, (language, who, row) in enumerate(CONVERSATIONS)
]
every_conversation = pytest.mark.parametrize(("who", "row"), EVERY)


def test_there_are_twenty_a_language() -> None:
    assert [sum(language == one for one, *_ in CONVERSATIONS) for language in ("de", "fr", "en")] == [20, 20, 20]


@every_conversation
def test_by_mail(machine: Machine, who: Customer, row: Row) -> None:
    played = by_mail(machine, who.address, row.turns, account=(who.id, who.name))
    _ends(machine, played, who, row)


@pytest.mark.slow
@every_conversation
def test_in_slack(machine: Machine, who: Customer, row: Row) -> None:
    played = in_slack(machine, who.address, row.in_slack or row.turns, account=(who.id, who.name))
    _ends(machine, played, who, row)


def _ends(machine: Machine, played: Played, who: Customer, row: Row) -> None:
    told = [f"{one.recipient}: {one.reply.subject} {one.documents}" for one in played.letters]
    assert played.sent == row.sent, told
    assert set(played.core) <= {f"{who.id} {what}" for what in row.core}, told
    assert len(played.core) == len(row.core) or row.core == {"customer"}, told  # who is invited already stays so
    assert len(played.waiting("asker")) == row.asks, told
    assert len(played.waiting("agent")) == row.agents, told
    silent = row.silent or (played.by_mail and row.turns[-1].startswith(AWAY))
    assert bool(played.last) is not silent, told
    forget(machine)


def forget(machine: Machine) -> None:
    """The next conversation starts with nothing waiting."""
    for row in machine.parked():
        if row.state == "open":
            machine.change(type(row), row.id, state="dropped")
