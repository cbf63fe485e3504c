"""Screenings on workers that only wait, and how long the coordinator itself was busy."""

from __future__ import annotations

import pickle
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from statistics import fmean
from typing import Any

import optuna

from actselect import clock
from actselect.data import load
from actselect.journal import Journal
from actselect.planning import Budget, Plan, rungs_for
from actselect.runner import Runner
from actselect.screening import Screening
from actselect.search_space import make_space
from actselect.tasks import bind
from actselect.training import Trainer, TrainingJob, TrainingResult
from actselect.workers import WorkerPool, make_engine, worker_conditions
from studies.scaling.stub import Waiting

BRACKETS = 3
EPOCHS = 60  # of a full training, as planned wherever so many architectures enter
CHECKPOINT = 60_000  # bytes: 5,000 weights, their best values and two moments


def screening(architectures: int, workers: int, seconds: float) -> dict[str, float]:
    """Screen architectures of the full space on workers that only wait.

    Args:
        architectures: that enter.
        workers: trainings at once.
        seconds: of an epoch.
    """
    executor = Waiting(workers, seconds, CHECKPOINT)
    found = _screened(architectures, executor, workers)
    useful = executor.busy / workers / found["wall"]
    return {**found, "epoch": seconds, "efficiency": round(useful, 4)}


def local(
    architectures: int, workers: int, hidden: int, series: str = "airpassengers"
) -> dict[str, float]:
    """Screen architectures of the full space in worker processes of this machine.

    Args:
        architectures: that enter.
        workers: processes.
        hidden: units of the LSTM that all are matched to.
        series: name of a built-in data set.
    """
    found = _screened(architectures, "local", workers, hidden, series)
    return {
        "hidden": hidden,
        **found,
        "per_minute": round(60 * found["trainings"] / found["wall"], 1),
    }


def _screened(
    architectures: int,
    executor: str | Executor,
    workers: int,
    hidden: int = 32,
    series: str = "airpassengers",
) -> dict[str, float]:
    dataset = load(series, task="forecasting")
    task = bind("forecasting", dataset, horizon=6)
    development, _ = task.development_and_test(0)
    space = make_space(
        "full", input_size=task.input_size, output_size=task.output_size,
        bidirectional_allowed=True, hidden_size=hidden,
    )  # fmt: skip
    plan = Plan(
        architectures=architectures, brackets=BRACKETS, rungs=rungs_for(EPOCHS), finalists=3
    )
    trainer = Trainer(task, development)
    engine = make_engine(task, development, trainer=trainer, executor=executor, workers=workers)
    pool = WorkerPool(engine)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with tempfile.TemporaryDirectory() as place, worker_conditions(), pool:
        budget = Budget("epochs", 1e9, started=clock.now(), workers=workers)
        journal = Journal(Path(place) / "journal.jsonl")
        runner = Watched(trainer, pool, journal, Path(place) / "checkpoints", budget)
        pool.run([Nothing()] * workers, lambda _, __: None)  # the start-up is not measured
        pool.waited = 0.0
        began, processor = time.monotonic(), time.process_time()
        outcome = Screening(
            study=optuna.create_study(direction="minimize"), space=space, plan=plan,
            runner=runner,  # type: ignore[arg-type]  # it runs trainings in the same way
            seed=0, direction="minimize", first=space.defaults(), deadline=None,
            announce=lambda _: None, stage=lambda _, __: None, sync=lambda: None,
        ).run()  # fmt: skip
        wall, processor = time.monotonic() - began, time.process_time() - processor
        size = journal.path.stat().st_size
        kept = [path.stat().st_size for path in (Path(place) / "checkpoints").iterdir()]
        trainings = len(journal.items())
    return {
        "architectures": outcome.architectures, "workers": workers, "trials": outcome.trials,
        "trainings": trainings, "wall": round(wall, 2),
        "coordinator": round(wall - pool.waited, 2),
        "share": round((wall - pool.waited) / wall, 4),
        "processor": round(processor, 2),
        "idle": round(1 - runner.trained / workers / wall, 4),
        "choosing": round(runner.choosing, 2), "handing": round(runner.seconds, 2),
        "journal_bytes": round(size / trainings), "checkpoint_bytes": round(fmean(kept)),
        "job_bytes": runner.job_bytes, "result_bytes": runner.result_bytes,
    }  # fmt: skip


class Watched:
    """A runner that knows how long jobs took to choose, and to be handed out and recorded."""

    def __init__(self, *words: Any) -> None:
        self._runner, self.seconds, self.choosing, self.trained = Runner(*words), 0.0, 0.0, 0.0
        self.job_bytes = self.result_bytes = 0  # of the last one, without checkpoints
        self.budget = self._runner.budget

    def train(
        self, jobs: Iterable[TrainingJob], done: Callable[[TrainingJob, TrainingResult], None]
    ) -> list[TrainingResult]:
        """Run trainings, as :meth:`Runner.train`."""
        began, chosen = time.monotonic(), self.choosing
        found = self._runner.train(self._timed(iter(jobs)), done)
        self.seconds += time.monotonic() - began - (self.choosing - chosen)
        self.trained += sum(result.seconds for result in found)
        *_, last = self._runner.trainings.values()
        self.job_bytes, self.result_bytes = (len(pickle.dumps(what)) for what in last)
        return found

    def _timed(self, jobs: Iterator[TrainingJob]) -> Iterator[TrainingJob]:
        while True:
            began = time.monotonic()
            job = next(jobs, None)
            self.choosing += time.monotonic() - began
            if job is None:
                return
            yield job


class Nothing:
    """A job that does nothing, for workers to start with."""

    def run(self, _: Trainer) -> None:
        """Do nothing."""

    def lost(self, reason: str) -> None:
        """Refuse."""
        raise RuntimeError(reason)
