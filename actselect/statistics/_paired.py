"""Comparing two columns on the repeats they share.

Repeats resample the same data, so they are not independent: all standard errors carry the
correction of the "corrected resampled t-test" of Nadeau and Bengio 2003,
doi:10.1023/A:1024068626366: the variance of a mean over k resamplings is (1/k + rho) s^2 instead
of s^2 / k.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtr, stdtrit

from actselect.records import FloatArray

LEVEL = 0.9  # of intervals
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


def spread(values: FloatArray, examples: float | None = None) -> float:
    """Return the standard deviation of one repeat's value, estimated from k of them.

    NaN for fewer than two values: one repeat says nothing about spread.

    Differences of a rate over n examples come in steps of 1/n; a few repeats often agree exactly,
    and that is no certainty.  A difference of mean d needs at least |d| n examples that only one of
    the two got right, which alone have the variance |d| (1 - |d|) / n.  No less than that is
    believed, with one such example more in all than was seen (Laplace's rule of succession).

    Args:
        values: (k,) differences, or rates.
        examples: n, where the values come from a rate.

    >>> spread(np.array([0.1, 0.1, 0.1])), round(spread(np.array([0.1, 0.1, 0.1]), 40), 4)
    (0.0, 0.0491)
    """
    k = len(values)
    if k < 2:
        return math.nan
    seen = float(np.std(values, ddof=1))
    if examples is None:
        return 0.0 if np.ptp(values) == 0.0 else seen
    size = min(1.0, abs(float(np.mean(values))) + 1.0 / (k * examples))
    return max(seen, math.sqrt(size * (1.0 - size) / examples))


def standard_error(values: FloatArray, rho: float, examples: float | None = None) -> float:
    """Return the corrected standard error of the mean of k values; see :func:`spread`.

    >>> round(standard_error(np.array([1.0, 2.0, 3.0]), rho=0.0), 6)
    0.57735
    """
    if len(values) < 2:
        return math.nan
    return math.sqrt(1.0 / len(values) + rho) * spread(values, examples)


def p_above(
    values: FloatArray, threshold: float, rho: float, examples: float | None = None
) -> float:
    """Return the one-sided p-value of "the mean is at most ``threshold``".

    Corrected resampled t-test with k - 1 degrees of freedom (Nadeau and Bengio 2003).
    Without spread, the mean itself decides; fewer than two values show nothing (1.0).  What is
    smaller than rounding, relative to the values, counts as no spread and as no excess.

    >>> p_above(np.array([0.5, 0.5]), 0.1, 0.2)
    0.0
    """
    error = standard_error(values, rho, examples)
    if math.isnan(error):
        return 1.0
    excess = float(np.mean(values)) - threshold
    rounding = ROUNDING * max(float(np.max(np.abs(values))), abs(threshold))
    if error <= rounding:
        return 0.0 if excess > rounding else 1.0
    return float(stdtr(len(values) - 1, -excess / error))


def p_beyond(values: FloatArray, margin: float, rho: float, examples: float | None = None) -> float:
    """Return the p-value of "the mean is not within +- ``margin``": two one-sided tests.

    Schuirmann 1987, doi:10.1007/BF01068419.  Differences that are all zero are equivalent under any
    margin, unless they come from a rate: few examples may agree by chance.
    """
    if len(values) >= 2 and examples is None and not np.any(values):
        return 0.0
    return max(p_above(values, -margin, rho, examples), p_above(-values, -margin, rho, examples))


def interval(
    values: FloatArray, rho: float, level: float = LEVEL, examples: float | None = None
) -> tuple[float, float] | tuple[None, None]:
    """Return the corrected t interval of a mean; a single value has none.

    ``examples``: the values are rates over so many.  A rate of 0 or 1 in all of them keeps the
    spread of one more example that was got wrong, or right.

    >>> [round(end, 2) for end in interval(np.array([1.0, 2.0, 3.0]), rho=0.0)]
    [0.31, 3.69]
    """
    mean = float(np.mean(values))
    near = values if mean <= 0.5 else 1.0 - values  # a rate's variance is that of its complement
    error = standard_error(values if examples is None else near, rho, examples)
    if math.isnan(error):
        return None, None
    half = float(stdtrit(len(values) - 1, 0.5 + level / 2)) * error
    return mean - half, mean + half
