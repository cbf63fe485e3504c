"""Levels of quantiles to forecast, and the metrics that go with them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from numbers import Real
from typing import Final

from actselect.exceptions import UsageError

PINBALL: Final = "pinball"
MEDIAN: Final = 0.5


def checked_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Return the levels as they are.

    Raises:
        UsageError: there is none, one is not in (0, 1), or they do not ascend.

    >>> checked_levels([0.1, 0.5, 0.9])
    (0.1, 0.5, 0.9)
    """
    numbers = [q for q in levels if isinstance(q, Real) and 0 < float(q) < 1]
    ascend = all(low < high for low, high in itertools.pairwise(numbers))
    if not numbers or len(numbers) < len(levels) or not ascend:
        raise UsageError(
            "quantiles must be levels between 0 and 1 in ascending order, such as 0.1,0.5,0.9; "
            f"got {levels!r}."
        )
    return tuple(float(q) for q in numbers)


def refuse_metric(metric: str, levels: tuple[float, ...]) -> None:
    """Raise UsageError if the metric judges what is not forecast.

    Args:
        metric: name.
        levels: of the quantiles that are forecast; none: one number a step.
    """
    if metric == PINBALL and not levels:
        raise UsageError(
            "The metric 'pinball' judges quantiles. Give some, such as --quantiles 0.1,0.5,0.9, or "
            "choose another metric."
        )
    if metric != PINBALL and levels and MEDIAN not in levels:
        raise UsageError(
            f"The metric {metric!r} judges the median. Add 0.5 to the quantiles, or choose the "
            "metric 'pinball'."
        )
