"""Fine-tune the encoder on the labelled messages: `python -m training.fit --out FOLDER [--hold-out c]`.

Needs the dependency group `train` (PyTorch); nothing that runs needs it. About half an hour on two cores with AMX.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from bot.understand.pieces import Vocabulary
from bot.understand.text import read_text
from training.network import Network, parameter_groups
from training.parts import FITTING, LABELS, LANGUAGES, NOTHING, read_for_fitting
from training.spans import TAGS, tags_of
from training.spoil import Letters, spoilt
from training.vocabulary import full_vocabulary
from training.weights import Pretrained, load_pretrained, unpacked

SEED = 20261122
EPOCHS, BATCH, LONGEST = 4, 16, 224
RATE, HEADS, DECAY, WARM = 2e-4, 15.0, 0.01, 0.08
SPOILT = 0.25  # of the messages, each epoch
JOINED = 0.12  # of the messages get another one of the same language behind them: two wishes, or a wish and talk
JOINABLE = 500  # characters, at most
TAG_WEIGHT, LANGUAGE_WEIGHT = 1.0, 0.3


@dataclass(frozen=True)
class Example:
    """A message to learn from."""

    letters: Letters
    intents: tuple[int, ...]
    language: int


def examples_of(messages: Sequence[dict[str, Any]]) -> list[Example]:
    """What of a message is learnt from: what its sender wrote now, as the counter reads it."""
    found = []
    for message in messages:
        said = read_text(message["text"], message.get("subject", "")).said
        wanted = {request["intent"] for request in message["requests"]} or {NOTHING}
        tags = tags_of(said, message["requests"], date.fromisoformat(message["sent"]))
        letters = list(zip(said, tags, strict=True))
        found.append(
            Example(letters, tuple(int(label in wanted) for label in LABELS), LANGUAGES.index(message["lang"]))
        )
    return found


def joined(examples: Sequence[Example], chance: random.Random) -> list[Example]:
    """The examples, some of them with another behind it. An answer to a question begins a message, so it is never second."""
    answers = [LABELS.index(label) for label in ("confirm", "deny", "help")]
    seconds = [
        one for one in examples if len(one.letters) < JOINABLE and not any(one.intents[label] for label in answers)
    ]
    by_language = {language: [one for one in seconds if one.language == language] for language in range(len(LANGUAGES))}
    return [
        _both(one, chance.choice(by_language[one.language]))
        if len(one.letters) < JOINABLE and chance.random() < JOINED
        else one
        for one in examples
    ]


def _both(first: Example, second: Example) -> Example:
    wanted = [int(a or b) for a, b in zip(first.intents, second.intents, strict=True)]
    wanted[-1] = int(first.intents[-1] and second.intents[-1])  # nothing is asked only where neither asks
    return Example([*first.letters, ("\n", 0), *second.letters], tuple(wanted), first.language)


@dataclass(frozen=True)
class Row:
    """An example in pieces."""

    ids: list[int]
    tags: list[int]
    example: Example


def row_of(example: Example, vocabulary: Vocabulary, special: dict[str, int], chance: random.Random | None) -> Row:
    """The pieces of an example, sometimes spoilt."""
    letters = spoilt(example.letters, chance) if chance is not None and chance.random() < SPOILT else example.letters
    pieces = vocabulary.encode("".join(c for c, _ in letters))[: LONGEST - 2]
    tags = [letters[min(piece.start, len(letters) - 1)][1] for piece in pieces]
    return Row([special["bos"], *(p.id for p in pieces), special["eos"]], [0, *tags, 0], example)


def batches(rows: Sequence[Row], chance: random.Random) -> Iterator[list[Row]]:
    """Rows of like length together: little is computed for padding."""
    pool = sorted(chance.sample(rows, len(rows)), key=lambda row: len(row.ids) + chance.random() * 12)
    groups = [pool[start : start + BATCH] for start in range(0, len(pool), BATCH)]
    chance.shuffle(groups)
    yield from groups


def tensors_of(rows: Sequence[Row], words: Any) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Vectors, mask, intents, languages and tags of a batch."""
    longest = max(len(row.ids) for row in rows)
    ids = np.array([row.ids + [1] * (longest - len(row.ids)) for row in rows])
    mask = torch.tensor([[1.0] * len(row.ids) + [0.0] * (longest - len(row.ids)) for row in rows])
    vectors = torch.from_numpy(unpacked(words[ids]).reshape(len(rows), longest, -1))
    tags = torch.tensor([row.tags + [-100] * (longest - len(row.tags)) for row in rows])
    return (
        vectors, mask, torch.tensor([row.example.intents for row in rows], dtype=torch.float32),
        torch.tensor([row.example.language for row in rows]), tags,
    )  # fmt: skip


def loss_of(network: Network, batch: tuple[Tensor, ...]) -> Tensor:
    """How wrong the network is on a batch."""
    vectors, mask, intents, languages, tags = batch
    said, _, language, tag = network(vectors, mask)
    ours = (languages != LANGUAGES.index("other")).float()  # what others ask for is not read: only that it is not ours
    heard = (F.binary_cross_entropy_with_logits(said.float(), intents, reduction="none").sum(1) * ours).mean()
    known = F.cross_entropy(language.float(), languages)
    placed = F.cross_entropy(tag.float().flatten(0, 1), tags.flatten(), ignore_index=-100) * 5
    return heard + LANGUAGE_WEIGHT * known + TAG_WEIGHT * placed


def fit(
    start: Pretrained, messages: Sequence[dict[str, Any]], *, epochs: int, seed: int = SEED, onto: Path | None = None
) -> Network:
    """The network after `epochs` rounds over the messages. The same seed, machine and number of threads give the same.

    `onto`: the folder of an earlier fit, to go on from its network.
    """
    torch.manual_seed(seed)
    chance = random.Random(seed)
    vocabulary = full_vocabulary(start)
    examples = examples_of(messages)
    network = Network(start, len(LABELS), len(LANGUAGES), len(TAGS))
    if onto is not None:
        _take_over(network, torch.load(onto / "network.pt"))
    steps = epochs * -(-len(examples) // BATCH)
    optimiser = torch.optim.AdamW(parameter_groups(network, RATE, HEADS, DECAY), betas=(0.9, 0.98), fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _pace(step, steps))
    network.train()
    began, step = time.monotonic(), 0
    for epoch in range(epochs):
        total = 0.0
        rows = [row_of(one, vocabulary, start.special, chance) for one in joined(examples, chance)]
        for group in batches(rows, chance):
            with torch.autocast("cpu", torch.bfloat16):
                loss = loss_of(network, tensors_of(group, start.words))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            total, step = total + float(loss.detach()), step + 1
            if step % 50 == 0:
                sys.stdout.write(
                    f"epoch {epoch + 1} step {step}/{steps} loss {float(loss.detach()):.3f} {time.monotonic() - began:.0f} s\n"
                )
                sys.stdout.flush()
    return network.eval()


def _take_over(network: Network, fitted: dict[str, Tensor]) -> None:
    """Begin with weights that were fitted before; tags that came since begin from nothing."""
    weights = network.state_dict()
    for name, known in fitted.items():
        weights[name][: len(known)] = known
    network.load_state_dict(weights)


def _pace(step: int, steps: int) -> float:
    warm = max(1, int(WARM * steps))
    return min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm)))


def main(argv: Sequence[str] | None = None) -> int:
    """Fit on the fitting part, less the authors that are held out, and keep the network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hold-out", default="", help="letters of the authors to leave out, as in de-c.jsonl")
    parser.add_argument("--share", type=float, default=1.0, help="of the messages, for ablations")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--onto", type=Path, help="folder of an earlier fit, to go on from")
    given = parser.parse_args(argv)
    names = [name for name in FITTING if name.rpartition("-")[2] not in given.hold_out.split(",")]
    messages = read_for_fitting(names)
    if given.share < 1:
        messages = random.Random(SEED).sample(messages, int(len(messages) * given.share))
    network = fit(load_pretrained(), messages, epochs=given.epochs, onto=given.onto)
    given.out.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), given.out / "network.pt")
    made = {"files": names, "messages": len(messages), "epochs": given.epochs, "seed": SEED}
    made["onto"] = json.loads((given.onto / "fitted.json").read_text("utf-8")) if given.onto else None
    (given.out / "fitted.json").write_text(json.dumps(made) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
