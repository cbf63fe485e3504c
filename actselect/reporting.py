"""From all that the stages of a study found to its report: what explains it, and the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version

from actselect import assemble, guide
from actselect.architecture import Architecture
from actselect.confirmation import ConfirmationOutcome
from actselect.data.dataset import SequenceDataset
from actselect.diagnostics import diagnose_study, left_out
from actselect.effects import effects, first_rung
from actselect.examples import examples
from actselect.final_test import TestOutcome
from actselect.preflight import Preflight
from actselect.records import (
    SCHEMA_VERSION,
    AARecord,
    BudgetRecord,
    EffectsRecord,
    ExamplesRecord,
    GuideRecord,
    RankedRecord,
    ReportRecord,
    SeedsRecord,
)
from actselect.request import Request
from actselect.runner import Runner
from actselect.screening import ScreeningOutcome
from actselect.tasks import Task

NO_AA = (
    "The A/A check did not take place: the budget was too small for two repeats of it, or no "
    "default survived the screening."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the stages returned.

    Args:
        request: what was asked.
        dataset: the data.
        task: the bound task.
        defaults: the default architectures.
        picks: the guide's.
        entrants: architectures that the search space has.
        axes: that were shown alive.
        known: what preflight found.
        screened: finalists, and what the search did.
        screening_seconds: that it took.
        aa: of the A/A check, if there was one.
        confirmed: scores and the decision.
        tested: test scores.
        runner: what remembers all trainings.
        workers: processes.
        command: that makes the study again.
        notes: on split, backend and refits.
    """

    request: Request
    dataset: SequenceDataset
    task: Task
    defaults: tuple[Architecture, ...]
    picks: tuple[Architecture, ...]
    entrants: int
    axes: tuple[str, ...]
    known: Preflight
    screened: ScreeningOutcome
    screening_seconds: float
    aa: AARecord | None
    confirmed: ConfirmationOutcome
    tested: TestOutcome
    runner: Runner
    workers: int
    command: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The ranking with what explains it; decides nothing."""

    rows: tuple[RankedRecord, ...]
    effects: EffectsRecord | None = None
    examples: ExamplesRecord | None = None
    notes: tuple[str, ...] = ()


def ranked(found: Found) -> Explained:
    """Return the ranking alone."""
    rows = assemble.ranking(found.confirmed, found.screened.finalists, found.defaults, found.task)
    return Explained(rows=rows, notes=left_out(rows))


def explained(
    found: Found, announce: Callable[[], None], stage: Callable[[str, int], None]
) -> Explained:
    """Return the ranking with diagnostics, effects of the axes, and examples of answers.

    Args:
        found: what the stages returned.
        announce: told of every job that is done.
        stage: told a name and a number of jobs.
    """
    plan, seed = found.known.plan, found.request.random_state
    finalists = [found.screened.finalists[i] for i in found.confirmed.decision.order]
    rows = diagnose_study(
        ranked(found).rows,
        finalists,
        epochs=plan.epochs,
        seed=seed,
        runner=found.runner,
        metric=found.task.metric,
        length=found.task.length,
        announce=announce,
        stage=stage,
    )
    return Explained(
        rows=rows,
        effects=effects(
            first_rung(found.screened, plan.rungs[0], found.runner),
            plan.rungs[0],
            found.task.metric.direction,
        ),
        examples=examples(
            found.task,
            finalists[0],
            epochs=plan.epochs,
            seed=seed,
            runner=found.runner,
            tokenizer=found.request.tokenizer,
        ),
        notes=left_out(rows),
    )


def report(found: Found, explained: Explained) -> ReportRecord:
    """Return the whole report."""
    budget, verdict = found.runner.budget, found.confirmed.decision.verdict
    screening = assemble.screening_record(
        found.screened, found.known.plan, found.runner, found.screening_seconds
    )
    repeats = len(found.confirmed.table.scores)
    return ReportRecord(
        schema_version=SCHEMA_VERSION,
        actselect_version=version("actselect"),
        created=assemble.now(),
        task=found.request.task,
        metric=found.task.metric,
        dataset=assemble.dataset_record(found.dataset),
        verdict=verdict,
        ranking=explained.rows,
        baselines=assemble.baselines(
            found.confirmed, tuple(b.name for b in found.task.baselines()), found.tested
        ),
        test=found.tested.record,
        screening=replace(screening, axes=found.axes, effects=explained.effects),
        confirmation=assemble.confirmation_record(found.confirmed, found.runner),
        guide=_guide(found, explained.rows),
        budget=BudgetRecord(kind=budget.kind, amount=budget.amount, spent=round(budget.spent, 1)),
        seeds=SeedsRecord(root=found.request.random_state, repeats=tuple(range(repeats))),
        environment=assemble.environment(found.runner, found.workers),
        options=found.request.to_dict(effective=True),
        command=found.command,
        notes=_notes(found, explained),
        outlook=found.known.outlook,
        expected=found.confirmed.decision.expected,
        aa=found.aa,
        examples=explained.examples,
    )


def _guide(found: Found, rows: tuple[RankedRecord, ...]) -> GuideRecord:
    task, length = found.request.task, found.task.length
    verdict = found.confirmed.decision.verdict
    return GuideRecord(
        suggested=tuple(architecture.label for architecture in found.picks),
        agreement=guide.agreement(guide.picks(task, length), rows, verdict),
        claims=guide.judged(task, length, rows, verdict),
    )


def _notes(found: Found, explained: Explained) -> tuple[str, ...]:
    cautions = assemble.cautions(
        found.screened, found.tested, found.known.plan, found.entrants, found.task.metric
    )
    missing = [NO_AA] if found.request.check_aa and found.aa is None else []
    return (*found.notes, *found.task.notes, *missing, *cautions, *explained.notes)
