"""The network that is fine-tuned: the pre-trained encoder, and heads for intents, language and slot values."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.weights import Pretrained

HEADS = ("look", "say", "whole", "language", "tag")


class Layer(nn.Module):
    """One layer of the encoder, as BERT has it."""

    def __init__(self, width: int, inner: int, heads: int, eps: float) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.ao = (nn.Linear(width, width) for _ in range(4))
        self.fi, self.fo = nn.Linear(width, inner), nn.Linear(inner, width)
        self.aln, self.oln = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, tokens, _ = x.shape

        def split(y: Tensor) -> Tensor:
            return y.view(batch, tokens, self.heads, -1).transpose(1, 2)

        # written out: PyTorch's fused attention is twice as slow backwards on the CPU
        weights = torch.softmax(
            split(self.q(x)) @ split(self.k(x)).transpose(2, 3) / (x.shape[2] // self.heads) ** 0.5 + mask, -1
        )
        seen = weights @ split(self.v(x))
        x = self.aln(x + self.drop(self.ao(seen.transpose(1, 2).reshape(x.shape))))
        return self.oln(x + self.drop(self.fo(F.gelu(self.fi(x)))))


class Network(nn.Module):
    """Vectors of pieces (batch, pieces, width) and mask (batch, pieces) -> intents, places, language, tags.

    Each intent looks for itself where in the text it is asked for: `places` gives the order of several.
    The vectors of the pieces are looked up outside, and are not trained: what few messages hold would pull them apart.
    """

    def __init__(self, start: Pretrained, intents: int, languages: int, tags: int) -> None:
        super().__init__()
        width, tensors = start.width, start.tensors
        self.position = nn.Parameter(torch.tensor(tensors["position"]))
        self.kind = nn.Parameter(torch.tensor(tensors["type"]))
        self.norm, self.drop = nn.LayerNorm(width, start.eps), nn.Dropout(0.1)
        self.layers = nn.ModuleList(Layer(width, start.inner, start.heads, start.eps) for _ in range(start.layers))
        self.look, self.say, self.whole = (nn.Linear(width, intents) for _ in range(3))
        self.language, self.tag = nn.Linear(width, languages), nn.Linear(width, tags)
        nn.init.normal_(self.look.weight, std=0.02)
        nn.init.constant_(self.say.bias, -2.5)
        given = {
            name if name.startswith("norm") else f"layers.{name}": torch.tensor(value)
            for name, value in tensors.items()
            if "." in name
        }
        missing = self.load_state_dict(given, strict=False).missing_keys
        if any(name.startswith("layers") for name in missing):
            raise ValueError(f"weights are missing: {missing}")

    def forward(self, words: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = self.drop(self.norm(words + self.position[: words.shape[1]][None] + self.kind))
        attend = ((mask - 1) * 1e4)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, attend)
        look = self.look(x) * 4 + (mask[..., None] - 1) * 1e4
        mean = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        places = torch.softmax(look.float(), 1)
        intents = (places * self.say(x)).sum(1) + self.whole(mean)
        return intents, places, self.language(mean), self.tag(x)


def parameter_groups(network: Network, rate: float, heads: float, decay: float) -> list[dict[str, Any]]:
    """The heads start from nothing and learn faster; norms and biases are not pulled to nought."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        key = (name.split(".")[0] in HEADS, parameter.ndim > 1 and name != "position")
        groups.setdefault(key, []).append(parameter)
    return [
        {"params": found, "lr": rate * (heads if head else 1), "weight_decay": decay if decays else 0.0}
        for (head, decays), found in groups.items()
    ]
