"""Writing results down while the next ones are computed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, Self, final

P = ParamSpec("P")

BACKLOG = 64  # results that may wait for the disk before their source does


@final
class Recorder:
    """Runs writes one after the other in a thread of its own; leaving it waits for all of them.

    A disk needs milliseconds to make a result durable, in which a processor can do better than
    wait.  The first write that fails raises in the thread that hands in the next one, or that
    leaves.

    >>> written = []
    >>> with Recorder() as recorder:
    ...     recorder.submit(written.append, 1)
    >>> written
    [1]
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder")
        self._pending: deque[Future[None]] = deque()

    def submit(self, write: Callable[P, None], *words: P.args, **names: P.kwargs) -> None:
        """Take a write; it waits for those before it."""
        while self._pending and (self._pending[0].done() or len(self._pending) >= BACKLOG):
            self._pending.popleft().result()
        self._pending.append(self._thread.submit(write, *words, **names))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=True)
        if error is None:
            for write in self._pending:
                write.result()
