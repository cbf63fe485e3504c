"""NumPy .npz with X, y and optionally lengths and groups.

X is (N, T, F) or (N, T), or (S, F) with ``lengths`` that sum to S.  Objects are never unpickled,
and sizes are read from the headers before any memory is asked for.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from actselect.data.arrays import sequence_dataset_from_X
from actselect.data.dataset import SequenceDataset
from actselect.data.readers._text import MAX_BYTES
from actselect.data.table import reason, relocated
from actselect.exceptions import DataError

KNOWN = ("X", "y", "lengths", "groups", "feature_names")
"""Arrays that are read; others are left out with a note."""


def read_npz(path: Path) -> SequenceDataset:
    """Return the sequences of an .npz file; targets as they are stored.

    Raises:
        DataError: the archive is damaged, holds objects, is too large, has no X, or its arrays do
            not fit each other.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            check_sizes(path, archive)
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files if name in KNOWN}
            other = sorted(set(stored.files) - set(KNOWN))
    except (OSError, ValueError, zipfile.BadZipFile, RuntimeError, EOFError) as error:
        if isinstance(error, DataError):
            raise
        raise _bad(path, "an .npz archive of plain arrays", reason(error)) from error
    if "X" not in arrays:
        raise _bad(path, "an array X", f"the arrays {', '.join(other) or 'none'}")
    try:
        dataset = _sequences(arrays)
    except DataError as error:
        raise relocated(error, path.name) from error
    left_out = f"Arrays left out: {', '.join(other)}."
    return dataset.with_notes(left_out) if other else dataset


def _sequences(arrays: dict[str, npt.NDArray[np.generic]]) -> SequenceDataset:
    X, lengths = arrays["X"], arrays.get("lengths")
    names = arrays.get("feature_names")
    padded: npt.ArrayLike | None = lengths
    source: object = X
    if X.ndim == 2 and lengths is not None and _is_flat(X, lengths):
        source, padded = np.split(X, np.cumsum(lengths.astype(np.int64))[:-1]), None
    return sequence_dataset_from_X(
        source,
        arrays.get("y"),
        lengths=padded,
        groups=arrays.get("groups"),
        feature_names=None if names is None else [str(name) for name in names.tolist()],
    )


def _is_flat(X: npt.NDArray[np.generic], lengths: npt.NDArray[np.generic]) -> bool:
    """True for (S, F) with lengths of all sequences, not (N, T) with one length a row."""
    whole = lengths.ndim == 1 and lengths.dtype.kind in "iu" and len(lengths) > 0
    if not whole or len(lengths) == len(X):
        return False
    steps = lengths.astype(np.int64)
    return bool((steps > 0).all() and steps.sum() == len(X))


def check_sizes(path: Path, archive: zipfile.ZipFile) -> None:
    """Raise unless every member is an array that is as large as its header says."""
    total = 0
    for member in archive.infolist():
        with archive.open(member) as file:
            shape, dtype = _npy_header(path, file)
        if dtype.hasobject:
            raise _bad(path, "plain arrays", f"objects in {member.filename!r}")
        size = math.prod(shape) * dtype.itemsize
        total += size
        if size > member.file_size or total > MAX_BYTES:
            raise _bad(
                path,
                f"arrays that fit their file and {MAX_BYTES / 1024**3:.0f} GiB together",
                f"{member.filename!r} of shape {shape}",
            )


def _npy_header(path: Path, file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    version = npy.read_magic(file)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise _bad(path, ".npy version 1 or 2", str(version))
    shape, _, dtype = readers[version](file)
    return shape, dtype


def _bad(path: Path, wanted: str, got: str) -> DataError:
    return DataError(
        wanted=wanted,
        got=got,
        where=path.name,
        todo="Write it with numpy.savez(path, X=X, y=y), y of numbers or text.",
    )
