"""From what the stages returned to the report: no decision is taken here."""

from __future__ import annotations

import math
import platform
import statistics as middle
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np

from actselect.architecture import Architecture
from actselect.confirmation import ConfirmationOutcome
from actselect.data.dataset import SequenceDataset
from actselect.final_test import TestOutcome
from actselect.model import parameter_count
from actselect.planning import EPOCHS_RANGE, Plan
from actselect.records import (
    ArchitectureRecord,
    BaselineRecord,
    ConfirmationRecord,
    CurveRecord,
    DatasetRecord,
    DivergenceRow,
    EnvironmentRecord,
    LayerRecord,
    MetricRecord,
    RankedRecord,
    RateDivergence,
    ScreeningRecord,
)
from actselect.recurrence import describe
from actselect.report.scores import ScoreRow
from actselect.runner import Runner
from actselect.screening import Finalist, ScreeningOutcome
from actselect.tasks import Task
from actselect.training import TrainingJob, TrainingResult
from actselect.workers import peak_memory

MEGABYTE = 1024.0 * 1024.0
NOT_FINITE = 1e308  # what a training result has in place of a loss that is NaN or infinite
MOST_CURVES = 400  # of at most 61 losses each, six characters long: the report stays small


def architecture_record(architecture: Architecture) -> ArchitectureRecord:
    """Return the record of an architecture."""
    return ArchitectureRecord(
        cell=architecture.cell,
        num_layers=architecture.num_layers,
        hidden_size=architecture.hidden_size,
        layers=tuple(
            LayerRecord(
                activation=layer.activation,
                recurrent_activation=layer.recurrent_activation,
                output_activation=layer.output_activation,
            )
            for layer in architecture.layers
        ),
        head_activation=architecture.head_activation,
        bidirectional=architecture.bidirectional,
    )


def dataset_record(dataset: SequenceDataset) -> DatasetRecord:
    """Return what the report says about the data."""
    lengths = dataset.lengths
    return DatasetRecord(
        name=dataset.name,
        sha256=dataset.sha256,
        sequences=len(dataset),
        length=int(np.median(lengths)),
        length_min=int(lengths.min()),
        length_max=int(lengths.max()),
        features=dataset.feature_names,
        target=dataset.target_name,
        notes=dataset.notes,
    )


def ranking(
    outcome: ConfirmationOutcome,
    finalists: Sequence[Finalist],
    defaults: Sequence[Architecture],
    task: Task,
) -> tuple[RankedRecord, ...]:
    """Return the ranked architectures, best first."""
    decision = outcome.decision
    rows = []
    for rank, column in enumerate(decision.order, 1):
        finalist, results = finalists[column], outcome.results[column]
        rows.append(
            RankedRecord(
                rank=rank,
                tier=decision.tiers[column],
                architecture=architecture_record(finalist.architecture),
                label=finalist.architecture.label,
                learning_rate=finalist.learning_rate,
                validation=decision.estimates[column],
                probability_best=decision.probability_best[column],
                parameters=task.encoder.parameter_count
                + parameter_count(
                    finalist.architecture, input_size=task.input_size, output_size=task.output_size
                ),
                train_ms_per_step=_median(r.train_ms_per_step for r in results if r.steps),
                infer_ms_per_sequence=_median(
                    r.infer_ms_per_sequence for r in results if r.score is not None
                ),
                diverged=sum(r.diverged is not None for r in results),
                reason=decision.reasons[column],
                default=finalist.architecture in defaults,
                learning_rates=finalist.points,
            )
        )
    return tuple(rows)


def baselines(
    outcome: ConfirmationOutcome, names: Sequence[str], test: TestOutcome | None
) -> tuple[BaselineRecord, ...]:
    """Return the baselines in the order of the task."""
    first = len(outcome.table.names) - len(names)
    return tuple(
        BaselineRecord(
            name=name,
            validation=outcome.decision.estimates[first + i],
            test=None if test is None else test.baseline_scores[name],
        )
        for i, name in enumerate(names)
    )


def screening_record(
    outcome: ScreeningOutcome, plan: Plan, runner: Runner, seconds: float
) -> ScreeningRecord:
    """Return what the search did; the divergence table covers the whole study."""
    return ScreeningRecord(
        architectures=outcome.architectures,
        trials=outcome.trials,
        pruned=outcome.pruned,
        diverged=outcome.diverged,
        epochs=_epochs(runner, lambda job: job.stage == "screening"),
        seconds=seconds,
        rungs=plan.rungs,
        divergence=_divergence(runner),
        rates_each=min((len(f.points) for f in outcome.finalists), default=0),
        curves=_curves(outcome, runner),
    )


def confirmation_record(outcome: ConfirmationOutcome, runner: Runner) -> ConfirmationRecord:
    """Return what the confirmation did."""
    return ConfirmationRecord(
        architectures=len(outcome.results),
        repeats=len(outcome.table.scores),
        trainings=sum(len(results) for results in outcome.results),
        epochs=_epochs(runner, lambda job: job.stage == "confirmation"),
        seconds=outcome.seconds,
        overlap=tuple(map(float, outcome.table.overlap)),
        examples=tuple(map(int, () if outcome.table.examples is None else outcome.table.examples)),
    )


def environment(runner: Runner, workers: int) -> EnvironmentRecord:
    """Return where the study ran."""
    return EnvironmentRecord(
        python=platform.python_version(),
        platform=f"{sys.platform} {platform.machine()}",
        torch=version("torch"),
        optuna=version("optuna"),
        numpy=version("numpy"),
        backend=describe(runner.trainer.backend),
        workers=workers,
        peak_memory_mb={
            "coordinator": round(peak_memory() / MEGABYTE, 1),
            "worker": round(runner.pool.peak_worker_memory / MEGABYTE, 1),
        },
    )


def score_rows(runner: Runner, metric: str) -> Iterator[ScoreRow]:
    """Yield one row per training and one per epoch of its stopping loss, then the baselines.

    A training that diverged has the row ``diverged``: in which epoch, and its last finite loss.
    """
    for _, (job, result) in sorted(runner.trainings.items()):
        label = f"{job.architecture.label} @ {job.learning_rate:g}"
        if result.score is not None:
            yield ScoreRow(
                stage=job.stage, architecture=label, repeat=job.repeat, step=result.epochs,
                metric=metric, score=result.score, seconds=result.seconds,
            )  # fmt: skip
        if result.diverged is not None:
            yield ScoreRow(
                stage=job.stage, architecture=label, repeat=job.repeat, step=result.epochs,
                metric="diverged", score=_last_loss(result), seconds=result.seconds,
            )  # fmt: skip
        if job.keep and job.stage == "screening" and not result.finished:
            continue  # the job that continues this one lists the same losses
        for epoch, loss in enumerate(result.stop_losses):
            yield ScoreRow(
                stage=job.stage, architecture=label, repeat=job.repeat, step=epoch,
                metric="stopping loss", score=loss, seconds=0.0,
            )  # fmt: skip
    for _, (baseline, outcome) in sorted(runner.baseline_scores.items()):
        yield ScoreRow(
            stage=baseline.stage, architecture=baseline.name, repeat=baseline.repeat, step=0,
            metric=metric, score=outcome.score, seconds=outcome.seconds,
        )  # fmt: skip


def cautions(
    screened: ScreeningOutcome,
    tested: TestOutcome,
    plan: Plan,
    space_size: int,
    metric: MetricRecord,
) -> Iterator[str]:
    """Yield what a reader must know before believing the table."""
    for finalist in screened.finalists:
        if finalist.at_edge:
            yield (
                f"The best learning rate of {finalist.architecture.label} is the most extreme "
                f"one tried ({finalist.learning_rate:g}); it may do better beyond."
            )
    if screened.architectures < space_size:
        yield (
            f"The budget let {screened.architectures} of {space_size} architectures "
            "enter; a larger --budget tries more."
        )
    if plan.epochs <= EPOCHS_RANGE[0]:
        yield f"Trainings were short ({plan.epochs} epochs) to fit the budget; a larger one helps."
    if tested.unknown:
        yield (
            f"Of the tokens of the test part {tested.unknown:.1%} are unknown: they are not in "
            "what the networks were trained on, or too seldom."
        )
    if tested.record.openings > 1:
        yield (
            f"The test part of these data was opened {tested.record.openings} times; its "
            "scores are optimistic by now."
        )
    best, baseline = tested.record.recommended, tested.record.baseline
    if best is not None and baseline is not None:
        gain = best.mean - baseline.mean
        if (gain > 0) if metric.direction == "minimize" else (gain < 0):
            yield (
                f"On the test part the baseline '{baseline.label}' scored better "
                f"({baseline.mean:.4g}) than {best.label} ({best.mean:.4g})."
            )


def now() -> str:
    """Return the present time, UTC, to the second."""
    return datetime.now(tz=UTC).isoformat(timespec="seconds")


def _curves(outcome: ScreeningOutcome, runner: Runner) -> tuple[CurveRecord, ...]:
    """Return a curve for each trial, those of finalists first; the last job has all losses."""
    finalists = {finalist.architecture for finalist in outcome.finalists}
    ended = [(*runner.trainings[key], end) for key, end in outcome.ends.items()]
    ended.sort(key=lambda trial: trial[0].architecture not in finalists)
    return tuple(
        CurveRecord(
            label=job.architecture.label,
            learning_rate=_rate(job),
            losses=tuple(float(f"{x:.4g}") for x in result.stop_losses if x < NOT_FINITE),
            end=end,
        )
        for job, result, end in ended[:MOST_CURVES]
    )


def _epochs(runner: Runner, wanted: Callable[[TrainingJob], bool]) -> int:
    chosen = [(j, r) for j, r in runner.trainings.values() if wanted(j)]
    done = {j.key: r.epochs for j, r in chosen}
    return sum(r.epochs - done.get(j.continues or "", 0) for j, r in chosen)


def _divergence(runner: Runner) -> tuple[DivergenceRow, ...]:
    """Count trainings and divergences per cell and nonlinearities: screening, repeats, refits."""
    kinds: defaultdict[tuple[str, str], list[tuple[TrainingJob, TrainingResult]]]
    kinds = defaultdict(list)
    for job, result in runner.trainings.values():
        kinds[job.architecture.cell, _nonlinearities(job.architecture)].append((job, result))
    return tuple(_divergence_row(*name, kinds[name]) for name in sorted(kinds))


def _divergence_row(
    cell: str, activation: str, jobs: Sequence[tuple[TrainingJob, TrainingResult]]
) -> DivergenceRow:
    """Count a continuation as the training that it continues: only its divergence is new."""
    ended = [(j, r) for j, r in jobs if r.diverged is not None]
    trainings = Counter(_rate(job) for job, _ in jobs if job.continues is None)
    diverged = Counter(_rate(job) for job, _ in ended)
    return DivergenceRow(
        cell=cell,
        activation=activation,
        trainings=trainings.total(),
        diverged=diverged.total(),
        epochs=tuple(sorted(result.epochs for _, result in ended)),
        learning_rates=tuple(
            RateDivergence(learning_rate=rate, trainings=number, diverged=diverged[rate])
            for rate, number in sorted(trainings.items())
        ),
    )


def _nonlinearities(architecture: Architecture) -> str:
    return " + ".join(dict.fromkeys(layer.short for layer in architecture.layers))


def _rate(job: TrainingJob) -> float:
    """Return the learning rate as a job's key has it: products of rates differ in the last bit."""
    return float(f"{job.learning_rate:.6g}")


def _last_loss(result: TrainingResult) -> float:
    """Return the last finite stopping loss; infinity where even the untrained network had none."""
    finite = [loss for loss in result.stop_losses if loss < NOT_FINITE]
    return finite[-1] if finite else math.inf


def _median(values: Iterable[float]) -> float:
    known = list(values)
    return round(middle.median(known), 4) if known else 0.0
