"""Labels of whole sequences: one of K classes each, or any set of K labels.

Notation: N sequences, K classes, E examples asked for.

Class imbalance: splits are stratified by class.  With the metric ``macro_f1`` the training loss of
single labels weights each class by n / (K n_k) ("balanced"), because that metric counts every class
alike; with ``accuracy`` and ``log_loss`` it does not, because they count every example alike.

With sets of labels, ``accuracy`` counts an example as right when the whole set is; ``macro_f1`` is
the mean over labels, and ``log_loss`` that of yes or no for each label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import pandas as pd
import torch
from scipy.special import expit, softmax
from sklearn.metrics import accuracy_score, f1_score, log_loss
from torch import Tensor
from torch.nn import functional

from actselect.data.dataset import SequenceDataset
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray, MetricRecord
from actselect.tasks import _sequences
from actselect.tasks._base import series_names
from actselect.tasks._checks import finite_predictions

METRICS: Final[Mapping[str, MetricRecord]] = {
    "accuracy": MetricRecord(name="accuracy", direction="maximize", rate=True),
    "macro_f1": MetricRecord(name="macro_f1", direction="maximize", rate=True),
    "log_loss": MetricRecord(name="log_loss", direction="minimize"),
}
DOMINANT = 0.75  # share of the largest class above which a note is made
MAX_CLASSES_SHARE = 0.5  # numeric targets with more distinct values than this share are no labels
TINY = 1e-15  # a probability of zero would cost an infinity of nats


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """What each sequence is labelled with.

    Args:
        classes: K names, sorted; column k of a prediction belongs to ``classes[k]``.
        numbers: (N,) class of each sequence, or (N, K) 0 and 1 for sets of labels.
    """

    classes: tuple[str, ...]
    numbers: IntArray

    @property
    def several(self) -> bool:
        """Whether a sequence may have any number of labels."""
        return self.numbers.ndim == 2

    @property
    def strata(self) -> IntArray:
        """(N,) what splits are stratified by: the class, or the rarest label of a set."""
        if not self.several:
            return self.numbers
        rarity = np.argsort(np.argsort(-self.numbers.sum(axis=0), kind="stable")) + 1
        return np.asarray((self.numbers * rarity).max(axis=1), dtype=np.int64)

    def targets(self) -> Tensor:
        """Return what the loss takes: (N,) int64, or (N, K) float32."""
        tensor = torch.from_numpy(self.numbers)
        return tensor.float() if self.several else tensor

    def perfect(self, examples: IntArray) -> FloatArray:
        """Return probability one for what is true, (E, K)."""
        if self.several:
            return self.numbers[examples].astype(np.float64)
        return np.eye(len(self.classes))[self.numbers[examples]]

    def score(self, predictions: FloatArray, examples: IntArray, metric: str) -> float:
        """Return a metric of probabilities (E, K)."""
        true = self.numbers[examples]
        probabilities = finite_predictions(predictions, (len(true), len(self.classes)))
        if self.several:
            return _score_sets(true, probabilities, metric)
        if metric == "log_loss":
            sums = probabilities.sum(axis=1, keepdims=True)
            return float(log_loss(true, probabilities / sums, labels=np.arange(len(self.classes))))
        chosen = probabilities.argmax(axis=1)
        if metric == "macro_f1":
            return float(f1_score(true, chosen, average="macro", zero_division=0.0))
        return float(accuracy_score(true, chosen))


def _score_sets(true: IntArray, probabilities: FloatArray, metric: str) -> float:
    if metric == "log_loss":
        p = np.clip(probabilities, TINY, 1 - TINY)
        return float(-np.where(true == 1, np.log(p), np.log1p(-p)).mean())
    chosen = (probabilities > 0.5).astype(np.int64)
    if metric == "macro_f1":
        return float(f1_score(true, chosen, average="macro", zero_division=0.0))
    return float((chosen == true).all(axis=1).mean())


def label_loss(output: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
    """Return the mean cross-entropy of raw outputs (B, K): of classes, or of each label."""
    if targets.ndim == 2:
        return functional.binary_cross_entropy_with_logits(output, targets)
    return functional.cross_entropy(output, targets, weight=weights)


def probabilities(output: FloatArray, *, several: bool) -> FloatArray:
    """Return probabilities (E, K): of classes, or of each label by itself."""
    exact = np.asarray(output, dtype=np.float64)
    return np.asarray(expit(exact) if several else softmax(exact, axis=1))


def label_frame(
    dataset: SequenceDataset, shares: FloatArray, facts: Mapping[str, Any]
) -> pd.DataFrame:
    """Return ``series``, ``label``, and ``p(class)`` for each class; sets are joined by ``|``."""
    classes = np.array(facts["classes"])
    if facts["several"]:
        label = ["|".join(classes[row > 0.5]) for row in shares]
    else:
        label = classes[shares.argmax(axis=1)].tolist()
    frame = pd.DataFrame({"series": series_names(dataset), "label": label})
    return frame.assign(**{f"p({c})": shares[:, k] for k, c in enumerate(classes)})


def labels_of(dataset: SequenceDataset) -> Labels:
    """Return the labels of a data set.

    Raises:
        DataError: they are missing, all alike, or look like measurements.
    """
    if dataset.targets is None and dataset.answers is not None:
        return _sets(dataset)
    targets = _sequences.required_targets(dataset)
    values, numbers = np.unique(targets, return_inverse=True)
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
    return Labels(classes=tuple(map(_text, values)), numbers=numbers.astype(np.int64))


def _sets(dataset: SequenceDataset) -> Labels:
    answers = dataset.answers
    if answers is None or len(answers.lexicon) == 0:
        raise DataError(
            wanted="at least one label",
            got="none on any sequence",
            where=f"{dataset.name}, target {dataset.target_name!r}",
            todo="Choose another target.",
        )
    numbers = np.zeros((len(dataset), len(answers.lexicon)), dtype=np.int64)
    numbers[np.repeat(np.arange(len(dataset)), answers.lengths), answers.codes] = 1
    return Labels(classes=answers.lexicon, numbers=numbers)


def _text(value: object) -> str:
    """Return a label as text: 3.0 is "3"."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def label_notes(labels: Labels, metric: MetricRecord) -> tuple[str, ...]:
    """Return what the reader of a report should know about the classes."""
    if labels.several:
        note = f"A sequence may have any of {len(labels.classes)} labels; accuracy counts it as "
        return (note + "right when the whole set is.",)
    notes = []
    counts = np.bincount(labels.numbers)
    if (share := counts.max() / len(labels.numbers)) > DOMINANT and metric.name == "accuracy":
        notes.append(
            f"Class {labels.classes[int(counts.argmax())]!r} is {share:.0%} of the data, so "
            "accuracy says little about the others: consider the metric macro_f1."
        )
    if metric.name == "macro_f1":
        notes.append("The training loss weights all classes alike, as macro_f1 does.")
    if single := int((counts == 1).sum()):
        notes.append(f"{single} classes have a single sequence: nothing can be said about them.")
    return tuple(notes)
