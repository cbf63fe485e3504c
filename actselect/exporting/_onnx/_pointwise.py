"""Activations and cells in ONNX's operators: the formulas of the catalogue, once more.

A test compares each with the catalogue.

Notation: B batch, G gates, H hidden size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

import numpy as np

from actselect.activations import LEAKY_SLOPE, PENALTY, SELU_ALPHA, SELU_SCALE, SQRT2
from actselect.architecture import Architecture, LayerSpec
from actselect.exceptions import UsageError
from actselect.exporting._onnx._graph import Graph

Elementwise = Callable[[Graph, str], str]


def _plain(operator: str, **attributes: float) -> Elementwise:
    def apply(graph: Graph, x: str) -> str:
        return graph.add(operator, x, **attributes)

    return apply


def _hardtanh(graph: Graph, x: str) -> str:
    return graph.add("Clip", x, graph.constant(-1.0), graph.constant(1.0))


def _penalized_tanh(graph: Graph, x: str) -> str:
    t = graph.add("Tanh", x)
    less = graph.add("Mul", t, graph.constant(PENALTY))
    return graph.add("Where", graph.add("Greater", x, graph.constant(0.0)), t, less)


def _elliott(graph: Graph, x: str) -> str:
    half = graph.constant(0.5)
    return graph.add("Add", graph.add("Mul", graph.add("Softsign", x), half), half)


def _gelu(graph: Graph, x: str) -> str:
    erf = graph.add("Erf", graph.add("Div", x, graph.constant(SQRT2)))
    twice = graph.add("Mul", x, graph.add("Add", erf, graph.constant(1.0)))
    return graph.add("Mul", twice, graph.constant(0.5))


def _silu(graph: Graph, x: str) -> str:
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def _mish(graph: Graph, x: str) -> str:
    return graph.add("Mul", x, graph.add("Tanh", graph.add("Softplus", x)))


ACTIVATIONS: Final[Mapping[str, Elementwise]] = MappingProxyType(
    {
        "identity": _plain("Identity"),
        "tanh": _plain("Tanh"),
        "hardtanh": _hardtanh,
        "softsign": _plain("Softsign"),
        "penalized_tanh": _penalized_tanh,
        "arctan": _plain("Atan"),
        "sigmoid": _plain("Sigmoid"),
        "hard_sigmoid": _plain("HardSigmoid", alpha=1 / 6, beta=0.5),
        "elliott": _elliott,
        "relu": _plain("Relu"),
        "leaky_relu": _plain("LeakyRelu", alpha=LEAKY_SLOPE),
        "elu": _plain("Elu", alpha=1.0),
        "selu": _plain("Selu", alpha=SELU_ALPHA, gamma=SELU_SCALE),
        "gelu": _gelu,
        "silu": _silu,
        "mish": _mish,
        "softplus": _plain("Softplus"),
        "sin": _plain("Sin"),
    }
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a cell.

    Args:
        graph: where it is added.
        x: input pre-activations (B, G * H), biases included, gate by gate.
        h: recurrent ones.
        states: (B, H) each.
        spec: activations of the layer.
    """

    graph: Graph
    x: str
    h: str
    states: tuple[str, ...]
    spec: LayerSpec

    def gates(self, part: str, number: int, hidden: int) -> list[str]:
        """Return a part gate by gate, (B, H) each."""
        sizes = self.graph.constant(np.full(number, hidden))
        return self.graph.several("Split", number, part, sizes, axis=-1)

    def sum(self) -> str:
        """Return input and recurrent pre-activations together."""
        return self.graph.add("Add", self.x, self.h)

    def activation(self, x: str) -> str:
        """Return the candidate's activation."""
        return ACTIVATIONS[self.spec.activation](self.graph, x)

    def gate(self, x: str) -> str:
        """Return the gates' activation."""
        return ACTIVATIONS[self.spec.recurrent_activation or "sigmoid"](self.graph, x)

    def output(self, x: str) -> str:
        """Return the cell state's activation."""
        return ACTIVATIONS[self.spec.output_activation or self.spec.activation](self.graph, x)

    def mixed(self, share: str, one: str, other: str) -> str:
        """Return one + share * (other - one)."""
        away = self.graph.add("Mul", share, self.graph.add("Sub", other, one))
        return self.graph.add("Add", one, away)


def _rnn(step: Step, hidden: int) -> tuple[str, ...]:
    del hidden
    return (step.activation(step.sum()),)


def _lstm(step: Step, hidden: int) -> tuple[str, ...]:
    graph = step.graph
    i, f, g, o = step.gates(step.sum(), 4, hidden)
    kept = graph.add("Mul", step.gate(f), step.states[1])
    c = graph.add("Add", kept, graph.add("Mul", step.gate(i), step.activation(g)))
    return graph.add("Mul", step.gate(o), step.output(c)), c


def _gru(step: Step, hidden: int) -> tuple[str, ...]:
    graph = step.graph
    x_r, x_z, x_n = step.gates(step.x, 3, hidden)
    h_r, h_z, h_n = step.gates(step.h, 3, hidden)
    r = step.gate(graph.add("Add", x_r, h_r))
    z = step.gate(graph.add("Add", x_z, h_z))
    n = step.activation(graph.add("Add", x_n, graph.add("Mul", r, h_n)))
    return (step.mixed(z, n, step.states[0]),)


def _mgu(step: Step, hidden: int) -> tuple[str, ...]:
    graph = step.graph
    x_f, x_n = step.gates(step.x, 2, hidden)
    h_f, h_n = step.gates(step.h, 2, hidden)
    f = step.gate(graph.add("Add", x_f, h_f))
    n = step.activation(graph.add("Add", x_n, graph.add("Mul", f, h_n)))
    return (step.mixed(f, step.states[0], n),)


CELLS: Final[Mapping[str, Callable[[Step, int], tuple[str, ...]]]] = MappingProxyType(
    {"rnn": _rnn, "lstm": _lstm, "gru": _gru, "mgu": _mgu, "indrnn": _rnn}
)


def refuse_unknown(architecture: Architecture) -> None:
    """Raise UsageError where a cell or an activation is not of the tables here."""
    used = [architecture.head_activation]
    for spec in architecture.layers:
        gate, output = spec.recurrent_activation, spec.output_activation
        used += [spec.activation, gate or "sigmoid", output or spec.activation]
    missing = [name for name in dict.fromkeys(used) if name not in ACTIVATIONS]
    if architecture.cell not in CELLS:
        missing.insert(0, architecture.cell)
    if missing:
        raise UsageError(
            f"ONNX knows the cells and activations of actselect's catalogue only, and this network "
            f"has {', '.join(missing)}. Use --format code or --format torch."
        )
