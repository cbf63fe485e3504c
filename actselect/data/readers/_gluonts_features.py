"""Features and other values beside the target in the JSON lines of gluonts.

Notation: N series, S steps of all series, T steps of one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from actselect.data.table import reason
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray

DYNAMIC = ("feat_dynamic_real", "feat_dynamic_cat", "past_feat_dynamic_real", "dynamic_feat")
STATIC = ("feat_static_cat", "feat_static_real", "cat")
LISTS = (*DYNAMIC, *STATIC)

Columns = dict[str, pd.Series]

_MISSING = frozenset({"NaN", "nan"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record and where it stands."""

    record: dict[str, Any]
    where: str


def features(found: list[Line], lengths: IntArray, known: Collection[str]) -> Columns:
    """Return a column of S values for each feature, and for each other key that is not ``known``.

    A dynamic feature has one value a step, a static one a value a series, which is repeated.

    Raises:
        DataError: a feature has another length than the target or another number than before, or
            another key holds no plain value.
    """
    other = _plain(found, lengths, {*known, *LISTS})
    return _dynamic(found, lengths) | _static(found, lengths) | other


def numbers(line: Line, key: str, values: list[Any]) -> FloatArray:
    """Return a list of numbers as float64, (T,)."""
    for i, value in enumerate(values, start=1):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number or value is None or (isinstance(value, str) and value in _MISSING)):
            where = f"{line.where}, key {key!r}, value {i}"
            nested = isinstance(value, list) and key == "target"
            wanted = "a number (of several series, each has a line)" if nested else "a number"
            raise bad(where, wanted, repr(value)[:40])
    try:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    except OverflowError as error:
        raise bad(f"{line.where}, key {key!r}", "numbers", reason(error)) from error


def _dynamic(found: list[Line], lengths: IntArray) -> Columns:
    """Return features with a value a step; the file has one list for each feature."""
    columns: Columns = {}
    for key in _present(found, DYNAMIC):
        parts: list[FloatArray] = []
        for line, steps in zip(found, lengths.tolist(), strict=True):
            lists = line.record.get(key)
            where = f"{line.where}, key {key!r}"
            if not isinstance(lists, list) or not all(isinstance(part, list) for part in lists):
                raise bad(where, "a list of lists, one for each feature", repr(lists)[:40])
            if any(len(part) != steps for part in lists):
                got = f"{[len(part) for part in lists][:8]}"
                raise bad(where, f"{steps} values for each feature, as in 'target'", got)
            values = [numbers(line, key, part) for part in lists]
            parts.append(np.array(values, dtype=np.float64).reshape(len(lists), steps))
            _same_count(where, len(lists), len(parts[0]))
        whole = np.concatenate(parts, axis=1)
        columns |= {f"{key}_{i}": pd.Series(values) for i, values in enumerate(whole)}
    return columns


def _static(found: list[Line], lengths: IntArray) -> Columns:
    """Return features with a value a series, repeated."""
    columns: Columns = {}
    for key in _present(found, STATIC):
        values = [line.record.get(key) for line in found]
        rows = [value if isinstance(value, list) else [value] for value in values]
        for line, row in zip(found, rows, strict=True):
            where = f"{line.where}, key {key!r}"
            _refuse_nested(where, row)
            _same_count(where, len(row), len(rows[0]))
        for i, column in enumerate(zip(*rows, strict=True)):
            columns[f"{key}_{i}"] = repeated(list(column), lengths)
    return columns


def _plain(found: list[Line], lengths: IntArray, known: Collection[str]) -> Columns:
    """Return all other values of the lines, repeated."""
    others = dict.fromkeys(key for line in found for key in line.record if key not in known)
    for line in found:
        for key in others:
            _refuse_nested(f"{line.where}, key {key!r}", [line.record.get(key)])
    return {key: repeated([line.record.get(key) for line in found], lengths) for key in others}


def _present(found: list[Line], keys: tuple[str, ...]) -> list[str]:
    return [key for key in keys if any(key in line.record for line in found)]


def _refuse_nested(where: str, values: list[Any]) -> None:
    if any(isinstance(value, dict | list) for value in values):
        raise bad(where, "plain values", "nested ones")


def _same_count(where: str, count: int, first: int) -> None:
    if count != first:
        raise bad(where, f"{first} features, as in the first line", str(count))


def repeated(values: list[Any], lengths: IntArray) -> pd.Series:
    """Return (S,) the value of each series for each of its steps."""
    every = np.empty(len(values), dtype=object)
    every[:] = values
    return pd.Series(np.repeat(every, lengths), dtype=object)


def bad(where: str, wanted: str, got: str) -> DataError:
    """Return the error for a line that is no series."""
    todo = 'A series is a line such as {"start": "2024-01-01", "freq": "D", "target": [1.5, 2]}.'
    return DataError(wanted=wanted, got=got, where=where, todo=todo)
