"""A column that says which part of the data each row belongs to: train, validation, test.

Who published such a split wants it kept, so it is respected wherever it is found.

Notation: R rows, N sequences.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.ordering import Order, constant
from actselect.data.table import Table, shown
from actselect.exceptions import DataError, UsageError
from actselect.records import IntArray

TRAIN, VALIDATION, TEST = "train", "validation", "test"

PARTS: dict[str, str] = {
    **dict.fromkeys(("train", "training", "restval"), TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev"), VALIDATION),
    "test": TEST,
}
"""Words of a split column, in lower case; restval is what Karpathy's captions train on as well."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Masks:
    """(N,) True for the sequences of a part, None where there is no such part; and notes."""

    test: npt.NDArray[np.bool_] | None = None
    validation: npt.NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()


def split_column(table: Table, taken: Collection[str]) -> str | None:
    """Return the column named split, if at least half of its cells name a part.

    Args:
        table: any table.
        taken: columns that the user gave another role.

    >>> import pandas as pd
    >>> from actselect.data.table import from_frame
    >>> frame = pd.DataFrame({"x": [1, 2], "Split": ["train", "test"]})
    >>> split_column(from_frame(frame, "frame"), taken=["x"])
    'Split'
    """
    for column in table.columns:
        if column.lower() == "split" and column not in taken:
            cells = table.frame[column].astype(str).str.strip().str.lower()
            if 2 * int(cells.isin(list(PARTS)).sum()) >= len(cells):
                return column
    return None


def row_parts(table: Table, column: str) -> npt.NDArray[np.str_]:
    """Return (R,) ``train``, ``validation`` or ``test``.

    Raises:
        DataError: a cell says something else.

    >>> import pandas as pd
    >>> from actselect.data.table import from_frame
    >>> frame = pd.DataFrame({"split": ["train", "dev", "Test"]})
    >>> row_parts(from_frame(frame, "frame"), "split").tolist()
    ['train', 'validation', 'test']
    """
    cells = table.frame[column].tolist()
    parts = [PARTS.get(str(cell).strip().lower(), "") for cell in cells]
    if "" in parts:
        row = parts.index("")
        raise DataError(
            wanted="train, validation or test",
            got=repr(cells[row]),
            where=table.where(row, column),
            todo="Correct it, or rename the column if it means something else.",
        )
    return np.array(parts, dtype=np.str_)


def masks_of(table: Table, column: str | None, order: Order, *, respect: bool = True) -> Masks:
    """Return the parts of the sequences as the split column says.

    Args:
        table: where the column stands.
        column: the split column; None gives no masks.
        order: rows of each sequence.
        respect: False gives no masks.

    Raises:
        DataError: a row names no part, a sequence is in two parts, or nothing is left to train on.
    """
    if column is None or not respect:
        return Masks()
    parts = constant(table, row_parts(table, column)[order.order], order, column, "part")
    counts = {part: int((parts == part).sum()) for part in (TRAIN, VALIDATION, TEST)}
    there = [part for part, count in counts.items() if count]
    if TRAIN not in there:
        raise DataError(
            wanted="rows to train on",
            got=f"only {shown(there)}",
            where=table.where(column=column),
            todo="Write train in some rows, or rename the column if it means something else.",
        )
    said = ", ".join(f"{counts[part]} {part}" for part in there)
    return Masks(
        test=np.asarray(parts == TEST) if counts[TEST] else None,
        validation=np.asarray(parts == VALIDATION) if counts[VALIDATION] else None,
        notes=(f"The split column was respected: {said}.",),
    )


def with_masks(dataset: SequenceDataset, found: Masks) -> SequenceDataset:
    """Return the data set with these parts."""
    parted = replace(dataset, test=found.test, validation=found.validation)
    return parted.with_notes(*found.notes)


def continued(
    table: Table, column: str | None, order: Order, *, respect: bool = True
) -> tuple[IntArray | None, tuple[str, ...]]:
    """Return (N,) test steps at the end of each series to forecast, None without any, and notes.

    Validation steps count as history: forecasting validates on windows of its own.

    Raises:
        DataError: a row names no part, or a test step comes before another step of its series.
    """
    if column is None or not respect:
        return None, ()
    is_test = row_parts(table, column)[order.order] == TEST
    if not is_test.any():
        return None, ()
    steps = np.bincount(order.codes[is_test], minlength=len(order.lengths)).astype(np.int64)
    within = np.arange(len(is_test)) - np.repeat(order.starts, order.lengths)
    early = is_test & (within < np.repeat(order.lengths - steps, order.lengths))
    if early.any():
        step = int(np.argmax(early))
        raise DataError(
            wanted="test steps after all others of a series",
            got=f"a test step before others in series {order.series[order.codes[step]]!r}",
            where=table.where(int(order.order[step]), column),
            todo="Forecasts are tested on what comes last; correct the split column.",
        )
    return steps, (f"The split column was respected: the last {int(steps.sum())} steps are test.",)


def refuse_second_part(dataset: SequenceDataset, argument: str) -> None:
    """Raise UsageError if a part is given as a file and by a split column as well."""
    given = dataset.validation if argument == "validation_data" else dataset.test
    if given is not None or (argument == "test_data" and dataset.test_steps is not None):
        raise UsageError(
            f"The {argument!r} parameter of load names a part that the split column has as well. "
            "Leave one of them out."
        )
