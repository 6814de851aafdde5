"""Make the first voice's weights from the labelled messages: `python -m training.fit`.

Needs scikit-learn (a development tool: not needed by anything that runs). Takes about a minute on two cores.
Fits on the files of `training.parts.FITTING` only; probabilities are calibrated by fitting on one author
and listening to the other.
"""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from bot.understand.features import BUCKETS, buckets_of, grams_of
from bot.understand.ngrams import MODEL, NOTHING, pack
from bot.understand.text import read_text
from training.parts import FITTING, LANGUAGES, PLAIN, fingerprint, read_for_fitting

SEED = 20261122
STRENGTH = 60.0
AUTHORS = tuple(tuple(name for name in FITTING if name.endswith(author)) for author in ("-a", "-b"))
Message = dict[str, Any]


def features(messages: list[Message]) -> Any:
    """A row a message, a column a bucket, one where it occurs."""
    rows, columns = [], []
    for number, message in enumerate(messages):
        text = read_text(message["text"], message.get("subject", ""))
        buckets = {b for s in text.sentences for grams in grams_of(s.tokens) for b in buckets_of(grams)}
        rows += [number] * len(buckets)
        columns += list(buckets)
    return sp.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(messages), BUCKETS))


def rarity_of(seen: Any) -> Any:
    """Inverse document frequency; none for what one message alone has."""
    often = np.asarray((seen > 0).sum(0)).ravel()
    return np.where(often >= 2, np.log((1 + seen.shape[0]) / (1 + often)) + 1, 0.0)


def weighed(seen: Any, rarity: Any) -> Any:
    """Rows of length one."""
    scaled = seen @ sp.diags(rarity)
    length = np.sqrt(np.asarray(scaled.multiply(scaled).sum(1)).ravel())
    return sp.diags(1 / np.where(length > 0, length, 1)) @ scaled


def targets(messages: list[Message], labels: list[str]) -> Any:
    """What is to be heard: the intents, then the languages."""
    return np.array(
        [
            [label in ({r["intent"] for r in m["requests"]} or {NOTHING}) for label in labels]
            + [m["lang"] == name for name in LANGUAGES]
            for m in messages
        ]
    )


def fit(messages: list[Message], labels: list[str]) -> tuple[Any, Any, Any]:
    """Rarity of each feature, weights (a column a target), intercepts."""
    seen = features(messages)
    rarity = rarity_of(seen)
    rows, wanted = weighed(seen, rarity), targets(messages, labels)
    models = [
        LogisticRegression(C=STRENGTH, solver="liblinear", random_state=SEED).fit(rows, wanted[:, column])
        for column in range(wanted.shape[1])
    ]
    return rarity, np.stack([m.coef_[0] for m in models], 1), np.array([m.intercept_[0] for m in models])


def store(
    rarity: Any,
    weights: Any,
    intercepts: Any,
    labels: list[str],
    known: list[str],
    calibration: list[float],
    folder: Path,
) -> None:
    """Write table and header. Bytes, not floats: 1.8 MB instead of 14."""
    scaled = weights * rarity[:, None]
    scales = np.abs(scaled).max(0) / 127
    table = np.clip(np.round(scaled / scales) + 128, 1, 255).astype(np.uint8)
    norm = np.clip(np.round(rarity**2 * 3.7), 0, 255).astype(np.uint8)
    table[norm == 0] = 128
    packed = pack(np.concatenate([table, norm[:, None]], 1).tolist())
    (folder / "first_voice.bin").write_bytes(packed)
    header = {
        "sha256": hashlib.sha256(packed).hexdigest(), "seed": SEED, "fitted_on": {n: fingerprint(n) for n in FITTING},
        "labels": labels, "languages": list(LANGUAGES), "scales": [float(f"{s:.6g}") for s in scales],
        "intercepts": [float(f"{i:.6g}") for i in intercepts], "calibration": calibration, "known": known,
    }  # fmt: skip
    (folder / "first_voice.json").write_text(json.dumps(header, ensure_ascii=False, indent=1) + "\n", "utf-8")


def known_words(messages: list[Message]) -> list[str]:
    """Long words that three messages have: spelt right, so never mended into another."""
    count: Counter[str] = Counter()
    for message in messages:
        text = read_text(message["text"], message.get("subject", ""))
        count.update({t.text for s in text.sentences for t in s.tokens if len(t.text) >= 6 and t.text.isalpha()})
    return sorted(word for word, times in count.items() if times >= 3)


def calibrate(labels: list[str], known: list[str], folder: Path) -> list[float]:
    """How far to believe both voices together: fitted where neither the weights have seen the author."""
    from training.together import evidence_of, fit_calibration

    rows: list[tuple[list[float], bool]] = []
    for fitted, heard in (AUTHORS, AUTHORS[::-1]):
        store(*fit(read_for_fitting((*fitted, PLAIN)), labels), labels, known, [0.0] * 8, folder)
        rows += evidence_of(read_for_fitting(heard), folder)
    return fit_calibration(rows)


def main(folder: Path = MODEL) -> int:
    """Fit, calibrate, store, and say how large it is."""
    messages = read_for_fitting()
    labels = [*sorted({r["intent"] for m in messages for r in m["requests"]}), NOTHING]
    known = known_words(messages)
    calibration = calibrate(labels, known, folder)
    store(*fit(messages, labels), labels, known, calibration, folder)
    size = (folder / "first_voice.bin").stat().st_size
    sys.stdout.write(f"{len(messages)} messages, {len(labels)} intents, {size:,} bytes, calibration {calibration}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
