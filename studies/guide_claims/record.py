"""``python -m studies.guide_claims.record --data FOLDER``: train every arm on paired repeats."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from studies.guide_claims.arms import architectures
from studies.guide_claims.sources import SOURCES, Source
from studies.recording import choose_rates, record

SEED = 2026
REPEATS = 10
TABLES = Path(__file__).parent / "results" / "tables"


def run(source: Source, data: Path, repeats: int, out: Path) -> None:
    """Choose a learning rate for each arm on screening's split, then run the repeats."""
    with tempfile.TemporaryDirectory() as work:
        task = source.bind(data, Path(work))
        development, _ = task.development_and_test(SEED)
        candidates = architectures(task, source.hidden_size)
        arms = choose_rates(task, development, candidates, seed=SEED, epochs=source.epochs)
        record(
            task, development, arms,
            repeats=repeats,
            seed=SEED, epochs=source.epochs, path=out / f"{source.name}.csv",
        )  # fmt: skip


def main() -> None:
    """Record what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the published files")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--only", default=",".join(s.name for s in SOURCES))
    parser.add_argument("--out", type=Path, default=TABLES)
    options = parser.parse_args()
    for source in (s for s in SOURCES if s.name in options.only.split(",")):
        started = time.process_time()
        run(source, options.data, options.repeats, options.out)
        print(f"{source.name}: {time.process_time() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
