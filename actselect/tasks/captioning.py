"""Captioning: a sentence for each picture.

Notation: N pictures, A sentences of all of them, V symbols; E examples asked for.

An example is a picture with one of its sentences: all are trained on; of a picture that is scored,
one example stands for all.  The picture's vector is an input at every step, and its encoder is
trained with the network (see ``encoders.py``).  Scores are those of what a network writes by
itself, greedily, against all sentences of the picture.
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
from actselect.encoders import Captions, Encoder
from actselect.exceptions import DataError
from actselect.metrics.bleu import ORDER, bleu
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
from actselect.tasks._pictures import (
    COUNTS,
    Judge,
    Pictures,
    ScaledCaptions,
    required_pictures,
    standardised,
)
from actselect.tasks._shown import MOST_ANSWERS, Showing, Shown, png
from actselect.tasks._texts import TextInputs
from actselect.tasks._vocabulary import (
    LEAST,
    MOST_WORDS,
    Vocabulary,
    full_notes,
    occurrences,
    size_for,
)
from actselect.tasks._writing import as_texts, as_tokens

METRICS: Final[Mapping[str, MetricRecord]] = {
    "bleu_4": MetricRecord(name="bleu_4", direction="maximize", rate=True),
    "cider_d": MetricRecord(name="cider_d", direction="maximize"),
    "exact_match": MetricRecord(name="exact_match", direction="maximize", rate=True),
}
EMBEDDING: Final = 32
VECTOR: Final = 64  # numbers of a picture
GREEDY: Final = "Scores are those of what a network writes by itself, greedily."
SHORT: Final = f"Most sentences are shorter than {ORDER} words: judged by CIDEr-D, not BLEU-4."


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaptioningTask(Task):
    """Pictures to sentences; made by :func:`bind`.

    Bidirectional networks are not allowed: they would see what they are to write.

    Args:
        pictures: (N, height, width, C) uint8, or (N, D) float32.
        sentences: A sentences.
        owner: (A,) the picture of each sentence, in ascending order.
        judge: what sentences are scored by.
        groups: (N,) pictures with the same number stay on one side of a split.
    """

    name: ClassVar[str] = "captioning"
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
    pictures: Pictures
    sentences: Tokens
    owner: IntArray
    judge: Judge
    groups: IntArray

    @property
    def longest(self) -> int:
        """Words of the longest sentence."""
        return int(self.sentences.lengths.max())

    @property
    def longest_input(self) -> int:
        """The longest sentence, and the mark before it."""
        return self.longest + 1

    @property
    def facts(self) -> Mapping[str, Any]:
        """How long a sentence may get, and the shape of a picture."""
        return {"longest": self.longest, "picture": list(self.pictures.shape[1:])}

    def _examples(self, pictures: IntArray) -> IntArray:
        """Return all examples of these pictures."""
        chosen = np.zeros(len(self.dataset), dtype=bool)
        chosen[pictures] = True
        return np.flatnonzero(chosen[self.owner])

    def _first(self, pictures: IntArray) -> IntArray:
        """Return the one example that stands for each of these pictures."""
        return np.searchsorted(self.owner, pictures).astype(np.int64)

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return the user's test part, or a random 20 %, groups kept whole."""
        strata = np.zeros_like(self.groups)
        development, test = _sequences.split_test(self.dataset, strata, self.groups, seed)
        return self._examples(development), self._first(test)

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Resample 70 % of the pictures to train on, 10 % to stop on, 20 % to score on."""
        pictures, strata = np.unique(self.owner[development]), np.zeros_like(self.groups)
        validation = self.dataset.validation
        return self._of_examples(
            _sequences.resample(validation, pictures, strata, self.groups, repeat, seed)
        )

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return 90 % of development to train on and 10 % to stop on, or the user's own parts."""
        pictures, strata = np.unique(self.owner[development]), np.zeros_like(self.groups)
        validation = self.dataset.validation
        return self._of_examples(_sequences.refit(validation, pictures, strata, self.groups, seed))

    def _of_examples(self, fold: Fold) -> Fold:
        """Return a fold of pictures as one of examples, whose overlap counts pictures."""
        scored, trained = len(fold.score), len(fold.train) + len(fold.stop)
        return Fold(
            train=self._examples(fold.train),
            stop=self._examples(fold.stop),
            score=self._first(fold.score),
            steps=(scored, trained) if scored else None,
        )

    def scaled(self, train: IntArray) -> ScaledCaptions:
        """Choose the vocabulary from these sentences; fit mean and scale of features."""
        vocabulary = Vocabulary.fit(
            self.sentences.lexicon, occurrences(self.sentences, train), most=MOST_WORDS, least=LEAST
        )
        mean, scale = np.zeros(0), np.zeros(0)
        if self.pictures.ndim == 2:
            known = self.pictures[np.unique(self.owner[train])].astype(np.float64)
            mean, spread = known.mean(axis=0), known.std(axis=0)
            scale = np.where(spread > 0, spread, 1.0)
        return self._scaled(vocabulary, mean, scale)

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledCaptions:
        """Return the pictures with a saved vocabulary and saved statistics."""
        mean, scale = (np.asarray(state[key], dtype=np.float64) for key in ("mean", "scale"))
        return self._scaled(Vocabulary.restored(state, parts=False), mean, scale)

    def _scaled(
        self, vocabulary: Vocabulary, mean: FloatArray, scale: FloatArray
    ) -> ScaledCaptions:
        return ScaledCaptions(
            pictures=standardised(self.pictures, mean, scale),
            sentences=TextInputs.of(self.sentences, vocabulary),
            owner=self.owner,
            judge=self.judge,
            longest=self.longest,
            mean=mean,
            scale=scale,
        )

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return BLEU-4, CIDEr-D (0 to 10), or the share of sentences that are one of the
        picture's own, of counts (E, COUNTS).
        """
        name = self.metric.name if metric is None else chosen_metric(METRICS, metric).name
        total = finite_predictions(predictions, (len(examples), COUNTS)).sum(axis=0)
        if name == "bleu_4":
            return bleu(total[:-3].astype(np.int64))
        return float(total[-3 if name == "cider_d" else -2] / total[-1])

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return counts of true sentences; of every second one exchanged; of all exchanged."""
        pictures = self.owner[examples]
        own = [self.judge.references[picture][0] for picture in pictures]
        other = list(own)
        for to, source in zip(order.tolist(), np.roll(order, 1).tolist(), strict=True):
            other[to] = own[source]
        half = [a if k % 2 else b for k, (a, b) in enumerate(zip(own, other, strict=True))]
        right, middle, wrong = (self.judge.counts(s, pictures) for s in (own, half, other))
        return right, middle, wrong

    def blocks(self, examples: IntArray) -> IntArray:
        """Return the group of each picture, or the picture itself."""
        return self.groups[self.owner[examples]]

    def baselines(self) -> tuple[Baseline, ...]:
        """Return the most frequent sentence, and a sentence of the nearest picture."""
        table = {"most frequent caption": _most_frequent, "nearest image": _nearest}
        return tuple(
            TaskBaseline(name=name, kind=CaptioningTask, function=function)
            for name, function in table.items()
        )

    def shown(self, network: Network, scaled: Scaled, examples: IntArray, how: Showing) -> Shown:
        """Return what a network writes of some pictures, greedily, and all sentences of each."""
        captions = of_kind(scaled, ScaledCaptions)
        chosen = self.owner[how.some(examples, MOST_ANSWERS)]
        written = as_tokens(captions.written(network, chosen), captions.sentences.vocabulary)
        names = series_names(self.dataset)
        own = [self._examples(chosen[k : k + 1]).tolist() for k in range(len(chosen))]
        return Shown(
            answers=tuple(
                AnswerExample(
                    shown=names[picture],
                    wanted=tuple(how.text(self.sentences.text(a)) for a in sentences),
                    answer=how.text(tokens),
                    picture=png(self.pictures[picture]) if self.pictures.ndim == 4 else None,
                )
                for picture, sentences, tokens in zip(chosen.tolist(), own, written, strict=True)
            )
        )


def _most_frequent(task: CaptioningTask, fold: Fold, examples: IntArray) -> FloatArray:
    train = np.concatenate([fold.train, fold.stop])
    sentence = baselines.most_frequent_caption(task.sentences.take(train))
    return task.judge.counts([sentence] * len(examples), task.owner[examples])


def _nearest(task: CaptioningTask, fold: Fold, examples: IntArray) -> FloatArray:
    """Say the first sentence of the nearest picture, by pixels or by standardised features."""
    train = np.concatenate([fold.train, fold.stop])
    known, new = np.unique(task.owner[train]), task.owner[examples]
    if task.pictures.ndim == 4:
        flat = baselines.flat_images(task.pictures.astype(np.uint8))
    else:
        flat = task.scaled(train).pictures.numpy()
    near = known[baselines.fit_nearest_image(flat[known])(flat[new])]
    return task.judge.counts([task.judge.references[picture][0] for picture in near], new)


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledCaptions, IntArray]:
    """Return new pictures with a saved vocabulary, and the examples to predict: all."""
    mean, scale = (np.asarray(state[key], dtype=np.float64) for key in ("mean", "scale"))
    pictures = required_pictures(dataset, facts["picture"])
    none = np.zeros(len(dataset), dtype=np.int64)
    nothing = Tokens(codes=none[:0].astype(np.uint8), lengths=none, lexicon=())
    scaled = ScaledCaptions(
        pictures=standardised(pictures, mean, scale),
        sentences=TextInputs.of(nothing, Vocabulary.restored(state, parts=False)),
        owner=np.arange(len(dataset)),
        judge=None,
        longest=int(facts["longest"]),
        mean=mean,
        scale=scale,
    )
    return scaled, np.arange(len(dataset))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``image`` and the caption, a row a picture.

    ``beam`` (or 1) and ``tokenizer`` (or None, the task's own) are among the facts.
    """
    scaled, examples = unlabelled(dataset, state, facts)
    written = scaled.written(network, examples, beam=int(facts.get("beam", 1)))
    known, tokenizer = scaled.sentences.vocabulary, facts.get("tokenizer")
    texts = as_texts(written, known, tokenizer, CaptioningTask.name)
    return pd.DataFrame({"image": series_names(dataset), facts["target"]: texts})


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> CaptioningTask:
    """Return the task of writing a sentence for each picture of the data set.

    Args:
        dataset: pictures, or features of them, with at least one sentence each as answers.
        metric: ``bleu_4``, ``cider_d``, or ``exact_match``; by default the first, or the second
            where most sentences are too short for BLEU-4.

    Raises:
        UnknownNameError: there is no such metric.
        DataError: there are no pictures, one has no sentence, or sentences are too short for
            BLEU-4, which was asked for.

    >>> data = SequenceDataset(
    ...     name="toy", values=np.zeros((2, 0)), lengths=np.array([1, 1]), feature_names=("image",),
    ...     images=np.zeros((2, 8, 8, 1), dtype=np.uint8),
    ...     answers=Tokens.of([["a", "dog"], ["a", "cat"]]), answer_of=np.array([0, 1]))
    >>> bind(data).encoder.picture
    (1, 8, 8)
    """
    pictures = required_pictures(dataset)
    sentences, owner = dataset.answers, dataset.answer_of
    known = 0 if owner is None else len(np.unique(owner))
    if sentences is None or owner is None or known < len(dataset):
        raise DataError(
            wanted="at least one sentence for each picture",
            got=f"none for {len(dataset) - known} of {len(dataset)}",
            where=dataset.name,
            todo="Leave such pictures out.",
        )
    record, notes = _metric(metric, sentences, dataset.name)
    shape = pictures.shape[1:]
    size = size_for(sentences, most=MOST_WORDS, least=LEAST, parts=False)
    return CaptioningTask(
        dataset=dataset,
        metric=record,
        encoder=Captions(
            size=size,
            embedding=EMBEDDING,
            vector=VECTOR,
            picture=shape if len(shape) == 1 else (shape[2], *shape[:2]),
        ),
        output_size=size,
        n_examples=len(sentences),
        length=int(np.median(sentences.lengths)) + 1,
        notes=(*notes, *full_notes(size, MOST_WORDS)),
        pictures=pictures,
        sentences=sentences,
        owner=owner,
        judge=Judge.of(sentences, owner, len(dataset)),
        groups=_sequences.group_codes(dataset),
    )


def _metric(
    name: str | None, sentences: Tokens, where: str
) -> tuple[MetricRecord, tuple[str, ...]]:
    """Return the metric and notes; BLEU-4 of sentences shorter than four words is always 0."""
    record, note = chosen_metric(METRICS, name), GREEDY
    if record.name != "bleu_4" or np.median(sentences.lengths) >= ORDER:
        return record, (note,)
    if name is not None:
        raise DataError(
            wanted=f"sentences of {ORDER} words or more, which BLEU-{ORDER} counts",
            got=f"{np.median(sentences.lengths):g} words in half of them, or fewer",
            where=where,
            todo="Choose the metric exact_match or cider_d.",
        )
    return METRICS["cider_d"], (note, SHORT)
