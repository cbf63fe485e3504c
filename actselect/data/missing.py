"""Missing values: one policy for each task, and a note that says how often it was applied.

No statistic over several sequences is used, so nothing can leak from one split into another.

Notation: S steps, F features, T steps of one sequence.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from actselect.data.dataset import SequenceDataset
from actselect.data.mapped import MappedArray
from actselect.data.mapped_missing import mapped_gaps
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray

MAX_MISSING_SHARE = 0.1
"""Share of a series that may be missing in forecasting.  A judgement, not a measurement: above it
the scores would speak about the filling."""

_SEQUENCE_POLICY = (
    "A missing value takes the last value before it in its sequence, a leading one the first value "
    "after it. Where a sequence has no value of a feature at all, the gap stays and the scaler "
    "puts 0 there after standardising, which is the training mean."
)

MISSING_POLICY: dict[str, str] = {
    "forecasting": (
        "Steps before every column has a value are dropped. Where a network looks back on a later "
        "missing value it sees the last value before: interpolating would show it what follows. A "
        "missing value of the target is not scored, and no network is trained on it. More than "
        f"{MAX_MISSING_SHARE:.0%} of a column missing in one series is an error."
    ),
    "classification": _SEQUENCE_POLICY,
    "regression": _SEQUENCE_POLICY,
}
"""What is done about missing values, by task, as sentences for reports and documentation."""


def fill_missing(dataset: SequenceDataset, *, task: str, where: str) -> SequenceDataset:
    """Return the data set with its gaps treated as :data:`MISSING_POLICY` says, and a note.

    Args:
        dataset: values (S, F) with NaN for gaps.
        task: name of the task; all but ``"forecasting"`` are treated alike.
        where: origin of the data, for messages.

    Raises:
        DataError: forecasting, and a column of a series is empty or has too many gaps.

    >>> values = np.column_stack([np.arange(20.0), np.arange(20.0)])
    >>> values[5] = np.nan
    >>> data = SequenceDataset(
    ...     name="d", values=values, lengths=np.array([20]), feature_names=("y", "x"),
    ...     series=("s",))
    >>> fill_missing(data, task="forecasting", where="here").values[5]
    array([nan,  4.])
    >>> fill_missing(data, task="classification", where="here").values[5]
    array([4., 4.])
    """
    if task == "forecasting" and isinstance(dataset.values, MappedArray):
        return mapped_gaps(dataset, most=MAX_MISSING_SHARE, where=where)
    gaps = np.isnan(dataset.values)
    if not gaps.any():
        return dataset
    if task == "forecasting":
        return _filled_series(dataset, where)
    frame = pd.DataFrame(dataset.values)
    owner = np.repeat(np.arange(len(dataset)), dataset.lengths)
    filled = frame.groupby(owner).ffill().groupby(owner).bfill().to_numpy()
    left = int(np.isnan(filled).sum())
    tail = f", {left} left to the scaler" if left else ""
    note = f"{int(gaps.sum())} of {gaps.size} values were missing (last value before{tail})."
    return replace(dataset, values=filled, notes=(*dataset.notes, note))


def _filled_series(dataset: SequenceDataset, where: str) -> SequenceDataset:
    """Fill each series but its target, feature 0; leading steps with a gap go."""
    parts: list[FloatArray] = []
    kept: list[IntArray] = []
    filled = unknown = dropped = 0
    for i, start in enumerate(dataset.offsets[:-1]):
        values = dataset.sequence(i)
        lead = _leading(values, dataset, i, where)
        values = values[lead:]
        gaps = np.isnan(values)
        _refuse_too_many(gaps, dataset, i, where)
        inputs = pd.DataFrame(values[:, 1:]).ffill().to_numpy()
        parts.append(np.column_stack([values[:, 0], inputs]))
        kept.append(np.arange(start + lead, start + dataset.lengths[i]))
        filled, unknown = filled + int(gaps[:, 1:].sum()), unknown + int(gaps[:, 0].sum())
        dropped += lead
    steps = np.concatenate(kept)
    done = {
        "missing values of the target are not scored": unknown,
        "missing values of other columns took the last value before": filled,
        "leading steps were dropped, where a column had no value yet": dropped,
    }
    note = "; ".join(f"{number} {what}" for what, number in done.items() if number) + "."
    return replace(
        dataset,
        values=np.concatenate(parts),
        lengths=np.array([len(part) for part in parts], dtype=np.int64),
        time=None if dataset.time is None else dataset.time[steps],
        notes=(*dataset.notes, note),
    )


def _leading(values: FloatArray, dataset: SequenceDataset, i: int, where: str) -> int:
    """Return how many steps pass before every feature has had a value."""
    there = ~np.isnan(values)
    for f, column in enumerate(dataset.feature_names):
        if not there[:, f].any():
            raise DataError(
                wanted="values",
                got="a series without any",
                where=f"{where}, column {column!r}, series {dataset.series[i]!r}",
                todo="Remove the series, or leave the column out with features.",
            )
    return int(np.argmax(there, axis=0).max())


def _refuse_too_many(
    gaps: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    dataset: SequenceDataset,
    i: int,
    where: str,
) -> None:
    shares = gaps.mean(axis=0)
    worst = int(np.argmax(shares))
    if shares[worst] > MAX_MISSING_SHARE:
        raise DataError(
            wanted=f"at most {MAX_MISSING_SHARE:.0%} of a series missing",
            got=f"{int(gaps[:, worst].sum())} of {len(gaps)} values missing",
            where=f"{where}, column {dataset.feature_names[worst]!r}, series {dataset.series[i]!r}",
            todo="Fill the gaps as the subject demands, cut the series, or leave the column out.",
        )
