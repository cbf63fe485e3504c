"""How many repeats a decision will take."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import chdtri, stdtrit

from actselect.records import FloatArray
from actselect.statistics._looks import FIRST, LAST
from actselect.statistics._paired import ROUNDING, spread

FAVOURABLE = 0.5  # level of the intervals whose ends still count as possible


def repeats_to_show(
    values: FloatArray,
    margin: float,
    rho: float,
    *,
    beyond: float,
    within: float,
    examples: float | None = None,
) -> int | None:
    """Return the repeats in all at which a comparison will be decided, if it goes on like this.

    A mean beyond the margin is to be shown beyond it, one within is to be shown within.  None when
    not within ``LAST`` repeats: they share data, so their error does not go to zero; and a mean
    exactly at the margin is never decided.

    Args:
        values: (k,) how far a column is behind the leader.
        margin: the practical margin.
        rho: n_score / n_train of a repeat.
        beyond: p-value of a single look that shows a difference beyond the margin.
        within: the same for one within.
        examples: where the metric is a rate; see :func:`actselect.statistics.spread`.

    >>> repeats_to_show(np.array([0.9, 1.0, 1.1]), 0.5, rho=0.0, beyond=0.001, within=0.001)
    5
    """
    if len(values) < 2:
        return None
    gap = abs(abs(float(np.mean(values))) - margin)
    level = beyond if float(np.mean(values)) > margin else within
    rounding = ROUNDING * max(float(np.max(np.abs(values))), margin)
    if gap <= rounding:
        return None
    return _first(len(values), gap, spread(values, examples), rho, level)


def foreseeable(
    values: FloatArray,
    margin: float,
    rho: float,
    *,
    beyond: float,
    within: float,
    examples: float | None = None,
) -> bool:
    """Return whether ``LAST`` repeats could decide, were mean and spread as favourable as may be.

    Both are taken at the ends of their 50 % intervals that make a decision soonest.  Stopping where
    nothing is foreseeable cannot make a false claim: none is made.

    Args:
        values: (k,) how far a column is behind the leader.
        margin: the practical margin.
        rho: n_score / n_train of a repeat.
        beyond: p-value of a single look that shows a difference beyond the margin.
        within: the same for one within.
        examples: where the metric is a rate; see :func:`actselect.statistics.spread`.

    >>> noise = np.resize([-1.0, 1.0, -1.1, 1.1, 0.1, -0.1], 24)
    >>> foreseeable(noise, 0.01, rho=0.25, beyond=0.001, within=0.01)
    False
    """
    k = len(values)
    if k < 2:
        return True
    mean, seen = float(np.mean(values)), spread(values, examples)
    least = seen * float(np.sqrt((k - 1) / chdtri(k - 1, (1.0 - FAVOURABLE) / 2)))
    half = float(stdtrit(k - 1, 0.5 + FAVOURABLE / 2)) * np.sqrt(1.0 / k + rho) * seen
    far, near = mean + half - margin, margin - max(0.0, abs(mean) - half)
    return any(
        gap > 0.0 and _first(k, gap, least, rho, level) is not None
        for gap, level in ((far, beyond), (near, within))
    )


def _first(k: int, gap: float, spread_: float, rho: float, level: float) -> int | None:
    """Return the first number of repeats, of at least k, whose test at this level sees the gap."""
    repeats = np.arange(FIRST, LAST + 1)
    seen = _critical(level) * np.sqrt(1.0 / repeats + rho) * spread_ < gap
    decided = repeats[seen & (repeats >= k)]
    return int(decided[0]) if len(decided) else None


@cache
def _critical(level: float) -> FloatArray:
    """Return the critical values of t for ``FIRST`` to ``LAST`` repeats."""
    return np.asarray(stdtrit(np.arange(FIRST, LAST + 1) - 1, 1.0 - level), dtype=np.float64)


def least_visible(repeats: int, rho: float, alpha: float) -> float | None:
    """Return the smallest true difference that so many repeats show half of the time.

    In units of the spread of one repeat's difference; None below ``FIRST`` repeats, which decide
    nothing.

    Args:
        repeats: how many, up to ``LAST``.
        rho: n_score / n_train of a repeat.
        alpha: p-value of a single look that shows it.

    >>> round(least_visible(10, 0.0, 0.025), 2)
    0.72
    """
    if repeats < FIRST:
        return None
    k = min(repeats, LAST)
    return float(stdtrit(k - 1, 1.0 - alpha)) * float(np.sqrt(1.0 / k + rho))
