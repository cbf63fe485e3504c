"""Whether there is enough of a data set to train on, to stop early on, and to score on."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.exceptions import DataError

MIN_PER_CLASS = 3
"""Training, early stopping and scoring each need one sequence of every class."""

MIN_SEQUENCES = 10
"""Below this a split leaves single sequences to score on; a judgement, not a measurement."""

MIN_STEPS = 10
"""Shortest series of a forecasting data set; the task may ask for more (lookback and horizon)."""


def check_enough(dataset: SequenceDataset, *, task: str, where: str) -> SequenceDataset:
    """Return the data set if there is enough of it, with notes on what is suspicious.

    Raises:
        DataError: too few sequences, steps, classes, or sequences of a class.
    """
    if task == "forecasting":
        return _with_constant_note(dataset, _check_steps(dataset, where))
    own = dataset.targets if dataset.test is None else _development(dataset)
    if own is None or len(own) < MIN_SEQUENCES:
        raise DataError(
            wanted=f"at least {MIN_SEQUENCES} sequences",
            got=str(0 if own is None else len(own)),
            where=where,
            todo="Give more data; fewer sequences cannot be split into training and scoring.",
        )
    if task == "classification":
        _check_classes([str(label) for label in own], where)
    elif (own == own[0]).all():
        raise DataError(
            wanted="targets that differ",
            got=f"{own[0]} for every sequence",
            where=f"{where}, target {dataset.target_name!r}",
            todo="Check the target column: there is nothing to learn.",
        )
    return _with_constant_note(dataset, [])


def _development(dataset: SequenceDataset) -> npt.NDArray[np.generic] | None:
    if dataset.targets is None or dataset.test is None:
        return dataset.targets
    return dataset.targets[~dataset.test]


def _check_classes(own: list[str], where: str) -> None:
    counts = Counter(own)
    if len(counts) == 1:
        raise DataError(
            wanted="at least two classes",
            got=f"only {own[0]!r}",
            where=where,
            todo="Check the target column, or add sequences of another class.",
        )
    rare = [label for label, count in counts.items() if count < MIN_PER_CLASS]
    if rare:
        raise DataError(
            wanted=f"at least {MIN_PER_CLASS} sequences of every class (to train, stop and score)",
            got=f"{counts[rare[0]]} of class {rare[0]!r} ({len(rare)} such classes)",
            where=where,
            todo="Add sequences, merge rare classes, or remove them; for numbers use "
            "task='regression'.",
        )


def _check_steps(dataset: SequenceDataset, where: str) -> list[str]:
    own = dataset.lengths - (0 if dataset.test_steps is None else dataset.test_steps)
    shortest = int(np.argmin(own))
    if own[shortest] < MIN_STEPS:
        raise DataError(
            wanted=f"at least {MIN_STEPS} steps in every series",
            got=f"{own[shortest]}",
            where=f"{where}, series {dataset.series[shortest]!r}",
            todo="Give a longer history, or remove the series.",
        )
    constant = [
        dataset.series[i]
        for i in range(len(dataset))
        if (dataset.sequence(i)[:, 0] == dataset.sequence(i)[0, 0]).all()
    ]
    if not constant:
        return []
    more = f" and {len(constant) - 1} more" if len(constant) > 1 else ""
    return [f"The target never changes in series {constant[0]!r}{more}."]


def _with_constant_note(dataset: SequenceDataset, notes: list[str]) -> SequenceDataset:
    """Add ``notes``, and one on features that have a single value throughout."""
    first = dataset.values[0]
    same = ((dataset.values == first) | np.isnan(dataset.values)).all(axis=0)
    flat = [name for name, flag in zip(dataset.feature_names, same.tolist(), strict=True) if flag]
    if flat and (len(flat) > 1 or len(dataset.feature_names) > 1):
        notes = [*notes, f"Features that never change: {', '.join(flat[:12])}."]
    return dataset.with_notes(*notes)
