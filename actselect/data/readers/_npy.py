"""NumPy .npy with one series, (T,) or (T, F); it stays in its file, which may exceed the memory.

Values are looked at once, by pieces.  Objects are never unpickled.

Notation: T steps, F features.
"""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from actselect.data.columns import too_large
from actselect.data.dataset import SequenceDataset
from actselect.data.mapped import map_file
from actselect.data.pieces import pieces
from actselect.data.table import reason
from actselect.exceptions import DataError

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
WIDEST = 8  # bytes of a number: longer ones exist on some machines only


def read_npy(path: Path) -> SequenceDataset:
    """Return the one series of an .npy file; feature 0 is the target.

    ``values`` is a read-only map of the file, in the file's own type of numbers.

    Raises:
        DataError: the file is cut off or no array, holds other things than real numbers, is not in
            C order, has other axes than steps and features, or a value is infinite or too large.
    """
    shape, dtype, offset = _header(path)
    values = map_file(path, dtype, shape, offset)
    _check_values(path, values)
    names = tuple(f"x{f}" for f in range(shape[1])) if shape[1] > 1 else ("y",)
    inputs = f"{names[0]!r} is forecast; the other {shape[1] - 1} columns are inputs."
    return SequenceDataset(
        name=path.stem,
        values=values,
        lengths=np.array(shape[:1], dtype=np.int64),
        feature_names=names,
        target_name=names[0],
        series=("0",),
        notes=(inputs,) if shape[1] > 1 else (),
    )


def _header(path: Path) -> tuple[tuple[int, int], np.dtype[np.generic], int]:
    """Return the shape (T, F), the type of a number, and where the first one stands, in bytes."""
    try:
        with path.open("rb") as file:
            version = npy.read_magic(file)
            if version not in HEADERS:
                raise ValueError(f"version {version[0]}.{version[1]}")  # noqa: TRY301
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # written by Python 2: reads as well
                shape, is_fortran, dtype = HEADERS[version](file)
            offset = file.tell()
    except Exception as error:  # a header is parsed as Python, which fails in many ways
        raise _bad(path, "an .npy file of version 1 or 2", reason(error)) from error
    if dtype.kind not in "fiu" or dtype.itemsize > WIDEST:
        raise _bad(path, "whole numbers, float32 or float64", f"values of type {dtype}")
    if len(shape) not in {1, 2} or 0 in shape:
        raise _bad(path, "steps (T,), or steps and features (T, F)", f"shape {shape}")
    if is_fortran and 1 not in shape and len(shape) > 1:
        raise _bad(path, "an array in C order, a step after the other", "one in Fortran order")
    there, wanted = path.stat().st_size - offset, math.prod(shape) * dtype.itemsize
    if there < wanted:
        raise _bad(path, f"{wanted} bytes of values, for shape {shape}", f"{there}: it is cut off")
    return (int(shape[0]), math.prod(shape[1:])), dtype, offset


def _check_values(path: Path, values: npt.NDArray[Any]) -> None:
    """Raise DataError at the first value that is infinite, or that float32 cannot hold."""
    if values.dtype.kind != "f":
        return  # the largest whole number of 64 bits is 2e19
    for start, rows in pieces(values):
        beyond = np.abs(rows) > np.finfo(np.float32).max
        if beyond.any():
            step, feature = (int(k) for k in np.argwhere(beyond)[0])
            place = f"{path.name}, step {start + step}, feature {feature}"
            raise too_large(rows[step, feature], place)


def _bad(path: Path, wanted: str, got: str) -> DataError:
    return DataError(
        wanted=wanted,
        got=got,
        where=path.name,
        todo="Write one series with numpy.save(path, numpy.ascontiguousarray(values)); several "
        "with numpy.savez(path, X=X).",
    )
