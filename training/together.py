"""The calibration of both voices together, from messages whose author the first voice has not seen."""

from datetime import date
from pathlib import Path
from typing import Any

from sklearn.linear_model import LogisticRegression

from bot.understand.ngrams import Ngrams, load_weights
from bot.understand.slots import read_slots
from bot.understand.text import read_text
from bot.understand.together import candidates, listen_to_words


def evidence_of(messages: list[dict[str, Any]], folder: Path) -> list[tuple[tuple[float, ...], bool]]:
    """For each candidate of each message its features, and whether it is right."""
    voice = Ngrams(load_weights(folder))
    rows = []
    for message in messages:
        text = read_text(message["text"], message.get("subject", ""))
        known = voice.weights.known
        heard = listen_to_words(text, read_slots(text.own, date.fromisoformat(message["sent"])), known)
        wanted = {request["intent"] for request in message["requests"]}
        found = candidates(text, voice.hear(text), heard, voice.asks(text), known)
        rows += [(c.features, c.intent in wanted) for c in found]
    return rows


def fit_calibration(rows: list[tuple[tuple[float, ...], bool]]) -> list[float]:
    """A logistic regression over the features of `bot.understand.together.Candidate`."""
    model = LogisticRegression(C=1.0, fit_intercept=False).fit([f for f, _ in rows], [right for _, right in rows])
    return [round(float(weight), 4) for weight in model.coef_[0]]
