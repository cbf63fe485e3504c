"""Baselines for texts: TF-IDF and logistic regression.

Notation: N texts, K classes, L labels of which a text may have several; V different tokens;
T terms: tokens and pairs of neighbouring tokens, numbered code and V + V first + second.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfTransformer

from actselect.baselines._multilabel import fit_one_vs_rest, logistic
from actselect.baselines._numbers import balanced_weights
from actselect.data.tokens import Tokens
from actselect.records import FloatArray, IntArray

STRENGTHS = (1.0, 10.0, 100.0)  # C of scikit-learn; 100 suits QC's questions, 10 film reviews
COMMON_STRENGTH = 10.0  # where choosing would cost too much: for each label, or of many classes
MANY_CLASSES = 20  # with 50 on 5,500 questions a fit takes 2 s, choosing 5 s more for 0.4 points
FOLDS = 3
MANY = 2000  # texts; of these a third is enough to choose by, without taking turns
MIN_TEXTS = 2  # that hold a term: half the time; film reviews lose 0.8 points, log loss gains 0.03

PredictTexts = Callable[[Tokens], FloatArray]


def fit_tfidf(texts: Tokens, labels: IntArray, classes: int, balanced: bool) -> PredictTexts:
    """Logistic regression on TF-IDF of tokens and pairs of neighbouring tokens.

    Counts are damped as 1 + log count and rows have unit length, as by scikit-learn's
    ``TfidfTransformer(sublinear_tf=True)``.  The penalty is the one with the least log loss on
    training texts left out.  A class without a training text gets the probability 0.

    Args:
        texts: N training texts; texts to predict have the same lexicon.
        labels: (N,) class of each text.
        classes: K.
        balanced: whether each class counts the same.

    Returns:
        A function from M texts to probabilities (M, K).

    >>> texts = Tokens.of([["good"], ["very", "good"], ["bad"], ["so", "bad"]])
    >>> predict = fit_tfidf(texts, np.array([1, 1, 0, 0]), 2, False)
    >>> predict(texts.take(np.array([3, 0]))).argmax(axis=1).tolist()
    [0, 1]
    """
    if not len(texts.codes):
        shares = np.bincount(labels, minlength=classes) / len(labels)
        return lambda new: np.tile(shares, (len(new), 1))
    x, features = _features(texts)
    best = COMMON_STRENGTH
    if classes <= MANY_CLASSES:
        best = _best_strength(x, labels, classes, balanced)
    model = logistic(x, labels, classes, balanced=balanced, strength=best)
    return lambda new: model(features(new))


def fit_multilabel_tfidf(texts: Tokens, indicators: IntArray) -> PredictTexts:
    """One logistic regression per label, on the same features as :func:`fit_tfidf`.

    Args:
        texts: N training texts; texts to predict have the same lexicon.
        indicators: (N, L) 1 where the text has the label, else 0; a column may be constant.

    Returns:
        A function from M texts to the probability of each label, (M, L).

    >>> texts = Tokens.of([["red", "car"], ["red"], ["car"], ["sky"]])
    >>> predict = fit_multilabel_tfidf(texts, np.array([[1, 1], [1, 0], [0, 1], [0, 0]]))
    >>> (predict(texts) > 0.5).astype(int).tolist()
    [[1, 1], [1, 0], [0, 1], [0, 0]]
    """
    if not len(texts.codes):
        shares = indicators.mean(axis=0)
        return lambda new: np.tile(shares, (len(new), 1))
    x, features = _features(texts)
    model = fit_one_vs_rest(x, indicators, COMMON_STRENGTH)
    return lambda new: model(features(new))


def _features(texts: Tokens) -> tuple[csr_array, Callable[[Tokens], csr_array]]:
    """Return the TF-IDF of these texts, (N, T), and the function to that of others."""
    of, terms = _terms(texts)
    known, at = np.unique(terms, return_inverse=True)
    counts = _matrix(of, at, (len(texts), len(known)))
    in_texts = np.bincount(counts.indices, minlength=len(known))
    if in_texts.max() >= MIN_TEXTS:
        kept = np.flatnonzero(in_texts >= MIN_TEXTS)
        known, counts = known[kept], counts[:, kept]
    weights = TfidfTransformer(sublinear_tf=True).fit(counts)
    return weights.transform(counts), lambda new: weights.transform(_counts(new, known))


def _terms(texts: Tokens) -> tuple[IntArray, IntArray]:
    """Return text and number of each term that occurs, as often as it does."""
    size = len(texts.lexicon)
    codes = texts.codes.astype(np.int64)
    of = np.repeat(np.arange(len(texts)), texts.lengths)
    inside = of[1:] == of[:-1]
    pairs = (size + size * codes[:-1] + codes[1:])[inside]
    return np.concatenate([of, of[1:][inside]]), np.concatenate([codes, pairs])


def _counts(texts: Tokens, known: IntArray) -> csr_array:
    """Return (N, T): how often each known term, sorted, occurs in each text."""
    of, terms = _terms(texts)
    at = np.minimum(np.searchsorted(known, terms), len(known) - 1)
    hit = known[at] == terms
    return _matrix(of[hit], at[hit], (len(texts), len(known)))


def _matrix(rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> csr_array:
    """Return how often each cell is named."""
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def _best_strength(x: csr_array, labels: IntArray, classes: int, balanced: bool) -> float:
    """Return the C with the least log loss on texts left out, which are spread over classes."""
    fold = np.empty(len(labels), dtype=np.int64)
    fold[np.argsort(labels, kind="stable")] = np.arange(len(labels)) % FOLDS
    weights = balanced_weights(labels, classes) if balanced else np.ones(classes)
    turns = range(FOLDS if len(labels) <= MANY else 1)

    def loss(strength: float) -> float:
        total = 0.0
        for k in turns:
            kept, out = fold != k, np.flatnonzero(fold == k)
            out = out[np.isin(labels[out], labels[kept])]  # of other classes nothing can be learnt
            if len(out):
                model = logistic(
                    x[kept], labels[kept], classes, balanced=balanced, strength=strength
                )
                chosen = model(x[out])[np.arange(len(out)), labels[out]]
                chosen = np.maximum(chosen, np.finfo(float).tiny)
                total -= float(weights[labels[out]] @ np.log(chosen))
        return total

    return min(STRENGTHS, key=loss)
