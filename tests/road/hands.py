"""A machine that only has hands: it takes messages from the shared queue, says so in a file, and never lets go of them.

For `test_taken_over.py`: python -m tests.road.hands DATABASE_URL FILE ID...
"""

import sys
import time
from pathlib import Path

from billing.clock import ZoneClock
from bot.engine import Runner
from storage.database import open_engine


def main(url: str, taken: str, *ids: str) -> None:
    """Start the messages, and hold on to whatever comes into these hands."""

    def hold(inbox_id: str) -> None:
        with Path(taken).open("a") as file:
            file.write(f"{inbox_id}\n")
        time.sleep(600)

    runner = Runner(open_engine(url), url, clock=ZoneClock(), name="worker", threads=2)
    runner.launch(hold)
    for inbox_id in ids:
        runner.start(inbox_id)
    time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
