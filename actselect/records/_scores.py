"""Scores: tables of them, estimates from them, and the metric that they are in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

Direction = Literal["minimize", "maximize"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRecord:
    """A metric's name, which way is better, and whether it is a rate in [0, 1]."""

    name: str
    direction: Direction
    rate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A score with its interval, None below two repeats, and the number of repeats behind it."""

    mean: float
    low: float | None
    high: float | None
    repeats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """Confirmation scores: what every statement about better and worse is computed from.

    Args:
        scores: (R, A) score of architecture a on repeat r; NaN where it was not run.
        names: (A,) unique keys of the columns.
        overlap: (R,) n_score / n_train of each repeat, for the correction of Nadeau and Bengio.
        direction: of the metric.
        examples: (R,) independent examples scored in each repeat, where the metric is a rate; None
            for a metric that is none.
    """

    scores: FloatArray
    names: tuple[str, ...]
    overlap: FloatArray
    direction: Direction
    examples: IntArray | None = None
