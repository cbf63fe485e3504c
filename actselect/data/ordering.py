"""Rows of a table sorted into sequences.

Notation: R rows, N sequences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.columns import identifiers
from actselect.data.table import Table
from actselect.data.timeline import TimeArray
from actselect.exceptions import DataError
from actselect.records import IntArray


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Rows sorted by sequence, then time.

    Args:
        order: (R,) rows of the table, in the order of the data set.
        series: N names.
        lengths: (N,) rows of each sequence.
        codes: (R,) sequence of each row, sorted.
        time: (R,) time of each row, sorted; None where there is none.
    """

    order: IntArray
    series: tuple[str, ...]
    lengths: IntArray
    codes: IntArray
    time: TimeArray | None = None

    @property
    def starts(self) -> IntArray:
        """(N,) first row of each sequence in ``order``."""
        return np.asarray(np.cumsum(self.lengths) - self.lengths, dtype=np.int64)


def each_row(table: Table) -> Order:
    """Return every row as a sequence of its own, named by its number."""
    rows = np.arange(len(table.rows), dtype=np.int64)
    names = tuple(map(str, table.rows))
    return Order(order=rows, series=names, lengths=np.ones_like(rows), codes=rows)


def one_series(table: Table, name: str) -> Order:
    """Return all rows as one sequence of this name."""
    rows = np.arange(len(table.rows), dtype=np.int64)
    length = np.array([len(rows)], dtype=np.int64)
    return Order(order=rows, series=(name,), lengths=length, codes=np.zeros_like(rows))


def by_column(table: Table, column: str) -> Order:
    """Return one sequence for each value of a column, in order of first appearance."""
    found, unique = pd.factorize(np.array(identifiers(table, column), dtype=object))
    codes = found.astype(np.int64)
    order = np.argsort(codes, kind="stable")
    return Order(
        order=order,
        series=tuple(map(str, unique)),
        lengths=np.bincount(codes).astype(np.int64),
        codes=codes[order],
    )


def constant(
    table: Table, found: npt.NDArray[np.generic], order: Order, column: str, role: str
) -> npt.NDArray[np.generic]:
    """Return (N,) the value that each sequence has in all its rows.

    Args:
        table: where the rows stand, for messages.
        found: (R,) values, sorted as ``order`` says.
        order: the sequences.
        column: name of the column.
        role: what it is, for messages.

    Raises:
        DataError: a sequence has two values.
    """
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
