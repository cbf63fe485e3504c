"""Captioning: a sentence for each picture.

Notation: N pictures, A sentences of all of them, V symbols; B examples in a batch, T steps; E
examples asked for.

An example is a picture with one of its sentences: all are trained on; of a picture that is scored,
one example stands for all.  The picture's vector is an input at every step, and its encoder is
trained with the network (see ``encoders.py``).  Scores are those of what a network writes by
itself, greedily, against all sentences of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from actselect.encoders import Captions, Encoder
from actselect.exceptions import DataError
from actselect.metrics.bleu import bleu, bleu_counts
from actselect.metrics.cider import CiderD
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
from actselect.tasks._texts import TextInputs
from actselect.tasks._vocabulary import (
    BEGIN,
    END,
    FIRST,
    LEAST,
    MOST_WORDS,
    PADDING,
    Vocabulary,
    occurrences,
)
from actselect.tasks._writing import write

METRICS: Final[Mapping[str, MetricRecord]] = {
    "bleu_4": MetricRecord(name="bleu_4", direction="maximize", rate=True),
    "cider_d": MetricRecord(name="cider_d", direction="maximize"),
    "exact_match": MetricRecord(name="exact_match", direction="maximize", rate=True),
}
ORDER: Final = 4  # n-grams of BLEU
COUNTS: Final = 2 * ORDER + 5  # numbers of an example: those of BLEU, CIDEr-D, wholly right, 1
EMBEDDING: Final = 32
VECTOR: Final = 64  # numbers of a picture
IGNORED: Final = -100
MOST_PICTURES: Final = 256  # captioned together

Pictures = npt.NDArray[np.generic]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledCaptions(Scaled):
    """Pictures and their sentences in symbols.

    Args:
        pictures: (N, C, height, width) uint8, or (N, D) float32, standardised.
        sentences: A sentences.
        owner: (A,) the picture of each sentence.
        judge: what sentences are scored by; None where they are not known.
        longest: words that are written at most.
        mean: (D,) of features; empty of pictures.
        scale: (D,) of features; empty of pictures.
    """

    pictures: Tensor
    sentences: TextInputs
    owner: IntArray
    judge: Judge | None
    longest: int
    mean: FloatArray
    scale: FloatArray

    @property
    def sizes(self) -> IntArray:
        """Words of each sentence."""
        return self.sentences.tokens.lengths

    def batch(self, examples: IntArray) -> Batch:
        """Return the words before (B, T), lengths (B,), the words (B, T), and the pictures."""
        words, lengths = self.sentences.gather(examples)
        counts = torch.from_numpy(self.sizes[examples])
        targets = functional.pad(words, (0, 1), value=PADDING)
        targets[torch.arange(len(words)), counts] = END
        inputs = functional.pad(words, (1, 0), value=BEGIN)
        return Batch(
            inputs=inputs,
            lengths=None if lengths is None else counts + 1,
            targets=targets.masked_fill(targets == PADDING, IGNORED),
            context=self.pictures[torch.from_numpy(self.owner[examples])].float(),
        )

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy of a word, of outputs (B, T, V)."""
        return functional.cross_entropy(
            output.flatten(0, 1), targets.flatten(), ignore_index=IGNORED
        )

    def written(self, network: Network, pictures: IntArray, *, beam: int = 1) -> IntArray:
        """Return what a network writes of these pictures, (E, longest) symbols, padded."""
        rows = [np.zeros((0, self.longest), dtype=np.int64)]
        for start in range(0, len(pictures), MOST_PICTURES):
            chosen = torch.from_numpy(pictures[start : start + MOST_PICTURES])
            begin = torch.full((len(chosen), 1), BEGIN)
            prefix = Batch(
                inputs=begin, lengths=None, targets=begin, context=self.pictures[chosen].float()
            )
            rows.append(write(network, prefix, self.longest, beam=beam).numpy())
        return np.concatenate(rows)

    def predictions(self, network: Network, examples: IntArray) -> FloatArray:
        """Return what is right in what a network writes, (E, COUNTS)."""
        if self.judge is None:
            raise ValueError("there are no true sentences to compare with")
        number = {entry: code for code, entry in enumerate(self.sentences.tokens.lexicon)}
        codes = [-1] * FIRST + [number.get(e, -1) for e in self.sentences.vocabulary.known]
        written = self.written(network, self.owner[examples])
        sentences = [[codes[s] for s in row[row != PADDING].tolist()] for row in written]
        return self.judge.counts(sentences, self.owner[examples])

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return ``known``, the vocabulary, and ``mean`` and ``scale`` of features."""
        state = self.sentences.vocabulary.state()
        return {**state, "mean": self.mean, "scale": self.scale}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judge:
    """Scores sentences against those of their picture, as codes of the lexicon.

    How rare an n-gram is, which CIDEr-D weighs by, is counted over all sentences of the data, so
    that a picture's score does not depend on which others are scored with it.
    """

    references: tuple[tuple[tuple[int, ...], ...], ...]
    cider: CiderD

    @classmethod
    def of(cls, sentences: Tokens, owner: IntArray, pictures: int) -> Judge:
        """Sort sentences by their picture."""
        own: list[list[tuple[int, ...]]] = [[] for _ in range(pictures)]
        ends = np.cumsum(sentences.lengths)
        for picture, end, length in zip(owner, ends, sentences.lengths, strict=True):
            own[picture].append(tuple(sentences.codes[end - length : end].tolist()))
        return cls(references=tuple(map(tuple, own)), cider=CiderD.of(own))

    def counts(self, written: Sequence[Sequence[int]], pictures: IntArray) -> FloatArray:
        """Return (E, COUNTS) for one sentence of each of these pictures."""
        rows = np.zeros((len(pictures), COUNTS))
        rows[:, -3] = self.cider.scores(written, pictures)
        rows[:, -1] = 1.0
        for row, (sentence, picture) in enumerate(zip(written, pictures.tolist(), strict=True)):
            references = self.references[picture]
            rows[row, :-3] = bleu_counts(sentence, references, order=ORDER)
            rows[row, -2] = tuple(sentence) in references
        return rows


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
    def facts(self) -> Mapping[str, Any]:
        """How long a sentence may get."""
        return {"longest": int(self.sentences.lengths.max())}

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
        fold = _sequences.resample(
            self.dataset.validation, np.unique(self.owner[development]),
            np.zeros_like(self.groups), self.groups, repeat, seed,
        )  # fmt: skip
        return self._of_examples(fold)

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return 90 % of development to train on and 10 % to stop on, or the user's own parts."""
        fold = _sequences.refit(
            self.dataset.validation, np.unique(self.owner[development]),
            np.zeros_like(self.groups), self.groups, seed,
        )  # fmt: skip
        return self._of_examples(fold)

    def _of_examples(self, fold: Fold) -> Fold:
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
            pictures=_tensor(self.pictures, mean, scale),
            sentences=TextInputs.of(self.sentences, vocabulary),
            owner=self.owner,
            judge=self.judge,
            longest=int(self.sentences.lengths.max()),
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


def _tensor(pictures: Pictures, mean: FloatArray, scale: FloatArray) -> Tensor:
    """Return (N, C, height, width) uint8, or standardised features (N, D) float32."""
    if pictures.ndim == 4:
        return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))
    return torch.from_numpy(((pictures.astype(np.float64) - mean) / scale).astype(np.float32))


def _most_frequent(task: CaptioningTask, fold: Fold, examples: IntArray) -> FloatArray:
    train = np.concatenate([fold.train, fold.stop])
    sentence = baselines.most_frequent_caption(task.sentences.take(train))
    return task.judge.counts([sentence] * len(examples), task.owner[examples])


def _nearest(task: CaptioningTask, fold: Fold, examples: IntArray) -> FloatArray:
    train = np.unique(task.owner[np.concatenate([fold.train, fold.stop])])
    pictures = task.pictures
    flat = baselines.flat_images(pictures.astype(np.uint8)) if pictures.ndim == 4 else pictures
    flat = flat.astype(np.float32)
    near = baselines.fit_nearest_image(flat[train])(flat[task.owner[examples]])
    sentences = [task.judge.references[picture][0] for picture in train[near]]
    return task.judge.counts(sentences, task.owner[examples])


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledCaptions, IntArray]:
    """Return new pictures with a saved vocabulary, and the examples to predict: all."""
    mean, scale = (np.asarray(state[key], dtype=np.float64) for key in ("mean", "scale"))
    nothing = Tokens.of([[] for _ in range(len(dataset))])
    scaled = ScaledCaptions(
        pictures=_tensor(_required(dataset), mean, scale),
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
    """Return ``image`` and the caption, a row a picture; ``beam`` among the facts or 1."""
    scaled, examples = unlabelled(dataset, state, facts)
    written = scaled.written(network, examples, beam=int(facts.get("beam", 1)))
    texts = [scaled.sentences.vocabulary.text(row) for row in written]
    return pd.DataFrame({"image": series_names(dataset), facts["target"]: texts})


def _required(dataset: SequenceDataset) -> Pictures:
    if dataset.images is None:
        raise DataError(
            wanted="pictures",
            got="none",
            where=dataset.name,
            todo="Name the folder of images, or a .npz file of their features.",
        )
    return dataset.images


def bind(dataset: SequenceDataset, *, metric: str | None = None) -> CaptioningTask:
    """Return the task of writing a sentence for each picture of the data set.

    Args:
        dataset: pictures, or features of them, with at least one sentence each as answers.
        metric: ``bleu_4`` (default), ``cider_d``, or ``exact_match``.

    Raises:
        UnknownNameError: there is no such metric.
        DataError: there are no pictures, or one has no sentence.

    >>> data = SequenceDataset(
    ...     name="toy", values=np.zeros((2, 0)), lengths=np.array([1, 1]), feature_names=("image",),
    ...     images=np.zeros((2, 8, 8, 1), dtype=np.uint8),
    ...     answers=Tokens.of([["a", "dog"], ["a", "cat"]]), answer_of=np.array([0, 1]))
    >>> bind(data).encoder.picture
    (1, 8, 8)
    """
    record = chosen_metric(METRICS, metric)
    pictures = _required(dataset)
    sentences, owner = dataset.answers, dataset.answer_of
    known = 0 if owner is None else len(np.unique(owner))
    if sentences is None or owner is None or known < len(dataset):
        raise DataError(
            wanted="at least one sentence for each picture",
            got=f"none for {len(dataset) - known} of {len(dataset)}",
            where=dataset.name,
            todo="Leave such pictures out.",
        )
    shape = pictures.shape[1:]
    counts = occurrences(sentences, np.arange(len(sentences)))
    every = Vocabulary.fit(sentences.lexicon, counts, most=MOST_WORDS, least=LEAST)
    size = FIRST + len(every.known)
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
        notes=("Scores are those of what a network writes by itself, greedily.",),
        pictures=pictures,
        sentences=sentences,
        owner=owner,
        judge=Judge.of(sentences, owner, len(dataset)),
        groups=_sequences.group_codes(dataset),
    )
