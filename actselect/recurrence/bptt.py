"""Backpropagation through time written by hand: no autograd inside the time loop.

A cell works unit by unit, so the Jacobian of one step is a few numbers per unit.  The forward loop
runs without a graph and keeps pre-activations and states; then the Jacobians of *many* steps are
computed in one go, by autograd of the cell's pointwise part on (steps, B, ...) tensors; what is
left of the backward loop is linear: a few multiplications and one matrix product a step.  Weight
gradients are one matrix product over all steps.  Masked steps are folded into the Jacobians.

Any cell and any differentiable activation works, a user's own as well, because only ``pointwise``
is asked for.  Equal to ``reference.py`` (tested in float64, value and gradient).

Notation: as in ``reference.py``; S states.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from actselect.cells import AbstractCell, States
from actselect.recurrence import reference
from actselect.recurrence.reference import recurrent_part


def run(
    cell: AbstractCell,
    x_part: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    states: States,
    mask: Tensor | None,
) -> tuple[Tensor, States]:
    """Run a cell forward over time; arguments and result as in :func:`reference.run`."""
    if not torch.is_grad_enabled():
        return reference.run(cell, x_part, weight, bias, states, mask)
    result = cast(
        "tuple[Tensor, ...]",
        _Recurrence.apply(cell, x_part, weight, bias, mask, *states),  # type: ignore[no-untyped-call]
    )
    return result[0], result[1:]


CHUNK = 2**17  # pre-activations whose Jacobians are computed at once: they stay in the cache


class _Recurrence(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's context object
        cell: AbstractCell,
        x_part: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        mask: Tensor | None,
        *states: Tensor,
    ) -> tuple[Tensor, ...]:
        history: list[States] = [states]
        parts: list[Tensor] = []
        keep = [None] * len(x_part) if mask is None else list(mask.unbind(0))
        product = _Product(cell, weight, bias)
        for x, exists in zip(x_part.unbind(0), keep, strict=True):
            part = product.forward(x, history[-1][0])
            new = cell.pointwise((x, part) if cell.split else (part,), history[-1])
            if exists is not None:
                new = tuple(
                    torch.where(exists, n, o) for n, o in zip(new, history[-1], strict=True)
                )
            history.append(new)
            parts.append(part)
        ctx.cell = cell
        hidden = torch.stack([states[0] for states in history])
        # Intermediates of ours: no graph runs through them.  The last states are outputs; held
        # here they would hold themselves, and the memory of every batch would never be given back.
        ctx.parts, ctx.history = parts, history[:-1]
        ctx.save_for_backward(x_part if cell.split else None, weight, bias, mask, hidden)
        return hidden[1:], *history[-1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor, *grad_states: Tensor) -> Any:  # noqa: ANN401
        cell: AbstractCell = ctx.cell
        x_part, weight, bias, mask, hidden = ctx.saved_tensors
        product = _Product(cell, weight, bias)
        shape = (len(ctx.parts), *ctx.parts[0].shape)
        grad_parts = grad_output.new_empty(shape)
        grad_x = torch.empty_like(grad_parts) if cell.split else None
        grads = list(grad_states)
        size = max(1, CHUNK // ctx.parts[0].numel())
        for end in range(len(ctx.parts), 0, -size):
            start = max(0, end - size)
            steps = slice(start, end)
            before = [torch.stack(column) for column in zip(*ctx.history[steps], strict=True)]
            jacobian = _Jacobian(
                cell,
                torch.stack(ctx.parts[steps]),
                None if x_part is None else x_part[steps],
                before,
                None if mask is None else mask[steps],
            )
            seen: list[list[Tensor]] = []
            for t in range(end - 1, start - 1, -1):
                grads[0] = grads[0] + grad_output[t]
                seen.append(grads)
                grads = jacobian.step_back(t - start, grads, grad_parts[t], product)
            if grad_x is not None:
                grad_x[steps] = jacobian.input_gradient(seen[::-1])
        grad_weight = product.weight_gradient(grad_parts, hidden[:-1])
        grad_bias = None if bias is None else _over_steps(grad_parts)
        return None, grad_parts if grad_x is None else grad_x, grad_weight, grad_bias, None, *grads


class _Product:
    """The recurrent product and its gradients, for matrix and elementwise recurrences."""

    def __init__(self, cell: AbstractCell, weight: Tensor, bias: Tensor | None) -> None:
        self.cell, self.weight, self.bias = cell, weight, bias
        self.turned = weight.t() if weight.ndim == 2 else weight

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """Return the recurrent part (B, G, H), with the input part added unless the cell splits."""
        if self.cell.split:
            return recurrent_part(self.cell, h, self.weight, self.bias)
        if self.weight.ndim == 1:
            return x + recurrent_part(self.cell, h, self.weight, self.bias)
        flat = x.flatten(1) if self.bias is None else x.flatten(1) + self.bias
        return torch.addmm(flat, h, self.turned).view_as(x)

    def backward(self, grad_part: Tensor) -> Tensor:
        """Return the gradient of the hidden state, (B, H), from that of the part (B, G, H)."""
        if self.weight.ndim == 1:
            return grad_part.squeeze(-2) * self.weight
        return grad_part.flatten(1) @ self.weight

    def weight_gradient(self, grad_parts: Tensor, h: Tensor) -> Tensor:
        """Return the gradient of the weight from those of all parts (T, B, G, H) and h (T, B,
        H).
        """
        if self.weight.ndim == 1:
            return (grad_parts.squeeze(-2) * h).sum((0, 1))
        return grad_parts.flatten(2).flatten(0, 1).t() @ h.flatten(0, 1)


class _Jacobian:
    """d new state / d (part, input part, old state) of all steps; None where it is zero."""

    def __init__(
        self,
        cell: AbstractCell,
        parts: Tensor,
        x_part: Tensor | None,
        before: Sequence[Tensor],
        mask: Tensor | None,
    ) -> None:
        given = [parts.detach(), *before] if x_part is None else [parts.detach(), *before, x_part]
        leaves = [tensor.detach().requires_grad_() for tensor in given]
        count = len(before)
        own = (leaves[0],) if x_part is None else (leaves[-1], leaves[0])
        with torch.enable_grad():
            after = cell.pointwise(own, tuple(leaves[1 : 1 + count]))
        rows: list[list[Tensor | None]] = []
        for index, state in enumerate(after):
            slopes = torch.autograd.grad(
                state, leaves, torch.ones_like(state),
                retain_graph=index < len(after) - 1, allow_unused=True,
            )  # fmt: skip
            rows.append([_masked(s, mask) for s in slopes])
        if mask is not None:  # a step that does not exist hands its state on
            for index, row in enumerate(rows):
                through = (~mask).to(parts.dtype).expand_as(before[index])
                old = row[1 + index]
                row[1 + index] = through if old is None else old + through
        self._part = [_steps(row[0]) for row in rows]
        self._state = [[_steps(slope) for slope in row[1 : 1 + count]] for row in rows]
        self._input = [row[-1] for row in rows]

    def step_back(
        self, t: int, grads: list[Tensor], grad_part: Tensor, product: _Product
    ) -> list[Tensor]:
        """Return the gradients of the states before step t; write that of its part."""
        first = True
        for grad, slopes in zip(grads, self._part, strict=True):
            if slopes is None:
                continue
            if first:
                torch.mul(grad.unsqueeze(-2), slopes[t], out=grad_part)
                first = False
            else:
                grad_part.addcmul_(grad.unsqueeze(-2), slopes[t])
        back = [product.backward(grad_part), *[None] * (len(grads) - 1)]
        for grad, row in zip(grads, self._state, strict=True):
            for index, slopes in enumerate(row):
                if slopes is not None:
                    old = back[index]
                    back[index] = (
                        grad * slopes[t] if old is None else torch.addcmul(old, grad, slopes[t])
                    )
        return [torch.zeros_like(g) if b is None else b for b, g in zip(back, grads, strict=True)]

    def input_gradient(self, seen: list[list[Tensor]]) -> Tensor:
        """Return the gradient of the input part, (T, B, G, H), of a cell that splits."""
        total: Tensor | None = None
        for index, slopes in enumerate(self._input):
            if slopes is not None:
                term = torch.stack([grads[index] for grads in seen]).unsqueeze(-2) * slopes
                total = term if total is None else total + term
        if total is None:
            raise RuntimeError("a cell whose states do not depend on its input")
        return total


def _steps(slopes: Tensor | None) -> tuple[Tensor, ...] | None:
    return None if slopes is None else slopes.unbind(0)


def _masked(slope: Tensor | None, mask: Tensor | None) -> Tensor | None:
    if slope is None or mask is None:
        return slope
    return slope * (mask if slope.ndim == mask.ndim else mask.unsqueeze(-1))


def _over_steps(grad_parts: Tensor) -> Tensor:
    """Return the gradient of a bias: the sum over steps and batch, (G * H,)."""
    return grad_parts.sum((0, 1)).flatten()
