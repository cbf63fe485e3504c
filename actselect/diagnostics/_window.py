"""What is looked at: the last steps of some sequences, and the states before them.

Notation: B sequences, T steps, F features of a step as the recurrent layers see it, H hidden size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor

from actselect.model import RecurrentModel
from actselect.nn import Memory
from actselect.records import IntArray
from actselect.tasks import Batch

SEQUENCES = 32  # enough for a median; the norms of one network differ by factors, not by per cents
LEAST = 8  # of them where a network is so large that ...
HELD = 2**20  # ... states, some twenty times over, would take more than about 200 MB
STEPS = 200  # a gradient that loses a twentieth a step has lost all but 1 / 28000 by then


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The same number of last steps of each sequence.

    Args:
        inputs: (T, B, F), what the lowest layer reads.
        memory: states before them, of every layer and direction; None for zeros.
        targets: (B, ...) what the network is asked after the last step; (B, 1, ...) where it is
            asked at every step.
    """

    inputs: Tensor
    memory: Memory | None
    targets: Tensor


@torch.no_grad()
def look(
    model: RecurrentModel, batch: Batch, *, sequences: int = SEQUENCES, steps: int = STEPS
) -> Window:
    """Return the window of a batch: of its longer half the last steps that all of those have.

    A network that reads both ways is shown the window alone; any other first reads what comes
    before it.

    Args:
        model: whose encoder and memory are used.
        batch: as a task makes it.
        sequences: B at most.
        steps: T at most.
    """
    encoded = batch.inputs
    if model.encoder is not None:
        encoded = model.encoder(batch.inputs, batch.context)
    lengths = batch.lengths
    if lengths is None:
        lengths = torch.full((len(encoded),), encoded.shape[1])
    middle = int(lengths.sort().values[(len(lengths) - 1) // 2])
    units = model.recurrent.num_layers * model.output.in_features
    room = max(LEAST, HELD // (units * min(steps, max(1, middle))))
    rows = torch.nonzero(lengths >= max(1, middle)).flatten()[: min(sequences, room)]
    size = min(steps, int(lengths[rows].min()))
    encoded, ends = encoded[rows], lengths[rows]
    at = (ends - size).unsqueeze(1) + torch.arange(size)
    inputs = encoded[torch.arange(len(rows)).unsqueeze(1), at]
    memory: Memory | None = None
    if bool((ends > size).any()) and not model.recurrent.bidirectional:
        before = ends - size
        memory = model.recurrent.read(encoded[:, : int(before.max())], before)[1]
    targets = batch.targets[rows]
    if model.every:
        targets = targets[torch.arange(len(rows)), ends - 1].unsqueeze(1)
    return Window(inputs=inputs.transpose(0, 1).contiguous(), memory=memory, targets=targets)


def spread(examples: IntArray, count: int) -> IntArray:
    """Return ``count`` of the examples, or all, evenly spread over them.

    >>> spread(np.arange(10), 4).tolist()
    [0, 3, 6, 9]
    """
    if len(examples) <= count:
        return examples
    return examples[np.linspace(0, len(examples) - 1, count).round().astype(np.int64)]
