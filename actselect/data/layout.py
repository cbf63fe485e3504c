"""From a table to sequences: long format (one row a step) and wide format (one row a sequence).

Notation: R rows, N sequences, S steps, F features.  Values keep their gaps here; see
:mod:`actselect.data.missing`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.columns import identifiers, labels, missing_target, numbers
from actselect.data.dataset import SequenceDataset
from actselect.data.roles import Roles
from actselect.data.table import Table
from actselect.data.timeline import TimeArray, times, uneven, uneven_hint
from actselect.exceptions import DataError
from actselect.records import IntArray

Targets = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """Rows of a table sorted by sequence, then time: (R,) order, and N names, lengths, starts."""

    order: IntArray
    series: tuple[str, ...]
    lengths: IntArray
    codes: IntArray

    @property
    def starts(self) -> IntArray:
        return np.cumsum(self.lengths) - self.lengths


def long_format(table: Table, roles: Roles, *, task: str, name: str) -> SequenceDataset:
    """Return one sequence for each value of the series column (one in all where there is none).

    Rows of a sequence need not stand together; with a time column they are sorted.

    Raises:
        DataError: a cell cannot be read, times repeat or (forecasting) have uneven steps, a target
            or group changes inside a sequence.
    """
    notes = [*table.notes, *roles.notes]
    time = times(table, roles.time) if roles.time is not None else None
    order = _ordered(table, roles, time, name, notes)
    if time is not None:
        time = time[order.order]
        _check_times(table, roles, order, time, task, notes)
    values = np.column_stack([numbers(table, column) for column in roles.features])
    return SequenceDataset(
        name=name,
        values=values[order.order],
        lengths=order.lengths,
        feature_names=roles.features,
        targets=_long_targets(table, roles, order, task) if roles.has_targets else None,
        target_name=roles.target,
        series=order.series,
        groups=_long_groups(table, roles, order),
        time=time,
        notes=tuple(notes),
    )


def wide_format(table: Table, roles: Roles, *, task: str, name: str) -> SequenceDataset:
    """Return one sequence of one feature for each row; its steps are the feature columns in order.

    Empty cells at the end of a row make the sequence shorter.

    Raises:
        DataError: a cell cannot be read, a target is missing, or a row holds no value.
    """
    values = np.column_stack([numbers(table, column) for column in roles.features])
    lengths = trimmed_lengths(values)
    if not lengths.all():
        row = int(np.argmin(lengths))
        raise DataError(
            wanted="at least one value",
            got="an empty sequence",
            where=table.where(row),
            todo="Fill it in or remove the row.",
        )
    rows = len(values)
    notes = [*table.notes, *roles.notes]
    notes.append(f"Each row is one sequence; its {values.shape[1]} steps are columns.")
    if (shorter := int((lengths < values.shape[1]).sum())) > 0:
        notes.append(f"{shorter} sequences are shorter: empty cells at the end of a row.")
    return SequenceDataset(
        name=name,
        values=values[np.arange(values.shape[1]) < lengths[:, None]][:, None],
        lengths=lengths,
        feature_names=("value",),
        targets=_targets(table, roles.target, task) if roles.has_targets else None,
        target_name=roles.target,
        series=tuple(map(str, table.rows)),
        groups=_groups(table, roles.group, np.arange(rows)),
        notes=tuple(notes),
    )


def trimmed_lengths(values: npt.NDArray[np.float64]) -> IntArray:
    """Return (N,) steps of each row of (N, T) up to its last value; 0 where there is none.

    >>> trimmed_lengths(np.array([[1.0, np.nan, 2.0], [3.0, np.nan, np.nan]]))
    array([3, 1])
    """
    there = ~np.isnan(values)
    last = values.shape[1] - np.argmax(there[:, ::-1], axis=1)
    return np.where(there.any(axis=1), last, 0).astype(np.int64)


def _ordered(
    table: Table, roles: Roles, time: TimeArray | None, name: str, notes: list[str]
) -> _Order:
    if roles.series is None:
        codes = np.zeros(len(table.rows), dtype=np.int64)
        names: tuple[str, ...] = (name,)
    else:
        found, unique = pd.factorize(np.array(identifiers(table, roles.series), dtype=object))
        codes, names = found.astype(np.int64), tuple(map(str, unique))
    order = np.argsort(codes, kind="stable")
    if time is not None:
        by_time = np.lexsort((time, codes))
        if not (time[by_time] == time[order]).all():
            notes.append(f"Rows were sorted by {roles.time!r}.")
            order = by_time
    return _Order(order=order, series=names, lengths=np.bincount(codes), codes=codes[order])


def _check_times(
    table: Table, roles: Roles, order: _Order, time: TimeArray, task: str, notes: list[str]
) -> None:
    same = (time[1:] == time[:-1]) & (order.codes[1:] == order.codes[:-1])
    if same.any():
        first = int(np.argmax(same))
        rows = table.rows[np.sort(order.order[first : first + 2])]
        owner = f" in series {order.series[order.codes[first]]!r}" if roles.series else ""
        raise DataError(
            wanted="every time once in a series",
            got=f"{_cell(table, roles.time, int(order.order[first]))} twice{owner}",
            where=f"{table.source}, {table.unit}s {rows[0]} and {rows[1]}, column {roles.time!r}",
            todo="Remove one of the rows"
            + ("." if roles.series else ", or name the column that tells series apart (--series)."),
        )
    problems = [
        (i, problem)
        for i, start in enumerate(order.starts)
        if (problem := uneven(time[start : start + order.lengths[i]])) is not None
    ]
    if problems and task == "forecasting":
        i, problem = problems[0]
        raise DataError(
            wanted="even steps in time",
            got=problem,
            where=f"{table.where(column=roles.time)}, series {order.series[i]!r}",
            todo=uneven_hint(time),
        )
    if problems:
        notes.append(
            f"{len(problems)} sequences have uneven steps in time; networks see only their order."
        )


def _cell(table: Table, column: str | None, row: int) -> str:
    return str(table.frame[column].iloc[row])


def _targets(table: Table, column: str, task: str) -> Targets:
    """Return (R,) targets of every row: str for classification, float64 for regression."""
    if task == "classification":
        return np.array(labels(table, column), dtype=np.str_)
    found = numbers(table, column)
    if np.isnan(found).any():
        raise missing_target(table.where(int(np.argmax(np.isnan(found))), column))
    return found


def _long_targets(table: Table, roles: Roles, order: _Order, task: str) -> Targets:
    found = _targets(table, roles.target, task)[order.order]
    return _constant(table, found, order, roles.target, "target")


def _long_groups(table: Table, roles: Roles, order: _Order) -> npt.NDArray[np.str_] | None:
    found = _groups(table, roles.group, order.order)
    if found is None or roles.group is None:
        return None
    return np.array(_constant(table, found, order, roles.group, "group"), dtype=np.str_)


def _groups(table: Table, column: str | None, order: IntArray) -> npt.NDArray[np.str_] | None:
    if column is None:
        return None
    return np.array(identifiers(table, column), dtype=np.str_)[order]


def _constant(table: Table, found: Targets, order: _Order, column: str, role: str) -> Targets:
    """Return (N,) the value each sequence has in all its rows."""
    first = np.repeat(found[order.starts], order.lengths)
    differs = found != first
    if differs.any():
        step = int(np.argmax(differs))
        raise DataError(
            wanted=f"one {role} for each sequence",
            got=f"{first[step]} and {found[step]} in series {order.series[order.codes[step]]!r}",
            where=table.where(int(order.order[step]), column),
            todo="Give all rows of a series the same value, or check the series column.",
        )
    return found[order.starts]
