#!/usr/bin/env python3
# ruff: noqa: T201, B905, PTH123, UP035  (a command, printed tables; kept as it was measured with)
"""Score predicted requests against labelled messages (the format of INTENTS.md).

    score.py GOLD.jsonl PREDICTED.jsonl [--json] [--errors N]

GOLD holds one labelled message a line. PREDICTED holds one object a line:
{"id": ..., "language": "de", "requests": [{"intent": ..., "slots": {...}}]}.
A message without a prediction counts as understood to ask for nothing, in no language.

What the figures mean
  language      share of messages whose language is right
  intents       share of messages whose list of intents is right, in the right order
  intent F1     over single requests: micro (all together) and macro (mean over the intents seen in GOLD)
  slot F1       over single slot values; the values of a list count one by one. Requests of the same intent are paired so
                that they agree best; the values of a request without a partner are missed or invented
  frames        share of messages where intents and all slots are right (within a list slot, order is free)
  false accept  share of the messages that ask for nothing in which something was heard
  wrong act     share of all messages in which an intent was heard that is not there (the dangerous mistake)
A prediction may carry "decision": act, ask, offer, person or silent (absent: act where something was heard, else silent). Then also
  acted         share of the messages with requests on which it would act without asking
  acted right   share of the messages acted on whose whole frame is right
  acted on none share of the messages that ask for nothing on which it would act
Rates come with their 95 % Wilson interval.

Exit status: 0 scored, 2 unusable input.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Iterable

NOTHING = "(nothing)"
LANGUAGES = ("de", "fr", "en")
DECISIONS = ("act", "ask", "offer", "person", "silent")


class BadInput(Exception):
    """An input file that cannot be scored."""


# ---------------------------------------------------------------- reading


def read_jsonl(path: str) -> dict[str, dict[str, Any]]:
    """The objects of a JSON Lines file by their id."""
    found: dict[str, dict[str, Any]] = {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                item = json.loads(line)
                key = item["id"]
                requests = item["requests"]
                well_formed = isinstance(requests, list) and all(
                    isinstance(r["intent"], str) and isinstance(r.get("slots") or {}, dict) for r in requests
                )
            except (ValueError, KeyError, TypeError) as error:
                raise BadInput(f"{path}:{number}: not an object with id and requests ({error!r})") from error
            if item.get("decision", "act") not in DECISIONS:
                raise BadInput(f"{path}:{number}: decision must be one of {', '.join(DECISIONS)}")
            if not well_formed:
                raise BadInput(f"{path}:{number}: requests must be a list of objects with intent and slots")
            if key in found:
                raise BadInput(f"{path}:{number}: id {key!r} stands twice")
            found[key] = item
    return found


def tidy(value: Any) -> str:
    """A slot value as it is compared: composed characters, single spaces, no closing punctuation."""
    return " ".join(unicodedata.normalize("NFC", str(value)).split()).rstrip(".,;")


def slot_values(request: dict[str, Any]) -> Counter[tuple[str, str]]:
    """The (slot, value) pairs of a request; absent, empty and null slots are the same."""
    pairs: Counter[tuple[str, str]] = Counter()
    for slot, value in (request.get("slots") or {}).items():
        for single in value if isinstance(value, list) else [value]:
            if single not in (None, ""):
                pairs[slot, tidy(single)] += 1
    return pairs


def intents_of(requests: list[dict[str, Any]]) -> list[str]:
    return [request["intent"] for request in requests]


# ---------------------------------------------------------------- counting


@dataclass
class Tally:
    """Right, invented and missed single items."""

    right: int = 0
    invented: int = 0
    missed: int = 0

    def f1(self) -> float | None:
        total = 2 * self.right + self.invented + self.missed
        return 2 * self.right / total if total else None

    def as_dict(self) -> dict[str, Any]:
        seen, true = self.right + self.invented, self.right + self.missed
        return {
            "f1": self.f1(),
            "precision": self.right / seen if seen else None,
            "recall": self.right / true if true else None,
            "gold": true,
            "predicted": seen,
        }


@dataclass
class Rate:
    """A share of messages."""

    hits: int = 0
    of: int = 0

    def add(self, hit: bool) -> None:
        self.hits += hit
        self.of += 1

    def value(self) -> float | None:
        return self.hits / self.of if self.of else None

    def interval(self, z: float = 1.96) -> tuple[float, float] | None:
        if not self.of:
            return None
        share, n = self.hits / self.of, self.of
        centre = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, centre - half), min(1.0, centre + half)

    def as_dict(self) -> dict[str, Any]:
        return {"rate": self.value(), "hits": self.hits, "of": self.of, "interval95": self.interval()}


def pair_up(gold: list[dict[str, Any]], heard: list[dict[str, Any]]) -> list[tuple[dict | None, dict | None]]:
    """Pair the gold requests of one intent with the predicted ones so that most slot values agree."""
    if len(gold) > len(heard):
        return [(g, h) for h, g in pair_up(heard, gold)]
    if len(gold) > 6:  # more of one intent than any message holds: keep the order, do not try all orders
        orders: Iterable[tuple[int, ...]] = [tuple(range(len(gold)))]
    else:
        orders = itertools.permutations(range(len(heard)), len(gold))

    def agreement(order: tuple[int, ...]) -> int:
        return sum((slot_values(g) & slot_values(heard[i])).total() for g, i in zip(gold, order))

    best = max(orders, key=agreement)
    rest = [h for i, h in enumerate(heard) if i not in best]
    return [(g, heard[i]) for g, i in zip(gold, best)] + [(None, h) for h in rest]


@dataclass
class Scores:
    """The figures of one group of messages."""

    messages: int = 0
    language: Rate = field(default_factory=Rate)
    intents: Rate = field(default_factory=Rate)
    frames: Rate = field(default_factory=Rate)
    false_accept: Rate = field(default_factory=Rate)
    wrong_act: Rate = field(default_factory=Rate)
    acted: Rate = field(default_factory=Rate)
    acted_right: Rate = field(default_factory=Rate)
    acted_on_none: Rate = field(default_factory=Rate)
    by_intent: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_slot: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, message: dict[str, Any], prediction: dict[str, Any]) -> None:
        gold, heard = message["requests"], prediction["requests"]
        gold_intents, heard_intents = intents_of(gold), intents_of(heard)
        same_intents = gold_intents == heard_intents
        self.messages += 1
        self.language.add(prediction.get("language") == message["lang"])
        self.intents.add(same_intents)
        same_frames = same_intents and all(slot_values(g) == slot_values(h) for g, h in zip(gold, heard))
        self.frames.add(same_frames)
        acts = bool(heard) and prediction.get("decision", "act") == "act"
        if gold:
            self.acted.add(acts)
        else:
            self.false_accept.add(bool(heard))
            self.acted_on_none.add(acts)
        if acts:
            self.acted_right.add(same_frames)
        self.wrong_act.add(bool(Counter(heard_intents) - Counter(gold_intents)))
        self._count_intents(gold_intents, heard_intents)
        self._count_slots(gold, heard)

    def _count_intents(self, gold: list[str], heard: list[str]) -> None:
        in_gold, in_heard = Counter(gold), Counter(heard)
        for intent, times in (in_gold & in_heard).items():
            self.by_intent[intent].right += times
        missed, invented = in_gold - in_heard, in_heard - in_gold
        for intent, times in missed.items():
            self.by_intent[intent].missed += times
        for intent, times in invented.items():
            self.by_intent[intent].invented += times
        pairs = itertools.zip_longest(missed.elements(), invented.elements(), fillvalue=NOTHING)
        self.confusion.update(pairs)

    def _count_slots(self, gold: list[dict[str, Any]], heard: list[dict[str, Any]]) -> None:
        for intent in {*intents_of(gold), *intents_of(heard)}:
            pairs = pair_up([r for r in gold if r["intent"] == intent], [r for r in heard if r["intent"] == intent])
            for one, other in pairs:
                true = slot_values(one) if one else Counter()
                seen = slot_values(other) if other else Counter()
                for (slot, _), times in (true & seen).items():
                    self.by_slot[slot].right += times
                for (slot, _), times in (true - seen).items():
                    self.by_slot[slot].missed += times
                for (slot, _), times in (seen - true).items():
                    self.by_slot[slot].invented += times

    def macro_f1(self) -> float | None:
        seen = [t.f1() or 0.0 for t in self.by_intent.values() if t.right + t.missed]
        return sum(seen) / len(seen) if seen else None

    def as_dict(self, detail: bool = True) -> dict[str, Any]:
        result: dict[str, Any] = {
            "messages": self.messages,
            "language": self.language.as_dict(),
            "intents_exact": self.intents.as_dict(),
            "intent_micro": total(self.by_intent).as_dict(),
            "intent_macro_f1": self.macro_f1(),
            "slot_micro": total(self.by_slot).as_dict(),
            "frames_exact": self.frames.as_dict(),
            "false_accept": self.false_accept.as_dict(),
            "wrong_act": self.wrong_act.as_dict(),
            "acted": self.acted.as_dict(),
            "acted_right": self.acted_right.as_dict(),
            "acted_on_none": self.acted_on_none.as_dict(),
        }
        if detail:
            result["by_intent"] = {name: tally.as_dict() for name, tally in sorted(self.by_intent.items())}
            result["by_slot"] = {name: tally.as_dict() for name, tally in sorted(self.by_slot.items())}
            result["confusion"] = [
                {"gold": gold, "predicted": heard, "times": times}
                for (gold, heard), times in self.confusion.most_common()
            ]
        return result


def total(tallies: dict[str, Tally]) -> Tally:
    return Tally(
        sum(t.right for t in tallies.values()),
        sum(t.invented for t in tallies.values()),
        sum(t.missed for t in tallies.values()),
    )


@dataclass
class Report:
    """All groups of one run: everything, each language, each channel, each language in each channel."""

    groups: dict[str, Scores] = field(default_factory=lambda: defaultdict(Scores))
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def score(gold: dict[str, dict[str, Any]], predicted: dict[str, dict[str, Any]]) -> Report:
    unknown = predicted.keys() - gold.keys()
    if unknown:
        raise BadInput(f"predictions for messages that are not in the gold file: {sorted(unknown)[:5]}")
    report = Report()
    for key, message in gold.items():
        if message.get("lang") not in LANGUAGES:
            raise BadInput(f"message {key!r}: lang must be one of {', '.join(LANGUAGES)}")
        prediction = predicted.get(key)
        if prediction is None:
            report.missing.append(key)
            prediction = {"requests": []}
        language, channel = message["lang"], message.get("channel", "?")
        for group in ("all", language, channel, f"{language} {channel}"):
            report.groups[group].add(message, prediction)
        same = [(r["intent"], slot_values(r)) for r in message["requests"]] == [
            (r["intent"], slot_values(r)) for r in prediction["requests"]
        ]
        if not same:
            report.wrong.append(key)
    return report


# ---------------------------------------------------------------- printing


def percent(value: float | None) -> str:
    return "    -" if value is None else f"{100 * value:5.1f}"


def with_interval(rate: Rate) -> str:
    bounds = rate.interval()
    if bounds is None:
        return "    -"
    return f"{percent(rate.value())} %  ({rate.hits} of {rate.of}; {100 * bounds[0]:.1f} to {100 * bounds[1]:.1f})"


def print_report(report: Report, gold: dict[str, dict], predicted: dict[str, dict], errors: int) -> None:
    everything = report.groups["all"]
    print(
        f"messages      {everything.messages}"
        + (f"  ({len(report.missing)} without a prediction)" if report.missing else "")
    )
    for name, rate in (
        ("language", everything.language),
        ("intents", everything.intents),
        ("frames", everything.frames),
        ("false accept", everything.false_accept),
        ("wrong act", everything.wrong_act),
        ("acted", everything.acted),
        ("acted right", everything.acted_right),
        ("acted on none", everything.acted_on_none),
    ):
        print(f"{name:13} {with_interval(rate)}")
    print(f"intent F1     micro {percent(total(everything.by_intent).f1())}  macro {percent(everything.macro_f1())}")
    print(f"slot F1       micro {percent(total(everything.by_slot).f1())}")

    print(
        f"\n{'group':10} {'n':>4} {'lang':>5} {'intents':>7} {'microF1':>7} {'slotF1':>6} {'frames':>6} {'falseacc':>8} {'wrongact':>8}"
    )
    for name, group in report.groups.items():
        print(
            f"{name:10} {group.messages:4} {percent(group.language.value())} {percent(group.intents.value()):>7}"
            f" {percent(total(group.by_intent).f1()):>7} {percent(total(group.by_slot).f1()):>6}"
            f" {percent(group.frames.value()):>6} {percent(group.false_accept.value()):>8}"
            f" {percent(group.wrong_act.value()):>8}"
        )

    for title, tallies in (("intent", everything.by_intent), ("slot", everything.by_slot)):
        print(f"\n{title:24} {'gold':>4} {'pred':>4} {'prec':>5} {'rec':>5} {'F1':>5}")
        for name, tally in sorted(tallies.items()):
            row = tally.as_dict()
            print(
                f"{name:24} {row['gold']:4} {row['predicted']:4} {percent(row['precision'])}"
                f" {percent(row['recall'])} {percent(row['f1'])}"
            )

    if everything.confusion:
        print(f"\n{'times':>5}  gold -> predicted")
        for (one, other), times in everything.confusion.most_common():
            print(f"{times:5}  {one} -> {other}")
    for key in report.wrong[:errors]:
        print(f"\n{key}: {gold[key]['text'][:300]!r}")
        print(f"  gold      {json.dumps(gold[key]['requests'], ensure_ascii=False)}")
        print(f"  predicted {json.dumps(predicted.get(key, {}).get('requests'), ensure_ascii=False)}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("gold")
    parser.add_argument("predicted")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="show the first N wrong messages")
    options = parser.parse_args(arguments)
    try:
        gold, predicted = read_jsonl(options.gold), read_jsonl(options.predicted)
        report = score(gold, predicted)
    except (BadInput, OSError) as error:
        print(f"score: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(
            json.dumps(
                {
                    "missing": report.missing,
                    "wrong": report.wrong,
                    "groups": {name: group.as_dict(detail=name == "all") for name, group in report.groups.items()},
                },
                ensure_ascii=False,
            )
        )
    else:
        print_report(report, gold, predicted, options.errors)
    return 0


if __name__ == "__main__":
    sys.exit(main())
