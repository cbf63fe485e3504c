"""Looking at the scores repeatedly, and still being wrong only as often as was said.

A p-value that is watched repeat by repeat until it is small gets small by chance.  Here it is
compared with how small the smallest one of a whole study gets when there is nothing to see: the
correction holds whenever one looks, after any repeat from ``FIRST`` to ``LAST``, and however one
decides to stop.  The boundary is Pocock's (1977, doi:10.1093/biomet/64.2.191), the same p-value at
every look, for the corrected t-test instead of a normal mean; its size was simulated by
``studies/calibration/boundary.py``.
"""

from __future__ import annotations

import numpy as np

FIRST = 4  # repeats before which nothing is decided: a spread seen twice or thrice is no spread
LAST = 27  # repeats after which nothing changes much: their data overlap

# Where p of a single look stands for the error probability of all looks; rows: rho.
LEVELS = (  # of all looks
    0.5, 0.3, 0.2, 0.1, 0.05, 0.025, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001,
)  # fmt: skip
NOMINAL = {  # of one look
    0.0: (
        0.194, 0.089, 0.0504, 0.0202, 0.0085, 0.00366, 0.00126, 0.000575,
        0.000208, 0.0001, 4.88e-05, 1.61e-05, 7.57e-06,
    ),
    0.05: (
        0.239, 0.112, 0.0636, 0.0253, 0.0105, 0.00455, 0.00156, 0.0007,
        0.000251, 0.000115, 5.51e-05, 2.02e-05, 9.39e-06,
    ),
    0.1: (
        0.266, 0.126, 0.0721, 0.0288, 0.0119, 0.00506, 0.00168, 0.000751,
        0.000268, 0.000121, 5.45e-05, 2e-05, 9.36e-06,
    ),
    0.2: (
        0.301, 0.146, 0.0835, 0.0333, 0.0136, 0.00574, 0.0019, 0.000828,
        0.000291, 0.000138, 6.38e-05, 2.36e-05, 1.03e-05,
    ),
    0.3: (
        0.323, 0.159, 0.091, 0.0361, 0.0147, 0.0062, 0.00205, 0.000905,
        0.000313, 0.000144, 6.7e-05, 2.34e-05, 1.1e-05,
    ),
    0.5: (
        0.351, 0.176, 0.101, 0.0396, 0.016, 0.00662, 0.00215, 0.000957,
        0.000334, 0.000152, 7.17e-05, 2.58e-05, 1.21e-05,
    ),
    1.0: (
        0.387, 0.197, 0.113, 0.0441, 0.0176, 0.00717, 0.0023, 0.001,
        0.00034, 0.000153, 6.83e-05, 2.6e-05, 1.22e-05,
    ),
}  # fmt: skip


def over_looks(p: float, rho: float) -> float:
    """Return the p-value of one look, corrected for looking after every repeat.

    Args:
        p: of a corrected t-test after ``FIRST`` to ``LAST`` repeats.
        rho: n_score / n_train of a repeat; between tabulated values the smaller, weaker one counts.

    >>> round(over_looks(0.00366, rho=0.0), 4), round(over_looks(0.00574, rho=0.25), 4)
    (0.025, 0.025)
    """
    one, of_all = _row(rho)
    if p <= one[-1]:  # each look alone could be this small
        return min(of_all[-1], (LAST - FIRST + 1) * p)
    if p >= one[0]:
        return min(1.0, of_all[0] + (1.0 - of_all[0]) * (p - one[0]) / (1.0 - one[0]))
    return float(np.exp(np.interp(-np.log(p), -np.log(one), np.log(of_all))))


def single_look(alpha: float, rho: float) -> float:
    """Return the p-value that one look must reach for :func:`over_looks` to be ``alpha``.

    >>> round(over_looks(single_look(0.03, 0.1), 0.1), 6)
    0.03
    """
    one, of_all = _row(rho)
    if alpha <= of_all[-1]:
        return alpha / (LAST - FIRST + 1)
    if alpha >= of_all[0]:
        return min(1.0, one[0] + (1.0 - one[0]) * (alpha - of_all[0]) / (1.0 - of_all[0]))
    return float(np.exp(np.interp(-np.log(alpha), -np.log(of_all), np.log(one))))


def _row(rho: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return NOMINAL[max(r for r in NOMINAL if r <= max(rho, 0.0))], LEVELS
