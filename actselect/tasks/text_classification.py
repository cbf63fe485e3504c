"""Text classification: one label for each text, or a set of labels.

Notation: N texts, K classes, E examples asked for; V symbols that are known.

A token is read as the word and its beginnings, endings and shape, so that a word that training has
not seen is not without meaning (Bojanowski et al. 2017, TACL 5).  What labels are, and how they are
scored, is in ``_labels.py``.

The training loss weights no class, not even for ``macro_f1``: texts often have many classes, some
with few texts, and balanced weights cost more than they gave.  On the questions of Li and Roth 2002
(COLING, C02-1150) a GRU had a macro F1 of 0.38 with them and 0.44 without for 50 classes, 0.74 and
0.76 for 6.
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

from actselect import baselines
from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.encoders import Encoder, Symbols
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
)
from actselect.tasks._checks import chosen_metric
from actselect.tasks._evaluation import last_outputs
from actselect.tasks._shown import MOST_ANSWERS, Showing, Shown
from actselect.tasks._texts import TextInputs, required_texts
from actselect.tasks._vocabulary import (
    LEAST,
    MOST_WORDS,
    PARTS,
    Vocabulary,
    full_notes,
    occurrences,
    size_for,
)

METRICS = _labels.METRICS
EMBEDDING: Final = 64  # numbers for each symbol


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledTexts(Scaled):
    """Texts in symbols with their labels."""

    inputs: TextInputs
    labels: Tensor

    @property
    def sizes(self) -> IntArray:
        """Tokens of each text."""
        return self.inputs.tokens.lengths

    def batch(self, examples: IntArray) -> Batch:
        """Return symbols (B, T, M), lengths (B,) if any, and class numbers (B,) or sets (B, K)."""
        symbols, lengths = self.inputs.gather(examples)
        return Batch(
            inputs=symbols, lengths=lengths, targets=self.labels[torch.from_numpy(examples)]
        )

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy."""
        return _labels.label_loss(output, targets)

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return probabilities (E, K): of classes, or of each label."""
        output = last_outputs(network, self, examples)
        return _labels.probabilities(output, several=self.labels.ndim == 2)

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``known``, the vocabulary."""
        return self.inputs.vocabulary.state()


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextClassificationTask(Task):
    """Texts to labels; made by :func:`bind`.

    Bidirectional networks are allowed: the whole text is known before the label is asked for.

    Args:
        labels: of each text.
        groups: (N,) texts with the same number stay on one side of a split.
    """

    name: ClassVar[str] = "text-classification"
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
    texts: Tokens
    labels: _labels.Labels
    groups: IntArray

    @property
    def facts(self) -> Mapping[str, Any]:
        """The classes, in the order of the columns, and whether labels come in sets."""
        return {"classes": list(self.labels.classes), "several": self.labels.several}

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return the user's test part, or 20 % stratified by class, groups kept whole."""
        return _sequences.split_test(self.dataset, self.labels.strata, self.groups, seed)

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Resample 70 % train, 10 % stop, 20 % score, stratified; all classes are trained on."""
        return _sequences.resample(
            self.dataset.validation, development, self.labels.strata, self.groups, repeat, seed
        )

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return 90 % of development to train on and 10 % to stop on, or the user's own parts."""
        return _sequences.refit(
            self.dataset.validation, development, self.labels.strata, self.groups, seed
        )

    def scaled(self, train: IntArray) -> ScaledTexts:
        """Choose the vocabulary from these texts."""
        counts = occurrences(self.texts, train)
        return self._scaled(
            Vocabulary.fit(self.texts.lexicon, counts, most=MOST_WORDS, least=LEAST, parts=True)
        )

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledTexts:
        """Return the texts in the symbols of a saved vocabulary."""
        return self._scaled(Vocabulary.restored(state, parts=True))

    def _scaled(self, vocabulary: Vocabulary) -> ScaledTexts:
        return ScaledTexts(
            inputs=TextInputs.of(self.texts, vocabulary), labels=self.labels.targets()
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
        """Return the majority class (of sets: label frequencies), and TF-IDF with logistic
        regression.
        """
        table = {
            "label frequencies" if self.labels.several else "majority class": _majority,
            "TF-IDF + logistic regression": _tfidf,
        }
        return tuple(
            TaskBaseline(name=name, kind=TextClassificationTask, function=function)
            for name, function in table.items()
        )

    def shown(self, network: Network, scaled: Scaled, examples: IntArray, how: Showing) -> Shown:
        """Return a few labels of texts, and how often each class was called each."""
        chosen = how.some(examples, MOST_ANSWERS)
        texts = [how.text(self.texts.text(i)) for i in chosen.tolist()]
        answers = self.labels.answers(scaled.predictions(network, chosen), chosen, texts)
        if self.labels.several:
            return Shown(answers=answers)
        found = scaled.predictions(network, examples)
        return Shown(answers=answers, confusion=self.labels.confusion(found, examples))


def _majority(task: TextClassificationTask, fold: Fold, examples: IntArray) -> FloatArray:
    shares = task.labels.perfect(np.concatenate([fold.train, fold.stop])).mean(axis=0)
    return np.tile(shares, (len(examples), 1))


def _tfidf(task: TextClassificationTask, fold: Fold, examples: IntArray) -> FloatArray:
    train = np.concatenate([fold.train, fold.stop])
    texts, numbers = task.texts.take(train), task.labels.numbers[train]
    if task.labels.several:
        return baselines.fit_multilabel_tfidf(texts, numbers)(task.texts.take(examples))
    model = baselines.fit_tfidf(texts, numbers, task.output_size, balanced=False)
    return model(task.texts.take(examples))


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledTexts, IntArray]:
    """Return new texts in the symbols of a saved vocabulary, and the examples to predict: all."""
    shape = (len(dataset), 1) if facts["several"] else (len(dataset),)
    scaled = ScaledTexts(
        inputs=TextInputs.of(required_texts(dataset), Vocabulary.restored(state, parts=True)),
        labels=torch.zeros(shape, dtype=torch.int64),
    )
    return scaled, np.arange(len(dataset))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``series``, ``label``, and a column ``p(class)`` for each class, a row a text."""
    scaled, examples = unlabelled(dataset, state, facts)
    return _labels.label_frame(dataset, scaled.predictions(network, examples), facts)


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> TextClassificationTask:
    """Return the task of labelling each text of the data set.

    Args:
        dataset: texts, with one label each, or sets of labels as answers.
        metric: ``accuracy`` (default), ``macro_f1``, or ``log_loss``.

    Raises:
        UnknownNameError: there is no such metric.
        DataError: there are no texts; labels are missing or all alike.

    >>> data = SequenceDataset(
    ...     name="toy", values=np.zeros((3, 0)), lengths=np.array([2, 1]), feature_names=("text",),
    ...     tokens=Tokens.of([["so", "good"], ["bad"]]), targets=np.array(["yes", "no"]))
    >>> bind(data).labels.classes
    ('no', 'yes')
    """
    record = chosen_metric(METRICS, metric)
    texts = required_texts(dataset)
    labels = _labels.labels_of(dataset)
    size = size_for(texts, most=MOST_WORDS, least=LEAST, parts=True)
    return TextClassificationTask(
        dataset=dataset,
        metric=record,
        encoder=Symbols(size=size, width=EMBEDDING, per_step=PARTS),
        output_size=len(labels.classes),
        n_examples=len(dataset),
        length=int(np.median(dataset.lengths)),
        notes=(
            *_labels.label_notes(labels, record, weighted=False),
            *full_notes(size, MOST_WORDS),
        ),
        texts=texts,
        labels=labels,
        groups=_sequences.group_codes(dataset),
    )
