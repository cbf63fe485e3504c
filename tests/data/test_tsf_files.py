"""Monash .tsf files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from actselect.data.readers import read
from actselect.data.table import Table
from actselect.exceptions import DataError

HEADER = """# Two series
@relation Toy
@attribute series_name string
@attribute start_timestamp date
@frequency monthly
@horizon 2
@missing true
@equallength false
@data
"""
"""Nine lines; the first series stands in line 10."""


def tsf(folder: Path, text: str) -> Path:
    """Write a file and return its path."""
    path = folder / "toy.tsf"
    path.write_text(text, encoding="utf-8")
    return path


def table(path: Path) -> Table:
    """Read a table."""
    found = read(path)
    assert isinstance(found, Table)
    return found


def test_each_step_is_a_row_with_series_time_and_value(tmp_path: Path) -> None:
    """The file by hand: lengths differ, a question mark is missing."""
    lines = "A:2000-11-01 00-00-00:1,?,2.5\nB:1999-01-01 06-30-00:-3\n"

    found = table(tsf(tmp_path, HEADER + lines))

    assert found.series == "series"
    assert found.frame["series"].tolist() == ["A", "A", "A", "B"]
    assert found.frame["time"].astype(str).tolist() == [
        "2000-11-01 00:00:00", "2000-12-01 00:00:00", "2001-01-01 00:00:00", "1999-01-01 06:30:00",
    ]  # fmt: skip
    np.testing.assert_equal(found.frame["value"].to_numpy(), [1, np.nan, 2.5, -3])
    assert found.rows.tolist() == [10, 10, 10, 11]
    assert any("horizon: 2" in note for note in found.notes)


@pytest.mark.parametrize(
    ("frequency", "known"),
    [
        ("yearly", "YS"), ("quarterly", "QS"), ("monthly", "MS"), ("weekly", "7D"), ("daily", "D"),
        ("hourly", "h"), ("half_hourly", "30min"), ("10_minutes", "10min"), ("minutely", "min"),
        ("4_seconds", "4s"), ("seconds", "s"),
    ],
)  # fmt: skip
def test_times_are_those_of_pandas(tmp_path: Path, frequency: str, known: str) -> None:
    """Every frequency of the archive against pandas.date_range, over a leap day."""
    text = HEADER.replace("monthly", frequency) + "A:2023-01-01 00-00-00:" + "1," * 899 + "1\n"
    periods = 200 if frequency == "yearly" else 900

    found = table(tsf(tmp_path, text.replace("1," * 899, "1," * (periods - 1))))

    expected = pd.date_range("2023-01-01", periods=periods, freq=known)
    assert (found.frame["time"] == expected).all()


def test_a_month_that_begins_on_its_last_day_goes_on_so(tmp_path: Path) -> None:
    """31 January is followed by the end of February."""
    found = table(tsf(tmp_path, HEADER + "A:2024-01-31 00-00-00:1,2,3,4\n"))

    expected = pd.date_range("2024-01-31", periods=4, freq="ME")
    assert (found.frame["time"] == expected).all()


def test_other_attributes_are_columns_and_series_without_a_name_are_counted(tmp_path: Path) -> None:
    """Without names and starts: T1, T2, no time; the attribute is repeated."""
    text = "@attribute state string\n@data\nNSW:1,2\nVIC:3\n"

    found = table(tsf(tmp_path, text))

    assert found.columns == ("series", "value", "state")
    assert found.frame["series"].tolist() == ["T1", "T1", "T2"]
    assert found.frame["state"].tolist() == ["NSW", "NSW", "VIC"]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (HEADER + "A:2200-01-01 00-00-00:" + "1," * 999 + "1\n", "outside 1678-2261"),
        (HEADER.replace("@frequency monthly\n", "") + "A:2200-01-01 00-00-00:1\n", "No @freq"),
    ],
)
def test_times_that_cannot_be_made_are_left_out_with_a_note(
    tmp_path: Path, text: str, note: str
) -> None:
    """The order of the steps remains."""
    found = table(tsf(tmp_path, text))

    assert found.columns == ("series", "value")
    assert any(note in told for told in found.notes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER.replace("monthly", "sometimes"), "line 5: wanted a frequency .*'?sometimes"),
        (HEADER + "A:2000-13-01 00-00-00:1\n", "line 10: wanted a start .*'2000-13-01"),
        (HEADER + "A:yesterday:1\n", "line 10: wanted a start .*'yesterday'"),
        (HEADER.replace("@data\n", "") + "A:2000-01-01 00-00-00:1\n", "line 9: .*before @data"),
        (HEADER.replace("@data\n", ""), "toy.tsf: wanted a line @data"),
        (HEADER, "series after it"),
        (HEADER + "@data\n", "line 10: wanted series only"),
        (HEADER + "A:1,2\n", "line 10: wanted 2 attributes .*got 1"),
        (HEADER + "A:B:2000-01-01 00-00-00:1\n", "line 10: wanted 2 attributes .*got 3"),
        (HEADER + "A:2000-01-01 00-00-00:1,x\n", "line 10, value 2: wanted a number; got 'x'"),
        (HEADER + "A:2000-01-01 00-00-00:1,,2\n", "line 10, value 2: .*got nothing"),
        (HEADER + "A:2000-01-01 00-00-00:1e39\n", "line 10, value 1: .*float32"),
        (HEADER + "A:2000-01-01 00-00-00:1\n" * 2, "line 11: .*'A' twice"),
        (HEADER + ":2000-01-01 00-00-00:1\n", "line 10: .*an empty one"),
        ("@equallength true\n@data\n1,2\n1\n", "line 4: wanted 2 values"),
        ("@attribute x number\n", "line 1: wanted a name and one of string"),
        ("@attribute x string\n@attribute x string\n@data\na:b:1\n", "'x' twice"),
        ("@attribute value string\n@data\na:1\n", "'value' twice"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(DataError, match=message):
        read(tsf(tmp_path, text))


def test_the_wrong_encoding_is_named(tmp_path: Path) -> None:
    """A file in Latin-1 says so, with the line."""
    path = tmp_path / "toy.tsf"
    path.write_bytes(b"# Caf\xe9\n" + HEADER.encode())

    with pytest.raises(DataError, match=r"toy\.tsf, line 1: wanted UTF-8"):
        read(path)


def test_without_its_ending_the_header_says_what_it_is(tmp_path: Path) -> None:
    """Its tags tell it from .ts and .arff."""
    path = tsf(tmp_path, HEADER + "A:2000-01-01 00-00-00:1\n").rename(tmp_path / "toy")

    assert table(path).columns == ("series", "time", "value")
