"""Regression: one number for each sequence.

Notation: N sequences, F features, E examples asked for; a network has one output.

Targets are standardised by the training part.  The loss is squared error for ``rmse`` and ``r2``
and smooth absolute error for ``mae``, so that training aims at what the metric rewards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final, final

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from torch import Tensor

from actselect import baselines
from actselect.data.dataset import SequenceDataset
from actselect.encoders import Encoder, Numbers
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray, MetricRecord
from actselect.tasks import _sequences
from actselect.tasks._base import (
    Baseline,
    Batch,
    Fold,
    Network,
    Scaled,
    Task,
    TaskBaseline,
    exchanged,
    series_names,
)
from actselect.tasks._checks import chosen_metric, finite_predictions
from actselect.tasks._evaluation import last_outputs
from actselect.tasks._losses import number_loss
from actselect.tasks._scaling import statistics
from actselect.tasks._shown import MOST_PAIRS, Showing, Shown, rounded
from actselect.tasks._truncation import cut_where_long

METRICS: Final[Mapping[str, MetricRecord]] = {
    "rmse": MetricRecord(name="rmse", direction="minimize"),
    "mae": MetricRecord(name="mae", direction="minimize"),
    "r2": MetricRecord(name="r2", direction="maximize"),
}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledRegression(Scaled):
    """Standardised sequences and targets; ``center`` and ``spread`` are those of the targets."""

    inputs: _sequences.ScaledInputs
    targets: Tensor
    center: float
    spread: float
    absolute: bool

    @property
    def sizes(self) -> None:
        """None: the kernels waste nothing on padding."""
        return

    def batch(self, examples: IntArray) -> Batch:
        """Return inputs (B, T, F), lengths (B,), and standardised targets (B, 1)."""
        values, lengths = self.inputs.gather(examples)
        targets = self.targets[torch.from_numpy(examples)]
        return Batch(inputs=values, lengths=lengths, targets=targets)

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean squared (for ``mae``: smooth absolute) error of outputs (B, 1)."""
        return number_loss(output, targets, absolute=self.absolute)

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return what :meth:`decode` makes of a network's raw outputs."""
        return self.decode(last_outputs(network, self, examples), examples)

    def decode(self, output: FloatArray, examples: IntArray) -> FloatArray:
        """Return predictions (E,) in the target's unit."""
        del examples
        return np.asarray(output, dtype=np.float64)[:, 0] * self.spread + self.center

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``mean`` and ``scale``, (1, F), and ``target``, (2,): its center and spread."""
        target = np.array([self.center, self.spread])
        return {"mean": self.inputs.mean, "scale": self.inputs.scale, "target": target}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionTask(Task):
    """Sequences to numbers; made by :func:`bind`.

    Bidirectional networks are allowed: the whole sequence is known before the number is asked for.

    Args:
        values: (N,) target of each sequence.
        groups: (N,) sequences with the same number stay on one side of a split.
    """

    name: ClassVar[str] = "regression"
    metrics: ClassVar[Mapping[str, MetricRecord]] = METRICS
    bidirectional_allowed: ClassVar[bool] = True
    every: ClassVar[bool] = False
    most_steps: ClassVar[int] = 32
    hidden_size: ClassVar[int] = 32

    dataset: SequenceDataset
    metric: MetricRecord
    encoder: Encoder
    output_size: int
    n_examples: int
    length: int
    notes: tuple[str, ...]
    truncation: int | None = None
    values: FloatArray
    groups: IntArray

    @property
    def facts(self) -> Mapping[str, Any]:
        """Nothing."""
        return {}

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return the user's test part, or a random 20 %, groups kept whole."""
        return _sequences.split_test(self.dataset, np.zeros_like(self.groups), self.groups, seed)

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Resample 70 % train, 10 % stop, 20 % score; screening's split is one more of the kind."""
        strata = np.zeros_like(self.groups)
        return _sequences.resample(
            self.dataset.validation, development, strata, self.groups, repeat, seed
        )

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return 90 % of development to train on and 10 % to stop on, or the user's own parts."""
        strata = np.zeros_like(self.groups)
        return _sequences.refit(self.dataset.validation, development, strata, self.groups, seed)

    def scaled(self, train: IntArray) -> ScaledRegression:
        """Fit mean and scale of features and target on these sequences."""
        owner = np.zeros(len(train), dtype=np.int64)
        center, spread = statistics(self.values[train, None], owner, 1)
        inputs = _sequences.fit_inputs(self.dataset, train)
        return self._scaled(inputs, center.item(), spread.item())

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledRegression:
        """Return the scaled view with saved statistics."""
        arrays = {name: np.asarray(array, dtype=np.float64) for name, array in state.items()}
        inputs = _sequences.scale_inputs(self.dataset, arrays["mean"], arrays["scale"])
        return self._scaled(inputs, *arrays["target"].tolist())

    def _scaled(
        self, inputs: _sequences.ScaledInputs, center: float, spread: float
    ) -> ScaledRegression:
        targets = ((self.values[:, None] - center) / spread).astype(np.float32)
        return ScaledRegression(
            inputs=inputs,
            targets=torch.from_numpy(targets),
            center=center,
            spread=spread,
            absolute=self.metric.name == "mae",
        )

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return RMSE or MAE (target's unit), or R2 (needs two examples), of predictions (E,)."""
        name = self.metric.name if metric is None else chosen_metric(METRICS, metric).name
        true = self.values[examples]
        predicted = finite_predictions(predictions, true.shape)
        if name == "mae":
            return float(mean_absolute_error(true, predicted))
        if name == "rmse":
            return float(root_mean_squared_error(true, predicted))
        if len(true) < 2:
            raise DataError(
                wanted="at least two sequences to score r2",
                got=str(len(true)),
                where=self.dataset.name,
                todo="Choose the metric rmse or mae, or give more data.",
            )
        return float(r2_score(true, predicted))

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the true values, (E,); then mixed with those of others."""
        return exchanged(self.values[examples], order)

    def blocks(self, examples: IntArray) -> IntArray:
        """Return the group of each example, or the example itself."""
        return self.groups[examples]

    def baselines(self) -> tuple[Baseline, ...]:
        """Return the best constant (mean; median for ``mae``) and a ridge regression."""
        constant: dict[str, baselines.FitRegressor] = (
            {"median": baselines.fit_median}
            if self.metric.name == "mae"
            else {"mean": baselines.fit_mean}
        )
        table = constant | {"ridge on raw values and summaries": baselines.fit_ridge}
        return tuple(
            TaskBaseline(name=name, kind=RegressionTask, function=partial(_predict, fit))
            for name, fit in table.items()
        )

    def shown(self, network: Network, scaled: Scaled, examples: IntArray, how: Showing) -> Shown:
        """Return true and predicted numbers of some sequences."""
        chosen = how.some(examples, MOST_PAIRS)
        predicted = rounded(scaled.predictions(network, chosen))
        return Shown(pairs=tuple(zip(rounded(self.values[chosen]), predicted, strict=True)))


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledRegression, IntArray]:
    """Return new sequences scaled with saved statistics, and the examples to predict: all."""
    del facts
    mean, scale, target = (
        np.asarray(state[name], dtype=np.float64) for name in ("mean", "scale", "target")
    )
    scaled = ScaledRegression(
        inputs=_sequences.scale_inputs(dataset, mean, scale),
        targets=torch.zeros(len(dataset), 1),
        center=float(target[0]),
        spread=float(target[1]),
        absolute=False,
    )
    return scaled, np.arange(len(dataset))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``series`` and the target, a row a sequence."""
    scaled, examples = unlabelled(dataset, state, facts)
    values = scaled.predictions(network, examples)
    return pd.DataFrame({"series": series_names(dataset), facts["target"]: values})


def _predict(
    fit: baselines.FitRegressor, task: RegressionTask, fold: Fold, examples: IntArray
) -> FloatArray:
    """Fit a baseline on train and stop together and return predictions (E,)."""
    train = np.concatenate([fold.train, fold.stop])
    inputs = task.scaled(train).inputs
    return fit(inputs.sequences(train), task.values[train])(inputs.sequences(examples))


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> RegressionTask:
    """Return the task of predicting the number that belongs to each sequence.

    Args:
        dataset: with one number per sequence as target.
        metric: ``rmse`` (default), ``mae``, or ``r2``.

    Raises:
        UnknownNameError: there is no such metric.
        DataError: targets are missing, no numbers, or all alike.

    >>> data = SequenceDataset(name="toy", values=np.zeros((4, 1)), lengths=np.array([2, 2]),
    ...                        feature_names=("x",), targets=np.array([1.0, 2.0]))
    >>> bind(data).metric.name
    'rmse'
    """
    record = chosen_metric(METRICS, metric)
    truncation, cut = cut_where_long(dataset.lengths)
    return RegressionTask(
        dataset=dataset,
        metric=record,
        encoder=Numbers(width=dataset.values.shape[1]),
        output_size=1,
        n_examples=len(dataset),
        length=int(np.median(dataset.lengths)),
        notes=cut,
        truncation=truncation,
        values=_numbers(dataset),
        groups=_sequences.group_codes(dataset),
    )


def _numbers(dataset: SequenceDataset) -> FloatArray:
    """Return the targets as numbers, (N,)."""
    targets = _sequences.required_targets(dataset)
    where = f"{dataset.name}, target {dataset.target_name!r}"
    if targets.dtype.kind not in "fiub":
        raise DataError(
            wanted="numbers",
            got=f"text such as {targets[0]!s}",
            where=where,
            todo="Choose the task classification, or another target.",
        )
    if len(targets) > 1 and bool((targets == targets[0]).all()):
        raise DataError(
            wanted="a target that varies",
            got=f"{targets[0]!s} for every sequence",
            where=where,
            todo="Choose another target.",
        )
    return targets.astype(np.float64)
