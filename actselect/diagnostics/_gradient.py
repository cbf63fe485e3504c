"""How far back a trained network's gradients reach, and how its states forget or drift apart.

Two numbers, as they answer two questions.  The norm of dL/ds over the lag is what training sees:
what a loss says about the network's state s some steps before (Pascanu, Mikolov, Bengio 2013,
arXiv:1211.5063, section 2).  The largest Lyapunov exponent is what the dynamics do by themselves,
whatever is asked of them: the mean growth of a tangent vector that is brought back to length 1
after each step (Benettin et al. 1980, doi:10.1007/BF02128236; of trained recurrent networks: Vogt
et al. 2022, doi:10.3389/fams.2022.818799).  It is found here by going back with the transposed
Jacobians, whose product grows by the same factors: so nothing is asked of a cell or an activation
but the backward pass that training needs.

The Jacobian of a stack is block triangular, as a layer acts only on those above it; so its
exponents are those of its layers, each driven by what it reads, and the largest of them is taken.

Notation: B sequences, T steps; a state is h, of an LSTM h and c.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from actselect.cells import States
from actselect.diagnostics._walk import Walk
from actselect.diagnostics._window import Window
from actselect.model import RecurrentModel
from actselect.records import GradientRecord

Loss = Callable[[Tensor, Tensor], Tensor]  # of raw outputs and targets, as Scaled.loss

FAR = math.log(1000.0)  # a gradient this many times smaller, or larger, has vanished, or exploded
POINTS = 16  # steps whose Jacobian is taken apart; it changes little from step to step
DECOMPOSED = 2**20  # numbers in these Jacobians at most, which bounds the time: cubic in the state
ROUNDS = 100  # of the power method, where one Jacobian alone has more
TRANSIENT = 4  # one part in so many of the way back, until a tangent vector has its direction


def gradient_record(
    model: RecurrentModel,
    window: Window,
    walks: list[list[Walk]],
    loss: Loss,
    generator: torch.Generator,
) -> GradientRecord | None:
    """Return how gradients travel; None where there is one step, no gradient, or no finite state.

    Args:
        model: the network.
        window: what it is shown.
        walks: its walk through that.
        loss: mean over sequences of what training minimises.
        generator: of the first tangent vectors and of the points at which Jacobians are taken.
    """
    if not all(way.states[-1][0].isfinite().all() for layer in walks for way in layer):
        return None
    norms = _log_norms(model, window, walks, loss)
    if norms is None:
        return None
    curve = norms.median(1).values
    shown = [i for i, x in enumerate(curve.tolist()) if x < 700.0]  # exp of more is no float
    decay = fitted_decay(curve)
    ways = [way for layer in walks for way in layer]
    exponent = max(lyapunov_exponent(way, generator) for way in ways)
    return GradientRecord(
        lags=tuple(shown),
        norms=tuple(rounded(math.exp(curve[i])) for i in shown),
        decay=rounded(decay),
        half_life=rounded(-math.log(2.0) / math.log(decay)) if 0.0 < decay < 1.0 else None,
        lyapunov=rounded(exponent) if math.isfinite(exponent) else None,
        singular=rounded(max(largest_singular_value(way, generator) for way in ways)),
        vanishing=rounded((norms[-1] < -FAR).double().mean().item()),
        exploding=rounded((norms[-1] > FAR).double().mean().item()),
    )


def _log_norms(
    model: RecurrentModel, window: Window, walks: list[list[Walk]], loss: Loss
) -> Tensor | None:
    """Return log(|dL/ds| at each lag / that at lag 0), (T, B); None where there is nothing."""
    value = _loss(model, window, walks[-1], loss)
    total = torch.zeros(window.inputs.shape[:2], dtype=torch.float64)
    for layer in walks:
        for way, reverse in zip(layer, (False, True), strict=False):
            squares = _squared_gradients(value, way)
            total += squares if reverse and model.every else squares.flip(0)
    norms = 0.5 * total.log()
    known = norms[0].isfinite() & ~norms.isnan().any(0)
    if len(norms) < 2 or not known.any():
        return None
    return (norms - norms[0])[:, known]


def _squared_gradients(loss: Tensor, walk: Walk) -> Tensor:
    """Return |dL/ds|^2 after each step, (T, B), in the order in which the layer reads."""
    after = [state for states in walk.states[1:] for state in states]
    found = torch.autograd.grad(loss, after, retain_graph=True, materialize_grads=True)
    each = torch.stack([gradient.square().sum(-1) for gradient in found])
    squares: Tensor = each.unflatten(0, (len(walk.states) - 1, -1)).sum(1)
    return squares


def _loss(model: RecurrentModel, window: Window, top: list[Walk], loss: Loss) -> Tensor:
    """Return the loss of the last answer.

    Head and loss have no steps, so they are left in float32, as the task wrote them.
    """
    ends = [way.states[-1][0] for way in top]
    if model.every and len(top) > 1:
        ends[1] = top[1].states[1][0]  # what reads backwards begins with the last step
    with torch.enable_grad():
        features = torch.cat(ends, -1).to(model.output.weight.dtype)
        if model.hidden is not None:
            features = model.head_activation.function(model.hidden(features))
        output: Tensor = model.output(features)
        return loss(output.unsqueeze(1) if model.every else output, window.targets)


def growth(walk: Walk, start: States) -> Tensor:
    """Return log of the factor by which a vector grows on each step back, (T - 1, B).

    Args:
        walk: what it is carried back through.
        start: the vector after the last step, (B, H) for each state.
    """
    vector, factors = _unit(start), []
    for step in range(len(walk.states) - 2, 0, -1):
        vector = walk.back(step, vector)
        factors.append(_norm(*vector).log())
        vector = _unit(vector)
    return torch.stack(factors) if factors else start[0].new_zeros((0, len(start[0])))


def lyapunov_exponent(walk: Walk, generator: torch.Generator) -> float:
    """Return the largest exponent, nats per step: the median over sequences of the mean growth."""
    start = tuple(
        torch.randn(state.shape, dtype=torch.float64, generator=generator)
        for state in walk.states[-1]
    )
    grown = growth(walk, start)
    settled = grown[len(grown) // TRANSIENT :]
    return float(settled.mean(0).median())


def largest_singular_value(walk: Walk, generator: torch.Generator) -> float:
    """Return the median over some steps of the largest singular value of their Jacobian.

    Of a large one it is found by the power method, from below (Golub and Van Loan 2013, Matrix
    Computations, section 8.2.1).
    """
    size = sum(state.shape[-1] for state in walk.states[0])
    points = max(1, min(POINTS, DECOMPOSED // size**2))
    steps = torch.randint(len(walk.x_part), (points,), generator=generator)
    rows = torch.randint(walk.x_part.shape[1], (points,), generator=generator)
    if size**2 > DECOMPOSED:
        return _by_power_method(walk, int(steps), int(rows), generator)
    jacobians = walk.jacobians(steps, rows)
    return float(torch.linalg.matrix_norm(jacobians, ord=2).median())


def _by_power_method(walk: Walk, step: int, row: int, generator: torch.Generator) -> float:
    size = sum(state.shape[-1] for state in walk.states[0])
    vector = torch.randn(size, dtype=torch.float64, generator=generator)
    mapped, square = walk.there_and_back(step, row), vector.norm()
    for _ in range(ROUNDS):
        if not square > 0:
            break
        vector = mapped(vector / square)
        square = vector.norm()
    return math.sqrt(float(square))


def fitted_decay(curve: Tensor) -> float:
    """Return the factor per step of the exponential that is nearest to a curve of logarithms.

    By least squares on the logarithm over the lags at which anything is left; 0 where that is only
    the first.

    >>> round(fitted_decay(torch.tensor([0.0, -1.0, -2.0])), 6)
    0.367879
    """
    left = torch.nonzero(curve.isfinite()).flatten()
    if len(left) < 2:
        return 0.0
    lags = left.double() - left.double().mean()
    slope = (lags * curve[left].double()).sum() / lags.square().sum()
    return math.exp(slope.item())


def rounded(value: float) -> float:
    """Return four digits of a number: what lies behind them depends on the machine."""
    return float(f"{value:.4g}")


def _norm(*parts: Tensor) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(torch.cat(parts, -1), dim=-1)
    return norm


def _unit(parts: States) -> States:
    length = _norm(*parts).unsqueeze(-1)
    return tuple(torch.where(length > 0, part / length, part) for part in parts)
