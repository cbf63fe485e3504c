"""How long a screening takes on so many workers, from what the coordinator costs.

Notation: N architectures, B brackets, W workers, J jobs of a rung, E epochs of a job.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from actselect.planning import KEPT_RATES, LEARNING_RATES, REDUCTION

SPREAD = 0.5  # trainings take from half to one and a half times the mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the coordinator needs.

    Args:
        training: seconds to hand out a training and to record it.
        entrant: seconds until the next architecture is chosen, at 100 of them ...
        growth: ... and seconds more for each further one.
    """

    training: float
    entrant: float
    growth: float

    def entrants(self, first: int, last: int) -> float:
        """Return the seconds for choosing the architectures from one to another."""
        number = last - first
        return number * (self.entrant + self.growth * ((first + last) / 2 - 100))


def jobs(architectures: int, brackets: int, rungs: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return J and E of every rung of a bracket.

    >>> jobs(90, 3, (1, 3, 9))
    [(90, 1), (20, 2), (8, 6)]
    """
    each = -(-architectures // brackets)
    found = [(len(LEARNING_RATES) * each, rungs[0])]
    for level in range(1, len(rungs)):
        left = math.ceil(each / REDUCTION**level)
        found.append((KEPT_RATES * left, rungs[level] - rungs[level - 1]))
    return found


def wall(
    architectures: int,
    brackets: int,
    rungs: tuple[int, ...],
    *,
    workers: int,
    epoch: float,
    cost: Cost,
) -> float:
    """Return the seconds that a screening takes.

    A rung ends with its last training: jobs go round in waves, and the last wave costs half a
    spread more than its mean.  Below that, no rung is quicker than the coordinator, which in the
    first of a bracket chooses besides.

    Args:
        architectures: N.
        brackets: B.
        rungs: epochs at which trials are compared.
        workers: W.
        epoch: seconds.
        cost: of the coordinator.
    """
    total, each = 0.0, -(-architectures // brackets)
    for bracket in range(brackets):
        choosing = cost.entrants(bracket * each, min(architectures, (bracket + 1) * each))
        for number, epochs in jobs(architectures, brackets, rungs):
            length = epochs * epoch
            busy = max(number * length / workers, length)
            total += max(busy + SPREAD * length, number * cost.training + choosing)
            choosing = 0.0
    return total
