"""The most frequent tag, against counting by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np

from actselect.baselines import fit_majority_tag, fit_most_frequent_tag


def test_each_token_gets_its_most_frequent_tag() -> None:
    """Counted one token at a time; new tokens get the most frequent tag of all."""
    random = np.random.default_rng(0)
    tokens = random.integers(0, 40, 500) ** 2 // 40
    tags = random.integers(0, 6, 500)

    found = fit_most_frequent_tag(tokens, tags, 50, 6)(np.arange(50))

    for token in range(50):
        own = tags[tokens == token] if (tokens == token).any() else tags
        counts = Counter(own.tolist())
        assert found[token] == min(counts, key=lambda tag: (-counts[tag], tag))


def test_of_equally_frequent_tags_the_smallest_is_taken() -> None:
    """Of a token, and of all."""
    predict = fit_most_frequent_tag(np.array([0, 0, 1, 1]), np.array([3, 1, 3, 1]), 3, 4)

    assert predict(np.array([0, 1, 2, 2])).tolist() == [1, 1, 1, 1]
    assert fit_majority_tag(np.array([3, 1, 3, 1]), 4)([0.0, 0.0]).tolist() == [1, 1]
