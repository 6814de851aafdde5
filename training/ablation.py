"""What carries the weight: `python -m training.ablation [PART ...]` reads the same messages with one voice alone, and with both.

- encoder: intents that the network finds likelier than not, values that it tags; acts where it is sure of all
- words: intents that the rules hear surely, values that the patterns read; always acts
- together: the shipped understander
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bot.messages import Decision
from bot.understand.agree import agree
from bot.understand.encoder import MODEL, Encoder, shared_encoder
from bot.understand.frames import fill
from bot.understand.lines import as_json
from bot.understand.listener import Listener
from bot.understand.slots import read_slots
from bot.understand.text import read_text
from bot.understand.together import Candidate, listen_to_words
from bot.understand.tongue import language_of
from training.parts import VALIDATION, read_part
from training.score import Rate, Scores, score

_HEARD = 0.5
_SURE, _SURELY_NOT = 0.95, 0.05  # where the encoder alone would act
Reader = Callable[[dict[str, Any]], dict[str, Any]]


def encoder_alone(encoder: Encoder) -> Reader:
    """The first voice, without the second."""

    def read(message: dict[str, Any]) -> dict[str, Any]:
        text = read_text(message["text"], message.get("subject", ""))
        hearing = encoder.listen(text)
        chosen = [
            Candidate(sound.intent, sound.probability, None, hearing.asks, False, sound.span, sound.words)
            for sound in hearing.sounds
            if sound.probability >= _HEARD
        ]
        values = agree((), hearing.tags, text.said, encoder.slots)
        sure = all(not _SURELY_NOT < sound.probability < _SURE for sound in hearing.sounds)
        return _answer(
            message, chosen, values, max(hearing.languages, key=hearing.languages.__getitem__, default=None), sure
        )

    return read


def words_alone(encoder: Encoder) -> Reader:
    """The second voice, without the first; the encoder's header lends the words that are spelt right."""
    known = encoder.header.known

    def read(message: dict[str, Any]) -> dict[str, Any]:
        text = read_text(message["text"], message.get("subject", ""))
        values = read_slots(text.own, date.fromisoformat(message["sent"]))
        first: dict[str, Candidate] = {}
        for heard in listen_to_words(text, values, known):
            if heard.sure and not heard.negated:
                first.setdefault(heard.intent, Candidate(heard.intent, 0.0, heard, 1.0, False, heard.span, ""))
        return _answer(message, list(first.values()), values, language_of(text, {}), True)

    return read


def together(folder: Path) -> Reader:
    """Both, as shipped."""
    listener = Listener(model=folder)

    def read(message: dict[str, Any]) -> dict[str, Any]:
        sent = date.fromisoformat(message["sent"])
        reading = listener.read(message["text"], subject=message.get("subject", ""), sent=sent)
        return {"id": message["id"], "language": reading.language, **as_json(reading)}

    return read


def _answer(
    message: dict[str, Any], chosen: list[Candidate], values: Sequence[Any], language: str | None, sure: bool
) -> dict[str, Any]:
    text = read_text(message["text"], message.get("subject", ""))
    frames = fill(sorted(chosen, key=lambda one: one.span.start), values, text.own)
    requests = [
        {"intent": f.intent, "slots": {k: list(v) if isinstance(v, tuple) else v for k, v in f.slots().items()}}
        for f in frames
    ]
    decision = Decision.SILENT if not requests else Decision.ACT if sure else Decision.ASK
    return {"id": message["id"], "language": language, "requests": requests, "decision": str(decision)}


def main(argv: Sequence[str] | None = None) -> int:
    """A table a part, figures only."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("parts", nargs="*", default=list(VALIDATION))
    given = parser.parse_args(argv)
    encoder = shared_encoder(given.model)
    readers = {"encoder": encoder_alone(encoder), "words": words_alone(encoder), "together": together(given.model)}
    for part in given.parts:
        messages = [message for message in read_part(part) if message["lang"] != "other"]
        gold = {message["id"]: message for message in messages}
        sys.stdout.write(
            f"\n== {part} ({len(messages)} messages)\n{'reader':10} {' '.join(f'{name:>13}' for name in _RATES)}\n"
        )
        for name, read in readers.items():
            group = score(gold, {message["id"]: read(message) for message in messages}).groups["all"]
            sys.stdout.write(f"{name:10} {' '.join(f'{_percent(rate(group)):>13}' for rate in _RATES.values())}\n")
    return 0


_RATES: dict[str, Callable[[Scores], Rate]] = {
    "language": lambda group: group.language,
    "intents": lambda group: group.intents,
    "frames": lambda group: group.frames,
    "false accept": lambda group: group.false_accept,
    "wrong act": lambda group: group.wrong_act,
    "acted": lambda group: group.acted,
    "acted right": lambda group: group.acted_right,
    "acted on none": lambda group: group.acted_on_none,
}


def _percent(rate: Rate) -> str:
    value = rate.value()
    return "-" if value is None else f"{100 * value:.1f}"


if __name__ == "__main__":
    sys.exit(main())
