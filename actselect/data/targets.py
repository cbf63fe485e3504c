"""Targets given as arrays: class labels as text, or numbers as float64.

Notation: N sequences.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.columns import missing_target
from actselect.exceptions import DataError
from actselect.records import FloatArray


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
        broken = (values != np.floor(values)) | (np.abs(values) > 2.0**53)
        if broken.any():
            raise DataError(
                wanted="class labels",
                got=f"the number {values[broken][0]} (continuous)",
                where=f"y[{int(np.argmax(broken))}]",
                todo="Numbers are predicted with task='regression'; or bin them into classes.",
            )
        values = values.astype(np.int64)
    return values.astype(np.str_)


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


def _refuse_missing(values: npt.NDArray[np.generic]) -> None:
    missing = np.asarray(pd.isna(values))
    if values.dtype.kind in "UO":
        missing = missing | np.array([str(value).strip() == "" for value in values])
    if missing.any():
        raise missing_target(f"y[{int(np.argmax(missing))}]")
