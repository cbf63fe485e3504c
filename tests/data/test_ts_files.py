"""UEA/UCR .ts and UCR .tsv files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actselect.data import load
from actselect.data.dataset import SequenceDataset
from actselect.data.readers import read
from actselect.exceptions import DataError

HEADER = "# comment\n@problemName Toy\n@timeStamps false\n@missing false\n"
UNEQUAL = HEADER + "@univariate false\n@dimensions 2\n@equalLength false\n@classLabel true a b\n"
EQUAL = HEADER + "@univariate true\n@equalLength true\n@seriesLength 3\n@classLabel true a b\n"
NUMBERS = HEADER + "@univariate true\n@equalLength true\n@targetLabel true\n"


def ts(folder: Path, text: str, name: str = "toy.ts") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def sequences(path: Path) -> SequenceDataset:
    """Read a file of sequences."""
    found = read(path)
    assert isinstance(found, SequenceDataset)
    return found


def test_dimensions_become_features_and_lengths_may_differ(tmp_path: Path) -> None:
    """Colons split dimensions, the last part is the class."""
    data = sequences(ts(tmp_path, UNEQUAL + "@data\n1,2:3,4:a\n5:6:b\n"))

    assert data.sequence(0).tolist() == [[1, 3], [2, 4]]
    assert data.sequence(1).tolist() == [[5, 6]]
    assert data.targets is not None
    assert data.targets.tolist() == ["a", "b"]


def test_a_target_label_is_a_number(tmp_path: Path) -> None:
    """Regression files give float64."""
    lines = "".join(f"{i},{i + 1}:{i / 4}\n" for i in range(12))

    data = load(ts(tmp_path, NUMBERS + "@data\n" + lines), task="regression")

    assert data.targets is not None
    assert data.targets.tolist() == [i / 4 for i in range(12)]
    assert data.feature_names == ("value",)


def test_a_question_mark_is_a_missing_value(tmp_path: Path) -> None:
    """The reader keeps the gap, load fills it by the policy."""
    lines = "1,?,3:a\n" + "1,2,3:a\n4,5,6:b\n" * 6

    raw = sequences(ts(tmp_path, EQUAL + "@data\n" + lines))
    data = load(tmp_path / "toy.ts", task="classification")

    assert np.isnan(raw.sequence(0)[1, 0])
    assert data.sequence(0)[:, 0].tolist() == [1, 1, 3]
    assert any("1 of 39 values" in note for note in data.notes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EQUAL, "a line @data"),
        (EQUAL + "@data\n", "cases after it"),
        (EQUAL + "@data\n@data\n", "line 10: .*only after @data"),
        (EQUAL + "1,2,3:a\n", "line 9: .*before @data"),
        (EQUAL + "@data\n1,2,3:a\n@\n", "line 11: .*only after @data"),
        (EQUAL + "@data\n1,2:a\n", "line 10: wanted 3 steps"),
        (EQUAL + "@data\n1,2,3:4,5,6:a\n", "line 10: wanted 1 dimensions"),
        (UNEQUAL + "@data\n1:a\n", "line 10: wanted 2 dimensions"),
        (UNEQUAL + "@data\n1,2:3:a\n", "line 10: wanted dimensions of one length"),
        (UNEQUAL + "@data\n1::a\n", "line 10: wanted values in every dimension"),
        (EQUAL + "@data\n1,2,3:\n", "line 10: wanted a target"),
        (EQUAL + "@data\n1,2,3:c\n", "line 10: wanted one of the classes .*'c'"),
        (EQUAL + "@data\n1,x,3:a\n", "line 10, value 2: wanted a number; got 'x'"),
        (EQUAL + "@data\n1,,3:a\n", "line 10, value 2: .*got nothing"),
        (EQUAL + "@data\n1,1_0,3:a\n", "line 10, value 2: .*'1_0'"),
        (EQUAL + "@data\n1,1e39,3:a\n", "line 10, value 2: .*float32"),
        (EQUAL + "@data\n(0,1),(1,2):a\n", "line 10: .*time stamps"),
        (EQUAL.replace("Stamps false", "Stamps true") + "@data\n", "line 9: .*time stamps"),
        (NUMBERS + "@data\n1,2:a\n", "line 9, value 1: wanted a number; got 'a'"),
        (EQUAL.replace("true a", "maybe a") + "@data\n", "line 8: wanted true or false"),
        (EQUAL.replace("Length 3", "Length x") + "@data\n", "line 7: wanted a whole number"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """Contradictions between header and cases are errors, not guesses."""
    with pytest.raises(DataError, match=message):
        read(ts(tmp_path, text))


def test_an_unknown_tag_is_noted(tmp_path: Path) -> None:
    """New tags of the format do not stop anybody."""
    data = sequences(ts(tmp_path, "@mood good\n" + EQUAL + "@data\n1,2,3:a\n"))

    assert any("@mood" in note for note in data.notes)


def test_files_for_another_task_are_refused(tmp_path: Path) -> None:
    """A regression file has no classes, and neither is a series to forecast."""
    path = ts(tmp_path, NUMBERS + "@data\n" + "".join(f"{i},1:{i / 7}\n" for i in range(12)))

    with pytest.raises(DataError, match="task='regression'"):
        load(path, task="classification")
    with pytest.raises(DataError, match="series to forecast"):
        load(path, task="forecasting")


def test_a_test_file_beside_a_training_file_is_mentioned_not_used(tmp_path: Path) -> None:
    """The user decides what is test data."""
    text = EQUAL + "@data\n" + "1,2,3:a\n4,5,6:b\n" * 6
    train = ts(tmp_path, text, "Toy_TRAIN.ts")
    ts(tmp_path, text.replace("4,5", "7,8"), "Toy_TEST.ts")

    data = load(train, task="classification")

    assert data.test is None
    assert len(data) == 12
    assert any("Toy_TEST.ts lies beside" in note for note in data.notes)


@settings(deadline=None, max_examples=50)  # a shared machine may be slow
@given(
    st.lists(
        st.lists(
            st.tuples(st.floats(-1e6, 1e6, width=32), st.floats(-1e6, 1e6, width=32)),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, cases: list[list[tuple[float, float]]]
) -> None:
    """Values and lengths survive a .ts file."""
    lines = []
    for case in cases:
        dimensions = [",".join(repr(step[f]) for step in case) for f in range(2)]
        lines.append(":".join([*dimensions, "a"]))
    folder = tmp_path_factory.mktemp("ts")

    data = sequences(ts(folder, UNEQUAL + "@data\n" + "\n".join(lines)))

    assert [data.sequence(i).tolist() for i in range(len(data))] == [
        [list(step) for step in case] for case in cases
    ]


def test_ucr_labels_come_first_and_nan_pads(tmp_path: Path) -> None:
    """A .tsv of numbers without a header is a UCR file."""
    lines = [f"{1 + i % 2}.0\t{i}\t{i + 1}\t{'NaN' if i == 3 else i + 2}" for i in range(12)]
    path = ts(tmp_path, "\n".join(lines), "toy.tsv")

    data = load(path, task="classification")

    assert data.targets is not None
    assert data.targets.tolist() == ["1", "2"] * 6
    assert data.lengths.tolist() == [3, 3, 3, 2] + [3] * 8
    assert data.sequence(3)[:, 0].tolist() == [3, 4]


def test_a_tsv_with_a_header_is_a_table(tmp_path: Path) -> None:
    """Column names tell a table from a UCR file."""
    path = ts(tmp_path, "t\ty\n" + "".join(f"{i}\t{i}\n" for i in range(12)), "toy.tsv")

    assert load(path, task="forecasting", target="y").feature_names == ("y",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\t2\t3\n1\t2\n", "line 2: wanted 3 numbers"),
        ("1\t2\t3\n1\t2\tx\n", "line 2, value 3: .*'x'"),
        ("1\t2\t3\nNaN\t2\t3\n", "line 2: .*a missing label"),
        ("1\t2\t3\n?\t2\t3\n", "line 2: .*a missing label"),
        ("1\t2\t3\n1\tNaN\tNaN\n", "line 2: .*no values"),
    ],
)
def test_a_bad_ucr_file_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """Ragged lines, words and empty sequences are named."""
    with pytest.raises(DataError, match=message):
        read(ts(tmp_path, text, "toy.tsv"))
