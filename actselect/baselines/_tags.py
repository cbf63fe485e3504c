"""Baselines for tags: what a token is called most often.

Notation: S steps of all sequences one after the other, V different tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sized

import numpy as np

from actselect.records import IntArray

PredictTags = Callable[[IntArray], IntArray]


def fit_majority_tag(tags: IntArray, n_tags: int) -> Callable[[Sized], IntArray]:
    """Predict the most frequent tag in training for every step; of equal ones the smallest.

    Args:
        tags: (S,) training tags, 0 to ``n_tags`` - 1.
        n_tags: different tags.

    Returns:
        A function from anything with one entry per step to tags.

    >>> fit_majority_tag(np.array([2, 0, 2]), 3)(np.zeros((4, 5))).tolist()
    [2, 2, 2, 2]
    """
    tag = int(np.bincount(tags, minlength=n_tags).argmax())
    return lambda steps: np.full(len(steps), tag)


def fit_most_frequent_tag(tokens: IntArray, tags: IntArray, size: int, n_tags: int) -> PredictTags:
    """Predict the most frequent tag of each token; the most frequent of all where it is new.

    Of equally frequent tags it is the smallest.

    Args:
        tokens: (S,) training tokens, 0 to V - 1.
        tags: (S,) their tags, 0 to ``n_tags`` - 1.
        size: V, those included that are not in training.
        n_tags: different tags.

    Returns:
        A function from tokens to tags.

    >>> predict = fit_most_frequent_tag(np.array([0, 0, 0, 1]), np.array([1, 1, 0, 1]), 3, 2)
    >>> predict(np.array([2, 0])).tolist()
    [1, 1]
    """
    pairs, counts = np.unique(tokens.astype(np.int64) * n_tags + tags, return_counts=True)
    token, tag = np.divmod(pairs, n_tags)
    order = np.lexsort((tag, -counts, token))
    seen, first = np.unique(token[order], return_index=True)
    best = fit_majority_tag(tags, n_tags)(range(size))
    best[seen] = tag[order][first]
    return lambda new: best[new]
