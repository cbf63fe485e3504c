"""One study on fresh data, and what is kept of it.

It is a module of its own because worker processes do not import the program that started them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

import actselect as act
from actselect.planning import least_epochs
from studies.power import cells
from studies.power.tasks import COMMON, TASKS, score

COLUMNS = (
    "task", "seed", "verdict", "recommended", "tiers", "in_top_tier", "declared", "shown", "apart",
    "tie", "false_winner", "means", "margin", "repeats", "trainings", "epochs", "test", "seconds",
    "sentence",
)  # fmt: skip
Row = Mapping[str, object]
FEW = 200  # sequences of a study that only has to run


def study(name: str, seed: int, *, quick: bool = False) -> Row:
    """Run one study on fresh data, and return its row.

    Args:
        name: of the task.
        seed: of the data and of the study.
        quick: few data and the least budget, to see whether it runs.
    """
    cells.register()
    task = TASKS[name]
    rng = np.random.default_rng([seed, *name.encode()])  # each task its own data
    X, y = task.problem(rng, n=FEW) if quick else task.problem(rng)
    options = {**COMMON, **task.options}
    if quick:
        options["epochs_budget"] = least_epochs()
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        report = act.recommend(X, y, random_state=seed, out=Path(folder) / "study", **options)
    return _row(name, seed, report, time.process_time() - started)


def _row(name: str, seed: int, report: act.Report, seconds: float) -> Row:
    tiers: dict[int, list[str]] = {}
    for row in report.ranking:
        tiers.setdefault(row.tier, []).append(row.label)
    done, tested = report.record.confirmation, report.record.test.recommended
    return {
        "task": name,
        "seed": seed,
        "verdict": report.verdict.kind,
        "recommended": report.best.label,
        "tiers": "; ".join(f"{tier}: {', '.join(tiers[tier])}" for tier in sorted(tiers)),
        **{k: "" if v is None else int(v) for k, v in asdict(score(TASKS[name], report)).items()},
        "means": "; ".join(f"{r.label} {r.validation.mean:.4g}" for r in report.ranking),
        "margin": f"{report.verdict.margin:.4g}",
        "repeats": done.repeats,
        "trainings": done.trainings,
        "epochs": report.record.budget.spent,
        "test": "" if tested is None else f"{tested.mean:.4g}",
        "seconds": f"{seconds:.1f}",
        "sentence": report.verdict.sentence,
    }
