"""CSV files that cannot be used, each with the place its message must name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from actselect.data import load
from actselect.exceptions import DataError

GOOD = "t,y\n" + "".join(f"{i},{i * i}\n" for i in range(20))

CASES: dict[str, tuple[bytes, str]] = {
    "empty file": (b"", "data.csv: wanted data; got an empty file"),
    "only spaces": (b" \n\n ", "an empty file"),
    "header only": (b"t,y\n", "after its header: .*one row"),
    "one row": (b"t,y\n1,2\n", "at least 10 steps in every series; got 1"),
    "no header": (b"1,2\n3,4\n", r"line 1: wanted column names .*numbers \(1"),
    "utf-16": ("t,y\n1,2\n".encode("utf-16"), "line 1: .*UTF-16.*iconv"),
    "latin-1": ("t,y\n1,2\n2,caf\u00e9\n".encode("latin-1"), "line 3: .*0xe9.*UTF-8"),
    "nul byte": (b"t,y\n1,2\n2,\x003\n", "line 3: .*NUL"),
    "open quote": (b't,y\n1,2\n2,"3\n4,5\n', "line 4: .*quote"),
    "extra cell": (GOOD.encode() + b"20,1,2\n", "line 22: wanted 2 cells.*got 3"),
    "extra cell in all rows": (b"t,y\n" + b"1,2,3\n" * 20, "line 2: wanted 2 cells.*got 3"),
    "missing cell": (GOOD.encode() + b"20\n", "line 22: wanted 2 cells.*got 1"),
    "duplicate header": (b"y,y\n1,2\n", "line 1: .*'y' twice"),
    "decimal comma": (GOOD.replace(",", ";").encode() + b"20;1,5\n", "line 22.*with a point"),
    "thousands": (GOOD.encode() + b'20,"1,000"\n', "line 22, column 'y'.*thousands"),
    "word": (GOOD.encode() + b"20,many\n", "line 22, column 'y': wanted a number; got 'many'"),
    "underscore": (GOOD.encode() + b"20,1_000\n", "line 22, column 'y'.*'1_000'"),
    "hexadecimal": (GOOD.encode() + b"20,0x10\n", "line 22, column 'y'.*'0x10'"),
    "infinite": (GOOD.encode() + b"20,inf\n", "line 22, column 'y'.*finite"),
    "beyond float64": (GOOD.encode() + b"20,1e999\n", "line 22, column 'y'.*1e999"),
    "beyond float32": (GOOD.encode() + b"20,1e39\n", "line 22, column 'y'.*1e39"),
    "huge cell": (GOOD.encode() + b"20," + b"1" * 200_000 + b"\n", "line 22: .*131072"),
    "all missing": (b"t,y\n" + b"".join(b"%d,NA\n" % i for i in range(20)), "without any"),
    "too many columns": (",".join(f"c{i}" for i in range(20_001)).encode() + b"\n1\n", "20000"),
    "duplicate time": (GOOD.encode() + b"19,1\n", "lines 21 and 22, column 't'.*19 twice"),
    "uneven time": (GOOD.encode() + b"25,1\n", "steps of 1 and of 6, first after 19"),
    "missing time": (GOOD.encode() + b",1\n", "line 22, column 't'.*a time in every row"),
    "not a time": (GOOD.encode() + b"soon,1\n", "line 22, column 't'.*'soon'"),
    "half a step": (GOOD.encode() + b"20.5,1\n", "column 't'"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, case: str) -> None:
    """The message names file, line and column, what was wanted and what came."""
    content, message = CASES[case]
    path = tmp_path / "data.csv"
    path.write_bytes(content)

    with pytest.raises(DataError, match=f"(?s)data.csv.*{message}|{message}") as caught:
        load(path, task="forecasting", target="y", time="t")

    assert "data.csv" in caught.value.where
    assert caught.value.todo


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), None),
        (GOOD.replace(",", ";").encode(), None),
        (GOOD.replace(",", "\t").encode(), None),
        (GOOD.replace("\n", "\r\n").encode(), None),
        (GOOD.encode() + b"\n\n", None),
        (GOOD.replace("7,49", "7,NA").encode(), "1 missing value"),
        (GOOD.replace("t,y", "t,y,").replace("\n", ",x\n").replace("y,,x", "y,").encode(), "3"),
    ],
    ids=["bom", "semicolon", "tab", "crlf", "blank end", "gap", "blank header"],
)
def test_an_unusual_file_is_read(tmp_path: Path, content: bytes, note: str | None) -> None:
    """Marks, separators and line ends make no difference; decisions are noted."""
    path = tmp_path / "data.csv"
    path.write_bytes(content)

    data = load(path, task="forecasting", target="y", time="t")

    assert data.sequence(0)[[0, 6, 19], 0].tolist() == [0.0, 36.0, 361.0]
    assert note is None or any(note in text for text in data.notes)


def test_an_empty_line_in_a_single_column_is_a_missing_value(tmp_path: Path) -> None:
    """It must not shift the steps after it."""
    lines = [str(float(i)) for i in range(20)]
    lines[7] = ""
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["y", *lines, ""]), encoding="utf-8")

    data = load(path, task="forecasting")

    np.testing.assert_equal(data.sequence(0)[:, 0], [*range(7), np.nan, *range(8, 20)])


@pytest.mark.parametrize("name", ["data.pkl", "data.xlsx", "data.npy", "data.json", "data.zip"])
def test_formats_that_are_not_read_say_what_to_do(tmp_path: Path, name: str) -> None:
    """Pickles above all are never opened."""
    path = tmp_path / name
    path.write_bytes(b"\x80\x04anything")

    with pytest.raises(DataError, match=r"Pickles can run code|Save|Write|Unpack"):
        load(path, task="classification")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("https://example.org/data.csv", "a URL"),
        ("airpasengers", "Did you mean 'airpassengers'"),
        ("no/such/file.csv", "neither"),
        ("bad\0name", "neither"),
        ("x" * 5000, "neither"),
    ],
)
def test_a_source_that_is_not_there_is_refused(source: str, message: str) -> None:
    """No network, and near names are suggested."""
    with pytest.raises(DataError, match=message):
        load(source, task="forecasting")


def test_a_near_file_name_is_suggested(tmp_path: Path) -> None:
    """A typing error in a file name is answered with the file."""
    (tmp_path / "sales.csv").write_text(GOOD, encoding="utf-8")

    with pytest.raises(DataError, match=r"Did you mean 'sales\.csv'"):
        load(tmp_path / "sale.csv", task="forecasting")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder is refused as such."""
    with pytest.raises(DataError, match="a folder"):
        load(tmp_path, task="forecasting")
