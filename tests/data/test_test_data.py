"""Test data given by the user."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from actselect.data import load
from actselect.exceptions import DataError

X = np.arange(12 * 3, dtype=float).reshape(12, 3)
Y = ["a", "b"] * 6


def days(start: str, periods: int, offset: float = 0.0) -> pd.DataFrame:
    """Return a daily series that counts up from an offset."""
    dates = pd.date_range(start, periods=periods)
    return pd.DataFrame({"ds": dates, "y": offset + np.arange(periods)})


def test_test_sequences_are_appended_and_marked() -> None:
    """The development part stays as it was."""
    data = load(X, y=Y, task="classification", test_data=(X[:2] + 100, ["b", "a"]))

    assert data.test is not None
    assert data.test.tolist() == [False] * 12 + [True] * 2
    assert data.targets is not None
    assert data.targets.tolist() == [*Y, "b", "a"]
    assert data.sequence(12)[:, 0].tolist() == [100, 101, 102]


def test_a_class_only_in_the_test_data_is_noted() -> None:
    """No network can predict it."""
    data = load(X, y=Y, task="classification", test_data=(X[:2] + 100, ["b", "zebra"]))

    assert any("zebra" in note for note in data.notes)


def test_the_test_file_is_read_with_the_columns_of_the_training_file(tmp_path: Path) -> None:
    """Order of columns and additional columns in the test file do not matter."""
    frame = pd.DataFrame(X, columns=["t0", "t1", "t2"]).assign(label=Y)
    frame.to_csv(tmp_path / "train.csv", index=False)
    test = frame[["t2", "label", "t1", "t0"]].assign(t0=lambda f: f["t0"] + 100, more=1.0)
    test.to_csv(tmp_path / "test.csv", index=False)

    data = load(
        tmp_path / "train.csv", task="classification", target="label",
        test_data=tmp_path / "test.csv",
    )  # fmt: skip

    assert data.sequence(12)[:, 0].tolist() == [100, 1, 2]


def test_a_column_missing_in_the_test_file_is_named(tmp_path: Path) -> None:
    """The message is about the test file."""
    frame = pd.DataFrame(X, columns=["t0", "t1", "t2"]).assign(label=Y)
    frame.to_csv(tmp_path / "train.csv", index=False)
    frame.drop(columns="t1").to_csv(tmp_path / "test.csv", index=False)

    with pytest.raises(DataError, match=r"test.csv: wanted the feature column 't1'"):
        load(
            tmp_path / "train.csv", task="classification", target="label",
            test_data=tmp_path / "test.csv",
        )  # fmt: skip


def test_forecasting_test_data_continues_the_series() -> None:
    """Its steps are counted at the end of the series."""
    data = load(days("2020-01-01", 30), task="forecasting", test_data=days("2020-01-31", 5, 30))

    assert data.lengths.tolist() == [35]
    assert data.test_steps is not None
    assert data.test_steps.tolist() == [5]
    assert data.sequence(0)[:, 0].tolist() == [float(i) for i in range(35)]
    assert any("last 5 steps" in note for note in data.notes)


def test_each_series_is_continued_by_its_own_name() -> None:
    """Order of series in the test data does not matter; one may lack."""
    train = pd.concat([days("2020-01-01", 20).assign(id=name) for name in "abc"])
    test = pd.concat([days("2020-01-21", 3, 50).assign(id=name) for name in "ca"])

    data = load(train, task="forecasting", target="y", series="id", test_data=test)

    assert data.test_steps is not None
    assert data.test_steps.tolist() == [3, 0, 3]
    assert data.lengths.tolist() == [23, 20, 23]


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (days("2020-01-30", 5), "not after"),
        (days("2019-01-01", 5), "not after"),
        (days("2020-02-03", 5), "steps of 1 days and of 4 days"),
        (pd.DataFrame({"y": [1.0, 2.0]}), "time column 'ds'"),
    ],
)
def test_test_data_that_does_not_follow_is_refused(test: pd.DataFrame, message: str) -> None:
    """Overlap would be a leak, a gap another horizon."""
    with pytest.raises(DataError, match=message):
        load(days("2020-01-01", 30), task="forecasting", test_data=test)


def test_an_unknown_series_in_the_test_data_is_refused() -> None:
    """It has no history to forecast from."""
    train = pd.concat([days("2020-01-01", 20).assign(id=name) for name in "ab"])
    test = days("2020-01-21", 3).assign(id="z")
    test = pd.concat([test, days("2020-01-21", 3).assign(id="a")])

    with pytest.raises(DataError, match="series that the training data has; got z"):
        load(train, task="forecasting", target="y", series="id", test_data=test)


def test_a_gap_before_the_split_is_filled_without_the_test_data() -> None:
    """The last training value is carried on; the first test value is not used."""
    train, test = days("2020-01-01", 30), days("2020-01-31", 5, 1000)
    train["x"], test["x"] = train["y"], test["y"]
    train.loc[29, ["x", "y"]] = np.nan

    data = load(train, task="forecasting", target="y", test_data=test)

    np.testing.assert_equal(data.sequence(0)[28:31], [[28, 28], [np.nan, 28], [1000, 1000]])


def test_the_training_file_is_no_test_file(tmp_path: Path) -> None:
    """Also by another way of writing its path."""
    path = tmp_path / "d.csv"
    days("2020-01-01", 30).to_csv(path, index=False)

    with pytest.raises(DataError, match="the same data twice"):
        load(path, task="forecasting", test_data=tmp_path / "." / "d.csv")


def test_groups_of_the_training_data_survive_test_data() -> None:
    """Test sequences belong to none of them."""
    groups = np.arange(12) // 3

    data = load(X, y=Y, task="classification", groups=groups, test_data=(X[:1] + 99, ["a"]))

    assert data.groups is not None
    assert data.groups.tolist() == [*map(str, groups), "(test)"]
