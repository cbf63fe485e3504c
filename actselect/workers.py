"""The one place that runs many trainings at once, through ``concurrent.futures``.

Each worker is a spawned process with one thread.  Measured on small recurrent networks: two
processes with one thread each do four times the work of one process with two threads.
Results do not depend on the number of workers: a job names its own random streams.

What the user registered travels to the workers by value, so that lambdas and functions of a
notebook will do, and a script needs no ``if __name__ == "__main__"`` around its calls.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Protocol, Self, TypeVar, final

import cloudpickle  # type: ignore[import-untyped]  # ships none
import torch

from actselect.activations import registered_by_user as activations_by_user
from actselect.activations import restore as restore_activations
from actselect.cells import registered_by_user as cells_by_user
from actselect.cells import restore as restore_cells
from actselect.exceptions import RunError, UsageError
from actselect.records import IntArray
from actselect.recurrence import Backend
from actselect.tasks import Task
from actselect.training import Trainer

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSetup:
    """What every worker needs once: data, split, and the components that the user registered."""

    task: Task
    development: IntArray
    backend: Backend
    activations: tuple[bytes, ...]
    cells: dict[str, bytes]


_trainer: Trainer | None = None


def _start(setups: SimpleQueue[bytes]) -> None:
    """Prepare this worker process."""
    global _trainer  # noqa: PLW0603 - a worker process has exactly one trainer, set once
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to handle
    _exit_with_parent()
    prepare_torch()
    setup: WorkerSetup = pickle.loads(setups.get())  # noqa: S301 - the coordinator's own
    restore_activations(tuple(cloudpickle.loads(a) for a in setup.activations))
    restore_cells({name: cloudpickle.loads(cell) for name, cell in setup.cells.items()})
    _trainer = Trainer(setup.task, setup.development, setup.backend)


def _hand_out(setups: SimpleQueue[bytes], text: bytes, count: int) -> None:
    for _ in range(count):
        setups.put(text)


def prepare_torch() -> None:
    """One thread, and no denormals: vanishing gradients would slow training tenfold."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)


@contextmanager
def worker_conditions() -> Iterator[None]:
    """Compute in this process as a worker would, and give the user's thread count back."""
    threads = torch.get_num_threads()
    prepare_torch()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_flush_denormal(False)


def _exit_with_parent() -> None:
    """End this process when the coordinator is gone; a killed one cannot say goodbye."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _by_value(name: str, component: object) -> bytes:
    """Return what the user registered under this name, ready to be copied.

    Raises:
        UsageError: it cannot be copied to another process.
    """
    try:
        return bytes(cloudpickle.dumps(component))
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise UsageError(
            f"{name!r} is copied to the worker processes, so it must hold nothing that belongs to "
            f"one process (open files, locks, connections). Got: {error}. Remove it, or choose "
            "workers=0."
        ) from error


@contextmanager
def _main_kept_out() -> Iterator[None]:
    """Start processes that do not import the user's script, whose top level would run again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class Job(Protocol[Result_co]):
    """What a worker can do: a training, or a baseline on a repeat."""

    def run(self, trainer: Trainer) -> Result_co:
        """Do it."""


def _run(job: Job[Result]) -> tuple[Result, int]:
    if _trainer is None:
        raise RuntimeError("worker was not started")
    return job.run(_trainer), peak_memory()


def peak_memory() -> int:
    """Return the peak resident memory of this process in bytes; 0 where the system cannot say."""
    if sys.platform == "win32":
        return 0
    status = Path("/proc/self/status")
    if status.exists():  # Linux, where the other figure begins with that of the parent process
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf8").splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def default_workers() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@final
class WorkerPool:
    """Runs jobs and hands back each result as it ends.

    Args:
        task: sent to each worker once.
        development: (E,) examples the workers may look at.
        workers: number of processes; 0 runs everything in this process.
        backend: what runs the recurrent layers, the same in every process.

    Raises:
        UsageError: ``workers`` is negative, or a registered component cannot be copied.
    """

    def __init__(
        self, task: Task, development: IntArray, workers: int, backend: Backend = "auto"
    ) -> None:
        if workers < 0:
            raise UsageError(f"workers must be at least 0. Got {workers}.")
        self.workers = max(1, workers)
        self.peak_worker_memory = 0
        self._pool: Executor | None = None
        self.trainer = Trainer(task, development, backend)
        if workers > 0:
            setup = WorkerSetup(
                task=task,
                development=development,
                backend=backend,
                activations=tuple(_by_value(a.name, a) for a in activations_by_user()),
                cells={name: _by_value(name, cell) for name, cell in cells_by_user().items()},
            )
            context = multiprocessing.get_context("spawn")
            setups: SimpleQueue[bytes] = context.SimpleQueue()
            self._pool = ProcessPoolExecutor(
                max_workers=workers, mp_context=context, initializer=_start, initargs=(setups,)
            )
            # As an argument of the processes it would hold up each one's start until the one
            # before has read it, after seconds of imports.
            threading.Thread(
                target=_hand_out, args=(setups, pickle.dumps(setup), workers), daemon=True
            ).start()

    def run(
        self,
        jobs: Sequence[Job[Result]],
        done: Callable[[int, Result], None],
    ) -> None:
        """Run the jobs; call ``done(index, result)`` in this process as each one ends.

        Jobs start in the order given, so put the longest first.

        Raises:
            RunError: a worker process died (killed, or out of memory).
        """
        if self._pool is None:
            for index, job in enumerate(jobs):
                done(index, job.run(self.trainer))
            return
        futures: dict[Future[tuple[Result, int]], int] = {}
        try:
            with _main_kept_out():
                futures = {self._pool.submit(_run, job): index for index, job in enumerate(jobs)}
            for future in as_completed(futures):
                result, memory = future.result()
                self.peak_worker_memory = max(self.peak_worker_memory, memory)
                done(futures[future], result)
        except BrokenProcessPool as error:
            raise RunError(
                "A worker process died (killed, or out of memory). What was finished is kept: "
                "continue with actselect resume, with fewer --workers if memory was short."
            ) from error
        finally:
            for future in futures:
                future.cancel()

    def warm_up(self) -> None:
        """Start the worker processes now, so that their start-up overlaps other work."""
        if self._pool is not None:
            with _main_kept_out():
                for _ in range(self.workers):
                    self._pool.submit(peak_memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(self._pool, ProcessPoolExecutor):
            # What is in flight after an interruption is not waited for; and idle processes would
            # take a second to take themselves apart.
            for process in list((self._pool._processes or {}).values()):  # noqa: SLF001
                process.terminate()
            self._pool.shutdown(wait=True, cancel_futures=True)
