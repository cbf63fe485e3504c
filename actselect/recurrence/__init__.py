"""Running a cell over time, by one of three backends.

``reference`` is the definition of correct: a plain loop, differentiated by autograd.  ``bptt`` is a
loop with a backward pass written by hand: any cell, any activation, any device.  ``native`` are the
compiled kernels: float32 on the CPU, the cells and activations of the catalogue.  ``auto`` is
``native`` where that can do it and ``bptt`` elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, cast, get_args

import torch
from torch import Tensor

from actselect.cells import AbstractCell, States
from actselect.exceptions import UsageError
from actselect.recurrence import bptt, native, reference

Backend = Literal["auto", "native", "bptt", "reference"]
Weights = tuple[Tensor, Tensor, Tensor | None, Tensor | None]
Pullback = Callable[[Tensor | None, Tensor | None], tuple[Tensor | None, list[Tensor]]]
DESCRIPTIONS = {
    "native": "compiled kernels",
    "bptt": "PyTorch, backward over time written by hand",
    "reference": "PyTorch, plain loop",
}


def settle(backend: str, cells: Iterable[str], activations: Iterable[str]) -> tuple[Backend, str]:
    """Return the one backend that runs a whole study, and the reason if it is a slow one.

    One for all architectures: otherwise those win that a backend happens to know.

    Args:
        backend: ``auto`` takes the kernels if they know everything that may occur.
        cells: names of all cells that may occur.
        activations: names of all activations that may occur in a recurrent layer.

    Raises:
        UsageError: there is no such backend, or it cannot do it.

    >>> settle("reference", ["lstm"], ["tanh"])[0]
    'reference'
    """
    if backend not in get_args(Backend):
        raise UsageError(f"backend must be one of {', '.join(get_args(Backend))}. Got {backend!r}.")
    if backend not in ("auto", "native"):
        return cast("Backend", backend), ""
    missing = native.unknown(cells, activations)
    if not missing:
        return "native", ""
    reason = (
        "this installation has no compiled kernels"
        if native.MODULE is None
        else f"the compiled kernels do not know {', '.join(missing)}"
    )
    if backend == "native":
        raise UsageError(f"backend 'native' cannot do it: {reason}. Use 'auto' or 'bptt'.")
    return "bptt", f"Trained without the compiled kernels, several times slower: {reason}."


def describe(backend: Backend) -> str:
    """Return a backend as a report names it, with the instruction set of the kernels.

    >>> describe("reference")
    'reference (PyTorch, plain loop)'
    """
    if backend == "native" and native.MODULE is not None:
        return f"native ({DESCRIPTIONS[backend]}, {native.MODULE.instruction_set()})"
    return f"{backend} ({DESCRIPTIONS[backend]})"


def run_layer(
    cell: AbstractCell,
    inputs: Tensor,
    weights: Weights,
    states: States | None,
    *,
    lengths: Tensor | None = None,
    reverse: bool = False,
    backend: Backend = "auto",
) -> tuple[Tensor, States]:
    """Run one layer in one direction.

    Notation: T steps, B batch, F features, G gates, H hidden size.

    Args:
        cell: the pointwise part.
        inputs: (T, B, F), padded on the right.
        weights: input weights (G * H, F), recurrent weights (G * H, H) or (H,), and both biases
            (G * H,) or None: torch.nn's.
        states: initial states, (B, H) each; None for zeros.
        lengths: (B,) int64 on the CPU, steps that exist; None when all do.
        reverse: read each sequence from its own last step to its first.
        backend: which implementation.

    Returns:
        Outputs (T, B, H), zero where a step does not exist, and the final states.

    Raises:
        UsageError: ``native`` was asked for and cannot do it.
    """
    if _native(cell, inputs, backend):
        return native.run(cell, inputs, weights, states, lengths, reverse=reverse)
    w_x, w_h, b_x, b_h = weights
    if states is None:
        states = (inputs.new_zeros(inputs.shape[1], w_h.shape[-1]),) * cell.n_states
    mask = None
    if lengths is not None and bool((lengths < len(inputs)).any()):
        steps = torch.arange(len(inputs), device=inputs.device).unsqueeze(1)
        mask = (steps < lengths.to(inputs.device)).unsqueeze(-1)
    if reverse:
        inputs, mask = inputs.flip(0), None if mask is None else mask.flip(0)
    if not cell.split and b_x is not None and b_h is not None:
        b_x, b_h = b_x + b_h, None  # one addition for all steps instead of one in each
    x_part = torch.nn.functional.linear(inputs, w_x, b_x).unflatten(-1, (cell.n_gates, -1))
    run = reference.run if backend == "reference" else bptt.run
    output, final = run(cell, x_part, w_h, b_h, states, mask)
    if mask is not None:
        output = output * mask
    return output.flip(0) if reverse else output, final


def run_layer_with_pullback(
    cell: AbstractCell,
    inputs: Tensor,
    weights: Weights,
    states: States | None,
    *,
    lengths: Tensor | None,
    reverse: bool,
    backend: Backend,
    for_inputs: bool,
) -> tuple[Tensor, States, Pullback]:
    """Run one layer, without autograd's graph around it.

    In a small network the graph costs as much as the layer (studies/LOG.md).

    Args:
        cell: as the others, as in :func:`run_layer`.
        inputs: (T, B, F).
        weights: both weights and both biases or None.
        states: initial states, (B, H) each; None for zeros.  Gradients do not reach them.
        lengths: (B,) or None.
        reverse: read backwards.
        backend: which implementation.
        for_inputs: whether the gradient of the inputs is wanted.

    Returns:
        Outputs (T, B, H), the final states, and the pullback.  That maps the gradients of the
        outputs and of the final hidden state (None: zero) to those of the inputs (None if not
        wanted) and of the weights.
    """
    if _native(cell, inputs, backend):
        return native.run_with_pullback(
            cell, inputs, weights, states, lengths, reverse=reverse, for_inputs=for_inputs
        )
    given = [inputs, *(w for w in weights if w is not None)]
    leaves = [t.detach().requires_grad_(i > 0 or for_inputs) for i, t in enumerate(given)]
    with torch.enable_grad():
        own = (*leaves[1:], None, None)[:4]
        output, final = run_layer(
            cell, leaves[0], cast("Weights", own), states,
            lengths=lengths, reverse=reverse, backend=backend,
        )  # fmt: skip

    def pullback(
        grad_output: Tensor | None, grad_last: Tensor | None
    ) -> tuple[Tensor | None, list[Tensor]]:
        pairs = [
            (one, g) for one, g in ((output, grad_output), (final[0], grad_last)) if g is not None
        ]
        wanted = leaves if for_inputs else leaves[1:]
        outputs, grads = zip(*pairs, strict=True)
        found = list(torch.autograd.grad(outputs, wanted, grads, materialize_grads=True))
        return (found[0], found[1:]) if for_inputs else (None, found)

    return output.detach(), tuple(state.detach() for state in final), pullback


def _native(cell: AbstractCell, inputs: Tensor, backend: Backend) -> bool:
    if backend not in ("auto", "native"):
        return False
    able = native.supports(cell) and native.accepts(inputs)
    if backend == "native" and not able:
        raise UsageError(
            "The native backend needs compiled kernels, float32 on the CPU, and a cell and "
            f"activations of the catalogue. Got {type(cell).__name__}, {inputs.dtype} on "
            f"{inputs.device}. Use backend='auto'; `actselect doctor` says what is there."
        )
    return able
