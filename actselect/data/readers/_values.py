"""Numbers written in a line of a .ts or UCR file."""

from __future__ import annotations

import numpy as np

from actselect.data.columns import too_large
from actselect.exceptions import DataError
from actselect.records import FloatArray


def parsed_values(cells: list[str], where: str) -> FloatArray:
    """Return (T,) float64; ``?`` and ``NaN`` are missing.

    Raises:
        DataError: a cell is no number, or is infinite or too large for float32.

    >>> parsed_values(["1", "?", " 2.5"], "here")
    array([1. , nan, 2.5])
    """
    known = ["nan" if cell.strip() == "?" else cell for cell in cells]
    try:
        values = np.array([_number(cell) for cell in known], dtype=np.float64)
    except ValueError:
        step = next(i for i, cell in enumerate(known) if not _is_number(cell))
        raise DataError(
            wanted="a number",
            got=repr(cells[step].strip()) if cells[step].strip() else "nothing",
            where=f"{where}, value {step + 1}",
            todo="Correct it, or write ? if it is missing.",
        ) from None
    beyond = np.abs(values) > np.finfo(np.float32).max
    if beyond.any():
        step = int(np.argmax(beyond))
        raise too_large(cells[step].strip(), f"{where}, value {step + 1}")
    return values


def _number(cell: str) -> float:
    if "_" in cell:  # Python reads 1_000 as a number, data files do not mean that
        raise ValueError(cell)
    return float(cell)


def _is_number(cell: str) -> bool:
    try:
        _number(cell)
    except ValueError:
        return False
    return True
