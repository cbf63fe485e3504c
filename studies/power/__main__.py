"""``python -m studies.power``: many small studies with known answers, scored; see README.md."""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from studies.power.study import COLUMNS, Row, study
from studies.power.table import write_table
from studies.power.tasks import TASKS


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of the finished studies; none where there is no file yet."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf8") as file:
        return list(csv.DictReader(file))


def append(path: Path, row: Row) -> None:
    """Add a row to the file, which is closed again: a crash loses the studies that run, no more."""
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def run(path: Path, jobs: Sequence[tuple[str, int]], workers: int, *, quick: bool) -> list[str]:
    """Run the studies, some at a time; append each as soon as it is finished.

    Returns:
        What failed, and why: one study that does must not cost the others.
    """
    started, failed = time.monotonic(), []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = {pool.submit(study, *job, quick=quick): job for job in jobs}
        for done, future in enumerate(as_completed(futures), start=1):
            left = (time.monotonic() - started) / done * (len(jobs) - done)
            name, seed = futures[future]
            if error := future.exception():
                failed.append(f"{name} {seed}: {error}")
                said = failed[-1]
            else:
                row = future.result()
                append(path, row)
                said = f"{name} {seed}: {row['verdict']}, {row['seconds']} s"
            print(f"{done}/{len(jobs)}  {said}; about {left / 60:.0f} min left", flush=True)
    return failed


def planned(
    tasks: Iterable[str], seeds: range, rows: Iterable[Mapping[str, str]]
) -> list[tuple[str, int]]:
    """Return what is still to be run: seed by seed, so that an early end leaves all tasks some."""
    finished = {(row["task"], int(row["seed"])) for row in rows}
    return [(name, seed) for seed in seeds for name in tasks if (name, seed) not in finished]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, save, print the table; ``arguments`` are the command line's by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", metavar="TASK,TASK", default=",".join(TASKS))
    parser.add_argument("--seeds", type=int, default=20, help="studies of each task")
    parser.add_argument("--first-seed", type=int, default=0, help="1000 and above are for pilots")
    parser.add_argument("--workers", type=int, default=2, help="studies that run at a time")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--quick", action="store_true", help="least budgets: does it run?")
    options = parser.parse_args(arguments)
    names = options.tasks.split(",")
    if unknown := sorted(set(names) - set(TASKS)):
        parser.error(f"unknown tasks {', '.join(unknown)}; there are {', '.join(TASKS)}")
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "studies.csv"
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    jobs = planned(names, seeds, read(path))
    failed = run(path, jobs, options.workers, quick=options.quick)
    print(write_table(read(path), options.out / "table.md"))
    if failed:
        raise SystemExit("\n".join(["These failed, and are tried again next time:", *failed]))


if __name__ == "__main__":
    main()
