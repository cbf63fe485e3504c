"""Readers: one file for each format; this is their catalogue.

A reader is a function ``path -> Table | SequenceDataset``: a table where the file has named
columns, sequences where the format is made of sequences.  It changes no value, fills no gap, and
raises DataError with file and line.

To add one: write ``_format.py``, add a row to ``READERS``, add its bad files to the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from actselect.data.dataset import SequenceDataset
from actselect.data.readers._delimited import read_delimited
from actselect.data.readers._jsonl import read_jsonl
from actselect.data.readers._npz import read_npz
from actselect.data.readers._parquet import read_parquet
from actselect.data.readers._text import refuse_empty
from actselect.data.readers._ts import read_ts
from actselect.data.readers._ucr import looks_like_ucr, read_ucr
from actselect.data.table import Table
from actselect.exceptions import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A format: its name, its endings, how its content begins, and the function that reads it."""

    name: str
    endings: tuple[str, ...]
    begins: tuple[bytes, ...]
    read: Callable[[Path], Table | SequenceDataset]


def read_tabs(path: Path) -> Table | SequenceDataset:
    """Return a .tsv file: UCR when its first line is all numbers, else a table with a header."""
    return read_ucr(path) if looks_like_ucr(path) else read_delimited(path)


READERS: tuple[Reader, ...] = (
    Reader(name="UEA/UCR .ts", endings=(".ts",), begins=(b"@", b"#"), read=read_ts),
    Reader(name="NumPy .npz", endings=(".npz",), begins=(b"PK\x03\x04",), read=read_npz),
    Reader(name="Parquet", endings=(".parquet", ".pq"), begins=(b"PAR1",), read=read_parquet),
    Reader(name="JSON lines", endings=(".jsonl", ".ndjson"), begins=(b"{",), read=read_jsonl),
    Reader(name="TSV", endings=(".tsv", ".tab"), begins=(), read=read_tabs),
    Reader(name="CSV", endings=(".csv",), begins=(), read=read_delimited),
)
"""All formats; by ending, then by how the content begins, then CSV."""

REFUSED: dict[str, str] = {
    ".pkl": "Pickles can run code and are never opened; save the data as CSV or .npz.",
    ".pickle": "Pickles can run code and are never opened; save the data as CSV or .npz.",
    ".pt": "Pickles can run code and are never opened; save the data as CSV or .npz.",
    ".npy": "Save X and y together: numpy.savez('data.npz', X=X, y=y).",
    ".json": "Write one object a line (.jsonl).",
    ".arff": "Convert it to .ts, the format the UEA archive offers beside it.",
    ".tsf": "Convert it to a CSV file with the columns series, time, value.",
    ".xlsx": "Save the sheet as CSV.",
    ".xls": "Save the sheet as CSV.",
    ".gz": "Unpack it first.",
    ".zip": "Unpack it first.",
}
"""Endings that are not read, and what to do instead."""


def read(path: Path) -> Table | SequenceDataset:
    """Return the content of a file; its ending decides how, then its first bytes.

    Raises:
        DataError: the file is empty, unreadable, of a format that is not read, or malformed.
        MissingExtraError: the format needs a package that is not installed.
    """
    ending = path.suffix.lower()
    if ending in REFUSED:
        raise DataError(
            wanted="a file of the formats " + ", ".join(reader.name for reader in READERS),
            got=f"a {ending} file",
            where=path.name,
            todo=REFUSED[ending],
        )
    start = refuse_empty(path)
    for reader in READERS:
        if ending in reader.endings:
            return reader.read(path)
    for reader in READERS:
        if start.startswith(reader.begins):
            return reader.read(path)
    return read_delimited(path)
