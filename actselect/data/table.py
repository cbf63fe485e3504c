"""Tables as they were read: named columns, and for each row the line of the file it came from.

A reader changes nothing: columns of a text file stay text until :mod:`actselect.data.columns`
turns the ones that are used into numbers, times or identifiers.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from actselect.exceptions import DataError
from actselect.records import IntArray

MAX_NAME = 1000
"""Characters of a name or a label.  A judgement: what is longer is a text, in the wrong place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A frame with text column names, and where each row stood.

    Args:
        frame: rows and columns; text files give columns of str, frames and Parquet their own types.
        source: what to call the origin in messages, such as ``"sales.csv"``.
        rows: (rows,) number of each row as the user counts it.
        unit: what that number counts: ``"line"`` of a text file or ``"row"`` of a frame.
        series: column that names the sequences when the format itself says so.
        notes: what the reader decided.
    """

    frame: pd.DataFrame
    source: str
    rows: IntArray
    unit: str = "row"
    series: str | None = None
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        for i, name in enumerate(self.columns, start=1):
            if len(name) > MAX_NAME:
                raise DataError(
                    wanted=f"names of columns of at most {MAX_NAME} characters",
                    got=f"{len(name)}, {quoted(name, 40)}",
                    where=f"{self.source}, column {i}",
                    todo="Check that names stand where they should, or shorten this one.",
                )

    @property
    def columns(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(self.frame.columns)

    def where(self, row: int | None = None, column: str | None = None) -> str:
        """Name a place as the user finds it: file, line (of the ``row``-th row), column."""
        parts = [self.source]
        if row is not None:
            parts.append(f"{self.unit} {self.rows[row]}")
        if column is not None:
            parts.append(f"column {column!r}")
        return ", ".join(parts)

    def require(self, column: str, role: str) -> str:
        """Return ``column`` if the table has it.

        Raises:
            DataError: it has not; the message suggests the nearest name.
        """
        if column in self.columns:
            return column
        near = difflib.get_close_matches(column, self.columns, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise DataError(
            wanted=f"the {role} column {column!r}",
            got="no column of this name",
            where=self.source,
            todo=f"{hint}The columns are: {shown(self.columns)}.",
        )


def shown(names: Iterable[object], limit: int = 12) -> str:
    """Return names as a short list in words; more than ``limit`` are counted, not listed.

    >>> shown(["a", "b", "c"], limit=2)
    'a, b, ... (3 in all)'
    """
    every = [str(name) for name in names]
    tail = [f"... ({len(every)} in all)"] if len(every) > limit else []
    return ", ".join(every[:limit] + tail)


def quoted(value: object, limit: int = 60) -> str:
    """Return a value as Python writes it, on one line, cut after ``limit`` characters.

    >>> quoted("a" * 100, limit=8)
    "'aaaaaaa..."
    """
    text = " ".join(repr(value if not isinstance(value, str) else value[: limit + 1]).split())
    return text if len(text) <= limit else f"{text[:limit]}..."


def from_frame(frame: pd.DataFrame, source: str) -> Table:
    """Return a frame as a table; an index that says something becomes its first column.

    Rows count from 0, as in pandas.

    Raises:
        DataError: no rows, no columns, several column levels, or a column name used twice.

    >>> from_frame(pd.DataFrame({"y": [1.0, 2.0]}), "the frame").where(1, "y")
    "the frame, row 1, column 'y'"
    """
    if frame.columns.nlevels > 1:
        raise DataError(
            wanted="one level of column names",
            got=f"{frame.columns.nlevels} levels",
            where=source,
            todo="Flatten the columns, for instance with df.columns.map('_'.join).",
        )
    if not _is_counter(frame.index):
        frame = pd.concat([_index_columns(frame.index), frame.reset_index(drop=True)], axis=1)
    frame = frame.set_axis([_text(name) for name in frame.columns], axis="columns")
    refuse_duplicate_names(frame.columns, source)
    for name, kind in frame.dtypes.items():
        if isinstance(kind, pd.PeriodDtype):
            frame = frame.assign(**{str(name): frame[name].dt.to_timestamp()})
    if frame.empty:
        raise no_rows(source)
    return Table(frame=frame, source=source, rows=np.arange(len(frame), dtype=np.int64))


def refuse_duplicate_names(names: Iterable[str], where: str) -> None:
    """Raise DataError when a column name occurs twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(
                wanted="column names that differ",
                got=f"{name!r} twice",
                where=where,
                todo="Rename one of them.",
            )
        seen.add(name)


def relocated(error: DataError, place: str) -> DataError:
    """Return the error with the place it lacked put before it, such as the file."""
    where = f"{place}, {error.where}"
    return DataError(wanted=error.wanted, got=error.got, where=where, todo=error.todo)


def reason(error: BaseException) -> str:
    """Return the first line of what a library said, or the kind of error where it said nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def no_rows(where: str) -> DataError:
    """Return the error for a source that holds names but no data."""
    return DataError(
        wanted="at least one row of data",
        got="none",
        where=where,
        todo="Check that this is the file you meant.",
    )


def _is_counter(index: pd.Index) -> bool:
    """True for the index that pandas makes itself, or a slice of it."""
    return index.nlevels == 1 and index.name is None and index.dtype.kind in "iu"


def _index_columns(index: pd.Index) -> pd.DataFrame:
    """Return the levels of an index as columns; those without a name are called index."""
    names = ["index" if name is None else name for name in index.names]
    return index.to_frame(index=False).set_axis(names, axis="columns")


def _text(name: Hashable) -> str:
    return name if isinstance(name, str) else str(name)
