"""Screenings on workers that only wait, and how long the coordinator itself was busy."""

from __future__ import annotations

import pickle
import tempfile
import time
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
from actselect.training import Trainer, TrainingResult
from actselect.workers import WorkerPool, make_engine, worker_conditions
from studies.scaling.stub import Waiting

BRACKETS = 3
EPOCHS = 27  # of a full training
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
        began = time.monotonic()
        outcome = Screening(
            study=optuna.create_study(direction="minimize"), space=space, plan=plan,
            runner=runner,  # type: ignore[arg-type]  # it runs trainings in the same way
            seed=0, direction="minimize", first=space.defaults(), deadline=None,
            announce=lambda _: None, stage=lambda _, __: None, sync=lambda: None,
        ).run()  # fmt: skip
        wall = time.monotonic() - began
        size = journal.path.stat().st_size
        kept = [path.stat().st_size for path in (Path(place) / "checkpoints").iterdir()]
        trainings = len(journal.items())
    return {
        "architectures": outcome.architectures, "workers": workers, "trials": outcome.trials,
        "trainings": trainings, "wall": round(wall, 2),
        "coordinator": round(wall - pool.waited, 2),
        "share": round((wall - pool.waited) / wall, 4),
        "handing": round(runner.seconds, 2),
        "journal_bytes": round(size / trainings), "checkpoint_bytes": round(fmean(kept)),
        "job_bytes": runner.job_bytes, "result_bytes": runner.result_bytes,
    }  # fmt: skip


class Watched:
    """A runner that knows how long trainings took as a whole, the coordinator's part included."""

    def __init__(self, *words: Any) -> None:
        self._runner, self.seconds = Runner(*words), 0.0
        self.job_bytes = self.result_bytes = 0  # of the last first one, without checkpoints
        self.budget = self._runner.budget

    def train(self, *words: Any) -> list[TrainingResult]:
        """Run trainings, as :meth:`Runner.train`."""
        began = time.monotonic()
        found = self._runner.train(*words)
        self.seconds += time.monotonic() - began
        self.job_bytes = len(pickle.dumps(words[0][0]))
        self.result_bytes = len(pickle.dumps(found[0]))
        return found


class Nothing:
    """A job that does nothing, for workers to start with."""

    def run(self, _: Trainer) -> None:
        """Do nothing."""

    def lost(self, reason: str) -> None:
        """Refuse."""
        raise RuntimeError(reason)
