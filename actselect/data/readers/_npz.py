"""NumPy .npz with X, y and optionally lengths and groups.

X is (N, T, F) or (N, T), or (S, F) with ``lengths`` that sum to S.  Objects are never unpickled,
and sizes are read from the headers before any memory is asked for.
"""

from __future__ import annotations

import math
import warnings
import zipfile
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from actselect.data.arrays import sequence_dataset_from_X
from actselect.data.dataset import SequenceDataset
from actselect.data.readers._archive import check_archive
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
        with warnings.catch_warnings(), np.load(path, allow_pickle=False) as stored:
            warnings.simplefilter("ignore", UserWarning)  # written by Python 2: reads as well
            arrays = {name: stored[name] for name in stored.files if name in KNOWN}
            other = sorted(set(stored.files) - set(KNOWN))
        check_text(path, arrays)
    except DataError:
        raise
    except Exception as error:  # archives and headers of arrays fail in many ways
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
        feature_names=None if names is None else [str(name) for name in names.ravel().tolist()],
    )


def _is_flat(X: npt.NDArray[np.generic], lengths: npt.NDArray[np.generic]) -> bool:
    """True for (S, F) with lengths of all sequences, not (N, T) with one length a row."""
    whole = lengths.ndim == 1 and lengths.dtype.kind in "iu" and len(lengths) > 0
    if not whole or len(lengths) == len(X):
        return False
    steps = lengths.astype(np.int64)
    return bool((steps > 0).all() and steps.sum() == len(X))


def check_sizes(path: Path, archive: zipfile.ZipFile, *, limited: bool = True) -> None:
    """Raise unless every member is an array that is as large as its header says.

    Sizes are bounded where ``limited``; see :func:`check_archive`.
    """
    check_archive(path, archive, limited=limited)
    for member in archive.infolist():
        with archive.open(member) as file:
            shape, dtype = _npy_header(path, file)
        if dtype.hasobject:
            raise _bad(path, "plain arrays", f"objects in {member.filename!r}")
        size = math.prod(shape) * dtype.itemsize
        if size > member.file_size:
            got = f"{member.filename!r} of shape {shape} in {member.file_size} bytes"
            raise _bad(path, "arrays that fit their file", got)


def check_text(path: Path, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
    """Raise unless all text is Unicode: numpy takes any 32 bits for a letter."""
    for name, array in arrays.items():
        if array.dtype.kind != "U":
            continue
        try:
            "".join(array.ravel().tolist()).encode()
        except (SystemError, ValueError) as error:
            raise _bad(path, f"Unicode text in {name!r}", reason(error)) from error


def _npy_header(path: Path, file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    version = npy.read_magic(file)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise _bad(path, ".npy version 1 or 2", str(version))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # written by Python 2: reads as well
        shape, _, dtype = readers[version](file)
    return shape, dtype


def _bad(path: Path, wanted: str, got: str) -> DataError:
    return DataError(
        wanted=wanted,
        got=got,
        where=path.name,
        todo="Write it with numpy.savez(path, X=X, y=y), y of numbers or text.",
    )
