"""What is shown by measurements on trained networks: gradient flow, nonlinearity, cost.

A difference on a data set is shown when it has the same sign in every repeat.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from studies.guide_claims.claims import RELU, SIGMOID, TANH, Stand, side
from studies.recording import Row

DEARER = 1.1  # times as dear is a difference worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What each data set says, and sentences with numbers."""

    sides: tuple[tuple[str, Stand], ...]
    numbers: tuple[str, ...]


def gradients(rows: Sequence[Row]) -> Measured:
    """Compare how far from 1 the factor is by which gradients change a step, by activation."""
    sides, numbers = [], []
    for data in _names(rows):
        drift = {arm: _drifts(rows, data, arm) for arm in (RELU, TANH, SIGMOID)}
        stands = [_smaller(drift[RELU], drift[rival]) for rival in (TANH, SIGMOID)]
        sides.append((data, side("all", stands)))
        said = [f"{arm} {_median(rows, data, arm, 'decay'):.3g}" for arm in drift]
        numbers.append(f"{data}: gradients change a step back by the factor {', '.join(said)}")
    return Measured(sides=tuple(sides), numbers=tuple(numbers))


def nonlinearity(rows: Sequence[Row]) -> tuple[str, ...]:
    """Say how far from a straight line the trained activations are."""
    said = []
    for arm in (TANH, SIGMOID, RELU):
        values = [_median(rows, data, arm, "curvature") for data in _names(rows)]
        said.append(f"{arm} {min(values):.1%} to {max(values):.1%}")
    names = _names(rows)
    below = sum(
        _median(rows, data, RELU, "curvature") < _median(rows, data, TANH, "curvature")
        for data in names
    )
    reason = (
        f"RNN relu was less curved than RNN tanh on {below} of them: better scores alone do not "
        "show that too little nonlinearity was the reason"
    )
    return (
        f"Curvature of the trained activation on {len(names)} data sets: {', '.join(said)}",
        reason,
    )


def cost(rows: Sequence[Row]) -> Measured:
    """Compare the training time of one cell with all activations, timed in turns."""
    sides: list[tuple[str, Stand]] = []
    numbers = []
    for name in _names(rows):
        own = [row for row in rows if row["data"] == name]
        kinds = list(dict.fromkeys(row["activation"] for row in own))
        times = {
            kind: [float(row["train_ms"]) for row in own if row["activation"] == kind]
            for kind in kinds
        }
        least = {kind: min(values) for kind, values in times.items()}
        cheap, dear = min(kinds, key=least.__getitem__), max(kinds, key=least.__getitem__)
        ratios = [d / c for d, c in zip(times[dear], times[cheap], strict=True)]
        sides.append((name, "for" if min(ratios) > DEARER else "equal"))
        numbers.append(
            f"{name}: {dear} takes {least[dear] / least[cheap]:.2f} times as long as {cheap} "
            f"(median {median(ratios):.2f}), tanh {least['tanh'] / least[cheap]:.2f} times, "
            f"relu {least['relu'] / least[cheap]:.2f} times"
        )
    return Measured(sides=tuple(sides), numbers=tuple(numbers))


def _names(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["data"] for row in rows))


def _drifts(rows: Sequence[Row], data: str, arm: str) -> list[float]:
    return [abs(math.log(v)) if v > 0 else math.inf for v in _values(rows, data, arm, "decay")]


def _values(rows: Sequence[Row], data: str, arm: str, column: str) -> list[float]:
    return [float(r[column]) for r in rows if r["data"] == data and r["arm"] == arm and r[column]]


def _median(rows: Sequence[Row], data: str, arm: str, column: str) -> float:
    values = _values(rows, data, arm, column)
    return median(values) if values else math.nan


def _smaller(one: Sequence[float], two: Sequence[float]) -> Stand:
    pairs = list(zip(one, two, strict=False))
    if pairs and all(a < b for a, b in pairs):
        return "for"
    return "against" if pairs and all(a > b for a, b in pairs) else "open"
