"""Workers that only wait: so many at once as no machine here has."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np

from actselect.seeding import generator
from actselect.training import TrainingJob, TrainingResult
from actselect.workers._process import Done

EPOCH = 25.0  # of a training that improves to its end


class Waiting(Executor):
    """An executor whose trainings take time and nothing else.

    Args:
        workers: trainings at once.
        seconds: of an epoch, on average.
        checkpoint: bytes that a training leaves.
    """

    def __init__(self, workers: int, seconds: float, checkpoint: int) -> None:
        self._free, self._seconds, self._state = workers, seconds, b"\0" * checkpoint
        self._queue: list[tuple[TrainingJob, Future[Done]]] = []
        self._ends: list[tuple[float, int, TrainingJob, Future[Done]]] = []
        self._changed = threading.Condition()
        self._count, self.busy = 0, 0.0
        threading.Thread(target=self._serve, daemon=True).start()

    def submit(self, _run: Callable[..., Any], /, *words: Any, **_: Any) -> Future[Any]:  # type: ignore[override]
        """Take a job of a study: words are the study, its setup, the job, and the time."""
        job: TrainingJob = words[2]
        future: Future[Done] = Future()
        if not isinstance(job, TrainingJob):
            future.set_result(Done(None, 0))
            return future
        with self._changed:
            self._queue.append((job, future))
            self._changed.notify()
        return future

    def _serve(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                while self._queue and self._free:
                    job, future = self._queue.pop(0)
                    self._free -= 1
                    self._count += 1
                    length = self._length(job)
                    self.busy += length
                    heapq.heappush(self._ends, (now + length, self._count, job, future))
                over = []
                while self._ends and self._ends[0][0] <= now:
                    over.append(heapq.heappop(self._ends))
                    self._free += 1
                if not over:
                    wait = self._ends[0][0] - now if self._ends else 1.0
                    self._changed.wait(timeout=wait)
            for _, _, job, future in over:
                future.set_result(Done(self._result(job), 0))

    def _length(self, job: TrainingJob) -> float:
        spread = generator(job.seed, "length", job.key).uniform(0.5, 1.5)  # layers and cells differ
        return float(spread * self._seconds * _epochs(job))

    def _result(self, job: TrainingJob) -> TrainingResult:
        quality = generator(0, "quality", job.architecture.key).normal()
        score = (
            quality + abs(np.log2(job.learning_rate / 0.004)) + EPOCH / (EPOCH + job.until_epoch)
        )
        return TrainingResult(
            epochs=job.until_epoch, best_epoch=job.until_epoch, finished=False, cut=False,
            diverged=None, score=float(score), stop_losses=(1.0,) * (job.until_epoch + 1), steps=8,
            train_ms_per_step=1.0, infer_ms_per_sequence=1.0,
            seconds=self._seconds * _epochs(job),
            checkpoint=self._state if job.keep else None,
        )  # fmt: skip


def _epochs(job: TrainingJob) -> int:
    """Return the epochs of this job alone, without those that it goes on from."""
    before = 0 if job.continues is None else int(job.continues.split("|")[-1])
    return job.until_epoch - before
