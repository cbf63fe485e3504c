"""JSON lines: series of gluonts, tagged text, texts with several labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from actselect.data.readers import read
from actselect.data.table import Table
from actselect.exceptions import DataError

SERIES = {"start": "2024-01-01", "freq": "D", "target": [1.0, 2.0]}


def jsonl(folder: Path, *lines: object) -> Path:
    """Write JSON lines; text is written as it is."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path = folder / "d.jsonl"
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def table(folder: Path, *lines: object) -> Table:
    """Write JSON lines and read them."""
    found = read(jsonl(folder, *lines))
    assert isinstance(found, Table)
    return found


def test_series_of_gluonts_are_rows_of_steps(tmp_path: Path) -> None:
    """The file by hand: names, times, features of each step, features of the series."""
    one = {
        "item_id": "a", "start": "2024-02-28 00:00", "freq": "D", "target": [1, "NaN", None],
        "feat_dynamic_real": [[1, 2, 3], [0.5, 0.5, "NaN"]], "feat_static_cat": [7, 0],
    }  # fmt: skip
    two = {**one, "item_id": "b", "target": [4.5], "feat_dynamic_real": [[9], [8]]}

    found = table(tmp_path, one, "", two)

    assert found.series == "item_id"
    assert found.frame["item_id"].tolist() == ["a", "a", "a", "b"]
    assert found.frame["time"].astype(str).tolist() == [
        "2024-02-28", "2024-02-29", "2024-03-01", "2024-02-28",
    ]  # fmt: skip
    nan = np.nan
    np.testing.assert_equal(found.frame["target"].to_numpy(), [1, nan, nan, 4.5])
    np.testing.assert_equal(found.frame["feat_dynamic_real_0"].to_numpy(), [1, 2, 3, 9])
    np.testing.assert_equal(found.frame["feat_dynamic_real_1"].to_numpy(), [0.5, 0.5, nan, 8])
    assert found.frame["feat_static_cat_0"].tolist() == [7, 7, 7, 7]
    assert found.rows.tolist() == [1, 1, 1, 3]


@pytest.mark.parametrize(
    ("freq", "known"),
    [("H", "h"), ("30T", "30min"), ("W-SUN", "7D"), ("M", "MS"), ("QS", "QS"), ("A-DEC", "YS"),
     ("B", "B"), ("2h", "2h")],
)  # fmt: skip
def test_times_are_those_of_pandas(tmp_path: Path, freq: str, known: str) -> None:
    """Old and new names of frequencies against pandas.date_range."""
    found = table(tmp_path, {"start": "2024-01-01", "freq": freq, "target": [0] * 100})

    expected = pd.date_range("2024-01-01", periods=100, freq=known)
    assert (found.frame["time"] == expected).all()


def test_without_a_frequency_the_order_counts(tmp_path: Path) -> None:
    """A note says so, and lines name the series; unknown keys run nothing and are repeated."""
    line = {"start": "2024-01", "target": [1, 2], "py/object": "os.system"}

    found = table(tmp_path, line, line)

    assert found.columns == ("line", "target", "py/object")
    assert found.frame["line"].tolist() == ["1", "1", "2", "2"]
    assert any("No 'freq'" in note for note in found.notes)


def test_tokens_and_tags_are_rows_of_tokens(tmp_path: Path) -> None:
    """Tokens stay text, also numbers; plain values are repeated; a key called line is kept."""
    one = {"id": "x1", "split": "dev", "tokens": ["1984", "007", "é"], "tags": ["O", "B-X", "O"]}
    two = {"id": 2, "tokens": ["NA"], "tags": ["O"], "line": "left"}

    found = table(tmp_path, one, two)

    assert found.series == "line_"
    assert found.frame["line_"].tolist() == ["1", "1", "1", "2"]
    assert found.frame["tokens"].tolist() == ["1984", "007", "é", "NA"]
    assert found.frame["tags"].tolist() == ["O", "B-X", "O", "O"]
    assert found.frame["id"].tolist() == ["x1", "x1", "x1", 2]
    assert found.frame["split"].tolist() == ["dev", "dev", "dev", None]
    assert found.frame["line"].tolist() == [None, None, None, "left"]


def test_labels_beside_a_text_are_one_cell(tmp_path: Path) -> None:
    """Several labels are joined, none is an empty cell, and rows stay rows."""
    rows = [
        {"text": "good and long", "labels": ["plot", "cast"]},
        {"text": "bad", "labels": ["cast"]},
        {"text": "so", "labels": []},
    ]

    found = table(tmp_path, *rows)

    assert found.series is None
    assert found.frame["text"].tolist() == ["good and long", "bad", "so"]
    assert found.frame["labels"].tolist() == ["plot|cast", "cast", ""]


def test_tokens_beside_a_text_are_still_steps(tmp_path: Path) -> None:
    """Tagged text that also holds the sentence is tagged text."""
    found = table(tmp_path, {"text": "a b", "tokens": ["a", "b"], "tags": ["X", "Y"]})

    assert found.frame["tokens"].tolist() == ["a", "b"]
    assert found.frame["text"].tolist() == ["a b", "a b"]


def without(key: str) -> dict[str, object]:
    """Return a series that lacks a key."""
    return {name: value for name, value in SERIES.items() if name != key}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (without("target"), "line 2: wanted 'target'.*in every line; got none"),
        (without("start"), "line 2: wanted 'start'.*in every line; got none"),
        (without("freq"), "line 2, key 'freq': wanted one frequency in all lines"),
        (SERIES | {"start": "now"}, "line 2, key 'start': wanted a time such as .*'now'"),
        (SERIES | {"start": "2024-02-30"}, "line 2, key 'start': .*'2024-02-30'"),
        (SERIES | {"start": 17}, "line 2, key 'start': .*17"),
        (SERIES | {"freq": ["D"]}, "line 2, key 'freq': wanted one frequency"),
        (SERIES | {"target": [[1, 2], [3, 4]]}, "line 2, key 'target', value 1: .*several series"),
        (SERIES | {"target": [1, "2"]}, "line 2, key 'target', value 2: .*got '2'"),
        (SERIES | {"target": [1, True]}, "line 2, key 'target', value 2: .*got True"),
        (SERIES | {"target": []}, "line 2, key 'target': wanted a list of values; got an empty"),
        (SERIES | {"target": 5}, "line 2, key 'target': wanted a list of values; got 5"),
        (SERIES | {"target": [10**400]}, "line 2, key 'target': wanted numbers"),
        (SERIES | {"item_id": "b"}, "line 1, key 'item_id': .*got none"),
        (SERIES | {"feat_dynamic_real": [[1, 2, 3]]}, "line 1, key 'feat_dynamic_real': .*None"),
        (SERIES | {"more": [1, 2]}, "line 2, key 'more': wanted plain values"),
        (SERIES | {"time": 3}, "'time' twice"),
    ],
)
def test_a_bad_series_is_refused_with_its_line(tmp_path: Path, line: object, message: str) -> None:
    """After a good line, which fixes what is expected."""
    with pytest.raises(DataError, match=message):
        read(jsonl(tmp_path, SERIES, line))


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({"feat_dynamic_real": [[1]]}, "line 2, key 'feat_dynamic_real': wanted 2 values"),
        ({"feat_dynamic_real": [[1, 2], [3, 4]]}, "line 2, .*wanted 1 features.*got 2"),
        ({"feat_dynamic_real": [1, 2]}, "line 2, .*wanted a list of lists"),
        ({"feat_dynamic_real": [["x", 2]]}, "line 2, .*value 1: wanted a number; got 'x'"),
        ({"feat_static_cat": [1, 2]}, "line 2, key 'feat_static_cat': wanted 1 features"),
        ({"feat_static_cat": [[1]]}, "line 2, key 'feat_static_cat': wanted plain values"),
        ({"item_id": "a"}, "line 2, key 'item_id': .*'a' twice"),
    ],
)
def test_a_bad_feature_is_refused_with_its_line(
    tmp_path: Path, features: dict[str, object], message: str
) -> None:
    """Features have the length of the target, and are as many in every line."""
    good = SERIES | {"item_id": "a", "feat_dynamic_real": [[1, 2]], "feat_static_cat": [3]}

    with pytest.raises(DataError, match=message):
        read(jsonl(tmp_path, good, good | {"item_id": "b"} | features))


def test_an_unknown_frequency_is_refused(tmp_path: Path) -> None:
    """The message shows names that are known."""
    with pytest.raises(DataError, match=r"line 1, key 'freq': wanted a frequency .*'often'"):
        read(jsonl(tmp_path, SERIES | {"freq": "often"}))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([{"tokens": ["a", "b"], "tags": ["X"]}], "line 1: wanted lists of one length"),
        ([{"tokens": [], "tags": []}], "line 1: wanted lists of one length, not empty"),
        ([{"tokens": ["a"]}, {"id": 1}], "line 2: wanted lists of one length"),
        ([{"tokens": [["a"]]}], "line 1, key 'tokens': .*nested"),
        ([{"feat_dynamic_real": [[1]]}], "line 1, key 'feat_dynamic_real': .*beside 'start'"),
        ([{"text": "t", "labels": ["a|b"]}], r"line 1, key 'labels': .*no \|; got 'a\|b'"),
        ([{"text": "t", "labels": [""]}], "line 1, key 'labels': wanted labels as text"),
        ([{"text": "t", "vector": [0.5]}], "line 1, key 'vector': wanted labels as text.*0.5"),
        (
            [{"text": "t", "labels": ["a"]}, {"labels": ["a"]}],
            "line 2, key 'labels': wanted a 'text'",
        ),
    ],
)
def test_bad_lists_are_refused_with_their_line(
    tmp_path: Path, lines: list[object], message: str
) -> None:
    """Lists are steps or labels, and nothing else."""
    with pytest.raises(DataError, match=message):
        read(jsonl(tmp_path, *lines))


def test_a_truncated_line_is_refused(tmp_path: Path) -> None:
    """The last line of a file that was cut off."""
    with pytest.raises(DataError, match="line 2: wanted one JSON object"):
        read(jsonl(tmp_path, SERIES, '{"start": "2024-01-01", "target": [1, 2'))
