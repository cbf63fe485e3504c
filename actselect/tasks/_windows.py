"""Windows of series: which exist, where they lie, and how they are split in time.

Notation: N series, T_i steps of series i; L look-back, H horizon; D_i development steps (the first
ones) and T_i - D_i test steps.  A window's *origin* is its first target step: it looks back on
steps origin - L to origin - 1 of its series and is asked for steps origin to origin + H - 1.
Windows are numbered by series and then by origin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from actselect.records import IntArray

TEST_SHARE = 0.2  # of the steps: as for independent sequences
FIRST_CUT = 0.55  # of development: screening and every repeat train on at least about half of it
SCORE_SHARE = 0.1  # of development: the repeats' score blocks then cover different times
STOP_SHARE = 0.08
MOST_WINDOWS = 100_000  # of a series; a training looks at 4096 in an epoch (actselect.training)
GOLDEN = (math.sqrt(5) - 1) / 2  # its multiples modulo 1 are spread evenly, however many are taken


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Windows:
    """All windows of N series.

    Args:
        lengths: (N,) steps of each series.
        development: (N,) D_i.
        lookback: L.
        horizon: H.
    """

    lengths: IntArray
    development: IntArray
    lookback: int
    horizon: int

    @property
    def first(self) -> IntArray:
        """(N + 1,) number of the first window of each series; the last entry counts all windows."""
        counts = np.maximum(self.lengths - self.lookback - self.horizon + 1, 0)
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def locate(self, windows: IntArray) -> tuple[IntArray, IntArray]:
        """Return series and origin, (E,) each.

        Window n + i, where n counts all windows, is the one at the end of series i: its targets lie
        in the future.
        """
        first = self.first
        future = windows >= first[-1]
        series = np.searchsorted(first, windows, side="right") - 1
        series = np.where(future, windows - first[-1], series)
        origin = np.where(future, self.lengths[series], windows - first[series] + self.lookback)
        return series, origin

    def of(self, windows: IntArray) -> IntArray:
        """Return the series of each window, (E,)."""
        return self.locate(windows)[0]

    def blocks(self, windows: IntArray) -> IntArray:
        """Return time blocks of each series, at least one horizon and n^(1/3) steps long, (E,).

        n^(1/3): Hall, Horowitz and Jing 1995, Biometrika 82, for the variance of a mean.
        """
        series, origin = self.locate(windows)
        span = int(np.ptp(origin)) + 1 if len(origin) else 1
        size = max(self.horizon, round(span ** (1 / 3)))
        pairs = np.stack([series, origin // size], axis=1)
        return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)

    @property
    def development_counts(self) -> IntArray:
        """(N,) windows of each series whose targets lie wholly in the development steps."""
        return np.maximum(self.development - self.horizon - self.lookback + 1, 0)

    def in_development(self, most: int | None = None, period: int = 1) -> IntArray:
        """Return the windows whose targets lie wholly in the development steps.

        Args:
            most: of one series; longer ones are thinned out, as by :func:`thinned`.
            period: steps of a season.
        """
        return self._evenly(self.first[:-1], self.development_counts, most, period)

    def in_test(self, most: int | None = None, period: int = 1) -> IntArray:
        """Return the windows whose targets lie wholly in the test steps.

        Args:
            most: of one series; longer ones are thinned out, as by :func:`thinned`.
            period: steps of a season.
        """
        origin = np.maximum(self.development, self.lookback)
        count = np.maximum(self.lengths - self.horizon - origin + 1, 0)
        return self._evenly(self.first[:-1] + origin - self.lookback, count, most, period)

    def _evenly(self, start: IntArray, count: IntArray, most: int | None, period: int) -> IntArray:
        """Return windows start to start + count - 1 of each series, or evenly spaced ones."""
        step = np.ones_like(count)
        if most is not None:
            for i in np.flatnonzero(count > most):
                step[i] = stride(int(count[i]), most, period)
        kept = -(-count // step)
        series = np.repeat(np.arange(len(count)), kept)
        number = np.arange(len(series)) - (np.cumsum(kept) - kept)[series]
        return np.asarray(start[series] + number * step[series], dtype=np.int64)

    def between(self, windows: IntArray, start: IntArray, end: IntArray) -> IntArray:
        """Return those whose targets lie wholly in steps start to end - 1 of their series.

        Args:
            windows: to choose from.
            start: (N,) per series.
            end: (N,) per series.
        """
        series, origin = self.locate(windows)
        return windows[(origin >= start[series]) & (origin + self.horizon <= end[series])]

    @property
    def score_steps(self) -> IntArray:
        """(N,) steps of a score block: a tenth of development; if that is short, two horizons."""
        return self._block(SCORE_SHARE, 2 * self.horizon, 0.2)

    @property
    def stop_steps(self) -> IntArray:
        """(N,) steps of a stop block: 8 % of development; if that is short, 1.5 horizons."""
        return self._block(STOP_SHARE, 3 * self.horizon // 2, 0.15)

    def _block(self, share: float, wish: int, limit: float) -> IntArray:
        """Return share D, at least ``wish`` if that is under limit D, and at least H."""
        wished = np.minimum(wish, limit * self.development)
        steps = np.maximum(share * self.development, wished)
        return np.asarray(np.maximum(steps, self.horizon), dtype=np.int64)

    def cuts(self) -> tuple[IntArray, IntArray, IntArray]:
        """Return the first step of screening's score block, and the range of the repeats'; (N,).

        Screening scores on the block after the first 55 % of development.  The repeats' blocks
        begin where that block ends or later, so no repeat scores on a step that screening has seen.
        A series too short for that (less room than two more blocks) shares its latest 45 %, and
        screening takes the last block.
        """
        score, stop = self.score_steps, self.stop_steps
        latest = self.development - score
        needed = self.lookback + 2 * self.horizon + stop  # then there are H windows to train on
        earliest = np.maximum((FIRST_CUT * self.development).astype(np.int64), needed)
        earliest = np.minimum(earliest, latest)
        fresh = self.is_fresh(earliest)
        return (
            np.where(fresh, earliest, latest),
            np.where(fresh, earliest + score, earliest),
            latest,
        )

    def is_fresh(self, earliest: IntArray) -> npt.NDArray[np.bool_]:
        """Say for which series two score blocks fit after the one that starts at ``earliest``."""
        return earliest + 3 * self.score_steps <= self.development

    def cut(self, repeat: int, offset: float) -> IntArray:
        """Return the first step of the score block of a repeat, (N,); -1 is screening.

        Args:
            repeat: number of the repeat.
            offset: in [0, 1), from the seed: where the sequence of positions starts.
        """
        screening, low, high = self.cuts()
        if repeat < 0:
            return screening
        position = (offset + repeat * GOLDEN) % 1.0
        return np.asarray(low + np.floor(position * (high - low + 1)), dtype=np.int64)


def development_steps(lengths: IntArray, lookback: int, horizon: int) -> IntArray:
    """Return D_i, (N,): all but the last fifth; at least one horizon is left for test.

    Series so short that development would hold fewer than L + 4 H steps give less, down to H.

    >>> development_steps(np.array([145, 40]), 24, 12).tolist()
    [116, 28]
    """
    wish = np.maximum(np.round(TEST_SHARE * lengths), horizon)
    room = lengths - (lookback + 4 * horizon)
    test = np.maximum(np.minimum(wish, room), horizon)
    return np.maximum(lengths - test, 0).astype(np.int64)


def stride(count: int, most: int, period: int) -> int:
    """Return the least k, coprime to the period, with which every k-th of ``count`` is enough.

    A stride that divides the period would look at the same hours of every day.

    >>> stride(96, 12, 24)
    11
    """
    step = max(1, -(-count // most))
    while step > 1 and math.gcd(step, period) > 1:
        step += 1
    return step


def thinned(windows: IntArray, most: int, period: int) -> IntArray:
    """Return every k-th window, at most ``most``, with k coprime to the period.

    >>> thinned(np.arange(96), 12, 24).tolist()
    [0, 11, 22, 33, 44, 55, 66, 77, 88]
    """
    return windows[:: stride(len(windows), most, period)]
