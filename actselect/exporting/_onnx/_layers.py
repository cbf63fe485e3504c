"""Recurrent layers in ONNX: its own operators where they know the activations, else a Scan.

Both take any batch, any number of steps, and sequences of different lengths.

Notation: T steps, B batch, F features, D directions, G gates, H hidden size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper

from actselect.architecture import LayerSpec
from actselect.cells import get_cell
from actselect.exporting._onnx._graph import Graph
from actselect.exporting._onnx._pointwise import CELLS, Step

Array = npt.NDArray[np.float32]
# What RNN, LSTM and GRU of ONNX know without parameters, whose meaning differs between runtimes.
NATIVE: Final = MappingProxyType(
    {
        "tanh": "Tanh",
        "relu": "Relu",
        "sigmoid": "Sigmoid",
        "softsign": "Softsign",
        "softplus": "Softplus",
    }
)
ORDER: Final = MappingProxyType({"rnn": (0,), "lstm": (0, 3, 1, 2), "gru": (1, 0, 2)})


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer to be added.

    Args:
        cell: name of the cell.
        spec: its activations.
        weights: of each direction (w_ih, w_hh, b_ih, b_hh), as torch.nn has them.
        lengths: name of (B,) int32 steps that exist.
        exists: name of (T, B, 1) booleans, the same.
        states: names of the initial states, (D, B, H) each.
    """

    cell: str
    spec: LayerSpec
    weights: tuple[tuple[Array, Array, Array, Array], ...]
    lengths: str
    exists: str
    states: tuple[str, ...]

    @property
    def hidden(self) -> int:
        """H."""
        return int(self.weights[0][1].shape[-1])

    @property
    def native(self) -> bool:
        """Whether one of ONNX's own operators can do it."""
        return self.cell in ORDER and all(name in NATIVE for name in self._names())

    def _names(self) -> list[str]:
        """Return the activations in the order of ONNX's operators."""
        spec = self.spec
        gate = spec.recurrent_activation or "sigmoid"
        output = spec.output_activation or spec.activation
        names = {"rnn": [spec.activation], "gru": [gate, spec.activation]}
        return names.get(self.cell, [gate, spec.activation, output])

    def attributes(self) -> Mapping[str, object]:
        """Return the attributes of ONNX's own operator."""
        ways = len(self.weights)
        found: dict[str, object] = {
            "hidden_size": self.hidden,
            "direction": "bidirectional" if ways > 1 else "forward",
            "activations": [NATIVE[name] for name in self._names()] * ways,
        }
        return found | ({"linear_before_reset": 1} if self.cell == "gru" else {})


def add_layer(graph: Graph, layer: Layer, inputs: str) -> tuple[str, tuple[str, ...]]:
    """Add a layer over inputs (T, B, F).

    Returns:
        Outputs (T, B, D * H), zero where a step does not exist, and final states (D, B, H).
    """
    return _native(graph, layer, inputs) if layer.native else _scans(graph, layer, inputs)


def _native(graph: Graph, layer: Layer, inputs: str) -> tuple[str, tuple[str, ...]]:
    kernels, recurrent, biases = (
        np.stack([_ordered(layer.cell, ways[i]) for ways in layer.weights]) for i in (0, 1, 2)
    )
    second = np.stack([_ordered(layer.cell, ways[3]) for ways in layer.weights])
    given = [
        graph.constant(kernels, "kernel"),
        graph.constant(recurrent, "recurrent"),
        graph.constant(np.concatenate([biases, second], axis=1), "bias"),
    ]
    outputs, *finals = graph.several(
        layer.cell.upper(), 1 + len(layer.states), inputs, *given, layer.lengths, *layer.states,
        **layer.attributes(),
    )  # fmt: skip
    side = graph.add("Transpose", outputs, perm=[0, 2, 1, 3])  # of (T, D, B, H)
    return graph.add("Reshape", side, graph.integers(0, 0, -1)), tuple(finals)


def _ordered(cell: str, weights: Array) -> Array:
    """Return the gates in ONNX's order: LSTM i, o, f, g and GRU z, r, n."""
    blocks = np.split(weights, get_cell(cell).n_gates)
    return np.concatenate([blocks[gate] for gate in ORDER[cell]])


def _scans(graph: Graph, layer: Layer, inputs: str) -> tuple[str, tuple[str, ...]]:
    outputs, finals = [], []
    for way in range(len(layer.weights)):
        index = graph.integers(way)
        states = [graph.add("Gather", state, index, axis=0) for state in layer.states]
        first = [graph.add("Squeeze", state, graph.integers(0)) for state in states]
        found = _scan(graph, layer, way, inputs, first)
        finals.append([graph.add("Unsqueeze", state, graph.integers(0)) for state in found[:-1]])
        outputs.append(found[-1])
    output = graph.add("Concat", *outputs, axis=-1) if len(outputs) > 1 else outputs[0]
    ends = [
        graph.add("Concat", *column, axis=0) if len(column) > 1 else column[0]
        for column in zip(*finals, strict=True)
    ]
    return output, tuple(ends)


def _scan(graph: Graph, layer: Layer, way: int, inputs: str, states: list[str]) -> list[str]:
    """Run one direction; return final states, (B, H) each, and outputs, (T, B, H)."""
    w_x, w_h, b_x, b_h = layer.weights[way]
    facts = get_cell(layer.cell)
    x_part = graph.add("MatMul", inputs, graph.constant(w_x.T.copy(), "kernel"))
    bias = b_x if facts.split else b_x + b_h
    x_part = graph.add("Add", x_part, graph.constant(bias, "bias"))

    body = Graph(graph)
    before, x, exists = [body.name("state") for _ in states], body.name("x"), body.name("exists")
    weight = graph.constant(w_h if w_h.ndim == 1 else w_h.T.copy(), "recurrent")
    h_part = body.add("Mul" if w_h.ndim == 1 else "MatMul", before[0], weight)
    if facts.split:
        h_part = body.add("Add", h_part, graph.constant(b_h, "bias"))
    step = Step(graph=body, x=x, h=h_part, states=tuple(before), spec=layer.spec)
    after = [
        body.add("Where", exists, new, old)
        for new, old in zip(CELLS[layer.cell](step, layer.hidden), before, strict=True)
    ]
    output = body.add("Where", exists, after[0], graph.constant(0.0))

    hidden: list[str | int] = ["batch", layer.hidden]
    rows: list[str | int] = ["batch", facts.n_gates * layer.hidden]
    of = helper.make_tensor_value_info
    taken = [of(name, TensorProto.FLOAT, hidden) for name in before]
    taken += [of(x, TensorProto.FLOAT, rows), of(exists, TensorProto.BOOL, ["batch", 1])]
    given = [of(name, TensorProto.FLOAT, hidden) for name in (*after, output)]
    return graph.several(
        "Scan", len(given), *states, x_part, layer.exists,
        body=body.proto(body.name("step"), taken, given), num_scan_inputs=2,
        scan_input_directions=[way, way], scan_output_directions=[way],
    )  # fmt: skip
