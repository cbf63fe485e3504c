"""Confirmation: finalists, defaults and baselines on fresh, paired repeats.

On a repeat everybody trains and is scored on the same split, in the same batch order.  Repeats are
added where they settle the verdict, until it is clear, nothing more is foreseen to settle it, or
the budget ends.  When and how often the verdict is looked at changes nothing that it promises.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from actselect.planning import Budget, Plan
from actselect.progress import Leaderboard, Standing
from actselect.records import Direction, FloatArray, ScoreTable
from actselect.runner import Runner
from actselect.screening import Finalist
from actselect.tasks import Fold
from actselect.training import KEPT, BaselineJob, TrainingJob, TrainingResult
from actselect.verdict import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationOutcome:
    """Scores and the decision they lead to; columns are the finalists, then the baselines."""

    table: ScoreTable
    decision: Decision
    results: tuple[tuple[TrainingResult, ...], ...]
    seconds: float


Cell = tuple[int, int]  # repeat, column
Decide = Callable[[ScoreTable, float], Decision]
Allocate = Callable[[ScoreTable], Sequence[Cell]]


@final
class Confirmation:
    """Runs the repeats.

    Args:
        finalists: with their learning rates.
        baselines: names of the task's baselines.
        plan: epochs of a full training.
        runner: where trainings run.
        budget: what may be spent.
        seed: the root seed.
        direction: of the metric.
        fold: the split of a repeat.
        reserve_epochs: kept back for the test.
        deadline: time (``clock.now()``) at which the repeats must end; None for never.
        examples: how many independent examples a split scores, where the metric is a rate over
            them; None where it is none.
        decide: (table, seconds per training) -> decision.
        allocate: table -> the trainings to run next; none when all is said.
        announce: told how things stand after each training.
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
        fold: Callable[[int], Fold],
        reserve_epochs: float,
        deadline: float | None,
        examples: Callable[[Fold], int] | None,
        decide: Decide,
        allocate: Allocate,
        announce: Callable[[Standing], None],
        stage: Callable[[str, int], None],
    ) -> None:
        self._finalists, self._baselines = tuple(finalists), tuple(baselines)
        self._plan, self._runner, self._budget, self._seed = plan, runner, budget, seed
        self._direction: Direction = direction
        self._fold, self._reserve, self._deadline = fold, reserve_epochs, deadline
        self._examples, self._decide, self._allocate = examples, decide, allocate
        self._announce, self._stage = announce, stage
        self._rows: list[FloatArray] = []
        self._folds: list[Fold] = []
        self._results: list[list[TrainingResult]] = [[] for _ in finalists]
        self._leader = ""
        self._board = Leaderboard(direction)

    def run(self) -> ConfirmationOutcome:
        """Add repeats until there is nothing more to add, or the budget ends."""
        started = self._budget.elapsed()
        while cells := self._affordable(self._allocate(self._table())):
            if not self._run_cells(cells):
                break
            self._leader = self._finalists[self._decided(started).recommended].architecture.label
        return ConfirmationOutcome(
            table=self._table(),
            decision=self._decided(started),
            results=tuple(tuple(r) for r in self._results),
            seconds=self._budget.elapsed() - started,
        )

    def _decided(self, started: float) -> Decision:
        trainings = sum(map(len, self._results))
        seconds = self._budget.elapsed() - started
        return self._decide(self._table(), seconds / trainings if trainings else math.nan)

    def _table(self) -> ScoreTable:
        width = len(self._finalists) + len(self._baselines)
        counted = None if self._examples is None else [self._examples(f) for f in self._folds]
        return ScoreTable(
            scores=np.array(self._rows, dtype=np.float64).reshape(len(self._rows), width),
            names=(*(f.architecture.key for f in self._finalists), *self._baselines),
            overlap=np.array([fold.overlap for fold in self._folds]),
            direction=self._direction,
            examples=None if counted is None else np.array(counted, dtype=np.int64),
        )

    def _affordable(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return the cells of the first repeats that fit; a deadline guards a time budget."""
        if self._budget.kind == "time":
            return list(cells)
        room = int((self._budget.epochs_left() - self._reserve) / self._plan.epochs)
        whole: list[Cell] = []
        for repeat in dict.fromkeys(r for r, _ in cells):
            own = [cell for cell in cells if cell[0] == repeat]
            if len(whole) + len(own) > room:
                break
            whole += own
        return whole

    def _run_cells(self, cells: Sequence[Cell]) -> bool:
        """Train; False when the budget ended before, and then only whole repeats count."""
        repeats = list(dict.fromkeys(r for r, _ in cells))
        span = f"repeat{'s' * (len(repeats) > 1)} {repeats[0] + 1}"
        span += f" to {repeats[-1] + 1}" if len(repeats) > 1 else ""
        self._stage(f"confirmation, {span}", len(cells))
        outcomes = self._runner.train(
            [self._job(r, self._finalists[c]) for r, c in cells],
            self._done,
        )
        results = dict(zip(cells, outcomes, strict=True))
        for repeat in repeats:
            own = {c: result for (r, c), result in results.items() if r == repeat}
            if any(result.cut for result in own.values()):
                return False  # an unpaired repeat would favour whoever is quick
            self._record(repeat, own)
        return True

    def _done(self, job: TrainingJob, result: TrainingResult) -> None:
        self._board.add(job.architecture.label, result.score, diverged=result.diverged is not None)
        self._announce(self._board.mean(self._leader))

    def _job(self, repeat: int, finalist: Finalist) -> TrainingJob:
        return TrainingJob(
            architecture=finalist.architecture,
            learning_rate=finalist.learning_rate,
            repeat=repeat,
            until_epoch=self._plan.epochs,
            seed=self._seed,
            keep=repeat == KEPT,
            deadline=self._deadline,
        )

    def _record(self, repeat: int, results: dict[int, TrainingResult]) -> None:
        worst = math.inf if self._direction == "minimize" else -math.inf
        if repeat == len(self._rows):
            self._rows.append(self._new_row(repeat))
            self._folds.append(self._fold(repeat))
        for arm, result in results.items():
            self._rows[repeat][arm] = worst if result.score is None else result.score
            self._results[arm].append(result)

    def _new_row(self, repeat: int) -> FloatArray:
        row = np.full(len(self._finalists) + len(self._baselines), np.nan)
        jobs = [BaselineJob(name=n, repeat=repeat, seed=self._seed) for n in self._baselines]
        for column, outcome in enumerate(self._runner.baselines(jobs)):
            row[len(self._finalists) + column] = outcome.score
        return row
