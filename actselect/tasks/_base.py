"""What a task is: a data set bound to a question, with splits, loss, metric and baselines.

Notation: an *example* is what a network maps to one output: a sequence, or a window of a series.
E examples in all, B in a batch, T steps, F features, K outputs of the network.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar, final

import numpy as np
import numpy.typing as npt
from torch import Tensor

from actselect.data.dataset import SequenceDataset
from actselect.records import FloatArray, IntArray, MetricRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One split into examples to train on, to stop early on, and to score on; disjoint.

    ``overlap`` is n_score / n_train, for the variance correction of Nadeau and Bengio (2003).
    ``steps`` replaces the numbers of examples in it where examples overlap in time and are thinned
    out: (time steps scored, time steps trained on, stopping part included).

    >>> part = np.arange(10)
    >>> Fold(train=part[:6], stop=part[6:8], score=part[8:]).overlap
    0.25
    >>> Fold(train=part[:6], stop=part[6:8], score=part[8:], steps=(50, 100)).overlap
    0.5
    """

    train: IntArray
    stop: IntArray
    score: IntArray
    steps: tuple[int, int] | None = None

    @property
    def overlap(self) -> float:
        """Size of the scored part relative to the part trained on (stopping part included)."""
        scored, trained = self.steps or (len(self.score), len(self.train) + len(self.stop))
        return scored / max(1, trained)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Inputs (B, T, F), valid steps (B,) on the left, and targets as the loss wants them.

    ``lengths`` is None when all steps of all examples exist.
    """

    inputs: Tensor
    lengths: Tensor | None
    targets: Tensor

    def split(self, size: int) -> Iterator[Batch]:
        """Yield batches of at most ``size`` examples that share this one's memory."""
        parts = zip(self.inputs.split(size), self.targets.split(size), strict=True)
        if self.lengths is None:
            for inputs, targets in parts:
                yield Batch(inputs=inputs, lengths=None, targets=targets)
            return
        for (inputs, targets), lengths in zip(parts, self.lengths.split(size), strict=True):
            shortest, longest = (int(end) for end in lengths.aminmax())
            yield Batch(
                inputs=inputs[:, :longest],
                lengths=None if shortest == longest else lengths,
                targets=targets,
            )


class Scaled(ABC):
    """The examples of a task, scaled with statistics of one training part.

    Batches are float32; a network's raw output is turned back by :meth:`decode`.
    """

    @abstractmethod
    def batch(self, examples: IntArray) -> Batch:
        """Return these examples as tensors, padded on the right to the longest of them."""

    @abstractmethod
    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean training loss, a scalar tensor, of raw outputs (B, K)."""

    @abstractmethod
    def decode(self, output: FloatArray, examples: IntArray) -> FloatArray:
        """Turn raw outputs (E, K) into predictions in the target's own unit.

        Forecasts (E, horizon), values (E,), or class probabilities (E, classes).
        """

    @abstractmethod
    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the fitted statistics as plain arrays, to be saved beside the weights."""


class Baseline(ABC):
    """A model without a recurrent network; it predicts as :meth:`Scaled.decode` returns it."""

    name: str

    @abstractmethod
    def predict(self, task: Task, fold: Fold, examples: IntArray) -> FloatArray:
        """Fit on ``fold.train`` and ``fold.stop`` and predict ``examples``."""


AnyTask = TypeVar("AnyTask", bound="Task")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBaseline(Baseline, Generic[AnyTask]):
    """A baseline made of a function; it works for tasks of type ``kind``.

    Args:
        name: as shown in reports.
        kind: the task class it belongs to.
        function: ``(task, fold, examples) -> predictions``, at module level, so it can be pickled.
    """

    name: str
    kind: type[AnyTask]
    function: Callable[[AnyTask, Fold, IntArray], FloatArray]

    def predict(self, task: Task, fold: Fold, examples: IntArray) -> FloatArray:
        """Fit on ``fold.train`` and ``fold.stop`` and predict ``examples``."""
        if not isinstance(task, self.kind):
            raise TypeError(f"Baseline {self.name!r} needs a {self.kind.__name__}; got {task!r}.")
        return self.function(task, fold, examples)


class Task(ABC):
    """A data set and a question about it.

    A task is immutable and picklable: it is sent to each worker once.  Examples are numbered from 0
    in the order of the data (and of time, within a series).  ``metrics`` lists the default first.
    ``length`` is the median number of steps of an example.
    """

    name: ClassVar[str]
    metrics: ClassVar[Mapping[str, MetricRecord]]
    bidirectional_allowed: ClassVar[bool]

    dataset: SequenceDataset
    metric: MetricRecord
    input_size: int
    output_size: int
    n_examples: int
    length: int
    notes: tuple[str, ...]

    @abstractmethod
    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Split the examples once: development, and test (last in time, or the user's own)."""

    @abstractmethod
    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Return the split of a repeat (``repeat`` -1: the one screening uses).

        Independent examples are resampled (stratified; groups stay whole); forecasting uses rolling
        origins.  The same ``(repeat, seed)`` gives the same split.
        """

    @abstractmethod
    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return a fold that trains on development but the stopping part; ``score`` is empty."""

    @abstractmethod
    def scaled(self, train: IntArray) -> Scaled:
        """Fit scalers on the training examples only and return the scaled view."""

    @abstractmethod
    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> Scaled:
        """Return the scaled view with statistics that :meth:`Scaled.state` saved."""

    @abstractmethod
    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return the metric of these predictions, in its own unit."""

    @abstractmethod
    def perfect(self, examples: IntArray) -> FloatArray:
        """Return the predictions that are exactly right, as :meth:`Scaled.decode` returns them.

        They are finite: where a target is missing, something stands in that is not scored.
        """

    @abstractmethod
    def blocks(self, examples: IntArray) -> IntArray:
        """Return (E,) block labels: what a bootstrap of the test score resamples together."""

    @abstractmethod
    def baselines(self) -> tuple[Baseline, ...]:
        """Return the models that a recommendation must beat, cheapest first."""
