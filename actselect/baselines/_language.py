"""Baselines for language models: n-grams.

Notation: N documents, S tokens of all documents one after the other; V entries of the vocabulary;
G different n-grams of one order, numbered as they are sorted; C contexts, the n-grams of the order
below.

An n-gram is numbered by the number of its context and its last token, so that no order needs more
than one whole number per n-gram.  A mark stands before each document, with the code V: it is part
of contexts and is never predicted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from actselect.records import FloatArray, IntArray

FALLBACK = np.array([0.0, 0.5, 1.0, 1.5])  # where counts are too few to tell; as KenLM's lmplz

Score = Callable[[IntArray, IntArray], FloatArray]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Grams:
    """The n-grams of one order in the training part.

    Args:
        keys: (G,) context times V + 1 plus token, sorted.
        seen: (G,) how often each occurs.
        shorter: (G,) number of each without its first token, in the order below.
        contexts: C.
    """

    keys: IntArray
    seen: IntArray
    shorter: IntArray
    contexts: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Order:
    """What one order adds to a probability: ``share + rest * probability of the order below``.

    Args:
        keys: (G,) context times V + 1 plus token, sorted.
        share: (G + 1,) discounted share of each n-gram in its context; the last, of none, is 0.
        rest: (C + 1,) what the order below gets in each context; the last, of none, is 1.
    """

    keys: IntArray
    share: FloatArray
    rest: FloatArray


def fit_unigram(codes: IntArray, lengths: IntArray, size: int) -> Score:
    """Score tokens by how frequent they are; the same as :func:`fit_ngram` of order 1.

    >>> score = fit_unigram(np.array([0, 0, 0, 1]), np.array([4]), 3)
    >>> np.exp(score(np.array([0, 1, 2]), np.array([3]))).round(3).tolist()
    [0.542, 0.292, 0.167]
    """
    return fit_ngram(codes, lengths, size, 1)


def fit_ngram(codes: IntArray, lengths: IntArray, size: int, order: int) -> Score:
    """Interpolated modified Kneser-Ney: each token given the order - 1 before it, and all shorter.

    The lowest order is mixed with an equal share for each entry, so that nothing is impossible.

    Args:
        codes: (S,) training tokens, 0 to V - 1.
        lengths: (N,) tokens of each document.
        size: V, entries of the vocabulary.
        order: tokens of the longest n-gram, 1 or more.

    Returns:
        A function from tokens (S,) and lengths (N,) to the natural logarithm of the probability of
        each token given those before it in its document, (S,).

    Source: Chen and Goodman 1999, Computer Speech and Language 13, section 3, modified Kneser-Ney.

    >>> score = fit_ngram(np.array([0, 1, 0, 1, 0, 1]), np.array([6]), 2, 2)
    >>> np.exp(score(np.array([0, 1, 0]), np.array([3]))).round(3).tolist()
    [0.792, 0.708, 0.792]
    """
    orders = _orders(_grams(codes, lengths, size, order), size)

    def score(new: IntArray, new_lengths: IntArray) -> FloatArray:
        stream = _marked(new, new_lengths, size)
        start = stream == size
        context = np.zeros(len(stream), dtype=np.int64)
        probability = np.full(len(stream), 1 / size)
        for one in orders:
            gram = _find(one.keys, context, stream, size)
            probability = one.share[gram] + one.rest[context] * probability
            context = _before(gram, start)
        return np.asarray(np.log(probability[~start]))

    return score


def _marked(codes: IntArray, lengths: IntArray, size: int) -> IntArray:
    """Return (S + N,): the tokens with a mark before each document."""
    starts = np.cumsum(lengths) - lengths
    return np.insert(codes.astype(np.int64), starts, size)


def _before(gram: IntArray, start: IntArray) -> IntArray:
    """Return which n-gram ends before each token; -1 for none, as at the start of a document."""
    return np.where(start, -1, np.concatenate([[-1], gram[:-1]]))


def _find(keys: IntArray, context: IntArray, stream: IntArray, size: int) -> IntArray:
    """Return the number of the n-gram that ends at each token; -1 for one never seen."""
    if not len(keys):
        return np.full(len(stream), -1)
    wanted = context * (size + 1) + stream
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where((context >= 0) & (keys[at] == wanted), at, -1)


def _grams(codes: IntArray, lengths: IntArray, size: int, order: int) -> list[_Grams]:
    """Return the n-grams of each order, from 1 up."""
    stream = _marked(codes, lengths, size)
    start = stream == size
    context = shorter = np.zeros(len(stream), dtype=np.int64)
    contexts, grams = 1, []
    for _ in range(order):
        inside = np.flatnonzero(context >= 0)
        wanted = context[inside] * (size + 1) + stream[inside]
        keys, at, seen = np.unique(wanted, return_inverse=True, return_counts=True)
        below = np.empty(len(keys), dtype=np.int64)
        below[at] = shorter[inside]
        grams.append(_Grams(keys=keys, seen=seen, shorter=below, contexts=contexts))
        shorter = np.full(len(stream), -1)
        shorter[inside] = at
        context, contexts = _before(shorter, start), len(keys)
    return grams


def _orders(grams: list[_Grams], size: int) -> list[_Order]:
    """Return shares and rests of each order, from 1 up.

    Below the highest order an n-gram counts once for each token that was seen before it.  Where a
    document starts there is none before; there it counts as often as it occurs.
    """
    orders = []
    for n, gram in enumerate(grams):
        counts = gram.seen
        if n + 1 < len(grams):
            before = np.bincount(grams[n + 1].shorter, minlength=len(gram.keys))
            counts = np.where(before > 0, before, counts)
        context, token = np.divmod(gram.keys, size + 1)
        counts = np.where(token == size, 0, counts)
        discount = _discounts(counts)[np.minimum(counts, 3)]
        total = np.bincount(context, counts, minlength=gram.contexts)
        spared = np.bincount(context, discount, minlength=gram.contexts)
        share = (counts - discount) / np.maximum(total, 1)[context]
        rest = np.where(total > 0, spared / np.maximum(total, 1), 1.0)
        orders.append(_Order(keys=gram.keys, share=np.append(share, 0), rest=np.append(rest, 1)))
    return orders


def _discounts(counts: IntArray) -> FloatArray:
    """Return what is taken from n-grams that count 0, 1, 2, and 3 or more."""
    _, n1, n2, n3, n4, _ = np.bincount(np.minimum(counts, 5), minlength=6)
    if min(n1, n2, n3, n4) == 0:
        return FALLBACK
    y = n1 / (n1 + 2 * n2)
    found = np.array([0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return found if (found[1:] > 0).all() else FALLBACK
