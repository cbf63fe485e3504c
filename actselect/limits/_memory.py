"""How much memory a worker takes: an estimate that no training is needed for.

Two numbers: what it takes at the least, which a study is refused by, and what it may take, by which
workers are counted.  Held against measured peaks in studies/LOG.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from actselect.architecture import Architecture
from actselect.limits._extent import FLOAT, Extent, extent, resident_bytes
from actselect.limits._network import TRAINED, NetworkNeed, network_need
from actselect.model import parameter_count
from actselect.records import IntArray
from actselect.recurrence import Backend
from actselect.search_space import SearchSpace
from actselect.tasks import Task

MB: Final = 2**20
IDLE: Final = 245 * MB  # private memory of a worker that has imported everything: 246 measured
IDLE_LEAST: Final = 150 * MB
STARTED: Final = 60 * MB  # the first training of a process: 49 to 55 were measured
SLACK: Final = 1.25  # what allocators waste
KEPT: Final = (2, 256 * MB)  # what is kept to use again: times a step, at most (memory.cpp) ...
KEPT_WITH_SYMBOLS: Final = (6, 512 * MB)  # ... and where steps differ in size: 5.3 measured
CHECKPOINT: Final = 12  # copies of the weights that loading, making and sending a checkpoint takes
DOUBLE: Final = 8
RIDGE: Final = 17  # times scores in double precision that a ridge classifier takes: 16.4 measured
RIDGE_LEAST: Final = 10  # penalties whose left-out scores it keeps
COLUMNS: Final = 2000  # of raw values (actselect.baselines)
DESIGN: Final = 6  # times its inputs that a linear model takes: 3.7 measured
COUNTED: Final = 128  # bytes a token that counting words or n-grams takes: 65 to 115 measured
PIXELS: Final = 6  # times the pictures that comparing them takes: 5.7 measured
SCALING: Final = 4  # times the values that scaling takes for a moment: measured


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryNeed:
    """What one worker takes, in bytes.

    Args:
        idle: the process by itself.
        data: its copy of the data.
        work: trainings, baselines and scaled data, whatever takes most at one time.
        least: what is surely needed of idle, data, and work.
        parts: what ``least`` is for, in words, with its bytes; largest first.
    """

    idle: int
    data: int
    work: int
    least: tuple[int, int, int]
    parts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Of a process of its own."""
        return self.idle + self.data + self.work

    @property
    def least_total(self) -> int:
        """Of a process of its own, at the least."""
        return sum(self.least)


def memory_need(
    task: Task, development: IntArray, space: SearchSpace, backend: Backend
) -> MemoryNeed:
    """Estimate what a worker takes; milliseconds, without training.

    Args:
        task: the bound task.
        development: (E,) examples that are not kept for the test.
        space: whose largest architecture counts.
        backend: what runs the recurrent layers.
    """
    data, values = resident_bytes(task), _values(task)
    scaled = FLOAT * values
    sure = _largest(task, space, extent(task, development, longest=False), backend)
    counted = _baselines_least(task, development)
    parts = {
        "the weights of a network, with gradients and moments": sure.weights,
        "the steps of a batch, kept for backpropagation": sure.batch,
        "answering many examples at once": sure.scoring,
        "baselines": counted,
        "the data": data + scaled,
    }
    return MemoryNeed(
        idle=IDLE,
        data=data,
        work=scaled + STARTED + _most(task, development, space, backend),
        least=(IDLE_LEAST, data, scaled + max(sure.total, counted)),
        parts=tuple(sorted(parts.items(), key=lambda part: -part[1])),
    )


def _most(task: Task, development: IntArray, space: SearchSpace, backend: Backend) -> int:
    """Return the bytes that may be needed beside the data and what any training needs."""
    size = extent(task, development)
    need = _largest(task, space, size, backend)
    step = max(need.batch, need.scoring)
    times, most = KEPT_WITH_SYMBOLS if size.every or size.encoded else KEPT
    checkpoint = CHECKPOINT * need.weights // TRAINED
    return max(
        int(SLACK * need.total) + checkpoint + min(most, times * step),
        need.weights + need.looking + min(most, times * step),
        _baselines(task, development, size),
        SCALING * DOUBLE * _values(task),
    )


def _largest(task: Task, space: SearchSpace, size: Extent, backend: Backend) -> NetworkNeed:
    needs = [
        network_need(architecture, parameters(task, architecture), size, backend)
        for architecture in representatives(space)
    ]
    return max(needs, key=lambda need: need.total)


def parameters(task: Task, architecture: Architecture) -> int:
    """Return the weights of a network, those of the encoder included."""
    own = parameter_count(architecture, input_size=task.input_size, output_size=task.output_size)
    return own + task.encoder.parameter_count


def representatives(space: SearchSpace) -> Iterator[Architecture]:
    """Yield architectures of every size that the space has; activations take no memory."""
    shapes = itertools.product(
        space.cells,
        sorted({min(space.depths), max(space.depths)}),
        space.bidirectional,
        sorted({head == "identity" for head in space.head_activations}),
    )
    for cell, depth, both, plain in shapes:
        heads = [h for h in space.head_activations if (h == "identity") == plain]
        yield space.build(
            cell=cell,
            activations=[space.activations[0]] * depth,
            recurrent_activation=space.recurrent_activations[0],
            bidirectional=both,
            head_activation=heads[0],
        )
    yield from space.defaults()


def _values(task: Task) -> int:
    """Return the numbers that are copied when they are scaled; windows are scaled one by one."""
    return 0 if task.name == "forecasting" else int(task.dataset.values.size)


def _baselines(task: Task, development: IntArray, size: Extent) -> int:
    """Return what fitting the baselines may take."""
    dataset, n = task.dataset, len(development)
    if dataset.images is not None:
        return PIXELS * int(dataset.images.nbytes)
    if dataset.tokens is not None:
        return COUNTED * int(dataset.lengths.sum())
    if task.every or task.name == "forecasting":
        return DOUBLE * int(dataset.lengths.sum())
    columns = min(COLUMNS, size.steps * size.width) + 10 * size.width
    design = DESIGN * DOUBLE * n * columns + SCALING * DOUBLE * _values(task)
    return design + RIDGE * DOUBLE * n * size.outputs


def _baselines_least(task: Task, development: IntArray) -> int:
    if task.name != "classification":
        return 0
    trained = int(0.75 * len(development))
    return RIDGE_LEAST * DOUBLE * trained * task.output_size
