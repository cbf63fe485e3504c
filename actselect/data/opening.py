"""What a source holds: a table of columns, or sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.arrays import sequence_dataset_from_X
from actselect.data.dataset import SequenceDataset
from actselect.data.in_memory import open_sets, open_texts
from actselect.data.question import Question
from actselect.data.readers import read
from actselect.data.roles import STEPWISE_TASKS
from actselect.data.table import Table, from_frame
from actselect.exceptions import DataError, UsageError

Source = str | Path | pd.DataFrame | pd.Series | npt.NDArray[Any] | Sequence[Any] | SequenceDataset
"""What can be loaded; test data may also be a pair (X, y)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays:
    """What comes along with arrays X: (N,) targets, lengths, groups; arrays of any library."""

    y: Any = None
    lengths: Any = None
    groups: Any = None

    def refuse(self, source: str) -> None:
        """Raise UsageError if anything is given, for a source that has columns instead."""
        for argument, value in (("y", self.y), ("lengths", self.lengths), ("groups", self.groups)):
            if value is not None:
                raise UsageError(
                    f"The {argument!r} parameter of load belongs to arrays, not to {source}. "
                    "Name a column: target, series, group."
                )

    def refuse_lengths(self, task: str) -> None:
        """Raise UsageError if lengths are given, for sources that are not padded."""
        if self.lengths is not None:
            raise UsageError(
                "The 'lengths' parameter of load belongs to padded arrays. Leave it out for "
                f"{task}."
            )


def open_source(
    source: Any,  # noqa: ANN401 - path, frame, or array
    *,
    question: Question,
    arrays: Arrays,
) -> Table | SequenceDataset:
    """Return the content of a path, frame, Series or array; nothing is filled in or left out.

    Raises:
        DataError: it cannot be read, or has a shape that the task cannot use.
        UsageError: ``arrays`` is given beside a file or a frame with a target column.
    """
    task = question.task
    if isinstance(source, Path):
        arrays.refuse("a file")
        return read(source, task=task, format=question.format)
    if isinstance(source, pd.DataFrame):
        if arrays.y is None or question.text:
            arrays.refuse("a frame")
            return from_frame(source, "the frame")
        source = source.to_numpy()
    elif question.text:
        arrays.refuse_lengths(task)
        return open_texts(source, arrays.y, groups=arrays.groups, question=question)
    elif _is_one_series(source, task):
        arrays.refuse("one series")
        return from_frame(_column(source), "the series")
    if task in STEPWISE_TASKS and isinstance(source, np.ndarray) and source.ndim == 2:
        raise DataError(
            wanted="one series (T,), series (N, T, F), a list of (T_i, F), or a frame",
            got=f"shape {source.shape}",
            where="X",
            todo="One series with F features is X[None]; N series of one feature are X[..., None].",
        )
    if task not in STEPWISE_TASKS and arrays.y is None and not question.predict:
        raise DataError(
            wanted="y, one target for each sequence",
            got="none",
            where="X",
            todo="Pass y=...; for a file or a frame name its column with target=....",
        )
    if question.multilabel and arrays.y is not None:
        return open_sets(source, arrays.y, lengths=arrays.lengths, groups=arrays.groups)
    return sequence_dataset_from_X(
        source,
        arrays.y,
        task="forecasting" if task in STEPWISE_TASKS else task,
        lengths=arrays.lengths,
        groups=arrays.groups,
    )


def _is_one_series(source: Any, task: str) -> bool:  # noqa: ANN401
    if isinstance(source, pd.Series):
        return True
    flat = isinstance(source, list) and len(source) > 0 and np.ndim(source[0]) == 0
    return task in STEPWISE_TASKS and (
        flat or (isinstance(source, np.ndarray) and source.ndim == 1)
    )


def _column(values: Any) -> pd.DataFrame:  # noqa: ANN401
    if isinstance(values, pd.Series):
        return values.to_frame("y" if values.name is None else values.name)
    return pd.DataFrame({"y": np.asarray(values)})
