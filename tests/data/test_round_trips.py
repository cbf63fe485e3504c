"""What is written is what is read: tables, series and arrays, of nasty but legal content.

Contents are drawn by hypothesis, always the same ones; writers are the standard library's, those of
NumPy and pandas, or a few lines here.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from actselect.data import load
from actselect.data.dataset import SequenceDataset
from actselect.data.readers import read
from actselect.data.table import Table
from tests.data.strategies import NAME, NUMBER, TEXT, WORD, drawn

NUMBERS = st.lists(NUMBER, min_size=1, max_size=6)
GAPPY = st.lists(NUMBER | st.just(float("nan")), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the examples of all tests share."""
    return tmp_path_factory.mktemp("round_trips")


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def cells(value: float) -> str:
    """Return a number as files have it, ``?`` where it is missing."""
    return "?" if np.isnan(value) else repr(value)


def same_numbers(wanted: Any, got: npt.NDArray[Any]) -> bool:
    """True for the same float32, the sign of zero included; NaN equals NaN."""
    first, second = np.asarray(wanted, dtype=np.float32), np.asarray(got).astype(np.float32)
    there = ~np.isnan(first)
    return np.array_equal(first, second, equal_nan=True) and np.array_equal(
        np.signbit(first[there]), np.signbit(second[there])
    )


def table(path: Path, task: str = "") -> Table:
    """Return a file that a reader makes a table of."""
    found = read(path, task=task)
    assert isinstance(found, Table)
    return found


def sequences(path: Path) -> SequenceDataset:
    """Return a file that a reader makes sequences of."""
    found = read(path)
    assert isinstance(found, SequenceDataset)
    return found


@drawn
@given(
    rows=st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=5),
    name=NAME.filter(lambda name: "\n" not in name and name not in {"b", "c"}),
    separator=st.sampled_from(",;\t"),
    end=st.sampled_from(("\n", "\r\n")),
    mark=st.sampled_from(("", "\ufeff")),
    quoting=st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
)
def test_cells_of_a_csv_file_come_back_as_text(
    folder: Path, rows: list[list[str]], name: str, separator: str, end: str, mark: str,
    quoting: int,
) -> None:  # fmt: skip
    """Whatever stands in quotes; no identifier becomes a number and no text a missing value."""
    assume(mark or not name.startswith("\ufeff"))
    if any("\r" in cell for row in rows for cell in row):  # which csv quotes from 3.13 on
        quoting = csv.QUOTE_ALL
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=separator, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([[name, "b", "c"], *rows])

    found = table(written(folder, "d.csv", mark + buffer.getvalue()))

    assert found.frame.to_numpy().tolist() == rows
    assert found.columns == (name, "b", "c")


@drawn
@given(
    series=st.dictionaries(NAME, st.lists(NUMBER, min_size=10, max_size=12), min_size=1, max_size=3)
)
def test_series_of_a_csv_file_keep_names_numbers_and_order(
    folder: Path, series: dict[str, list[float]]
) -> None:
    """From the file to the data set: ids such as 007 and NA, the sign of zero, subnormals."""
    rows = [(name, repr(value)) for name, values in series.items() for value in values]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([("id", "y"), *rows])

    data = load(
        written(folder, "d.csv", buffer.getvalue()), task="forecasting", target="y", series="id"
    )

    assert dict(zip(data.series, data.lengths.tolist(), strict=True)) == {
        name: len(values) for name, values in series.items()
    }
    for i, name in enumerate(data.series):
        assert same_numbers(series[name], data.sequence(i)[:, 0])


PLAIN = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | NUMBER | TEXT


@drawn
@given(
    records=st.lists(st.dictionaries(TEXT, PLAIN, min_size=1, max_size=4), min_size=1, max_size=4),
    ascii_only=st.booleans(),
    end=st.sampled_from(("\n", "\r\n", "\n\n")),
)
def test_values_of_json_lines_come_back_unchanged(
    folder: Path, records: list[dict[str, Any]], ascii_only: bool, end: str
) -> None:
    """Each with its type; a key that a line lacks is missing there."""
    assume(not any({"start", "target"} <= set(record) for record in records))
    text = "".join(json.dumps(record, ensure_ascii=ascii_only) + end for record in records)

    found = table(written(folder, "d.jsonl", text))

    for row, record in enumerate(records):
        got = found.frame.iloc[row].to_dict()
        assert {key: repr(got.pop(key)) for key in record} == {
            k: repr(v) for k, v in record.items()
        }
        assert set(got.values()) <= {None}


@drawn
@given(series=st.dictionaries(NAME, GAPPY, min_size=1, max_size=3))
def test_gluonts_series_keep_names_and_values(folder: Path, series: dict[str, Any]) -> None:
    """One series a line; NaN stands for a missing value."""
    lines = (
        json.dumps({"start": "2024-01-31", "freq": "M", "item_id": name,
                    "target": ["NaN" if np.isnan(v) else v for v in values]})
        for name, values in series.items()
    )  # fmt: skip

    frame = table(written(folder, "d.jsonl", "\n".join(lines))).frame

    assert frame["item_id"].tolist() == [n for n, values in series.items() for _ in values]
    assert same_numbers(np.concatenate(list(series.values())), frame["target"].to_numpy())


LABEL = WORD.filter(lambda word: not set(word) & set(":(") and len(word.split()) == 1)


@drawn
@given(
    cases=st.lists(
        st.tuples(st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=5), LABEL),
        min_size=1, max_size=4,
    ),
    end=st.sampled_from(("\n", "\r\n", "\r")),
)  # fmt: skip
def test_cases_of_ts_files_keep_values_lengths_and_labels(
    folder: Path, cases: list[tuple[list[tuple[float, float]], str]], end: str
) -> None:
    """Two dimensions, of as many steps as each case has."""
    labels = [label for _, label in cases]
    lines = [f"@classLabel true {' '.join(labels)}", "@data"]
    for steps, label in cases:
        lines.append(":".join((*(",".join(map(repr, d)) for d in zip(*steps, strict=True)), label)))

    data = sequences(written(folder, "d.ts", end.join(lines)))

    assert data.targets is not None
    assert data.targets.tolist() == labels
    assert data.lengths.tolist() == [len(steps) for steps, _ in cases]
    assert same_numbers(np.concatenate([steps for steps, _ in cases]), data.values)


SERIES_NAME = NAME.filter(lambda n: not set(n) & set(":\n\r") and n[0] not in "#@")


@drawn
@given(series=st.dictionaries(SERIES_NAME, GAPPY, min_size=1, max_size=4))
def test_series_of_tsf_files_keep_names_and_values(folder: Path, series: dict[str, Any]) -> None:
    """One series a line; ``?`` stands for a missing value."""
    lines = ["@attribute series_name string", "@data"]
    lines += [f"{name}:{','.join(map(cells, values))}" for name, values in series.items()]

    frame = table(written(folder, "d.tsf", "\n".join(lines))).frame

    assert frame["series"].tolist() == [n for n, values in series.items() for _ in values]
    assert same_numbers(np.concatenate(list(series.values())), frame["value"].to_numpy())


@drawn
@given(
    rows=st.lists(st.tuples(st.integers(-9, 9), NUMBERS), min_size=1, max_size=5),
    between=st.sampled_from(("\t", " ", "   ")),
)
def test_sequences_of_ucr_files_keep_values_and_labels(
    folder: Path, rows: list[tuple[int, list[float]]], between: str
) -> None:
    """Shorter ones are padded with NaN, which is not read."""
    width = max(len(values) for _, values in rows)
    lines = [
        between.join([str(label), *map(repr, values), *["NaN"] * (width - len(values))])
        for label, values in rows
    ]

    data = sequences(written(folder, "d.tsv", "\n".join(lines)))

    assert data.targets is not None
    assert data.targets.tolist() == [label for label, _ in rows]
    assert data.lengths.tolist() == [len(values) for _, values in rows]
    assert same_numbers(np.concatenate([values for _, values in rows]), data.values[:, 0])


def quoted(text: str) -> str:
    """Return text as Weka writes it."""
    for plain, escaped in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return f"'{text}'"


@drawn
@given(
    names=st.lists(NAME.filter(lambda n: "\n" not in n), min_size=3, max_size=3, unique=True),
    rows=st.lists(st.tuples(NUMBER | st.just(float("nan")), TEXT, NAME), min_size=1, max_size=4),
)
def test_cells_of_arff_files_come_back(
    folder: Path, names: list[str], rows: list[tuple[float, str, str]]
) -> None:
    """Numbers, text and nominal values, in quotes and without."""
    kinds = "{" + ",".join(quoted(value) for value in {row[2]: None for row in rows}) + "}"
    lines = [
        f"@attribute {quoted(n)} {k}" for n, k in zip(names, ("real", "string", kinds), strict=True)
    ]
    lines += ["@data", *(f"{cells(x)},{quoted(text)}, {quoted(v)}" for x, text, v in rows)]

    frame = table(written(folder, "d.arff", "\n".join(lines))).frame

    assert list(frame.columns) == names
    assert same_numbers([row[0] for row in rows], frame[names[0]].to_numpy())
    assert frame[names[1:]].to_numpy().tolist() == [list(row[1:]) for row in rows]


ARRAYS = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.lists(NUMBER | st.just(float("nan")), min_size=width, max_size=width),
                 min_size=1, max_size=4),
        min_size=1, max_size=4,
    )
)  # fmt: skip


@drawn
@given(cases=ARRAYS, labels=st.lists(NAME, min_size=4, max_size=4), flat=st.booleans())
def test_archives_of_arrays_keep_values_lengths_and_labels(
    folder: Path, cases: list[Any], labels: list[str], flat: bool
) -> None:
    """All steps one after the other, or padded sequences."""
    lengths = [len(case) for case in cases]
    steps = np.concatenate([np.array(case, dtype=np.float32) for case in cases])
    assume(not flat or len(cases) < len(steps))  # else the lengths could be those of (N, T)
    X = steps
    if not flat:
        X = np.zeros((len(cases), max(lengths), steps.shape[1]), dtype=np.float32)
        X[np.arange(max(lengths)) < np.array(lengths)[:, None]] = steps
    y = np.array(labels[: len(cases)])
    np.savez(folder / "d.npz", X=X, y=y, lengths=lengths)

    data = sequences(folder / "d.npz")

    assert data.lengths.tolist() == lengths
    assert data.targets is not None
    assert data.targets.tolist() == y.tolist()
    assert same_numbers(steps, data.values)


@drawn
@given(
    rows=st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=8),
    kind=st.sampled_from(("<f4", ">f4", "<f8", ">f8")),
)
def test_an_array_file_keeps_its_values(folder: Path, rows: Any, kind: str) -> None:
    """In both orders of bytes."""
    (folder / "d.npy").unlink(missing_ok=True)
    np.save(folder / "d.npy", np.array(rows, dtype=kind))

    assert same_numbers(rows, sequences(folder / "d.npy").values)


@drawn
@given(
    rows=st.lists(
        st.tuples(NUMBER, st.integers(-(2**63), 2**63 - 1), st.booleans(), TEXT),
        min_size=1, max_size=5,
    ),
    names=st.lists(TEXT, min_size=4, max_size=4, unique=True),
)  # fmt: skip
def test_columns_of_parquet_files_keep_their_types(
    folder: Path, rows: list[tuple[Any, ...]], names: list[str]
) -> None:
    """Numbers, truth values and text, under any name."""
    frame = pd.DataFrame(rows, columns=names)
    frame.to_parquet(folder / "d.parquet", engine="pyarrow")

    found = table(folder / "d.parquet").frame

    assert [list(map(repr, row)) for row in found.to_numpy().tolist()] == [
        list(map(repr, row)) for row in frame.to_numpy().tolist()
    ]
    assert list(found.columns) == names
