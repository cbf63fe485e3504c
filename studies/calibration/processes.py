"""Processes that data can be drawn from again and again: data sets of any size, and their tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from actselect.data import sequence_dataset_from_X
from actselect.records import FloatArray
from actselect.tasks import Task, bind

Sample = tuple[FloatArray, FloatArray | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Where data come from.

    Args:
        size: sequences, or steps of the series, of a study.
        options: of ``recommend``.
        sample: size -> X and y, fresh at each call.
    """

    size: int
    options: Mapping[str, Any]
    sample: Callable[[int], Sample]

    def task(self, size: int) -> Task:
        """Return the task of a fresh data set."""
        X, y = self.sample(size)
        name = self.options["task"]
        rest = {k: v for k, v in self.options.items() if k != "task"}
        return bind(name, sequence_dataset_from_X(X, y, task=name, name="fresh"), **rest)


def draw(kind: str, rng: np.random.Generator) -> Process:
    """Return a process of this kind, its size and noise drawn by chance."""
    return {"sums": _sums, "waves": _waves, "autoregression": _autoregression}[kind](rng)


def _sums(rng: np.random.Generator) -> Process:
    """Regression: the mean of the first feature, through noise."""
    T, noise = int(rng.integers(8, 17)), rng.uniform(0.1, 1.0) / np.sqrt(12 * 12)

    def sample(size: int) -> Sample:
        X = rng.uniform(size=(size, T, 2))
        return X, X[..., 0].mean(axis=1) + noise * rng.normal(size=size)

    return Process(size=int(rng.integers(120, 300)), options={"task": "regression"}, sample=sample)


def _waves(rng: np.random.Generator) -> Process:
    """Classification: sine or square, at any phase and frequency, through noise."""
    T, noise = int(rng.integers(8, 17)), rng.uniform(0.2, 0.8)

    def sample(size: int) -> Sample:
        phase = rng.uniform(0, 2 * np.pi, (size, 1))
        angle = rng.uniform(0.3, 1.0, size=(size, 1)) * np.arange(T) + phase
        square = rng.permutation(size) % 2
        X = np.where(square[:, None] == 1, np.sign(np.sin(angle)), np.sin(angle))
        return (X + noise * rng.normal(size=X.shape))[..., None], square

    size = int(rng.integers(120, 300))
    return Process(size=size, options={"task": "classification"}, sample=sample)


def _autoregression(rng: np.random.Generator) -> Process:
    """Forecasting: one series of the second order with a damped oscillation."""
    damping, angle = rng.uniform(0.5, 0.95), rng.uniform(0.2, 2.0)
    a, b = 2 * damping * np.cos(angle), -(damping**2)

    def sample(size: int) -> Sample:
        noise = rng.normal(size=size + 50)
        x = np.zeros(size + 50)  # the first 50 steps forget the start
        for t in range(2, len(x)):
            x[t] = a * x[t - 1] + b * x[t - 2] + noise[t]
        return x[None, 50:, None], None

    return Process(
        size=int(rng.integers(300, 600)),
        options={
            "task": "forecasting", "metric": "mae", "period": 1,
            "horizon": int(rng.integers(1, 5)), "lookback": int(rng.integers(8, 13)),
        },
        sample=sample,
    )  # fmt: skip
