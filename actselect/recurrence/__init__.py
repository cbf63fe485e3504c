"""Running a cell over time.  Two backends: ``reference`` (the definition of correct) and
``bptt``.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from actselect.cells import AbstractCell, States
from actselect.recurrence import bptt, reference

Backend = Literal["bptt", "reference"]


def run_layer(
    cell: AbstractCell,
    inputs: Tensor,
    weights: tuple[Tensor, Tensor, Tensor | None, Tensor | None],
    states: States,
    *,
    lengths: Tensor | None = None,
    reverse: bool = False,
    backend: Backend = "bptt",
) -> tuple[Tensor, States]:
    """Run one layer in one direction.

    Notation: T steps, B batch, F features, G gates, H hidden size.

    Args:
        cell: the pointwise part.
        inputs: (T, B, F), padded on the right.
        weights: input weights (G * H, F), recurrent weights (G * H, H) or (H,), and both biases
            (G * H,) or None: torch.nn's.
        states: initial states, (B, H) each.
        lengths: (B,) steps that exist; None when all do.
        reverse: read each sequence from its own last step to its first.
        backend: which implementation.

    Returns:
        Outputs (T, B, H), zero where a step does not exist, and the final states.
    """
    w_x, w_h, b_x, b_h = weights
    mask = None
    if lengths is not None and bool((lengths < len(inputs)).any()):
        steps = torch.arange(len(inputs), device=inputs.device).unsqueeze(1)
        mask = (steps < lengths.to(inputs.device)).unsqueeze(-1)
    if reverse:
        inputs, mask = inputs.flip(0), None if mask is None else mask.flip(0)
    if not cell.split and b_x is not None and b_h is not None:
        b_x, b_h = b_x + b_h, None  # one addition for all steps instead of one in each
    x_part = torch.nn.functional.linear(inputs, w_x, b_x).unflatten(-1, (cell.n_gates, -1))
    run = bptt.run if backend == "bptt" else reference.run
    output, final = run(cell, x_part, w_h, b_h, states, mask)
    if mask is not None:
        output = output * mask
    return output.flip(0) if reverse else output, final
