"""Write the fitted network as the counter runs it: ONNX in int8, the vocabulary cut, the header with all hashes."""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from bot.understand.encoder import HEADER, NETWORK, PIECES, WORDS
from bot.understand.text import read_text
from training.network import Network
from training.parts import LABELS, LANGUAGES, fingerprint
from training.spans import TAGS
from training.vocabulary import pieces_kept
from training.weights import Pretrained


class _Alone(nn.Module):
    """The network for one message: no padding, so no mask."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, words: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        found: tuple[Tensor, Tensor, Tensor, Tensor] = self.network(words, torch.ones_like(words[..., 0]))
        return found


def write_network(network: Network, folder: Path, *, int8: bool = True) -> None:
    """`encoder.onnx`. Weights in seven bits: eight saturate on processors without VNNI, and answer otherwise there."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    plain = folder / "plain.onnx"
    torch.onnx.export(
        _Alone(network.eval()), (torch.zeros(1, 9, 384),), plain, input_names=["words"],
        output_names=["intents", "places", "languages", "tags"], dynamic_axes={"words": {1: "pieces"}, "places": {1: "pieces"}, "tags": {1: "pieces"}},
        opset_version=17, dynamo=False,
    )  # fmt: skip
    if int8:
        quantize_dynamic(plain, folder / NETWORK, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
        plain.unlink()
    else:
        plain.replace(folder / NETWORK)


def write_vocabulary(start: Pretrained, texts: Sequence[str], folder: Path) -> dict[str, int]:
    """`pieces.tsv` and `words.bin`: what is kept of vocabulary and vectors. Returns where the special pieces stand now."""
    kept = pieces_kept(start, texts)
    lines = (f"{start.pieces[n]}\t{float(start.scores[n]):.5g}" for n in kept)
    (folder / PIECES).write_text("\n".join(lines) + "\n", "utf-8")
    (folder / WORDS).write_bytes(np.ascontiguousarray(start.words[kept]).tobytes())
    return {name: kept.index(number) for name, number in start.special.items()}


def write_header(
    start: Pretrained,
    special: dict[str, int],
    messages: Sequence[dict[str, Any]],
    fitted: dict[str, Any],
    calibration: Sequence[float],
    folder: Path,
) -> None:
    """`encoder.json`: what belongs together, and what it was made from."""
    kept = {c for c in start.mapping if ord(c) < 0x3000 or 0xFF00 <= ord(c) < 0xFF60 or 0xFB00 <= ord(c) < 0xFB07}
    header = {
        "sha256": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (NETWORK, WORDS, PIECES)},
        "labels": LABELS, "languages": LANGUAGES, "tags": TAGS, "width": start.width,
        "begin": special["bos"], "end": special["eos"], "unknown": special["unk"],
        "calibration": list(calibration), "fitted": fitted, "fitted_on": {name: fingerprint(name) for name in fitted["files"]},
        "known": known_words(messages), "mapping": {c: start.mapping[c] for c in sorted(kept)},
    }  # fmt: skip
    (folder / HEADER).write_text(json.dumps(header, ensure_ascii=False, indent=1) + "\n", "utf-8")


def known_words(messages: Sequence[dict[str, Any]]) -> list[str]:
    """Long words that three messages have: spelt right, so never mended into another."""
    count: Counter[str] = Counter()
    for message in messages:
        text = read_text(message["text"], message.get("subject", ""))
        count.update({t.text for s in text.sentences for t in s.tokens if len(t.text) >= 6 and t.text.isalpha()})
    return sorted(word for word, times in count.items() if times >= 3)
