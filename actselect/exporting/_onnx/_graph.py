"""An ONNX graph in the making: nodes, constants, and names that do not collide."""

from __future__ import annotations

from itertools import count
from typing import Any, final

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper


@final
class Graph:
    """Nodes and constants; every method that adds one returns the name of the result.

    Args:
        outer: the graph in which this one is the body of a loop; constants are kept there.

    >>> graph = Graph()
    >>> graph.add("Add", "x", graph.constant(1.0))
    'add_1'
    """

    def __init__(self, outer: Graph | None = None) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._outer = outer
        self._numbers = count()

    def name(self, kind: str) -> str:
        """Return a name that no other node or constant has."""
        if self._outer is not None:
            return self._outer.name(kind)
        return f"{kind.lower()}_{next(self._numbers)}"

    def constant(self, value: float | npt.NDArray[np.generic], name: str = "constant") -> str:
        """Keep an array, or a number as a scalar in float32."""
        if self._outer is not None:
            return self._outer.constant(value, name)
        array = np.asarray(value, dtype=None if isinstance(value, np.ndarray) else np.float32)
        self.constants.append(numpy_helper.from_array(array, self.name(name)))
        return self.constants[-1].name

    def integers(self, *values: int) -> str:
        """Keep int64 numbers, as shapes and axes are."""
        return self.constant(np.array(values, dtype=np.int64))

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one result."""
        return self.several(operator, 1, *inputs, **attributes)[0]

    def several(self, operator: str, results: int, *inputs: str, **attributes: Any) -> list[str]:
        """Add a node with this many results."""
        names = [self.name(operator) for _ in range(results)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names

    def rename(self, result: str, name: str) -> None:
        """Give a result the name of an output."""
        self.nodes.append(helper.make_node("Identity", [result], [name]))

    def proto(
        self, name: str, inputs: list[ValueInfoProto], outputs: list[ValueInfoProto]
    ) -> GraphProto:
        """Return the graph with these inputs and outputs."""
        return helper.make_graph(self.nodes, name, inputs, outputs, self.constants)
