"""The suite on trial: what ``tests/test_liveness.py`` says when something is secretly broken.

Run as a program it breaks one thing at a time, each in a forked process of its own, runs that file
there, and prints pytest's exit codes as JSON: ``python tests/mutations.py [NAME ...]``.  With names
it also shows what pytest says.  Every break is silent: an axis is accepted, looked up, even used to
initialise weights, and then replaced by another value where nothing but numbers can tell.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from actselect import model
from actselect.activations import get_activation
from actselect.architecture import Architecture, LayerSpec
from actselect.nn import _recurrent
from actselect.records import Direction, MetricRecord
from actselect.recurrence import native
from actselect.search_space import SearchSpace
from actselect.tasks import tasks

NETWORKS: Any = model  # what is replaced there is nobody's public name
TARGET = Path(__file__).with_name("test_liveness.py")
SAFE = {  # what an ignored activation becomes
    "activation": torch.tanh,
    "recurrent_activation": torch.sigmoid,
    "output_activation": torch.tanh,
}


def _ignored_by_cells(part: str) -> None:
    """Bind every cell to one function in this place."""
    bound = _recurrent._bound_cell

    def mutated(cell: str, layer: _recurrent.LayerFunctions) -> Any:
        return replace(bound(cell, layer), **{part: SAFE[part]})

    _recurrent._bound_cell = mutated


def _ignored_by_kernels(place: int) -> None:
    """Hand the kernels the number of one function in this place."""
    numbered = native._numbered

    def mutated(cell: Any, *, reverse: bool) -> list[int]:
        what = numbered(cell, reverse=reverse)
        what[place] = native._FUNCTIONS[torch.sigmoid if place == 2 else torch.tanh]
        return what

    native._numbered = mutated


def _in_upper_layers(part: str) -> None:
    """Run all layers above the first with what the first has in this place."""
    stack = NETWORKS.stack

    def mutated(cell: str, size: int, hidden: int, layers: Sequence[LayerSpec], *rest: Any) -> Any:
        first = getattr(layers[0], part)
        spread = [layers[0], *(replace(layer, **{part: first}) for layer in layers[1:])]
        return stack(cell, size, hidden, spread, *rest)

    NETWORKS.stack = mutated


def _in_networks(**fixed: Any) -> None:
    """Build every network with one value in place of the architecture's."""
    init = NETWORKS.RecurrentModel.__init__

    def mutated(self: Any, architecture: Architecture, **rest: Any) -> None:
        init(self, replace(architecture, **fixed), **rest)

    NETWORKS.RecurrentModel.__init__ = mutated


def _one_layer() -> None:
    """Build only the first layer."""
    stack = NETWORKS.stack

    def mutated(cell: str, size: int, hidden: int, layers: Sequence[LayerSpec], *rest: Any) -> Any:
        return stack(cell, size, hidden, layers[:1], *rest)

    NETWORKS.stack = mutated


def _hidden_head_without_function() -> None:
    """Keep the head's hidden layer and its gain, but not what it applies."""
    init = NETWORKS.RecurrentModel.__init__

    def mutated(self: Any, architecture: Architecture, **rest: Any) -> None:
        init(self, architecture, **rest)
        self.head_activation = get_activation("tanh")

    NETWORKS.RecurrentModel.__init__ = mutated


def _in_the_space(**fixed: Any) -> None:
    """Build from the search space with one value in place of the one chosen."""
    build = SearchSpace.build

    def mutated(self: SearchSpace, **chosen: Any) -> Architecture:
        return build(self, **(chosen | fixed))

    SearchSpace.build = mutated  # type: ignore[method-assign]


def _flipped(metrics: Any, name: str) -> None:
    """Declare the other direction, in a table that is a plain dictionary."""
    record: MetricRecord = metrics[name]
    other: Direction = "maximize" if record.direction == "minimize" else "minimize"
    metrics[name] = replace(record, direction=other)


def _mutations() -> Mapping[str, Callable[[], object]]:
    """Return what breaks things, by name: the axis or metric, and where it is broken."""
    table: dict[str, Callable[[], object]] = {"nothing": lambda: None}
    for place, part in enumerate(SAFE, start=1):
        table[f"{part}: cells"] = partial(_ignored_by_cells, part)
        table[f"{part}: upper layers"] = partial(_in_upper_layers, part)
        if native.MODULE is not None:
            table[f"{part}: kernels"] = partial(_ignored_by_kernels, place)
    table |= {
        "recurrent_activation: space": partial(_in_the_space, recurrent_activation="sigmoid"),
        "output_activation: space": partial(_in_the_space, output_activation="same"),
        "head_activation: hidden layer": _hidden_head_without_function,
        "head_activation: networks": partial(_in_networks, head_activation="identity"),
        "head_activation: space": partial(_in_the_space, head_activation="identity"),
        "num_layers: networks": _one_layer,
        "bidirectional: networks": partial(_in_networks, bidirectional=False),
        "bidirectional: space": partial(_in_the_space, bidirectional=False),
        "cell: networks": partial(_in_networks, cell="gru"),
        "cell: space": partial(_in_the_space, cell="lstm"),
    }
    for task, spec in tasks().items():
        for name in spec.metrics:
            table[f"{name}: {task}"] = partial(_flipped, spec.metrics, name)
    return table


def _exit_code(mutate: Callable[[], object], *, quiet: bool) -> int:
    """Return pytest's exit code in a forked process in which this is broken."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 99  # not one of pytest's: the break itself failed
    try:
        if quiet:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
        mutate()
        options = ["-q", "-x", "-p", "no:cacheprovider", *(["--tb=no"] if quiet else [])]
        code = int(pytest.main([*options, str(TARGET)]))
    finally:
        sys.stdout.flush()
        os._exit(code)


def main(names: Sequence[str]) -> None:
    """Print the exit codes of these mutations, or of all, as one line of JSON."""
    torch.set_num_threads(1)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # hypothesis alone takes a second each time
    torch.nn.Linear(1, 1, device="meta")  # imports what the first network would, in every process
    gc.freeze()  # nothing of the parent's is looked through again by every child
    table = _mutations()
    codes = {n: _exit_code(table[n], quiet=not names) for n in names or table}
    sys.stdout.write(json.dumps(codes) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
