"""Contracts for your own activations and cells; the built-in ones keep them too.

>>> from actselect.activations import get_activation
>>> check_activation(get_activation("softsign"))
>>> check_cell("mgu")

Notation: T steps, B batch, F features, G gates, H hidden size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from actselect import nn
from actselect.activations import ActivationSpec, Elementwise, get_activation
from actselect.architecture import LayerSpec
from actselect.cells import AbstractCell, CellType, States, get_cell
from actselect.recurrence import Backend, run_layer

FAR = 1e4  # pre-activations this large occur before a training is called diverged
CLOSE = 1e-9  # relative; float64 rounding of a few dozen operations stays far below
REACHED = 0.01  # of the range: how near an activation must come to a bound it declares
KINK = 1e-3  # a jump of the derivative that is no rounding
T, B, F, H = 5, 3, 2, 4
LENGTHS = (5, 2, 4)
AXES = (("activation", "softsign"), ("recurrent_activation", "elliott"),
        ("output_activation", "arctan"))  # fmt: skip  # each differs from what _bound uses
Gradients = tuple[Tensor, ...]


def check_activation(spec: ActivationSpec) -> None:
    """Check that an activation is what its row of the table says.

    Args:
        spec: as :func:`actselect.register_activation` returns it.

    Raises:
        AssertionError: it is not elementwise, not finite on [-1e4, 1e4], its derivative differs
            from autograd's or from finite differences, or range, monotony or smoothness are untrue.

    >>> from dataclasses import replace
    >>> check_activation(replace(get_activation("tanh"), high=2.0))
    Traceback (most recent call last):
    AssertionError: activation 'tanh': declares high = 2, but reaches no more than 1.
    """
    who = f"activation {spec.name!r}"
    near = torch.linspace(-30.0, 30.0, 60_001, dtype=torch.float64)
    far = torch.linspace(-FAR, FAR, 20_001, dtype=torch.float64)
    x = torch.cat([far[far < -30], near, far[far > 30]])
    _check_elementwise(who, spec.function, near)
    for values in (x, x.float()):
        for what, y in (("value", spec.function(values)), ("slope", _slope(spec, values))):
            _require(bool(y.isfinite().all()), f"{who}: {what} not finite on [-1e4, 1e4].")
    _check_slope(who, spec, x)
    y = spec.function(x)
    _check_range(who, spec, y)
    falls = bool((y.diff() < -CLOSE).any())
    _require(falls != spec.monotone, f"{who}: declares monotone = {spec.monotone}, but it "
             f"{'decreases somewhere' if falls else 'never decreases'}.")  # fmt: skip
    if spec.smooth:
        at, jump = _largest_jump(spec, near)
        _require(jump < KINK, f"{who}: declares smooth, but its slope jumps at {at:.4g}.")
    _require(0.0 < spec.gain < math.inf, f"{who}: gain must be positive. Got {spec.gain}.")


def _check_elementwise(who: str, function: Elementwise, x: Tensor) -> None:
    y = function(x)
    _require(y.shape == x.shape and y.dtype == x.dtype, f"{who}: changes the shape or the dtype.")
    alone = torch.stack([function(v) for v in x[::6000]])
    _require(_same(alone, y[::6000]), f"{who}: not elementwise: a value depends on the others.")


def _slope(spec: ActivationSpec, x: Tensor) -> Tensor:
    at = x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(spec.function(at).sum(), at)
    return slope


def _check_slope(who: str, spec: ActivationSpec, x: Tensor) -> None:
    autograd, own = _slope(spec, x), spec.derivative(x)
    wrong = (own - autograd).abs() > 1e-7
    _require(own.shape == x.shape, f"{who}: derivative changes the shape.")
    _require(not bool(wrong.any()), f"{who}: derivative differs from autograd's, first at x = "
             f"{x[wrong][:1].tolist()}.")  # fmt: skip
    beside = (torch.linspace(-7.9, 7.9, 41, dtype=torch.float64) + 0.0123).requires_grad_()
    true = torch.autograd.gradcheck(spec.function, (beside,), raise_exception=False)
    _require(true, f"{who}: autograd's derivative differs from finite differences.")


def _check_range(who: str, spec: ActivationSpec, y: Tensor) -> None:
    least, most = y.min().item(), y.max().item()
    _require(
        least >= spec.low - CLOSE, f"{who}: declares low = {spec.low:g}, but falls to {least:g}."
    )
    _require(
        most <= spec.high + CLOSE, f"{who}: declares high = {spec.high:g}, but rises to {most:g}."
    )
    near = REACHED * (most - least)
    _require(spec.low == -math.inf or least <= spec.low + near,
             f"{who}: declares low = {spec.low:g}, but reaches no less than {least:g}.")  # fmt: skip
    _require(spec.high == math.inf or most >= spec.high - near,
             f"{who}: declares high = {spec.high:g}, but reaches no more than {most:g}.")  # fmt: skip


def _largest_jump(spec: ActivationSpec, x: Tensor) -> tuple[float, float]:
    """Return where the slope changes fastest, and what is left of that change on a tiny interval."""
    slope = _slope(spec, x)
    first = int(slope.diff().abs().argmax())
    ends = x[first : first + 2]
    for _ in range(30):  # 1e-3 / 2^30 is about 1e-12
        three = torch.stack([ends[0], ends.mean(), ends[1]])
        second = int(_slope(spec, three).diff().abs().argmax())
        ends = three[second : second + 2]
    return ends[0].item(), _slope(spec, ends).diff().abs().item()


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
    _check_split(who, facts)
    _check_axes(who, facts)
    _check_backends(who, facts)
    _check_padding(who, facts)
    _check_parameters(who, name)


def _bound(facts: CellType, **changed: str) -> AbstractCell:
    names = {"activation": "tanh", "recurrent_activation": "sigmoid",
             "output_activation": "tanh"} | changed  # fmt: skip
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
    _require(not facts.elementwise_recurrence or facts.n_gates == 1,
             f"{who}: elementwise_recurrence has one weight per unit, so n_gates must be 1.")  # fmt: skip
    cell = _bound(facts)
    parts, states = _step_inputs(facts)
    new = _tried(who, "pointwise", lambda: cell.pointwise(parts, states))
    _require(isinstance(new, tuple) and len(new) == facts.n_states,
             f"{who}: pointwise must return n_states = {facts.n_states} states as a tuple.")  # fmt: skip
    shapes = [tuple(s.shape) for s in new]
    _require(set(shapes) == {(B, H)}, f"{who}: states must have shape {(B, H)}. Got {shapes}.")
    more = _tried(who, "pointwise on (T, B, G, H)", lambda: cell.pointwise(
        tuple(p.expand(T, *p.shape) for p in parts), tuple(s.expand(T, *s.shape) for s in states)
    ))  # fmt: skip
    _require(all(m.shape == (T, B, H) and _same(m[0], n) for m, n in zip(more, new, strict=True)),
             f"{who}: pointwise must treat leading axes one by one.")  # fmt: skip
    turned = _tried(who, "pointwise", lambda: cell.pointwise(
        tuple(p.roll(1, -1) for p in parts), tuple(s.roll(1, -1) for s in states)
    ))  # fmt: skip
    only = _tried(who, "pointwise", lambda: cell.pointwise(
        tuple(p[..., :1] for p in parts), tuple(s[..., :1] for s in states)
    ))  # fmt: skip
    units = all(
        _same(t, n.roll(1, -1)) and _same(o, n[..., :1])
        for t, o, n in zip(turned, only, new, strict=True)
    )
    _require(units, f"{who}: pointwise must treat units one by one; they mix.")


def _check_split(who: str, facts: CellType) -> None:
    if not facts.split:
        return
    (x, h), states = _step_inputs(facts)
    cell, shift = _bound(facts), _draw(B, facts.n_gates, H, seed=3)
    before, after = cell.pointwise((x, h), states), cell.pointwise((x + shift, h - shift), states)
    _require(not all(map(_same, before, after)),
             f"{who}: declares split, but only the sum of both parts matters: drop split.")  # fmt: skip


def _check_axes(who: str, facts: CellType) -> None:
    base = _results(who, facts, _bound(facts))
    used = {"activation": True, "recurrent_activation": facts.gated,
            "output_activation": facts.has_output_activation}  # fmt: skip
    fact = {"recurrent_activation": "gated", "output_activation": "has_output_activation"}
    for axis, other in AXES:
        new = _results(who, facts, _bound(facts, **{axis: other}))
        changed = [not _same(a, b) for a, b in zip(base, new, strict=True)]
        if used[axis]:
            _require(all(changed), f"{who}: {axis} has no effect on the output or on a gradient"
                     f"{f', but {fact[axis]} is True' if axis in fact else ''}.")  # fmt: skip
        else:
            _require(not any(changed), f"{who}: {axis} has an effect, but {fact[axis]} is False.")


def _leaves(facts: CellType, bias: bool = True) -> tuple[Tensor, ...]:
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
    loss = sum((o * _draw(*o.shape, seed=50 + i)).sum() for i, o in enumerate(outputs))
    grads = _tried(who, f"the {backend} backend's gradient", lambda: torch.autograd.grad(
        loss, leaves, allow_unused=True, materialize_grads=True
    ))  # fmt: skip
    return outputs[0].detach(), *grads


def _check_backends(who: str, facts: CellType) -> None:
    cell = _bound(facts)
    names = ("output", "input gradient", "weight_ih gradient", "weight_hh gradient",
             "bias_ih gradient", "bias_hh gradient", *["state gradient"] * facts.n_states)  # fmt: skip
    for reverse in (False, True):
        fast = _results(who, facts, cell, reverse=reverse)
        slow = _results(who, facts, cell, "reference", reverse=reverse)
        for what, a, b in zip(names, fast, slow, strict=True):
            _require(
                _same(a, b), f"{who}: {what} differs between the backends (reverse={reverse})."
            )
            _require(bool(b.any()), f"{who}: {what} is zero: something has no effect.")
    true = torch.autograd.gradcheck(
        lambda *leaves: _run(cell, leaves, "bptt"), _leaves(facts), raise_exception=False
    )
    _require(true, f"{who}: gradients differ from finite differences.")


def _check_padding(who: str, facts: CellType) -> None:
    cell, leaves = _bound(facts), [leaf.detach() for leaf in _leaves(facts)]
    together = _run(cell, leaves, "bptt")
    for row, length in enumerate(LENGTHS):
        weights, states = tuple(leaves[1:5]), tuple(s[row : row + 1] for s in leaves[5:])
        alone, final = run_layer(
            cell,
            leaves[0][:length, row : row + 1],
            (*weights,),
            states,  # type: ignore[arg-type]
        )
        same = _same(alone[:, 0], together[0][:length, row]) and all(
            _same(f[0], t[row]) for f, t in zip(final, together[1:], strict=True)
        )
        _require(same, f"{who}: a sequence padded in a batch differs from the sequence alone.")


def _check_parameters(who: str, name: str) -> None:
    facts = get_cell(name)
    layer = LayerSpec(activation="tanh", recurrent_activation="sigmoid" if facts.gated else None,
                      output_activation="tanh" if facts.has_output_activation else None)  # fmt: skip
    network = nn.Recurrent(name, F, H, [layer])
    have, said = sum(p.numel() for p in network.parameters()), facts.parameter_count(F, H)
    _require(have == said, f"{who}: parameter_count says {said}, but there are {have}.")
    output, _ = network(torch.zeros(T, B, F))
    _require(tuple(output.shape) == (T, B, H), f"{who}: output must be {(T, B, H)}.")


def _same(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and bool(torch.allclose(a, b, rtol=CLOSE, atol=CLOSE))


def _require(true: bool, message: str) -> None:
    if not true:
        raise AssertionError(message)
