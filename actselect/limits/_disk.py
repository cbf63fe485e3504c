"""How much room a study folder takes on the disk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from actselect.architecture import Architecture
from actselect.limits._extent import FLOAT, resident_bytes
from actselect.limits._memory import parameters, representatives
from actselect.planning import DEFAULTS, KEPT_RATES, LEARNING_RATES, REDUCTION, Plan
from actselect.search_space import SearchSpace
from actselect.tasks import Task

SURE: Final = 0.5  # of the checkpoints: trainings that diverge leave none
COPIES: Final = 4  # in a checkpoint: weights, best weights, both moments
REFITS: Final = 2  # networks for the test
REPORT: Final = 2**20  # report.json, its renderings, study.json: 0.3 to 3 MB were measured
REPORT_MOST: Final = 2**23
TRIAL: Final = 2**10  # a trial in study.db, journal.jsonl and scores.csv: 2.3 kB were measured
TRIAL_MOST: Final = 2**13


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DiskNeed:
    """Bytes that a study folder comes to at the most, and at the least.

    Args:
        checkpoints: trainings that may go on; kept until the report is written.
        data: the data, where they come from memory.
        rest: model, report, and what was finished.
        least: what is surely needed of all.
    """

    checkpoints: int
    data: int
    rest: int
    least: int

    @property
    def total(self) -> int:
        """Bytes in all, at the most."""
        return self.checkpoints + self.data + self.rest


def disk_need(task: Task, space: SearchSpace, plan: Plan, *, data: bool) -> DiskNeed:
    """Estimate what a study folder will hold.

    Args:
        task: the bound task.
        space: that is searched.
        plan: how long, and how many architectures.
        data: whether the folder keeps the data.
    """
    sizes = [COPIES * FLOAT * parameters(task, a) for a in _largest_and_smallest(task, space)]
    kept, trials = checkpoints(plan), plan.architectures * len(LEARNING_RATES)
    weights = max(sizes) // COPIES
    return DiskNeed(
        checkpoints=(kept + 1) * max(sizes),  # one more while it is replaced
        data=resident_bytes(task.dataset) if data else 0,
        rest=weights + REPORT_MOST + TRIAL_MOST * trials,
        least=int(SURE * kept * min(sizes)) + REPORT + TRIAL * trials,
    )


def checkpoints(plan: Plan) -> int:
    """Return how many checkpoints a study keeps at most.

    >>> checkpoints(Plan(architectures=9, brackets=1, rungs=(1, 2, 6), finalists=3))
    47
    """
    total = REFITS + plan.finalists + DEFAULTS  # of the test, and of the first repeat
    for level in range(len(plan.rungs) - 1):  # the last rung's trainings do not go on
        entered = -(-plan.architectures // plan.brackets)
        alive = max(math.ceil(entered / REDUCTION**level), plan.finalists) + DEFAULTS * (level > 0)
        rates = KEPT_RATES if level else len(LEARNING_RATES)
        total += plan.brackets * min(entered, alive) * rates
    return total


def _largest_and_smallest(task: Task, space: SearchSpace) -> Sequence[Architecture]:
    found = sorted(representatives(space), key=lambda a: parameters(task, a))
    return found[0], found[-1]


def held(folder: Path) -> int:
    """Return the bytes that a folder holds already."""
    if not folder.is_dir():
        return 0
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
