"""How fast messages are understood on one core, by length; how long the start takes; how much memory is held.

    OMP_NUM_THREADS=1 taskset -c 0 python benchmarks/understanding.py [--rounds 3]

Prints one JSON line a measurement: by the clock, and in time of the processor, which other work on the machine does not
lengthen as much. Targets: median <= 25 ms, ready in <= 1.5 s, <= 150 MiB.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # before this folder, whose names are not packages

MEDIAN_TARGET_MS, READY_TARGET_MS, MEMORY_TARGET_MIB = 25, 1_500, 150
PARTS = ("dev", "calibration")
LENGTHS = (
    (0, 100, "up to 100 characters"),
    (100, 300, "100 to 300"),
    (300, 1_000, "300 to 1,000"),
    (1_000, 1 << 30, "longer"),
)
DAY = date(2026, 11, 22)


def main() -> int:
    """Measure and print; the exit status says whether all targets are met."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--ready", action="store_true", help="read one message, print the memory held, end")
    chosen = options.parse_args()
    if chosen.ready:
        return _read_one()
    met = [_ready(), _speed(_messages(), chosen.rounds)]
    return 0 if all(met) else 1


def _read_one() -> int:
    from bot.understand import Listener

    reading = Listener().read("Bitte senden Sie mir die Rechnung RE-2026-000123.", sent=DAY)
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f}\n")
    return 0 if reading.requests else 1


def _ready() -> bool:
    """From starting Python to the first reading, three times; the most memory that the process held meanwhile."""
    times, spent, held = [], [], []
    for _ in range(3):
        begun, before = time.perf_counter(), _of_children()
        done = subprocess.run([sys.executable, __file__, "--ready"], check=True, capture_output=True, text=True)
        times.append((time.perf_counter() - begun) * 1000)
        spent.append((_of_children() - before) * 1000)
        held.append(float(done.stdout))
    _say(
        "ready",
        processor_ms=statistics.median(spent),
        median_ms=statistics.median(times),
        worst_ms=max(times),
        target_ms=READY_TARGET_MS,
    )
    _say("memory of a fresh reader", mib=max(held), target_mib=MEMORY_TARGET_MIB)
    return statistics.median(times) <= READY_TARGET_MS and max(held) <= MEMORY_TARGET_MIB


def _of_children() -> float:
    """Processor seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _messages() -> list[dict[str, Any]]:
    folder = Path(__file__).parents[1] / "training" / "data"
    lines = [line for part in PARTS for line in (folder / f"{part}.jsonl").read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines if line.strip()]


def _speed(messages: Sequence[dict[str, Any]], rounds: int) -> bool:
    from bot.understand import Listener

    listener = Listener()
    listener.read("Bitte senden Sie mir die Rechnung 123.", sent=DAY)
    times: list[tuple[int, float, float]] = []
    for _ in range(rounds):
        for message in messages:
            subject = message.get("subject", "")
            begun, before = time.perf_counter(), time.process_time()
            listener.read(message["text"], subject=subject, sent=date.fromisoformat(message["sent"]))
            spent = (time.perf_counter() - begun) * 1000, (time.process_time() - before) * 1000
            times.append((len(subject) + len(message["text"]), *spent))
    for least, most, name in LENGTHS:
        _say(name, **_figures([(clock, busy) for length, clock, busy in times if least <= length < most]))
    everything = [clock for _, clock, _ in times]
    _say(
        "all",
        **_figures([(clock, busy) for _, clock, busy in times]),
        target_ms=MEDIAN_TARGET_MS,
        messages_per_s=1000 / statistics.fmean(everything),
    )
    _say(
        "memory after all",
        mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        cores=len(os.sched_getaffinity(0)),
    )
    return statistics.median(everything) <= MEDIAN_TARGET_MS


def _figures(spent: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Of pairs of milliseconds, by the clock and of the processor."""
    if len(spent) < 2:
        return {"n": len(spent)}
    clock, busy = ([pair[i] for pair in spent] for i in (0, 1))
    return {
        "n": len(spent),
        "median_ms": statistics.median(clock),
        "p99_ms": statistics.quantiles(clock, n=100)[98],
        "processor_median_ms": statistics.median(busy),
        "processor_p99_ms": statistics.quantiles(busy, n=100)[98],
    }


def _say(what: str, **figures: float) -> None:
    shown = {name: round(value, 1) for name, value in figures.items()}
    sys.stdout.write(json.dumps({"what": what, **shown}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
