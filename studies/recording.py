"""Record scores of architectures on many paired repeats, to be replayed by statistics programs.

A recorded file is a CSV, one row per arm and repeat; all arms of a repeat share its split, its
batches and, at equal hidden size, their initial weights, as they do in a study.  Files are replaced
whole, so that a crash loses nothing but the repeat in progress and a rerun goes on from there.

Notation: R repeats, A arms (architectures at a learning rate each, then the baselines).
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
import numpy.typing as npt

from actselect.architecture import Architecture
from actselect.files import write_atomically
from actselect.planning import LEARNING_RATES
from actselect.records import FloatArray, IntArray, MetricRecord
from actselect.tasks import Task, metrics
from actselect.training import SCREENING, BaselineJob, Trainer, TrainingJob, TrainingResult
from actselect.workers import worker_conditions

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """An architecture as it is trained; ``twin`` tells duplicates of it apart."""

    architecture: Architecture
    learning_rate: float
    twin: int = 0

    @property
    def label(self) -> str:
        """Name of the column of a table."""
        return self.architecture.label + (f" twin {self.twin}" if self.twin else "")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorded:
    """Scores of one data set.

    Args:
        scores: (R, A), worst possible (inf or -inf) where a training diverged.
        names: (A,) labels of the arms.
        is_baseline: (A,).
        learning_rates: (A,) NaN for baselines.
        seconds: (A,) mean processor time of a training, or of fitting a baseline.
        overlap: (R,) n_score / n_train of each repeat.
        examples: (R,) examples scored in each repeat.
        metric: of the scores.
    """

    scores: FloatArray
    names: tuple[str, ...]
    is_baseline: npt.NDArray[np.bool_]
    learning_rates: FloatArray
    seconds: FloatArray
    overlap: FloatArray
    examples: IntArray
    metric: MetricRecord


def choose_rates(
    task: Task,
    development: IntArray,
    architectures: Sequence[Architecture],
    *,
    seed: int,
    epochs: int,
) -> tuple[Arm, ...]:
    """Return each architecture with the learning rate that is best on screening's split."""
    trainer = Trainer(task, development, "native")
    sign = 1.0 if task.metric.direction == "minimize" else -1.0

    def loss(arm: Arm) -> float:
        score = _job(arm, repeat=SCREENING, seed=seed, epochs=epochs).run(trainer).score
        return math.inf if score is None else sign * score

    with worker_conditions():
        return tuple(
            min((Arm(architecture=a, learning_rate=rate) for rate in LEARNING_RATES), key=loss)
            for a in architectures
        )


def _job(arm: Arm, *, repeat: int, seed: int, epochs: int) -> TrainingJob:
    return TrainingJob(
        architecture=arm.architecture,
        learning_rate=arm.learning_rate,
        repeat=repeat,
        until_epoch=epochs,
        seed=seed,
        twin=arm.twin,
    )


def record(
    task: Task,
    development: IntArray,
    arms: Sequence[Arm],
    *,
    repeats: int,
    seed: int,
    epochs: int,
    path: Path,
) -> None:
    """Train every arm and fit every baseline on every repeat that ``path`` does not have yet."""
    rows: list[Row] = load_rows(path)
    done = {int(row["repeat"]) for row in rows}
    trainer = Trainer(task, development, "native")
    for repeat in (r for r in range(repeats) if r not in done):
        rows += one_repeat(trainer, arms, repeat=repeat, seed=seed, epochs=epochs)
        save_rows(path, rows)


def one_repeat(
    trainer: Trainer,
    arms: Sequence[Arm],
    *,
    repeat: int,
    seed: int,
    epochs: int,
    baselines: bool = True,
) -> list[Row]:
    """Return the rows of one repeat."""
    task = trainer.task
    fold, _ = trainer.fold(repeat=repeat, seed=seed, refit=False)
    facts = {"data": task.dataset.name, "metric": task.metric.name, "repeat": str(repeat)}
    split = {"overlap": f"{fold.overlap:.9g}", "examples": str(len(fold.score))}
    rows: list[Row] = []

    def add(
        arm: str, rate: str, score: float | None, diverged: str, seconds: float, settled: str = ""
    ) -> None:
        text = "" if score is None else f"{score:.9g}"
        own = {"arm": arm, "learning_rate": rate, "score": text, "diverged": diverged}
        rows.append({**facts, **own, "seconds": f"{seconds:.3g}", **split, "settled": settled})

    with worker_conditions():
        for arm in arms:
            run = _job(arm, repeat=repeat, seed=seed, epochs=epochs).run(trainer)
            rate = f"{arm.learning_rate:g}"
            add(arm.label, rate, run.score, run.diverged or "", run.seconds, str(_settled(run)))
        for name in (b.name for b in task.baselines() if baselines):
            fitted = BaselineJob(name=name, repeat=repeat, seed=seed).run(trainer)
            add(name, "", fitted.score, "", fitted.seconds)
    return rows


def _settled(result: TrainingResult) -> int:
    """Return the first epoch with 95 % of what the stopping loss gained in all; 0 for none."""
    losses = result.stop_losses
    if not losses:  # not even the untrained network had a finite one
        return 0
    enough = losses[0] - 0.95 * (losses[0] - min(losses))
    return next(epoch for epoch, loss in enumerate(losses) if loss <= enough)


def read(path: Path, by: str = "data") -> dict[str, Recorded]:
    """Return the tables of a recorded file, one for each value of the column ``by``."""
    groups: dict[str, list[Row]] = {}
    for row in load_rows(path):
        groups.setdefault(row[by], []).append(row)
    return {name: _table(rows) for name, rows in groups.items()}


def _table(rows: Sequence[Row]) -> Recorded:
    """Return the rows of one data set as arrays; every arm must be there in every repeat."""
    (metric,) = {row["metric"] for row in rows}
    known = {m.name: m for task in metrics().values() for m in task}[metric]
    worst = math.inf if known.direction == "minimize" else -math.inf
    names = tuple(dict.fromkeys(row["arm"] for row in rows))
    arms = [[row for row in rows if row["arm"] == name] for name in names]
    rates = [arm[0]["learning_rate"] for arm in arms]
    columns = [[float(row["score"] or worst) for row in arm] for arm in arms]
    return Recorded(
        scores=np.array(columns, dtype=np.float64).T,
        names=names,
        is_baseline=np.array([not rate for rate in rates]),
        learning_rates=np.array([float(rate or math.nan) for rate in rates]),
        seconds=np.array([fmean(float(row["seconds"]) for row in arm) for arm in arms]),
        overlap=np.array([float(row["overlap"]) for row in arms[0]]),
        examples=np.array([int(row["examples"]) for row in arms[0]]),
        metric=known,
    )


def load_rows(path: Path) -> list[Row]:
    """Return the rows of a CSV, ``.gz`` or not; none if there is no such file."""
    if not path.exists():
        return []
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def save_rows(path: Path, rows: Iterable[Row]) -> None:
    """Replace a CSV, ``.gz`` or not, in one go; equal rows give equal bytes."""
    table = list(rows)
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in table for name in row))  # columns came later
    writer = csv.DictWriter(text, fieldnames=names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    content = text.getvalue().encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
