"""Find the period of a series, or say that there is none.

The rule.  Candidates are the highest local maxima of the autocorrelation of the linearly detrended
series and of its first differences.  Each candidate m is tested on the series less its centred
moving average over one period (classical decomposition): that filter turns a random walk into a
moving average that is shorter than m, so that white noise and random walks both have expected
autocorrelation 0 at lag m, while a seasonal pattern keeps its own.  The autocorrelation must be
higher than at lags m - 1 and m + 1 and at other candidates nearby, and exceed ``STRENGTH`` and
``SIGNIFICANCE`` times its standard error (Bartlett 1946, J. R. Stat. Soc. B 8: moving averages).
Of the candidates that pass, the one whose seasonal naive forecast has the least mean absolute error
wins, or a shorter one that comes near it: that forecast is a baseline, and this makes it as hard to
beat as it can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import uniform_filter1d
from scipy.signal import argrelmax, detrend

from actselect.records import FloatArray

SIGNIFICANCE = 4.0  # standard errors: two-sided 6e-5, divided over up to 40 candidates still 0.3 %
STRENGTH = 0.3  # less than a third of the filtered series' variance is no pattern to rely on
NEAR = (
    1.25  # times the least error: multiples of the period do as well up to chance in short series
)
SHORTEST = 3  # the filter of period 2 is too short to tell a pattern from noise
CYCLES = 3  # fewer cannot be told from a trend
LONGEST = 1000  # steps; a look-back over more is too long for a recurrent network anyway
CLOSE = 0.1  # of a lag: nearer candidates are the same peak, blurred by noise
CANDIDATES = 20
SHARED = 0.2  # of all series; noise is taken for seasonal in less than one of a hundred
STEPS = 20_000  # the last ones; enough for twenty cycles of the longest period


def find_period(series: FloatArray) -> int | None:
    """Return the period in steps of one series, (T,) without missing values, or None.

    >>> month = np.arange(120)
    >>> find_period(100 + month + 20 * np.sin(2 * np.pi * month / 12))
    12
    """
    x = np.asarray(series, dtype=np.float64)[-STEPS:]
    longest = min(len(x) // CYCLES, LONGEST)
    if longest < SHORTEST or np.ptp(x) == 0.0:
        return None
    x = detrend(x / np.ptp(x))
    lags = _peaks(_autocorrelation(x, longest)) | _peaks(_autocorrelation(np.diff(x), longest))
    strength = {m: r for m in lags if (r := _strength(x, m)) is not None}
    errors = {
        m: float(np.mean(np.abs(x[m:] - x[:-m])))
        for m, r in strength.items()
        if r == max(strength[k] for k in strength if abs(k - m) <= CLOSE * m)
    }
    return min((m for m, e in errors.items() if e <= NEAR * min(errors.values())), default=None)


def common_period(series: Iterable[FloatArray]) -> int | None:
    """Return the period that most series with a period share; None where few have any.

    Short series often have a period without being long enough to show it, so a fifth is enough.
    """
    periods = [find_period(x) for x in series]
    found = Counter(period for period in periods if period is not None)
    if not found:
        return None
    best, count = found.most_common(1)[0]
    return best if count >= max(found.total() / 2, SHARED * len(periods)) else None


def _autocorrelation(x: FloatArray, longest: int) -> FloatArray:
    """Return (longest + 2,) autocorrelations at lags 0, 1, ..., divided by T at every lag."""
    x = x - x.mean()
    size = next_fast_len(2 * len(x), real=True)
    power = np.abs(rfft(x, size)) ** 2
    covariance = irfft(power, size)[: longest + 2]
    return np.asarray(covariance / max(covariance[0], np.finfo(float).tiny), dtype=np.float64)


def _peaks(r: FloatArray) -> set[int]:
    """Return the lags of the highest positive local maxima."""
    at = argrelmax(r)[0]
    at = at[(at >= SHORTEST) & (r[at] > 0)]
    return set(at[np.argsort(-r[at], kind="stable")][:CANDIDATES].tolist())


def _strength(x: FloatArray, m: int) -> float | None:
    """Return how much x resembles itself m steps later, if surely and more than m - 1 or m + 1."""
    r, error = _seasonal_autocorrelation(x, m)
    if not r > max(STRENGTH, SIGNIFICANCE * error):
        return None
    if any(_seasonal_autocorrelation(x, near)[0] > r for near in (m - 1, m + 1)):
        return None
    return r


def _seasonal_autocorrelation(x: FloatArray, m: int) -> tuple[float, float]:
    """Return the autocorrelation at lag m of x less its moving average over m, and its error.

    The error is that of a series without the pattern: what is left after the mean of each phase.
    """
    average = uniform_filter1d(x, m)
    if m % 2 == 0:  # the centred average of an even number: half weights at both ends
        average = (average + uniform_filter1d(x, m, origin=-1)) / 2
    rest = (x - average)[m // 2 : len(x) - m // 2]
    r = float(_autocorrelation(rest, m)[m])
    phase = np.arange(len(rest)) % m
    pattern = np.bincount(phase, weights=rest) / np.bincount(phase)
    noise = _autocorrelation(rest - pattern[phase], m)[1:m]
    return r, float(np.sqrt((1 + 2 * np.sum(noise**2)) / len(rest)))
