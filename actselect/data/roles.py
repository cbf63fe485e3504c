"""What each column of a table is for: target, time, series, group, or feature."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from actselect.data.columns import is_text, numbers
from actselect.data.parts import split_column
from actselect.data.table import Table, shown
from actselect.data.timeline import plainly_time
from actselect.exceptions import DataError, UsageError

COUNTER_NAMES = re.compile(r"|no|nr|id|index|row|rownames|unnamed: \d+|column 1", re.IGNORECASE)
"""Names under which a first column 1, 2, 3, ... is taken for row numbers, not for a feature."""

STEPWISE_TASKS = ("forecasting", "event-forecasting")
"""Tasks whose targets are the features themselves, some steps later."""

GUESSED_TARGETS = ("target", "label", "class", "y")
"""Names suggested when a target is needed and none was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns that the user named; None where nobody said."""

    target: str | None = None
    time: str | None = None
    series: str | None = None
    group: str | None = None
    features: Sequence[str] | None = None

    @property
    def named(self) -> dict[str, str]:
        """Role to column, for the roles that are set."""
        roles = {
            "target": self.target,
            "time": self.time,
            "series": self.series,
            "group": self.group,
        }
        return {role: name for role, name in roles.items() if name is not None}

    def refuse_for_arrays(self) -> None:
        """Raise UsageError if a column is named for a source that has none."""
        for role in self.named:
            raise UsageError(
                f"The {role!r} parameter of load names a column of a table; this source has "
                "sequences and targets of its own. Leave it out."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """What each column is for; in forecasting the target is the first of ``features``.

    ``has_targets``: the target column holds targets to be read.  ``split``: the column that says
    which part a row belongs to.  ``text``: the feature is a text or a token, no number.
    ``notes`` say what was found rather than named.
    """

    target: str
    has_targets: bool
    features: tuple[str, ...]
    time: str | None
    series: str | None
    group: str | None
    notes: tuple[str, ...]
    split: str | None = None
    text: bool = False

    @property
    def columns(self) -> Columns:
        """The same as a request, to read another table alike."""
        return Columns(
            target=self.target or None,
            time=self.time,
            series=self.series,
            group=self.group,
            features=self.features,
        )


def assign_roles(table: Table, columns: Columns, *, task: str, predict: bool = False) -> Roles:
    """Check the columns the user named and find the ones left open; guesses become notes.

    To ``predict``, neither groups nor the targets of sequences are needed.

    Raises:
        DataError: a column does not exist, has two roles, is text where numbers belong, or the
            target is among the features of a task that must not see it.

    >>> import pandas as pd
    >>> from actselect.data.table import from_frame
    >>> table = from_frame(pd.DataFrame({"ds": [1, 2], "y": [5.0, 6.0]}), "frame")
    >>> found = assign_roles(table, Columns(), task="forecasting")
    >>> found.time, found.target
    ('ds', 'y')
    """
    notes: list[str] = []
    columns = _open(table, columns, task, predict=predict, notes=notes)
    check_named(table, columns.named)
    split = split_column(table, {*columns.named.values(), *(columns.features or ())})
    time = columns.time
    if time is None and (task in STEPWISE_TASKS or columns.series is not None):
        time = found_time(table, columns, notes)
    taken = {name for name in (time, columns.series, columns.group, split) if name is not None}
    if columns.features is None:
        free = [c for c in table.columns if c not in taken | {columns.target}]
        features = numeric(table, free, notes)
    else:
        features = given_features(table, columns.features, taken)
    if (predict and task != "forecasting") or task == "event-forecasting":
        target = columns.target or ""
    else:
        target = columns.target or _found_target(table, task, features, notes)
    if task == "forecasting":
        features = (target, *(name for name in features if name != target))
    else:
        _check_inputs(table, features, target, task)
    return Roles(
        target=target,
        has_targets=task not in STEPWISE_TASKS and not predict,
        features=features,
        time=time,
        series=columns.series,
        group=columns.group,
        notes=tuple(notes),
        split=split,
    )


def _open(table: Table, columns: Columns, task: str, *, predict: bool, notes: list[str]) -> Columns:
    """Return the request with what the format says, and without what is not needed."""
    if task == "event-forecasting" and columns.target is not None:
        raise UsageError(
            "The 'target' parameter of load must be left out for event-forecasting: every event is "
            f"forecast. Choose events with features. Got {columns.target!r}."
        )
    if task == "forecasting" and not columns.named and {"unique_id", "ds", "y"} <= {*table.columns}:
        notes.append("Columns unique_id, ds and y were taken for series, time and target.")
        columns = replace(columns, series="unique_id", time="ds", target="y")
    return as_needed(table, columns, task, predict=predict)


def as_needed(table: Table, columns: Columns, task: str, *, predict: bool) -> Columns:
    """Return the request with the series that the format names.

    To predict, groups and the targets of sequences need not be there.
    """
    columns = replace(columns, series=columns.series or table.series)
    if predict and task != "forecasting" and columns.target not in table.columns:
        columns = replace(columns, target=None)
    if predict and columns.group not in table.columns:
        columns = replace(columns, group=None)
    return columns


def _check_inputs(table: Table, features: tuple[str, ...], target: str, task: str) -> None:
    if target in features:
        raise DataError(
            wanted="features without the target",
            got=f"{target!r} among the features",
            where=table.where(column=target),
            todo="Take it out of features: a network that sees the answer learns nothing.",
        )
    if not features:
        raise DataError(
            wanted="at least one column of numbers"
            + ("" if task == "event-forecasting" else " besides the target"),
            got=f"the columns {shown(table.columns)}",
            where=table.source,
            todo="Add a feature column, or name the right target.",
        )


def check_named(table: Table, named: dict[str, str]) -> None:
    """Raise DataError if a named column does not exist or has two roles."""
    by_name: dict[str, str] = {}
    for role, name in named.items():
        table.require(name, role)
        if name in by_name and {role, by_name[name]} != {"series", "group"}:
            raise DataError(
                wanted="one role for each column",
                got=f"{name!r} as {by_name[name]} and as {role}",
                where=table.source,
                todo="Name another column for one of them.",
            )
        by_name[name] = role


def found_time(table: Table, columns: Columns, notes: list[str]) -> str | None:
    """Return the first free column that is plainly a time, None without one."""
    taken = {*columns.named.values(), *(columns.features or ())}
    for column in table.columns:
        if column not in taken and plainly_time(table, column, columns.series):
            notes.append(f"Column {column!r} was taken for the time.")
            return column
    return None


def numeric(table: Table, candidates: list[str], notes: list[str]) -> tuple[str, ...]:
    """Return the columns of numbers; text and row numbers are left out with a note."""
    text = [column for column in candidates if is_text(table, column)]
    chosen = [column for column in candidates if column not in text]
    if len(chosen) > 1 and _counts_rows(table, chosen[0]):
        notes.append(f"Column {chosen[0]!r} counts the rows and was left out.")
        chosen = chosen[1:]
    if text:
        notes.append(f"Columns without numbers were left out: {shown(text)}.")
    return tuple(chosen)


def _counts_rows(table: Table, column: str) -> bool:
    if column != table.columns[0] or not COUNTER_NAMES.fullmatch(column):
        return False
    return len(table.rows) > 1 and bool((np.diff(numbers(table, column)) == 1).all())


def given_features(table: Table, features: Sequence[str], taken: set[str]) -> tuple[str, ...]:
    """Return the features that the user named.

    Raises:
        DataError: one does not exist, is named twice, or has another role.
    """
    names = (features,) if isinstance(features, str) else tuple(features)
    for i, name in enumerate(names):
        table.require(name, "feature")
        if name in taken or name in names[:i]:
            raise DataError(
                wanted="each feature once, and no time, series or group column",
                got=repr(name),
                where=table.source,
                todo="Take it out of features.",
            )
    return names


def _found_target(table: Table, task: str, chosen: tuple[str, ...], notes: list[str]) -> str:
    if task == "forecasting" and len(chosen) == 1:
        notes.append(f"Column {chosen[0]!r} is the only one with numbers and was taken as target.")
        return chosen[0]
    likely = [name for name in table.columns if name.lower() in GUESSED_TARGETS]
    example = likely[0] if likely else (chosen or table.columns)[-1]
    raise DataError(
        wanted="a target column",
        got=f"none named, and the columns {shown(table.columns)}",
        where=table.source,
        todo=f"Say which one to predict, for instance target={example!r} (--target {example}).",
    )
