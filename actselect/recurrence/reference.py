"""The definition of correct: a plain loop over time, differentiated by autograd.

Notation: B batch, T steps, G gates, H hidden size.
"""

from __future__ import annotations

import torch
from torch import Tensor

from actselect.cells import AbstractCell, States


def run(
    cell: AbstractCell,
    x_part: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    states: States,
    mask: Tensor | None,
) -> tuple[Tensor, States]:
    """Run a cell forward over time.

    Args:
        cell: the pointwise part.
        x_part: (T, B, G, H) input pre-activations, input bias included.
        weight: (G * H, H) recurrent weights; (H,) for an elementwise recurrence.
        bias: (G * H,) recurrent bias, or None.
        states: ``n_states`` tensors (B, H).
        mask: (T, B, 1) True for steps that exist; None when all do.

    Returns:
        The hidden state after each step, (T, B, H), not masked, and the final states. A step that
        does not exist leaves the states as they are.
    """
    outputs = []
    keep = [None] * len(x_part) if mask is None else list(mask.unbind(0))
    for x, exists in zip(x_part.unbind(0), keep, strict=True):
        h_part = recurrent_part(cell, states[0], weight, bias)
        new = cell.pointwise((x, h_part) if cell.split else (x + h_part,), states)
        if exists is not None:
            new = tuple(torch.where(exists, n, o) for n, o in zip(new, states, strict=True))
        states = new
        outputs.append(states[0])
    return torch.stack(outputs), states


def recurrent_part(cell: AbstractCell, h: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return the recurrent pre-activations, (..., G, H), of hidden states (..., H)."""
    if cell.elementwise_recurrence:
        part = h * weight if bias is None else torch.addcmul(bias, h, weight)
        return part.unsqueeze(-2)
    flat = torch.nn.functional.linear(h, weight, bias)
    return flat.view(*flat.shape[:-1], cell.n_gates, -1)
