"""Mean and scale of features, from the training steps only.

Notation: S steps, F features, R rows of statistics (one for all, or one per series).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from actselect.data.pieces import NUMBERS
from actselect.records import FloatArray, IntArray

FLAT = 1e-12  # a deviation this small beside the mean is rounding error (float64: 2e-16 per step)


def statistics(values: FloatArray, owner: IntArray, rows: int) -> tuple[FloatArray, FloatArray]:
    """Return mean and scale, (R, F) each, of the steps that belong to each row.

    The scale is the standard deviation, or 1 where the feature is constant.  Missing values are
    left out.  A row without any observed step gets the statistics of all rows together.

    Args:
        values: (S, F), NaN where missing.
        owner: (S,) row of each step, or -1 where the step must not be looked at.
        rows: R.

    >>> mean, scale = statistics(np.array([[1.0], [3.0], [99.0]]), np.array([0, 0, -1]), 1)
    >>> mean.item(), scale.item()
    (2.0, 1.0)
    """
    used = owner >= 0
    own, pooled = owner[used], np.zeros(int(used.sum()), dtype=np.int64)
    seen = values[used]
    mean, scale, count = _moments(seen, own, rows)
    all_mean, all_scale, _ = _moments(seen, pooled, 1)
    return np.where(count > 0, mean, all_mean), np.where(count > 0, scale, all_scale)


def _moments(
    values: FloatArray, owner: IntArray, rows: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean, scale and number of observed values, (R, F) each; 0, 1, 0 where none is."""
    mean, variance, count = (np.zeros((rows, values.shape[1])) for _ in range(3))
    for f in range(values.shape[1]):
        observed = ~np.isnan(values[:, f])
        x, of = values[observed, f], owner[observed]
        count[:, f] = np.bincount(of, minlength=rows)
        n = np.maximum(count[:, f], 1)
        mean[:, f] = np.bincount(of, weights=x, minlength=rows) / n
        squares = (x - mean[of, f]) ** 2
        variance[:, f] = np.bincount(of, weights=squares, minlength=rows) / n
    scale = np.sqrt(variance)
    return mean, np.where(scale <= FLAT * np.abs(mean), 1.0, scale), count


def owned(first: IntArray, last: IntArray, width: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield row and step, (k,) each, of the steps first to last - 1 of each row, by pieces.

    Args:
        first: (R,) steps, ascending.
        last: (R,) steps, each at most the next row's ``first``.
        width: numbers in a step, by which pieces are measured.

    >>> [pair[1].tolist() for pair in owned(np.array([0, 5]), np.array([2, 6]), NUMBERS // 3)]
    [[0, 1], [5]]
    """
    rows = np.flatnonzero(last > first)
    if len(rows) == 0:
        return
    size, low, high = max(1, NUMBERS // width), first[rows], last[rows]
    for start in range(int(low[0]), int(high[-1]), size):
        at = np.arange(start, min(start + size, int(high[-1])))
        of = np.searchsorted(high, at, side="right")
        inside = low[of] <= at
        yield rows[of[inside]], at[inside]


def statistics_between(
    read: Callable[[IntArray], FloatArray], width: int, first: IntArray, last: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return what :func:`statistics` does, of steps first to last - 1 of each row; by pieces.

    Args:
        read: steps (k,), ascending, to their values (k, F), NaN where missing.
        width: F.
        first: (R,) steps, ascending.
        last: (R,) steps, each at most the next row's ``first``.

    >>> values = np.array([[1.0], [3.0], [99.0]])
    >>> mean, scale = statistics_between(values.__getitem__, 1, np.array([0]), np.array([2]))
    >>> mean.item(), scale.item()
    (2.0, 1.0)
    """
    mean, scale, count = _moments_between(read, width, first, last, pooled=False)
    if (count > 0).all():
        return mean, scale
    all_mean, all_scale, _ = _moments_between(read, width, first, last, pooled=True)
    return np.where(count > 0, mean, all_mean), np.where(count > 0, scale, all_scale)


def _moments_between(
    read: Callable[[IntArray], FloatArray],
    width: int,
    first: IntArray,
    last: IntArray,
    *,
    pooled: bool,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean, scale and number of observed values, (R, F) each, or (1, F) of all rows."""
    n = 1 if pooled else len(first)
    total, squares, count = (np.zeros((n, width)) for _ in range(3))
    for of, at in owned(first, last, width):
        rows, own = read(at), np.zeros_like(of) if pooled else of
        for f in range(width):
            seen = ~np.isnan(rows[:, f])
            count[:, f] += np.bincount(own[seen], minlength=n)
            total[:, f] += np.bincount(own[seen], rows[seen, f], minlength=n)
    mean = total / np.maximum(count, 1)
    for of, at in owned(first, last, width):
        rows, own = read(at), np.zeros_like(of) if pooled else of
        for f in range(width):
            seen = ~np.isnan(rows[:, f])
            away = rows[seen, f] - mean[own[seen], f]
            squares[:, f] += np.bincount(own[seen], away**2, minlength=n)
    scale = np.sqrt(squares / np.maximum(count, 1))
    return mean, np.where(scale <= FLAT * np.abs(mean), 1.0, scale), count
