"""The stages of a study, in order: preflight, screening, confirmation, verdict, test, report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from typing import final

import numpy as np

from actselect import assemble, guide
from actselect.architecture import Architecture
from actselect.artifact import Artifact, facts_of, save_artifact
from actselect.confirmation import Confirmation, ConfirmationOutcome
from actselect.data import duplicates
from actselect.data.dataset import SequenceDataset
from actselect.exceptions import RunError, StudyError
from actselect.final_test import TestOutcome, final_test
from actselect.folder import StudyFolder
from actselect.journal import Journal
from actselect.model import work_per_step
from actselect.optuna_study import optuna_study
from actselect.planning import SCREENING_SHARE, Budget, Plan, make_plan
from actselect.progress import Progress
from actselect.records import (
    SCHEMA_VERSION,
    BudgetRecord,
    GuideRecord,
    IntArray,
    ReportRecord,
    ScoreTable,
    SeedsRecord,
)
from actselect.recurrence import settle
from actselect.report import save as save_report
from actselect.report.scores import write_scores
from actselect.request import Request
from actselect.runner import Runner
from actselect.screening import Finalist, Screening, ScreeningOutcome
from actselect.search_space import SearchSpace, make_space
from actselect.seeding import generator
from actselect.tasks import Task, bind
from actselect.training import SCREENING, BaselineJob, TrainingJob
from actselect.verdict import Decision, decide, default_margin, still_racing
from actselect.workers import WorkerPool, default_workers, worker_conditions

CONFIDENCE = 0.95
REPORT_SECONDS = 6.0  # kept back for scoring the test, pictures and files


@final
class Stages:
    """One run of a study.

    Args:
        request: what was asked.
        dataset: validated data.
        started: wall time at which the clock started.
        progress: where to say what happens.
        command: the shell command that reruns the study; shown in the report.
    """

    def __init__(
        self,
        request: Request,
        dataset: SequenceDataset,
        *,
        started: float,
        progress: Progress,
        command: str,
    ) -> None:
        self.request, self.dataset = request, dataset
        self.started, self.progress, self.command = started, progress, command
        self.task: Task = bind(
            request.task,
            dataset,
            metric=request.metric,
            horizon=request.horizon,
            lookback=request.lookback,
            period=request.period,
        )
        self.seed = request.random_state
        self.notes: list[str] = []
        self.development, self.test = self._split()
        self.space: SearchSpace = make_space(
            request.space,
            input_size=self.task.input_size,
            output_size=self.task.output_size,
            bidirectional_allowed=self.task.bidirectional_allowed,
            hidden_size=request.hidden_size,
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
        self.notes += [slow] if slow else []
        self.request = replace(request, backend=self.backend)
        self.workers = default_workers() if request.workers is None else request.workers
        self.defaults = self.space.defaults()
        self.baseline_names = tuple(b.name for b in self.task.baselines())
        self.pool = WorkerPool(self.task, self.development, self.workers, self.backend)

    def run(self, folder: StudyFolder) -> ReportRecord:
        """Run what is not finished yet, and save the report into the folder."""
        journal = Journal(folder.journal)
        began = max((v["elapsed"] for _, v in journal.items() if "elapsed" in v), default=0.0)
        started = time.time() - began if began else self.started
        budget = Budget(
            self.request.budget_kind,
            self.request.budget_amount,
            started=started,
            workers=max(1, self.workers),
        )
        try:
            with worker_conditions(), self.pool:
                self.pool.warm_up()
                runner = Runner(self.pool, journal, folder.checkpoints, budget)
                return self._stages(folder, runner, budget)
        finally:
            self.progress.close()

    def _stages(self, folder: StudyFolder, runner: Runner, budget: Budget) -> ReportRecord:
        plan, margin = self._preflight(runner, budget)
        screened, seconds = self._screen(folder, runner, budget, plan)
        confirmed = self._confirm(runner, budget, plan, screened, margin)
        tested = self._final_test(folder, runner, plan, screened, confirmed)
        record = self._record(runner, budget, plan, screened, seconds, confirmed, tested)
        write_scores(assemble.score_rows(runner, self.task.metric.name), folder.scores)
        finalist = screened.finalists[confirmed.decision.recommended]
        save_artifact(
            Artifact(
                architecture=finalist.architecture,
                model=tested.model,
                scaling=tested.scaled.state(),
                facts=facts_of(self.request.task, self.task),
            ),
            folder.model,
        )
        save_report(record, folder.path)
        runner.forget_checkpoints()
        return record

    # -- 0. preflight -------------------------------------------------------------------------

    def _split(self) -> tuple[IntArray, IntArray]:
        """Split off the test part, without sequences that stand in development as well."""
        development, test = self.task.development_and_test(self.seed)
        if self.dataset.targets is None:
            return development, test
        inside = set(development.tolist())
        leaked = {
            i for pair in duplicates(self.dataset) for i in pair if inside & set(pair)
        } - inside
        if leaked:
            test = np.array([i for i in test if i not in leaked], dtype=np.int64)
            self.notes.append(
                f"Left out of the test part because they also stand in the development part: "
                f"{len(leaked)} sequence{'s' * (len(leaked) > 1)}."
            )
        if len(test) == 0:
            raise StudyError(
                "Nothing is left to test on: every test sequence also stands in the development "
                "part. Give other --test-data."
            )
        return development, test

    def _preflight(self, runner: Runner, budget: Budget) -> tuple[Plan, float]:
        """Score the baselines, time an epoch, and plan."""
        self.progress.stage("preflight: baselines and timing", 0, budget.ends)
        jobs = [BaselineJob(name=n, repeat=SCREENING, seed=self.seed) for n in self.baseline_names]
        scores = [r.score for r in runner.baselines(jobs)]
        best = min(scores) if self.task.metric.direction == "minimize" else max(scores)
        margin = self.request.margin
        if margin is None:
            margin = default_margin(self.task.metric, best)
        if budget.kind == "time":
            probed = runner.journal.once("probe", lambda: {"seconds": self._probe(runner)})
            budget.calibrate(probed["seconds"])
        planned = runner.journal.once(
            "plan",
            lambda: asdict(
                make_plan(
                    budget.epochs_left(reserve=REPORT_SECONDS), space_size=self.space.entrants()
                )
            ),
        )
        plan = Plan(
            **{**planned, "rungs": tuple(planned["rungs"]), "looks": tuple(planned["looks"])}
        )
        return plan, margin

    def _probe(self, runner: Runner) -> float:
        """Return the mean processor time of an epoch of the cheapest and the dearest network."""
        deepest = max(self.space.depths)
        dear = self.space.build(
            cell="lstm", activations=["tanh"] * deepest, recurrent_activation="sigmoid"
        )
        seconds = []
        for architecture in (self.defaults[-1], dear):
            job = TrainingJob(
                architecture=architecture,
                learning_rate=1e-3,
                repeat=SCREENING,
                until_epoch=1,
                seed=self.seed,
            )
            result = job.run(runner.pool.trainer)
            seconds.append(result.seconds)
        return float(np.mean(seconds))

    # -- 1. screening -------------------------------------------------------------------------

    def _screen(
        self, folder: StudyFolder, runner: Runner, budget: Budget, plan: Plan
    ) -> tuple[ScreeningOutcome, float]:
        began = budget.elapsed()
        with optuna_study(
            folder.database, self.request.storage, self.task.metric.direction
        ) as study:
            outcome = Screening(
                study=study,
                space=self.space,
                plan=plan,
                runner=runner,
                seed=self.seed,
                direction=self.task.metric.direction,
                first=[*self.defaults, *self._picks()],
                deadline=budget.deadline(SCREENING_SHARE, reserve=self._reserve(budget, plan)),
                announce=self.progress.advance,
                stage=lambda name, total: self.progress.stage(name, total, budget.ends),
            ).run()
        if not outcome.finalists:
            raise RunError(
                f"No training finished: {outcome.diverged} of {outcome.trials} diverged, the "
                "others ran out of budget. Give a larger --budget; if all diverge, look at the "
                "scale of the data."
            )
        return outcome, budget.elapsed() - began

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

    def _reserve(self, budget: Budget, plan: Plan) -> float:
        """Return the seconds that refits and the report will need."""
        rounds = -(-2 // max(1, self.workers))
        return REPORT_SECONDS + rounds * plan.epochs * budget.seconds_per_epoch

    # -- 2 and 3. confirmation and verdict ----------------------------------------------------

    def _confirm(
        self,
        runner: Runner,
        budget: Budget,
        plan: Plan,
        screened: ScreeningOutcome,
        margin: float,
    ) -> ConfirmationOutcome:
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
                looks=len(plan.looks),
                seconds_per_repeat=seconds,
                rng=generator(self.seed, "verdict"),
            )

        def racing(table: ScoreTable) -> Sequence[bool]:
            return still_racing(
                table,
                is_baseline=is_baseline,
                margin=margin,
                confidence=CONFIDENCE,
                looks=len(plan.looks),
            )

        return Confirmation(
            finalists=finalists,
            baselines=self.baseline_names,
            plan=plan,
            runner=runner,
            budget=budget,
            seed=self.seed,
            direction=self.task.metric.direction,
            overlap=self._overlap,
            reserve_epochs=2.0 * plan.epochs,
            deadline=budget.deadline(1.0, reserve=self._reserve(budget, plan)),
            decide=decided,
            racing=racing,
            announce=self.progress.advance,
            stage=lambda name, total: self.progress.stage(name, total, budget.ends),
        ).run()

    def _overlap(self, repeat: int) -> float:
        return self.task.fold(self.development, repeat, self.seed).overlap

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
        return final_test(
            task=self.task,
            test=self.test,
            recommended=screened.finalists[decision.recommended],
            default=default,
            best_baseline=self.baseline_names[decision.best_baseline - len(screened.finalists)],
            plan=plan,
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

    # -- report -------------------------------------------------------------------------------

    def _record(
        self,
        runner: Runner,
        budget: Budget,
        plan: Plan,
        screened: ScreeningOutcome,
        seconds: float,
        confirmed: ConfirmationOutcome,
        tested: TestOutcome,
    ) -> ReportRecord:
        rows = assemble.ranking(confirmed, screened.finalists, self.defaults, self.task)
        picks = guide.picks(self.request.task, self.task.length)
        return ReportRecord(
            schema_version=SCHEMA_VERSION,
            actselect_version=version("actselect"),
            created=assemble.now(),
            task=self.request.task,
            metric=self.task.metric,
            dataset=assemble.dataset_record(self.dataset),
            verdict=confirmed.decision.verdict,
            ranking=rows,
            baselines=assemble.baselines(confirmed, self.baseline_names, tested),
            test=tested.record,
            screening=assemble.screening_record(screened, plan, runner, seconds),
            confirmation=assemble.confirmation_record(confirmed, runner),
            guide=GuideRecord(
                suggested=tuple(a.label for a in self._picks()),
                agreement=guide.agreement(picks, rows, confirmed.decision.verdict),
            ),
            budget=BudgetRecord(
                kind=budget.kind, amount=budget.amount, spent=round(budget.spent, 1)
            ),
            seeds=SeedsRecord(root=self.seed, repeats=tuple(range(len(confirmed.table.scores)))),
            environment=assemble.environment(runner, self.workers),
            options=self.request.to_dict(effective=True),
            command=self.command,
            notes=(
                *self.notes,
                *self.task.notes,
                *assemble.cautions(screened, tested, plan, self.space.entrants(), self.task.metric),
            ),
        )
