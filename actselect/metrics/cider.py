"""CIDEr-D: how far a caption agrees with what people wrote about the same image.

Words that few images share count most: n-grams are weighted by their inverse document frequency,
a document being all references of one image.

Source: Vedantam, Zitnick and Parikh 2015, "CIDEr: Consensus-based Image Description Evaluation",
arXiv:1411.5726, equations 1 to 4 (CIDEr-D: clipping, a Gaussian penalty on the difference of
lengths, factor 10), with the logarithms of the released code, cider_scorer.

Notation: E captions to score, K = 4 orders of n-grams.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, final

import numpy as np

from actselect.exceptions import UsageError
from actselect.metrics.bleu import Gram, Sentence, grams
from actselect.records import FloatArray, IntArray

ORDER = 4  # Vedantam et al. 2015, section 4
SIGMA = 6.0  # same, equation 4 and below, in tokens
FACTOR = 10.0  # same: makes scores look like those of other metrics


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Weighted:
    """A caption as vectors, equation 1: weight of each n-gram and Euclidean norm, per order."""

    weights: tuple[dict[Gram, float], ...]
    norms: tuple[float, ...]
    length: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CiderD:
    """The captions of a set of images, ready to score others against.

    Args:
        idf: inverse document frequency of each n-gram, log(images / images that have it).
        unseen: that of an n-gram of no reference, log(images); with one image it is 0, and so is
            every score.
        references: of each image.
    """

    idf: Mapping[Gram, float]
    unseen: float
    references: tuple[tuple[_Weighted, ...], ...]

    @classmethod
    def of(cls, references: Sequence[Sequence[Sentence]]) -> Self:
        """Return the scorer for these references, a list for each image.

        Raises:
            UsageError: there is no image, or one without a reference.
        """
        if not references or not all(references):
            raise UsageError("The references of each image must be at least one. Got none.")
        counted = [[list(grams(text, ORDER)) for text in texts] for texts in references]
        images: Counter[Gram] = Counter()
        for texts in counted:
            images.update({gram for text in texts for counts in text for gram in counts})
        unseen = math.log(len(references))
        idf = {gram: unseen - math.log(count) for gram, count in images.items()}
        weighted = (tuple(_weigh(text, idf, unseen) for text in texts) for texts in counted)
        return cls(idf=idf, unseen=unseen, references=tuple(weighted))

    def scores(self, candidates: Sequence[Sentence], images: IntArray) -> FloatArray:
        """Return (E,) the score of each caption, from 0 to 10; their mean is that of the corpus.

        Args:
            candidates: E captions, as tokens.
            images: (E,) which image each is about, by its place in the references.

        >>> scorer = CiderD.of([["abcd"], ["efgh"]])
        >>> scorer.scores(["abcd", "abcd"], np.array([0, 1])).round(6).tolist()
        [10.0, 0.0]
        """
        found = np.zeros(len(candidates))
        for e, (candidate, image) in enumerate(zip(candidates, images.tolist(), strict=True)):
            vectors = _weigh(list(grams(candidate, ORDER)), self.idf, self.unseen)
            alike = [_similarity(vectors, reference) for reference in self.references[image]]
            found[e] = FACTOR * sum(alike) / len(alike)
        return found

    def rows(self, candidates: Sequence[Sentence], images: IntArray) -> FloatArray:
        """Return (E, 2): the score of each caption, and 1; rows add up over a corpus."""
        return np.stack([self.scores(candidates, images), np.ones(len(candidates))], axis=1)


def cider_d(row: FloatArray) -> float:
    """Return the CIDEr-D of summed rows (2,): the mean score; 0 where there are no captions.

    >>> cider_d(np.array([15.0, 2.0]))
    7.5
    """
    total, captions = row.tolist()
    return float(total / captions) if captions else 0.0


def _weigh(counts: Sequence[Counter[Gram]], idf: Mapping[Gram, float], unseen: float) -> _Weighted:
    """Return tf-idf vectors; the counts are not divided by the length: norms make up for that."""
    weights = tuple(
        {gram: count * idf.get(gram, unseen) for gram, count in of_order.items()}
        for of_order in counts
    )
    norms = tuple(math.sqrt(sum(w * w for w in of_order.values())) for of_order in weights)
    return _Weighted(weights=weights, norms=norms, length=counts[0].total())


def _similarity(candidate: _Weighted, reference: _Weighted) -> float:
    """Return the mean over orders of the clipped cosine, with the penalty: equation 4 / 10."""
    total = 0.0
    for n, norm in enumerate(candidate.norms):
        scale = norm * reference.norms[n]
        if scale == 0:  # too short, or nothing but n-grams of every image
            continue
        meant = reference.weights[n]
        shared = 0.0
        for gram, weight in candidate.weights[n].items():
            if gram in meant:
                shared += min(weight, meant[gram]) * meant[gram]
        total += shared / scale
    gap = candidate.length - reference.length
    return total / ORDER * math.exp(-(gap**2) / (2 * SIGMA**2))
