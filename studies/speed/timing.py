"""Interleaved timing: in every round each contestant runs once, in rotating order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Step = Callable[[], object]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds of each round of one contestant."""

    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        """The least: what the machine can do when nothing disturbs it."""
        return min(self.seconds)

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.seconds)


def interleave(
    contestants: Mapping[str, Step], rounds: int, *, clock: Clock = time.process_time
) -> dict[str, Times]:
    """Time all contestants in the same rounds, after two to warm up.

    Args:
        contestants: what to run; a step that returns a float has measured itself (another process).
        rounds: how many.
        clock: processor time, or wall time.
    """
    names = list(contestants)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for index in range(rounds + 2):
        shift = index % len(names)
        for name in names[shift:] + names[:shift]:
            started = clock()
            own = contestants[name]()
            spent = clock() - started
            if index > 1:
                seconds[name].append(own if isinstance(own, float) else spent)
    return {name: Times(seconds=tuple(values)) for name, values in seconds.items()}
