"""Language modelling: the next character or word of a text.

Notation: N documents, E passages; V symbols.

The score is what a text costs: bits per character, or the perplexity of a token.  Of words, a
character count is that of the word and one separator.  Unknown words count as one word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
import numpy.typing as npt
import pandas as pd

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
    series_names,
)
from actselect.tasks._checks import chosen_metric, finite_predictions
from actselect.tasks._ngrams import ngram_notes, ngram_predictions
from actselect.tasks._passages import (
    Passages,
    dealt_whole,
    last_part,
    passage_length,
    passages_of,
    thinned,
)
from actselect.tasks._reading import (
    CHARACTERS,
    WORDS,
    Grain,
    ScaledText,
    grain_of,
    scaled_text,
    vocabulary_of,
)
from actselect.tasks._sampling import sample as sample  # noqa: PLC0414 - part of this task
from actselect.tasks._shown import Showing, Shown
from actselect.tasks._texts import required_texts
from actselect.tasks._truncation import truncation_note
from actselect.tasks._vocabulary import FIRST, Vocabulary, full_notes

METRICS: Final[Mapping[str, MetricRecord]] = {
    "bits_per_character": MetricRecord(name="bits_per_character", direction="minimize"),
    "perplexity": MetricRecord(name="perplexity", direction="minimize"),
}
START: Final = 0.2  # of what is shown of a text: what the network reads before it writes
MOST_CHARACTERS: Final = 200  # that it reads and writes
MOST_WORDS: Final = 40
LN2: Final = float(np.log(2.0))
MOST_NATS: Final = 700.0  # of a token: more has no perplexity that a number can hold


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LanguageModelingTask(Task):
    """Texts to their next token; made by :func:`bind`.

    Bidirectional networks are not allowed: they would see what they are to foretell.

    Args:
        texts: the documents.
        passages: the examples.
        groups: (N,) documents with the same number are dealt together, and whole; None where
            stretches of documents are dealt.
        grain: what follows from what a token is.
    """

    name: ClassVar[str] = "language-modeling"
    metrics: ClassVar[Mapping[str, MetricRecord]] = METRICS
    bidirectional_allowed: ClassVar[bool] = False
    every: ClassVar[bool] = True
    most_steps: ClassVar[int] = 128
    hidden_size: ClassVar[int] = 128

    dataset: SequenceDataset
    metric: MetricRecord
    encoder: Encoder
    output_size: int
    n_examples: int
    length: int
    notes: tuple[str, ...]
    truncation: int | None
    texts: Tokens
    passages: Passages
    groups: IntArray | None
    grain: Grain

    @property
    def longest_input(self) -> int:
        """Tokens of the longest passage."""
        return int(self.passages.lengths.max())

    @property
    def facts(self) -> Mapping[str, Any]:
        """Whether tokens are characters."""
        return {"characters": self.grain == CHARACTERS}

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return the user's test part; a fifth of many documents; the last tenth of a few."""
        if self.dataset.test is not None:
            documents = np.arange(len(self.dataset))
            parts = _sequences.split_test(self.dataset, np.zeros_like(documents), documents, seed)
            development, test = (
                np.flatnonzero(np.isin(self.passages.document, part)) for part in parts
            )
            return development, test
        if self.groups is None:
            last = last_part(self.passages)
            return np.flatnonzero(~last), np.flatnonzero(last)
        return _sequences.split_test(self.dataset, self._strata, self.passages.blocks, seed)

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Deal blocks: 70 % train, 10 % stop, 20 % score; of the last two evenly spaced passages.

        What is left of the stopping part is trained on.
        """
        fold = _sequences.resample(
            self._validation, development, self._strata, self.passages.blocks, repeat, seed
        )
        return thinned(fold, left_out=False)

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Stop on a few passages of development, or of the user's validation part; train on the
        rest, but never on validation data.
        """
        given = self._validation
        fold = _sequences.refit(given, development, self._strata, self.passages.blocks, seed)
        return thinned(fold, left_out=given is not None and bool(given[fold.stop].all()))

    @property
    def _strata(self) -> IntArray:
        """Nothing to spread evenly, (E,)."""
        return np.zeros(len(self.passages), dtype=np.int64)

    @property
    def _validation(self) -> npt.NDArray[np.bool_] | None:
        """The user's own validation part, by passage."""
        given = self.dataset.validation
        return None if given is None else given[self.passages.document]

    def scaled(self, train: IntArray) -> ScaledText:
        """Choose the vocabulary from these passages."""
        return self._scaled(vocabulary_of(self.texts, self.passages, train, self.grain))

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledText:
        """Return the texts in the symbols of a saved vocabulary."""
        return self._scaled(Vocabulary.restored(state, parts=False))

    def _scaled(self, vocabulary: Vocabulary) -> ScaledText:
        return scaled_text(self.texts, self.passages, vocabulary, self.grain)

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return bits per character, or the perplexity of a token, of rows (E, 3)."""
        name = self.metric.name if metric is None else chosen_metric(METRICS, metric).name
        total = finite_predictions(predictions, (len(examples), 3)).sum(axis=0, keepdims=True)
        return float(_scores(total)[name][0])

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return rows of tokens foretold for sure; as if all were alike; and worse than that."""
        del order
        right = self._scaled(Vocabulary(known=())).sizes_of(examples)
        cost = np.zeros_like(right)
        cost[:, 0] = right[:, 1] * np.log(self.output_size)
        return right, right + cost, right + 2 * cost

    def blocks(self, examples: IntArray) -> IntArray:
        """Return the document or group of each passage, or its stretch of a document."""
        return self.passages.blocks[examples]

    def baselines(self) -> tuple[Baseline, ...]:
        """Return how frequent tokens are, and an interpolated n-gram."""
        table = {"unigram": _unigram, f"{self.grain.order}-gram": _ngram}
        return tuple(
            TaskBaseline(name=name, kind=LanguageModelingTask, function=function)
            for name, function in table.items()
        )

    def shown(self, network: Network, scaled: Scaled, examples: IntArray, how: Showing) -> Shown:
        """Return what a network writes after the start of a passage, and what stands there."""
        if len(scaled.state()["known"]) == 0:
            return Shown()
        at = self.passages.tokens(how.some(examples, 1))
        most = MOST_CHARACTERS if self.grain == CHARACTERS else MOST_WORDS
        text = [self.texts.lexicon[code] for code in self.texts.codes[at[:most]]]
        begin = max(1, int(START * len(text)))
        written = sample(
            network, scaled.state(), tokens=max(1, len(text) - begin), temperature=1.0,
            start=text[:begin], random=how.random,
        )  # fmt: skip
        shown, wanted, answer = map(how.text, (text[:begin], text[begin:], written))
        return Shown(answers=(AnswerExample(shown=shown, wanted=(wanted,), answer=answer),))


def _scores(rows: FloatArray) -> dict[str, FloatArray]:
    """Return each metric, (R,), of rows of nats, tokens and characters, (R, 3)."""
    nats, tokens, characters = rows.T
    return {
        "bits_per_character": nats / LN2 / characters,
        "perplexity": np.exp(np.minimum(nats / tokens, MOST_NATS)),
    }


def _unigram(task: LanguageModelingTask, fold: Fold, examples: IntArray) -> FloatArray:
    return _counted(task, fold, examples, 1)


def _ngram(task: LanguageModelingTask, fold: Fold, examples: IntArray) -> FloatArray:
    return _counted(task, fold, examples, task.grain.order)


def _counted(task: LanguageModelingTask, fold: Fold, examples: IntArray, order: int) -> FloatArray:
    """Count with the vocabulary of the networks, so that both foretell the same symbols."""
    train = np.concatenate([fold.train, fold.stop])
    return ngram_predictions(task.scaled(fold.train), train, examples, task.output_size, order)


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledText, IntArray]:
    """Return new texts in the symbols of a saved vocabulary, and their passages: all."""
    grain = CHARACTERS if facts["characters"] else WORDS
    texts = required_texts(dataset)
    passages = passages_of(texts.lengths, grain.passage)
    scaled = scaled_text(texts, passages, Vocabulary.restored(state, parts=False), grain)
    return scaled, np.arange(len(passages))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``series``, ``tokens``, ``bits_per_character`` and ``perplexity``, a row a text."""
    scaled, examples = unlabelled(dataset, state, facts)
    rows = np.zeros((len(dataset), 3))
    np.add.at(rows, scaled.passages.document, scaled.predictions(network, examples))
    tokens = rows[:, 1].astype(np.int64)
    return pd.DataFrame({"series": series_names(dataset), "tokens": tokens, **_scores(rows)})


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> LanguageModelingTask:
    """Return the task of foretelling each token of the data set's texts.

    Args:
        dataset: texts, in characters or words.
        metric: ``bits_per_character`` (default for characters) or ``perplexity`` (for words).

    Raises:
        UnknownNameError: there is no such metric.
        DataError: there are no texts, too little of them, or no token occurs twice.

    >>> data = SequenceDataset(name="toy", values=np.zeros((900, 0)), lengths=np.array([900]),
    ...                        feature_names=("text",), tokens=Tokens.of([list("abc" * 300)]))
    >>> bind(data).metric.name
    'bits_per_character'
    """
    texts = required_texts(dataset)
    grain = grain_of(texts)
    record = chosen_metric(METRICS, grain.metric if metric is None else metric)
    groups = dealt_whole(dataset)
    most = passage_length(dataset, grain.passage, cut=groups is None)
    passages = passages_of(texts.lengths, most, groups)
    every = vocabulary_of(texts, passages, np.arange(len(passages)), grain)
    if not every.known:
        raise DataError(
            wanted=f"tokens that occur {grain.least} times or more",
            got="none",
            where=dataset.name,
            todo="Give more text, or split it into characters: --tokenizer characters.",
        )
    size = FIRST + len(every.known)  # room for whatever a part of the texts makes known
    longest = int(passages.lengths.max())
    notes = (*ngram_notes(len(texts.codes), grain.order), *full_notes(size, grain.most))
    if longest > grain.truncation:
        notes = (truncation_note(longest, grain.truncation), *notes)
    return LanguageModelingTask(
        dataset=dataset,
        metric=record,
        encoder=Symbols(size=size, width=grain.width),
        output_size=size,
        n_examples=len(passages),
        length=int(np.median(passages.lengths)),
        notes=notes,
        truncation=grain.truncation,
        texts=texts,
        passages=passages,
        groups=groups,
        grain=grain,
    )
