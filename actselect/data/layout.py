"""From a table to sequences: long format (one row a step) and wide format (one row a sequence).

Notation: R rows, N sequences, S steps, F features.  Values keep their gaps here; see
:mod:`actselect.data.missing`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from actselect.data.columns import identifiers, labels, missing_target, numbers
from actselect.data.dataset import SequenceDataset
from actselect.data.dates import date_notes
from actselect.data.ordering import Order, by_column, constant, each_row, one_series
from actselect.data.parts import continued, masks_of, with_masks
from actselect.data.question import Question
from actselect.data.roles import Roles
from actselect.data.table import Table
from actselect.data.targets import label_sets
from actselect.data.timeline import TimeArray, local_hint, times, uneven, uneven_hint
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray


def long_format(
    table: Table,
    roles: Roles,
    *,
    question: Question,
    name: str,
) -> SequenceDataset:
    """Return one sequence for each value of the series column (one in all where there is none).

    Rows of a sequence need not stand together; with a time column they are sorted.  A split column
    is left out, and respected where the question says so.

    Raises:
        DataError: a cell cannot be read, times repeat or (forecasting) have uneven steps, a target
            or group changes inside a sequence, or (event-forecasting) a value is neither 0 nor 1.
    """
    notes = [*table.notes, *roles.notes]
    order = ordered(table, roles, task=question.task, name=name, notes=notes)
    values = feature_values(table, roles, question.task)
    dataset = SequenceDataset(
        name=name,
        values=values[order.order],
        lengths=order.lengths,
        feature_names=roles.features,
        target_name=roles.target,
        series=order.series,
        groups=groups_of(table, roles, order),
        time=order.time,
        notes=tuple(notes),
    )
    dataset = _with_targets(dataset, table, roles, order, question)
    if question.task != "forecasting":
        return with_masks(dataset, masks_of(table, roles.split, order, respect=question.parts))
    steps, note = continued(table, roles.split, order, respect=question.parts)
    return replace(dataset, test_steps=steps).with_notes(*note)


def wide_format(
    table: Table,
    roles: Roles,
    *,
    question: Question,
    name: str,
) -> SequenceDataset:
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
    notes = [*table.notes, *roles.notes]
    notes.append(f"Each row is one sequence; its {values.shape[1]} steps are columns.")
    if (shorter := int((lengths < values.shape[1]).sum())) > 0:
        notes.append(f"{shorter} sequences are shorter: empty cells at the end of a row.")
    order = each_row(table)
    dataset = SequenceDataset(
        name=name,
        values=values[np.arange(values.shape[1]) < lengths[:, None]][:, None],
        lengths=lengths,
        feature_names=("value",),
        target_name=roles.target,
        series=order.series,
        groups=groups_of(table, roles, order),
        notes=tuple(notes),
    )
    dataset = _with_targets(dataset, table, roles, order, question)
    return with_masks(dataset, masks_of(table, roles.split, order, respect=question.parts))


def trimmed_lengths(values: FloatArray) -> IntArray:
    """Return (N,) steps of each row of (N, T) up to its last value; 0 where there is none.

    >>> trimmed_lengths(np.array([[1.0, np.nan, 2.0], [3.0, np.nan, np.nan]]))
    array([3, 1])
    """
    there = ~np.isnan(values)
    last = values.shape[1] - np.argmax(there[:, ::-1], axis=1)
    return np.where(there.any(axis=1), last, 0).astype(np.int64)


def feature_values(table: Table, roles: Roles, task: str) -> FloatArray:
    """Return (R, F) the feature columns of all rows.

    Raises:
        DataError: a cell is no number, or (event-forecasting) neither 0 nor 1.
    """
    values = np.column_stack([numbers(table, column) for column in roles.features])
    if task == "event-forecasting" and (other := (values != 0) & (values != 1)).any():
        row, column = (int(k) for k in np.argwhere(other)[0])
        raise not_binary(values[row, column], table.where(row, roles.features[column]))
    return values


def not_binary(value: np.float64, where: str) -> DataError:
    """Return the error for a number where an event happens or not."""
    return DataError(
        wanted="0 or 1: whether the event happens in this step",
        got="a missing value" if np.isnan(value) else f"{value:g}",
        where=where,
        todo="Make one column for each event, or forecast numbers with task='forecasting'.",
    )


def ordered(table: Table, roles: Roles, *, task: str, name: str, notes: list[str]) -> Order:
    """Return the rows of each series, sorted by time where there is a time column.

    What was sorted, and uneven steps, are added to ``notes``.

    Raises:
        DataError: a name or time is missing, a time stands twice in a series, or (forecasting)
            steps in time are uneven.
    """
    own = one_series(table, name) if roles.series is None else by_column(table, roles.series)
    if roles.time is None:
        return own
    time = times(table, roles.time)
    notes.extend(date_notes(table, roles.time))
    codes = np.empty_like(own.codes)
    codes[own.order] = own.codes
    by_time = np.lexsort((time, codes))
    order = own.order
    if not (time[by_time] == time[order]).all():
        notes.append(f"Rows were sorted by {roles.time!r}.")
        order = by_time
    timed = Order(
        order=order, series=own.series, lengths=own.lengths, codes=own.codes, time=time[order]
    )
    _check_times(table, roles, timed, time[order], task, notes)
    return timed


def groups_of(table: Table, roles: Roles, order: Order) -> npt.NDArray[np.str_] | None:
    """Return (N,) groups as text; None without a group column.

    Raises:
        DataError: a group is missing, or changes inside a sequence.
    """
    if roles.group is None:
        return None
    found = np.array(identifiers(table, roles.group), dtype=np.str_)[order.order]
    return np.array(constant(table, found, order, roles.group, "group"), dtype=np.str_)


def _with_targets(
    dataset: SequenceDataset,
    table: Table,
    roles: Roles,
    order: Order,
    question: Question,
) -> SequenceDataset:
    """Return the data set with one target, or one set of labels, for each sequence."""
    if not roles.has_targets:
        return dataset
    if question.multilabel:
        sets = sets_of(table, roles.target, order)
        return replace(dataset, answers=sets, answer_of=np.arange(len(sets), dtype=np.int64))
    found = _targets(table, roles.target, question.task)[order.order]
    return replace(dataset, targets=constant(table, found, order, roles.target, "target"))


def sets_of(table: Table, column: str, order: Order) -> Tokens:
    """Return the set of labels of each sequence.

    Raises:
        DataError: a set is missing, or changes inside a sequence.
    """
    sets = label_sets(table, column)
    keys = np.array(["|".join(found) for found in sets], dtype=np.str_)[order.order]
    constant(table, keys, order, column, "set of labels")
    return Tokens.of(sets[row] for row in order.order[order.starts].tolist())


def _targets(table: Table, column: str, task: str) -> npt.NDArray[np.generic]:
    """Return (R,) targets of every row: str for classification, float64 for regression."""
    if task == "classification":
        return np.array(labels(table, column), dtype=np.str_)
    found = numbers(table, column)
    if np.isnan(found).any():
        raise missing_target(table.where(int(np.argmax(np.isnan(found))), column))
    return found


def _check_times(
    table: Table,
    roles: Roles,
    order: Order,
    time: TimeArray,
    task: str,
    notes: list[str],
) -> None:
    same = (time[1:] == time[:-1]) & (order.codes[1:] == order.codes[:-1])
    if same.any():
        raise _twice(table, roles, order, int(np.argmax(same)), local_hint(time))
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


def _twice(table: Table, roles: Roles, order: Order, first: int, hint: str) -> DataError:
    rows = table.rows[np.sort(order.order[first : first + 2])]
    owner = f" in series {order.series[order.codes[first]]!r}" if roles.series else ""
    cell = str(table.frame[roles.time].iloc[int(order.order[first])])
    return DataError(
        wanted="every time once in a series",
        got=f"{cell} twice{owner}",
        where=f"{table.source}, {table.unit}s {rows[0]} and {rows[1]}, column {roles.time!r}",
        todo="Remove one of the rows"
        + ("." if roles.series else ", or name the column that tells series apart (--series).")
        + hint,
    )
