"""The one place that runs many trainings at once.

Results do not depend on where and how many at once: a job names its own random streams.
"""

from __future__ import annotations

import queue
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, final

from actselect.workers._engine import Engine
from actselect.workers._process import Done, Job, OutOfMemoryError

AnyJob = TypeVar("AnyJob", bound=Job[Any])

ATTEMPTS = 6  # at a job whose worker dies; all but the first alone, when memory is free
LOOK = 1.0  # seconds from one look after the workers to the next
DIED = f"its worker died {ATTEMPTS} times: killed, hung, or out of memory"
FULL = f"not enough memory, {ATTEMPTS} times"


def _as_it_is(job: AnyJob) -> AnyJob:
    return job


class _Waiting(Generic[AnyJob]):
    """Which job is next: first all once, then those whose worker died, one by one."""

    def __init__(self, jobs: Iterable[AnyJob]) -> None:
        self.jobs: list[AnyJob] = []  # that were drawn, to try again
        self._source = enumerate(jobs)
        self._ahead: deque[int] = deque()
        self._again: deque[int] = deque()
        self._deaths: Counter[int] = Counter()

    def look_ahead(self) -> bool:
        """Have the next job at hand, before a worker waits for it; False where there is none."""
        if not self._ahead and (drawn := next(self._source, None)) is not None:
            index, job = drawn
            self.jobs.append(job)
            self._ahead.append(index)
        return bool(self._ahead)

    def next(self, running: int, width: int) -> int | None:
        """Return a job to start beside ``running`` others, of ``width`` at most; None for now."""
        if running < width and self.look_ahead():
            return self._ahead.popleft()
        return self._again.popleft() if self._again and not running else None

    def died(self, index: int, *, blamed: bool) -> bool:
        """Count a death if the job may be why; return whether it will be tried again."""
        self._deaths[index] += blamed
        if self._deaths[index] < ATTEMPTS:
            self._again.append(index)
            return True
        return False

    def __bool__(self) -> bool:
        return bool(self._again or self.look_ahead())


@final
class WorkerPool:
    """Runs jobs and hands back each result as it ends.

    Args:
        engine: where they run.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.peak_worker_memory = 0
        self.stopping: Callable[[], bool] = lambda: False
        self.waited = 0.0  # seconds in which this process had nothing to do
        self._look_at = 0.0

    def run(
        self,
        jobs: Iterable[AnyJob],
        done: Callable[[int, Any], None],
        *,
        prepare: Callable[[AnyJob], AnyJob] = _as_it_is,
        limit: Callable[[AnyJob], float] | None = None,
    ) -> None:
        """Run the jobs; call ``done(index, result)`` in this process as each one ends.

        Jobs start in the order given, so put the longest first.  One whose worker dies is tried
        again when the others are done.

        Args:
            jobs: what to do; one at a time is drawn, when the one before is handed out.
            done: told about each result.
            prepare: completes a job just before it is handed out.
            limit: seconds that a job may take before it counts as hung; None: any number.

        Raises:
            RunError: a job was lost for good, and the study cannot go on without it.
            KeyboardInterrupt: the user asked to stop; what had begun is done.
        """
        waiting = _Waiting(jobs)
        running: dict[Future[Done], int] = {}
        ended: queue.SimpleQueue[Future[Done]] = queue.SimpleQueue()

        def hand_out() -> None:
            while not self.stopping():
                index = waiting.next(len(running), self.engine.width)
                if index is None:
                    break
                future = self.engine.submit(prepare(waiting.jobs[index]))
                running[future] = index
                future.add_done_callback(ended.put)

        def patience() -> float | None:
            return None if limit is None else max(limit(waiting.jobs[i]) for i in running.values())

        try:
            while waiting or running:
                hand_out()
                if not running:
                    raise KeyboardInterrupt
                waiting.look_ahead()
                if (over := self._ended(ended, patience)) is not None:
                    index = running.pop(over)
                    if self.engine.elsewhere:
                        hand_out()  # before the result is recorded, which takes its time
                    self._take(over, index, waiting, done)
        finally:
            for future in running:
                future.cancel()

    def _ended(
        self, ended: queue.SimpleQueue[Future[Done]], patience: Callable[[], float | None]
    ) -> Future[Done] | None:
        """Return a future that has ended; None when it is time to look around first."""
        began = time.monotonic()
        try:
            return ended.get(timeout=max(0.0, self._look_at - began))
        except queue.Empty:
            self._look_at = time.monotonic() + LOOK
            self.engine.watch(patience())
            return None
        finally:
            self.waited += time.monotonic() - began

    def _take(
        self,
        future: Future[Done],
        index: int,
        waiting: _Waiting[AnyJob],
        done: Callable[[int, Any], None],
    ) -> None:
        try:
            found = future.result()
        except self.engine.losses as error:
            if not waiting.died(index, blamed=self.engine.blames(future)):
                reason = FULL if isinstance(error, OutOfMemoryError) else DIED
                done(index, waiting.jobs[index].lost(reason))
        else:
            self.peak_worker_memory = max(self.peak_worker_memory, found.memory)
            done(index, found.result)

    def warm_up(self) -> None:
        """Start the workers now."""
        self.engine.warm_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.engine.stop()
