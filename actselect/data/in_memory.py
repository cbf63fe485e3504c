"""Lists and arrays of the tasks with texts, tags, events or several labels.

Notation: N sequences.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from actselect.data.arrays import sequence_dataset_from_X
from actselect.data.captions import caption_arrays
from actselect.data.dataset import SequenceDataset
from actselect.data.layout import not_binary
from actselect.data.question import Question
from actselect.data.table import Table, from_frame
from actselect.data.tagged import tags_of
from actselect.data.targets import class_sets
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError, UsageError
from actselect.records import IntArray

OUTPUTS = {"text-classification": "label", "sequence-to-sequence": "target"}
"""Name of the column that y becomes."""


def open_texts(X: Any, y: Any, *, groups: Any, question: Question) -> Table | SequenceDataset:  # noqa: ANN401
    """Return texts, images or sequences with tags, as they lie in memory.

    Args:
        X: N texts; N lists of tokens, or sequences of numbers (tagging); images (captioning).
        y: N labels, sets of labels or target texts; N lists of tags, or of sentences; None for a
            language model, and to predict.
        groups: (N,) groups, or None.
        question: task and tokenizer.

    Raises:
        DataError: X or y holds something else, or they do not fit each other.
        UsageError: y is given to a language model, or groups where there are none.
    """
    needs_y = question.task != "language-modeling"
    if needs_y and y is None and not question.predict:
        raise DataError(
            wanted="y, one target for each sequence",
            got="none",
            where="X",
            todo="Pass y=...; for a file or a frame name its column with target=....",
        )
    if not needs_y and y is not None:
        raise UsageError(
            "The 'y' parameter of load must be left out for language-modeling: a text is its own "
            "target."
        )
    if question.task == "captioning":
        return _grouped(caption_arrays(X, y, tokenizer=question.splits), groups)
    if question.task == "tagging":
        return _grouped(_tagged(X, y), groups)
    return _columns(X, y, groups, question)


def open_sets(X: Any, y: Any, *, lengths: Any, groups: Any) -> SequenceDataset:  # noqa: ANN401
    """Return sequences of numbers with a set of labels each.

    Raises:
        DataError: X or y holds something else, or they do not fit each other.
    """
    dataset = sequence_dataset_from_X(X, lengths=lengths, groups=groups)
    sets = class_sets(y)
    if len(sets) != len(dataset):
        raise _unfit("y", f"labels for each of the {len(dataset)} sequences of X", str(len(sets)))
    return replace(dataset, answers=Tokens.of(sets), answer_of=_each(len(dataset)), target_name="y")


def check_events(dataset: SequenceDataset) -> SequenceDataset:
    """Return sequences of zeros and ones.

    Raises:
        DataError: there is another value; the message names its place.
    """
    other = (dataset.values != 0) & (dataset.values != 1)
    if other.any():
        step, feature = (int(k) for k in np.argwhere(other)[0])
        i = int(np.searchsorted(dataset.offsets, step, side="right")) - 1
        name = dataset.feature_names[feature]
        where = f"X[{i}], step {step - dataset.offsets[i]}, feature {name!r}"
        raise not_binary(dataset.values[step, feature], where)
    return dataset


def _columns(X: Any, y: Any, groups: Any, question: Question) -> Table:  # noqa: ANN401
    """Return texts, targets and groups as a table."""
    inputs = "source" if question.task == "sequence-to-sequence" else "text"
    columns: dict[str, list[object]] = {inputs: list(_texts(X, "X"))}
    if y is not None and question.multilabel:
        columns["label"] = list(class_sets(y))
    elif y is not None:
        found = np.asarray(y, dtype=object) if not isinstance(y, list) else y
        columns[OUTPUTS[question.task]] = list(found)
        if question.task == "sequence-to-sequence":
            _texts(y, "y")
    if groups is not None:
        columns["group"] = list(groups)
    for name, column in columns.items():
        if len(column) != len(columns[inputs]):
            wanted = f"one {name} for each of the {len(columns[inputs])} texts of X"
            raise _unfit("y" if name != "group" else "groups", wanted, str(len(column)))
    frame = pd.DataFrame({name: pd.Series(c, dtype=object) for name, c in columns.items()})
    return replace(from_frame(frame, "X"), source="X")


def _texts(X: Any, where: str) -> list[str]:  # noqa: ANN401
    """Return a list, Series or array of text."""
    if isinstance(X, pd.Series | np.ndarray):
        X = X.tolist()
    if not isinstance(X, list | tuple):
        raise _unfit(where, "a list of texts", type(X).__name__)
    for i, text in enumerate(X):
        if not isinstance(text, str):
            raise _unfit(f"{where}[{i}]", "a text", _named(text))
    return list(X)


def _named(value: object) -> str:
    return "a missing one (null)" if value is None or value != value else repr(value)[:40]  # noqa: PLR0124 - NaN


def _tagged(X: Any, y: Any) -> SequenceDataset:  # noqa: ANN401
    """Return lists of tokens, or sequences of numbers, with a tag for each step."""
    if isinstance(X, list | tuple) and len(X) and _is_tokens(X[0]):
        for i, row in enumerate(X):
            if not _is_tokens(row):
                raise _unfit(f"X[{i}]", "at least one token, all of them text", _named(row))
        tokens = Tokens.of(X)
        steps = int(tokens.lengths.sum())
        dataset = SequenceDataset(
            name="data",
            values=np.zeros((steps, 0)),
            lengths=tokens.lengths,
            feature_names=("token",),
            tokens=tokens,
            target_name="y",
            series=tuple(map(str, range(len(tokens)))),
        )
    else:
        dataset = replace(sequence_dataset_from_X(X), target_name="y")
    if y is None:
        return dataset
    return replace(dataset, answers=tags_of(y, dataset.lengths), answer_of=_each(len(dataset)))


def _is_tokens(row: object) -> bool:
    """True for a list of text that is not empty."""
    return (
        isinstance(row, list | tuple)
        and len(row) > 0
        and all(isinstance(token, str) for token in row)
    )


def _grouped(dataset: SequenceDataset, groups: Any) -> SequenceDataset:  # noqa: ANN401
    if groups is None:
        return dataset
    if np.shape(groups) != (len(dataset),):
        raise _unfit("groups", f"one entry for each of {len(dataset)}", f"shape {np.shape(groups)}")
    return replace(dataset, groups=np.asarray(groups).astype(np.str_))


def _each(n: int) -> IntArray:
    return np.arange(n, dtype=np.int64)


def _unfit(where: str, wanted: str, got: str) -> DataError:
    todo = "Check X and y; load's documentation says what each task takes."
    return DataError(wanted=wanted, got=got, where=where, todo=todo)
