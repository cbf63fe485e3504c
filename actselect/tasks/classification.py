"""Classification: one label for each sequence, or a set of labels.

Notation: N sequences, F features, K classes, E examples asked for.

What labels are, and how they are scored, is in ``_labels.py``.

Class imbalance: splits are stratified by class.  With the metric ``macro_f1`` the training loss of
single labels weights each class by n / (K n_k) ("balanced"), because that metric counts every class
alike; with ``accuracy`` and ``log_loss`` it does not, because they count every example alike.
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
from torch import Tensor

from actselect import baselines
from actselect.data.dataset import SequenceDataset
from actselect.encoders import Encoder, Numbers
from actselect.records import FloatArray, IntArray, MetricRecord
from actselect.tasks import _labels, _sequences
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
from actselect.tasks._checks import chosen_metric
from actselect.tasks._evaluation import last_outputs
from actselect.tasks._shown import MOST_ANSWERS, Showing, Shown
from actselect.tasks._truncation import cut_where_long

METRICS = _labels.METRICS
BASELINES: Final[Mapping[str, baselines.FitClassifier]] = {
    "majority class": baselines.fit_majority,
    "logistic regression on summaries": baselines.fit_logistic,
    "ridge classifier on raw values": baselines.fit_ridge_classifier,
    "1-nearest neighbour": baselines.fit_nearest,
}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledClassification(Scaled):
    """Standardised sequences with their labels; ``weights`` (K,) of the loss, or None."""

    inputs: _sequences.ScaledInputs
    labels: Tensor
    weights: Tensor | None

    @property
    def sizes(self) -> None:
        """None: the kernels waste nothing on padding."""
        return

    def batch(self, examples: IntArray) -> Batch:
        """Return inputs (B, T, F), lengths (B,) if any, and class numbers (B,) or sets (B, K)."""
        values, lengths = self.inputs.gather(examples)
        return Batch(
            inputs=values, lengths=lengths, targets=self.labels[torch.from_numpy(examples)]
        )

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy, class-weighted where the metric wants it."""
        return _labels.label_loss(output, targets, self.weights)

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return what :meth:`decode` makes of a network's raw outputs."""
        return self.decode(last_outputs(network, self, examples), examples)

    def decode(self, output: FloatArray, examples: IntArray) -> FloatArray:
        """Return probabilities (E, K): of classes, or of each label."""
        del examples
        return _labels.probabilities(output, several=self.labels.ndim == 2)

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``mean`` and ``scale``, (1, F), and ``weights``, (K,) or empty."""
        weights = np.zeros(0) if self.weights is None else self.weights.numpy().astype(np.float64)
        return {"mean": self.inputs.mean, "scale": self.inputs.scale, "weights": weights}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassificationTask(Task):
    """Sequences to labels; made by :func:`bind`.

    Bidirectional networks are allowed: the whole sequence is known before the label is asked for.

    Args:
        labels: of each sequence.
        groups: (N,) sequences with the same number stay on one side of a split.
    """

    name: ClassVar[str] = "classification"
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
    labels: _labels.Labels
    groups: IntArray

    @property
    def classes(self) -> tuple[str, ...]:
        """K names."""
        return self.labels.classes

    @property
    def balanced(self) -> bool:
        """Whether training weights all classes alike."""
        return _is_weighted(self.labels, self.metric)

    @property
    def facts(self) -> Mapping[str, Any]:
        """The classes, in the order of the columns, and whether labels come in sets."""
        return {"classes": list(self.classes), "several": self.labels.several}

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return the user's test part, or 20 % stratified by class, groups kept whole."""
        return _sequences.split_test(self.dataset, self.labels.strata, self.groups, seed)

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Resample 70 % train, 10 % stop, 20 % score, stratified; all classes are trained on.

        Screening's split (repeat -1) is one more of the same kind.
        """
        return _sequences.resample(
            self.dataset.validation, development, self.labels.strata, self.groups, repeat, seed
        )

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return 90 % of development to train on and 10 % to stop on, or the user's own parts."""
        return _sequences.refit(
            self.dataset.validation, development, self.labels.strata, self.groups, seed
        )

    def scaled(self, train: IntArray) -> ScaledClassification:
        """Fit mean, scale and class weights on these sequences."""
        weights = np.zeros(0)
        if self.balanced:
            weights = baselines.balanced_weights(self.labels.numbers[train], self.output_size)
        return self._scaled(_sequences.fit_inputs(self.dataset, train), weights)

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledClassification:
        """Return the scaled view with saved statistics."""
        arrays = {name: np.asarray(array, dtype=np.float64) for name, array in state.items()}
        inputs = _sequences.scale_inputs(self.dataset, arrays["mean"], arrays["scale"])
        return self._scaled(inputs, arrays["weights"])

    def _scaled(self, inputs: _sequences.ScaledInputs, weights: FloatArray) -> ScaledClassification:
        return ScaledClassification(
            inputs=inputs,
            labels=self.labels.targets(),
            weights=torch.from_numpy(weights.astype(np.float32)) if weights.size else None,
        )

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return accuracy, macro-averaged F1, or log loss (nats) of probabilities (E, K)."""
        name = self.metric.name if metric is None else chosen_metric(METRICS, metric).name
        return self.labels.score(predictions, examples, name)

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return probability one for what is true, (E, K); then mixed with those of others."""
        return exchanged(self.labels.perfect(examples), order)

    def blocks(self, examples: IntArray) -> IntArray:
        """Return the group of each example, or the example itself."""
        return self.groups[examples]

    def baselines(self) -> tuple[Baseline, ...]:
        """Return majority class, logistic regression, ridge classifier, 1-nearest neighbour.

        Of sets of labels: how frequent each label is, and logistic regression for each.
        """
        if self.labels.several:
            return (
                TaskBaseline(name="label frequencies", kind=ClassificationTask, function=_shares),
                TaskBaseline(
                    name="logistic regression on summaries",
                    kind=ClassificationTask,
                    function=_each_label,
                ),
            )
        return tuple(
            TaskBaseline(name=name, kind=ClassificationTask, function=partial(_predict, fit))
            for name, fit in BASELINES.items()
        )

    def shown(self, network: Network, scaled: Scaled, examples: IntArray, how: Showing) -> Shown:
        """Return how often each class was called each; of sets of labels, a few of them."""
        if not self.labels.several:
            found = scaled.predictions(network, examples)
            return Shown(confusion=self.labels.confusion(found, examples))
        chosen, names = how.some(examples, MOST_ANSWERS), series_names(self.dataset)
        found = scaled.predictions(network, chosen)
        return Shown(answers=self.labels.answers(found, chosen, [names[i] for i in chosen]))


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledClassification, IntArray]:
    """Return new sequences scaled with saved statistics, and the examples to predict: all."""
    mean, scale = (np.asarray(state[name], dtype=np.float64) for name in ("mean", "scale"))
    shape = (len(dataset), 1) if facts["several"] else (len(dataset),)
    scaled = ScaledClassification(
        inputs=_sequences.scale_inputs(dataset, mean, scale),
        labels=torch.zeros(shape, dtype=torch.int64),
        weights=None,
    )
    return scaled, np.arange(len(dataset))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``series``, ``label``, and a column ``p(class)`` for each class, a row a sequence."""
    scaled, examples = unlabelled(dataset, state, facts)
    return _labels.label_frame(dataset, scaled.predictions(network, examples), facts)


def _predict(
    fit: baselines.FitClassifier, task: ClassificationTask, fold: Fold, examples: IntArray
) -> FloatArray:
    """Fit a baseline on train and stop together and return probabilities (E, K)."""
    train = np.concatenate([fold.train, fold.stop])
    inputs = task.scaled(train).inputs
    model = fit(
        inputs.sequences(train), task.labels.numbers[train], task.output_size, task.balanced
    )
    return model(inputs.sequences(examples))


def _shares(task: ClassificationTask, fold: Fold, examples: IntArray) -> FloatArray:
    train = np.concatenate([fold.train, fold.stop])
    return np.tile(baselines.fit_label_shares(task.labels.numbers[train]), (len(examples), 1))


def _each_label(task: ClassificationTask, fold: Fold, examples: IntArray) -> FloatArray:
    train = np.concatenate([fold.train, fold.stop])
    inputs = task.scaled(train).inputs
    model = baselines.fit_multilabel_logistic(inputs.sequences(train), task.labels.numbers[train])
    return model(inputs.sequences(examples))


def _is_weighted(labels: _labels.Labels, metric: MetricRecord) -> bool:
    return metric.name == "macro_f1" and not labels.several


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> ClassificationTask:
    """Return the task of labelling each sequence of the data set.

    Args:
        dataset: with one target per sequence, text or number, or sets of labels as answers.
        metric: ``accuracy`` (default), ``macro_f1``, or ``log_loss``.

    Raises:
        UnknownNameError: there is no such metric.
        DataError: targets are missing, all alike, or look like measurements.

    >>> data = SequenceDataset(name="toy", values=np.zeros((4, 1)), lengths=np.array([2, 2]),
    ...                        feature_names=("x",), targets=np.array(["yes", "no"]))
    >>> bind(data).classes
    ('no', 'yes')
    """
    record = chosen_metric(METRICS, metric)
    labels = _labels.labels_of(dataset)
    truncation, cut = cut_where_long(dataset.lengths)
    return ClassificationTask(
        dataset=dataset,
        metric=record,
        encoder=Numbers(width=dataset.values.shape[1]),
        output_size=len(labels.classes),
        n_examples=len(dataset),
        length=int(np.median(dataset.lengths)),
        notes=(*_labels.label_notes(labels, record, weighted=_is_weighted(labels, record)), *cut),
        truncation=truncation,
        labels=labels,
        groups=_sequences.group_codes(dataset),
    )
