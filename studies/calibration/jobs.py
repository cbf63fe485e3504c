"""The parts of the study; a module that worker processes can import."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from studies.calibration import claims, coverage, worlds

Row = Mapping[str, object]
TABLES = Path(__file__).parent / "results" / "tables"


def equal(world: worlds.World, studies: int) -> list[Row]:
    """Return the rows of simulated A/A studies."""
    rng = np.random.default_rng([1, *world.name.encode()])
    rows = []
    for number in range(studies):
        table, _ = world.draw(rng)
        found = claims.of_equals(table, world.metric, coin=False)
        rows.append({"kind": "simulated", "case": world.name, "study": number, **found})
    return rows


def trained(kind: str, studies: int) -> list[Row]:
    """Return the rows of recorded A/A studies."""
    rows = []
    tables = worlds.trained(TABLES / f"{kind}.csv.gz")
    for number, (case, table, metric) in zip(range(studies), tables, strict=False):
        found = claims.of_equals(table, metric, coin=kind == "shuffled")
        rows.append({"kind": "trained", "case": case, "study": number, **found})
    return rows


def different(world: worlds.World, studies: int) -> list[Row]:
    """Return the rows of simulated studies of networks that differ."""
    rng = np.random.default_rng([2, *world.name.encode()])
    rows = []
    for number in range(studies):
        table, true = world.draw(rng)
        found = claims.of_different(table, true, world.metric)
        rows.append({"case": world.name, "study": number, **found})
    return rows


def covered(number: int) -> list[Row]:
    """Return the row of one whole study."""
    kinds = coverage.KINDS
    return [coverage.study(kinds[number % len(kinds)], number // len(kinds))]
