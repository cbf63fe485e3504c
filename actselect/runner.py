"""Runs jobs through the workers and remembers them: nothing that was finished is done again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Protocol, final

from actselect.exceptions import StudyError
from actselect.files import write_atomically
from actselect.journal import Entry, Journal
from actselect.planning import Budget
from actselect.recorder import Recorder
from actselect.training import (
    BaselineJob,
    BaselineResult,
    Trainer,
    TrainingJob,
    TrainingResult,
)
from actselect.workers import WorkerPool

HUNG_SECONDS = 600.0  # a training that takes longer than this ...
HUNG_TIMES = 50.0  # ... and than so many of its kind counts as hung


def _nothing(job: TrainingJob, result: TrainingResult) -> None:
    """Ignore a result."""


class Measurement(Protocol):
    """A job that finds plain values for JSON; equal keys, equal results."""

    @property
    def key(self) -> str:
        """Name of the job."""
        ...

    def run(self, trainer: Trainer) -> Entry:
        """Measure."""
        ...

    def lost(self, reason: str) -> Entry:
        """Return what stands for a measurement that no worker survives."""
        ...


@final
class Runner:
    """The coordinator's hands.

    Args:
        trainer: this process's own, for what is not handed out.
        pool: the workers.
        journal: where finished jobs are recorded and looked up.
        folder: where checkpoints lie while a study runs.
        budget: what finished jobs are counted against.
        metric: name of the metric, for the rows of ``scores.csv``.
    """

    def __init__(
        self, trainer: Trainer, pool: WorkerPool, journal: Journal, folder: Path, budget: Budget
    ) -> None:
        self.trainer = trainer
        self.pool, self.journal, self.budget = pool, journal, budget
        self._folder = folder
        self.trainings: dict[str, tuple[TrainingJob, TrainingResult]] = {}
        self.baseline_scores: dict[str, tuple[BaselineJob, BaselineResult]] = {}

    def train(
        self,
        jobs: Iterable[TrainingJob],
        done: Callable[[TrainingJob, TrainingResult], None] = _nothing,
    ) -> list[TrainingResult]:
        """Return the results in the order of the jobs; those in the journal are not run again.

        Jobs are drawn while others run.  All results are recorded when this returns, whatever
        ends it.
        """
        results: list[TrainingResult | None] = []
        fresh: list[tuple[int, TrainingJob]] = []

        def not_in_journal() -> Iterator[TrainingJob]:
            for index, job in enumerate(jobs):
                if job.key in self.journal:
                    results.append(self._recalled(job))
                    done(job, self._count(job, _required(results[index])))
                else:
                    results.append(None)
                    fresh.append((index, job))
                    yield job

        with Recorder() as recorder:

            def finish(position: int, result: TrainingResult) -> None:
                index, job = fresh[position]
                results[index] = replace(result, checkpoint=None)
                if not result.cut:
                    recorder.submit(self._record, job, result, self.budget.elapsed())
                done(job, self._count(job, result))

            self.pool.run(
                not_in_journal(),
                finish,
                prepare=self._with_checkpoint,
                limit=lambda job: self._limit(job.until_epoch),
            )
        return [_required(r) for r in results]

    def baselines(self, jobs: Sequence[BaselineJob]) -> list[BaselineResult]:
        """Return the baselines' results in the order of the jobs."""
        fresh = [job for job in jobs if job.key not in self.journal]

        def finish(position: int, result: BaselineResult) -> None:
            self.journal.put(fresh[position].key, asdict(result))

        self.pool.run(fresh, finish)
        results = [BaselineResult(**self.journal[job.key]) for job in jobs]
        self.baseline_scores.update({j.key: (j, r) for j, r in zip(jobs, results, strict=True)})
        return results

    def measure(
        self, jobs: Sequence[Measurement], done: Callable[[], None] = lambda: None
    ) -> list[Entry]:
        """Return what these jobs found, in their order; those in the journal are not run again.

        They are recorded like trainings, and spend no epochs.
        """
        fresh = [job for job in jobs if job.key not in self.journal]
        for _ in range(len(jobs) - len(fresh)):
            done()

        def finish(position: int, found: Entry) -> None:
            entry = {"found": found, "elapsed": self.budget.elapsed()}
            self.journal.put(fresh[position].key, entry)
            done()

        self.pool.run(fresh, finish)
        return [self.journal[job.key]["found"] for job in jobs]

    def checkpoint(self, key: str) -> bytes:
        """Return the checkpoint of a finished job; one that is damaged or gone is made again.

        Raises:
            StudyError: what is made again differs from what the journal says.
        """
        kept = self.kept(key)
        if kept is None:
            job, _ = self.trainings[key]
            kept = self._with_checkpoint(job).run(self.trainer).checkpoint or b""
            if _hash(kept) != self.journal[key].get("sha256"):
                raise StudyError(
                    f"{self._path(key)} is damaged, and the same training now comes to something "
                    "else: another machine, or another build of torch? Start a new study."
                )
            self._folder.mkdir(exist_ok=True)
            write_atomically(self._path(key), kept)
        return kept

    def kept(self, key: str) -> bytes | None:
        """Return the checkpoint of a finished job; None where there is none, or it is damaged."""
        path = self._path(key)
        if key not in self.journal or not path.exists():
            return None
        data = path.read_bytes()
        return data if _hash(data) == self.journal[key].get("sha256") else None

    def forget_checkpoints(self) -> None:
        """Remove all checkpoints: the study is done."""
        if self._folder.exists():
            for path in self._folder.iterdir():
                path.unlink()
            self._folder.rmdir()

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.safetensors"

    def _with_checkpoint(self, job: TrainingJob) -> TrainingJob:
        return (
            job
            if job.continues is None
            else replace(job, checkpoint=self.checkpoint(job.continues))
        )

    def _limit(self, epochs: int) -> float:
        """Return the seconds after which a training of so many epochs counts as hung."""
        return HUNG_SECONDS + HUNG_TIMES * epochs * self.budget.seconds_per_epoch

    def _record(self, job: TrainingJob, result: TrainingResult, elapsed: float) -> None:
        entry: Entry = {**asdict(replace(result, checkpoint=None)), "elapsed": elapsed}
        if result.checkpoint is not None:
            self._folder.mkdir(exist_ok=True)
            write_atomically(self._path(job.key), result.checkpoint)
            entry["sha256"] = _hash(result.checkpoint)
        self.journal.put(job.key, entry)

    def _recalled(self, job: TrainingJob) -> TrainingResult:
        entry = {k: v for k, v in self.journal[job.key].items() if k not in ("elapsed", "sha256")}
        return TrainingResult(**{**entry, "stop_losses": tuple(entry["stop_losses"])})

    def _count(self, job: TrainingJob, result: TrainingResult) -> TrainingResult:
        if job.key in self.trainings:  # asked for by two: paid once
            return result
        before = self.trainings.get(job.continues or "")
        epochs = max(0, result.epochs - (before[1].epochs if before else 0))
        self.budget.record(epochs, result.seconds)
        if not result.cut:
            self.trainings[job.key] = (job, replace(result, checkpoint=None))
        return result


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _required(result: TrainingResult | None) -> TrainingResult:
    if result is None:
        raise RuntimeError("a job ended without a result")
    return result
