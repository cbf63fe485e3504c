"""Where jobs run: in this process, in processes beside it, on a cluster."""

from __future__ import annotations

from abc import ABC, abstractmethod
from concurrent.futures import BrokenExecutor, Future
from typing import ClassVar, final

from actselect.training import Trainer
from actselect.workers._process import Done, Job, OutOfMemoryError, done


class Engine(ABC):
    """Takes jobs, and gives futures for them.

    A future that ends with one of ``losses`` may be tried again: its worker is gone, not its job.
    """

    elsewhere: ClassVar[bool] = True  # jobs run while this process does something else
    losses: ClassVar[tuple[type[BaseException], ...]] = (BrokenExecutor, OutOfMemoryError)

    @property
    @abstractmethod
    def workers(self) -> int:
        """Jobs that run at once."""

    @property
    def width(self) -> int:
        """Jobs to hand out at once: more than run where the way there is long."""
        return self.workers

    @abstractmethod
    def submit(self, job: Job[object]) -> Future[Done]:
        """Hand out a job; at most ``width`` are out at once."""

    def blames(self, future: Future[Done]) -> bool:  # noqa: ARG002 - in doubt it was the job
        """Whether the job of a lost future may be why its worker died."""
        return True

    def warm_up(self) -> None:  # noqa: B027 - there may be nothing to warm up
        """Start the workers, so that their start-up overlaps other work."""

    def watch(self, limit: float | None) -> None:  # noqa: B027 - others watch over themselves
        """Look after the workers, once a second: one that hangs is ended, and its job lost.

        Args:
            limit: seconds that a job may take at most; None: any number.
        """

    @abstractmethod
    def stop(self) -> None:
        """End everything at once."""


@final
class InProcess(Engine):
    """Runs each job right here, when it is handed out."""

    elsewhere: ClassVar[bool] = False

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    @property
    def workers(self) -> int:
        """One."""
        return 1

    def submit(self, job: Job[object]) -> Future[Done]:
        """Do the job."""
        future: Future[Done] = Future()
        try:
            future.set_result(done(job, self._trainer))
        except Exception as error:  # noqa: BLE001 - a future holds any
            future.set_exception(error)
        return future

    def stop(self) -> None:
        """Nothing runs."""
