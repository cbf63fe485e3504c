"""Weka .arff files."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.io import arff as scipy_arff

from actselect.data.dataset import SequenceDataset
from actselect.data.readers import read
from actselect.data.table import Table
from actselect.exceptions import DataError

DENSE = """% a comment
@RELATION 'two steps'

@attribute 'step one' NUMERIC
@attribute two real
@ATTRIBUTE n integer
@attribute class {yes, 'not yet', <b>}

@DATA
"""
"""Nine lines; the first case stands in line 10."""

RELATIONAL = """@relation toy
@attribute bag relational
@attribute t0 numeric
@attribute t1 numeric
@end bag
@attribute activity {run, rest}
@data
"""
"""Seven lines; the first case stands in line 8."""


def arff(folder: Path, text: str) -> Path:
    """Write a file and return its path."""
    path = folder / "toy.arff"
    path.write_text(text, encoding="utf-8")
    return path


def table(path: Path) -> Table:
    """Read a table."""
    found = read(path)
    assert isinstance(found, Table)
    return found


def sequences(path: Path) -> SequenceDataset:
    """Read sequences."""
    found = read(path)
    assert isinstance(found, SequenceDataset)
    return found


def test_a_plain_file_gives_the_columns_that_scipy_reads(tmp_path: Path) -> None:
    """Names, numbers, missing values and classes, with comments between the cases."""
    path = arff(tmp_path, DENSE + "1, -2.5e3,3,yes\n% note\n?,0.1,4,yes\n7,8,9,<b>\n")

    found = table(path)

    limit = csv.field_size_limit()
    data, meta = scipy_arff.loadarff(path)
    csv.field_size_limit(limit)  # scipy lifts it for the whole process
    assert found.columns == tuple(meta.names())
    for name in ("step one", "two", "n"):
        np.testing.assert_equal(found.frame[name].to_numpy(), data[name])
    assert found.frame["class"].tolist() == [value.decode() for value in data["class"]]
    assert found.rows.tolist() == [10, 12, 13]


def test_text_keeps_its_commas_quotes_and_spaces(tmp_path: Path) -> None:
    """Both kinds of quotes, backslashes in them; a quoted question mark is a value."""
    text = '@attribute s string\n@attribute d date "yyyy"\n@data\n'
    text += "'it\\'s, so', \"2001\"\n\"a ' b\",?\n'?',2002\n? ,' 2003 '\n"
    nominal = DENSE + "1,2,3,'not yet'\n"

    found = table(arff(tmp_path, text))

    assert found.frame["s"].tolist() == ["it's, so", "a ' b", "?", None]
    assert found.frame["d"].tolist() == ["2001", None, "2002", " 2003 "]
    assert table(arff(tmp_path, nominal)).frame["class"].tolist() == ["not yet"]


def test_a_relational_attribute_gives_sequences(tmp_path: Path) -> None:
    """Lines inside the quotes are dimensions; missing values at their end are padding."""
    text = RELATIONAL + "'1,2,3\\n4,5,6',run\n\"7,?,?\\n8,?,?\",rest\n'1,?,3\\n1,2,?',rest\n"

    found = sequences(arff(tmp_path, text))

    np.testing.assert_equal(found.sequence(0), [[1, 4], [2, 5], [3, 6]])
    np.testing.assert_equal(found.sequence(1), [[7, 8]])
    np.testing.assert_equal(found.sequence(2), [[1, 1], [np.nan, 2], [3, np.nan]])
    assert found.targets is not None
    assert found.targets.tolist() == ["run", "rest", "rest"]
    assert found.target_name == "activity"
    assert found.feature_names == ("dim_0", "dim_1")
    assert any(note.startswith("1 sequences are shorter") for note in found.notes)


def test_a_numeric_target_of_sequences_is_a_number(tmp_path: Path) -> None:
    """For regression; one dimension is called value."""
    text = RELATIONAL.replace("{run, rest}", "numeric") + "'1,2',0.5\n'3,4',-1\n"

    found = sequences(arff(tmp_path, text))

    assert found.targets is not None
    assert found.targets.dtype == np.float64
    assert found.targets.tolist() == [0.5, -1.0]
    assert found.feature_names == ("value",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DENSE + "{1 2, 3 yes}\n", "line 10: .*a sparse case.*dense"),
        (DENSE + "1,2,3,'not yet\n", "line 10: wanted a value, its quotes in pairs; got \"'not"),
        (DENSE + "1,2,3\n", "line 10: wanted 4 values, one for each attribute; got 3"),
        (DENSE + "1,2,3,yes,\n", "line 10: wanted 4 values, .*got 5"),
        (DENSE + "1,2,3,no\n", "line 10: wanted one of the values that 'class' declares; got 'no'"),
        (DENSE + "1,2,3,yes\n1,x,3,yes\n", "line 11, attribute 'two': wanted a number; got 'x'"),
        (DENSE + "1,,3,yes\n", "line 10, attribute 'two': wanted a number; got ''"),
        (DENSE, "wanted a line @data and cases after it"),
        (DENSE.replace("@DATA\n", "") + "1,2,3,yes\n", "line 9: wanted @relation, @attribute"),
        (DENSE.replace("two real", "two"), "line 5: wanted the name and the type"),
        (DENSE.replace("two real", "two complex"), "line 5: wanted numeric.*got 'complex'"),
        (DENSE.replace("two", "n") + "1,2,3,yes\n", "'n' twice"),
        ("@data\n1\n", "line 1: wanted attributes before @data"),
        (RELATIONAL + "'1,2\\n3,4,run\n", "line 8: wanted a value, its quotes in pairs"),
        (RELATIONAL + "'1,2\\n3',run\n", "line 8: wanted dimensions of one length"),
        (RELATIONAL + "'1,2',run\n'1,2\\n3,4',run\n", "line 9: wanted 1 dimensions"),
        (RELATIONAL + "'1,2\\n3,z',run\n", "line 8, dimension 2, value 2: .*got 'z'"),
        (RELATIONAL + "?,run\n", "line 8: wanted dimensions"),
        (RELATIONAL + "'?,?',run\n", "line 8: wanted at least one value"),
        (RELATIONAL + "'1,2',?\n", "line 8: wanted a value of 'activity', the target"),
        (RELATIONAL.replace("@end bag\n", ""), "line 6: wanted @end bag; got @data"),
        (
            RELATIONAL.replace("@data", "@attribute more numeric\n@data") + "'1',run,2\n",
            "wanted one relational attribute and one target",
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """The message names line, attribute and value."""
    with pytest.raises(DataError, match=message):
        read(arff(tmp_path, text))


def test_without_its_ending_the_header_says_what_it_is(tmp_path: Path) -> None:
    """It begins with a comment or @relation."""
    path = arff(tmp_path, DENSE + "1,2,3,yes\n").rename(tmp_path / "toy")

    assert table(path).columns[0] == "step one"
