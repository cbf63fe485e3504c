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
from actselect.data.readers._arff import read_arff
from actselect.data.readers._captions import (
    looks_like_flickr,
    read_captions_json,
    read_flickr,
)
from actselect.data.readers._conll import looks_like_conll, read_conll
from actselect.data.readers._conllu import looks_like_conllu, read_conllu
from actselect.data.readers._delimited import read_delimited, read_headed
from actselect.data.readers._folders import read_folder
from actselect.data.readers._jsonl import read_jsonl
from actselect.data.readers._npy import read_npy
from actselect.data.readers._npz import read_npz
from actselect.data.readers._parquet import read_parquet
from actselect.data.readers._plain import read_plain
from actselect.data.readers._slash_tags import looks_like_slash_tags, read_slash_tags
from actselect.data.readers._text import refuse_empty
from actselect.data.readers._ts import read_ts
from actselect.data.readers._tsf import looks_like_tsf, read_tsf
from actselect.data.readers._ucr import looks_like_ucr, read_ucr
from actselect.data.table import Table
from actselect.exceptions import DataError, UnknownNameError


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A format.

    Args:
        format: what the user calls it.
        name: what messages call it.
        endings: of its files; of several readers for one ending the first that ``looks`` right is
            taken, else the last.
        begins: how its content begins, for files whose ending says nothing.
        read: reads a file.
        looks: True for a file that is of this format by its content.
        tasks: tasks for which the endings say this format; () for all.
    """

    format: str
    name: str
    endings: tuple[str, ...]
    read: Callable[[Path], Table | SequenceDataset]
    begins: tuple[bytes, ...] = ()
    looks: Callable[[Path], bool] | None = None
    tasks: tuple[str, ...] = ()


TAGGED = (".conll", ".iob", ".iob2", ".bio", ".bioes", ".tags")
RELATION = (b"@relation", b"@RELATION", b"@Relation")

READERS: tuple[Reader, ...] = (
    Reader(format="tsf", name="Monash .tsf", endings=(".tsf",), begins=(b"@", b"#"),
           read=read_tsf, looks=looks_like_tsf),
    Reader(format="arff", name="Weka .arff", endings=(".arff",), begins=(*RELATION, b"%"),
           read=read_arff),
    Reader(format="ts", name="UEA/UCR .ts", endings=(".ts",), begins=(b"@", b"#"), read=read_ts),
    Reader(format="npz", name="NumPy .npz", endings=(".npz",), begins=(b"PK\x03\x04",),
           read=read_npz),
    Reader(format="npy", name="NumPy .npy", endings=(".npy",), begins=(b"\x93NUMPY",),
           read=read_npy),
    Reader(format="parquet", name="Parquet", endings=(".parquet", ".pq"), begins=(b"PAR1",),
           read=read_parquet),
    Reader(format="jsonl", name="JSON lines", endings=(".jsonl", ".ndjson"), begins=(b"{",),
           read=read_jsonl),
    Reader(format="conllu", name="CoNLL-U", endings=(".conllu", *TAGGED), read=read_conllu,
           looks=looks_like_conllu),
    Reader(format="slash-tags", name="word/TAG lines", endings=TAGGED, read=read_slash_tags,
           looks=looks_like_slash_tags),
    Reader(format="conll", name="CoNLL columns", endings=TAGGED, read=read_conll,
           looks=looks_like_conll),
    Reader(format="text", name="plain text", endings=("", ".txt", ".text", ".md"),
           tasks=("language-modeling",), read=read_plain),
    Reader(format="coco", name="COCO captions", endings=(".json",), tasks=("captioning",),
           read=read_captions_json),
    Reader(format="karpathy", name="Karpathy split", endings=(".json",), tasks=("captioning",),
           read=read_captions_json),
    Reader(format="flickr8k", name="Flickr8k tokens", endings=(".token",), tasks=("captioning",),
           read=read_flickr, looks=looks_like_flickr),
    Reader(format="ucr", name="UCR .tsv", endings=(".tsv", ".tab"), read=read_ucr,
           looks=looks_like_ucr),
    Reader(format="tsv", name="TSV", endings=(".tsv", ".tab"), read=read_delimited),
    Reader(format="csv", name="CSV", endings=(".csv",), read=read_delimited),
)  # fmt: skip
"""All formats; by ending, then by how the content begins, then CSV."""

FORMATS: dict[str, Reader] = {reader.format: reader for reader in READERS}
FOLDER = "folder"

TABS = (".tsv", ".tab")
HEADED = ("text-classification", "sequence-to-sequence")
"""Tasks whose tables often come without column names, which must not be taken from the data."""
BY_CONTENT: dict[str, tuple[str, ...]] = {
    "tagging": ("conllu", "slash-tags", "conll"),
    "captioning": ("flickr8k",),
}
"""Formats that a task looks for in files with ``TABS`` or an ending that says nothing."""

UNPACK = "Unpack it first."
REFUSED: dict[str, str] = {
    ".pkl": "Pickles can run code and are never opened; save the data as CSV or .npz.",
    ".pickle": "Pickles can run code and are never opened; save the data as CSV or .npz.",
    ".pt": "Pickles can run code and are never opened; save the data as CSV or .npz.",
    ".pth": "Pickles can run code and are never opened; save the data as CSV or .npz.",
    ".joblib": "Pickles can run code and are never opened; save the data as CSV or .npz.",
    ".json": "Write one object a line (.jsonl).",
    ".xlsx": "Save the sheet as CSV.",
    ".xls": "Save the sheet as CSV.",
    **dict.fromkeys((".gz", ".tgz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".7z"), UNPACK),
}
"""Endings that are not read, and what to do instead."""


def read(path: Path, *, task: str = "", format: str | None = None) -> Table | SequenceDataset:  # noqa: A002 - pandas' word
    """Return the content of a file or a folder; its ending decides how, then its content.

    Args:
        path: the file or the folder.
        task: what it is read for; decides where ending and content leave a choice: a .txt is plain
            text for language-modeling, tagged text for tagging where it looks so, else a table.
        format: of the file, or of the files of a folder, whatever they are called.

    Raises:
        UnknownNameError: no such format.
        DataError: the file is empty, unreadable, of a format that is not read, or malformed.
        MissingExtraError: the format needs a package that is not installed.
    """
    if format is not None and format not in (*FORMATS, FOLDER):
        raise UnknownNameError("format", format, (*FORMATS, FOLDER))
    if path.is_dir():
        inner = None if format == FOLDER else format
        return read_folder(path, task, lambda file: read(file, task=task, format=inner))
    if format == FOLDER:
        raise _bad(path, "a folder", "a file", "Leave the format out, or name the folder.")
    if format is None:
        reader = _reader(path, task)
    else:
        refuse_empty(path)
        reader = FORMATS[format]
    if task in HEADED and reader.read is read_delimited:
        return read_headed(path)
    return reader.read(path)


def _reader(path: Path, task: str) -> Reader:
    """Return the reader for a file."""
    ending = path.suffix.lower()
    found = [r for r in READERS if ending in r.endings and task in (r.tasks or (task,))]
    if not found and ending in REFUSED:
        known = "a file of the formats " + ", ".join(reader.name for reader in READERS)
        raise _bad(path, known, f"a {ending} file", REFUSED[ending])
    start = refuse_empty(path)
    asked = BY_CONTENT.get(task, ()) if not found or ending in TABS else ()
    likely = [*(FORMATS[name] for name in asked), *found]
    for reader in likely:
        if reader.looks is not None and reader.looks(path):
            return reader
    if found:
        return found[-1]
    for reader in READERS:
        if start.startswith(reader.begins) and (reader.looks is None or reader.looks(path)):
            return reader
    return FORMATS["csv"]


def _bad(path: Path, wanted: str, got: str, todo: str) -> DataError:
    return DataError(wanted=wanted, got=got, where=path.name, todo=todo)
