"""Classification: one label for each sequence.

Notation: N sequences, F features, K classes, E examples asked for.

Class imbalance: every split is stratified by class.  With the metric ``macro_f1`` the training loss
weights each class by n / (K n_k) ("balanced"), because that metric counts every class alike; with
``accuracy`` and ``log_loss`` it does not, because they count every example alike.  A note warns
when one class is so large that accuracy says little.
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
from scipy.special import softmax
from sklearn.metrics import accuracy_score, f1_score, log_loss
from torch import Tensor
from torch.nn import functional

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

METRICS: Final[Mapping[str, MetricRecord]] = {
    "accuracy": MetricRecord(name="accuracy", direction="maximize", rate=True),
    "macro_f1": MetricRecord(name="macro_f1", direction="maximize", rate=True),
    "log_loss": MetricRecord(name="log_loss", direction="minimize"),
}
BASELINES: Final[Mapping[str, baselines.FitClassifier]] = {
    "majority class": baselines.fit_majority,
    "logistic regression on summaries": baselines.fit_logistic,
    "ridge classifier on raw values": baselines.fit_ridge_classifier,
    "1-nearest neighbour": baselines.fit_nearest,
}
DOMINANT = 0.75  # share of the largest class above which a note is made
MAX_CLASSES_SHARE = 0.5  # numeric targets with more distinct values than this share are no labels


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledClassification(Scaled):
    """Standardised sequences with class numbers; ``weights`` (K,) of the loss, or None."""

    inputs: _sequences.ScaledInputs
    labels: Tensor
    weights: Tensor | None

    @property
    def sizes(self) -> None:
        """None: the kernels waste nothing on padding."""
        return

    def batch(self, examples: IntArray) -> Batch:
        """Return inputs (B, T, F), lengths (B,) if any, and class numbers (B,), int64."""
        values, lengths = self.inputs.gather(examples)
        return Batch(
            inputs=values, lengths=lengths, targets=self.labels[torch.from_numpy(examples)]
        )

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy, class-weighted where the metric wants it."""
        return functional.cross_entropy(output, targets, weight=self.weights)

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return what :meth:`decode` makes of a network's raw outputs."""
        return self.decode(last_outputs(network, self, examples), examples)

    def decode(self, output: FloatArray, examples: IntArray) -> FloatArray:
        """Return class probabilities (E, K)."""
        del examples
        return np.asarray(softmax(np.asarray(output, dtype=np.float64), axis=1))

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
        classes: K labels, sorted; column k of a prediction belongs to ``classes[k]``.
        labels: (N,) number of each sequence's class.
        groups: (N,) sequences with the same number stay on one side of a split.
    """

    name: ClassVar[str] = "classification"
    metrics: ClassVar[Mapping[str, MetricRecord]] = METRICS
    bidirectional_allowed: ClassVar[bool] = True
    every: ClassVar[bool] = False

    dataset: SequenceDataset
    metric: MetricRecord
    encoder: Encoder
    output_size: int
    n_examples: int
    length: int
    notes: tuple[str, ...]
    truncation: int | None = None
    classes: tuple[str, ...]
    labels: IntArray
    groups: IntArray

    @property
    def balanced(self) -> bool:
        """Whether training weights all classes alike."""
        return self.metric.name == "macro_f1"

    @property
    def facts(self) -> Mapping[str, Any]:
        """The classes, in the order of the columns."""
        return {"classes": list(self.classes)}

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return the user's test part, or 20 % stratified by class, groups kept whole."""
        return _sequences.split_test(self.dataset, self.labels, self.groups, seed)

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Resample 70 % train, 10 % stop, 20 % score, stratified; all classes are trained on.

        Screening's split (repeat -1) is one more of the same kind.
        """
        return _sequences.resample(development, self.labels, self.groups, repeat, seed)

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return 90 % of development to train on and 10 % to stop on."""
        return _sequences.refit(development, self.labels, self.groups, seed)

    def scaled(self, train: IntArray) -> ScaledClassification:
        """Fit mean, scale and class weights on these sequences."""
        weights = np.zeros(0)
        if self.balanced:
            weights = baselines.balanced_weights(self.labels[train], self.output_size)
        return self._scaled(_sequences.fit_inputs(self.dataset, train), weights)

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledClassification:
        """Return the scaled view with saved statistics."""
        arrays = {name: np.asarray(array, dtype=np.float64) for name, array in state.items()}
        inputs = _sequences.scale_inputs(self.dataset, arrays["mean"], arrays["scale"])
        return self._scaled(inputs, arrays["weights"])

    def _scaled(self, inputs: _sequences.ScaledInputs, weights: FloatArray) -> ScaledClassification:
        return ScaledClassification(
            inputs=inputs,
            labels=torch.from_numpy(self.labels),
            weights=torch.from_numpy(weights.astype(np.float32)) if weights.size else None,
        )

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return accuracy, macro-averaged F1, or log loss (nats) of probabilities (E, K)."""
        name = self.metric.name if metric is None else chosen_metric(METRICS, metric).name
        true = self.labels[examples]
        probabilities = finite_predictions(predictions, (len(true), self.output_size))
        if name == "log_loss":
            sums = probabilities.sum(axis=1, keepdims=True)
            return float(log_loss(true, probabilities / sums, labels=np.arange(self.output_size)))
        chosen = probabilities.argmax(axis=1)
        if name == "macro_f1":
            return float(f1_score(true, chosen, average="macro", zero_division=0.0))
        return float(accuracy_score(true, chosen))

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return probability one for each true class, (E, K); then mixed with those of others."""
        return exchanged(np.eye(self.output_size)[self.labels[examples]], order)

    def blocks(self, examples: IntArray) -> IntArray:
        """Return the group of each example, or the example itself."""
        return self.groups[examples]

    def baselines(self) -> tuple[Baseline, ...]:
        """Return majority class, logistic regression, ridge classifier, 1-nearest neighbour."""
        return tuple(
            TaskBaseline(name=name, kind=ClassificationTask, function=partial(_predict, fit))
            for name, fit in BASELINES.items()
        )


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledClassification, IntArray]:
    """Return new sequences scaled with saved statistics, and the examples to predict: all."""
    del facts
    mean, scale = (np.asarray(state[name], dtype=np.float64) for name in ("mean", "scale"))
    scaled = ScaledClassification(
        inputs=_sequences.scale_inputs(dataset, mean, scale),
        labels=torch.zeros(len(dataset), dtype=torch.int64),
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
    shares = scaled.predictions(network, examples)
    classes = np.array(facts["classes"])
    names = series_names(dataset)
    frame = pd.DataFrame({"series": names, "label": classes[shares.argmax(axis=1)]})
    return frame.assign(**{f"p({c})": shares[:, k] for k, c in enumerate(classes)})


def _predict(
    fit: baselines.FitClassifier, task: ClassificationTask, fold: Fold, examples: IntArray
) -> FloatArray:
    """Fit a baseline on train and stop together and return probabilities (E, K)."""
    train = np.concatenate([fold.train, fold.stop])
    inputs = task.scaled(train).inputs
    model = fit(inputs.sequences(train), task.labels[train], task.output_size, task.balanced)
    return model(inputs.sequences(examples))


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> ClassificationTask:
    """Return the task of labelling each sequence of the data set.

    Args:
        dataset: with one target per sequence, text or number.
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
    classes, labels = _labels(dataset)
    return ClassificationTask(
        dataset=dataset,
        metric=record,
        encoder=Numbers(width=dataset.values.shape[1]),
        output_size=len(classes),
        n_examples=len(dataset),
        length=int(np.median(dataset.lengths)),
        notes=_notes(classes, labels, record),
        classes=classes,
        labels=labels,
        groups=_sequences.group_codes(dataset),
    )


def _labels(dataset: SequenceDataset) -> tuple[tuple[str, ...], IntArray]:
    """Return the classes and the class number of each sequence."""
    targets = _sequences.required_targets(dataset)
    values, labels = np.unique(targets, return_inverse=True)
    where = f"{dataset.name}, target {dataset.target_name!r}"
    if len(values) < 2:
        raise DataError(
            wanted="at least two classes",
            got=f"only {values[0]!s}",
            where=where,
            todo="Choose another target.",
        )
    if targets.dtype.kind == "f" and len(values) > max(2, MAX_CLASSES_SHARE * len(targets)):
        raise DataError(
            wanted="labels, each on several sequences",
            got=f"{len(values)} different numbers on {len(targets)} sequences",
            where=where,
            todo="Choose the task regression.",
        )
    return tuple(_text(value) for value in values), labels.astype(np.int64)


def _text(value: object) -> str:
    """Return a label as text: 3.0 is "3"."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _notes(classes: tuple[str, ...], labels: IntArray, metric: MetricRecord) -> tuple[str, ...]:
    """Return what the reader of a report should know about the classes."""
    notes = []
    counts = np.bincount(labels)
    if (share := counts.max() / len(labels)) > DOMINANT and metric.name == "accuracy":
        notes.append(
            f"Class {classes[int(counts.argmax())]!r} is {share:.0%} of the data, so accuracy says "
            "little about the others: consider the metric macro_f1."
        )
    if metric.name == "macro_f1":
        notes.append("The training loss weights all classes alike, as macro_f1 does.")
    if single := int((counts == 1).sum()):
        notes.append(f"{single} classes have a single sequence: nothing can be said about them.")
    return tuple(notes)
