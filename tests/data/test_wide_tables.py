"""Tables in wide format: one row a sequence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from actselect.data import load
from actselect.exceptions import DataError


def wide(n: int = 12, steps: int = 4) -> pd.DataFrame:
    """Return n sequences of some steps, two classes."""
    values = np.arange(n * steps, dtype=float).reshape(n, steps)
    frame = pd.DataFrame(values, columns=[f"t{i}" for i in range(steps)])
    return frame.assign(label=["a", "b"] * (n // 2))


def test_each_row_is_a_univariate_sequence(tmp_path: Path) -> None:
    """Every numeric column but the target is one step."""
    wide().to_csv(tmp_path / "w.csv", index=False)

    data = load(tmp_path / "w.csv", task="classification", target="label")

    assert len(data) == 12
    assert data.sequence(2)[:, 0].tolist() == [8.0, 9.0, 10.0, 11.0]
    assert data.targets is not None
    assert data.targets.tolist() == ["a", "b"] * 6


def test_group_is_no_step() -> None:
    """The group column is kept apart from the steps."""
    data = load(wide().assign(g=range(12)), task="classification", target="label", group="g")

    assert data.lengths.tolist() == [4] * 12
    assert data.groups is not None
    assert data.groups[3] == "3"


def test_empty_cells_at_the_end_make_a_sequence_shorter() -> None:
    """Padding is no data; the note counts the sequences."""
    frame = wide()
    frame.loc[1, ["t2", "t3"]] = np.nan

    data = load(frame, task="classification", target="label")

    assert data.lengths.tolist() == [4, 2] + [4] * 10
    assert any("1 sequences are shorter" in note for note in data.notes)


def test_numeric_labels_lose_their_fraction() -> None:
    """A class read as 1.0 is the class 1."""
    data = load(wide().assign(label=[1.0, 2.0] * 6), task="classification", target="label")

    assert data.targets is not None
    assert set(data.targets.tolist()) == {"1", "2"}


@pytest.mark.parametrize(
    ("column", "row", "value", "message"),
    [
        ("label", 3, None, "row 3, column 'label'.*a missing one"),
        ("t1", 5, np.inf, "row 5, column 't1'.*inf"),
        ("t1", 5, 1e39, "row 5, column 't1'.*float32"),
    ],
)
def test_bad_cells_are_named_by_row_and_column(
    column: str, row: int, value: float | None, message: str
) -> None:
    """The message leads to the cell."""
    frame = wide()
    frame.loc[row, column] = value

    with pytest.raises(DataError, match=message):
        load(frame, task="classification", target="label")


def test_a_row_without_values_is_refused() -> None:
    """A sequence of no steps is an error that names the row."""
    frame = wide()
    frame.loc[7, ["t0", "t1", "t2", "t3"]] = np.nan

    with pytest.raises(DataError, match=r"row 7.*an empty sequence"):
        load(frame, task="classification", target="label")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a"] * 12, "at least two classes; got only 'a'"),
        (["a"] * 11 + ["b"], "1 of class 'b'"),
        (["a"] * 10 + ["b"] * 2, "2 of class 'b'"),
        (list("abcdefghijkl"), "task='regression'"),
    ],
)
def test_classes_need_three_sequences_each(labels: list[str], message: str) -> None:
    """Training, stopping and scoring each need one of every class."""
    with pytest.raises(DataError, match=message):
        load(wide().assign(label=labels), task="classification", target="label")


def test_too_few_sequences_are_refused() -> None:
    """Nine sequences cannot be split."""
    with pytest.raises(DataError, match="at least 10 sequences; got 8"):
        load(wide(8), task="classification", target="label")


def test_a_constant_regression_target_is_refused() -> None:
    """There is nothing to learn from it."""
    with pytest.raises(DataError, match=r"targets that differ; got 2\.0"):
        load(wide().assign(label=2.0), task="regression", target="label")


def test_text_as_regression_target_is_refused() -> None:
    """A class is no number; the message shows it."""
    with pytest.raises(DataError, match=r"row 0, column 'label'.*'a'"):
        load(wide(), task="regression", target="label")


def test_prediction_needs_no_target_and_no_minimum() -> None:
    """Data to predict on may be one sequence, with or without its target."""
    frame = wide().head(1)

    without = load(
        frame.drop(columns="label"), task="classification", target="label", group="g", predict=True
    )
    with_target = load(frame, task="classification", target="label", predict=True)

    assert without.targets is None
    assert np.array_equal(without.sequence(0), with_target.sequence(0))
