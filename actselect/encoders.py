"""From what a step holds to the numbers that a recurrent layer reads.

An encoder is described by a frozen spec, which a task gives and a study folder keeps; its weights
are trained with the network.  Numbers need none.

Notation: B batch, T steps, M symbols a step, E width of the embedding, P width of a picture's
vector, V symbols in all (symbol 0 is padding and means nothing).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeVar, final

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS: Final = (16, 32)  # of the two convolutions; each is followed by a pooling that halves
PIXEL: Final = 255.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Features as they are, (B, T, width): nothing to train."""

    width: int

    @property
    def parameter_count(self) -> int:
        """Weights of the encoder."""
        return 0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """The sum of the embeddings of a step's symbols: inputs (B, T, M) of numbers below ``size``.

    One symbol a step is a word or a character; more are a word and its parts (Bojanowski et al.
    2017, TACL 5, eq. 2).

    Args:
        size: V, padding included.
        width: E.
        per_step: M.
    """

    size: int
    width: int
    per_step: int = 1

    @property
    def parameter_count(self) -> int:
        """Weights of the encoder."""
        return self.size * self.width


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Captions:
    """A word and, at every step, the vector of the picture it belongs to: width E + P.

    "Par-inject" of Tanti, Gatt and Camilleri 2018, arXiv:1703.09137.  A picture (B, C, height,
    width) goes through two small convolutions; a vector (B, D) of features through a linear layer.

    Args:
        size: V of the words.
        embedding: E.
        vector: P.
        picture: (C, height, width), or (D,) for features.
    """

    size: int
    embedding: int
    vector: int
    picture: tuple[int, ...]

    @property
    def width(self) -> int:
        """E + P."""
        return self.embedding + self.vector

    @property
    def parameter_count(self) -> int:
        """Weights of the encoder."""
        total = self.size * self.embedding
        if len(self.picture) > 1:
            for n_in, n_out in zip((self.picture[0], *CHANNELS), CHANNELS, strict=False):
                total += n_out * (9 * n_in + 1)
        return total + self.vector * (self.flat + 1)

    @property
    def flat(self) -> int:
        """Numbers that the linear layer sees."""
        if len(self.picture) == 1:
            return self.picture[0]
        _, height, width = self.picture
        return CHANNELS[-1] * (height // 4) * (width // 4)


Encoder = Numbers | Symbols | Captions
Layer = TypeVar("Layer", nn.Conv2d, nn.Linear)


def encoder_facts(encoder: Encoder) -> dict[str, Any]:
    """Return a spec as plain values.

    >>> encoder_facts(Numbers(width=3))
    {'kind': 'Numbers', 'width': 3}
    """
    return {"kind": type(encoder).__name__, **asdict(encoder)}


def encoder_from_facts(facts: dict[str, Any]) -> Encoder:
    """Return the spec that :func:`encoder_facts` described.

    Raises:
        KeyError: there is no such encoder.
        TypeError: it has other parameters.
    """
    kinds = {c.__name__: c for c in (Numbers, Symbols, Captions)}
    given: dict[str, Any]
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()}
    return kinds[str(given.pop("kind"))](**given)


def build_encoder(encoder: Encoder, generator: torch.Generator) -> nn.Module | None:
    """Return the module, weights drawn from ``generator``; None where there is none to train."""
    if isinstance(encoder, Numbers):
        return None
    if isinstance(encoder, Symbols):
        return Embedding(encoder.size, encoder.width, encoder.per_step, generator)
    return Captioned(encoder, generator)


@final
class Embedding(nn.Module):
    """Sum of the embeddings of M symbols a step: (B, T, M) or (B, T) to (B, T, E)."""

    def __init__(self, size: int, width: int, per_step: int, generator: torch.Generator) -> None:
        super().__init__()
        weight = torch.empty(size, width)
        # Sums of parts start small: rare words are learnt better so (studies/LOG.md, 2026-11-25).
        weight.normal_(0.0, 1.0 / per_step, generator=generator)
        weight[0] = 0.0
        self.weight = nn.Parameter(weight)

    def forward(self, inputs: Tensor, context: Tensor | None = None) -> Tensor:
        """Return (B, T, E); ``context`` is not looked at."""
        del context
        if inputs.ndim == 2:
            return functional.embedding(inputs, self.weight, padding_idx=0)
        rows: Tensor = functional.embedding_bag(
            inputs.flatten(0, 1), self.weight, mode="sum", padding_idx=0
        )
        return rows.view(*inputs.shape[:2], -1)


@final
class Captioned(nn.Module):
    """Words (B, T) and pictures (B, ...) to (B, T, E + P)."""

    def __init__(self, spec: Captions, generator: torch.Generator) -> None:
        super().__init__()
        self.words = Embedding(spec.size, spec.embedding, 1, generator)
        self.convolutions = nn.ModuleList()
        if len(spec.picture) > 1:
            for n_in, n_out in zip((spec.picture[0], *CHANNELS), CHANNELS, strict=False):
                layer = nn.Conv2d(n_in, n_out, 3, padding=1, device="meta").to_empty(device="cpu")
                self.convolutions.append(_drawn(layer, 9 * n_in, generator))
        last = nn.Linear(spec.flat, spec.vector, device="meta").to_empty(device="cpu")
        self.vector = _drawn(last, spec.flat, generator)

    def picture(self, pictures: Tensor) -> Tensor:
        """Return one vector for each picture, (B, P), within (-1, 1)."""
        found = pictures / PIXEL if len(self.convolutions) else pictures
        for layer in self.convolutions:
            found = functional.max_pool2d(functional.relu(layer(found)), 2)
        vector: Tensor = self.vector(found.flatten(1))
        return torch.tanh(vector)

    def forward(self, inputs: Tensor, context: Tensor | None = None) -> Tensor:
        """Return (B, T, E + P)."""
        if context is None:
            raise ValueError("captions need pictures")
        vectors = self.picture(context)[:, None].expand(-1, inputs.shape[1], -1)
        return torch.cat([self.words(inputs), vectors], -1)


def _drawn(layer: Layer, fan_in: int, generator: torch.Generator) -> Layer:
    """Draw weights for a rectifier (He et al. 2015, arXiv:1502.01852, eq. 10); zero biases."""
    with torch.no_grad():
        layer.weight.normal_(0.0, math.sqrt(2.0 / fan_in), generator=generator)
        if layer.bias is not None:
            layer.bias.zero_()
    return layer
