"""The interval of a score over test examples."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from actselect.records import IntArray


def bootstrap_interval(
    score_of_rows: Callable[[IntArray], float],
    blocks: IntArray,
    *,
    level: float,
    draws: int,
    rng: np.random.Generator,
    rate: bool = False,
) -> tuple[float, float]:
    """Return a percentile bootstrap interval of a score over examples.

    Whole blocks are resampled (groups; stretches of time: Carlstein 1986,
    doi:10.1214/aos/1176350057). A resample that has no score (one class only, say) is left out. One
    block alone has no interval: the score itself comes back twice.  Where a rate is 0 or 1 in every
    resample, the far end is that of Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404, for as
    many trials as there are blocks: forty of forty right are no proof of certainty.

    Args:
        score_of_rows: positions 0 to E - 1, possibly repeated -> score.
        blocks: (E,) block of each example.
        level: such as 0.9.
        draws: number of resamples.
        rng: source of randomness.
        rate: whether the score is a rate in [0, 1].
    """
    names, inverse = np.unique(blocks, return_inverse=True)
    if len(names) < 2:
        score = score_of_rows(np.arange(len(blocks)))
        return score, score
    order = np.argsort(inverse, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(inverse))[:-1])
    scores = []
    for _ in range(draws):
        chosen = rng.integers(len(names), size=len(names))
        try:
            value = score_of_rows(np.concatenate([members[i] for i in chosen]))
        except ValueError:
            continue
        if math.isfinite(value):
            scores.append(value)
    if not scores:
        score = score_of_rows(np.arange(len(blocks)))
        return score, score
    low, high = np.quantile(scores, [0.5 - level / 2, 0.5 + level / 2])
    if rate and low == high:
        far = (0.5 - level / 2) ** (1 / len(names))
        low, high = {1.0: (far, 1.0), 0.0: (0.0, 1 - far)}.get(float(low), (low, high))
    return float(low), float(high)
