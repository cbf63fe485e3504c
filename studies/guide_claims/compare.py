"""Recorded scores to outcomes of comparisons: the corrected resampled t-test, then Holm."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from actselect import statistics
from actselect.records import FloatArray
from actselect.verdict import default_margin
from studies.guide_claims.claims import ALPHA, HUGE, Comparison, Outcome, Question, Stand
from studies.recording import Recorded, read

Tables = Mapping[str, Recorded]


def tables(folder: Path) -> dict[str, Recorded]:
    """Return the recorded tables by name of the data set."""
    return {name: t for path in sorted(folder.glob("*.csv")) for name, t in read(path).items()}


def lower_is_better(table: Recorded) -> FloatArray:
    """Return (R, A) scores of which less is better, diverged ones as the worst of their repeat."""
    sign = 1.0 if table.metric.direction == "minimize" else -1.0
    return statistics.penalised(sign * table.scores)


def margin(table: Recorded) -> float:
    """Return the default margin of a study whose best network is that of the table."""
    networks = lower_is_better(table)[:, ~table.is_baseline].mean(0)
    return default_margin(table.metric, abs(float(networks.min())))


def outcomes(question: Question, recorded: Tables) -> list[Outcome]:
    """Return all comparisons of a claim on all its data sets."""
    found = [
        _compared(comparison, name, recorded[name], HUGE if question.kind == "huge" else 0.0)
        for name in question.data
        for comparison in question.comparisons
    ]
    better = statistics.holm([row.better for row in found])
    worse = statistics.holm([row.worse for row in found])
    equal = statistics.holm([row.equal for row in found])
    return [
        row.outcome(float(b), float(w), float(e))
        for row, b, w, e in zip(found, better, worse, equal, strict=True)
    ]


class _Row:
    """One comparison before the correction for all others: one-sided p-values."""

    def __init__(
        self, comparison: Comparison, data: str, gain: FloatArray, table: Recorded, threshold: float
    ) -> None:
        self.comparison, self.data, self.gain = comparison, data, gain
        self.rho = float(table.overlap.mean())
        self.examples = float(table.examples.mean()) if table.metric.rate else None
        self.margin = margin(table)
        self.threshold = threshold * self.margin
        self.better = self._above(gain, self.threshold)
        self.worse = 1.0 if threshold else self._above(-gain, 0.0)
        limit = self.threshold or self.margin
        self.equal = statistics.p_beyond(gain, limit, self.rho, self.examples)

    def _above(self, gain: FloatArray, threshold: float) -> float:
        return statistics.p_above(gain, threshold, self.rho, self.examples)

    def outcome(self, better: float, worse: float, equal: float) -> Outcome:
        mean = float(self.gain.mean())
        stand: Stand = "open"
        if better < ALPHA / 2 and mean > self.margin:
            stand = "for"
        elif worse < ALPHA / 2 and mean < -self.margin:
            stand = "against"
        elif equal < ALPHA:
            stand = "equal"
        low, high = statistics.interval(self.gain, self.rho, examples=None)
        return Outcome(
            data=self.data, comparison=self.comparison, difference=mean,
            low=mean if low is None else low, high=mean if high is None else high,
            margin=self.margin, p=min(1.0, 2.0 * min(better, worse)), stand=stand,
        )  # fmt: skip


def _compared(comparison: Comparison, data: str, table: Recorded, threshold: float) -> _Row:
    """Compare with the rival that is hardest to beat: the one with the largest p-value."""
    scores = lower_is_better(table)
    columns = {name: scores[:, i] for i, name in enumerate(table.names)}
    own = columns[comparison.preferred]
    rows = [
        _Row(comparison, data, np.asarray(columns[rival] - own), table, threshold)
        for rival in comparison.rivals
    ]
    return max(rows, key=lambda row: row.better)
