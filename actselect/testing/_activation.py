"""The contract of an activation."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from actselect.activations import ActivationSpec, Elementwise
from actselect.testing._asserting import CLOSE, require, same

FAR = 1e4  # pre-activations this large occur before a training is called diverged
REACHED = 0.01  # of the range: how near an activation must come to a bound it declares
KINK = 1e-3  # a jump of the slope that is no rounding
SLOPE_ERROR = 1e-7  # cancellation in formulas such as 1 - tanh(x)^2 stays far below


def check_activation(spec: ActivationSpec) -> None:
    """Check that an activation is what its row of the table says.

    Args:
        spec: as :func:`actselect.register_activation` returns it.

    Raises:
        AssertionError: it is not elementwise, not finite on [-1e4, 1e4], its derivative differs
            from autograd's or from finite differences, or range, monotony or smoothness are untrue.

    >>> from dataclasses import replace
    >>> from actselect.activations import get_activation
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
            require(bool(y.isfinite().all()), f"{who}: {what} not finite on [-1e4, 1e4].")
    _check_slope(who, spec, x)
    y = spec.function(x)
    _check_range(who, spec, y)
    falls = bool((y.diff() < -CLOSE).any())
    told = "decreases somewhere" if falls else "never decreases"
    require(falls != spec.monotone, f"{who}: declares monotone = {spec.monotone}, but {told}.")
    if spec.smooth:
        at, jump = _largest_jump(spec, near)
        require(jump < KINK, f"{who}: declares smooth, but its slope jumps at {at:.4g}.")
    require(0.0 < spec.gain < math.inf, f"{who}: gain must be positive. Got {spec.gain}.")


def _check_elementwise(who: str, function: Elementwise, x: Tensor) -> None:
    y = function(x)
    require(y.shape == x.shape and y.dtype == x.dtype, f"{who}: changes the shape or the dtype.")
    alone = torch.stack([function(v) for v in x[::6000]])
    require(same(alone, y[::6000]), f"{who}: not elementwise: a value depends on the others.")


def _slope(spec: ActivationSpec, x: Tensor) -> Tensor:
    at = x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(spec.function(at).sum(), at)
    return slope


def _check_slope(who: str, spec: ActivationSpec, x: Tensor) -> None:
    autograd, own = _slope(spec, x), spec.derivative(x)
    require(own.shape == x.shape, f"{who}: derivative changes the shape.")
    wrong = (own - autograd).abs() > SLOPE_ERROR
    first = x[wrong][:1].tolist()
    require(not first, f"{who}: derivative differs from autograd's, first at x = {first}.")
    beside = (torch.linspace(-7.9, 7.9, 41, dtype=torch.float64) + 0.0123).requires_grad_()
    true = torch.autograd.gradcheck(spec.function, (beside,), raise_exception=False)
    require(true, f"{who}: autograd's derivative differs from finite differences.")


def _check_range(who: str, spec: ActivationSpec, y: Tensor) -> None:
    least, most = y.min().item(), y.max().item()
    low, high = f"{who}: declares low = {spec.low:g}", f"{who}: declares high = {spec.high:g}"
    require(least >= spec.low - CLOSE, f"{low}, but falls to {least:g}.")
    require(most <= spec.high + CLOSE, f"{high}, but rises to {most:g}.")
    near = REACHED * (most - least)
    tight = spec.low == -math.inf or least <= spec.low + near
    require(tight, f"{low}, but reaches no less than {least:g}.")
    tight = spec.high == math.inf or most >= spec.high - near
    require(tight, f"{high}, but reaches no more than {most:g}.")


def _largest_jump(spec: ActivationSpec, x: Tensor) -> tuple[float, float]:
    """Return where the slope changes fastest, and what of that change is left nearby."""
    slope = _slope(spec, x)
    first = int(slope.diff().abs().argmax())
    ends = x[first : first + 2]
    for _ in range(30):  # 1e-3 / 2^30 is about 1e-12
        three = torch.stack([ends[0], ends.mean(), ends[1]])
        second = int(_slope(spec, three).diff().abs().argmax())
        ends = three[second : second + 2]
    return ends[0].item(), _slope(spec, ends).diff().abs().item()
