"""What is left of a score once it is not the best of several any more."""

from __future__ import annotations

import numpy as np

from actselect.records import FloatArray
from actselect.statistics._paired import paired

RESAMPLES = 2000


def optimism(scores: FloatArray, rng: np.random.Generator) -> float:
    """Return how much lower the lowest mean is than what its column will score again, at least 0.

    Bootstrap bias correction (BBC; Tsamardinos, Greasidou and Borboudakis 2018,
    doi:10.1007/s10994-018-5714-4, section 4), over repeats: in each resample the column with the
    lowest mean is picked, and scored on the repeats that are not in it.  A column that did not run
    all repeats is taken to go on, relative to the lowest one, as it began.

    Args:
        scores: (R, A); NaN where a column was not run.
        rng: source of randomness.

    >>> optimism(np.array([[1.0, 5.0], [1.1, 5.2], [0.9, 5.1]]), np.random.default_rng(0)) < 0.05
    True
    """
    complete = ~np.isnan(scores).any(axis=0)
    repeats = len(scores)
    if repeats < 2 or not complete.any():
        return 0.0
    filled = scores.copy()
    best = int(np.argmin(np.where(complete, scores.mean(axis=0), np.inf)))
    for column in np.flatnonzero(~complete):
        behind = paired(scores[:, best], scores[:, column])
        again = np.resize(behind, repeats) if len(behind) else np.full(repeats, np.inf)
        missing = np.isnan(scores[:, column])
        filled[missing, column] = (scores[:, best] + again)[missing]
    drawn = rng.multinomial(repeats, np.full(repeats, 1.0 / repeats), size=RESAMPLES)
    drawn = drawn[(drawn == 0).any(axis=1)]
    usable = filled[:, np.isfinite(filled).all(axis=0)]
    picked = (drawn @ usable / repeats).argmin(axis=1)
    left_out = drawn == 0
    again = (left_out @ usable)[np.arange(len(drawn)), picked] / left_out.sum(axis=1)
    return max(0.0, float(np.mean(again) - np.mean(scores[:, best])))
