"""A trained stack of layers walked through a window step by step, so that each step can be seen.

In float64: what vanishes is to be seen vanishing.

Notation: B sequences, T steps, F features, G gates, H hidden size, S states of a cell (2 of an
LSTM, h and c), D = S * H numbers of a layer's whole state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast, final

import torch
from torch import Tensor

from actselect.activations import Elementwise
from actselect.cells import AbstractCell, States, get_cell
from actselect.diagnostics._window import Window
from actselect.nn import Recurrent
from actselect.recurrence import Weights
from actselect.recurrence.reference import recurrent_part

ROLES = ("activation", "recurrent_activation", "output_activation")


@final
class Recorder:
    """An elementwise function that remembers what it was given."""

    def __init__(self, function: Elementwise) -> None:
        self.function = function
        self.seen: list[Tensor] = []

    def __call__(self, x: Tensor) -> Tensor:
        """Return the function's value."""
        self.seen.append(x.detach())
        return self.function(x)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One layer in one direction, in the order in which it reads.

    Args:
        cell: its pointwise part.
        recurrent: recurrent weight and bias, in float64.
        x_part: (T, B, G, H) input pre-activations.
        states: what is carried on: before the first step and after each one, T + 1 times S tensors
            (B, H) in one graph of autograd's.  The next step reads these, h and c apart, so a
            gradient with respect to them is what comes back through memory.
        outputs: (T, B, H), h after each step, as the layer above reads it.
        seen: by role, what the function was given in each call, in order.
    """

    cell: AbstractCell
    recurrent: tuple[Tensor, Tensor | None]
    x_part: Tensor
    states: tuple[States, ...]
    outputs: Tensor
    seen: dict[str, list[Tensor]]

    def back(self, step: int, gradient: States) -> States:
        """Return the gradient before a step, given that after it, along this layer alone."""
        return torch.autograd.grad(
            self.states[step + 1], self.states[step], gradient,
            retain_graph=True, materialize_grads=True,
        )  # fmt: skip

    def jacobians(self, steps: Tensor, rows: Tensor) -> Tensor:
        """Return d(states after) / d(states before), (P, D, D), at P steps of P sequences."""
        before = [torch.stack(states).detach() for states in zip(*self.states[:-1], strict=True)]
        size = sum(state.shape[-1] for state in before)
        # Each point as often as there are outputs: one backward pass then gives all rows.
        leaves = tuple(
            state[steps, rows].repeat_interleave(size, 0).requires_grad_() for state in before
        )
        x = self.x_part.detach()[steps, rows].repeat_interleave(size, 0)
        after = _step(self.cell, x, self.recurrent, leaves)
        unit = torch.eye(size, dtype=torch.float64).repeat(len(rows), 1)
        chosen = unit.split([state.shape[-1] for state in before], -1)
        found = torch.autograd.grad(after, leaves, chosen, materialize_grads=True)
        return torch.cat(found, -1).view(len(rows), size, size)

    def there_and_back(self, step: int, row: int) -> Callable[[Tensor], Tensor]:
        """Return v -> J'J v for the Jacobian J at a step of a sequence, (D,) to (D,).

        J itself, of D * D numbers, is not written out.
        """
        before = tuple(
            state[row : row + 1].detach().requires_grad_() for state in self.states[step]
        )
        with torch.enable_grad():
            x = self.x_part.detach()[step, row : row + 1]
            after = torch.cat(_step(self.cell, x, self.recurrent, before), -1)
            chosen = torch.zeros_like(after, requires_grad=True)
            found = torch.autograd.grad(
                after, before, chosen, create_graph=True, materialize_grads=True
            )
            back = torch.cat(found, -1)  # J' chosen: its own derivative along v is J v

        def mapped(vector: Tensor) -> Tensor:
            (there,) = torch.autograd.grad(back, chosen, vector.unsqueeze(0), retain_graph=True)
            found = torch.autograd.grad(
                after, before, there, retain_graph=True, materialize_grads=True
            )
            return torch.cat(found, -1).squeeze(0)

        return mapped


@torch.enable_grad()
def walk_through(recurrent: Recurrent, window: Window) -> list[list[Walk]]:
    """Return the walk of every layer and direction through a window."""
    inputs = window.inputs.double()
    walks: list[list[Walk]] = []
    for level in range(recurrent.num_layers):
        ways = [
            _walk(recurrent, window, inputs, level, reverse=reverse)
            for reverse in (False, True)[: 2 if recurrent.bidirectional else 1]
        ]
        walks.append(ways)
        inputs = torch.cat([w.outputs.flip(0) if i else w.outputs for i, w in enumerate(ways)], -1)
    return walks


def _walk(
    recurrent: Recurrent, window: Window, inputs: Tensor, level: int, *, reverse: bool
) -> Walk:
    functions = {role: getattr(recurrent.layers[level], role).function for role in ROLES}
    recorders = {role: Recorder(function) for role, function in functions.items()}
    recording = get_cell(recurrent.cell)(**recorders)
    w_x, w_h, b_x, b_h = _weights(recurrent, level, reverse=reverse)
    x_part = torch.nn.functional.linear(inputs.flip(0) if reverse else inputs, w_x, b_x)
    x_part = x_part.unflatten(-1, (recording.n_gates, -1))
    if window.memory is None:
        zeros = inputs.new_zeros(inputs.shape[1], recurrent.hidden_size)
        first: States = tuple(zeros.clone() for _ in range(recording.n_states))
    else:
        first = window.memory[level]  # it reads one way: each layer has one entry
    states = [tuple(state.detach().double().requires_grad_() for state in first)]
    outputs = []
    for x in x_part:
        after = _step(recording, x, (w_h, b_h), states[-1])
        outputs.append(after[0])
        states.append(tuple(state.clone() for state in after))
    return Walk(
        cell=get_cell(recurrent.cell)(**functions), recurrent=(w_h, b_h), x_part=x_part,
        states=tuple(states), outputs=torch.stack(outputs),
        seen={role: recorder.seen for role, recorder in recorders.items()},
    )  # fmt: skip


def _step(
    cell: AbstractCell, x: Tensor, recurrent: tuple[Tensor, Tensor | None], states: States
) -> States:
    h_part = recurrent_part(cell, states[0], *recurrent)
    return cell.pointwise((x, h_part) if cell.split else (x + h_part,), states)


def _weights(recurrent: Recurrent, level: int, *, reverse: bool) -> Weights:
    ending = f"_l{level}{'_reverse' * reverse}"
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    found = [getattr(recurrent, kind + ending, None) for kind in kinds]
    doubled = [None if weight is None else weight.detach().double() for weight in found]
    return cast("Weights", tuple(doubled))
