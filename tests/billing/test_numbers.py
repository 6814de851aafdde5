"""Numbers without gaps while several writers work and some of them give up."""

from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
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
from tests.billing.people import ACME, SYSTEM, TODAY, take_up


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


@pytest.mark.parametrize(
    ("pool_of", "count"),
    [(lambda: ThreadPoolExecutor(4), 15), pytest.param(processes, 150, marks=pytest.mark.slow)],
    ids=["threads", "processes"],
)
def test_four_writers_with_aborts_leave_no_gap_and_find_no_lock(
    tmp_path: Path, pool_of: Callable[[], Executor], count: int
) -> None:
    url = f"sqlite:///{tmp_path / 'numbers.db'}"
    engine = open_engine(url)
    migrate(engine)
    with writing(engine) as session:
        take_up(core_of(session), ACME)
    with pool_of() as pool:
        kept = sum(pool.map(write, [url] * 4, range(4), [count] * 4))
    with writing(engine) as session:
        numbers = sorted(i.number for i in core_of(session).all_invoices())
    engine.dispose()
    assert numbers == [f"RE-2026-{n:06d}" for n in range(1, kept + 1)]
    assert 0 < kept < 4 * count
