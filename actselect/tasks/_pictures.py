"""Pictures with their sentences as a network sees them, and what sentences are scored by.

Notation: N pictures, A sentences of all of them, D features of a picture, C channels, V symbols; B
examples in a batch, T steps; E examples asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError
from actselect.metrics.bleu import ORDER, bleu_counts
from actselect.metrics.cider import CiderD
from actselect.records import FloatArray, IntArray
from actselect.tasks._base import Batch, Network, Scaled
from actselect.tasks._texts import TextInputs
from actselect.tasks._vocabulary import BEGIN, END, FIRST, PADDING
from actselect.tasks._writing import write

COUNTS: Final = 2 * ORDER + 5  # numbers of an example: those of BLEU, CIDEr-D, wholly right, 1
IGNORED: Final = -100
MOST_PICTURES: Final = 256  # captioned together
LEAST_PIXELS: Final = 4  # of height and width: the encoder halves both twice

Pictures = npt.NDArray[np.generic]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judge:
    """Scores sentences against those of their picture, as codes of the lexicon.

    How rare an n-gram is, which CIDEr-D weighs by, is counted over all sentences of the data, so
    that a picture's score does not depend on which others are scored with it.

    Args:
        references: the sentences of each picture.
        cider: the same, with the weights of their n-grams.
    """

    references: tuple[tuple[tuple[int, ...], ...], ...]
    cider: CiderD

    @classmethod
    def of(cls, sentences: Tokens, owner: IntArray, pictures: int) -> Self:
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
            rows[row, :-3] = bleu_counts(sentence, references)
            rows[row, -2] = tuple(sentence) in references
        return rows


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledCaptions(Scaled):
    """Pictures and their sentences in symbols.

    Args:
        pictures: (N, height, width, C) uint8, or (N, D) float32, standardised.
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
        return Batch(
            inputs=functional.pad(words, (1, 0), value=BEGIN),
            lengths=None if lengths is None else counts + 1,
            targets=targets.masked_fill(targets == PADDING, IGNORED),
            context=self.seen(self.owner[examples]),
        )

    def seen(self, pictures: IntArray) -> Tensor:
        """Return these pictures as the encoder takes them: (B, C, height, width), or (B, D)."""
        found = self.pictures[torch.from_numpy(pictures)]
        found = found.movedim(-1, 1) if found.ndim == 4 else found
        return found.float().contiguous()

    def loss(self, output: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy of a word, of outputs (B, T, V)."""
        return functional.cross_entropy(
            output.flatten(0, 1), targets.flatten(), ignore_index=IGNORED
        )

    def written(self, network: Network, pictures: IntArray, *, beam: int = 1) -> IntArray:
        """Return what a network writes of these pictures, (E, longest) symbols, padded."""
        known = len(self.sentences.vocabulary.known)
        rows = [np.zeros((0, self.longest), dtype=np.int64)]
        for start in range(0, len(pictures), MOST_PICTURES):
            context = self.seen(pictures[start : start + MOST_PICTURES])
            begin = torch.full((len(context), 1), BEGIN)
            prefix = Batch(inputs=begin, lengths=None, targets=begin, context=context)
            rows.append(write(network, prefix, self.longest, known=known, beam=beam).numpy())
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


def standardised(pictures: Pictures, mean: FloatArray, scale: FloatArray) -> Tensor:
    """Return pictures as they are, or features (N, D), standardised, in float32.

    >>> standardised(np.array([[1.0], [3.0]]), np.array([1.0]), np.array([2.0])).tolist()
    [[0.0], [1.0]]
    """
    if pictures.ndim == 2:
        pictures = ((pictures.astype(np.float64) - mean) / scale).astype(np.float32)
    return torch.from_numpy(np.require(pictures, requirements=["C", "W"]))


def required_pictures(dataset: SequenceDataset, shape: Sequence[int] | None = None) -> Pictures:
    """Return the pictures of a data set, (N, height, width, C), or features of them, (N, D).

    Args:
        dataset: to look at.
        shape: (height, width, C) or (D,) of what a network was trained on; None where it is not
            trained yet.

    Raises:
        DataError: there are none, they have another shape, or are too small.
    """
    pictures = dataset.images
    if pictures is None:
        raise DataError(
            wanted="pictures",
            got="none",
            where=dataset.name,
            todo="Name the folder of images, or a .npz file of their features.",
        )
    if shape is not None and pictures.shape[1:] != tuple(shape):
        raise DataError(
            wanted=_described(shape),
            got=_described(pictures.shape[1:]),
            where=dataset.name,
            todo="Give what the network was trained on.",
        )
    if pictures.ndim == 4 and min(pictures.shape[1:3]) < LEAST_PIXELS:
        raise DataError(
            wanted=f"pictures of at least {LEAST_PIXELS} x {LEAST_PIXELS} pixels",
            got=_described(pictures.shape[1:]),
            where=dataset.name,
            todo="Give larger ones, or their pixels as features, one row a picture.",
        )
    return pictures


def _described(shape: Sequence[int]) -> str:
    if len(shape) == 1:
        return f"{shape[0]} features of each picture"
    height, width, channels = shape
    return f"pictures of {height} x {width} pixels with {channels} channel(s)"
