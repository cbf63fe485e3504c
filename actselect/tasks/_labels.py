"""Labels of whole sequences: one of K classes each, or any set of K labels.

Notation: N sequences, K classes, E examples asked for.

With sets of labels, ``accuracy`` counts an example as right when the whole set is; ``macro_f1`` is
the mean over labels, and ``log_loss`` that of yes or no for each label.  Either way ``macro_f1``
leaves out a label that no example has and none is given, as scikit-learn does with single labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError
from actselect.records import (
    AnswerExample,
    ConfusionRecord,
    FloatArray,
    IntArray,
    MetricRecord,
)
from actselect.tasks import _sequences
from actselect.tasks._base import series_names
from actselect.tasks._checks import finite_predictions
from actselect.tasks._shown import NOTHING, confusion

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

    def confusion(self, predictions: FloatArray, examples: IntArray) -> ConfusionRecord:
        """Return how often each class was called each, of probabilities (E, K)."""
        return confusion(self.numbers[examples], predictions.argmax(axis=1), self.classes)

    def answers(
        self, predictions: FloatArray, examples: IntArray, shown: Sequence[str]
    ) -> tuple[AnswerExample, ...]:
        """Return labels wanted and given, beside what was shown of each example."""
        wanted, given = self.perfect(examples), predictions
        return tuple(
            AnswerExample(shown=text, wanted=(self._named(true),), answer=self._named(row))
            for text, true, row in zip(shown, wanted, given, strict=True)
        )

    def _named(self, shares: FloatArray) -> str:
        if not self.several:
            return self.classes[int(shares.argmax())]
        return ", ".join(self.classes[k] for k in np.flatnonzero(shares > 0.5)) or NOTHING


def _score_sets(true: IntArray, probabilities: FloatArray, metric: str) -> float:
    if metric == "log_loss":
        p = np.clip(probabilities, TINY, 1 - TINY)
        return float(-np.where(true == 1, np.log(p), np.log1p(-p)).mean())
    chosen = (probabilities > 0.5).astype(np.int64)
    if metric == "macro_f1":
        right, both = (true * chosen).sum(axis=0), (true + chosen).sum(axis=0)
        return float((2 * right[both > 0] / both[both > 0]).mean()) if both.any() else 1.0
    return float((chosen == true).all(axis=1).mean())


def label_loss(output: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the mean cross-entropy of raw outputs (B, K): of classes, or of each label.

    It is 0 where no target weighs anything, as classes do that were not trained on.

    Args:
        output: of a network.
        targets: (B,) class numbers, or (B, K) sets.
        weights: (K,) of the classes; None where all weigh the same.
    """
    if targets.ndim == 2:
        return functional.binary_cross_entropy_with_logits(output, targets)
    if weights is not None and not weights[targets].any():
        return 0.0 * output.sum()
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
        return _sets(dataset, dataset.answers)
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


def _sets(dataset: SequenceDataset, sets: Tokens) -> Labels:
    numbers = np.zeros((len(dataset), len(sets.lexicon)), dtype=np.int64)
    numbers[np.repeat(np.arange(len(dataset)), sets.lengths), sets.codes] = 1
    if (numbers == numbers[0]).all():
        raise DataError(
            wanted="at least one label that some sequences have and others have not",
            got=f"{', '.join(sets.text(0)) or 'none'} on every sequence",
            where=f"{dataset.name}, target {dataset.target_name!r}",
            todo="Choose another target.",
        )
    return Labels(classes=sets.lexicon, numbers=numbers)


def _text(value: object) -> str:
    """Return a label as text: 3.0 is "3", 0.1 is "0.1", whatever its length."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def label_notes(labels: Labels, metric: MetricRecord, *, weighted: bool) -> tuple[str, ...]:
    """Return what the reader of a report should know about the classes.

    Args:
        labels: of all sequences.
        metric: to judge by.
        weighted: whether the training loss weights all classes alike.
    """
    if labels.several:
        counts = labels.numbers.sum(axis=0)
        note = f"A sequence may have any of {len(counts)} labels; accuracy counts it as right when "
        notes = [note + "the whole set is."]
    else:
        counts = np.bincount(labels.numbers)
        notes = _imbalance(labels, counts, metric)
    if weighted:
        notes.append("The training loss weights all classes alike, as macro_f1 does.")
    if single := int((counts == 1).sum()):
        kind = "labels" if labels.several else "classes"
        notes.append(f"{single} {kind} have a single sequence: nothing can be said about them.")
    return tuple(notes)


def _imbalance(labels: Labels, counts: IntArray, metric: MetricRecord) -> list[str]:
    notes = []
    if (share := counts.max() / len(labels.numbers)) > DOMINANT and metric.name == "accuracy":
        notes.append(
            f"Class {labels.classes[int(counts.argmax())]!r} is {share:.0%} of the data, so "
            "accuracy says little about the others: consider the metric macro_f1."
        )
    return notes
