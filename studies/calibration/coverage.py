"""Whole studies on generated data, and what their networks score on data nobody has seen.

It is a module of its own because worker processes do not import the program that started them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

import actselect as act
from actselect.architecture import Architecture
from actselect.artifact import load_artifact
from actselect.folder import StudyFolder
from actselect.planning import least_epochs
from actselect.records import FloatArray
from actselect.tasks import Task
from actselect.training import Trainer, TrainingJob
from studies.calibration import processes

Row = Mapping[str, object]
KINDS = ("sums", "waves", "autoregression")
AGAIN = 8  # fresh data sets that the recommended architecture is trained on
MANY = 6000  # examples of the truth


def study(kind: str, number: int) -> Row:
    """Run one study and return what it stated beside what is true."""
    process = processes.draw(kind, np.random.default_rng([2026, number, *kind.encode()]))
    X, y = process.sample(process.size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study"
        report = act.recommend(
            X, y, cells=["rnn"], activations=["relu", "softsign"], depths=[1], hidden_size=6,
            epochs_budget=least_epochs(), workers=0, random_state=number, progress="quiet",
            out=path, **process.options,
        )  # fmt: skip
        artifact = load_artifact(StudyFolder(path).model)
    fresh = process.task(MANY)
    everything = np.arange(fresh.n_examples)
    scaled = fresh.restored(artifact.scaling)
    truth = fresh.score(scaled.predictions(artifact.model, everything), everything)
    best, record = report.best, report.record
    again = _again(process, artifact.architecture, report, number)
    tested, expected = record.test.recommended, record.expected
    if tested is None or expected is None:
        raise RuntimeError("a study without a test")
    sign = 1.0 if record.metric.direction == "minimize" else -1.0
    return {
        "kind": kind,
        "study": number,
        "verdict": report.verdict.kind,
        "recommended": best.label,
        "examples": record.test.examples,
        "test": tested.mean,
        "low": tested.low,
        "high": tested.high,
        "truth": truth,
        "covered": int(tested.low <= truth <= tested.high),
        "again": float(np.mean(again)),
        "again_sd": float(np.std(again, ddof=1)),
        "plain": best.validation.mean,
        "expected": expected.mean,
        "plain_optimism": sign * (float(np.mean(again)) - best.validation.mean),
        "optimism": sign * (float(np.mean(again)) - expected.mean),
        "repeats": best.validation.repeats,
    }


def _again(
    process: processes.Process, architecture: Architecture, report: act.Report, number: int
) -> FloatArray:
    """Return scores of the recommended architecture on fresh data sets of the same size."""
    scores = []
    for turn in range(AGAIN):
        task: Task = process.task(process.size)
        seed = 1000 * number + turn
        development, _ = task.development_and_test(seed)
        result = TrainingJob(
            architecture=architecture,
            learning_rate=report.best.learning_rate,
            repeat=0,
            until_epoch=report.record.screening.rungs[-1],
            seed=seed,
        ).run(Trainer(task, development, "auto"))
        if result.score is not None:
            scores.append(result.score)
    return np.array(scores)
