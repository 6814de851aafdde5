"""Print the scores of a model with their confidence intervals: `python -m training.measure [--model FOLDER]`.

`--slots` prints instead how many values of each slot were missed, invented or read wrongly, per language: figures only,
never a text or an id, so that it may be asked about a part whose errors nobody reads.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.understand.encoder import MODEL
from bot.understand.listener import Listener
from training.card import read_all
from training.parts import VALIDATION, read_part
from training.score import intents_of, pair_up, print_report, score, slot_values


@dataclass(frozen=True)
class SlotCounts:
    """How the values of one slot were read in requests whose intent was heard."""

    right: int = 0
    missing: int = 0  # a value is there, none was read
    spurious: int = 0  # none is there, one was read
    wrong: int = 0  # another value was read, or not all of several

    def __add__(self, other: "SlotCounts") -> "SlotCounts":
        return SlotCounts(
            self.right + other.right,
            self.missing + other.missing,
            self.spurious + other.spurious,
            self.wrong + other.wrong,
        )


def slot_counts(
    gold: Mapping[str, dict[str, Any]], predicted: Mapping[str, dict[str, Any]]
) -> dict[tuple[str, str], SlotCounts]:
    """By language and slot. Requests that only one side has are no matter of slots, and are left out."""
    counted: dict[tuple[str, str], SlotCounts] = {}
    for key, message in gold.items():
        asked, heard = message["requests"], predicted[key]["requests"]
        for intent in set(intents_of(asked)) & set(intents_of(heard)):
            pairs = pair_up([r for r in asked if r["intent"] == intent], [r for r in heard if r["intent"] == intent])
            for one, other in pairs:
                if one and other:
                    for slot, counts in _compared(slot_values(one), slot_values(other)).items():
                        place = (message["lang"], slot)
                        counted[place] = counted.get(place, SlotCounts()) + counts
    return counted


def _compared(true: Counter[tuple[str, str]], seen: Counter[tuple[str, str]]) -> dict[str, SlotCounts]:
    compared = {}
    for slot in {name for name, _ in (*true, *seen)}:
        there = {value for name, value in true if name == slot}
        read = {value for name, value in seen if name == slot}
        compared[slot] = SlotCounts(
            right=int(there == read),
            missing=int(not read),
            spurious=int(not there),
            wrong=int(bool(there) and bool(read) and there != read),
        )
    return compared


def print_slots(counted: Mapping[tuple[str, str], SlotCounts]) -> None:
    """A line a slot and language, and one a slot in all languages."""
    total: dict[tuple[str, str], SlotCounts] = {}
    for (_, slot), counts in counted.items():
        total["all", slot] = total.get(("all", slot), SlotCounts()) + counts
    sys.stdout.write(f"{'slot':14} {'lang':4} {'right':>5} {'missing':>7} {'spurious':>8} {'wrong':>5}\n")
    for (language, slot), one in sorted({**counted, **total}.items(), key=lambda item: (item[0][1], item[0][0])):
        sys.stdout.write(f"{slot:14} {language:4} {one.right:5} {one.missing:7} {one.spurious:8} {one.wrong:5}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Scores on the validation parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--slots", action="store_true", help="count the values of each slot instead")
    parser.add_argument("parts", nargs="*", default=list(VALIDATION))
    given = parser.parse_args(argv)
    listener = Listener(model=given.model)
    for part in given.parts:
        messages = [message for message in read_part(part) if message["lang"] != "other"]
        gold = {message["id"]: message for message in messages}
        predicted = read_all(messages, listener)
        sys.stdout.write(f"\n== {part}\n")
        if given.slots:
            print_slots(slot_counts(gold, predicted))
        else:
            print_report(score(gold, predicted), gold, predicted, 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
