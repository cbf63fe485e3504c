"""One column of a table as numbers, identifiers or labels, with errors that name the cell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.table import MAX_NAME, Table, quoted
from actselect.exceptions import DataError
from actselect.records import FloatArray

MISSING_NUMBERS = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "?"})
"""How text files may write a missing number, in lower case."""

MISSING_LABELS = frozenset({"", "nan"})
"""How text files may write a missing label; ``NA`` or ``none`` may well be a class."""

SAMPLE = 1000  # rows that tell text from numbers; reading every cell twice costs as much again

BoolArray = npt.NDArray[np.bool_]


def is_text(table: Table, column: str) -> bool:
    """True when most of the values that are there cannot be read as numbers.

    Long columns are judged by ``SAMPLE`` of their rows, evenly spaced.

    >>> from actselect.data.table import from_frame
    >>> is_text(from_frame(pd.DataFrame({"wind": ["NW", "SE", "3"]}), "frame"), "wind")
    True
    """
    values = table.frame[column]
    if pd.api.types.is_numeric_dtype(values) and not np.iscomplexobj(values):
        return False
    if values.dtype.kind in "mMc":
        return True
    _, missing, bad = _parsed(values.iloc[:: len(values) // SAMPLE + 1])
    return int(bad.sum()) * 2 > int((~missing).sum())


def numbers(table: Table, column: str) -> FloatArray:
    """Return a column as (rows,) float64, NaN where a value is missing.

    Raises:
        DataError: a value is not a number, or is infinite, or too large for float32 (in which
            networks compute); the message names its row and shows it.

    >>> from actselect.data.table import from_frame
    >>> numbers(from_frame(pd.DataFrame({"y": ["1", "NA", "2.5"]}), "frame"), "y")
    array([1. , nan, 2.5])
    """
    values = table.frame[column]
    parsed, _, bad = _parsed(values)
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            wanted="a number",
            got=quoted(values.iloc[row]),
            where=table.where(row, column),
            todo=_number_hint(str(values.iloc[row])),
        )
    out_of_range = np.abs(parsed) > np.finfo(np.float32).max
    if out_of_range.any():
        row = int(np.argmax(out_of_range))
        raise too_large(values.iloc[row], table.where(row, column))
    return parsed


def too_large(value: object, where: str) -> DataError:
    """Return the error for an infinite value, or one that float32 cannot hold."""
    return DataError(
        wanted="a finite number that float32 can hold (at most 3.4e38)",
        got=str(value),
        where=where,
        todo="Correct it, leave it empty if it is missing, or rescale the column.",
    )


def identifiers(table: Table, column: str) -> list[str]:
    """Return a column of names as text, unchanged: ``007`` and ``NA`` stay what they are.

    Raises:
        DataError: a name is empty, missing, or longer than ``MAX_NAME``.
    """
    values = table.frame[column]
    texts = [_label(value) for value in values]
    missing = pd.isna(values).to_numpy() | np.array([text == "" for text in texts])
    if missing.any():
        raise DataError(
            wanted="a name in every row",
            got="an empty one",
            where=table.where(int(np.argmax(missing)), column),
            todo="Fill in the name or remove the row.",
        )
    _refuse_long(table, column, texts, "a name")
    return texts


def labels(table: Table, column: str) -> list[str]:
    """Return a column of classes as text; whole floats lose their ``.0``.

    Raises:
        DataError: a label is missing, or longer than ``MAX_NAME``.
    """
    values = table.frame[column]
    texts = [_label(value) for value in values]
    missing = pd.isna(values).to_numpy()
    missing = missing | np.array([text.lower() in MISSING_LABELS for text in texts])
    if missing.any():
        raise missing_target(table.where(int(np.argmax(missing)), column))
    _refuse_long(table, column, texts, "a label")
    return texts


def _refuse_long(table: Table, column: str, texts: list[str], what: str) -> None:
    """Raise DataError where a name is so long that it must be something else."""
    row = next((i for i, text in enumerate(texts) if len(text) > MAX_NAME), None)
    if row is not None:
        raise DataError(
            wanted=f"{what} of at most {MAX_NAME} characters",
            got=f"{len(texts[row])}, {quoted(texts[row], 40)}",
            where=table.where(row, column),
            todo="Check that this is the column you meant, or shorten it.",
        )


def missing_target(where: str) -> DataError:
    """Return the error for a sequence without a target."""
    return DataError(
        wanted="a target for every sequence",
        got="a missing one",
        where=where,
        todo="Fill it in or remove the sequence.",
    )


def _label(value: object) -> str:
    """Return a cell as text: stripped, and 3.0 as ``3``."""
    if isinstance(value, float | np.floating) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _parsed(values: pd.Series) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Return (rows,) numbers, which are missing, and which are no numbers."""
    if pd.api.types.is_numeric_dtype(values) and not np.iscomplexobj(values):
        parsed = values.to_numpy(dtype=np.float64, na_value=np.nan)
        missing = np.isnan(parsed)
        return parsed, missing, np.zeros(len(values), dtype=bool)
    if values.dtype.kind in "mMc":
        nothing = np.full(len(values), np.nan)
        missing = values.isna().to_numpy()
        return nothing, missing, ~missing
    text = values.astype(object)
    try:
        parsed = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError:
        return _parsed(text.map(_without_overflow))
    empty = np.isnan(parsed)
    missing = empty.copy()
    missing[empty] = [_is_missing(value) for value in text[empty]]
    return parsed, missing, empty & ~missing


def _without_overflow(value: object) -> object:
    """Return infinity for a whole number that float64 cannot hold."""
    if not isinstance(value, int):
        return value
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _is_missing(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in MISSING_NUMBERS
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return bool(pd.api.types.is_scalar(value) and value != value)  # noqa: PLR0124 - NaN


def _number_hint(text: str) -> str:
    if "," in text and text.replace(",", "").replace(".", "").strip("+- ").isdigit():
        return "Write decimals with a point and thousands without a separator."
    return "Correct it, leave it empty if it is missing, or leave the column out with features."
