"""``python -m studies.calibration``: how often claims are false; see README.md."""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import operator
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from studies.calibration import worlds
from studies.calibration.jobs import Row, covered, different, equal, trained
from studies.calibration.table import write_table

Job = Callable[[], list[Row]]
HERE = Path(__file__).parent
TRAINED: Final = ("twins", "shuffled")


def run(jobs: Sequence[Job], path: Path, workers: int) -> None:
    """Run jobs, some at a time, and write their rows, in the order of the jobs, as they come."""
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    path.unlink(missing_ok=True)
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for done, rows in enumerate(pool.map(operator.call, jobs), start=1):
            _append(path, rows)
            left = (time.monotonic() - started) / done * (len(jobs) - done) / 60
            print(f"{path.stem} {done}/{len(jobs)}; about {left:.0f} min left", flush=True)


def _append(path: Path, rows: Iterable[Row]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf8") as file:
        for row in rows:
            writer = csv.DictWriter(file, list(row), lineterminator="\n")
            if fresh:
                writer.writeheader()
                fresh = False
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, save, print the table; ``arguments`` are the command line's by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="equal,different,coverage")
    parser.add_argument("--studies", type=int, default=400, help="of each simulated case")
    parser.add_argument("--whole", type=int, default=210, help="whole studies, for the coverage")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    parts: dict[str, list[Job]] = {
        "equal": [
            *(partial(equal, world, options.studies) for world in worlds.EQUAL),
            *(partial(trained, kind, options.studies) for kind in TRAINED),
        ],
        "different": [partial(different, w, options.studies) for w in worlds.DIFFERENT],
        "coverage": [partial(covered, number) for number in range(options.whole)],
    }
    for name in options.parts.split(","):
        if name not in parts:
            parser.error(f"unknown part {name}; there are {', '.join(parts)}")
        run(parts[name], options.out / f"{name}.csv", options.workers)
    print(write_table(options.out))


if __name__ == "__main__":
    main()
