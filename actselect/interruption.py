"""Ctrl-C once: finish what is being trained, then stop.  Twice: stop now."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ASKED = "Stopping after the trainings in progress. Press Ctrl-C again to stop now."


@contextmanager
def gentle_interrupts() -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether Ctrl-C was pressed; the second one raises.

    Where signals are not ours to handle (beside the main thread, or where Ctrl-C is ignored or
    handled by somebody else), nothing changes and the function says no.

    >>> with gentle_interrupts() as stopping:
    ...     stopping()
    False
    """
    asked = threading.Event()

    def handle(_signal: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    if not main or before is not signal.default_int_handler:
        yield lambda: False
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
