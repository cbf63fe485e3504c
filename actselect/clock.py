"""Seconds that all processes of a study count alike, whatever becomes of the wall clock.

The coordinator's monotonic clock is everyone's: what it sends carries its time.  A wall clock that
is set an hour back would prolong a study by an hour.
"""

from __future__ import annotations

import threading
import time

_ahead: dict[str, float] = {}  # seconds that this process's clock is ahead of each study's
_thread = threading.local()  # for whose study it works


def now() -> float:
    """Return seconds since a moment that is the same for coordinator and workers."""
    ahead: float = getattr(_thread, "ahead", 0.0)
    return time.monotonic() - ahead


def synchronise(study: str, sent: float) -> None:
    """Let this thread go by the clock of the process that sent it something.

    What lay in a queue arrives late, so the quickest of all deliveries is trusted.

    Args:
        study: whose coordinator sent it.
        sent: its time then.

    >>> before = now()
    >>> synchronise("a", before - 5.0), synchronise("a", before - 3600.0)
    (None, None)
    >>> round(now() - before)
    -5
    >>> synchronise("b", before)
    >>> round(now() - before)
    0
    """
    late = time.monotonic() - sent
    _ahead[study] = _thread.ahead = min(late, _ahead.get(study, late))
