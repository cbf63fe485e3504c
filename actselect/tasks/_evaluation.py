"""Running a network over examples, in batches that fit into the memory.

Notation: E examples, B in a batch, T steps, K outputs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from actselect.records import FloatArray, IntArray
from actselect.tasks._base import Batch, Network, Scaled
from actselect.tasks._vocabulary import FIRST, UNKNOWN

MOST_EXAMPLES = 512  # run together
MOST_CELLS = 2**23  # numbers that all steps of a batch come to: 32 MB
UNITS = 128  # a step comes to at least so many, for it has a state of about that size


def parts(examples: IntArray, sizes: IntArray | None, width: int) -> Iterator[IntArray]:
    """Yield positions within ``examples`` that are run together; examples of like size, if known.

    Args:
        examples: (E,) examples.
        sizes: steps of every example there is, or None.
        width: numbers that a step comes to: outputs, where there are some at every step, else 0.

    >>> [p.tolist() for p in parts(np.array([2, 0, 1]), np.array([5, 6, 7]), MOST_CELLS)]
    [[1], [2], [0]]
    """
    if sizes is None:
        for start in range(0, len(examples), MOST_EXAMPLES):
            yield np.arange(start, min(start + MOST_EXAMPLES, len(examples)))
        return
    steps, most_steps = sizes[examples], MOST_CELLS // max(UNITS, width)
    order = np.argsort(steps, kind="stable")
    start = 0
    while start < len(order):
        count = min(MOST_EXAMPLES, len(order) - start)
        while count > 1 and count * steps[order[start + count - 1]] > most_steps:
            count //= 2
        yield order[start : start + count]
        start += count


def evaluated_together(steps: int, width: int, *, by_size: bool) -> int:
    """Return how many examples of so many steps :func:`parts` runs together at most.

    Args:
        steps: of each of them.
        width: as for :func:`parts`.
        by_size: whether the sizes of examples are known.

    >>> evaluated_together(2**14, 0, by_size=False), evaluated_together(2**14, 0, by_size=True)
    (512, 4)
    """
    if not by_size:
        return MOST_EXAMPLES
    room = MOST_CELLS // max(UNITS, width) // max(1, steps)
    return min(MOST_EXAMPLES, max(1, room))


def batches(scaled: Scaled, examples: IntArray, width: int = 0) -> Iterator[tuple[IntArray, Batch]]:
    """Yield positions within ``examples`` and their batch, in the order in which they are run."""
    for positions in parts(examples, scaled.sizes, width):
        yield positions, scaled.batch(examples[positions])


@torch.no_grad()
def outputs(
    network: Network, scaled: Scaled, examples: IntArray, width: int = 0
) -> Iterator[tuple[IntArray, Batch, Tensor]]:
    """Yield positions within ``examples``, their batch, and the network's raw outputs of it."""
    for positions, batch in batches(scaled, examples, width):
        yield positions, batch, network(batch.inputs, batch.lengths, batch.context)


def last_outputs(network: Network, scaled: Scaled, examples: IntArray) -> FloatArray:
    """Return raw outputs (E, K) of a network that answers once."""
    found = [
        (positions, output.double().numpy())
        for positions, _, output in outputs(network, scaled, examples)
    ]
    result = np.empty((len(examples), found[0][1].shape[1]))
    for positions, rows in found:
        result[positions] = rows
    return result


def unknown_share(scaled: Scaled, examples: IntArray) -> float | None:
    """Return which share of the words of these examples is unknown; None where there are none."""
    unknown = words = 0
    for _, batch in batches(scaled, examples):
        if batch.inputs.is_floating_point():
            return None
        symbols = batch.inputs if batch.inputs.ndim == 2 else batch.inputs[..., 0]
        unknown += int((symbols == UNKNOWN).sum())
        words += int((symbols >= FIRST).sum()) + int((symbols == UNKNOWN).sum())
    return unknown / max(1, words)
