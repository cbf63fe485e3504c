"""Tables in long format: one row a step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actselect.data import load
from actselect.exceptions import DataError

DAYS = pd.date_range("2020-01-01", periods=30)


def write(folder: Path, text: str, name: str = "data.csv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def panel(**columns: Any) -> pd.DataFrame:
    """Return 12 series of 3 steps, two classes, rows shuffled by step."""
    rows = [(f"{i:03d}", step, i + step / 10) for step in range(3) for i in range(12)]
    frame = pd.DataFrame(rows, columns=["id", "step", "x"])
    return frame.assign(label=np.where(frame["id"] < "006", "low", "high"), **columns)


def test_forecasting_puts_the_target_first_among_the_features(tmp_path: Path) -> None:
    """The target is a feature too, and the first one, whatever the order of the columns."""
    frame = pd.DataFrame({"ds": DAYS, "heat": np.arange(30.0), "sales": np.arange(30.0) * 2})
    frame.to_csv(tmp_path / "shop.csv", index=False)

    data = load(tmp_path / "shop.csv", task="forecasting", target="sales", time="ds")

    assert data.feature_names == ("sales", "heat")
    assert np.array_equal(data.sequence(0), frame[["sales", "heat"]].to_numpy())
    assert np.array_equal(data.times(0), DAYS.to_numpy())
    assert (data.name, data.target_name, data.targets) == ("shop", "sales", None)


def test_a_single_numeric_column_is_taken_as_target_and_a_date_column_as_time() -> None:
    """Both are guesses, so both are noted."""
    frame = pd.DataFrame({"when": DAYS.strftime("%Y-%m-%d"), "sales": np.arange(30.0)})

    data = load(frame, task="forecasting")

    assert data.target_name == "sales"
    assert data.time is not None
    assert sum("'when'" in note or "'sales'" in note for note in data.notes) == 2


def test_several_numeric_columns_without_a_target_are_refused() -> None:
    """With more than one candidate nobody guesses."""
    frame = pd.DataFrame({"a": np.arange(30.0), "y": np.arange(30.0)})

    with pytest.raises(DataError, match="--target y"):
        load(frame, task="forecasting")


def test_identifiers_stay_text(tmp_path: Path) -> None:
    """007 keeps its zeros and NA is a name."""
    rows = [f"{name},{step},{step}" for name in ("007", "NA", "=cmd()") for step in range(12)]
    path = write(tmp_path, "\n".join(["id,t,y", *rows]))

    data = load(path, task="forecasting", target="y", series="id")

    assert data.series == ("007", "NA", "=cmd()")
    assert data.lengths.tolist() == [12, 12, 12]


def test_rows_of_a_series_need_not_stand_together() -> None:
    """Sequences come in the order of their first rows, steps in the order of time."""
    data = load(panel(), task="classification", target="label", series="id", time="step")

    assert data.series[:2] == ("000", "001")
    assert data.sequence(3)[:, 0].tolist() == [3.0, 3.1, 3.2]
    assert data.targets is not None
    assert data.targets.tolist() == ["low"] * 6 + ["high"] * 6


def test_unsorted_times_are_sorted_and_noted() -> None:
    """The order of the rows does not matter when there is a time column."""
    frame = panel()

    mixed = frame.sample(frac=1, random_state=0)
    data = load(mixed, task="classification", target="label", series="id", time="step")

    assert any("sorted" in note for note in data.notes)
    assert data.sequence(data.series.index("004"))[:, 0].tolist() == [4.0, 4.1, 4.2]


def test_regression_targets_are_numbers_and_groups_are_text() -> None:
    """A long table gives one target and one group for each series."""
    frame = panel(weight=lambda f: f["id"].astype(float) / 2, farm=lambda f: f["id"].str[1])

    data = load(
        frame, task="regression", target="weight", series="id", time="step", group="farm",
        features=["x"],
    )  # fmt: skip

    assert data.targets is not None
    assert data.targets.dtype == np.float64
    assert data.targets.tolist() == [i / 2 for i in range(12)]
    assert data.groups is not None
    assert data.groups.tolist() == ["0"] * 10 + ["1"] * 2


def test_a_target_that_changes_inside_a_sequence_is_refused() -> None:
    """The message names the row where it changes and the series."""
    frame = panel()
    frame.loc[14, "label"] = "high"

    with pytest.raises(DataError, match=r"row 14, column 'label'.*series '002'"):
        load(frame, task="classification", target="label", series="id")


def test_features_restrict_and_order_the_columns() -> None:
    """Only the named columns are inputs, in the order named."""
    frame = panel(a=1.0, b=lambda f: f["x"])

    data = load(frame, task="classification", target="label", series="id", features=["x", "a"])

    assert data.feature_names == ("x", "a")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features": ["x", "label"]}, "'label' among the features"),
        ({"features": ["z"]}, "feature column 'z'"),
        ({"features": ["x", "x"]}, "each feature once"),
        ({"features": ["x", "id"]}, "no time, series or group column"),
        ({"target": "lable"}, "Did you mean 'label'"),
        ({"time": "label"}, "'label' as target and as time"),
        ({"time": "nope"}, "the time column 'nope'"),
    ],
)
def test_wrong_columns_are_named(options: dict[str, Any], message: str) -> None:
    """Leaks, unknown names and double roles are refused with the name in the message."""
    with pytest.raises(DataError, match=message):
        load(panel(), task="classification", **{"target": "label", "series": "id", **options})


def test_text_columns_are_left_out_with_a_note() -> None:
    """A column of words is no feature, and the report says so."""
    frame = panel(wind="NW")

    data = load(frame, task="classification", target="label", series="id", time="step")

    assert data.feature_names == ("x",)
    assert any("wind" in note for note in data.notes)


def test_a_row_counter_is_no_feature() -> None:
    """The index that R and pandas write into files is left out with a note."""
    frame = pd.DataFrame(
        {"rownames": range(1, 31), "y": np.sin(np.arange(30)), "x": np.cos(np.arange(30))}
    )

    data = load(frame, task="forecasting", target="y")

    assert data.feature_names == ("y", "x")
    assert any("rownames" in note for note in data.notes)


@pytest.mark.parametrize(
    "index",
    [
        pd.period_range("2020-01", periods=30, freq="M"),
        pd.date_range("2020-01-01", periods=30, freq="MS"),
        pd.date_range("2020-01-01", periods=30, freq="MS", name="month"),
    ],
    ids=["period", "date", "named"],
)
def test_an_index_of_times_becomes_the_time(index: pd.Index) -> None:
    """Whether it has a name or not, and also when it counts periods."""
    frame = pd.DataFrame({0: np.arange(30.0), 1: np.ones(30)}, index=index)

    data = load(frame, task="forecasting", target="0")

    assert data.feature_names == ("0", "1")
    assert [str(day)[:7] for day in data.times(0)[[0, 12]]] == ["2020-01", "2021-01"]


def test_columns_of_several_levels_are_refused() -> None:
    """The hint says how to flatten them."""
    frame = pd.DataFrame(np.ones((20, 2)), columns=[["a", "b"], ["c", "d"]])

    with pytest.raises(DataError, match="one level of column names"):
        load(frame, task="forecasting")


def test_a_frame_with_two_columns_of_one_name_is_refused() -> None:
    """An index under the name of a column counts as one."""
    frame = pd.DataFrame({"ds": range(20), "y": 1.0}, index=pd.Index(DAYS[:20], name="ds"))

    with pytest.raises(DataError, match="'ds' twice"):
        load(frame, task="forecasting", target="y")


def test_types_of_pandas_are_numbers_too() -> None:
    """Nullable integers, floats and booleans are features; categories are words."""
    frame = pd.DataFrame(
        {
            "y": pd.array([1, 2, None, 4] * 1 + [5] * 36, dtype="Int64"),
            "b": [True, False] * 20,
            "f": pd.array([1.5, 2.5] * 20, dtype="Float64"),
            "c": pd.Categorical(["x", "z"] * 20),
        }
    )

    data = load(frame, task="forecasting", target="y")

    assert data.feature_names == ("y", "b", "f")
    np.testing.assert_equal(data.sequence(0)[:3], [[1, 1, 1.5], [2, 0, 2.5], [np.nan, 1, 1.5]])


def test_a_series_with_a_date_index_keeps_its_times() -> None:
    """A pandas Series is one series to forecast; its index is the time."""
    values = pd.Series(np.arange(30.0), index=DAYS, name="load")

    data = load(values, task="forecasting")

    assert data.feature_names == ("load",)
    assert data.time is not None
    assert (data.time == DAYS.to_numpy()).all()


@settings(deadline=None, max_examples=50)  # a shared machine may be slow
@given(
    st.lists(
        st.floats(-1e30, 1e30, allow_nan=False, allow_subnormal=False), min_size=10, max_size=40
    ),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], separator: str, end: str
) -> None:
    """Every number survives a CSV file, whatever separator and line ends it has."""
    path = tmp_path_factory.mktemp("csv") / "data.csv"
    rows = [f"{i}{separator}{value!r}" for i, value in enumerate(values)]
    path.write_bytes(end.join([f"t{separator}y", *rows]).encode())

    data = load(path, task="forecasting", target="y", time="t")

    assert np.allclose(data.sequence(0)[:, 0], values, rtol=1e-15)
