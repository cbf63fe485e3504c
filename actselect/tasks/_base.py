"""What a task is: a data set bound to a question, with splits, loss, metric and baselines.

Notation: an *example* is what is trained on and scored together: a sequence, a window of a series,
a passage of a text.  E examples in all, B in a batch, T steps, F features, K outputs of the
network, S numbers that an example's predictions come to.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar, final

import numpy as np
import numpy.typing as npt
from torch import Tensor

from actselect.data.dataset import SequenceDataset
from actselect.encoders import Encoder
from actselect.nn import Memory
from actselect.records import FloatArray, IntArray, MetricRecord
from actselect.tasks._shown import Showing, Shown


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

    ``lengths`` is None when all steps of all examples exist.  Inputs may be what an encoder takes
    instead, such as (B, T) words; ``context`` (B, ...) is what belongs to no step, such as a
    picture.  Where a network answers at every step, targets are (B, T, ...).
    """

    inputs: Tensor
    lengths: Tensor | None
    targets: Tensor
    context: Tensor | None = None

    def split(self, size: int) -> Iterator[Batch]:
        """Yield batches of at most ``size`` examples that share this one's memory."""
        for start in range(0, len(self.inputs), size):
            rows = slice(start, start + size)
            lengths = None if self.lengths is None else self.lengths[rows]
            inputs, targets = self.inputs[rows], self.targets[rows]
            if lengths is not None:
                shortest, longest = (int(end) for end in lengths.aminmax())
                if targets.ndim > 1 and targets.shape[1] == inputs.shape[1]:
                    targets = targets[:, :longest]
                inputs = inputs[:, :longest]
                lengths = None if shortest == longest else lengths
            context = None if self.context is None else self.context[rows]
            yield Batch(inputs=inputs, lengths=lengths, targets=targets, context=context)

    def chunks(self, steps: int | None) -> Iterator[Batch]:
        """Yield stretches of at most ``steps`` time steps, in order; all of it for None.

        Only where there is a target at every step.
        """
        total = self.inputs.shape[1]
        if steps is None or total <= steps:
            yield self
            return
        for start in range(0, total, steps):
            size = min(steps, total - start)
            lengths = None if self.lengths is None else (self.lengths - start).clamp(0, size)
            yield Batch(
                inputs=self.inputs[:, start : start + size],
                lengths=lengths,
                targets=self.targets[:, start : start + size],
                context=self.context,
            )

    def split_steps(self, last: int) -> tuple[Batch | None, Batch]:
        """Return the first steps, None if there are few, and the rest: ``last`` of each example or
        more.

        Every example has all of the first steps, so all go on from there.
        """
        total = self.inputs.shape[1]
        shortest = total if self.lengths is None else int(self.lengths.min())
        first = shortest - last
        if first <= 0:
            return None, self
        lengths = None if self.lengths is None else self.lengths - first
        before = replace(self, inputs=self.inputs[:, :first], lengths=None)
        return before, replace(self, inputs=self.inputs[:, first:], lengths=lengths)


class Network(Protocol):
    """What a task asks of a trained network; :class:`actselect.model.RecurrentModel` is one."""

    def __call__(
        self, inputs: Tensor, lengths: Tensor | None = None, context: Tensor | None = None
    ) -> Tensor:
        """Return raw outputs (B, K), or (B, T, K) where it answers at every step."""
        ...

    def run(
        self,
        inputs: Tensor,
        lengths: Tensor | None = None,
        context: Tensor | None = None,
        memory: Memory | None = None,
    ) -> tuple[Tensor, Memory]:
        """Return raw outputs, and the states to go on from when more steps come."""
        ...


class Scaled(ABC):
    """The examples of a task, scaled with statistics of one training part.

    Batches are float32, or whole numbers where an encoder takes them.
    """

    @property
    @abstractmethod
    def sizes(self) -> IntArray | None:
        """Steps of each example, (E,), by which batches are put together; None to save nothing."""

    @abstractmethod
    def batch(self, examples: IntArray) -> Batch:
        """Return these examples as tensors, padded on the right to the longest of them."""

    @abstractmethod
    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean training loss, a scalar tensor, of raw outputs (B, K) or (B, T, K)."""

    @abstractmethod
    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return what :meth:`Task.score` needs to know of a network's answers, one row an example.

        Forecasts (E, horizon), values (E,), class probabilities (E, classes); for structured
        answers, counts that add up over examples, (E, S).
        """

    @abstractmethod
    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the fitted statistics as plain arrays, to be saved beside the weights."""


class Baseline(ABC):
    """A model without a recurrent network; its predictions are as :meth:`Scaled.predictions`."""

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
    ``every`` says whether a network answers at every step; ``most_steps`` is how many optimiser
    steps an epoch has at most; ``hidden_size`` is that of the one-layer LSTM that sets the size of
    all networks, if the user names none.  ``length`` is the median number of steps of an example;
    after ``truncation`` steps gradients are cut off, and only states carried on.
    """

    name: ClassVar[str]
    metrics: ClassVar[Mapping[str, MetricRecord]]
    bidirectional_allowed: ClassVar[bool]
    every: ClassVar[bool]
    most_steps: ClassVar[int]
    hidden_size: ClassVar[int]

    dataset: SequenceDataset
    metric: MetricRecord
    encoder: Encoder
    output_size: int
    n_examples: int
    length: int
    notes: tuple[str, ...]
    truncation: int | None

    @property
    @final
    def input_size(self) -> int:
        """Features per step that the recurrent layers see."""
        return self.encoder.width

    @property
    def longest_input(self) -> int:
        """Most steps of an example that a network reads at once."""
        return int(self.dataset.lengths.max())

    @property
    @abstractmethod
    def facts(self) -> Mapping[str, Any]:
        """What a prediction needs to know besides weights and scaling, as plain values for JSON."""

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
    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return predictions that are right, half wrong, and wrong, as ``Scaled.predictions``.

        ``order`` is a permutation of ``examples`` by which answers may be exchanged.  Right is
        exactly right, and finite: where a target is missing, something stands in.
        """

    @abstractmethod
    def blocks(self, examples: IntArray) -> IntArray:
        """Return (E,) block labels: what a bootstrap of the test score resamples together."""

    @abstractmethod
    def baselines(self) -> tuple[Baseline, ...]:
        """Return the models that a recommendation must beat, cheapest first."""

    def shown(self, network: Network, scaled: Scaled, examples: IntArray, how: Showing) -> Shown:
        """Return answers of a network that a reader of the report can look at; none by default.

        Which ones is drawn by ``how`` before any is answered, so that they are neither the best
        nor the worst.

        Args:
            network: trained.
            scaled: the view that it was trained on.
            examples: to choose from, (E,), at least one; none that it was trained on.
            how: draws examples, and joins tokens.
        """
        del network, scaled, examples, how
        return Shown()


AnyScaled = TypeVar("AnyScaled", bound=Scaled)


def of_kind(scaled: Scaled, kind: type[AnyScaled]) -> AnyScaled:
    """Return the scaled view of a task as what that task makes.

    Raises:
        TypeError: another task made it.
    """
    if not isinstance(scaled, kind):
        raise TypeError(f"A {kind.__name__} is needed; got {scaled!r}.")
    return scaled


def exchanged(right: FloatArray, order: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return predictions as they are, half mixed with another example's, and the other example's.

    >>> exchanged(np.array([1.0, 3.0]), np.array([0, 1]))[1].tolist()
    [2.0, 2.0]
    """
    wrong = np.empty_like(right)
    wrong[order] = right[np.roll(order, 1)]
    return right, 0.5 * right + 0.5 * wrong, wrong


def series_names(dataset: SequenceDataset) -> list[str]:
    """Return the name of each sequence, its number where it has none."""
    return list(dataset.series) or [str(i) for i in range(len(dataset))]
