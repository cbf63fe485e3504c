"""Sequence to sequence: a text for each text.

Notation: N pairs, V symbols; E examples asked for.

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

from actselect import baselines
from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.encoders import Encoder, Symbols
from actselect.exceptions import DataError
from actselect.records import AnswerExample, FloatArray, IntArray, MetricRecord
from actselect.tasks import _sequences
from actselect.tasks._base import (
    Baseline,
    Fold,
    Network,
    Scaled,
    Task,
    TaskBaseline,
    of_kind,
    series_names,
)
from actselect.tasks._checks import chosen_metric, finite_predictions
from actselect.tasks._pairs import COUNTS, ScaledPairs, judged, symbols
from actselect.tasks._shown import MOST_ANSWERS, Showing, Shown
from actselect.tasks._texts import TextInputs, required_texts
from actselect.tasks._vocabulary import FIRST, MOST_WORDS, Vocabulary, full_notes, occurrences
from actselect.tasks._writing import as_texts, as_tokens

METRICS: Final[Mapping[str, MetricRecord]] = {
    "exact_match": MetricRecord(name="exact_match", direction="maximize", rate=True),
    "token_accuracy": MetricRecord(name="token_accuracy", direction="maximize", rate=True),
}
EMBEDDING: Final = 64


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
    def longest_input(self) -> int:
        """Tokens of the longest pair, and the mark between source and answer."""
        return int((self.sources.lengths + self.answers.lengths).max()) + 1

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
        lexicon = (*self.sources.lexicon, *self.answers.lexicon)
        counts = [occurrences(tokens, train) for tokens in (self.sources, self.answers)]
        known = Vocabulary.fit(lexicon, np.concatenate(counts), most=MOST_WORDS, least=1)
        return self._scaled(known)

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
        true = symbols(self.complete()[1], examples)
        nothing = [answer[:0] for answer in true]
        half = [a if k % 2 else n for k, (a, n) in enumerate(zip(true, nothing, strict=True))]
        return judged(true, true), judged(half, true), judged(nothing, true)

    def complete(self) -> tuple[TextInputs, TextInputs]:
        """Return sources and answers in a vocabulary that knows every token."""
        every = dict.fromkeys((*self.sources.lexicon, *self.answers.lexicon))
        vocabulary = Vocabulary(known=tuple(every))
        return TextInputs.of(self.sources, vocabulary), TextInputs.of(self.answers, vocabulary)

    def blocks(self, examples: IntArray) -> IntArray:
        """Return the group of each example, or the example itself."""
        return self.groups[examples]

    def baselines(self) -> tuple[Baseline, ...]:
        """Return the answer that is most frequent, and the source itself."""
        table = {"most frequent answer": _most_frequent, "copy of the source": _copy}
        return tuple(
            TaskBaseline(name=name, kind=SequenceToSequenceTask, function=function)
            for name, function in table.items()
        )

    def shown(self, network: Network, scaled: Scaled, examples: IntArray, how: Showing) -> Shown:
        """Return what a network writes for some sources, greedily."""
        pairs, chosen = of_kind(scaled, ScaledPairs), how.some(examples, MOST_ANSWERS)
        written = as_tokens(pairs.written(network, chosen), pairs.sources.vocabulary)
        return Shown(
            answers=tuple(
                AnswerExample(
                    shown=how.text(self.sources.text(i)),
                    wanted=(how.text(self.answers.text(i)),),
                    answer=how.text(tokens),
                )
                for i, tokens in zip(chosen.tolist(), written, strict=True)
            )
        )


def _copy(task: SequenceToSequenceTask, fold: Fold, examples: IntArray) -> FloatArray:
    """Copy all tokens, those that no network knows too."""
    del fold
    sources, answers = task.complete()
    return judged(symbols(sources, examples), symbols(answers, examples))


def _most_frequent(task: SequenceToSequenceTask, fold: Fold, examples: IntArray) -> FloatArray:
    train = np.concatenate([fold.train, fold.stop])
    codes = baselines.most_frequent_caption(task.answers.take(train))
    _, answers = task.complete()
    answer = answers.table[list(codes), 0].numpy()
    return judged([answer] * len(examples), symbols(answers, examples))


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
    """Return ``series`` and the answer as text, a row a source.

    ``beam`` (or 1) and ``tokenizer`` (or None, the task's own) are among the facts.
    """
    scaled, examples = unlabelled(dataset, state, facts)
    written = scaled.written(network, examples, beam=int(facts.get("beam", 1)))
    known, tokenizer = scaled.sources.vocabulary, facts.get("tokenizer")
    texts = as_texts(written, known, tokenizer, SequenceToSequenceTask.name)
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
        notes=(
            "Scores are those of what a network writes by itself, greedily.",
            *full_notes(size, MOST_WORDS),
        ),
        sources=sources,
        answers=answers,
        groups=_sequences.group_codes(dataset),
    )
