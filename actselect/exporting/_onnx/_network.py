"""A whole network in ONNX: encoder, recurrent layers, head.

Notation: B batch, T steps, F features, M symbols a step, D directions, H hidden size, K outputs, L
layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, TensorProto, ValueInfoProto, helper

from actselect.cells import get_cell
from actselect.encoders import PIXEL, Captions, Numbers
from actselect.exporting._onnx._graph import Graph
from actselect.exporting._onnx._layers import Array, Layer, add_layer
from actselect.exporting._onnx._pointwise import ACTIVATIONS
from actselect.exporting._source import Source

Weights = Mapping[str, Array]
STATES: Final = ("h", "c")
KINDS: Final = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def network(source: Source, weights: Weights) -> GraphProto:
    """Return the network of a study as a graph.

    Inputs are ``inputs`` (B, T, F), ``symbols`` (B, T) or (B, T, M), or ``words`` (B, T) and
    ``pictures``; ``lengths`` (B,) unless all sequences are alike; and, where a network writes, the
    states ``h`` (and ``c``) (L, B, H), zeros to begin with.  Outputs are ``outputs``, (B, K) or (B,
    T, K), and ``h_after`` (and ``c_after``).
    """
    graph, name = Graph(), source.inputs_name
    steps = _encoded(graph, source, weights)
    lengths = _lengths(graph, source, name)
    exists = _exists(graph, name, lengths)
    batch = graph.add("Shape", name, start=0, end=1)
    by_time = graph.add("Transpose", steps, perm=[1, 0, 2])
    features, finals = by_time, []
    narrow = graph.add("Cast", lengths, to=TensorProto.INT32)
    for level in range(source.architecture.num_layers):
        layer = Layer(
            cell=source.architecture.cell,
            spec=source.architecture.layers[level],
            weights=_of_layer(source, weights, level),
            lengths=narrow,
            exists=exists,
            states=_initial(graph, source, batch, level),
        )
        features, states = add_layer(graph, layer, features)
        finals.append(states)
    last = _by_batch(graph, source, features, finals[-1][0])
    graph.rename(_head(graph, source, weights, last), "outputs")
    if source.writes:
        for state, column in zip(STATES, zip(*finals, strict=True), strict=False):
            graph.rename(graph.add("Concat", *column, axis=0), f"{state}_after")
    return graph.proto("network", _inputs(source), _outputs(source))


def _encoded(graph: Graph, source: Source, weights: Weights) -> str:
    encoder, name = source.encoder, source.inputs_name
    if isinstance(encoder, Numbers):
        return name
    if isinstance(encoder, Captions):
        return _captions(graph, encoder, weights)
    table = weights["encoder.weight"]
    if encoder.per_step == 1:
        return graph.add("Gather", graph.constant(table, "embedding"), name)
    table = np.concatenate([np.zeros_like(table[:1]), table[1:]])  # padding adds nothing to a sum
    rows = graph.add("Gather", graph.constant(table, "embedding"), name)
    return graph.add("ReduceSum", rows, graph.integers(2), keepdims=0)


def _captions(graph: Graph, encoder: Captions, weights: Weights) -> str:
    found = "pictures"
    if len(encoder.picture) > 1:
        found = graph.add("Div", found, graph.constant(PIXEL))
        for i in range(2):
            given = [
                graph.constant(weights[f"encoder.convolutions.{i}.{kind}"])
                for kind in ("weight", "bias")
            ]
            seen = graph.add("Relu", graph.add("Conv", found, *given, pads=[1, 1, 1, 1]))
            found = graph.add("MaxPool", seen, kernel_shape=[2, 2], strides=[2, 2])
        found = graph.add("Flatten", found)
    vector = graph.add("Tanh", _linear(graph, weights, "encoder.vector", found))
    words = graph.add("Gather", graph.constant(weights["encoder.words.weight"]), "words")
    steps = graph.add("Shape", "words", start=1, end=2)
    one, width = graph.integers(1), graph.integers(encoder.vector)
    shape = graph.add("Concat", one, steps, width, axis=0)
    each = graph.add("Expand", graph.add("Unsqueeze", vector, graph.integers(1)), shape)
    return graph.add("Concat", words, each, axis=-1)


def _linear(graph: Graph, weights: Weights, name: str, inputs: str) -> str:
    kernel = graph.constant(weights[f"{name}.weight"].T.copy(), "kernel")
    return graph.add(
        "Add", graph.add("MatMul", inputs, kernel), graph.constant(weights[f"{name}.bias"])
    )


def _lengths(graph: Graph, source: Source, name: str) -> str:
    """Return the steps that exist, (B,) int64: all, where sequences do not differ."""
    if source.ragged:
        return "lengths"
    batch = graph.add("Shape", name, start=0, end=1)
    return graph.add("Expand", graph.add("Shape", name, start=1, end=2), batch)


def _exists(graph: Graph, name: str, lengths: str) -> str:
    """Return which steps exist, (T, B, 1)."""
    zero, one = (graph.constant(np.array(value)) for value in (0, 1))
    steps = graph.add("Squeeze", graph.add("Shape", name, start=1, end=2), graph.integers(0))
    number = graph.add("Unsqueeze", graph.add("Range", zero, steps, one), graph.integers(1))
    inside = graph.add("Less", number, graph.add("Unsqueeze", lengths, graph.integers(0)))
    return graph.add("Unsqueeze", inside, graph.integers(2))


def _of_layer(
    source: Source, weights: Weights, level: int
) -> tuple[tuple[Array, Array, Array, Array], ...]:
    endings = ("", "_reverse")[: 2 if source.architecture.bidirectional else 1]
    found = []
    for ending in endings:
        first, second, third, fourth = (
            weights[f"recurrent.{kind}_l{level}{ending}"] for kind in KINDS
        )
        found.append((first, second, third, fourth))
    return tuple(found)


def _initial(graph: Graph, source: Source, batch: str, level: int) -> tuple[str, ...]:
    """Return the states that a layer begins with, (D, B, H) each."""
    architecture = source.architecture
    names = STATES[: get_cell(architecture.cell).n_states]
    if source.writes:
        return tuple(graph.add("Gather", n, graph.integers(level), axis=0) for n in names)
    ways = graph.integers(2 if architecture.bidirectional else 1)
    shape = graph.add("Concat", ways, batch, graph.integers(architecture.hidden_size), axis=0)
    return (graph.add("Expand", graph.constant(0.0), shape),) * len(names)


def _by_batch(graph: Graph, source: Source, outputs: str, hidden: str) -> str:
    """Return what the head sees: (B, T, D * H), or (B, D * H) of (D, B, H) after the last step."""
    if source.every:
        return graph.add("Transpose", outputs, perm=[1, 0, 2])
    side = graph.add("Transpose", hidden, perm=[1, 0, 2])
    return graph.add("Reshape", side, graph.integers(0, -1))


def _head(graph: Graph, source: Source, weights: Weights, features: str) -> str:
    if source.architecture.head_activation != "identity":
        before = _linear(graph, weights, "hidden", features)
        features = ACTIVATIONS[source.architecture.head_activation](graph, before)
    return _linear(graph, weights, "output", features)


def _inputs(source: Source) -> list[ValueInfoProto]:
    encoder, of = source.encoder, helper.make_tensor_value_info
    shape: list[str | int] = ["batch", "time"]
    if isinstance(encoder, Numbers):
        found = [of(source.inputs_name, TensorProto.FLOAT, [*shape, encoder.width])]
    elif isinstance(encoder, Captions):
        picture: list[str | int] = ["batch", *encoder.picture]
        found = [
            of("words", TensorProto.INT64, shape),
            of("pictures", TensorProto.FLOAT, picture),
        ]
    else:
        parts = [] if encoder.per_step == 1 else [encoder.per_step]
        found = [of("symbols", TensorProto.INT64, [*shape, *parts])]
    if source.ragged:
        found.append(of("lengths", TensorProto.INT64, ["batch"]))
    return [*found, *(of(name, TensorProto.FLOAT, size) for name, size in state_shapes(source))]


def state_shapes(source: Source) -> list[tuple[str, list[str | int]]]:
    """Return names and shapes of the states that go in; none where a network does not write."""
    if not source.writes:
        return []
    architecture = source.architecture
    shape: list[str | int] = [architecture.num_layers, "batch", architecture.hidden_size]
    return [(name, shape) for name in STATES[: get_cell(architecture.cell).n_states]]


def _outputs(source: Source) -> list[ValueInfoProto]:
    shape: list[str | int] = ["batch", "time"] if source.every else ["batch"]
    of = helper.make_tensor_value_info
    found = [of("outputs", TensorProto.FLOAT, [*shape, source.output_size])]
    return [
        *found,
        *(of(f"{name}_after", TensorProto.FLOAT, size) for name, size in state_shapes(source)),
    ]


def arrays(tensors: Mapping[str, npt.NDArray[np.generic]]) -> dict[str, Array]:
    """Return weights in float32."""
    return {name: np.asarray(tensor, dtype=np.float32) for name, tensor in tensors.items()}
