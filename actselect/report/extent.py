"""How far the axis of scores reaches, so that one architecture that failed hides no difference."""

from __future__ import annotations

from collections.abc import Sequence

from actselect.records import Estimate

REACH = 5.0  # the axis shows this many times the span of the first tier; the rest gets an arrow


def ends(estimate: Estimate) -> tuple[float, float]:
    """Return the interval's ends; of one repeat, which has none, the score twice.

    >>> ends(Estimate(mean=0.8, low=None, high=None, repeats=1))
    (0.8, 0.8)
    """
    if estimate.low is None or estimate.high is None:
        return estimate.mean, estimate.mean
    return estimate.low, estimate.high


def reach(first: Sequence[Estimate]) -> tuple[float, float, float]:
    """Return the ends of the first tier, and how far beyond them an axis may go at most.

    >>> reach([Estimate(mean=2.0, low=1.0, high=3.0, repeats=4)])
    (1.0, 3.0, 10.0)
    """
    low, high = min(ends(one)[0] for one in first), max(ends(one)[1] for one in first)
    return low, high, REACH * max(high - low, abs(high) * 0.02, 1e-12)
