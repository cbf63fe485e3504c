"""Event forecasting: which of F events happen at the next step, such as notes on a piano roll.

Notation: N sequences, S steps of all of them, F events; B sequences in a batch, T steps.

At every step but the last of a sequence a network sees what has happened so far and says how
probable each event is at the next.  The score is the negative log-likelihood of a whole step, in
nats (Boulanger-Lewandowski, Bengio and Vincent 2012, arXiv:1206.6392, section 5; events are taken
as independent given the past).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from actselect import baselines
from actselect.data.dataset import SequenceDataset
from actselect.encoders import Encoder, Numbers
from actselect.exceptions import DataError
from actselect.records import AnswerExample, FloatArray, IntArray, MetricRecord
from actselect.tasks import _sequences
from actselect.tasks._base import (
    Baseline,
    Batch,
    Fold,
    Network,
    Scaled,
    Task,
    TaskBaseline,
    series_names,
)
from actselect.tasks._checks import chosen_metric, finite_predictions
from actselect.tasks._evaluation import outputs
from actselect.tasks._shown import MOST_ANSWERS, NOTHING, Showing, Shown, short
from actselect.tasks._truncation import truncation_note

METRICS: Final[Mapping[str, MetricRecord]] = {
    "nats_per_step": MetricRecord(name="nats_per_step", direction="minimize"),
}
TRUNCATION: Final = 256  # steps after which gradients are cut off
STEPS_SHOWN: Final = 4  # before the one that is foretold
LIKELIEST: Final = 5  # events that are told with their probability


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledEvents(Scaled):
    """Events as they are, 0 and 1: there is nothing to fit.

    Args:
        values: (S, F) float32.
        starts: (N,) first step of each sequence.
        lengths: (N,) steps of each sequence.
    """

    values: Tensor
    starts: IntArray
    lengths: IntArray

    @property
    def sizes(self) -> IntArray:
        """Steps of each sequence."""
        return self.lengths

    def batch(self, examples: IntArray) -> Batch:
        """Return events (B, T, F) but the last step, lengths, and the events one step later.

        Targets are NaN where there is no step.
        """
        lengths = self.lengths[examples] - 1
        step = np.arange(int(lengths.max()))
        exists = torch.from_numpy(step < lengths[:, None])
        index = torch.from_numpy(self.starts[examples][:, None] + step)
        index = torch.where(exists, index, 0)
        targets = self.values[index + 1].masked_fill(~exists[..., None], torch.nan)
        ragged = int(lengths.min()) < len(step)
        return Batch(
            inputs=self.values[index] * exists[..., None],
            lengths=torch.from_numpy(lengths) if ragged else None,
            targets=targets,
        )

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean over events and steps of the cross-entropy of outputs (B, T, F)."""
        exists = ~targets[..., 0].isnan()
        return functional.binary_cross_entropy_with_logits(output[exists], targets[exists])

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return the nats and the steps of each example, (E, 2)."""
        rows = np.empty((len(examples), 2))
        for positions, batch, output in outputs(network, self, examples, self.values.shape[1]):
            exists = ~batch.targets[..., 0].isnan()
            known = batch.targets.nan_to_num(nan=0.0).double()
            each = functional.binary_cross_entropy_with_logits(
                output.double(), known, reduction="none"
            )
            rows[positions, 0] = (each.sum(-1) * exists).sum(1).numpy()
            rows[positions, 1] = exists.sum(1).numpy()
        return rows

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return nothing."""
        return {}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventForecastingTask(Task):
    """Sequences of events to those of the next step; made by :func:`bind`.

    Bidirectional networks are not allowed: they would see what they are to foretell.

    Args:
        groups: (N,) sequences with the same number stay on one side of a split.
    """

    name: ClassVar[str] = "event-forecasting"
    metrics: ClassVar[Mapping[str, MetricRecord]] = METRICS
    bidirectional_allowed: ClassVar[bool] = False
    every: ClassVar[bool] = True
    most_steps: ClassVar[int] = 32
    hidden_size: ClassVar[int] = 64

    dataset: SequenceDataset
    metric: MetricRecord
    encoder: Encoder
    output_size: int
    n_examples: int
    length: int
    notes: tuple[str, ...]
    truncation: int | None
    groups: IntArray

    @property
    def facts(self) -> Mapping[str, Any]:
        """The names of the events."""
        return {"events": list(self.dataset.feature_names)}

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return the user's test part, or a random 20 %, groups kept whole."""
        return _sequences.split_test(self.dataset, np.zeros_like(self.groups), self.groups, seed)

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Resample 70 % train, 10 % stop, 20 % score."""
        strata = np.zeros_like(self.groups)
        return _sequences.resample(
            self.dataset.validation, development, strata, self.groups, repeat, seed
        )

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return 90 % of development to train on and 10 % to stop on, or the user's own parts."""
        strata = np.zeros_like(self.groups)
        return _sequences.refit(self.dataset.validation, development, strata, self.groups, seed)

    def scaled(self, train: IntArray) -> ScaledEvents:
        """Return the events as they are."""
        del train
        return _scaled(self.dataset)

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledEvents:
        """Return the events as they are."""
        del state
        return _scaled(self.dataset)

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return the nats per step of rows (E, 2)."""
        if metric is not None:
            chosen_metric(METRICS, metric)
        nats, steps = finite_predictions(predictions, (len(examples), 2)).sum(axis=0)
        return float(nats / steps)

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return rows of events foretold for sure; at even odds; and mostly the wrong way round."""
        del order
        steps = (self.dataset.lengths[examples] - 1).astype(np.float64)
        even = steps * self.output_size * np.log(2.0)
        right, half, wrong = (
            np.stack([nats, steps], axis=1) for nats in (0.0 * even, even, 10.0 * even)
        )
        return right, half, wrong

    def blocks(self, examples: IntArray) -> IntArray:
        """Return the group of each example, or the example itself."""
        return self.groups[examples]

    def baselines(self) -> tuple[Baseline, ...]:
        """Return how frequent each event is; and after itself, and after its absence."""
        table = {"marginal frequencies": _marginals, "frequencies given the last step": _repeats}
        return tuple(
            TaskBaseline(name=name, kind=EventForecastingTask, function=function)
            for name, function in table.items()
        )

    def shown(self, network: Network, scaled: Scaled, examples: IntArray, how: Showing) -> Shown:
        """Return the likeliest events of a step in the second half of some sequences."""
        answers = []
        for i in how.some(examples, MOST_ANSWERS).tolist():
            steps, length = self.dataset.sequence(i), int(self.dataset.lengths[i])
            at = int(how.random.integers(max(1, length // 2), length))
            batch = scaled.batch(np.array([i]))
            with torch.no_grad():
                output = network(batch.inputs[:, :at])[0, -1]
            answers.append(
                AnswerExample(
                    shown=" | ".join(map(self._named, steps[max(0, at - STEPS_SHOWN) : at])),
                    wanted=(self._named(steps[at]),),
                    answer=self._likeliest(torch.sigmoid(output).double().numpy()),
                )
            )
        return Shown(answers=tuple(answers))

    def _named(self, step: FloatArray) -> str:
        """Return the names of the events of a step, (F,)."""
        names = self.dataset.feature_names
        return short(", ".join(names[f] for f in np.flatnonzero(step)) or NOTHING)

    def _likeliest(self, probabilities: FloatArray) -> str:
        """Return the likeliest events of a step with their probabilities, (F,)."""
        order = np.argsort(-probabilities, kind="stable")[:LIKELIEST].tolist()
        names = self.dataset.feature_names
        return short(", ".join(f"{names[f]} ({probabilities[f]:.0%})" for f in order))


def _steps(task: EventForecastingTask, examples: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the events of these sequences, one after the other, and their lengths."""
    lengths = task.dataset.lengths[examples]
    ends = np.cumsum(lengths)
    shift = task.dataset.offsets[:-1][examples] - (ends - lengths)
    return task.dataset.values[np.arange(int(ends[-1])) + np.repeat(shift, lengths)], lengths


def _rows(nats: FloatArray, lengths: IntArray) -> FloatArray:
    """Return (E, 2) from the nats of every step; the first of a sequence is not foretold."""
    starts = np.cumsum(lengths) - lengths
    nats = nats.copy()
    nats[starts] = 0.0
    return np.stack([np.add.reduceat(nats, starts), lengths - 1.0], axis=1)


def _marginals(task: EventForecastingTask, fold: Fold, examples: IntArray) -> FloatArray:
    known, _ = _steps(task, np.concatenate([fold.train, fold.stop]))
    events, lengths = _steps(task, examples)
    return _rows(baselines.bernoulli_nll(baselines.fit_marginals(known), events), lengths)


def _repeats(task: EventForecastingTask, fold: Fold, examples: IntArray) -> FloatArray:
    model = baselines.fit_repeat(*_steps(task, np.concatenate([fold.train, fold.stop])))
    events, lengths = _steps(task, examples)
    before = np.concatenate([np.zeros((1, events.shape[1])), events[:-1]])
    return _rows(baselines.bernoulli_nll(model(before), events), lengths)


def _check_events(dataset: SequenceDataset) -> None:
    """Raise DataError if a value is neither 0 nor 1."""
    other = ~np.isin(dataset.values, (0.0, 1.0))
    if other.any():
        step, column = np.unravel_index(int(other.argmax()), other.shape)
        raise DataError(
            wanted="events: 0 where nothing happens, 1 where something does",
            got=f"{dataset.values[step, column]:g}",
            where=f"{dataset.name}, column {dataset.feature_names[column]!r}",
            todo="Choose the task forecasting for measurements.",
        )


def _scaled(dataset: SequenceDataset) -> ScaledEvents:
    return ScaledEvents(
        values=torch.from_numpy(dataset.values.astype(np.float32)),
        starts=dataset.offsets[:-1],
        lengths=dataset.lengths,
    )


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledEvents, IntArray]:
    """Return new sequences, and the examples to predict: all.

    Raises:
        DataError: a value is neither 0 nor 1.
    """
    del state, facts
    _check_events(dataset)
    return _scaled(dataset), np.arange(len(dataset))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``series`` and a column for each event: how probable it is after the last step."""
    scaled, examples = unlabelled(dataset, state, facts)
    rows = np.empty((len(examples), scaled.values.shape[1]))
    with torch.no_grad():
        for i in examples.tolist():
            start, length = int(scaled.starts[i]), int(scaled.lengths[i])
            output = network(scaled.values[None, start : start + length])
            rows[i] = torch.sigmoid(output[0, -1]).double().numpy()
    frame = pd.DataFrame({"series": series_names(dataset)})
    return frame.assign(**{name: rows[:, k] for k, name in enumerate(facts["events"])})


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> EventForecastingTask:
    """Return the task of foretelling the events of the next step of each sequence.

    Args:
        dataset: features that are 0 or 1.
        metric: ``nats_per_step``.

    Raises:
        UnknownNameError: there is no such metric.
        DataError: a value is neither 0 nor 1, or a sequence has a single step.

    >>> data = SequenceDataset(name="toy", values=np.eye(4)[:, :2], lengths=np.array([4]),
    ...                        feature_names=("c", "e"))
    >>> bind(data).output_size
    2
    """
    record = chosen_metric(METRICS, metric)
    _check_events(dataset)
    if (short := int((dataset.lengths < 2).sum())) > 0:
        raise DataError(
            wanted="at least two steps in each sequence",
            got=f"one step in {short} of {len(dataset)}",
            where=dataset.name,
            todo="Leave such sequences out.",
        )
    longest = int(dataset.lengths.max()) - 1
    notes: tuple[str, ...] = ()
    if longest > TRUNCATION:
        notes = (truncation_note(longest, TRUNCATION),)
    return EventForecastingTask(
        dataset=dataset,
        metric=record,
        encoder=Numbers(width=dataset.values.shape[1]),
        output_size=dataset.values.shape[1],
        n_examples=len(dataset),
        length=int(np.median(dataset.lengths)) - 1,
        notes=notes,
        truncation=TRUNCATION if longest > TRUNCATION else None,
        groups=_sequences.group_codes(dataset),
    )
