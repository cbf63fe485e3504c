"""The stages of a study, in order: preflight, screening, confirmation, verdict, test, a look into
the networks, report.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import final

from actselect import assemble, clock, guide, self_check
from actselect.architecture import Architecture
from actselect.artifact import Artifact, facts_of, save_artifact
from actselect.capacity import free_address_space, free_memory
from actselect.confirmation import Confirmation, ConfirmationOutcome
from actselect.data.dataset import SequenceDataset
from actselect.exceptions import RunError
from actselect.final_test import TestOutcome, final_test
from actselect.folder import StudyFolder
from actselect.interruption import ASKED, gentle_interrupts
from actselect.journal import Journal
from actselect.journal_entries import check_entries
from actselect.limits import check_disk, disk_need, memory_need, workers_that_fit
from actselect.liveness import check_axes, check_metric
from actselect.model import work_per_step
from actselect.optuna_study import SharedStorage, optuna_study
from actselect.planning import (
    EPOCHS_RANGE,
    REFIT_SHARE,
    REPORT_SECONDS,
    SCREENING_SHARE,
    Budget,
    Plan,
    final_seconds,
    make_plan,
    refit_epochs,
    report_seconds,
)
from actselect.preflight import Preflight, independent, preflight, split
from actselect.progress import Progress
from actselect.records import (
    AARecord,
    ReportRecord,
    ScoreTable,
)
from actselect.recurrence import settle
from actselect.report import save as save_report
from actselect.report.scores import write_scores
from actselect.reporting import Explained, Found, explained, ranked, report
from actselect.request import Request
from actselect.runner import Runner
from actselect.screening import Finalist, Screening, ScreeningOutcome
from actselect.search_space import SearchSpace, make_space
from actselect.seeding import generator
from actselect.storage import check_storage
from actselect.tasks import Fold, Task, bind
from actselect.training import Trainer
from actselect.verdict import Decision, decide, next_repeats
from actselect.workers import WorkerPool, default_workers, make_engine, worker_conditions

CONFIDENCE = 0.95
AA_SHARE = 0.3  # of what is left for the confirmation that --check-aa may cost at most
LONGER = (
    "For the test, networks were trained for up to {} epochs; where they were compared, the budget "
    "allowed {}."
)
FULL = EPOCHS_RANGE[1]
TORN = "The last line of the journal was cut off by a crash; what it held is done again."


@final
class Stages:
    """One run of a study.

    Args:
        request: what was asked.
        dataset: validated data.
        started: time (``clock.now()``) at which the budget's clock started.
        progress: where to say what happens.
        command: the shell command that reruns the study; shown in the report.
        executor: where trainings run; see :func:`actselect.workers.make_engine`.
    """

    def __init__(
        self,
        request: Request,
        dataset: SequenceDataset,
        *,
        started: float,
        progress: Progress,
        command: str,
        executor: str | Executor = "local",
    ) -> None:
        self.request, self.dataset = request, dataset
        self.started, self.progress, self.command = started, progress, command
        self.task: Task = bind(
            request.task,
            dataset,
            **request.task_options,
        )
        self.seed = request.random_state
        self._told = False
        self.development, self.test, self.notes = split(self.task, dataset, self.seed)
        self.space: SearchSpace = make_space(
            request.space,
            input_size=self.task.input_size,
            output_size=self.task.output_size,
            bidirectional_allowed=self.task.bidirectional_allowed,
            hidden_size=(
                self.task.hidden_size if request.hidden_size is None else request.hidden_size
            ),
            match=request.match,
            mix=request.mix,
            bidirectional=request.bidirectional,
            cells_=request.cells,
            activations_=request.activations,
            recurrent_activations=request.recurrent_activations,
            output_activations=request.output_activations,
            head_activations=request.head_activations,
            depths=request.depths,
        )
        self.backend, slow = settle(request.backend, self.space.cells, self.space.functions)
        self.notes += (slow,) if slow else ()
        if request.storage is not None:
            check_storage(request.storage)
        check_metric(self.task, self.development, self.seed)
        self.axes = check_axes(self.space, self.backend, self.seed)
        self.request = replace(request, backend=self.backend)
        self.defaults = self.space.defaults()
        self.baseline_names = tuple(b.name for b in self.task.baselines())
        self.trainer = Trainer(self.task, self.development, self.backend)
        self.engine = make_engine(
            self.task,
            self.development,
            trainer=self.trainer,
            backend=self.backend,
            executor=executor,
            workers=self._workers(executor),
        )

    def _workers(self, executor: str | Executor) -> int | None:
        """Return how many workers this machine has the memory for; how many does not show in a
        report.  What other machines have is theirs to say.
        """
        wanted = self.request.workers
        if executor != "local":
            return wanted
        need = memory_need(self.task, self.development, self.space, self.backend)
        asked = default_workers() if wanted is None else wanted
        fitting, fewer = workers_that_fit(need, asked, free_memory(), free_address_space())
        if fewer:
            self.progress.say([fewer])
        return fitting

    def check_disk(self, folder: Path, *, data: bool) -> None:
        """Refuse a study that a disk has no room for, before its folder is made.

        Args:
            folder: where it will be.
            data: whether it keeps the data.

        Raises:
            RunError: the least that the budget allows does not fit.
        """
        known = self.request.budget_kind == "epochs"
        plan = make_plan(
            self.request.budget_amount if known else 0.0, space_size=self.space.entrants()
        )
        check_disk(disk_need(self.task, self.space, plan, data=data), folder)

    def run(self, folder: StudyFolder) -> ReportRecord:
        """Run what is not finished yet, and save the report into the folder."""
        journal = Journal(folder.journal)
        check_entries(journal.items(), folder.journal)
        began = max((v["elapsed"] for _, v in journal.items() if "elapsed" in v), default=0.0)
        if journal.torn:
            self.progress.say([TORN])
        budget = Budget(
            self.request.budget_kind,
            self.request.budget_amount,
            started=clock.now() - began if began else self.started,
            workers=self.engine.workers,
        )
        try:
            with gentle_interrupts() as asked, worker_conditions(), WorkerPool(self.engine) as pool:
                pool.stopping = partial(self._stopping, asked)
                pool.warm_up()
                runner = Runner(self.trainer, pool, journal, folder.checkpoints, budget)
                return self._stages(folder, runner, budget)
        finally:
            self.progress.close()

    def _stopping(self, asked: Callable[[], bool]) -> bool:
        if asked() and not self._told:
            self._told = True
            self.progress.say([ASKED])
        return asked()

    def _stages(self, folder: StudyFolder, runner: Runner, budget: Budget) -> ReportRecord:
        known = self._preflight(runner, budget)
        need = disk_need(self.task, self.space, known.plan, data=folder.data.exists())
        if full := check_disk(need, folder.path):
            self.progress.say([full])
        screened, seconds = self._screen(folder, runner, budget, known.plan)
        aa = self._check_aa(runner, budget, known, screened.finalists)
        confirmed = self._confirm(runner, budget, known, screened)
        tested = self._final_test(folder, runner, known.plan, screened, confirmed)
        finalist = screened.finalists[confirmed.decision.recommended]
        write_scores(assemble.score_rows(runner, self.task.metric.name), folder.scores)
        save_artifact(
            Artifact(
                architecture=finalist.architecture,
                model=tested.model,
                scaling=tested.scaled.state(),
                facts=facts_of(self.request.task, self.task),
            ),
            folder.model,
        )
        found = Found(
            request=self.request,
            dataset=self.dataset,
            task=self.task,
            defaults=self.defaults,
            picks=tuple(self._picks()),
            entrants=self.space.entrants(),
            axes=self.axes,
            known=known,
            screened=screened,
            screening_seconds=seconds,
            aa=aa,
            confirmed=confirmed,
            tested=tested,
            runner=runner,
            workers=runner.budget.workers,
            command=self.command,
            notes=self.notes,
        )
        record = self._report(folder, found)
        runner.forget_checkpoints()
        return record

    # -- 0. preflight -------------------------------------------------------------------------

    def _preflight(self, runner: Runner, budget: Budget) -> Preflight:
        self.progress.stage("preflight: baselines and timing", 0, budget.ends)
        found = preflight(
            task=self.task,
            test=self.test,
            space=self.space,
            runner=runner,
            budget=budget,
            reserve=REPORT_SECONDS,
            margin=self.request.margin,
            confidence=CONFIDENCE,
            seed=self.seed,
        )
        self.progress.say(found.outlook)
        return found

    # -- 1. screening -------------------------------------------------------------------------

    def _screen(
        self, folder: StudyFolder, runner: Runner, budget: Budget, plan: Plan
    ) -> tuple[ScreeningOutcome, float]:
        began = budget.elapsed()
        with optuna_study(
            folder.database, self._shared(folder, runner), self.task.metric.direction
        ) as (study, sync):
            outcome = Screening(
                study=study,
                space=self.space,
                plan=plan,
                runner=runner,
                seed=self.seed,
                direction=self.task.metric.direction,
                first=[*self.defaults, *self._picks()],
                deadline=budget.deadline(SCREENING_SHARE, reserve=final_seconds(plan, budget)),
                announce=self.progress.advance,
                stage=lambda name, total: self.progress.stage(name, total, budget.ends),
                sync=sync,
            ).run()
        if not outcome.finalists:
            raise RunError(
                f"No training finished: {outcome.diverged} of {outcome.trials} diverged, the "
                "others ran out of budget. Give a larger --budget; if all diverge, look at the "
                "scale of the data."
            )
        return outcome, budget.elapsed() - began

    def _shared(self, folder: StudyFolder, runner: Runner) -> SharedStorage | None:
        if self.request.storage is None:
            return None
        settings = folder.read_settings()
        return SharedStorage(
            url=self.request.storage,
            study=settings["name"],
            id=settings["id"],
            sha256=self.dataset.sha256,
            say=self.progress.say,
            stopping=runner.pool.stopping,
        )

    def _picks(self) -> list[Architecture]:
        picks = []
        for pick in guide.picks(self.request.task, self.task.length):
            architecture = self.space.build(
                cell=pick.cell,
                activations=[pick.activation] * pick.num_layers,
                recurrent_activation=pick.recurrent_activation,
                head_activation=pick.head_activation,
            )
            if architecture in self.space:
                picks.append(architecture)
        return picks

    def _refit_epochs(self, runner: Runner, plan: Plan, arms: int) -> int:
        """Return the epochs of the networks for the test; a resumed study keeps its answer."""
        left = runner.budget.epochs_left(reserve=report_seconds(runner.budget))
        timed = runner.budget.ends is not None  # epochs count alike, however many run at once
        workers = runner.budget.workers if timed else 1
        found = runner.journal.once(
            "refit", lambda: {"epochs": refit_epochs(plan, left, arms=arms, workers=workers)}
        )
        return int(found["epochs"])

    # -- 2 and 3. confirmation and verdict ----------------------------------------------------

    def _confirm(
        self,
        runner: Runner,
        budget: Budget,
        known: Preflight,
        screened: ScreeningOutcome,
    ) -> ConfirmationOutcome:
        plan, margin = known.plan, known.margin
        finalists = screened.finalists
        labels = [f.architecture.label for f in finalists] + list(self.baseline_names)
        is_baseline = [False] * len(finalists) + [True] * len(self.baseline_names)
        sizes = {"input_size": self.task.input_size, "output_size": self.task.output_size}
        cost = [work_per_step(f.architecture, **sizes) for f in finalists]
        cost += [0.0] * len(self.baseline_names)

        def decided(table: ScoreTable, seconds: float) -> Decision:
            return decide(
                table,
                is_baseline=is_baseline,
                cost=cost,
                margin=margin,
                labels=labels,
                metric=self.task.metric,
                confidence=CONFIDENCE,
                seconds_per_training=seconds,
                rng=generator(self.seed, "verdict"),
            )

        def allocate(table: ScoreTable) -> Sequence[tuple[int, int]]:
            return next_repeats(
                table, is_baseline=is_baseline, margin=margin, confidence=CONFIDENCE
            )

        return Confirmation(
            finalists=finalists,
            baselines=self.baseline_names,
            plan=plan,
            runner=runner,
            budget=budget,
            seed=self.seed,
            direction=self.task.metric.direction,
            fold=self._fold,
            reserve_epochs=max(2.0 * plan.epochs, min(2.0 * FULL, REFIT_SHARE * budget.amount)),
            deadline=budget.deadline(1.0, reserve=final_seconds(plan, budget)),
            examples=self._examples if self.task.metric.rate else None,
            decide=decided,
            allocate=allocate,
            announce=self.progress.advance,
            stage=lambda name, total: self.progress.stage(name, total, budget.ends),
        ).run()

    def _fold(self, repeat: int) -> Fold:
        return self.task.fold(self.development, repeat, self.seed)

    def _examples(self, fold: Fold) -> int:
        return independent(self.task, fold.score)

    def _check_aa(
        self,
        runner: Runner,
        budget: Budget,
        known: Preflight,
        finalists: Sequence[Finalist],
    ) -> AARecord | None:
        plan = known.plan
        default = self._default(finalists)
        if not self.request.check_aa or default is None:
            return None
        room = budget.epochs_left(reserve=final_seconds(plan, budget)) * AA_SHARE
        repeats = min(self_check.REPEATS, int(room / (2 * plan.epochs)))
        self.progress.stage("A/A check", 2 * repeats, budget.ends)
        return self_check.aa_check(
            default=default,
            arms=len(finalists),
            folds=[self._fold(r) for r in range(repeats)],
            examples=self._examples if self.task.metric.rate else None,
            plan=plan,
            runner=runner,
            seed=self.seed,
            metric=self.task.metric,
            margin=known.margin,
            confidence=CONFIDENCE,
            deadline=budget.deadline(AA_SHARE, reserve=final_seconds(plan, budget)),
            announce=self.progress.advance,
        )

    # -- 4. test ------------------------------------------------------------------------------

    def _final_test(
        self,
        folder: StudyFolder,
        runner: Runner,
        plan: Plan,
        screened: ScreeningOutcome,
        confirmed: ConfirmationOutcome,
    ) -> TestOutcome:
        self.progress.stage("test: refit and one look", 0, runner.budget.ends)
        decision = confirmed.decision
        default = self._default(screened.finalists)
        recommended = screened.finalists[decision.recommended]
        arms = 1 if default in (None, recommended) else 2
        epochs = self._refit_epochs(runner, plan, arms)
        if epochs > plan.epochs:
            self.notes += (LONGER.format(epochs, plan.epochs),)
        return final_test(
            task=self.task,
            test=self.test,
            recommended=recommended,
            default=default,
            best_baseline=self.baseline_names[decision.best_baseline - len(screened.finalists)],
            epochs=epochs,
            runner=runner,
            folder=folder,
            sha256=self.dataset.sha256,
            seed=self.seed,
        )

    def _default(self, finalists: Sequence[Finalist]) -> Finalist | None:
        """Return the default LSTM, or the next default that survived."""
        for architecture in self.defaults:
            for finalist in finalists:
                if finalist.architecture == architecture:
                    return finalist
        return None

    # -- 5. report ----------------------------------------------------------------------------

    def _report(self, folder: StudyFolder, found: Found) -> ReportRecord:
        def saved(explanation: Explained) -> ReportRecord:
            record = report(found, explanation)
            save_report(record, folder.path, language=self.request.language)
            return record

        ends = found.runner.budget.ends
        try:
            explanation = explained(
                found,
                self.progress.advance,
                lambda name, total: self.progress.stage(name, total, ends),
            )
        except Exception:
            saved(ranked(found))  # what only explains must not lose a study
            raise
        return saved(explanation)
