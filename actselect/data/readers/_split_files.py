"""Files of one folder that are the train, validation and test parts of one data set."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from actselect.data.dataset import SequenceDataset
from actselect.data.table import Table, shown
from actselect.exceptions import DataError

SPLIT = "split"
SPLITS = {
    "train": "train",
    "valid": "validation",
    "validation": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}
"""What a part may be called, and what it is."""

_STEM = re.compile(rf"(?:.*[._-])?({'|'.join(SPLITS)})", re.IGNORECASE | re.DOTALL)


def split_files(folder: Path, files: Sequence[Path]) -> dict[str, Path]:
    """Return the files of train, validation and test; none where there are not two parts.

    Raises:
        DataError: two files are the same part, or endings differ.

    >>> split_files(Path("ptb"), [Path("ptb.test.txt"), Path("ptb.train.txt"), Path("README")])
    {'train': PosixPath('ptb.train.txt'), 'test': PosixPath('ptb.test.txt')}
    """
    named = [(_STEM.fullmatch(file.stem), file) for file in files]
    parts = [(SPLITS[found[1].lower()], file) for found, file in named if found is not None]
    present = {split for split, _ in parts}
    if "train" not in present or len(present) < 2:
        return {}
    if len(parts) > len(present) or len({file.suffix.lower() for _, file in parts}) > 1:
        raise DataError(
            wanted="one file for each of train, validation and test, all of one ending",
            got=shown(file.name for _, file in parts),
            where=folder.name,
            todo="Move the others away, or name the file to read.",
        )
    return {
        split: dict(parts)[split] for split in ("train", "validation", "test") if split in present
    }


def joined_files(
    folder: Path, parts: dict[str, Path], read: Callable[[Path], Table | SequenceDataset]
) -> Table:
    """Return the rows of all parts, with a column that says which; rows keep their lines.

    Sequences are named anew, by part and name, so that sentence 1 of two files stays two.

    Args:
        folder: where they lie.
        parts: split to file.
        read: reads one file.

    Raises:
        DataError: a file cannot be read, is no table, has a column split already, or other columns
            than the first.
    """
    tables = {split: _read(folder, file, read) for split, file in parts.items()}
    first = next(iter(tables.values()))
    frames = []
    for split, table in tables.items():
        if set(table.columns) != set(first.columns):
            wanted = f"the columns of {first.source}: {shown(first.columns)}"
            raise _bad(folder, table.source, wanted, shown(table.columns))
        frame = table.frame[list(first.columns)].copy()
        frame[SPLIT] = pd.Series([split] * len(frame), dtype=object)
        if table.series is not None:
            names = [f"{split} {name}" for name in frame[table.series]]
            frame[table.series] = pd.Series(names, dtype=object)
        frames.append(frame)
    files = ", ".join(file.name for file in parts.values())
    told = tuple(f"{table.source}: {note}" for table in tables.values() for note in table.notes)
    return Table(
        frame=pd.concat(frames, ignore_index=True),
        source=f"{folder.name} ({files})",
        rows=np.concatenate([table.rows for table in tables.values()]),
        unit=first.unit,
        series=first.series,
        notes=(f"Its parts are files: {files}.", *told),
    )


def _read(folder: Path, file: Path, read: Callable[[Path], Table | SequenceDataset]) -> Table:
    found = read(file)
    if not isinstance(found, Table):
        raise _bad(folder, file.name, "a table", "sequences; name the files instead of the folder")
    if SPLIT in found.columns:
        raise _bad(folder, file.name, f"no column {SPLIT!r}, as files are the splits", "one")
    return found


def _bad(folder: Path, file: str, wanted: str, got: str) -> DataError:
    todo = "Give all files of the folder the same form, or name the file to read."
    return DataError(wanted=wanted, got=got, where=f"{folder.name}/{file}", todo=todo)
