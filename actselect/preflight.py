"""Before a study: the split, what is worth beating, what the budget buys.

And what the study can conclude at best, which is better said before than after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import final

import numpy as np

from actselect.data import duplicates
from actselect.data.dataset import SequenceDataset
from actselect.exceptions import StudyError
from actselect.planning import Budget, Plan, affordable_repeats, make_plan
from actselect.records import IntArray
from actselect.runner import Runner
from actselect.search_space import SearchSpace
from actselect.tasks import Task
from actselect.training import SCREENING, BaselineJob, TrainingJob
from actselect.verdict import default_margin, outlook


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What is settled before the first network is compared.

    Args:
        plan: how the budget is spent.
        margin: the practical margin.
        outlook: sentences on what can be concluded.
    """

    plan: Plan
    margin: float
    outlook: tuple[str, ...]


def split(
    task: Task, dataset: SequenceDataset, seed: int
) -> tuple[IntArray, IntArray, tuple[str, ...]]:
    """Split off the test part, without sequences that stand in development as well.

    Returns:
        Development and test examples, and notes on what was left out.

    Raises:
        StudyError: nothing is left to test on.
    """
    development, test = task.development_and_test(seed)
    if len(dataset) != task.n_examples:  # windows and passages; the same picture is refused before
        return development, test, ()
    inside = set(development.tolist())
    leaked = {i for pair in duplicates(dataset) for i in pair if inside & set(pair)} - inside
    if not leaked:
        return development, test, ()
    test = np.array([i for i in test if i not in leaked], dtype=np.int64)
    if len(test) == 0:
        raise StudyError(
            "Nothing is left to test on: every test sequence also stands in the development "
            "part. Check the data for copies, or give other --test-data."
        )
    note = (
        "Left out of the test part because they also stand in the development part: "
        f"{len(leaked)} sequence{'s' * (len(leaked) > 1)}."
    )
    return development, test, (note,)


def preflight(
    *,
    task: Task,
    test: IntArray,
    space: SearchSpace,
    runner: Runner,
    budget: Budget,
    reserve: float,
    margin: float | None,
    confidence: float,
    seed: int,
) -> Preflight:
    """Score the baselines, time an epoch, and plan.

    Args:
        task: the bound task.
        test: (E,) test examples; they are counted, not looked at.
        space: what may be searched.
        runner: where trainings run.
        budget: what may be spent; a time budget learns here what an epoch takes.
        reserve: seconds kept back for the report.
        margin: the user's own; None for the default.
        confidence: such as 0.95.
        seed: the root seed.
    """
    trainer = runner.trainer
    jobs = [BaselineJob(name=b.name, repeat=SCREENING, seed=seed) for b in task.baselines()]
    scores = [r.score for r in runner.baselines(jobs)]
    best = min(scores) if task.metric.direction == "minimize" else max(scores)
    known = default_margin(task.metric, best) if margin is None else margin
    if budget.kind == "time":
        probed = runner.journal.once("probe", lambda: {"seconds": _probe(space, runner, seed)})
        budget.calibrate(probed["seconds"])
    planned = runner.journal.once(
        "plan",
        lambda: asdict(make_plan(budget.epochs_left(reserve=reserve), space_size=space.entrants())),
    )
    plan = Plan(**{**planned, "rungs": tuple(planned["rungs"])})
    fold = task.fold(trainer.development, 0, seed)
    room = runner.journal.once("room", lambda: {"epochs": budget.epochs_left(reserve=reserve)})
    return Preflight(
        plan=plan,
        margin=known,
        outlook=outlook(
            repeats=affordable_repeats(plan, room["epochs"]),
            rho=fold.overlap,
            margin=known,
            confidence=confidence,
            scored=independent(task, fold.score),
            tested=independent(task, test),
            rate=task.metric.rate,
        ),
    )


def independent(task: Task, examples: IntArray) -> int:
    """Return how many of these examples are independent: a group or stretch of time counts once."""
    return len(np.unique(task.blocks(examples)))


def _probe(space: SearchSpace, runner: Runner, seed: int) -> float:
    """Return the mean processor time of an epoch of the cheapest and the dearest network."""
    dear = space.build(
        cell="lstm", activations=["tanh"] * max(space.depths), recurrent_activation="sigmoid"
    )
    seconds: Sequence[float] = [
        TrainingJob(
            architecture=architecture,
            learning_rate=1e-3,
            repeat=SCREENING,
            until_epoch=1,
            seed=seed,
        )
        .run(runner.trainer)
        .seconds
        for architecture in (space.defaults()[-1], dear)
    ]
    return float(np.mean(seconds))
