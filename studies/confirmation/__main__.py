"""``python -m studies.confirmation``: what a correct verdict costs; see README.md."""

from __future__ import annotations

import argparse
import csv
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from studies.confirmation.methods import Row, replays
from studies.confirmation.table import write_table

HERE = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> None:
    """Replay, save, print the table; ``arguments`` are the command line's by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, default=HERE / "results" / "tables")
    parser.add_argument("--replays", type=int, default=100, help="of each table")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    options = parser.parse_args(arguments)
    paths = sorted(options.tables.glob("*.csv"))
    rows: list[Row] = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=context) as pool:
        for path, found in zip(
            paths, pool.map(partial(replays, number=options.replays), paths), strict=True
        ):
            rows += found
            print(f"{path.stem}: {len(found)} rows", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "replays.csv").open("w", newline="", encoding="utf8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(write_table(options.out))


if __name__ == "__main__":
    main()
