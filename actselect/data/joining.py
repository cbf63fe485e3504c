"""Test data that the user gave, joined to the data to learn from.

Sequences with targets of their own are appended and marked; series to forecast are continued.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.table import shown
from actselect.data.timeline import uneven, uneven_hint
from actselect.exceptions import DataError

_T = TypeVar("_T", bound=np.generic)


def join_test(
    train: SequenceDataset, test: SequenceDataset, *, task: str, where: str
) -> SequenceDataset:
    """Return both as one data set.

    Classification and regression: the sequences of ``test`` are appended with ``test=True``.
    Forecasting: each series of ``test`` continues the one of the same name, and ``test_steps``
    counts its steps; with a single series on both sides the names need not agree.

    Args:
        train: data to learn from, gaps filled.
        test: data to score on; gaps are still NaN.
        task: name of the task.
        where: origin of ``test``, for messages.

    Raises:
        DataError: other features, an unknown series, or times that do not follow.
    """
    if train.feature_names != test.feature_names:
        raise DataError(
            wanted=f"the features of the training data: {shown(train.feature_names)}",
            got=shown(test.feature_names),
            where=where,
            todo="Give both files the same columns.",
        )
    if (train.time is None) != (test.time is None):
        raise DataError(
            wanted="times in both files or in neither",
            got="times in one",
            where=where,
            todo="Name the time column of both with time.",
        )
    if task == "forecasting":
        return _continued(train, test, where)
    joined = _stacked(train, test)
    joined = replace(joined, test=np.arange(len(joined)) >= len(train))
    if task == "classification":
        new = sorted(set(_texts(test.targets)) - set(_texts(train.targets)))
        if new:
            joined = joined.with_notes(
                f"Classes only in the test data, never predicted: {shown(new)}."
            )
    return joined


def _texts(targets: npt.NDArray[np.generic] | None) -> list[str]:
    return [] if targets is None else [str(target) for target in targets]


def _stacked(train: SequenceDataset, test: SequenceDataset) -> SequenceDataset:
    return replace(
        train,
        values=np.concatenate([train.values, test.values]),
        lengths=np.concatenate([train.lengths, test.lengths]),
        targets=_both(train.targets, test.targets),
        series=(*train.series, *test.series),
        groups=_both(train.groups, _groups(test)),
        time=_both(train.time, test.time),
        notes=_notes(train, test),
    )


def _groups(test: SequenceDataset) -> npt.NDArray[np.str_]:
    """Return (N,) groups; test data without any shares none with the training data."""
    if test.groups is not None:
        return test.groups
    return np.full(len(test), "(test)")


def _both(first: npt.NDArray[_T] | None, second: npt.NDArray[_T] | None) -> npt.NDArray[_T] | None:
    if first is None or second is None:
        return None
    return np.concatenate([first, second])


def _notes(train: SequenceDataset, test: SequenceDataset) -> tuple[str, ...]:
    new = [f"Test data: {note}" for note in test.notes if note not in train.notes]
    return (*train.notes, *new)


def _continued(train: SequenceDataset, test: SequenceDataset, where: str) -> SequenceDataset:
    """Append to each series its steps of ``test``."""
    index = _series_index(train, test, where)
    values, lengths, times, added = [], [], [], []
    for i in range(len(train)):
        parts = [train.sequence(i)]
        when = [] if train.time is None else [train.times(i)]
        if i in index:
            parts.append(test.sequence(index[i]))
            if train.time is not None:
                when.append(test.times(index[i]))
                _check_follows(when[0], when[1], train.series[i], where)
        values.extend(parts)
        times.extend(when)
        lengths.append(sum(map(len, parts)))
        added.append(len(parts[1]) if len(parts) > 1 else 0)
    return replace(
        train,
        values=np.concatenate(values),
        lengths=np.array(lengths, dtype=np.int64),
        time=np.concatenate(times) if times else None,
        test_steps=np.array(added, dtype=np.int64),
        notes=(*_notes(train, test), f"The last {sum(added)} steps are the test data given."),
    )


def _series_index(train: SequenceDataset, test: SequenceDataset, where: str) -> dict[int, int]:
    """Return for each series of train, by position, that of its continuation in test."""
    if len(train) == len(test) == 1:
        return {0: 0}
    known = {name: i for i, name in enumerate(train.series)}
    unknown = [name for name in test.series if name not in known]
    if unknown:
        raise DataError(
            wanted="series that the training data has",
            got=shown(unknown),
            where=where,
            todo="Remove them, or add their history to the training data.",
        )
    return {known[name]: j for j, name in enumerate(test.series)}


def _check_follows(
    before: npt.NDArray[np.generic], after: npt.NDArray[np.generic], series: str, where: str
) -> None:
    """Raise unless ``after`` continues ``before`` with the same step."""
    problem = (
        f"{after[0]}, not after {before[-1]}"
        if after[0] <= before[-1]
        else uneven(np.concatenate([before[-24:], after]))
    )
    if problem is not None:
        raise DataError(
            wanted="test data that continues the training data with the same step in time",
            got=problem,
            where=f"{where}, series {series!r}",
            todo=uneven_hint(before),
        )
