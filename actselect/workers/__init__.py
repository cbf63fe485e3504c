"""Jobs, and where they run: here, in processes beside this one, on other machines."""

from __future__ import annotations

from concurrent.futures import Executor

from actselect.exceptions import UsageError
from actselect.records import IntArray
from actselect.recurrence import Backend
from actselect.tasks import Task
from actselect.training import Trainer
from actselect.workers._engine import Engine, InProcess
from actselect.workers._executor import SCHEME, Dask, Foreign
from actselect.workers._local import Local, default_workers
from actselect.workers._pool import WorkerPool
from actselect.workers._process import (
    Job,
    WorkerSetup,
    peak_memory,
    prepare_torch,
    worker_conditions,
)

__all__ = [
    "Engine",
    "InProcess",
    "Job",
    "WorkerPool",
    "check_executor",
    "default_workers",
    "make_engine",
    "peak_memory",
    "prepare_torch",
    "worker_conditions",
]


def check_executor(executor: str | Executor) -> None:
    """Refuse what is no executor, before anything is done.

    Raises:
        UsageError: it is neither ``"local"``, nor ``"dask://host:port"``, nor an ``Executor``.
    """
    if isinstance(executor, Executor) or executor == "local":
        return
    if not (isinstance(executor, str) and executor.startswith(SCHEME)):
        raise UsageError(
            "executor must be 'local', 'dask://host:port' or, in Python, a "
            f"concurrent.futures.Executor. Got {executor!r}."
        )


def make_engine(
    task: Task,
    development: IntArray,
    *,
    trainer: Trainer,
    backend: Backend = "auto",
    executor: str | Executor = "local",
    workers: int | None = None,
) -> Engine:
    """Return where the jobs of a study run.

    Args:
        task: sent to each worker once.
        development: (E,) examples the workers may look at.
        trainer: this process's own.
        backend: what runs the recurrent layers, the same everywhere.
        executor: ``"local"``, ``"dask://host:port"``, or an ``Executor``.
        workers: local: processes, all cores by default, 0 for none beside this one; an
            ``Executor``: jobs that it runs at once; Dask says so itself.

    Raises:
        UsageError: ``executor`` or ``workers`` is wrong, or a registered component cannot be
            copied.
        MissingExtraError: the extra that the executor needs is not installed.
    """
    check_executor(executor)
    if workers is not None and workers < 0:
        raise UsageError(f"workers must be at least 0. Got {workers}.")
    count = default_workers() if workers is None else workers
    if executor == "local" and count == 0:
        return InProcess(trainer)
    setup = WorkerSetup.gather(task, development, backend)
    if isinstance(executor, Executor):
        return Foreign(executor, setup, max(1, count))
    return Local(setup, count) if executor == "local" else Dask(executor, setup)
