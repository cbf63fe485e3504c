"""Before a study starts: every axis is shown to matter, and the metric to reward what is better.

A search over an axis that nothing listens to still returns a winner, and a metric read the wrong
way round returns the worst.  Neither shows in the numbers of a study, so both are looked at first,
in networks of a few units and in predictions whose order is known.

Notation: B batch, T steps, F features, K outputs, H units, G gates; V values of an axis.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, final

import numpy as np
import torch
from torch import Tensor

from actselect.architecture import Architecture
from actselect.cells import get_cell
from actselect.encoders import Numbers
from actselect.exceptions import RunError, UsageError
from actselect.model import RecurrentModel
from actselect.records import IntArray
from actselect.recurrence import Backend
from actselect.search_space import SAME, SearchSpace
from actselect.seeding import generator
from actselect.tasks import Task

BATCH: Final = 6
STEPS: Final = 4  # enough for what a state passes on to count
FEATURES: Final = 3
OUTPUTS: Final = 2
UNITS: Final = 8
SPREAD: Final = 3.0  # of inputs and biases: pre-activations pass 6 often, where relu6 bends last
TRIES: Final = 8  # with new weights, before a study is refused: units may be dead
TOLERANCE: Final = 2e-5  # relative; ten times what the kernels may be off (docs/design.md)
MOST_SCORED: Final = 256  # examples that the metric is tried on; an order needs no more

Value = str | int | bool


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """One value of each axis, under the names of Optuna's parameters."""

    cell: str
    activation: str
    recurrent_activation: str
    output_activation: str
    head_activation: str
    num_layers: int
    bidirectional: bool

    def architecture(self, space: SearchSpace) -> Architecture:
        """Return what the space builds from these values, with ``UNITS`` units."""
        built = space.build(
            cell=self.cell,
            activations=[self.activation] * self.num_layers,
            recurrent_activation=self.recurrent_activation,
            output_activation=self.output_activation,
            bidirectional=self.bidirectional,
            head_activation=self.head_activation,
        )
        return replace(built, hidden_size=UNITS)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """Something to vary, alone.

    Args:
        name: of the field of :class:`_Choice`.
        values: V of them.
        part: the field of one layer that is varied; empty if the whole network is.
        level: of that layer, from 0.
    """

    name: str
    values: tuple[Value, ...]
    part: str = ""
    level: int = 0

    def architectures(self, space: SearchSpace, choice: _Choice) -> list[Architecture]:
        """Return the architectures of the values; all else is as chosen, other layers too."""
        varied = [replace(choice, **{self.name: v}).architecture(space) for v in self.values]  # type: ignore[arg-type]
        if not self.part:
            return varied
        base = choice.architecture(space)
        before, own, after = (
            base.layers[: self.level], base.layers[self.level], base.layers[self.level + 1 :]
        )  # fmt: skip
        parts = [getattr(other.layers[self.level], self.part) for other in varied]
        layers = [(*before, replace(own, **{self.part: part}), *after) for part in parts]
        return [replace(base, layers=own_layers) for own_layers in layers]

    def __str__(self) -> str:
        role = "" if self.part == self.name else f", as {self.part},"
        return f"{self.name}{role} of layer {self.level + 1}" if self.part else self.name


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """Small networks with the same weights wherever shapes agree, on the same inputs."""

    backend: Backend
    seed: int
    number: int
    weights: dict[tuple[str, tuple[int, ...]], Tensor] = field(default_factory=dict)
    seen: dict[Architecture, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def _normal(self, name: str, *shape: int) -> Tensor:
        if (name, shape) not in self.weights:
            drawn = generator(self.seed, "liveness", self.number, name).normal(size=shape)
            self.weights[name, shape] = torch.from_numpy(drawn.astype(np.float32))
        return self.weights[name, shape]

    def run(self, architecture: Architecture) -> tuple[Tensor, Tensor]:
        """Return outputs (B * K,), and the gradient (H * F,) of a fixed weighting of them.

        The gradient is that of the first layer's input weights, summed over gates: every network
        has them in this shape, and all that the network does stands between them and the output.
        """
        if architecture not in self.seen:
            self.seen[architecture] = self._run(architecture)
        return self.seen[architecture]

    @torch.no_grad()
    def _run(self, architecture: Architecture) -> tuple[Tensor, Tensor]:
        model = RecurrentModel(
            architecture,
            encoder=Numbers(width=FEATURES),
            output_size=OUTPUTS,
            generator=torch.Generator().manual_seed(0),
            backend=self.backend,
        )
        # Initial weights would not do: they follow the gain of the activation by themselves.
        for name, weight in model.named_parameters():
            scale = SPREAD if "bias" in name else 1.0 / math.sqrt(weight.shape[-1])
            weight.copy_(self._normal(name, *weight.shape) * scale)
        inputs = SPREAD * self._normal("inputs", BATCH, STEPS, FEATURES)
        outputs, _, pullback = model.with_pullback(inputs)
        gradient = pullback(self._normal("weighting", BATCH, OUTPUTS))[0]
        return outputs.flatten(), gradient.unflatten(0, (-1, UNITS)).sum(0).flatten()


def check_axes(space: SearchSpace, backend: Backend, seed: int) -> tuple[str, ...]:
    """Show numerically that every axis changes the network's function and its gradient.

    Each axis is varied alone, in each cell that has it and in each layer that it acts on; every two
    of its values must give different outputs and different gradients.

    Args:
        space: to be searched.
        backend: that the study will run on.
        seed: of the study.

    Returns:
        The axes with more than one value, all of them alive, named as Optuna's parameters.

    Raises:
        UsageError: two values of an axis do the same.
    """
    benches = [_Bench(backend=backend, seed=seed, number=number) for number in range(TRIES)]
    alive: dict[str, None] = {}  # an ordered set
    for cell in space.cells:
        for axis in _axes(space, cell):
            if len(axis.values) > 1:
                _check(benches, space, cell, axis)
                alive[axis.name] = None
    return tuple(alive)


def _axes(space: SearchSpace, cell: str) -> Iterator[_Axis]:
    """Yield the axes that a cell has; where the cell state follows the candidate, that too."""
    if cell == space.cells[0]:
        yield _Axis(name="cell", values=space.cells)
    yield _Axis(name="num_layers", values=space.depths)
    yield _Axis(name="bidirectional", values=space.bidirectional)
    yield _Axis(name="head_activation", values=space.head_activations)
    facts, own, out = get_cell(cell), space.activations, space.output_activations
    parts: list[tuple[str, tuple[str, ...], str]] = [("activation", own, "activation")]
    if facts.gated:
        parts.append(("recurrent_activation", space.recurrent_activations, "recurrent_activation"))
    if facts.has_output_activation:
        parts.append(("output_activation", out, "output_activation"))
        if SAME in out:
            parts.append(("activation", own, "output_activation"))
    for name, values, part in parts:
        for level in range(max(space.depths)):
            yield _Axis(name=name, values=values, part=part, level=level)


def _check(benches: list[_Bench], space: SearchSpace, cell: str, axis: _Axis) -> None:
    """Raise UsageError unless every two values differ in one of the tries.

    Each try has another activation wherever none is varied: an output activation called ``"same"``
    cannot differ from tanh where the candidate's is tanh.  Above a layer that is varied there is
    one more, where the space has one: further ones would drown it.
    """
    alike = torch.ones(len(axis.values), len(axis.values)).triu(1).bool()
    depth = min(axis.level + 2, max(space.depths)) if axis.part else min(space.depths)
    out = SAME if SAME in space.output_activations else space.output_activations[0]
    for bench, activation in zip(benches, itertools.cycle(space.activations), strict=False):
        choice = _Choice(
            cell=cell,
            activation=activation,
            recurrent_activation=space.recurrent_activations[0],
            output_activation=out,
            head_activation=space.head_activations[0],
            num_layers=depth,
            bidirectional=space.bidirectional[0],
        )
        found = [bench.run(one) for one in axis.architectures(space, choice)]
        outputs, gradients = (torch.stack(column) for column in zip(*found, strict=True))
        alike &= _alike(outputs) | _alike(gradients)
        if not alike.any():
            return
    first, second = (axis.values[i] for i in alike.nonzero()[0].tolist())
    where = "" if axis.name == "cell" else f" in cell {cell!r}"
    raise UsageError(
        f"{axis} changes nothing{where}: {first!r} and {second!r} give the same outputs or the "
        "same gradients. Drop one of the two from the search; if both are built in, this is a bug "
        "in actselect: please report it."
    )


def _alike(points: Tensor) -> Tensor:
    """Return (V, V), which rows of (V, n) are the same but for rounding.

    A network that overflows is like no other: it would diverge, and that is a result.
    """
    points = points.where(points.isfinite().all(1, keepdim=True), torch.nan)
    size = points.abs().amax(1)
    distance = (points[:, None] - points).abs().amax(2)
    return distance <= TOLERANCE * torch.maximum(size[:, None], size)


def check_metric(task: Task, development: IntArray, seed: int) -> None:
    """Show that a better prediction scores better, by the direction that the metric declares.

    The order is known: predictions that are right, half wrong, and wrong.  Targets that are all
    alike show nothing, and pass.

    Args:
        task: with the metric.
        development: examples; the test part is not looked at.
        seed: of the study.

    Raises:
        RunError: the order is not the metric's.
    """
    examples = development[:: max(1, len(development) // MOST_SCORED)]
    order = generator(seed, "liveness", "metric").permutation(len(examples))
    ladder = task.ladder(examples, order)
    if np.array_equal(ladder[0], ladder[-1]):
        return
    scores = [task.score(predictions, examples) for predictions in ladder]
    sign = 1.0 if task.metric.direction == "minimize" else -1.0
    best, middle, worst = (sign * score for score in scores)
    if not (best <= middle <= worst and best < worst):
        raise RunError(
            f"The metric {task.metric.name!r} does not {task.metric.direction} as it should: the "
            f"true values score {scores[0]:.6g}, half wrong ones {scores[1]:.6g}, wrong ones "
            f"{scores[2]:.6g}. This is a bug in the task {task.name!r}: please report it."
        )
