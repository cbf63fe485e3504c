"""The comparisons of one look at a score table; lower is better.

Notation: R repeats, A columns (networks and baselines); k repeats that two columns share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import final

import numpy as np

from actselect import statistics
from actselect.exceptions import UsageError
from actselect.records import Estimate, FloatArray, IntArray, ScoreTable

NOT_RUN = Estimate(mean=0.0, low=None, high=None, repeats=0)


@final
class Race:
    """The comparisons of one look, lower is better."""

    def __init__(
        self,
        table: ScoreTable,
        is_baseline: Sequence[bool],
        margin: float,
        confidence: float,
        looks: int,
    ) -> None:
        self.sign = 1.0 if table.direction == "minimize" else -1.0
        flipped = self.sign * table.scores
        self.diverged: IntArray = np.isposinf(flipped).sum(axis=0).astype(np.int64)
        self.scores: FloatArray = statistics.penalised(flipped)
        self.repeats = len(flipped)
        self.rho = float(np.mean(table.overlap)) if len(table.overlap) else 0.0
        self.margin = margin
        self.alpha = statistics.alpha_for_look(1.0 - confidence, looks)
        self.networks = [c for c, b in enumerate(is_baseline) if not b]
        self.baselines = [c for c, b in enumerate(is_baseline) if b]
        self._check()
        self.leader = min(self.networks, key=self._standing)
        self.best_baseline = min(self.baselines, key=self._standing)
        self.tiers = self._tiers()
        self.order = sorted(self.networks, key=lambda c: (self.tiers[c], *self._place(c)))
        self.shown_worse = {c for c in self.networks if self.tiers[c] > 1}
        rest = [c for c in self.networks if c != self.leader and c not in self.shown_worse]
        same = [c for c in rest if self._equivalent(c)]
        self.tied = [self.leader, *same] if same and same == rest else []
        self.rivals = [c for c in rest if c not in same]

    def _check(self) -> None:
        if not self.networks or not self.baselines:
            raise UsageError("A verdict needs at least one network and one baseline.")
        if self.repeats and not any(len(self.own(c)) for c in self.baselines):
            raise UsageError("A verdict needs the scores of a baseline. Got none.")
        if not 0.0 <= self.margin < math.inf:
            raise UsageError(f"margin must be a number of at least 0. Got {self.margin}.")

    def own(self, column: int) -> FloatArray:
        """Return the scores of the repeats that a column ran, (k,)."""
        scores = self.scores[:, column]
        return np.asarray(scores[~np.isnan(scores)], dtype=np.float64)

    def _standing(self, column: int) -> tuple[int, float]:
        """Sort by repeats that are missing, then by mean: who ran them all may lead."""
        own = self.own(column)
        return self.repeats - len(own), float(np.mean(own)) if len(own) else math.inf

    def _place(self, column: int) -> tuple[bool, float, int]:
        """Sort the leader first, then by mean; last, what was not run."""
        mean = self.mean(column)
        return column != self.leader, math.inf if math.isnan(mean) else mean, column

    def behind(self, column: int, leader: int | None = None) -> FloatArray:
        """Return by how much a column is worse than the leader on their common repeats, (k,)."""
        first = self.leader if leader is None else leader
        return statistics.paired(self.scores[:, first], self.scores[:, column])

    def mean(self, column: int) -> float:
        """Return the mean score; of a column that dropped out, the leader's plus how far behind.

        NaN for a column that was not run.
        """
        own, behind = self.own(column), self.behind(column)
        if len(own) == 0:
            return math.nan
        if column == self.leader or len(own) == self.repeats or len(behind) == 0:
            return float(np.mean(own))
        return float(np.mean(self.own(self.leader)) + np.mean(behind))

    def estimate(self, column: int, *, rate: bool) -> Estimate:
        """Return mean and interval in the metric's own direction; zero for no repeat.

        One repeat has no interval.  A rate's ends at 0 and 1, that of an error (lower is better)
        at 0.
        """
        own = self.own(column)
        if len(own) == 0:
            return NOT_RUN
        mean = self.mean(column)
        low, high = statistics.interval(own, self.rho)
        if low is None or high is None:
            return Estimate(mean=self.sign * mean, low=None, high=None, repeats=len(own))
        shift = mean - float(np.mean(own))
        ends = sorted((self.sign * (low + shift), self.sign * (high + shift)))
        least, most = 0.0 if rate or self.sign > 0 else -math.inf, 1.0 if rate else math.inf
        ends = [min(most, max(least, end)) for end in ends]
        return Estimate(mean=self.sign * mean, low=ends[0], high=ends[1], repeats=len(own))

    def _shown_worse(self, leader: int) -> set[int]:
        others = [c for c in self.networks if c != leader]
        gaps = [self.behind(c, leader) for c in others]
        shown = statistics.shown_above(gaps, self.margin, self.rho, self.alpha)
        return {c for c, worse in zip(others, shown, strict=True) if worse}

    def _equivalent(self, column: int) -> bool:
        return statistics.equivalent(self.behind(column), self.margin, self.rho, self.alpha)

    def _tiers(self) -> dict[int, int]:
        """Return the tier of each network.

        The first tier is the leader with all that are not shown worse than it; the next is made
        in the same way of those that are, led by the best of them.
        """
        tiers: dict[int, int] = {}
        rest = sorted(self.networks, key=self._place)
        while rest:
            worse = self._shown_worse(rest[0])
            tier = 1 + max(tiers.values(), default=0)
            tiers.update({c: tier for c in rest if c not in worse})
            rest = [c for c in rest if c in worse]
        return tiers

    def baseline_gain(self) -> FloatArray:
        """Return by how much the leader is better than the best baseline, (k,)."""
        return -statistics.paired(self.scores[:, self.best_baseline], self.scores[:, self.leader])

    def beats_baselines(self) -> bool:
        """Return whether the leader, one of many networks, is shown better than all baselines."""
        level = self.alpha / len(self.networks)
        return all(
            statistics.p_above(self.behind(b), 0.0, self.rho) <= level for b in self.baselines
        )

    def beaten_by_baseline(self) -> bool:
        """Return whether every network is shown worse than the best, of many, baseline."""
        level = self.alpha / len(self.baselines)
        return all(
            statistics.p_above(self.behind(c, self.best_baseline), 0.0, self.rho) <= level
            for c in self.networks
        )

    def needed(self) -> int | None:
        """Return the further repeats that would settle the rivals, None if none are foreseen."""
        gaps = {c: self.behind(c) for c in self.networks if c != self.leader}
        beyond = {c for c, gap in gaps.items() if len(gap) and np.mean(gap) > self.margin}
        m = len(self.networks)
        to_show = self.alpha / (2 if len(beyond) == len(gaps) else m * (m - 1))
        worst = 1
        for column in self.rivals:
            level = to_show if column in beyond else self.alpha
            in_all = statistics.repeats_to_show(gaps[column], self.margin, self.rho, level)
            if in_all is None:
                return None
            worst = max(worst, in_all - self.repeats)
        return worst

    def needed_for_baseline(self) -> int | None:
        """Return the further repeats that would show the leader better than the best baseline."""
        level = self.alpha / len(self.networks)
        in_all = statistics.repeats_to_show(self.baseline_gain(), 0.0, self.rho, level)
        return None if in_all is None else max(1, in_all - self.repeats)
