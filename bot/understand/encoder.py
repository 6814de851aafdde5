"""The first voice: a small multilingual encoder, fine-tuned on labelled messages, run by onnxruntime on one core."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from bot.messages import Span
from bot.understand.pieces import Piece, Vocabulary, load_vocabulary
from bot.understand.text import Text
from bot.understand.voice import Hearing, Sound, Tagged

MODEL = Path(__file__).parent.parent / "model"
NETWORK, WORDS, PIECES, HEADER = "encoder.onnx", "words.bin", "pieces.tsv", "encoder.json"
NOTHING = "nothing"  # the label that says that the message asks for nothing
WINDOW = 222  # pieces that are read at once; longer messages are read in several windows
_AUDIBLE = 0.02
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # 32 weights in 4 bits each, as they were pre-trained
_LEAST_TAG = 0.3


class BrokenModel(Exception):
    """The stored model is not the one that its header describes: install the package anew, or `make train`."""


@dataclass(frozen=True)
class Header:
    """What `make train` wrote beside the network."""

    labels: tuple[str, ...]
    languages: tuple[str, ...]
    tags: tuple[str, ...]
    begin: int
    end: int
    calibration: tuple[float, ...]
    known: frozenset[str]  # long words that are spelt right


@dataclass(frozen=True)
class _Heard:
    """What the network says of one window."""

    intents: Any  # (labels,) probabilities
    places: Any  # (pieces, labels)
    languages: Any
    tags: Any  # (pieces, tags)
    pieces: Sequence[Piece]


class Encoder:
    """Hears intents, the language and the values of slots."""

    def __init__(self, folder: Path = MODEL) -> None:
        stored = _checked(folder)
        self.header = Header(
            tuple(stored["labels"]), tuple(stored["languages"]), tuple(stored["tags"]), stored["begin"], stored["end"],
            tuple(stored["calibration"]), frozenset(stored["known"]),
        )  # fmt: skip
        self.intents = frozenset(self.header.labels) - {NOTHING}
        self.slots = frozenset(tag[2:] for tag in self.header.tags if len(tag) > 1)
        self._vocabulary: Vocabulary = load_vocabulary(folder / PIECES, stored["mapping"], stored["unknown"])
        blocks = np.fromfile(folder / WORDS, _BLOCK)
        self._words = blocks.reshape(-1, stored["width"] // 32)
        self._network = onnxruntime.InferenceSession(folder / NETWORK, _options(), providers=["CPUExecutionProvider"])

    def listen(self, text: Text) -> Hearing:
        """What is heard in a message: the loudest of its windows for each intent."""
        heard = [self._hear(window) for window in windows(self._vocabulary.encode(text.said), text)]
        if not heard:
            return Hearing(asks=0.0)
        labels = self.header.labels
        sounds = [
            _sound(text, label, max(heard, key=lambda one: one.intents[column]), column)
            for column, label in enumerate(labels)
            if label != NOTHING
        ]
        asks = 1 - min(float(one.intents[labels.index(NOTHING)]) for one in heard)
        return Hearing(
            tuple(sorted((s for s in sounds if s.probability >= _AUDIBLE), key=lambda s: -s.probability)), asks,
            self._languages(heard), tuple(tag for one in heard for tag in self._tagged(one)),
        )  # fmt: skip

    def _hear(self, window: Sequence[Piece]) -> _Heard:
        ids = [self.header.begin, *(piece.id for piece in window), self.header.end]
        blocks = self._words[ids]
        intents, places, languages, tags = self._network.run(None, {"words": _unpacked(blocks)[None]})
        return _Heard(_sigmoid(intents[0]), places[0][1:-1], _softmax(languages[0]), _softmax(tags[0][1:-1]), window)

    def _languages(self, heard: Sequence[_Heard]) -> Mapping[str, float]:
        weights = np.array([len(one.pieces) for one in heard], float)
        mean = np.average([one.languages for one in heard], axis=0, weights=weights)
        return {name: float(chance) for name, chance in zip(self.header.languages, mean, strict=True)}

    def _tagged(self, heard: _Heard) -> list[Tagged]:
        """Runs of pieces that belong to one value; a value ends where the next begins."""
        found: list[Tagged] = []
        names = [self.header.tags[number] for number in heard.tags.argmax(-1)]
        for place, (name, piece) in enumerate(zip(names, heard.pieces, strict=True)):
            chance = float(heard.tags[place].max())
            mark, _, slot = name.partition("-")
            if not slot or chance < _LEAST_TAG:
                continue
            last = found[-1] if found and place and names[place - 1].endswith(slot) else None
            if mark == "I" and last is not None and last.slot == slot:
                found[-1] = Tagged(slot, Span(last.span.start, piece.end), min(last.probability, chance))
            else:
                found.append(Tagged(slot, Span(piece.start, piece.end), chance))
        return found


def windows(pieces: Sequence[Piece], text: Text) -> list[Sequence[Piece]]:
    """The pieces in stretches that the network reads at once, cut between sentences where that is possible.

    A window begins with the last sentence of the one before, so that nothing is read without what leads to it.
    """
    if len(pieces) <= WINDOW:
        return [pieces] if pieces else []
    starts = [sentence.start for sentence in text.sentences]
    cuts = sorted({*_cuts(pieces, starts), len(pieces)})
    found, begin, before = [], 0, 0
    for at, cut in enumerate(cuts):
        following = cuts[at + 1] if at + 1 < len(cuts) else None
        if following is None or following - begin > WINDOW:
            found.append(pieces[begin:cut])
            begin = before if following is not None and following - before <= WINDOW and before > begin else cut
        before = cut
    return [window for window in found if window]


def _cuts(pieces: Sequence[Piece], starts: Sequence[int]) -> list[int]:
    """Numbers of pieces at which a sentence begins, and some within a sentence that is too long."""
    found, last, following = [], 0, iter([*starts, 1 << 60])
    start = next(following)
    for number, piece in enumerate(pieces):
        begins = piece.end > start
        while piece.end > start:
            start = next(following)
        if number and (begins or number - last >= WINDOW // 2):
            found.append(number)
            last = number
    return found


def _sound(text: Text, label: str, heard: _Heard, column: int) -> Sound:
    """An intent where it is heard most: the piece that weighs most, with the words around it for the reader."""
    peak = heard.pieces[int(heard.places[:, column].argmax())]
    tokens = [t for s in text.sentences if s.start <= peak.start < s.end for t in s.tokens]
    near = next((n for n, t in enumerate(tokens) if t.end > peak.start), len(tokens) - 1)
    shown = tokens[max(0, near - 2) : near + 3]
    span = Span(shown[0].start, shown[-1].end) if shown else Span(peak.start, peak.end)
    return Sound(label, float(heard.intents[column]), Span(peak.start, peak.end), text.said[span.start : span.end])


def _unpacked(blocks: Any) -> Any:
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    weights = (np.concatenate([low, high], -1).astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[..., None]
    return weights.reshape(len(blocks), -1)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))


def _softmax(x: Any) -> Any:
    raised = np.exp(x - x.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def _options() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the machine is small, and its other core has work
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # long mails would keep their memory
    options.log_severity_level = 3
    return options


def _checked(folder: Path) -> Any:
    """The header, where all files are those that it describes. Raises BrokenModel."""
    stored = json.loads((folder / HEADER).read_text("utf-8"))
    for name, expected in stored["sha256"].items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
            raise BrokenModel(f"{name} is not the file that {HEADER} describes")
    return stored


@lru_cache(maxsize=2)
def shared_encoder(folder: Path = MODEL) -> Encoder:
    """The encoder of a folder, loaded once a process: it holds no state of a message."""
    return Encoder(folder)
