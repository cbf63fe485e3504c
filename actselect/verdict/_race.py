"""The comparisons of one look at a score table; lower is better.

Notation: R repeats, A columns (networks and baselines); k repeats that two columns share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from actselect import statistics
from actselect.exceptions import UsageError
from actselect.records import Estimate, FloatArray, IntArray, ScoreTable

NOT_RUN = Estimate(mean=0.0, low=None, high=None, repeats=0)


@final
class Race:
    """The comparisons of one look, lower is better.

    Args:
        table: (R, A) scores; a network's repeats are the first of the table's.
        is_baseline: (A,) which columns are baselines.
        margin: the practical margin.
        confidence: such as 0.95.
    """

    def __init__(
        self, table: ScoreTable, is_baseline: Sequence[bool], margin: float, confidence: float
    ) -> None:
        self.sign = 1.0 if table.direction == "minimize" else -1.0
        flipped = self.sign * table.scores
        self.diverged: IntArray = np.isposinf(flipped).sum(axis=0).astype(np.int64)
        self.scores: FloatArray = statistics.penalised(flipped)
        self.repeats = len(flipped)
        self.rho = float(np.mean(table.overlap)) if len(table.overlap) else 0.0
        counted = () if table.examples is None else table.examples
        self.examples = float(np.mean(counted)) if len(counted) else None
        self.margin, self.alpha = margin, 1.0 - confidence
        self.networks = [c for c, b in enumerate(is_baseline) if not b]
        self.baselines = [c for c, b in enumerate(is_baseline) if b]
        self._check()
        self.leader = min(self.networks, key=self._standing)
        self.best_baseline = min(self.baselines, key=self._standing)
        self.tiers = self._tiers()
        self.order = sorted(self.networks, key=lambda c: (self.tiers[c], *self._place(c)))
        self.shown_worse = {c for c in self.networks if self.tiers[c] > 1}
        rest = [c for c in self.networks if c != self.leader and c not in self.shown_worse]
        same = [c for c in rest if self._p_differs(c) <= self.alpha]
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
        low, high = statistics.interval(self.sign * own, self.rho, examples=self.examples)
        least, most = 0.0 if rate or self.sign > 0 else -math.inf, 1.0 if rate else math.inf

        def possible(value: float) -> float:
            return min(most, max(least, value))

        shown = possible(self.sign * mean)
        if low is None or high is None:
            return Estimate(mean=shown, low=None, high=None, repeats=len(own))
        shift = self.sign * (mean - float(np.mean(own)))
        return Estimate(
            mean=shown, low=possible(low + shift), high=possible(high + shift), repeats=len(own)
        )

    # -- what is shown ------------------------------------------------------------------------

    def p_ahead(self, gaps: FloatArray, margin: float) -> float:
        """Return the p-value of "not ahead by more than the margin", at any look; (k,) gaps.

        Before ``FIRST`` repeats nothing is shown.
        """
        if len(gaps) < statistics.FIRST:
            return 1.0
        once = statistics.p_above(gaps, margin, self.rho, self.examples)
        return statistics.over_looks(once, self.rho)

    def _p_differs(self, column: int) -> float:
        gaps = self.behind(column)
        if len(gaps) < statistics.FIRST:
            return 1.0
        once = statistics.p_beyond(gaps, self.margin, self.rho, self.examples)
        return statistics.over_looks(once, self.rho)

    def _shown_worse(self, leader: int) -> set[int]:
        others = [c for c in self.networks if c != leader]
        p_values = [self.p_ahead(self.behind(c, leader), self.margin) for c in others]
        shown = statistics.shown_above(p_values, self.alpha)
        return {c for c, worse in zip(others, shown, strict=True) if worse}

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
        return all(self.p_ahead(self.behind(b), 0.0) <= level for b in self.baselines)

    def beaten_by_baseline(self) -> bool:
        """Return whether every network is shown worse than the best, of many, baseline."""
        return not self._unbeaten()

    def _unbeaten(self) -> list[int]:
        level = self.alpha / len(self.baselines)
        base = self.best_baseline
        return [c for c in self.networks if self.p_ahead(self.behind(c, base), 0.0) > level]

    # -- what is open -------------------------------------------------------------------------

    def questions(self) -> list[Question]:
        """Return the comparisons that keep the verdict from being clear, the closest first.

        Where a baseline leads: it against each network.  Else: the leader against the best
        baseline, and against each rival.
        """
        if float(np.mean(self.baseline_gain())) <= 0:
            level = self._single(self.alpha / len(self.baselines))
            found = [
                Question(race=self, column=c, gaps=self.behind(c, self.best_baseline),
                         margin=0.0, beyond=level, within=0.0)
                for c in self._unbeaten()
            ]  # fmt: skip
        else:
            found = self.places()
            if not self.beats_baselines():
                level = self._single(self.alpha / len(self.networks))
                first = Question(race=self, column=self.leader, gaps=self.baseline_gain(),
                                 margin=0.0, beyond=level, within=0.0)  # fmt: skip
                found = [first, *found]
        return sorted(found, key=lambda q: (-q.closeness(), q.column))

    def places(self) -> list[Question]:
        """Return the comparisons of the leader with each rival."""
        gaps = {c: self.behind(c) for c in self.networks if c != self.leader}
        beyond = {c for c, gap in gaps.items() if len(gap) and np.mean(gap) > self.margin}
        m = len(self.networks)
        share = 2 if len(beyond) == len(gaps) else m * (m - 1)
        return [
            Question(race=self, column=c, gaps=gaps[c], margin=self.margin,
                     beyond=self._single(self.alpha / share), within=self._single(self.alpha))
            for c in self.rivals
        ]  # fmt: skip

    def _single(self, alpha: float) -> float:
        return statistics.single_look(alpha, self.rho)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A comparison that is not settled.

    Args:
        race: what it belongs to.
        column: the network that needs more repeats for it.
        gaps: (k,) differences so far.
        margin: what they must exceed, or stay within.
        beyond: p-value of a single look that shows them beyond.
        within: p-value that shows them within; 0 where that is no answer.
    """

    race: Race
    column: int
    gaps: FloatArray
    margin: float
    beyond: float
    within: float

    def closeness(self) -> float:
        """Return the p-value of "no gap beyond the margin"."""
        return statistics.p_above(self.gaps, self.margin, self.race.rho, self.race.examples)

    def in_all(self) -> int | None:
        """Return the repeats in all that are foreseen to settle it, None if none are."""
        return statistics.repeats_to_show(
            self.gaps, self.margin, self.race.rho,
            beyond=self.beyond, within=self.within, examples=self.race.examples,
        )  # fmt: skip

    def further(self) -> int | None:
        """Return how many repeats more that is, at least one."""
        in_all = self.in_all()
        return None if in_all is None else max(1, in_all - len(self.gaps))

    def open(self) -> bool:
        """Return whether more repeats could settle it, were things as favourable as may be."""
        return statistics.foreseeable(
            self.gaps, self.margin, self.race.rho,
            beyond=self.beyond, within=self.within, examples=self.race.examples,
        )  # fmt: skip
