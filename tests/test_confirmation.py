"""The confirmation study: what it counts, by hand, and a short run of its program."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from actselect.records import MetricRecord, ScoreTable
from studies.confirmation import __main__ as program
from studies.confirmation.methods import NETWORKS, Study
from studies.recording import read

LOSS = MetricRecord(name="rmse", direction="minimize")
TABLES = Path(program.__file__).parent / "results" / "tables"


def _study(true: list[float]) -> Study:
    table = ScoreTable(
        scores=np.zeros((27, NETWORKS + 1)), names=tuple("abcdef"), overlap=np.zeros(27),
        direction="minimize",
    )  # fmt: skip
    return Study(table=table, metric=LOSS, true=np.array(true), margin=0.1)


def test_a_verdict_is_judged_by_what_all_repeats_say() -> None:
    """By hand: a right winner, a pick beyond the margin, a false "worse", a tie too wide."""
    study = _study([1.0, 1.05, 1.3, 2.0, 2.0])

    assert study.judged("winner", 0, [1, 2, 2, 2, 2])["correct"] == 1
    assert study.judged("undecided", 1, [1, 1, 2, 2, 2])["correct"] == 1
    assert study.judged("undecided", 2, [1, 1, 1, 2, 2])["right_pick"] == 0
    assert study.judged("undecided", 1, [2, 1, 2, 2, 2])["false"] == 1
    assert study.judged("tie", 1, [1, 1, 2, 2, 2])["false"] == 0
    assert study.judged("tie", 1, [1, 1, 1, 2, 2])["false"] == 1


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.csv")), ids=lambda path: path.stem)
def test_recorded_tables_are_whole(path: Path) -> None:
    """Eight networks and their baselines on 60 repeats, none missing."""
    (table,) = read(path).values()

    assert table.scores.shape[0] == 60
    assert (~table.is_baseline).sum() == 8
    assert not np.isnan(table.scores).any()


@pytest.mark.slow
def test_the_program_runs_and_writes_its_rows_and_table(tmp_path: Path) -> None:
    """One study of each table."""
    program.main(["--replays", "1", "--out", str(tmp_path)])
    with (tmp_path / "replays.csv").open(newline="", encoding="utf8") as file:
        rows = list(csv.DictReader(file))

    assert {row["data"] for row in rows} == {path.stem for path in TABLES.glob("*.csv")}
    assert {row["correct"] for row in rows} <= {"0", "1"}
    assert "10 of each" in (tmp_path / "table.md").read_text(encoding="utf8")
