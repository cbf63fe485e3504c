"""Sequence to sequence: a text for each text.

Notation: N pairs, V symbols; B pairs in a batch, T steps; E examples asked for.

One network reads the source, a mark, and then what it has written so far, and foretells the next
token of the answer until the end (Sutskever, Vinyals and Le 2014, arXiv:1409.3215, with the same
weights for reading and writing).  Scores are those of what it writes by itself, greedily.
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
from actselect.data.tokens import Tokens
from actselect.encoders import Encoder, Symbols
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
    series_names,
)
from actselect.tasks._checks import chosen_metric, finite_predictions
from actselect.tasks._evaluation import parts
from actselect.tasks._texts import TextInputs, required_texts
from actselect.tasks._vocabulary import (
    BEGIN,
    END,
    FIRST,
    MOST_WORDS,
    PADDING,
    Vocabulary,
    occurrences,
)
from actselect.tasks._writing import write

METRICS: Final[Mapping[str, MetricRecord]] = {
    "exact_match": MetricRecord(name="exact_match", direction="maximize", rate=True),
    "token_accuracy": MetricRecord(name="token_accuracy", direction="maximize", rate=True),
}
EMBEDDING: Final = 64
IGNORED: Final = -100
COUNTS: Final = 4  # numbers of an example: wholly right, 1, tokens right, tokens


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledPairs(Scaled):
    """Pairs in symbols; ``answers`` is None where they are not known.

    ``longest`` is how many tokens are written at most.
    """

    sources: TextInputs
    answers: TextInputs | None
    longest: int

    @property
    def sizes(self) -> IntArray:
        """Tokens of source and answer, and the mark between them."""
        total = self.sources.tokens.lengths + 1
        return total if self.answers is None else total + self.answers.tokens.lengths

    def batch(self, examples: IntArray) -> Batch:
        """Return what is read (B, T), lengths (B,) if any, and what comes next (B, T).

        Nothing is asked for inside the source.
        """
        if self.answers is None:
            return self.prefix(examples)
        lengths = self.sizes[examples]
        inputs = torch.full((len(examples), int(lengths.max())), PADDING, dtype=torch.int64)
        targets = torch.full_like(inputs, IGNORED)
        for row, i in enumerate(examples.tolist()):
            source, answer = _symbols(self.sources, i), _symbols(self.answers, i)
            n, m = len(source), len(answer)
            inputs[row, :n] = source
            inputs[row, n] = BEGIN
            inputs[row, n + 1 : n + 1 + m] = answer
            targets[row, n : n + m] = answer
            targets[row, n + m] = END
        return _batch(inputs, lengths, targets)

    def prefix(self, examples: IntArray) -> Batch:
        """Return the sources with the mark, without targets."""
        lengths = self.sources.tokens.lengths[examples] + 1
        inputs = torch.full((len(examples), int(lengths.max())), PADDING, dtype=torch.int64)
        for row, i in enumerate(examples.tolist()):
            source = _symbols(self.sources, i)
            inputs[row, : len(source)] = source
            inputs[row, len(source)] = BEGIN
        return _batch(inputs, lengths, torch.full_like(inputs, IGNORED))

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy of a token of the answer, of outputs (B, T, V)."""
        asked = targets != IGNORED
        return functional.cross_entropy(output[asked], targets[asked])

    def written(self, network: Network, examples: IntArray, *, beam: int = 1) -> IntArray:
        """Return what a network writes, (E, longest) symbols, padded."""
        result = np.full((len(examples), self.longest), PADDING, dtype=np.int64)
        for positions in parts(examples, self.sizes, len(self.sources.vocabulary.known) + FIRST):
            prefix = self.prefix(examples[positions])
            result[positions] = write(network, prefix, self.longest, beam=beam).numpy()
        return result

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return what is right in what a network writes, (E, COUNTS)."""
        if self.answers is None:
            raise ValueError("there are no true answers to compare with")
        written = self.written(network, examples)
        return self.judged([row[row != PADDING] for row in written], examples)

    def judged(self, written: list[IntArray], examples: IntArray) -> FloatArray:
        """Return (E, COUNTS) for answers in symbols; what is unknown is never right."""
        if self.answers is None:
            raise ValueError("there are no true answers to compare with")
        rows = np.zeros((len(examples), COUNTS))
        for row, (i, answer) in enumerate(zip(examples.tolist(), written, strict=True)):
            true = _symbols(self.answers, i).numpy()
            common = min(len(true), len(answer))
            right = (true[:common] == answer[:common]) & (true[:common] >= FIRST)
            exact = len(true) == len(answer) and bool(right.all())
            rows[row] = exact, 1.0, right.sum(), max(len(true), len(answer))
        return rows

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``known``, the vocabulary."""
        return self.sources.vocabulary.state()


def _symbols(inputs: TextInputs, i: int) -> Tensor:
    """Return the symbols of text i."""
    start = int(inputs.starts[i])
    codes = inputs.tokens.codes[start : start + int(inputs.tokens.lengths[i])]
    return inputs.table[torch.from_numpy(codes.astype(np.int64)), 0]


def _batch(inputs: Tensor, lengths: IntArray, targets: Tensor) -> Batch:
    ragged = int(lengths.min()) < inputs.shape[1]
    return Batch(
        inputs=inputs, lengths=torch.from_numpy(lengths) if ragged else None, targets=targets
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SequenceToSequenceTask(Task):
    """Texts to texts; made by :func:`bind`.

    Bidirectional networks are not allowed: reading and writing are one pass.

    Args:
        sources: the texts to read.
        answers: the text that belongs to each.
        groups: (N,) pairs with the same number stay on one side of a split.
    """

    name: ClassVar[str] = "sequence-to-sequence"
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
    truncation: int | None = None
    sources: Tokens
    answers: Tokens
    groups: IntArray

    @property
    def longest(self) -> int:
        """Tokens of the longest answer."""
        return int(self.answers.lengths.max())

    @property
    def facts(self) -> Mapping[str, Any]:
        """How long an answer may get."""
        return {"longest": self.longest}

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return the user's test part, or a random 20 %, groups kept whole."""
        return _sequences.split_test(self.dataset, np.zeros_like(self.groups), self.groups, seed)

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Resample 70 % train, 10 % stop, 20 % score."""
        strata, validation = np.zeros_like(self.groups), self.dataset.validation
        return _sequences.resample(validation, development, strata, self.groups, repeat, seed)

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return 90 % of development to train on and 10 % to stop on, or the user's own parts."""
        strata, validation = np.zeros_like(self.groups), self.dataset.validation
        return _sequences.refit(validation, development, strata, self.groups, seed)

    def scaled(self, train: IntArray) -> ScaledPairs:
        """Choose the vocabulary, one for sources and answers, from these pairs."""
        counts = [occurrences(tokens, train) for tokens in (self.sources, self.answers)]
        lexicon = (*self.sources.lexicon, *self.answers.lexicon)
        return self._scaled(
            Vocabulary.fit(lexicon, np.concatenate(counts), most=MOST_WORDS, least=1)
        )

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledPairs:
        """Return the pairs in the symbols of a saved vocabulary."""
        return self._scaled(Vocabulary.restored(state, parts=False))

    def _scaled(self, vocabulary: Vocabulary) -> ScaledPairs:
        return ScaledPairs(
            sources=TextInputs.of(self.sources, vocabulary),
            answers=TextInputs.of(self.answers, vocabulary),
            longest=self.longest,
        )

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return the share of answers, or of tokens, that are right, of counts (E, COUNTS)."""
        name = self.metric.name if metric is None else chosen_metric(METRICS, metric).name
        total = finite_predictions(predictions, (len(examples), COUNTS)).sum(axis=0)
        if name == "token_accuracy":
            return float(total[2] / total[3])
        return float(total[0] / total[1])

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return counts of the true answers; of every second one left out; of none given."""
        del order
        scaled = self._scaled(
            Vocabulary(known=tuple(dict.fromkeys((*self.sources.lexicon, *self.answers.lexicon))))
        )
        true = [_symbols(TextInputs.of(self.answers, scaled.sources.vocabulary), i).numpy()
                for i in examples.tolist()]  # fmt: skip
        nothing = [answer[:0] for answer in true]
        half = [a if k % 2 else n for k, (a, n) in enumerate(zip(true, nothing, strict=True))]
        right, middle, wrong = (scaled.judged(w, examples) for w in (true, half, nothing))
        return right, middle, wrong

    def blocks(self, examples: IntArray) -> IntArray:
        """Return the group of each example, or the example itself."""
        return self.groups[examples]

    def baselines(self) -> tuple[Baseline, ...]:
        """Return the source itself, and the answer that is most frequent."""
        table = {"most frequent answer": _most_frequent, "copy of the source": _copy}
        return tuple(
            TaskBaseline(name=name, kind=SequenceToSequenceTask, function=function)
            for name, function in table.items()
        )


def _copy(task: SequenceToSequenceTask, fold: Fold, examples: IntArray) -> FloatArray:
    scaled = task.scaled(np.concatenate([fold.train, fold.stop]))
    return scaled.judged([_symbols(scaled.sources, i).numpy() for i in examples.tolist()], examples)


def _most_frequent(task: SequenceToSequenceTask, fold: Fold, examples: IntArray) -> FloatArray:
    train = np.concatenate([fold.train, fold.stop])
    scaled = task.scaled(train)
    codes = baselines.most_frequent_caption(task.answers.take(train))
    table = scaled.answers.table if scaled.answers is not None else scaled.sources.table
    answer = table[torch.tensor(codes), 0].numpy()
    return scaled.judged([answer] * len(examples), examples)


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledPairs, IntArray]:
    """Return new sources in the symbols of a saved vocabulary, and the examples to predict: all."""
    vocabulary = Vocabulary.restored(state, parts=False)
    sources = TextInputs.of(required_texts(dataset), vocabulary)
    scaled = ScaledPairs(sources=sources, answers=None, longest=int(facts["longest"]))
    return scaled, np.arange(len(dataset))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``series`` and the answer as text, a row a source; ``beam`` among the facts or 1."""
    scaled, examples = unlabelled(dataset, state, facts)
    written = scaled.written(network, examples, beam=int(facts.get("beam", 1)))
    texts = [scaled.sources.vocabulary.text(row) for row in written]
    return pd.DataFrame({"series": series_names(dataset), facts["target"]: texts})


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> SequenceToSequenceTask:
    """Return the task of writing the answer that belongs to each text of the data set.

    Args:
        dataset: texts, with one answer each.
        metric: ``exact_match`` (default) or ``token_accuracy``.

    Raises:
        UnknownNameError: there is no such metric.
        DataError: there are no texts, or not one answer for each.

    >>> data = SequenceDataset(
    ...     name="t", values=np.zeros((3, 0)), lengths=np.array([2, 1]), feature_names=("source",),
    ...     tokens=Tokens.of([["a", "b"], ["c"]]), answers=Tokens.of([["b", "a"], ["c"]]),
    ...     answer_of=np.array([0, 1]))
    >>> bind(data).longest
    2
    """
    record = chosen_metric(METRICS, metric)
    sources, answers = required_texts(dataset), dataset.answers
    if answers is None or len(answers) != len(dataset):
        raise DataError(
            wanted="one answer for each text",
            got="none" if answers is None else f"{len(answers)} for {len(dataset)}",
            where=dataset.name,
            todo="Name the column of answers as target.",
        )
    size = FIRST + min(MOST_WORDS, len({*sources.lexicon, *answers.lexicon}))
    return SequenceToSequenceTask(
        dataset=dataset,
        metric=record,
        encoder=Symbols(size=size, width=EMBEDDING),
        output_size=size,
        n_examples=len(dataset),
        length=int(np.median(sources.lengths + answers.lengths)) + 1,
        notes=("Scores are those of what a network writes by itself, greedily.",),
        sources=sources,
        answers=answers,
        groups=_sequences.group_codes(dataset),
    )
