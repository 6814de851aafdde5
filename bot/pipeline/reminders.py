"""Requests that nobody decides come up again: in the hours of the region that looks after the customer, and once each.

Twice quietly under the card, then as a card of its own before everybody, again each week of work until it lapses. The
moment of the next reminder is a column, moved in the transaction that writes the reminder; whatever crashes when, a
moment is reminded of once. A machine that was off for days reminds once, and goes on from there.
"""

from datetime import datetime

from sqlmodel import Session, col, or_, select

from bot.hours import Region, region_for
from bot.outcomes import NoAnswer, Undecided
from bot.pipeline import asking
from bot.pipeline.counter import QUIET_REMINDERS, Counter, local_day
from storage.tables import ParkedRow

AT_ONCE = 50
WEEK = 5  # days of work: between reminders to everybody


def waiting(session: Session, now: datetime) -> list[str]:
    """Requests whose next reminder is due, or still to be reckoned."""
    due = or_(col(ParkedRow.remind_at).is_(None), col(ParkedRow.remind_at) <= now)
    query = select(ParkedRow.id).where(ParkedRow.waits_for == "agent", ParkedRow.state == "open", due)
    return list(session.exec(query.order_by(col(ParkedRow.created)).limit(AT_ONCE)))


def remind(counter: Counter, parked: ParkedRow) -> bool:
    """Remind of one request if its moment has come and somebody is there; says whether it did."""
    settings, now = counter.tools.settings, counter.tools.clock.now()
    region = region_for(settings.regions, _country(counter, parked))
    if parked.remind_at is None:
        parked.remind_at = region.after(parked.with_agents_since, settings.remind_after_hours)
    if parked.remind_at > now:
        return False
    if not region.is_open(now):  # the machine was off, or the time of asking says nothing of hours
        parked.remind_at = region.next_open(now)
        return False
    if parked.paused:
        _no_answer(counter, parked, parked.paused, now)
    else:
        _undecided(counter, parked, region, now)
    return True


def _undecided(counter: Counter, parked: ParkedRow, region: Region, now: datetime) -> None:
    settings = counter.tools.settings
    parked.reminders += 1
    everybody = parked.reminders > QUIET_REMINDERS
    parked.remind_at = region.after(now, settings.remind_after_hours * (WEEK if everybody else 1))
    counter.note("escalated" if everybody else "reminded", parked.case_id, parked=parked.id, number=parked.reminders)
    if everybody:
        counter.refresh_cards(parked)
        counter.post_card(parked)
        return
    since, until = local_day(parked.with_agents_since, settings.zone), local_day(parked.expires, settings.zone)
    told = Undecided(parked.case_id, since, until, counter.deciders(parked), parked.reminders)
    counter.note_under_card(parked, told)


def _no_answer(counter: Counter, parked: ParkedRow, asked: datetime, now: datetime) -> None:
    """The customer is silent: agents hear it after a week, and after two the time of the request runs again."""
    settings = counter.tools.settings
    runs = now >= asked + asking.PAUSE_MOST
    parked.remind_at = asked + asking.PAUSE_MOST
    if runs:
        waited = asking.resume(counter, parked)
        region = region_for(settings.regions, _country(counter, parked))
        parked.remind_at = region.after(now, settings.remind_after_hours)
        counter.note("time_runs_again", parked.case_id, parked=parked.id, seconds=int(waited.total_seconds()))
        counter.refresh_cards(parked)
    counter.note("reminded", parked.case_id, parked=parked.id, number=0)
    told = NoAnswer(parked.case_id, local_day(asked, settings.zone), counter.deciders(parked), runs)
    counter.note_under_card(parked, told)


def _country(counter: Counter, parked: ParkedRow) -> str:
    return counter.core.customer(parked.customer_id).country if parked.customer_id else ""
