"""Requests that nobody decides come up again: in hours of work only, once each, and in the end before everybody."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from bot.pipeline.counter import Counter
from storage.database import reading
from storage.tables import OutboxRow, ParkedRow
from tests.conversations.test_asking_the_customer import approve, ask, filed, fresh, heard
from tests.threats.machine import CONTACT, Letter, Machine, cards, mails

pytestmark = pytest.mark.slow

FRENCH = ("camille.lefevre@courriel.example", "Notre société s'appelle désormais Atelier Lefèvre SARL")


@dataclass
class Still:
    """A clock that stands until it is set."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def today(self) -> date:
        return date(2026, 11, 22)


@pytest.fixture
def clock(machine: Machine) -> Iterator[Still]:
    """Monday 7 December 2026, nine o'clock in Berlin; what waited before waits no more."""
    for row in machine.parked():
        machine.change(ParkedRow, row.id, state="superseded")
    worker, clock = machine.app.worker, Still(at("2026-12-07T08:00"))
    before, worker.tools = worker.tools, replace(worker.tools, clock=clock)
    yield clock
    worker.tools = before


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def tick(machine: Machine, clock: Still, moment: datetime) -> list[Letter]:
    """What agents are told at this moment."""
    clock.moment = moment
    before = _written(machine)
    machine.app.worker.remind()
    new = _written(machine) - before
    return [letter for letter in machine.letters() if letter.id in new] if new else []


def _written(machine: Machine) -> set[str]:
    with reading(machine.app.engine) as session:
        return set(session.exec(select(OutboxRow.id)))


def told(machine: Machine, clock: Still, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """What agents are told between two moments, looked at every fourth hour, by the words it begins with."""
    found, moment = [], since
    while moment <= until:
        found += [(moment, letter.reply.subject) for letter in tick(machine, clock, moment)]
        moment += timedelta(hours=4)
    return found


def test_reminders_fall_into_hours_of_work_and_end_before_everybody(machine: Machine, clock: Still) -> None:
    clock.moment = at("2026-12-11T14:00")  # a Friday, three in the afternoon
    row = filed(machine)
    said = told(machine, clock, at("2026-12-11T14:00"), at("2027-01-05T20:00"))
    again = [(moment, subject) for moment, subject in said if subject == "Not decided yet"]
    assert [moment for moment, _ in again] == [at("2026-12-14T14:00"), at("2026-12-15T14:00")]
    everybody = [moment for moment, subject in said if subject.startswith("To decide")]
    assert everybody[:2] == [at("2026-12-16T14:00")] * 2, "the card that is there, and one before everybody"
    assert sorted(set(everybody)) == [at("2026-12-16T14:00"), at("2026-12-23T14:00"), at("2026-12-31T14:00")]
    new = [one for one in machine.letters() if one.parked == row.id and "Overdue" in one.text and one.reply.choices]
    assert new and "U0ADA" in new[0].text and "U0JONAS" in new[0].text
    assert heard(machine, row.case_id).count("reminded") == 2
    assert heard(machine, row.case_id).count("escalated") == 3


def test_every_card_of_a_decided_request_loses_its_buttons(machine: Machine, clock: Still) -> None:
    row = filed(machine, CONTACT, "Wir heißen jetzt Lindenhof Baumschule AG")
    for day in ("2026-12-08", "2026-12-09", "2026-12-10"):
        assert tick(machine, clock, at(f"{day}T08:00"))
    closed = [letter for letter in approve(machine, row, "U0ADA") if letter.reply.subject.startswith("Approved")]
    with reading(machine.app.engine) as session:
        replaced = {session.get_one(OutboxRow, letter.id).replaces for letter in closed}
    assert len(replaced) == 2 and "" not in replaced
    assert not tick(machine, clock, at("2026-12-11T08:00")), "what is decided is reminded of no more"


def test_a_machine_that_was_off_reminds_once_and_waits_for_the_morning(machine: Machine, clock: Still) -> None:
    clock.moment = at("2026-12-22T14:00")
    filed(machine)
    assert not tick(machine, clock, at("2026-12-26T11:00")), "Boxing Day, a Saturday"
    assert not tick(machine, clock, at("2026-12-28T07:59"))
    [one] = tick(machine, clock, at("2026-12-28T08:00"))
    assert one.reply.subject == "Not decided yet"
    assert not tick(machine, clock, at("2026-12-28T15:59"))


def test_a_reminder_that_a_crash_interrupts_is_sent_once(
    machine: Machine, clock: Still, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = filed(machine)
    with monkeypatch.context() as broken:
        broken.setattr(Counter, "write_audit", _crash)
        with pytest.raises(OSError, match="disk full"):
            tick(machine, clock, at("2026-12-08T08:00"))
    assert fresh(machine, row).reminders == 0
    assert len(tick(machine, clock, at("2026-12-08T08:01"))) == 1
    assert not tick(machine, clock, at("2026-12-08T08:02"))


def _crash(_counter: Counter) -> None:
    raise OSError("disk full")


def test_the_holidays_of_the_customers_region_count(machine: Machine, clock: Still) -> None:
    worker = machine.app.worker
    settings = worker.tools.settings.model_copy(update={"support_regions": "DE-BY, FR 9-18 Europe/Paris"})
    worker.tools = replace(worker.tools, settings=settings)
    clock.moment = at("2027-03-25T08:00")  # Maundy Thursday
    german, french = filed(machine), filed(machine, *FRENCH)
    said = tick(machine, clock, at("2027-03-26T09:00"))  # Good Friday: a day of work in France
    assert [letter.case for letter in said] == [french.case_id]
    said = tick(machine, clock, at("2027-03-30T07:00"))  # after Easter Monday
    assert german.case_id in {letter.case for letter in said}


def test_nobody_is_reminded_while_the_customer_is_asked_and_silence_ends_the_pause(
    machine: Machine, clock: Still
) -> None:
    row = filed(machine)
    [question] = mails(ask(machine, row, text="Ab wann?"))
    lapses = fresh(machine, row).expires
    said = told(machine, clock, at("2026-12-07T08:00"), at("2026-12-21T08:00"))
    assert said == [
        (at("2026-12-14T08:00"), "The customer has not answered"),
        (at("2026-12-21T08:00"), f"To decide: {_name(machine)}"),
        (at("2026-12-21T08:00"), "The customer has not answered"),
    ]
    now = fresh(machine, row)
    assert now.paused is None and now.expires == lapses + timedelta(days=14)
    assert "time_runs_again" in heard(machine, row.case_id)
    late = cards(machine.answer_to(question, CONTACT, "Entschuldigung, ab Januar."))
    assert "ab Januar" in late[-1].text, "a late answer counts"


def _name(machine: Machine) -> str:
    with reading(machine.app.engine) as session:
        return str(machine.app.cores(session).customer("K1001").name)
