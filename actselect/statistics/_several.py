"""Many comparisons at once, and who is best of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from actselect.records import FloatArray
from actselect.statistics._paired import paired

BoolArray = npt.NDArray[np.bool_]

DRAWS = 4000  # of a posterior


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


def shown_above(p_values: Sequence[float], alpha: float) -> BoolArray:
    """Return which columns are shown to be behind a leader, (len(p_values),).

    The leader was picked by the scores that are now tested, so the error of a statement about any
    of the m = len(p_values) + 1 columns that might have led is shared by all of them: Holm's
    procedure at alpha / m each keeps the chance of a single false "behind" under ``alpha``.

    To be ahead in *every* comparison is one statement; it needs each of them at alpha / 2 and no
    correction for their number (intersection-union test, Berger 1982, Technometrics 24:295).  The
    half is again for the choice of the leader: of two equal columns, either could be it.

    Args:
        p_values: of "this column is not behind the leader", corrected for repeated looks.
        alpha: error probability.

    >>> shown_above([0.02, 0.02], 0.05).tolist(), shown_above([0.02, 0.9], 0.05).tolist()
    ([True, True], [False, False])
    """
    if not p_values or max(p_values) <= alpha / 2:
        return np.ones(len(p_values), dtype=np.bool_)
    return np.asarray(holm(p_values) <= alpha / (len(p_values) + 1), dtype=np.bool_)


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
    first = draws == draws.min(axis=1, keepdims=True)  # equal ones share the draw
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=0), dtype=np.float64)


def _draw_means(scores: FloatArray, rho: float, rng: np.random.Generator) -> FloatArray:
    k = len(scores)
    centred = scores - scores.mean(axis=0)
    normal = rng.standard_normal((DRAWS, k)) @ centred / math.sqrt(k - 1)
    scale = np.sqrt((k - 1) / rng.chisquare(k - 1, (DRAWS, 1)))
    return np.asarray(scores.mean(axis=0) + math.sqrt(1 / k + rho) * scale * normal)
