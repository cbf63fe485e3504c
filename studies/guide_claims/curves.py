"""``python -m studies.guide_claims.curves --data FOLDER``: learning curves of recorded trainings.

Trains the networks that differ in their activation alone once more, each at the learning rate of
the table, and keeps the stopping loss after every epoch, the untrained network's first.  Of a cell
with fewer than two activations that learn, nothing can be compared, and nothing is trained.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from pathlib import Path
from typing import Final

from actselect.exceptions import DataError
from actselect.training import Trainer, TrainingJob, TrainingResult
from actselect.workers import worker_conditions
from studies.guide_claims.arms import architectures
from studies.guide_claims.claims import BY_CELL
from studies.guide_claims.convergence import learns
from studies.guide_claims.record import SEED, TABLES
from studies.guide_claims.sources import SOURCES, Source
from studies.recording import Recorded, Row, load_rows, read, save_rows

CURVES: Final = TABLES.with_name("curves")


def comparable(table: Recorded) -> frozenset[str]:
    """Return the networks that learn and have a rival in the same cell that does."""
    cells = ([arm for arm in cell if learns(table, arm)] for cell in BY_CELL)
    return frozenset(arm for cell in cells if len(cell) > 1 for arm in cell)


def run(source: Source, data: Path, out: Path) -> None:
    """Train what can be compared on every repeat of the source's table.

    Raises:
        DataError: a training does not come to the score that the table has.
    """
    path = TABLES / f"{source.name}.csv"
    (table,) = read(path).values()
    arms = comparable(table)
    with tempfile.TemporaryDirectory() as work, worker_conditions():
        task = source.bind(data, Path(work))
        development, _ = task.development_and_test(SEED)
        trainer = Trainer(task, development, "native")
        known = {a.label: a for a in architectures(task, source.hidden_size)}
        rows = []
        for row in (r for r in load_rows(path) if r["arm"] in arms):  # one repeat after the other
            job = TrainingJob(
                architecture=known[row["arm"]],
                learning_rate=float(row["learning_rate"]),
                repeat=int(row["repeat"]),
                until_epoch=source.epochs,
                seed=SEED,
            )
            rows.append(_curve(row, job.run(trainer)))
    save_rows(out / f"{source.name}.csv.gz", rows)


def _curve(row: Row, result: TrainingResult) -> Row:
    score = float(row["score"] or math.nan)
    mine = math.nan if result.score is None else result.score
    if not (math.isclose(mine, score, rel_tol=1e-6) or (math.isnan(mine) and math.isnan(score))):
        raise DataError(
            f"{row['arm']} on repeat {row['repeat']} of {row['data']} must come to the recorded "
            f"score {score:g}; got {mine:g}. Record the table anew: "
            "python -m studies.guide_claims.record."
        )
    losses = " ".join(f"{loss:.6g}" for loss in result.stop_losses)
    return {"arm": row["arm"], "repeat": row["repeat"], "losses": losses}


def main() -> None:
    """Record what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the published files")
    parser.add_argument("--only", default=",".join(s.name for s in SOURCES))
    parser.add_argument("--out", type=Path, default=CURVES)
    options = parser.parse_args()
    for source in (s for s in SOURCES if s.name in options.only.split(",")):
        if (options.out / f"{source.name}.csv.gz").exists():
            continue
        started = time.process_time()
        run(source, options.data, options.out)
        print(f"{source.name}: {time.process_time() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
