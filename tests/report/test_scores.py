"""``scores.csv`` is tidy, exact, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from actselect.report.scores import ScoreRow, write_scores

ROW = ScoreRow(
    stage="confirmation", architecture="LSTM tanh/sigmoid, 2 layers", repeat=3, step=27,
    metric="MASE", score=0.1 + 0.2, seconds=1.5,
)  # fmt: skip


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_scores_are_read_back_exactly(tmp_path: Path) -> None:
    """No digit is lost, and a comma in a name is no new column."""
    write_scores(iter([ROW]), tmp_path / "scores.csv")

    (row,) = read(tmp_path / "scores.csv")
    assert row == {name: str(value) for name, value in asdict(ROW).items()}
    assert float(row["score"]) == ROW.score


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_formula_is_written_as_text(tmp_path: Path, start: str) -> None:
    """A spreadsheet that opens the file runs nothing; negative numbers stay numbers."""
    name = f"{start}cmd|'/C calc'!A0"
    write_scores([replace(ROW, architecture=name, score=-1.0)], tmp_path / "scores.csv")

    (row,) = read(tmp_path / "scores.csv")
    assert row["architecture"] == f"'{name}".replace("\r", " ")
    assert row["score"] == "-1.0"


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_an_empty_cell(tmp_path: Path, score: float) -> None:
    """Readers take an empty cell for a missing value."""
    write_scores([replace(ROW, score=score)], tmp_path / "scores.csv")

    assert read(tmp_path / "scores.csv")[0]["score"] == ""


def test_a_file_without_scores_has_the_names_of_the_columns(tmp_path: Path) -> None:
    """So that a program finds the columns it looks for."""
    write_scores([], tmp_path / "scores.csv")

    text = (tmp_path / "scores.csv").read_text(encoding="utf-8")
    assert text == "stage,architecture,repeat,step,metric,score,seconds\n"
