"""The contract of a cell.

Notation: T steps, B batch, F features, G gates, H hidden size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from actselect import nn
from actselect.activations import get_activation
from actselect.architecture import LayerSpec
from actselect.cells import AbstractCell, CellType, States, get_cell
from actselect.recurrence import Backend, run_layer
from actselect.testing._asserting import require, same

T, B, F, H = 5, 3, 2, 4
LENGTHS = (5, 2, 4)
DEFAULTS = {"activation": "tanh", "recurrent_activation": "sigmoid", "output_activation": "tanh"}
OTHERS = {
    "activation": "softsign",
    "recurrent_activation": "elliott",
    "output_activation": "arctan",
}
CHANGES: dict[str, Callable[[Tensor], Tensor]] = {
    "steps": lambda x: x.expand(T, *x.shape),
    "sequences": lambda x: x.roll(1, 0)[:2],
    "units": lambda x: x.roll(1, -1)[..., :2],
}


def check_cell(name: str) -> None:
    """Check that a cell does what the recurrence, the search space and its own facts rely on.

    Args:
        name: of a built-in cell, or one added with :func:`actselect.register_cell`.

    Raises:
        AssertionError: shapes are wrong; units are not independent; a declared fact (``gated``,
            ``has_output_activation``, ``split``, ``elementwise_recurrence``) is untrue; the two
            backends, or gradients and finite differences, differ; padding matters; a weight has no
            effect; or ``parameter_count`` is wrong.

    >>> check_cell("lstm")
    """
    facts, who = get_cell(name), f"cell {name!r}"
    _check_step(who, facts)
    _check_units(who, facts)
    _check_split(who, facts)
    _check_axes(who, facts)
    _check_backends(who, facts)
    _check_padding(who, facts)
    _check_parameters(who, name)


def _bound(facts: CellType, **changed: str) -> AbstractCell:
    names = DEFAULTS | changed
    return facts(**{axis: get_activation(name).function for axis, name in names.items()})


def _draw(*shape: int, seed: int = 0) -> Tensor:
    stream = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=stream, dtype=torch.float64)


def _step_inputs(facts: CellType) -> tuple[tuple[Tensor, ...], States]:
    parts = tuple(_draw(B, facts.n_gates, H, seed=i) for i in range(1 + facts.split))
    return parts, tuple(_draw(B, H, seed=9 + i) for i in range(facts.n_states))


def _tried(who: str, what: str, function: Callable[[], States]) -> States:
    """Return what a function of someone else's cell returns; its crash is a broken contract."""
    try:
        return function()
    except Exception as error:
        raise AssertionError(f"{who}: {what} failed: {type(error).__name__}: {error}") from error


def _check_step(who: str, facts: CellType) -> None:
    fits = not facts.elementwise_recurrence or facts.n_gates == 1
    require(fits, f"{who}: elementwise_recurrence has a weight per unit, so n_gates must be 1.")
    cell = _bound(facts)
    parts, states = _step_inputs(facts)
    new = _tried(who, "pointwise", lambda: cell.pointwise(parts, states))
    count = facts.n_states
    told = f"{who}: pointwise must return n_states = {count} states as a tuple."
    require(isinstance(new, tuple) and len(new) == count, told)
    shapes = [tuple(s.shape) for s in new]
    require(set(shapes) == {(B, H)}, f"{who}: states must have shape {(B, H)}. Got {shapes}.")


def _check_units(who: str, facts: CellType) -> None:
    """Leading axes, batch and units must not mix: the recurrence asks for many steps at once."""
    cell = _bound(facts)
    parts, states = _step_inputs(facts)
    new = cell.pointwise(parts, states)
    for what, change in CHANGES.items():
        given = tuple(map(change, parts)), tuple(map(change, states))
        own = _tried(who, f"pointwise on {what}", partial(cell.pointwise, *given))
        alone = all(same(a, change(b)) for a, b in zip(own, new, strict=True))
        require(alone, f"{who}: pointwise must treat {what} one by one; they mix.")


def _check_split(who: str, facts: CellType) -> None:
    if not facts.split:
        return
    (x, h), states = _step_inputs(facts)
    cell, shift = _bound(facts), _draw(B, facts.n_gates, H, seed=3)
    before, after = cell.pointwise((x, h), states), cell.pointwise((x + shift, h - shift), states)
    apart = not all(map(same, before, after))
    require(apart, f"{who}: declares split, but only the sum of both parts matters: drop split.")


def _check_axes(who: str, facts: CellType) -> None:
    base = _results(who, facts, _bound(facts))
    used = {"activation": True, "recurrent_activation": facts.gated,
            "output_activation": facts.has_output_activation}  # fmt: skip
    fact = {"recurrent_activation": "gated", "output_activation": "has_output_activation"}
    for axis, other in OTHERS.items():
        new = _results(who, facts, _bound(facts, **{axis: other}))
        changed = [not same(a, b) for a, b in zip(base, new, strict=True)]
        if used[axis]:
            require(all(changed), f"{who}: {axis} has no effect on the output or on a gradient"
                     f"{f', but {fact[axis]} is True' if axis in fact else ''}.")  # fmt: skip
        else:
            require(not any(changed), f"{who}: {axis} has an effect, but {fact[axis]} is False.")


def _leaves(facts: CellType) -> tuple[Tensor, ...]:
    rows = facts.n_gates * H
    recurrent = (H,) if facts.elementwise_recurrence else (rows, H)
    shapes: list[tuple[int, ...]] = [(T, B, F), (rows, F), recurrent, (rows,), (rows,)]
    shapes += [(B, H)] * facts.n_states
    return tuple(0.5 * _draw(*s, seed=20 + i).requires_grad_() for i, s in enumerate(shapes))


def _run(
    cell: AbstractCell, leaves: Sequence[Tensor], backend: Backend, *, reverse: bool = False
) -> tuple[Tensor, ...]:
    inputs, w_x, w_h, b_x, b_h, *states = leaves
    output, final = run_layer(
        cell, inputs, (w_x, w_h, b_x, b_h), tuple(states),
        lengths=torch.tensor(LENGTHS), reverse=reverse, backend=backend,
    )  # fmt: skip
    return output, *final


def _results(
    who: str,
    facts: CellType,
    cell: AbstractCell,
    backend: Backend = "bptt",
    *,
    reverse: bool = False,
) -> tuple[Tensor, ...]:
    """Return the output (T, B, H) and the gradients of all weights, inputs and initial states."""
    leaves = _leaves(facts)
    outputs = _tried(
        who, f"the {backend} backend", lambda: _run(cell, leaves, backend, reverse=reverse)
    )
    terms = [(o * _draw(*o.shape, seed=50 + i)).sum() for i, o in enumerate(outputs)]
    loss = torch.stack(terms).sum()
    grads = _tried(who, f"the {backend} backend's gradient", lambda: torch.autograd.grad(
        loss, leaves, allow_unused=True, materialize_grads=True
    ))  # fmt: skip
    return outputs[0].detach(), *grads


def _check_backends(who: str, facts: CellType) -> None:
    cell = _bound(facts)
    leaves = ("input", "weight_ih", "weight_hh", "bias_ih", "bias_hh", *["state"] * facts.n_states)
    names = ("output", *(f"gradient of {leaf}" for leaf in leaves))
    for reverse in (False, True):
        fast = _results(who, facts, cell, reverse=reverse)
        slow = _results(who, facts, cell, "reference", reverse=reverse)
        for what, a, b in zip(names, fast, slow, strict=True):
            require(same(a, b), f"{who}: {what} differs between backends, reverse={reverse}.")
            require(bool(b.any()), f"{who}: {what} is zero: something has no effect.")
    true = torch.autograd.gradcheck(
        lambda *leaves: _run(cell, leaves, "bptt"), _leaves(facts), raise_exception=False
    )
    require(true, f"{who}: gradients differ from finite differences.")


def _check_padding(who: str, facts: CellType) -> None:
    cell, leaves = _bound(facts), [leaf.detach() for leaf in _leaves(facts)]
    together = _run(cell, leaves, "bptt")
    inputs, w_x, w_h, b_x, b_h, *states = leaves
    for row, length in enumerate(LENGTHS):
        own = inputs[:length, row : row + 1]
        initial = tuple(s[row : row + 1] for s in states)
        alone, final = run_layer(cell, own, (w_x, w_h, b_x, b_h), initial)
        equal = same(alone[:, 0], together[0][:length, row]) and all(
            same(f[0], t[row]) for f, t in zip(final, together[1:], strict=True)
        )
        require(equal, f"{who}: a sequence padded in a batch differs from the sequence alone.")


def _check_parameters(who: str, name: str) -> None:
    facts = get_cell(name)
    layer = LayerSpec(
        activation="tanh",
        recurrent_activation="sigmoid" if facts.gated else None,
        output_activation="tanh" if facts.has_output_activation else None,
    )
    network = nn.Recurrent(name, F, H, [layer])
    have, said = sum(p.numel() for p in network.parameters()), facts.parameter_count(F, H)
    require(have == said, f"{who}: parameter_count says {said}, but there are {have}.")
    output, _ = network(torch.zeros(T, B, F))
    require(tuple(output.shape) == (T, B, H), f"{who}: output must be {(T, B, H)}.")
