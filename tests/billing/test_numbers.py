"""Numbers without gaps while several writers work and some of them give up."""

from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest
from sqlmodel import Session

from billing.clock import FixedClock
from billing.embedded import EmbeddedCore
from billing.fake import PlainDocuments
from billing.values import Line, Money, NewInvoice
from storage.database import migrate, open_engine, writing
from tests.billing.people import ACME, SYSTEM, TODAY, issue, subscribe, take_up


class GaveUp(Exception):
    """The caller's transaction failed after the number was given."""


def core_of(session: Session) -> EmbeddedCore:
    return EmbeddedCore(session, clock=FixedClock(TODAY), documents=PlainDocuments())


def write(url: str, seed: int, count: int) -> int:
    """Finalise `count` invoices, every tenth of them in vain; gives how many stayed."""
    engine, chance, kept = open_engine(url), Random(seed), 0
    for _ in range(count):
        try:
            with writing(engine) as session:
                issue_one(core_of(session), f"{seed}:{chance.random()}", aborts=chance.random() < 0.1)
                kept += 1
        except GaveUp:
            continue
    engine.dispose()
    return kept


def issue_one(core: EmbeddedCore, key: str, *, aborts: bool) -> None:
    new = NewInvoice("acme", (Line("x", Money(100, "EUR")),))
    draft = core.draft_invoice(new, actor=SYSTEM, idem=f"{key}:draft")
    core.finalise(draft.number, actor=SYSTEM, idem=f"{key}:final")
    if aborts:
        raise GaveUp


def processes() -> Executor:
    return ProcessPoolExecutor(4, mp_context=get_context("spawn"))


WRITERS = [
    pytest.param(lambda: ThreadPoolExecutor(4), 15, id="threads"),
    pytest.param(processes, 150, id="processes", marks=[pytest.mark.slow, pytest.mark.timeout(300)]),
]


def numbers_of_four_writers(url: str, pool_of: Callable[[], Executor], count: int) -> tuple[list[str], int]:
    """All numbers that were given, and how many transactions stayed."""
    engine = open_engine(url)
    migrate(engine)
    with writing(engine) as session:
        take_up(core_of(session), ACME)
    with pool_of() as pool:
        kept = sum(pool.map(write, [url] * 4, range(4), [count] * 4))
    with writing(engine) as session:
        numbers = sorted(i.number for i in core_of(session).all_invoices())
    engine.dispose()
    return numbers, kept


@pytest.mark.parametrize(("pool_of", "count"), WRITERS)
def test_four_writers_with_aborts_leave_no_gap_and_find_no_lock(
    tmp_path: Path, pool_of: Callable[[], Executor], count: int
) -> None:
    numbers, kept = numbers_of_four_writers(f"sqlite:///{tmp_path / 'numbers.db'}", pool_of, count)
    assert numbers == [f"RE-2026-{n:06d}" for n in range(1, kept + 1)]
    assert 0 < kept < 4 * count


@pytest.mark.postgres
@pytest.mark.parametrize(("pool_of", "count"), WRITERS)
def test_four_writers_on_postgresql_leave_no_gap_either(
    fresh_postgres: str, pool_of: Callable[[], Executor], count: int
) -> None:
    numbers, kept = numbers_of_four_writers(fresh_postgres, pool_of, count)
    assert numbers == [f"RE-2026-{n:06d}" for n in range(1, kept + 1)]
    assert 0 < kept < 4 * count


@pytest.mark.postgres
def test_no_event_is_skipped_while_an_older_transaction_is_still_running(fresh_postgres: str) -> None:
    engine = open_engine(fresh_postgres)
    migrate(engine)
    with writing(engine) as session:
        take_up(core_of(session), ACME)
        subscribe(core_of(session), renews=TODAY.replace(year=2027, month=3))
    slow, fast = Session(engine), Session(engine)
    core_of(slow).report_iban("acme", "DE89370400440532013000", actor=SYSTEM, idem="slow")  # took its id first
    core_of(fast).report_iban("acme", "FR7630006000011234567890189", actor=SYSTEM, idem="fast")
    fast.commit()
    with writing(engine) as session:
        assert core_of(session).events().items == ()  # the younger one waits for the older
    slow.commit()
    with writing(engine) as session:
        told = core_of(session).events().items
    assert [event.subject for event in told] == ["DE…3000", "FR…0189"]
    for one in (slow, fast):
        one.close()
    engine.dispose()


@pytest.mark.postgres
def test_two_workers_never_do_the_same_work(fresh_postgres: str) -> None:
    engine = open_engine(fresh_postgres)
    migrate(engine)
    with writing(engine) as session:
        core = core_of(session)
        take_up(core, ACME)
        for _ in range(4):
            issue(core, day=TODAY - timedelta(days=30))
    first, second = Session(engine), Session(engine)
    done = core_of(first).run_due(actor=SYSTEM, limit=2)
    rest = core_of(second).run_due(actor=SYSTEM, limit=9)
    first.commit(), second.commit()
    assert len({due.subject for due in (*done, *rest)}) == len(done) + len(rest) == 4
    for one in (first, second):
        one.close()
    engine.dispose()
