"""Targets: class labels as text, numbers as float64, and sets of labels.

Notation: N sequences, L labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.columns import missing_target
from actselect.data.table import Table
from actselect.exceptions import DataError
from actselect.records import FloatArray

LABEL_SEPARATOR = "|"
"""What stands between the labels of one sequence in a cell."""


def class_labels(y: Any) -> npt.NDArray[np.str_]:  # noqa: ANN401 - arrays of every library
    """Return (N,) labels as text; whole floats lose their ``.0``.

    Raises:
        DataError: a label is missing, or the numbers have fractions (or are beyond 2^53).

    >>> class_labels([1.0, 2.0]).tolist(), class_labels([True, False]).tolist()
    (['1', '2'], ['True', 'False'])
    """
    values = np.asarray(y)
    _refuse_missing(values)
    if values.dtype.kind == "f":
        values = values.astype(np.float64)  # float16 cannot hold 2^53
        broken = (values != np.floor(values)) | (np.abs(values) > 2.0**53)
        if broken.any():
            raise DataError(
                wanted="class labels",
                got=f"the number {values[broken][0]} (continuous)",
                where=f"y[{int(np.argmax(broken))}]",
                todo="Numbers are predicted with task='regression'; or bin them into classes.",
            )
        values = values.astype(np.int64)
    try:
        return values.astype(np.str_)
    except ValueError as error:  # times without a unit
        raise DataError(
            wanted="class labels",
            got=str(error),
            where="the targets",
            todo="Give the names of the classes as text.",
        ) from error


def target_numbers(y: Any) -> FloatArray:  # noqa: ANN401
    """Return (N,) targets as float64.

    Raises:
        DataError: a target is missing, infinite, or no number.

    >>> target_numbers(["1.5", 2]).tolist()
    [1.5, 2.0]
    """
    values = np.asarray(y)
    _refuse_missing(values)
    try:
        found = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            wanted="numbers",
            got=str(error),
            where="the targets",
            todo="Classes are predicted with task='classification'.",
        ) from error
    if (np.abs(found) > np.finfo(np.float32).max).any():
        raise DataError(
            wanted="finite numbers that float32 can hold (at most 3.4e38)",
            got=str(found[np.argmax(np.abs(found))]),
            where=f"y[{int(np.argmax(np.abs(found)))}]",
            todo="Correct or rescale it.",
        )
    return found


def label_sets(table: Table, column: str) -> list[tuple[str, ...]]:
    """Return the labels of each row, sorted; an empty cell is a sequence without labels.

    Raises:
        DataError: a cell is null.

    >>> from actselect.data.table import from_frame
    >>> table = from_frame(pd.DataFrame({"topics": ["wheat|corn", ""]}), "frame")
    >>> label_sets(table, "topics")
    [('corn', 'wheat'), ()]
    """
    cells = table.frame[column].tolist()
    sets: list[tuple[str, ...]] = []
    for row, cell in enumerate(cells):
        found = _label_set(cell)
        if found is None:
            raise missing_target(table.where(row, column))
        sets.append(found)
    return sets


def class_sets(y: Any) -> list[tuple[str, ...]]:  # noqa: ANN401
    """Return N sets of labels, sorted.

    Args:
        y: (N, L) zeros and ones, whose labels are the names of a frame's columns or ``0`` to
            ``L - 1``; or N lists of labels.

    Raises:
        DataError: a number is neither 0 nor 1, or a set is missing.

    >>> class_sets([[1, 0], [1, 1], [0, 0]]), class_sets([["b", "a"], "c"])
    ([('0',), ('0', '1'), ()], [('a', 'b'), ('c',)])
    """
    matrix = _matrix(y)
    if matrix is None:
        sets = [_label_set(entry) for entry in y]
        if None in sets:
            raise missing_target(f"y[{sets.index(None)}]")
        return [found for found in sets if found is not None]
    other = (matrix != 0) & (matrix != 1)
    if other.any():
        row, column = (int(k) for k in np.argwhere(other)[0])
        raise DataError(
            wanted="0 or 1 for each label",
            got=str(matrix[row, column]),
            where=f"y[{row}, {column}]",
            todo="Pass y of shape (N, L), or a list with the labels of each sequence.",
        )
    columns = y.columns if isinstance(y, pd.DataFrame) else range(matrix.shape[1])
    names = np.array([str(name) for name in columns])
    return [tuple(sorted(names[row == 1].tolist())) for row in matrix]


def _matrix(y: Any) -> npt.NDArray[np.generic] | None:  # noqa: ANN401
    """Return y as (N, L) numbers, None where it is something else."""
    try:
        values = np.asarray(y)
    except ValueError:  # lists of different lengths
        return None
    return values if values.ndim == 2 and values.dtype.kind in "biuf" else None


def _label_set(cell: object) -> tuple[str, ...] | None:
    """Return the labels of one cell, None where it is null."""
    if isinstance(cell, list | tuple | set | frozenset | np.ndarray):
        labels = [str(label).strip() for label in cell]
    elif cell is None or cell is pd.NA or cell != cell:  # noqa: PLR0124 - NaN
        return None
    else:
        labels = [label.strip() for label in str(cell).split(LABEL_SEPARATOR)]
    return tuple(sorted({label for label in labels if label}))


def _refuse_missing(values: npt.NDArray[np.generic]) -> None:
    if values.dtype.kind in "Vc":
        raise DataError(
            wanted="labels or real numbers",
            got=f"values of type {values.dtype}",
            where="the targets",
            todo="Take one field, or one part, of them.",
        )
    missing = np.asarray(pd.isna(values))
    if values.dtype.kind in "UO":
        missing = missing | np.array([str(value).strip() == "" for value in values])
    if missing.any():
        raise missing_target(f"y[{int(np.argmax(missing))}]")
