"""Any ``concurrent.futures.Executor``, and Dask's, as a place where jobs run."""

from __future__ import annotations

import pickle
import uuid
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Any, ClassVar, final

from actselect import clock
from actselect.exceptions import MissingExtraError, RunError, UsageError
from actselect.workers._engine import Engine
from actselect.workers._process import Done, Job, WorkerSetup, know, run_job

SCHEME = "dask://"
CONNECT = 10.0  # seconds


@final
class Foreign(Engine):
    """An executor of the user's, of threads, processes or machines; it is theirs to shut down.

    A worker that does not know the study says so, and the job is sent again with the data: so each
    gets them about once, whatever the executor is.

    Args:
        executor: the user's.
        setup: what each worker is given.
        workers: jobs that it runs at once.
    """

    def __init__(self, executor: Executor, setup: WorkerSetup, workers: int) -> None:
        self._executor, self._workers = executor, workers
        self._study, self._text = uuid.uuid4().hex, pickle.dumps(setup)
        know(self._study, setup)  # threads of this process need no copy

    @property
    def workers(self) -> int:
        """What the user said."""
        return self._workers

    def submit(self, job: Job[object]) -> Future[Done]:
        """Hand out the job, and once more with the data to a worker that lacks them."""
        answer: Future[Done] = Future()

        def hand_out(text: bytes | None) -> None:
            inner = self._executor.submit(run_job, self._study, text, job, clock.now())
            inner.add_done_callback(lambda found: _answered(answer, found, again=again))

        def again() -> None:
            hand_out(self._text)

        hand_out(None)
        return answer

    def stop(self) -> None:
        """Leave the executor as it is; what was not begun has been cancelled."""


def _answered(
    answer: Future[Done], found: Future[Done | None], *, again: Callable[[], None]
) -> None:
    if found.cancelled():
        answer.set_exception(CancelledError())
        return
    error = found.exception()
    if error is not None:
        answer.set_exception(error)
    elif (result := found.result()) is not None:
        answer.set_result(result)
    else:
        try:
            again()
        except Exception as refused:  # noqa: BLE001 - a future holds any
            answer.set_exception(refused)


@final
class Dask(Engine):
    """The workers of a Dask cluster, as many as it has at any moment.

    The data go to each worker once, from one to the next.

    Args:
        address: ``"dask://host:port"`` of the scheduler.
        setup: what each worker is given.

    Raises:
        MissingExtraError: the extra ``dask`` is not installed.
        UsageError: there is no scheduler, or it has no workers.
    """

    losses: ClassVar[tuple[type[BaseException], ...]] = (*Engine.losses, CancelledError)

    def __init__(self, address: str, setup: WorkerSetup) -> None:
        try:
            import distributed
        except ImportError as error:
            raise MissingExtraError(f"executor {address!r}", "dask") from error
        place = "tcp://" + address.removeprefix(SCHEME)
        try:
            client: Any = distributed.Client
            self._client = client(place, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"No Dask scheduler answers at {place}. Start one (dask scheduler) or correct "
                f"--executor. Got: {error}."
            ) from error
        self.losses = (*type(self).losses, distributed.KilledWorker)  # type: ignore[misc]  # known only now
        self._study, self._text = uuid.uuid4().hex, pickle.dumps(setup)
        self._executor = self._client.get_executor(pure=False)
        if self.workers == 0:
            self.stop()
            raise UsageError(
                f"The Dask scheduler at {place} has no workers. Start some: dask worker {place}"
            )
        self._data = self._send()

    def _send(self) -> Any:  # noqa: ANN401 - Dask's future
        return self._client.scatter(self._text, broadcast=True, hash=False)

    @property
    def workers(self) -> int:
        """Threads of all workers there are now."""
        return sum(self._client.nthreads().values())

    @property
    def width(self) -> int:
        """Two for each, so that none waits for the coordinator."""
        return max(1, 2 * self.workers)

    def submit(self, job: Job[object]) -> Future[Done]:
        """Hand out the job.

        Raises:
            RunError: the scheduler is gone.
        """
        if self._client.status != "running":
            raise RunError(
                "The Dask scheduler is gone. What was finished is kept: start it again and "
                "continue with actselect resume."
            )
        if self._data.status in ("lost", "cancelled"):  # with the last worker that had them
            self._data = self._send()
        future: Future[Done] = self._executor.submit(
            run_job, self._study, self._data, job, clock.now()
        )
        return future

    def stop(self) -> None:
        """Cancel what is left, and leave the cluster to itself."""
        self._client.close()
