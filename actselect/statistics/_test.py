"""The interval of a score over test examples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from actselect.records import FloatArray, IntArray

GROUPS = 200  # left out one after the other, at most, to see how skewed a score is


def bootstrap_interval(
    score_of_rows: Callable[[IntArray], float],
    blocks: IntArray,
    *,
    level: float,
    draws: int,
    rng: np.random.Generator,
    rate: bool = False,
) -> tuple[float, float]:
    """Return a bootstrap interval of a score over examples.

    Whole blocks are resampled (groups; stretches of time: Carlstein 1986,
    doi:10.1214/aos/1176350057).  The percentiles are widened as a t interval is, for resamples of
    few blocks vary too little (Hesterberg 2015, doi:10.1080/00031305.2015.1089789, section 5).
    Errors are skewed: for a score that is no rate, the bias-corrected and accelerated interval
    (BCa; Efron 1987, doi:10.1080/01621459.1987.10478410) is made as well, and the outer ends count.
    Each alone covers too seldom below 50 errors, one on each side (studies/LOG.md, 2026-11-25).

    A resample that has no score (one class only, say) is left out.  One block alone has no
    interval: the score itself comes back twice.  Where a rate is 0 or 1 in every resample, the far
    end is that of Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404, for as many trials as
    there are blocks: forty of forty right are no proof of certainty.

    Args:
        score_of_rows: positions 0 to E - 1, possibly repeated -> score.
        blocks: (E,) block of each example.
        level: such as 0.9.
        draws: number of resamples.
        rng: source of randomness.
        rate: whether the score is a rate in [0, 1].
    """
    members = _members(blocks)
    score = score_of_rows(np.arange(len(blocks)))
    if len(members) < 2:
        return score, score
    drawn = (rng.integers(len(members), size=len(members)) for _ in range(draws))
    scores = _known(score_of_rows, (np.concatenate([members[i] for i in one]) for one in drawn))
    if len(scores) == 0:
        return score, score
    wide = float(stdtrit(len(members) - 1, 0.5 + level / 2))
    ends = np.array([-wide, wide]) * math.sqrt(len(members) / (len(members) - 1))
    low, high = np.quantile(scores, ndtr(ends))
    if not rate:
        bias, acceleration = _shape(score_of_rows, members, score, scores)
        moved = bias + (bias + ends) / np.maximum(1.0 - acceleration * (bias + ends), 0.1)
        lower, upper = np.quantile(scores, ndtr(moved))
        low, high = min(low, lower), max(high, upper)
    if rate and low == high:
        far = (0.5 - level / 2) ** (1 / len(members))
        low, high = {1.0: (far, 1.0), 0.0: (0.0, 1 - far)}.get(float(low), (low, high))
    return float(low), float(high)


def _members(blocks: IntArray) -> list[IntArray]:
    """Return the positions of each block's examples."""
    _, inverse = np.unique(blocks, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    return np.split(order, np.cumsum(np.bincount(inverse))[:-1])


def _known(score_of_rows: Callable[[IntArray], float], samples: Iterable[IntArray]) -> FloatArray:
    """Return the finite scores of those samples that have one."""
    found = []
    for rows in samples:
        try:
            value = score_of_rows(rows)
        except ValueError:
            continue
        if math.isfinite(value):
            found.append(value)
    return np.array(found, dtype=np.float64)


def _shape(
    score_of_rows: Callable[[IntArray], float],
    members: list[IntArray],
    score: float,
    scores: FloatArray,
) -> tuple[float, float]:
    """Return bias correction z0 and acceleration a (Efron 1987, equations 2.3 and 6.6)."""
    below = np.mean(scores < score) + np.mean(scores == score) / 2
    edge = 1.0 / len(scores)
    bias = float(ndtri(min(1.0 - edge, max(edge, below))))
    groups = np.array_split(np.arange(len(members)), min(GROUPS, len(members)))
    rest = (
        np.concatenate([members[i] for i in range(len(members)) if not first <= i <= last])
        for first, last in ((group[0], group[-1]) for group in groups)
    )
    left = _known(score_of_rows, rest)
    gaps = left.mean() - left if len(left) else left
    size = float(np.sum(gaps**2)) ** 1.5
    return bias, float(np.sum(gaps**3)) / (6.0 * size) if size > 0.0 else 0.0
