"""Quality against cost: which architectures no other beats in both."""

from __future__ import annotations

import math

from actselect.records import BaselineRecord, ReportRecord


def costs_of(record: ReportRecord) -> dict[int, float]:
    """Return the cost of each rank, ms per step: from the diagnostics where all have it.

    Two ways of timing are never put on one axis.
    """
    measured = {
        row.rank: row.diagnostics.cost.train_ms_per_step
        for row in record.ranking
        if row.diagnostics is not None and row.diagnostics.cost is not None
    }
    if len(measured) == len(record.ranking):
        return measured
    return {row.rank: row.train_ms_per_step for row in record.ranking}


def front(record: ReportRecord) -> set[int]:
    """Return the ranks that no other architecture beats: better in one, no worse in the other."""
    sign = 1.0 if record.metric.direction == "minimize" else -1.0
    costs = costs_of(record)
    points = {
        row.rank: (sign * row.validation.mean, costs[row.rank])
        for row in record.ranking
        if math.isfinite(row.validation.mean)
    }
    return {
        rank
        for rank, (score, cost) in points.items()
        if not any(
            other != (score, cost) and other[0] <= score and other[1] <= cost
            for other in points.values()
        )
    }


def best_baseline(record: ReportRecord) -> BaselineRecord | None:
    """Return the baseline with the best mean; None without one."""
    sign = 1.0 if record.metric.direction == "minimize" else -1.0
    known = [row for row in record.baselines if math.isfinite(row.validation.mean)]
    return min(known, key=lambda row: sign * row.validation.mean, default=None)
