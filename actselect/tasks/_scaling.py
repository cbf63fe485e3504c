"""Mean and scale of features, from the training steps only.

Notation: S steps, F features, R rows of statistics (one for all, or one per series).
"""

from __future__ import annotations

import numpy as np

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
