"""What happens in a worker: it is given the data once, then job after job.

One thread each.  Measured on small recurrent networks: two processes with one thread each do four
times the work of one process with two threads.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import cloudpickle  # type: ignore[import-untyped]  # ships none
import torch

from actselect import __version__, clock
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

STUDIES_AT_ONCE = 4  # whose data a worker of a shared cluster keeps


class Job(Protocol[Result_co]):
    """What a worker can do: a training, a baseline on a repeat, a look into a network."""

    def run(self, trainer: Trainer) -> Result_co:
        """Do it."""

    def lost(self, reason: str) -> Result_co:
        """Return the result of a job that no worker survives.

        Raises:
            RunError: the study cannot go on without it.
        """


class OutOfMemoryError(Exception):
    """A job wanted more memory than this process may have."""


class Done(NamedTuple):
    """The result of a job, and the peak memory of its process in bytes."""

    result: object
    memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSetup:
    """What every worker needs once: data, split, and the components that the user registered.

    These travel by value, so that lambdas and functions of a notebook will do, and a script needs
    no ``if __name__ == "__main__"`` around its calls.
    """

    task: Task
    development: IntArray
    backend: Backend
    activations: tuple[bytes, ...]
    cells: dict[str, bytes]
    version: str = __version__

    @classmethod
    def gather(cls, task: Task, development: IntArray, backend: Backend) -> WorkerSetup:
        """Return the setup for this process's study.

        Raises:
            UsageError: a registered component cannot be copied to another process.
        """
        return cls(
            task=task,
            development=development,
            backend=backend,
            activations=tuple(_by_value(a.name, a) for a in activations_by_user()),
            cells={name: _by_value(name, cell) for name, cell in cells_by_user().items()},
        )


def _by_value(name: str, component: object) -> bytes:
    try:
        return bytes(cloudpickle.dumps(component))
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise UsageError(
            f"{name!r} is copied to the worker processes, so it must hold nothing that belongs to "
            f"one process (open files, locks, connections). Got: {error}. Remove it, or choose "
            "workers=0."
        ) from error


_setups: dict[str, WorkerSetup] = {}
_threads = threading.local()  # threads of one worker do not share a trainer: it keeps a split


def know(study: str, setup: WorkerSetup) -> None:
    """Keep the setup of a study in this process."""
    _setups[study] = setup
    for oldest in list(_setups)[:-STUDIES_AT_ONCE]:
        _setups.pop(oldest, None)


def receive(study: str, text: bytes) -> None:
    """Unpack the setup of a study that the coordinator sent.

    Raises:
        RunError: the coordinator is another version of actselect.
    """
    setup: WorkerSetup = pickle.loads(text)  # noqa: S301 - the coordinator's own
    if setup.version != __version__:
        raise RunError(
            f"The worker on {os.uname().nodename} runs actselect {__version__}, the coordinator "
            f"{setup.version}. Install the same version on all machines."
        )
    restore_activations(tuple(cloudpickle.loads(a) for a in setup.activations))
    restore_cells({name: cloudpickle.loads(cell) for name, cell in setup.cells.items()})
    know(study, setup)


def run_job(study: str, text: bytes | None, job: Job[object], sent: float) -> Done | None:
    """Do a job in a worker; None when this worker does not know the study.

    Args:
        study: name of the study's setup.
        text: the setup, pickled; None when the worker should have it.
        job: what to do.
        sent: the coordinator's time when it was sent.

    Raises:
        OutOfMemoryError: there was not enough memory.
    """
    clock.synchronise(study, sent)
    trainer = _trainer(study, text)
    return None if trainer is None else done(job, trainer)


def done(job: Job[object], trainer: Trainer) -> Done:
    """Do a job.

    Raises:
        OutOfMemoryError: there was not enough memory.
    """
    try:
        return Done(job.run(trainer), peak_memory())
    except MemoryError as error:
        raise OutOfMemoryError from error
    except RuntimeError as error:  # torch's own, on a CPU, has no class
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise OutOfMemoryError from error
        raise


def _trainer(study: str, text: bytes | None) -> Trainer | None:
    trainers: dict[str, Trainer] = _threads.__dict__.setdefault("trainers", {})
    if study not in trainers:
        if study not in _setups and text is not None:
            receive(study, text)
        if study not in _setups:
            return None
        prepare_torch()
        setup = _setups[study]
        trainers.clear()
        trainers[study] = Trainer(setup.task, setup.development, setup.backend)
    return trainers[study]


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


def exit_with_parent() -> None:
    """End this process when the coordinator is gone; a killed one cannot say goodbye."""
    parent = multiprocessing.parent_process()  # which may be gone already

    def watch() -> None:
        while parent is not None and os.getppid() == parent.pid:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


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
