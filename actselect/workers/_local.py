"""Worker processes beside this one, each behind a ``ProcessPoolExecutor`` of its own.

So it is known which job was whose, and one that dies or hangs takes no other with it.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from types import ModuleType
from typing import Any, final
from weakref import WeakKeyDictionary

import psutil

from actselect import clock
from actselect.exceptions import RunError
from actselect.workers._engine import Engine
from actselect.workers._process import (
    Done,
    Job,
    WorkerSetup,
    exit_with_parent,
    peak_memory,
    prepare_torch,
    receive,
    run_job,
)

STARTS = 20  # that may fail in a row
IDLE = 120  # looks, one a second, without any processor time used: the job hangs
STUDY = "study"  # a local worker knows only one


def default_workers() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@final
class Local(Engine):
    """Processes of this machine.

    Args:
        setup: what each is given when it starts.
        workers: how many.
    """

    def __init__(self, setup: WorkerSetup, workers: int) -> None:
        text = pickle.dumps(setup)
        self._workers = [_Worker(text) for _ in range(workers)]
        self._starts: WeakKeyDictionary[Future[Done], Future[int] | None] = WeakKeyDictionary()

    @property
    def workers(self) -> int:
        """The number of processes."""
        return len(self._workers)

    def submit(self, job: Job[object]) -> Future[Done]:
        """Give the job to a worker that has none."""
        worker = next(worker for worker in self._workers if worker.free)
        future = worker.submit(job)
        self._starts[future] = worker.hello
        return future

    def warm_up(self) -> None:
        """Start all processes."""
        for worker in self._workers:
            worker.start()

    def blames(self, future: Future[Done]) -> bool:
        """Whether its worker had started before it died."""
        return _well(self._starts.get(future))

    def watch(self, limit: float | None) -> None:
        """End workers whose job uses no processor time, or takes longer than it may."""
        for worker in self._workers:
            worker.watch(limit)

    def stop(self) -> None:
        """End all processes; what they do is not waited for."""
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.close()


class _Worker:
    """One process, started when it is needed, and again when it died."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._pool: ProcessPoolExecutor | None = None
        self.hello: Future[int] | None = None
        self._failed = 0  # starts in a row
        self._job: Future[Done] | None = None
        self._used, self._idle, self._looks = 0.0, 0, 0

    @property
    def free(self) -> bool:
        return self._job is None or self._job.done()

    def start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = _executor(self._text)
            with _main_kept_out():
                self.hello = self._pool.submit(peak_memory)
        return self._pool

    def submit(self, job: Job[object]) -> Future[Done]:
        self._used, self._idle, self._looks = 0.0, 0, 0
        try:
            future = self._submit(job)
        except BrokenExecutor:  # it died while it had nothing to do, or with its last job
            self._restart()
            future = self._submit(job)
        self._job = future
        return future

    def _submit(self, job: Job[object]) -> Future[Done]:
        pool = self.start()
        with _main_kept_out():
            future: Future[Any] = pool.submit(run_job, STUDY, None, job, clock.now())
            return future

    def _restart(self) -> None:
        self._failed = 0 if _well(self.hello) else self._failed + 1
        if self._failed >= STARTS:
            raise RunError(
                f"Worker processes cannot start: {STARTS} died while starting, one after the "
                "other. Is memory short? What was finished is kept: continue with actselect "
                "resume, with fewer --workers, or --workers 0 for none beside this process."
            )
        self.close()

    def watch(self, limit: float | None) -> None:
        if self.free:
            return
        self._looks += 1  # not seconds: a computer that slept has not looked
        used = self._processor_time()
        self._idle = 0 if used > self._used else self._idle + 1
        self._used = max(used, self._used)
        if self._idle >= IDLE or (limit is not None and self._looks > limit):
            self.kill()

    def _processor_time(self) -> float:
        try:
            return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in self._pids())
        except psutil.Error:  # it has just died: its future says so
            return self._used + 1.0

    def _pids(self) -> list[int]:
        processes = getattr(self._pool, "_processes", None) or {}
        return list(processes)

    def kill(self) -> None:
        """End the process at once, even one that is stopped; it has nothing to save."""
        processes = getattr(self._pool, "_processes", None) or {}
        for process in list(processes.values()):
            process.kill()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _well(hello: Future[int] | None) -> bool:
    """Whether a process has started as it should; it may have died since."""
    return hello is not None and hello.done() and hello.exception() is None


def _executor(text: bytes) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    setups: SimpleQueue[bytes] = context.SimpleQueue()
    pool = ProcessPoolExecutor(
        max_workers=1, mp_context=context, initializer=_start, initargs=(setups,)
    )
    # As an argument of the process it would hold up the others' start until this one has read it,
    # after seconds of imports.
    threading.Thread(target=setups.put, args=(text,), daemon=True).start()
    return pool


def _start(setups: SimpleQueue[bytes]) -> None:
    """Prepare this worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to handle
    exit_with_parent()
    prepare_torch()
    receive(STUDY, setups.get())


@contextmanager
def _main_kept_out() -> Iterator[None]:
    """Start processes that do not import the user's script, whose top level would run again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
