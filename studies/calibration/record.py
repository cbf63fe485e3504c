"""``python -m studies.calibration.record``: trained studies in which no arm is better than another.

Two kinds, a fresh data set for every study:

- ``twins``: four duplicates of one architecture, which differ by their initial weights alone, and
  the baselines of the task.  They are exchangeable, whatever the data.
- ``shuffled``: four architectures on labels that say nothing.  Over data sets, each is right half
  of the time; on one data set, what chance made of the labels may suit one more than another.

Notation: N sequences, T steps, F features.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from actselect.data import sequence_dataset_from_X
from actselect.planning import LEARNING_RATES
from actselect.records import FloatArray, IntArray
from actselect.search_space import make_space
from actselect.tasks import Task, bind
from actselect.training import Trainer
from studies.recording import Arm, Row, load_rows, one_repeat, save_rows

TABLES = Path(__file__).parent / "results" / "tables"
STUDIES = 204  # a multiple of generators times architectures
REPEATS = 27  # the most that a study looks at
EPOCHS = 6
BATCH = 12  # studies between two savings
CELLS = (("lstm", "tanh"), ("gru", "tanh"), ("rnn", "tanh"), ("rnn", "relu"))
STREAMS = {"twins": 1, "shuffled": 2}  # so that no study of one kind has the data of the other


def sums(rng: np.random.Generator) -> Task:
    """Regression: the mean of the first feature, through noise."""
    X = rng.uniform(size=(int(rng.integers(70, 140)), int(rng.integers(8, 17)), 2))
    y = X[..., 0].mean(axis=1)
    y += rng.uniform(0.1, 2.0) * y.std() * rng.normal(size=len(y))
    return bind("regression", sequence_dataset_from_X(X, y, task="regression", name="sums"))


def waves(rng: np.random.Generator) -> Task:
    """Classification: sine or square, at any phase and frequency, through noise."""
    N, T = int(rng.integers(70, 140)), int(rng.integers(8, 17))
    angle = rng.uniform(0.3, 1.0, size=(N, 1)) * np.arange(T) + rng.uniform(0, 2 * np.pi, (N, 1))
    square = np.arange(N) % 2 == 1
    X = np.sin(angle)
    X[square] = np.sign(X[square])
    X += rng.uniform(0.3, 1.2) * rng.normal(size=X.shape)
    return _classification(X, square.astype(np.int64), "waves")


def autoregression(rng: np.random.Generator) -> Task:
    """Forecasting: one series of the second order with a damped oscillation."""
    S, damping, angle = int(rng.integers(130, 190)), rng.uniform(0.5, 0.95), rng.uniform(0.2, 2.0)
    a, b = 2 * damping * np.cos(angle), -(damping**2)
    noise = rng.normal(size=S + 50)
    x = np.zeros(S + 50)  # the first 50 steps forget the start
    for t in range(2, len(x)):
        x[t] = a * x[t - 1] + b * x[t - 2] + noise[t]
    data = sequence_dataset_from_X(x[None, 50:], task="forecasting", name="autoregression")
    horizon, lookback = int(rng.integers(2, 5)), int(rng.integers(8, 13))
    return bind("forecasting", data, horizon=horizon, lookback=lookback, period=1)


def shuffled(rng: np.random.Generator) -> Task:
    """Classification: random walks, half of them called one thing and half the other."""
    N, T, F = 2 * int(rng.integers(35, 70)), int(rng.integers(8, 17)), int(rng.integers(1, 4))
    X = rng.normal(size=(N, T, F)).cumsum(axis=1) / np.sqrt(T)
    return _classification(X, rng.permutation(N) % 2, "shuffled")


def _classification(X: FloatArray, labels: IntArray, name: str) -> Task:
    data = sequence_dataset_from_X(X, labels, task="classification", name=name)
    return bind("classification", data)


GENERATORS: tuple[Callable[[np.random.Generator], Task], ...] = (sums, waves, autoregression)


def study(kind: str, number: int, repeats: int = REPEATS) -> list[Row]:
    """Return all rows of a study."""
    rng = np.random.default_rng([STREAMS[kind], number])
    task = (GENERATORS[number % len(GENERATORS)] if kind == "twins" else shuffled)(rng)
    space = make_space(
        "small",
        input_size=task.input_size,
        output_size=task.output_size,
        bidirectional_allowed=False,
        hidden_size=int(rng.integers(4, 9)),
        match="hidden",
    )
    rate = float(rng.choice(LEARNING_RATES[1:]))  # the smallest learns nothing in so few epochs
    candidates = [
        space.build(cell=cell, activations=[activation], recurrent_activation="sigmoid")
        for cell, activation in CELLS
    ]
    if kind == "twins":
        one = candidates[number // len(GENERATORS) % len(candidates)]
        arms = [Arm(architecture=one, learning_rate=rate, twin=twin) for twin in range(4)]
    else:
        arms = [Arm(architecture=one, learning_rate=rate) for one in candidates]
    seed = int(rng.integers(2**31))
    development, _ = task.development_and_test(seed)
    trainer = Trainer(task, development, "native")
    rows: list[Row] = []
    for repeat in range(repeats):
        rows += one_repeat(
            trainer, arms, repeat=repeat, seed=seed, epochs=EPOCHS, baselines=kind == "twins"
        )
    return [{"study": str(number), **row} for row in rows]


def main() -> None:
    """Record what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=STUDIES)
    parser.add_argument("--only", default=",".join(STREAMS))
    parser.add_argument("--out", type=Path, default=TABLES)
    options = parser.parse_args()
    for kind in options.only.split(","):
        path = options.out / f"{kind}.csv.gz"
        rows = load_rows(path)
        done = {int(row["study"]) for row in rows}
        missing = [number for number in range(options.studies) if number not in done]
        for start in range(0, len(missing), BATCH):
            before = time.process_time()
            numbers = missing[start : start + BATCH]
            rows += [row for number in numbers for row in study(kind, number)]
            save_rows(path, rows)
            spent = time.process_time() - before
            print(f"{kind} up to {numbers[-1]}: {spent:.0f} s", flush=True)


if __name__ == "__main__":
    main()
