"""How far to believe both voices together: fitted on messages that no training has seen."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from bot.understand.slots import read_slots
from bot.understand.text import read_text
from bot.understand.together import candidates, listen_to_words
from bot.understand.voice import Voice


def evidence_of(
    messages: Sequence[dict[str, Any]], voice: Voice, known: frozenset[str]
) -> list[tuple[tuple[float, ...], bool]]:
    """For each candidate of each message its features, and whether it is right."""
    rows = []
    for message in messages:
        if message["lang"] == "other":
            continue
        text = read_text(message["text"], message.get("subject", ""))
        heard = listen_to_words(text, read_slots(text.own, date.fromisoformat(message["sent"])), known)
        wanted = {request["intent"] for request in message["requests"]}
        rows += [(c.features, c.intent in wanted) for c in candidates(text, voice.listen(text), heard, known)]
    return rows


def fit_calibration(
    rows: Sequence[tuple[tuple[float, ...], bool]], *, pull: float = 1.0, rounds: int = 50
) -> list[float]:
    """A logistic regression (Newton's method, weights pulled to nought) over the features of `Candidate`."""
    x = np.array([features for features, _ in rows])
    y = np.array([float(right) for _, right in rows])
    weights = np.zeros(x.shape[1])
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (y - chance) - pull * weights
        bend = (x * (chance * (1 - chance))[:, None]).T @ x + pull * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return [round(float(weight), 4) for weight in weights]
