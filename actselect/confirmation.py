"""Confirmation: finalists, defaults and baselines on fresh, paired repeats.

On a repeat everybody trains and is scored on the same split, in the same batch order.  Repeats are
added until the verdict is clear or the budget ends; architectures that are shown worse than the
leader drop out of the race.  The numbers of repeats at which the verdict is looked at are fixed
before the run, and the statistics account for looking more than once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from actselect.planning import Budget, Plan
from actselect.records import Direction, FloatArray, ScoreTable
from actselect.runner import Runner
from actselect.screening import Finalist
from actselect.training import BaselineJob, TrainingJob, TrainingResult
from actselect.verdict import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationOutcome:
    """Scores and the decision they lead to; columns are the finalists, then the baselines."""

    table: ScoreTable
    decision: Decision
    results: tuple[tuple[TrainingResult, ...], ...]
    seconds: float


Decide = Callable[[ScoreTable, float], Decision]
Racing = Callable[[ScoreTable], Sequence[bool]]


@final
class Confirmation:
    """Runs the repeats.

    Args:
        finalists: with their learning rates.
        baselines: names of the task's baselines.
        plan: epochs of a full training, and the looks.
        runner: where trainings run.
        budget: what may be spent.
        seed: the root seed.
        direction: of the metric.
        overlap: n_score / n_train of a repeat.
        reserve_epochs: kept back for the test.
        deadline: wall time at which the repeats must end; None for never.
        decide: (table, seconds per repeat) -> decision.
        racing: table -> which columns still compete.
        announce: told the label of the present leader.
        stage: told a name and a number of trainings.
    """

    def __init__(
        self,
        *,
        finalists: Sequence[Finalist],
        baselines: Sequence[str],
        plan: Plan,
        runner: Runner,
        budget: Budget,
        seed: int,
        direction: Direction,
        overlap: Callable[[int], float],
        reserve_epochs: float,
        deadline: float | None,
        decide: Decide,
        racing: Racing,
        announce: Callable[[str], None],
        stage: Callable[[str, int], None],
    ) -> None:
        self._finalists, self._baselines = tuple(finalists), tuple(baselines)
        self._plan, self._runner, self._budget, self._seed = plan, runner, budget, seed
        self._direction: Direction = direction
        self._overlap, self._reserve, self._deadline = overlap, reserve_epochs, deadline
        self._decide, self._racing = decide, racing
        self._announce, self._stage = announce, stage
        self._rows: list[FloatArray] = []
        self._overlaps: list[float] = []
        self._results: list[list[TrainingResult]] = [[] for _ in finalists]
        self._leader = ""

    def run(self) -> ConfirmationOutcome:
        """Add repeats until the verdict is clear or the budget ends."""
        started = self._budget.elapsed()
        compete = [True] * len(self._finalists)
        decision: Decision | None = None
        for target in self._plan.looks:
            reached = self._repeat_until(target, compete)
            if not self._rows:
                break
            seconds = (self._budget.elapsed() - started) / len(self._rows)
            decision = self._decide(self._table(), seconds)
            self._leader = self._finalists[decision.recommended].architecture.label
            if decision.clear or not reached:
                break
            compete = list(self._racing(self._table()))[: len(self._finalists)]
        if decision is None:
            empty = self._table()
            decision = self._decide(empty, math.nan)
        return ConfirmationOutcome(
            table=self._table(),
            decision=decision,
            results=tuple(tuple(r) for r in self._results),
            seconds=self._budget.elapsed() - started,
        )

    def _table(self) -> ScoreTable:
        width = len(self._finalists) + len(self._baselines)
        return ScoreTable(
            scores=np.array(self._rows, dtype=np.float64).reshape(len(self._rows), width),
            names=(*(f.architecture.key for f in self._finalists), *self._baselines),
            overlap=np.array(self._overlaps),
            direction=self._direction,
        )

    def _repeat_until(self, target: int, compete: Sequence[bool]) -> bool:
        """Run repeats up to ``target`` in all; False when the budget ended before."""
        while len(self._rows) < target:
            room = self._affordable(sum(compete))
            wanted = range(len(self._rows), min(target, len(self._rows) + room))
            if not wanted or not self._run_repeats(wanted, compete):
                return False
        return True

    def _affordable(self, arms: int) -> int:
        """Return how many repeats are sure to fit; the deadline guards a time budget instead."""
        if self._budget.kind == "time":
            return max(self._plan.looks)
        left = self._budget.epochs_left() - self._reserve
        return max(0, int(left / (arms * self._plan.epochs)))

    def _run_repeats(self, repeats: range, compete: Sequence[bool]) -> bool:
        arms = [i for i, racing in enumerate(compete) if racing]
        jobs = [(r, i, self._job(r, self._finalists[i])) for r in repeats for i in arms]
        name = f"confirmation, repeats {repeats.start + 1} to {repeats.stop}"
        self._stage(name, len(jobs))
        outcomes = self._runner.train(
            [job for _, _, job in jobs], lambda _: self._announce(self._leader)
        )
        by_repeat: dict[int, dict[int, TrainingResult]] = {r: {} for r in repeats}
        for (repeat, arm, _), result in zip(jobs, outcomes, strict=True):
            by_repeat[repeat][arm] = result
        for repeat in repeats:
            if any(result.cut for result in by_repeat[repeat].values()):
                return False  # an unpaired repeat would favour whoever is quick
            self._add_row(repeat, by_repeat[repeat])
        return True

    def _job(self, repeat: int, finalist: Finalist) -> TrainingJob:
        return TrainingJob(
            architecture=finalist.architecture,
            learning_rate=finalist.learning_rate,
            repeat=repeat,
            until_epoch=self._plan.epochs,
            seed=self._seed,
            deadline=self._deadline,
        )

    def _add_row(self, repeat: int, results: dict[int, TrainingResult]) -> None:
        worst = math.inf if self._direction == "minimize" else -math.inf
        row = np.full(len(self._finalists) + len(self._baselines), np.nan)
        for arm, result in results.items():
            row[arm] = worst if result.score is None else result.score
            self._results[arm].append(result)
        jobs = [BaselineJob(name=n, repeat=repeat, seed=self._seed) for n in self._baselines]
        for column, outcome in enumerate(self._runner.baselines(jobs)):
            row[len(self._finalists) + column] = outcome.score
        self._rows.append(row)
        self._overlaps.append(self._overlap(repeat))
