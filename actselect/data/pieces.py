"""Arrays looked at by pieces, so that one mapped from a file is never in memory as a whole.

What a map has looked at counts as memory of the process, and the system may keep a megabyte around
each number.  So the rows of a large mapped array are not taken from the map but read from its file.

Notation: S rows of F columns; B windows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from actselect.data.mapped import MappedArray
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray

NUMBERS = 2**17  # looked at together: 1 MB
SMALL = 2**24  # bytes: maps no larger are used, as windows are taken from them ten times as quickly


def pieces(values: npt.NDArray[Any]) -> Iterator[tuple[int, FloatArray]]:
    """Yield the number of the first row of each piece, and its rows in float64; in order.

    Args:
        values: (S, F) numbers.

    >>> [(start, rows.shape) for start, rows in pieces(np.zeros((3, 2**16)))]
    [(0, (2, 65536)), (2, (1, 65536))]
    """
    size = max(1, NUMBERS // values.shape[1])
    for start in range(0, len(values), size):
        rows = rows_between(values, start, start + size)
        with np.errstate(invalid="ignore"):  # of a signalling NaN, which is missing as any other
            numbers = rows.astype(np.float64, copy=False)
        yield start, numbers


def rows_between(values: npt.NDArray[Any], start: int, stop: int) -> npt.NDArray[Any]:
    """Return rows start to stop - 1, as far as there are any, as ``values[start:stop]``."""
    if _place(values) is None:
        return values[start:stop]
    size = max(0, min(stop, len(values)) - start)
    rows: npt.NDArray[Any] = windows(values, np.array([start]), size)[0]
    return rows


def rows_at(values: npt.NDArray[Any], at: IntArray) -> FloatArray:
    """Return rows ``at`` (k,), which ascend and lie close together, as an array of their own.

    >>> rows_at(np.array([[1], [2], [3]]), np.array([0, 2])).tolist()
    [[1.0], [3.0]]
    """
    if len(at) == 0:
        return np.empty((0, *values.shape[1:]))
    rows = rows_between(values, int(at[0]), int(at[-1]) + 1)
    return np.asarray(rows[at - at[0]], dtype=np.float64)


def windows(values: npt.NDArray[Any], start: IntArray, size: int) -> npt.NDArray[Any]:
    """Return rows ``start`` (B,) and those after, (B, size, ...), as an array of their own.

    Raises:
        DataError: the file of a mapped array is gone, or has become shorter.

    >>> windows(np.arange(5)[:, None], np.array([0, 3]), 2)[..., 0].tolist()
    [[0, 1], [3, 4]]
    """
    if (place := _place(values)) is not None:
        return _read(place, start, size)
    if len(start) == 0:
        return np.empty((0, size, *values.shape[1:]), dtype=values.dtype)
    shape = (len(values) - size + 1, size, *values.shape[1:])
    view = as_strided(values, shape, (values.strides[0], *values.strides), writeable=False)
    return np.ascontiguousarray(view[start])


def _read(
    place: tuple[str, str, tuple[int, ...], int], start: IntArray, size: int
) -> npt.NDArray[Any]:
    path, dtype, shape, offset = place
    found = np.empty((len(start), size, *shape[1:]), dtype=dtype)
    row = math.prod(shape[1:]) * found.itemsize
    try:
        with Path(path).open("rb", buffering=0) as file:
            for begin, window in zip((offset + start * row).tolist(), found, strict=True):
                file.seek(begin)
                if file.readinto(window) != size * row:
                    raise EOFError("the file has become shorter")  # noqa: TRY301
    except (OSError, EOFError) as error:
        raise DataError(
            wanted="the file that the study began with",
            got=str(error),
            where=Path(path).name,
            todo="Put the file back as it was.",
        ) from error
    return found


def _place(values: npt.NDArray[Any]) -> tuple[str, str, tuple[int, ...], int] | None:
    """Return file, type, shape and offset of a large mapped array; None for others, views too."""
    return values.place if isinstance(values, MappedArray) and values.nbytes > SMALL else None
