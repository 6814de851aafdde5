"""Print the scores of a model with their confidence intervals: `python -m training.measure [--model FOLDER]`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.understand.encoder import MODEL
from bot.understand.listener import Listener
from training.card import read_all
from training.parts import VALIDATION, read_part
from training.score import print_report, score


def main(argv: Sequence[str] | None = None) -> int:
    """Scores on the validation parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("parts", nargs="*", default=list(VALIDATION))
    given = parser.parse_args(argv)
    listener = Listener(model=given.model)
    for part in given.parts:
        messages = [message for message in read_part(part) if message["lang"] != "other"]
        gold = {message["id"]: message for message in messages}
        predicted = read_all(messages, listener)
        sys.stdout.write(f"\n== {part}\n")
        print_report(score(gold, predicted), gold, predicted, 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
