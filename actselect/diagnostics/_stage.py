"""A study's diagnostics: after the verdict, through the workers, recorded in the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from actselect import clock, why
from actselect.diagnostics._jobs import CostJob, DiagnosisJob, cost_from, diagnostics_from
from actselect.planning import DIAGNOSTICS_SHARE
from actselect.records import DiagnosticsRecord, MetricRecord, RankedRecord
from actselect.runner import Runner
from actselect.screening import Finalist
from actselect.training import KEPT, TrainingJob

LEFT_OUT = (
    "Of {} of {} networks the insides were not looked at: they diverged on the first repeat, or "
    "the budget was too small."
)


def diagnose_study(
    rows: Sequence[RankedRecord],
    finalists: Sequence[Finalist],
    *,
    epochs: int,
    seed: int,
    runner: Runner,
    metric: MetricRecord,
    length: int,
    announce: Callable[[], None],
    stage: Callable[[str, int], None],
) -> tuple[RankedRecord, ...]:
    """Return the ranking with diagnostics, where there are any.

    Under a budget of time nothing begins after a tenth of it; under one of epochs all is measured,
    so that equal runs give equal reports.

    Args:
        rows: the ranking.
        finalists: of each row, what was confirmed.
        epochs: of a full training.
        seed: the root seed.
        runner: where checkpoints are, and where jobs run.
        metric: for the sentences on why.
        length: steps of a sequence, the median.
        announce: told of every job that is done.
        stage: told a name and a number of jobs.
    """
    budget = runner.budget
    spare = DIAGNOSTICS_SHARE * budget.amount
    deadline = None if budget.ends is None else clock.now() + spare
    trainings = [
        TrainingJob(
            architecture=finalist.architecture,
            learning_rate=finalist.learning_rate,
            repeat=KEPT,
            until_epoch=epochs,
            seed=seed,
        )
        for finalist in finalists
    ]
    ended = {key for key, (_, result) in runner.trainings.items() if result.diverged is None}
    whole = [i for i, job in enumerate(trainings) if job.key in ended]
    jobs = [
        DiagnosisJob(
            training=trainings[i], checkpoint=runner.kept(trainings[i].key), deadline=deadline
        )
        for i in whole
    ]
    stage("diagnostics", len(jobs) + 1)
    found = [diagnostics_from(entry) for entry in runner.measure(jobs, announce)]
    timing = CostJob(trainings=tuple(trainings), deadline=deadline)  # alone: nothing disturbs it
    (costs,) = runner.measure([timing], announce)
    measured: dict[int, DiagnosticsRecord] = {
        i: replace(record, cost=cost_from(costs.get(trainings[i].key)))
        for i, record in zip(whole, found, strict=True)
        if record is not None
    }
    filled = [replace(row, diagnostics=measured.get(i)) for i, row in enumerate(rows)]
    return why.explained(filled, metric=metric, length=length)


def left_out(rows: Sequence[RankedRecord]) -> tuple[str, ...]:
    """Return a note where diagnostics are missing, for the report."""
    missing = sum(row.diagnostics is None for row in rows)
    return (LEFT_OUT.format(missing, len(rows)),) if missing else ()
