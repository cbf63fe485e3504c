"""How much sooner one activation converges than another: epochs to a loss that both reach.

A loss of its own would not do: whoever starts far off has most of its gain in the first epoch.

Notation: k repeats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2
from pathlib import Path
from typing import Final

import numpy as np

from actselect import statistics
from actselect.records import FloatArray
from studies.guide_claims.claims import ALPHA, Comparison, Outcome, Question, Stand, side
from studies.guide_claims.compare import Tables, lower_is_better
from studies.recording import Recorded, load_rows

FASTER: Final = 2.0  # times; less is not huge
ENOUGH: Final = 0.95  # of the gain that both make, as in the column "settled" of the tables

Curves = Mapping[tuple[str, int], Sequence[float]]  # stopping losses by arm and repeat


def read_curves(path: Path) -> dict[tuple[str, int], tuple[float, ...]]:
    """Return recorded stopping losses after each epoch, the untrained network's first."""
    return {
        (row["arm"], int(row["repeat"])): tuple(map(float, row["losses"].split()))
        for row in load_rows(path)
    }


def epochs(one: Sequence[float], two: Sequence[float]) -> tuple[int, int] | None:
    """Return the epochs in which two networks first come to a loss that both reach.

    It is 95 % of the way from the lower of their untrained losses to the higher of their best ones;
    None where there is no way down.

    >>> epochs([20.0, 1.0, 0.1, 0.0], [2.0, 1.5, 1.0, 1.0])
    (1, 2)
    """
    start, end = min(one[0], two[0]), max(min(one), min(two))
    if end >= start:
        return None
    level = start - ENOUGH * (start - end)
    first, second = (next(i for i, loss in enumerate(c) if loss <= level) for c in (one, two))
    return first, second


def outcomes(question: Question, recorded: Tables, curves: Mapping[str, Curves]) -> list[Outcome]:
    """Return the comparisons that can be made, in doublings of the epochs (a margin is one).

    The others, of networks that do not learn or on data sets without ``curves``, still count in
    Holm's correction, as not shown.
    """
    asked = [(name, comparison) for name in question.data for comparison in question.comparisons]
    rows = [_compared(pair, name, recorded[name], curves.get(name, {})) for name, pair in asked]
    more = statistics.holm([1.0 if row is None else row.more for row in rows])
    less = statistics.holm([1.0 if row is None else row.less for row in rows])
    return [
        row.outcome(float(m), float(s))
        for row, m, s in zip(rows, more, less, strict=True)
        if row is not None
    ]


def sides(question: Question, found: Sequence[Outcome]) -> tuple[tuple[str, Stand], ...]:
    """Return what each data set says; one without a comparison says nothing."""
    return tuple(
        (name, side("huge", stands) if stands else "open")
        for name in question.data
        for stands in [[o.stand for o in found if o.data == name]]
    )


def learns(table: Recorded, arm: str) -> bool:
    """Return whether no repeat diverged, and scores are shown better than the simplest baseline's.

    That is a table's first: last value, mean, majority class, most frequent caption.
    """
    column = table.names.index(arm)
    scores = lower_is_better(table)
    simplest = scores[:, int(np.flatnonzero(table.is_baseline)[0])]
    size = float(table.examples.mean()) if table.metric.rate else None
    gain = np.asarray(simplest - scores[:, column], dtype=np.float64)
    better = statistics.p_above(gain, 0.0, float(table.overlap.mean()), size) < ALPHA
    return better and bool(np.isfinite(table.scores[:, column]).all())


class _Row:
    """One comparison before the correction for all others.

    An epoch is a whole one: a level first seen after n epochs was reached in the n-th.  What is
    shown must hold whenever in that epoch it was.
    """

    def __init__(self, comparison: Comparison, data: str, fast: FloatArray, slow: FloatArray,
                 rho: float) -> None:  # fmt: skip
        self.comparison, self.data, self.rho = comparison, data, rho
        self.doublings = np.log2(slow / fast)
        least = np.log2(np.maximum(slow - 1, 0.5) / fast)
        most = np.log2(slow / np.maximum(fast - 1, 0.5))
        huge = log2(FASTER)
        self.more = statistics.p_above(least, huge, rho)
        self.less = max(
            statistics.p_above(-most, -huge, rho), statistics.p_above(least, -huge, rho)
        )

    def outcome(self, more: float, less: float) -> Outcome:
        stand: Stand = "for" if more < ALPHA / 2 else "equal" if less < ALPHA else "open"
        mean = float(self.doublings.mean())
        low, high = statistics.interval(self.doublings, self.rho)
        return Outcome(
            data=self.data, comparison=self.comparison, difference=mean,
            low=mean if low is None else low, high=mean if high is None else high,
            margin=log2(FASTER), p=min(1.0, 2.0 * more), stand=stand,
        )  # fmt: skip


def _compared(comparison: Comparison, data: str, table: Recorded, curves: Curves) -> _Row | None:
    """Return how much sooner the preferred network is there; None where it cannot be said."""
    one, (two,) = comparison.preferred, comparison.rivals
    if not (curves and learns(table, one) and learns(table, two)):
        return None
    pairs = [epochs(curves[one, r], curves[two, r]) for r in range(len(table.scores))]
    if None in pairs:
        return None
    fast, slow = np.array(pairs, dtype=np.float64).T
    return _Row(comparison, data, fast, slow, float(table.overlap.mean()))


def sentence(outcome: Outcome) -> str:
    """Return what a comparison came to, in words."""
    (slow,) = outcome.comparison.rivals
    return (
        f"{outcome.data}: {slow} takes {2**outcome.difference:.1f} times as many epochs as "
        f"{outcome.comparison.preferred} to a loss that both reach (p = {max(outcome.p, 1e-4):.2g})"
    )
