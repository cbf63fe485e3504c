"""The statistics of selection: pure functions on scores of repeats.

Notation: R repeats, A architectures (columns); k repeats that a comparison can use.  Inside this
module lower is better.  rho = n_score / n_train of a repeat.  A score of NaN was not run; +inf is a
training that diverged.

Repeats resample the same data, so they are not independent: all standard errors carry the
correction of the "corrected resampled t-test" of Nadeau and Bengio 2003,
doi:10.1023/A:1024068626366: the variance of a mean over k resamplings is (1/k + rho) s^2 instead
of s^2 / k.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import stats

from actselect.records import FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]

MOST_REPEATS = 200  # beyond this a decision is not foreseen
LEVEL = 0.9  # of intervals
DRAWS = 4000  # of a posterior
ROUNDING = 1e-12  # relative; a few thousand times float64's


def penalised(scores: FloatArray) -> FloatArray:
    """Replace a diverged score by the worst finite score of its repeat, over all columns.

    A divergence is then as bad as the worst that was seen on the same data, baselines included: it
    counts against an architecture without one of them outweighing everything else.  Where a whole
    repeat diverged, the worst of the table stands in; a table without any finite score becomes 0.

    >>> penalised(np.array([[1.0, np.inf, 3.0]])).tolist()
    [[1.0, 3.0, 3.0]]
    """
    finite = np.where(np.isfinite(scores), scores, -np.inf)
    worst = finite.max(axis=1, keepdims=True, initial=-np.inf)
    of_all = finite.max(initial=-np.inf)
    worst = np.where(np.isfinite(worst), worst, of_all if np.isfinite(of_all) else 0.0)
    return np.where(np.isposinf(scores), worst, scores)


def paired(one: FloatArray, two: FloatArray) -> FloatArray:
    """Return the differences two - one on the repeats that both ran, (k,).

    >>> paired(np.array([1.0, 2.0, np.nan]), np.array([4.0, np.nan, 6.0])).tolist()
    [3.0]
    """
    difference = two - one
    return np.asarray(difference[~np.isnan(difference)], dtype=np.float64)


def standard_error(values: FloatArray, rho: float) -> float:
    """Return the corrected standard error of the mean of k values.

    NaN for fewer than two values: one repeat says nothing about spread.

    >>> round(standard_error(np.array([1.0, 2.0, 3.0]), rho=0.0), 6)
    0.57735
    """
    if len(values) < 2:
        return math.nan
    return math.sqrt(1.0 / len(values) + rho) * float(np.std(values, ddof=1))


def p_above(values: FloatArray, threshold: float, rho: float) -> float:
    """Return the one-sided p-value of "the mean is at most ``threshold``".

    Corrected resampled t-test with k - 1 degrees of freedom (Nadeau and Bengio 2003).
    Without spread, the mean itself decides; fewer than two values show nothing (1.0).  What is
    smaller than rounding, relative to the values, counts as no spread and as no excess.

    >>> p_above(np.array([0.5, 0.5]), 0.1, 0.2)
    0.0
    """
    error = standard_error(values, rho)
    if math.isnan(error):
        return 1.0
    excess = float(np.mean(values)) - threshold
    rounding = ROUNDING * max(float(np.max(np.abs(values))), abs(threshold))
    if error <= rounding:
        return 0.0 if excess > rounding else 1.0
    return float(stats.t.sf(excess / error, len(values) - 1))


def equivalent(values: FloatArray, margin: float, rho: float, alpha: float) -> bool:
    """Return whether the mean is shown to lie within +- ``margin``: two one-sided tests.

    Schuirmann 1987, doi:10.1007/BF01068419.  Differences that are all zero are equivalent under any
    margin.
    """
    if len(values) >= 2 and not np.any(values):
        return True
    return max(p_above(values, -margin, rho), p_above(-values, -margin, rho)) <= alpha


def holm(p_values: Sequence[float]) -> FloatArray:
    """Return adjusted p-values (Holm 1979, Scand. J. Statist. 6:65-70).

    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    return np.minimum(adjusted, 1.0)


def shown_above(
    samples: Sequence[FloatArray], threshold: float, rho: float, alpha: float
) -> BoolArray:
    """Return which mean differences to a leader are shown above ``threshold``, (len(samples),).

    The leader was picked by the scores that are now tested, so the error of a statement about any
    of the m = len(samples) + 1 columns that might have led is shared by all of them: Holm's
    procedure at alpha / m each keeps the chance of a single false "above" under ``alpha``.

    To be above in *every* comparison is one statement; it needs each of them at alpha / 2 and no
    correction for their number (intersection-union test, Berger 1982, Technometrics 24:295).  The
    half is again for the choice of the leader: of two equal columns, either could be it.

    Args:
        samples: how far each other column is behind the leader, (k,) each.
        threshold: the practical margin.
        rho: n_score / n_train of a repeat.
        alpha: error probability of this look.
    """
    p = [p_above(values, threshold, rho) for values in samples]
    if not p or max(p) <= alpha / 2:
        return np.ones(len(p), dtype=np.bool_)
    return np.asarray(holm(p) <= alpha / (len(p) + 1), dtype=np.bool_)


def alpha_for_look(alpha: float, looks: int) -> float:
    """Return the error probability that one of several planned looks may spend (Bonferroni).

    >>> alpha_for_look(0.05, 5)
    0.01
    """
    return alpha / looks


def interval(
    values: FloatArray, rho: float, level: float = LEVEL
) -> tuple[float, float] | tuple[None, None]:
    """Return the corrected t interval of a mean; a single value has none.

    >>> [round(end, 2) for end in interval(np.array([1.0, 2.0, 3.0]), rho=0.0)]
    [0.31, 3.69]
    """
    mean = float(np.mean(values))
    error = standard_error(values, rho)
    if math.isnan(error):
        return None, None
    half = float(stats.t.ppf(0.5 + level / 2, len(values) - 1)) * error
    return mean - half, mean + half


def probability_best(scores: FloatArray, rho: float, rng: np.random.Generator) -> FloatArray:
    """Return each column's probability of having the lowest mean, (A,); sums to 1.

    The posterior of the means under a flat prior is a multivariate t with the corrected covariance
    (the "Bayesian correlated t-test" of Benavoli et al. 2017, JMLR 18(77), for all columns at
    once); ``DRAWS`` draws.  A column that dropped out is drawn by its difference to the best column
    on the repeats they share.  With fewer than two repeats, or no column that ran them all, nothing
    is known: all are equally probable.

    >>> scores = np.array([[1.0, 2.0], [1.1, 2.1]])
    >>> probability_best(scores, 0.1, np.random.default_rng(0)).tolist()
    [1.0, 0.0]
    """
    columns = scores.shape[1]
    complete = ~np.isnan(scores).any(axis=0)
    if len(scores) < 2 or not complete.any():
        return np.full(columns, 1.0 / columns)
    draws = np.empty((DRAWS, columns))
    draws[:, complete] = _draw_means(scores[:, complete], rho, rng)
    best = int(np.argmin(np.where(complete, scores.mean(axis=0), np.inf)))
    for column in np.flatnonzero(~complete):
        difference = paired(scores[:, best], scores[:, column])
        if len(difference) < 2:
            draws[:, column] = np.inf
            continue
        draws[:, column] = draws[:, best] + _draw_means(difference[:, None], rho, rng)[:, 0]
    counts = np.bincount(draws.argmin(axis=1), minlength=columns)
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def _draw_means(scores: FloatArray, rho: float, rng: np.random.Generator) -> FloatArray:
    k = len(scores)
    centred = scores - scores.mean(axis=0)
    normal = rng.standard_normal((DRAWS, k)) @ centred / math.sqrt(k - 1)
    scale = np.sqrt((k - 1) / rng.chisquare(k - 1, (DRAWS, 1)))
    return np.asarray(scores.mean(axis=0) + math.sqrt(1 / k + rho) * scale * normal)


def repeats_to_show(values: FloatArray, margin: float, rho: float, alpha: float) -> int | None:
    """Return the repeats in all at which a comparison would be decided, if it goes on like this.

    A mean beyond the margin is to be shown beyond it, one within is to be shown within.  None when
    not before ``MOST_REPEATS``: since repeats share data, their error does not go to zero; and a
    mean exactly at the margin is never decided.

    >>> repeats_to_show(np.array([0.9, 1.0, 1.1]), 0.5, rho=0.0, alpha=0.001)
    5
    """
    if len(values) < 2:
        return None
    gap = abs(abs(float(np.mean(values))) - margin)
    k = np.arange(2, MOST_REPEATS + 1)
    error = np.sqrt(1.0 / k + rho) * np.std(values, ddof=1)
    rounding = ROUNDING * max(float(np.max(np.abs(values))), margin)
    decided = (k >= len(values)) & (_critical(alpha) * error < gap) & (gap > rounding)
    return int(k[decided][0]) if decided.any() else None


@cache
def _critical(alpha: float) -> FloatArray:
    """Return the critical values of t for 2 to ``MOST_REPEATS`` repeats."""
    return np.asarray(stats.t.ppf(1 - alpha, np.arange(1, MOST_REPEATS)), dtype=np.float64)


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
