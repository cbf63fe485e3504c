"""Measure: ``python -m studies.scaling simulate|share|workers``; see README.md."""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import fmean

from actselect.planning import rungs_for
from studies.recording import load_rows, save_rows
from studies.scaling.model import Cost, wall
from studies.scaling.screenings import BRACKETS, EPOCHS, local, screening

RESULTS = Path(__file__).with_name("results")
Row = dict[str, float]


def simulate() -> list[Row]:
    """Fit the coordinator's cost where trainings take no time; foretell the rest, and look."""
    fit = [screening(n, 1000, 0.0) for n in (100, 500)]
    cost = cost_of(fit)
    print(cost, flush=True)
    rows = [{**row, "foretold": row["wall"]} for row in fit]
    for architectures, workers, epoch in (
        (100, 10, 0.1), (100, 100, 0.1), (500, 10, 0.02), (500, 100, 0.1), (500, 1000, 0.1),
    ):  # fmt: skip
        found = screening(architectures, workers, epoch)
        foretold = wall(
            architectures, BRACKETS, rungs_for(EPOCHS), workers=workers, epoch=epoch, cost=cost
        )
        rows.append({**found, "foretold": round(foretold, 2)})
        print(rows[-1], flush=True)
    return rows


def cost_of(rows: list[Row]) -> Cost:
    """Return what the coordinator costs, from two screenings whose trainings take no time."""
    training = fmean(row["handing"] / row["trainings"] for row in rows)
    few, many = (row["choosing"] / row["architectures"] for row in rows)
    middle = [row["architectures"] / 2 for row in rows]
    growth = (many - few) / (middle[1] - middle[0])
    return Cost(training=training, entrant=few + growth * (100 - middle[0]), growth=growth)


def share() -> list[Row]:
    """Screen 500 architectures for real: how long was the coordinator busy?"""
    return [local(500, 2, hidden, "sunspots") for hidden in (32, 96)]


def workers() -> list[Row]:
    """Screen the same architectures with one worker and with two, in turns."""
    return [local(40, n, 32, "sunspots") for _ in range(3) for n in (1, 2)]


def main(arguments: list[str] | None = None) -> None:
    """Run one of the measurements and write its CSV."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["simulate", "share", "workers"])
    what: str = parser.parse_args(arguments).what
    rows = {"simulate": simulate, "share": share, "workers": workers}[what]()
    path = RESULTS / f"{what}.csv"
    save_rows(path, [{k: str(v) for k, v in row.items()} for row in rows])
    for row in load_rows(path):
        print(dict(row))


if __name__ == "__main__":
    main()
