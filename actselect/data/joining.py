"""Test and validation data that the user gave, joined to the data to learn from.

Sequences with targets of their own are appended and marked; series to forecast are continued.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.table import shown
from actselect.data.texts import united
from actselect.data.timeline import uneven, uneven_hint
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError

_T = TypeVar("_T", bound=np.generic)


def join_part(
    train: SequenceDataset,
    part: SequenceDataset,
    *,
    task: str,
    where: str,
    validation: bool = False,
    named: bool = False,
) -> SequenceDataset:
    """Return both as one data set.

    The sequences of ``part`` are appended with ``test=True`` or ``validation=True``.  Forecasting:
    each series of ``part`` continues the one of the same name, and ``test_steps`` counts its steps;
    with a single series on both sides the names need not agree.

    Args:
        train: data to learn from, gaps filled.
        part: data to score on; gaps are still NaN.
        task: name of the task.
        where: origin of ``part``, for messages.
        validation: it is validation data, not test data.
        named: sequences of the same name are the same image (captioning).

    Raises:
        DataError: other features, images of another size, an image that is in both, an unknown
            series, or times that do not follow.
    """
    if train.feature_names != part.feature_names:
        raise DataError(
            wanted=f"the features of the training data: {shown(train.feature_names)}",
            got=shown(part.feature_names),
            where=where,
            todo="Give both files the same columns.",
        )
    if (train.time is None) != (part.time is None):
        raise DataError(
            wanted="times in both files or in neither",
            got="times in one",
            where=where,
            todo="Name the time column of both with time.",
        )
    if task == "forecasting":
        return _continued(train, part, where)
    if task == "captioning":
        _check_images(train, part, where, named=named)
    title = "Validation data" if validation else "Test data"
    joined = _stacked(train, part, title)
    added = np.arange(len(joined)) >= len(train)
    if validation:
        return replace(joined, validation=added)
    return replace(joined, test=added)


def _check_images(
    train: SequenceDataset, part: SequenceDataset, where: str, *, named: bool
) -> None:
    """Raise unless both have images of one size, and none in common."""
    both = sorted(set(train.series) & set(part.series)) if named else []
    if both:
        raise DataError(
            wanted="images that the training data do not have",
            got=shown(both, 4),
            where=where,
            todo="Put all captions of an image into the same part.",
        )
    sizes = [None if d.images is None else d.images.shape[1:] for d in (train, part)]
    if sizes[0] != sizes[1]:
        raise DataError(
            wanted=f"images of the size of the training data, {sizes[0]}",
            got=str(sizes[1]),
            where=where,
            todo="Give both the same size, or the same features.",
        )


def _stacked(train: SequenceDataset, part: SequenceDataset, title: str) -> SequenceDataset:
    owners = None if part.answer_of is None else part.answer_of + len(train)
    none = np.zeros(len(part), dtype=np.bool_)
    return replace(
        train,
        values=np.concatenate([train.values, part.values]),
        lengths=np.concatenate([train.lengths, part.lengths]),
        tokens=_united(train.tokens, part.tokens),
        images=_both(train.images, part.images),
        targets=_both(train.targets, part.targets),
        answers=_united(train.answers, part.answers),
        answer_of=_both(train.answer_of, owners),
        series=(*train.series, *part.series),
        groups=_both(train.groups, _groups(part, title)),
        time=_both(train.time, part.time),
        test=_both(train.test, none),
        validation=_both(train.validation, none),
        notes=_notes(train, part, title),
    )


def _united(first: Tokens | None, second: Tokens | None) -> Tokens | None:
    return None if first is None or second is None else united(first, second)


def _groups(part: SequenceDataset, title: str) -> npt.NDArray[np.str_]:
    """Return (N,) groups; held-out data without any share none with the training data."""
    if part.groups is not None:
        return part.groups
    return np.full(len(part), f"({title.split(maxsplit=1)[0].lower()})")


def _both(first: npt.NDArray[_T] | None, second: npt.NDArray[_T] | None) -> npt.NDArray[_T] | None:
    if first is None or second is None:
        return None
    return np.concatenate([first, second])


def _notes(
    train: SequenceDataset, test: SequenceDataset, title: str = "Test data"
) -> tuple[str, ...]:
    new = [f"{title}: {note}" for note in test.notes if note not in train.notes]
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
