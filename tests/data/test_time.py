"""Time columns: what is a date, and which steps are even."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from actselect.data import SequenceDataset, load
from actselect.exceptions import DataError


def forecast(times: Any) -> SequenceDataset:
    """Load one series with these times."""
    frame = pd.DataFrame({"when": times})
    frame["y"] = np.arange(float(len(frame)))
    return load(frame, task="forecasting", target="y", time="when")


@pytest.mark.parametrize("freq", ["h", "30min", "D", "B", "W-SUN", "MS", "ME", "QS", "YS", "3D"])
def test_calendars_are_even(freq: str) -> None:
    """Months, quarters, years and business days are steps, though their days differ."""
    days = pd.date_range("2019-12-31", periods=30, freq=freq)

    data = forecast(days.strftime("%Y-%m-%d %H:%M"))

    assert data.time is not None
    assert (data.time == days.to_numpy()).all()


@pytest.mark.parametrize(
    "texts",
    [
        [f"{m:02d}/15/2020" for m in range(1, 13)],
        [f"{d}.1.2020" for d in range(5, 20)],
        [f"20200{m}15" for m in range(1, 10)] + ["20201015"],
        list(range(1990, 2005)),
        [f"{year}" for year in range(1990, 2005)],
    ],
    ids=["month first", "day first", "compact", "integer", "year as text"],
)
def test_times_may_be_written_in_many_ways(texts: list[object]) -> None:
    """Any format is fine that can mean one thing only."""
    data = forecast(texts)

    assert data.time is not None
    assert (np.diff(data.time) > np.zeros(1, dtype=np.diff(data.time).dtype)).all()
    if isinstance(texts[0], str) and "." in texts[0]:
        assert str(data.time[0])[:10] == "2020-01-05"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([f"{d:02d}/02/2020" for d in range(1, 13)], "row 0, .*both fit"),
        ([f"{d:02d}-02-2020T10:00" for d in range(1, 13)], "row 0, .*both fit"),
        ([f"{d:02d} 02 2020" for d in range(1, 13)], "row 0, .*both fit"),
        ([*(f"{d:02d}/02/2020" for d in range(1, 12)), "tomorrow"], "column 'when'"),
        (["2020-01-01", *["2020-01-32"] * 11], "row 1, column 'when'.*2020-01-32"),
        ([f"2020-01-{d:02d}T00:00+0{d % 2}:00" for d in range(1, 13)], "one time zone"),
        ([f"{year}-01-01" for year in range(2255, 2270)], "between 1678 and 2261"),
        ([*range(11), 10.5], "row 11, column 'when'.*whole numbers"),
        ([*pd.date_range("2020", periods=11), pd.NaT], "row 11, .*a time in every row"),
    ],
)
def test_doubtful_times_are_refused(texts: list[object], message: str) -> None:
    """Nobody guesses a date."""
    with pytest.raises(DataError, match=message):
        forecast(texts)


def test_day_and_month_before_a_time_of_day_are_told_apart_in_silence(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Of what pandas remarks on such dates nothing is printed, not even past Python's streams."""
    data = forecast([f"{d:02d}-02-2020T10:00" for d in range(5, 25)])

    assert data.time is not None
    assert str(data.time[0])[:16] == "2020-02-05T10:00"
    assert capfd.readouterr().err == ""


def test_a_gap_is_uneven_and_the_hint_says_resample() -> None:
    """The message says where the gap is."""
    days = pd.date_range("2020-01-01", periods=30).delete(11)

    with pytest.raises(DataError, match=r"1 days.*2 days, first after 2020-01-11.*resample"):
        forecast(days)


def test_a_change_to_summer_time_is_no_gap() -> None:
    """Zoned times are compared in UTC."""
    hours = pd.date_range("2024-03-30", periods=72, freq="h", tz="Europe/Berlin")

    data = forecast(hours)

    assert data.time is not None
    assert set(np.diff(data.time).tolist()) == {3_600_000_000_000}


def test_uneven_steps_are_only_noted_for_classification() -> None:
    """A network that classifies sees the order alone."""
    frame = pd.DataFrame(
        [(i, t, t * i, "ab"[i % 2]) for i in range(12) for t in (1, 2, 5)],
        columns=["id", "t", "x", "label"],
    )

    data = load(frame, task="classification", target="label", series="id", time="t")

    assert any("12 sequences have uneven steps" in note for note in data.notes)


def test_months_numbered_anew_each_year_are_no_time() -> None:
    """A column under a name of time whose numbers repeat stays a feature."""
    frame = pd.DataFrame({"month": [*range(1, 13)] * 3, "y": np.arange(36.0)})

    data = load(frame, task="forecasting", target="y")

    assert data.time is None
    assert data.feature_names == ("y", "month")
