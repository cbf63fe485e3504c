"""How much of a task is in memory at once.

Notation: B examples of a batch, T steps of the longest, F numbers or symbols a step, E width of the
encoding, K outputs.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, final

import numpy as np
import torch

from actselect.data.mapped import MappedArray
from actselect.encoders import CHANNELS, Captions, Encoder, Numbers, Symbols
from actselect.records import IntArray
from actselect.tasks import Task, evaluated_together
from actselect.training import batch_size

FLOAT: Final = 4
SYMBOL: Final = 8  # bytes: int64
PARTS: Final = (0.7, 0.2)  # trained on, scored on, of development (actselect.tasks)
SAMPLE: Final = 64  # entries looked at of a long tuple
REFERENCE: Final = 8


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Sizes of what a training and an evaluation hold at once.

    Args:
        batch: B of an optimiser step.
        stretch: steps that gradients go through, of a network that reads one way.
        steps: T.
        evaluated: examples that are scored together.
        scored: examples scored in one go.
        number: bytes of a step's inputs in a batch, and of the index that finds them.
        width: E.
        encoded: whether an encoder with weights makes E numbers of each step.
        pictures: numbers that a picture comes to on its way through the encoder.
        outputs: K.
        every: whether there is an output at every step.
    """

    batch: int
    stretch: int
    steps: int
    evaluated: int
    scored: int
    number: int
    width: int
    encoded: bool
    pictures: int
    outputs: int
    every: bool


def extent(task: Task, development: IntArray, *, longest: bool = True) -> Extent:
    """Return how much of a task is in memory at once.

    Args:
        task: the bound task.
        development: (E,) examples that are not kept for the test.
        longest: whether examples count as long as the longest, or else as the median.
    """
    steps = max(1, task.longest_input if longest else min(task.length, task.longest_input))
    cut = steps if task.truncation is None else min(task.truncation, steps)
    train, score = (max(1, int(share * len(development))) for share in PARTS)
    chunks = 1
    if task.every and task.truncation is not None:
        chunks = max(1, task.length // task.truncation)
    batch = min(len(development) if longest else train, batch_size(len(development) // chunks))
    if not longest:
        batch = min(batch, batch_size(train // chunks))
    together = evaluated_together(
        steps,
        task.output_size if task.every else 0,
        by_size=task.every or isinstance(task.encoder, Symbols),
    )
    return Extent(
        batch=batch,
        stretch=cut,
        steps=steps,
        evaluated=min(score, together),
        scored=score,
        number=_input_bytes(task.encoder),
        width=task.encoder.width,
        encoded=not isinstance(task.encoder, Numbers),
        pictures=_picture_numbers(task.encoder),
        outputs=task.output_size,
        every=task.every,
    )


def _input_bytes(encoder: Encoder) -> int:
    """Return the bytes of a step: its inputs, and the whole numbers that find them in the data."""
    if isinstance(encoder, Numbers):
        return FLOAT * encoder.width + SYMBOL
    return SYMBOL * ((encoder.per_step if isinstance(encoder, Symbols) else 1) + 1)


def _picture_numbers(encoder: Encoder) -> int:
    """Return the numbers of a picture, of both convolutions with what follows them, and P."""
    if not isinstance(encoder, Captions):
        return 0
    if len(encoder.picture) == 1:
        return 2 * encoder.picture[0] + encoder.vector
    channels, height, width = encoder.picture
    area, (first, second) = height * width, CHANNELS
    rectified, pooled = 2, 3 / 4  # the values and their rectified copy; a quarter, and where it was
    convolved = first * area * (rectified + pooled) + second * area / 4 * (rectified + pooled)
    return int(2 * channels * area + convolved) + encoder.vector


def resident_bytes(thing: object) -> int:
    """Return about the memory that a copy of a task takes; what is mapped from a file takes none.

    >>> resident_bytes((np.zeros(10), [np.zeros((2, 5))]))
    160
    """
    return _resident(thing, set())


def _resident(thing: Any, seen: set[int]) -> int:  # noqa: ANN401 - whatever a task holds
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    match thing:
        case MappedArray():
            found = 0 if thing.place is not None else int(thing.nbytes)
        case np.ndarray() if thing.dtype == object:
            found = int(thing.nbytes) + _of_many(thing.ravel(), seen)
        case np.ndarray() | torch.Tensor():
            found = int(thing.nbytes)
        case str() | bytes():
            found = sys.getsizeof(thing)
        case tuple() | list():
            found = _of_many(thing, seen)
        case dict():
            found = _of_many([*thing.items()], seen)
        case _ if is_dataclass(thing) and not isinstance(thing, type):
            found = sum(_resident(getattr(thing, field.name), seen) for field in fields(thing))
        case _:
            found = 0
    return found


def _of_many(things: Any, seen: set[int]) -> int:  # noqa: ANN401 - a tuple, list or array
    """Return the bytes of what they hold; of many a sample is looked at, and references count."""
    if len(things) <= SAMPLE:
        return sum(_resident(thing, seen) for thing in things)
    sample = things[:: max(1, len(things) // SAMPLE)]
    share = sum(_resident(thing, seen) for thing in sample) / len(sample)
    return int(len(things) * (REFERENCE + share))
