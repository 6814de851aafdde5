"""The billing core under load: numbers for four writers at once, lists and look-ups in books of a million invoices.

    python benchmarks/billing.py [--url sqlite:///FILE | --url postgresql+psycopg://...] [--invoices 1000000]

Prints times and ratios. The books are filled by plain inserts, not through the core: that is not what is measured.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import Engine, insert
from sqlmodel import Session

from billing.clock import FixedClock
from billing.embedded import EmbeddedCore
from billing.embedded.tables import CustomerRow, InvoiceRow
from billing.fake import PlainDocuments
from billing.values import Actor, ActorKind, Customer, Line, Money, NewInvoice
from storage.database import migrate, open_engine, reading, writing

TODAY = date(2026, 11, 22)
BY = Actor(ActorKind.SYSTEM, "benchmark")
EACH = 100  # invoices of one customer
ROUNDS = 300
BATCH = 20_000


def say(line: str) -> None:
    """One line of the result, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def core_of(session: Session) -> EmbeddedCore:
    """A core whose documents cost nothing."""
    return EmbeddedCore(session, clock=FixedClock(TODAY), documents=PlainDocuments())


def fill(engine: Engine, first: int, last: int) -> None:
    """Customers and paid or open invoices of these numbers, a hundred for each customer."""
    for start in range(first, last, BATCH):
        numbers = range(start, min(start + BATCH, last))
        with engine.begin() as connection:
            connection.execute(insert(CustomerRow), [_customer(n // EACH) for n in numbers if n % EACH == 0])
            connection.execute(insert(InvoiceRow), [_invoice(n) for n in numbers])


def _customer(n: int) -> dict[str, object]:
    return {
        "id": f"C{n:06d}", "name": f"Customer {n}", "country": "DE", "language": "de", "version": 1, "portal": "none",
        "is_reseller": False, "business": True, "tax_id": "", "tax_id_checked": False, "street": "", "extra": "",
        "postcode": "", "city": "", "currency": "EUR", "standing_recipients": "[]", "muted": "[]",
        "buyer_reference": "",
    }  # fmt: skip


def _invoice(n: int) -> dict[str, object]:
    issued = date(2020, 1, 1) + timedelta(days=n % EACH * 25)
    return {
        "number": f"RE-{issued.year}-{n:07d}", "customer_id": f"C{n // EACH:06d}", "state": "finalised",
        "kind": "invoice", "currency": "EUR", "total": 11_900, "net": 10_000, "tax": 1_900,
        "paid": 11_900 if n % 5 else 0, "credited": 0, "issued": issued, "due": issued + timedelta(days=14),
        "language": "de", "tax_category": "S", "tax_rate": 1900, "tax_country": "DE",
        "buyer": '{"name":"Customer","country":"DE"}', "collection": "none", "held_for": "",
        "lines": '[{"text":"x","unit_price":{"minor":10000,"currency":"EUR"}}]',
    }  # fmt: skip


QUESTIONS: dict[str, Callable[[EmbeddedCore, int], object]] = {
    "look-up, number written out": lambda core, n: core.invoice(str(_invoice(n)["number"]), of=f"C{n // EACH:06d}"),
    "look-up, only its end": lambda core, n: core.invoice(f"{n:07d}", of=f"C{n // EACH:06d}"),
    "look-up, whose is it": lambda core, n: core.owner_of("invoice", str(_invoice(n)["number"])),
    "first page of 20": lambda core, n: core.list_invoices(f"C{n // EACH:06d}", limit=20),
    "open ones, page of 20": lambda core, n: core.list_invoices(f"C{n // EACH:06d}", "open", limit=20),
}


def ask(small: tuple[Engine, int], large: tuple[Engine, int]) -> dict[str, tuple[float, float]]:
    """The median of each question in milliseconds, in small books and in large ones, turn and turn about."""
    chance, times = Random(1), {name: ([0.0] * ROUNDS, [0.0] * ROUNDS) for name in QUESTIONS}
    for turn in range(ROUNDS):
        for place, (engine, held) in enumerate((small, large)):
            n = chance.randrange(held)
            for name, question in QUESTIONS.items():
                times[name][place][turn] = _answered(engine, name, question, n)
    return {name: (statistics.median(a), statistics.median(b)) for name, (a, b) in times.items()}


def _answered(engine: Engine, name: str, question: Callable[[EmbeddedCore, int], object], n: int) -> float:
    with reading(engine) as session:
        core = core_of(session)
        core.owner_of("invoice", "")  # the connection and the transaction are not the question
        began = time.perf_counter()
        found = question(core, n)
        spent = (time.perf_counter() - began) * 1000
    if not found:
        raise SystemExit(f"{name}: nothing found for {n}")
    return spent


def books(folder: str, most: int) -> None:
    """The same questions in small books and in large ones; flat is a ratio near one."""
    few = max(EACH * 10, most // 1000)
    engines = []
    for held in (few, most):
        engine = open_engine(f"sqlite:///{folder}/books-{held}.db")
        migrate(engine)
        began = time.perf_counter()
        fill(engine, 0, held)
        say(f"filled with {held:,} invoices in {time.perf_counter() - began:.0f} s")
        engines.append(engine)
    answers = ask((engines[0], few), (engines[1], most))
    for name, (before, after) in answers.items():
        say(f"{name:30} {before:6.2f} ms -> {after:6.2f} ms   x{after / before:.2f}")
    for engine in engines:
        engine.dispose()


def write(url: str, seed: int, count: int) -> list[float]:
    """Draft and finalise, every twentieth transaction in vain; gives the milliseconds of each."""
    engine, chance, spent = open_engine(url), Random(seed), []
    for n in range(count):
        began = time.perf_counter()
        try:
            with writing(engine) as session:
                core, key = core_of(session), f"bench:{seed}:{n}"
                new = NewInvoice("writers", (Line("x", Money(100, "EUR")),))
                draft = core.draft_invoice(new, actor=BY, idem=f"{key}:d")
                core.finalise(draft.number, actor=BY, idem=f"{key}:f")
                if chance.random() < 0.05:
                    raise InterruptedError
        except InterruptedError:
            pass
        spent.append((time.perf_counter() - began) * 1000)
    engine.dispose()
    return spent


def numbering(engine: Engine, url: str, count: int) -> None:
    """One writer alone, then four at once; then the numbers are looked at for gaps."""
    with writing(engine) as session:
        core_of(session).add_customer(Customer("writers", "Writers", "DE", "de"), actor=BY, idem="bench:customer")
    alone = _rate(write(url, 0, count), 1, "one writer")
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(write, [url] * 4, range(10, 14), [2] * 4))  # start the processes before the clock
        began = time.perf_counter()
        spent = [ms for each in pool.map(write, [url] * 4, range(1, 5), [count] * 4) for ms in each]
        together = _rate(spent, 4, "four writers", time.perf_counter() - began)
    say(f"four writers do x{together / alone:.2f} of what one does")
    with reading(engine) as session:
        numbers = sorted(i.number for i in core_of(session).invoices("writers"))
    gaps = len(set(range(1, len(numbers) + 1)) ^ {int(number[-6:]) for number in numbers})
    say(f"{len(numbers)} numbers, {gaps} gaps")


def _rate(spent: list[float], writers: int, name: str, wall: float | None = None) -> float:
    rate = len(spent) / (wall or sum(spent) / 1000 / writers)
    ordered = sorted(spent)
    p99 = ordered[int(len(ordered) * 0.99) - 1]
    say(f"{name:14} {rate:6.0f} a second, median {statistics.median(ordered):.1f} ms, p99 {p99:.1f} ms")
    return rate


def main() -> None:
    """Measure, and print."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--url", help="an empty database for the numbers; default: SQLite in a temporary folder")
    wanted.add_argument("--invoices", type=int, default=1_000_000)
    wanted.add_argument("--writes", type=int, default=150, help="of each writer")
    given = wanted.parse_args()
    with tempfile.TemporaryDirectory(prefix="guichet-benchmark-") as folder:
        url = given.url or f"sqlite:///{folder}/numbers.db"
        engine = open_engine(url)
        migrate(engine)
        numbering(engine, url, given.writes)
        engine.dispose()
        books(folder, given.invoices)


if __name__ == "__main__":
    main()
