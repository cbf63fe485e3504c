"""Disturb studies: ``python -m studies.faults FAULT --rounds N``; see README.md."""

from __future__ import annotations

import argparse
import itertools
import tempfile
from pathlib import Path

from studies.faults import kills, surroundings
from studies.faults.study import Study, ended
from studies.recording import save_rows

RESULTS = Path(__file__).with_name("results")
FAULTS = {
    "kills": kills.kills,
    "signals": kills.signals,
    "full-disk": surroundings.full_disk,
    "read-only": surroundings.read_only,
    "no-memory": surroundings.no_memory,
    "hung-worker": surroundings.hung_worker,
    "clock-jumps": surroundings.clock_jumps,
}


def main(arguments: list[str] | None = None) -> None:
    """Run rounds of one fault and write ``results/FAULT.csv`` after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fault", choices=list(FAULTS))
    parser.add_argument(
        "--rounds",
        type=int,
        help="studies that are disturbed before their end; for kills: until --kills are reached",
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    options.results.mkdir(exist_ok=True)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as place:
        reference = Study(path=Path(place) / "reference" / "s")
        code, stderr = ended(reference.start())
        if code:
            raise SystemExit(stderr)
        for number in itertools.count():
            if _enough(rows, options.rounds, options.kills):
                break
            folder = Path(place) / str(number)
            folder.mkdir()
            rows.append(FAULTS[options.fault](folder, reference, number, options.seed))
            text = [{k: str(v) for k, v in row.items()} for row in rows]
            save_rows(options.results / f"{options.fault}.csv", text)
            print(rows[-1], flush=True)


def _enough(rows: list[dict[str, object]], rounds: int | None, kills_: int) -> bool:
    if rounds is not None:
        return sum(bool(row.get("struck", True)) for row in rows) >= rounds
    return sum(int(str(r["coordinator"])) + int(str(r["worker"])) for r in rows) >= kills_


if __name__ == "__main__":
    main()
