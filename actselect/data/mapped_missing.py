"""Missing values of a series that stays in its file: counted and told, not filled.

The task fills a gap where a network looks at it, with the last value before, as
:data:`actselect.data.missing.MISSING_POLICY` says; so nothing is copied.

Notation: T steps, F features.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from actselect.data.dataset import SequenceDataset
from actselect.data.mapped import MappedArray, map_file
from actselect.data.pieces import pieces
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray


def mapped_gaps(dataset: SequenceDataset, *, most: float, where: str) -> SequenceDataset:
    """Return one mapped series from the first step at which every column has had a value.

    Args:
        dataset: one series, mapped from a file as a whole.
        most: share of a column that may be missing.
        where: origin of the data, for messages.

    Raises:
        DataError: a column is empty, or too much of it is missing.
    """
    lead = int(_first_known(dataset, where).max())
    values = dataset.values
    if lead and isinstance(values, MappedArray) and values.place is not None:
        path, dtype, (steps, width), offset = values.place
        offset += lead * width * values.itemsize
        values = map_file(path, dtype, (steps - lead, width), offset)
    missing = np.sum([np.isnan(rows).sum(axis=0) for _, rows in pieces(values)], axis=0)
    _refuse_too_many(dataset, missing / len(values), most, where)
    done = {
        "missing values of the target are not scored": missing[0],
        "missing values of other columns count as the last value before": missing[1:].sum(),
        "leading steps were dropped, where a column had no value yet": lead,
    }
    told = "; ".join(f"{number} {what}" for what, number in done.items() if number)
    lengths = np.array([len(values)], dtype=np.int64)
    notes = (f"{told}.",) if told else ()
    return replace(dataset, values=values, lengths=lengths).with_notes(*notes)


def _first_known(dataset: SequenceDataset, where: str) -> IntArray:
    """Return the first step at which each feature has a value, (F,)."""
    width = len(dataset.feature_names)
    first = np.full(width, -1, dtype=np.int64)
    for start, rows in pieces(dataset.values):
        there = ~np.isnan(rows)
        new = (first < 0) & there.any(axis=0)
        first[new] = start + np.argmax(there[:, new], axis=0)
        if (first >= 0).all():
            return first
    raise DataError(
        wanted="values",
        got="a series without any",
        where=f"{where}, column {dataset.feature_names[int(np.argmin(first))]!r}",
        todo="Leave the column out of the file.",
    )


def _refuse_too_many(dataset: SequenceDataset, shares: FloatArray, most: float, where: str) -> None:
    """Raise DataError if too much of a column is missing."""
    worst = int(np.argmax(shares))
    if shares[worst] > most:
        raise DataError(
            wanted=f"at most {most:.0%} of a series missing",
            got=f"{shares[worst]:.0%}",
            where=f"{where}, column {dataset.feature_names[worst]!r}",
            todo="Fill the gaps as the subject demands, cut the series, or leave the column out.",
        )
