"""How much memory the training of one architecture takes.

Notation: B examples of a batch, T steps, H hidden size, D directions, L layers, G gates, K outputs;
rows are steps of all examples of a batch, B * T.  Tensors are float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from actselect.architecture import Architecture
from actselect.cells import get_cell
from actselect.limits._extent import FLOAT, Extent
from actselect.recurrence import Backend, native

TRAINED: Final = 6  # weights, both moments, best copy, gradients by layer and as one vector
OUTPUTS: Final = 3  # of every output: itself, its log-softmax, its gradient
LOOKED: Final = (
    32,
    200,
)  # sequences and steps of a look into a network (actselect.diagnostics) ...
HELD: Final = 2**20  # ... of so many states at most, but of 8 sequences at the least ...
EACH: Final = 256  # ... with bytes a state: 90 to 200 were measured
GRAPH: Final = 3  # times what a layer's pre-activations take that autograd keeps of a plain loop


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkNeed:
    """Bytes that one training has at the same time, at the least.

    Args:
        weights: with gradients, moments and the best copy.
        batch: what an optimiser step keeps for backpropagation.
        scoring: what answering many examples takes.
        looking: what a look into the network may take; a study can do without.
    """

    weights: int
    batch: int
    scoring: int
    looking: int

    @property
    def total(self) -> int:
        """Bytes in all of a training: batches are let go before examples are scored."""
        return self.weights + max(self.batch, self.scoring)


def network_need(
    architecture: Architecture, parameters: int, size: Extent, backend: Backend
) -> NetworkNeed:
    """Return what training an architecture takes.

    Args:
        architecture: to train.
        parameters: weights, those of the encoder included.
        size: of batches.
        backend: what runs the recurrent layers.
    """
    return NetworkNeed(
        weights=TRAINED * FLOAT * parameters,
        batch=_batch(architecture, size, backend),
        scoring=_scoring(architecture, size, backend),
        looking=_looking(architecture, size),
    )


def _batch(architecture: Architecture, size: Extent, backend: Backend) -> int:
    ways = 2 if architecture.bidirectional else 1
    steps = size.steps if architecture.bidirectional else size.stretch
    rows, hidden = size.batch * steps, architecture.hidden_size
    between = len(architecture.layers) - 1 + size.encoded  # layers whose inputs have a gradient
    layer = _layer(architecture, rows, backend)
    total = size.batch * size.steps * size.number
    total += FLOAT * size.batch * size.pictures
    total += FLOAT * rows * size.width * size.encoded
    total += len(architecture.layers) * ways * layer
    if ways == 2:
        total += len(architecture.layers) * FLOAT * rows * ways * hidden  # side by side
    total += FLOAT * rows * ways * hidden * bool(between or size.every)
    answers = rows if size.every else size.batch
    return total + OUTPUTS * FLOAT * answers * size.outputs


def _layer(architecture: Architecture, rows: int, backend: Backend) -> int:
    """Return the bytes that one layer in one direction keeps."""
    cell, hidden = get_cell(architecture.cell), architecture.hidden_size
    if backend == "native" and (stash := native.stash_bytes(cell, hidden, rows)):
        return FLOAT * rows * hidden + stash
    parts = cell.n_gates * (2 if cell.split else 1)
    if backend == "reference":
        return FLOAT * rows * hidden * (GRAPH * parts + cell.n_states)
    return FLOAT * rows * hidden * (2 * parts + cell.n_states + 1)


def _scoring(architecture: Architecture, size: Extent, backend: Backend) -> int:
    ways = 2 if architecture.bidirectional else 1
    rows = size.evaluated * size.steps
    kept = ways if len(architecture.layers) == 1 else ways + 1  # outputs of layers, and both ways
    if backend != "native":  # pre-activations, outputs step by step, outputs as one
        kept = get_cell(architecture.cell).n_gates + 2
    total = rows * size.number + FLOAT * size.evaluated * size.pictures // 2
    total += FLOAT * rows * size.width * size.encoded
    total += FLOAT * rows * ways * architecture.hidden_size * kept
    if size.every:
        return total + 2 * FLOAT * rows * size.outputs
    return total + 2 * 2 * FLOAT * size.scored * size.outputs  # twice in double precision


def _looking(architecture: Architecture, size: Extent) -> int:
    units = len(architecture.layers) * architecture.hidden_size
    units *= 2 if architecture.bidirectional else 1
    sequences, steps = LOOKED
    each = units * min(steps, size.steps)
    return EACH * each * min(sequences, max(8, HELD // each))
