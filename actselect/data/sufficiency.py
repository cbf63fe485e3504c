"""Whether there is enough of a data set to train on, to stop early on, and to score on."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.pieces import pieces
from actselect.exceptions import DataError
from actselect.records import FloatArray

MIN_PER_CLASS = 3
"""Training, early stopping and scoring each need one sequence of every class."""

MIN_SEQUENCES = 10
"""Below this a split leaves single sequences to score on; a judgement, not a measurement."""

MIN_STEPS = 10
"""Shortest series of a forecasting data set; the task may ask for more (lookback and horizon)."""

MIN_TOKENS = 100
"""Shortest text to model, in tokens; the task may ask for more.  A judgement, not a measurement."""

MAX_CLASSES = 5000
"""Above this another column was most likely taken for the labels.  A judgement: scores keep a
number for each sequence and class, so that many classes cost gigabytes."""

MAX_TAGS = 1000
"""Above this another column was most likely taken for the tags: treebanks have some hundreds."""


def check_enough(dataset: SequenceDataset, *, task: str, where: str) -> SequenceDataset:
    """Return the data set if there is enough of it, with notes on what is suspicious.

    Raises:
        DataError: too few sequences, steps, tokens, classes, or sequences of a class.
    """
    if task == "forecasting":
        return _with_constant_note(dataset, _check_steps(dataset, where))
    own = np.ones(len(dataset), dtype=np.bool_) if dataset.test is None else ~dataset.test
    if task in {"language-modeling", "event-forecasting"}:
        _check_length(int(dataset.lengths[own].sum()), task, where)
        return _with_constant_note(dataset, [])
    if own.sum() < MIN_SEQUENCES or (dataset.targets is None and dataset.answers is None):
        raise DataError(
            wanted=f"at least {MIN_SEQUENCES} sequences",
            got=str(int(own.sum())),
            where=where,
            todo="Give more data; fewer sequences cannot be split into training and scoring.",
        )
    targets = None if dataset.targets is None else dataset.targets[own]
    if targets is None:
        _check_answers(dataset, own, task, where)
    elif task in {"classification", "text-classification"}:
        _check_classes(
            [str(label) for label in targets], f"{where}, target {dataset.target_name!r}"
        )
    elif (targets == targets[0]).all():
        raise _nothing_to_learn(f"{targets[0]} for every sequence", dataset, where)
    return _with_constant_note(dataset, [])


def _check_length(steps: int, task: str, where: str) -> None:
    """Raise unless all sequences together have steps to learn from and to score."""
    least, what = (MIN_TOKENS, "tokens") if task == "language-modeling" else (MIN_STEPS, "steps")
    if steps < least:
        raise DataError(
            wanted=f"at least {least} {what}",
            got=str(steps),
            where=where,
            todo="Give more data; so little cannot be split into training and scoring.",
        )


def _check_answers(
    dataset: SequenceDataset, own: npt.NDArray[np.bool_], task: str, where: str
) -> None:
    """Raise unless answers differ, and tags are few enough to be tags."""
    answers, owners = dataset.answers, dataset.answer_of
    if answers is None or owners is None:
        return
    mine = answers.take(np.flatnonzero(own[owners]))
    if task in {"classification", "text-classification"} and len(mine.lexicon) > MAX_CLASSES:
        where = f"{where}, target {dataset.target_name!r}"
        raise _too_many(len(mine.lexicon), MAX_CLASSES, "labels", where)
    if task != "tagging":
        size = int(mine.lengths[0])
        alike = bool((mine.lengths == size).all())
        if alike and (mine.codes.reshape(len(mine), size) == mine.codes[:size]).all():
            raise _nothing_to_learn(f"{' '.join(mine.text(0))!r} for all", dataset, where)
        return
    tags = np.unique(mine.codes)
    if len(tags) == 1:
        raise _nothing_to_learn(f"{mine.lexicon[tags[0]]!r} for every step", dataset, where)
    if len(tags) > MAX_TAGS:
        raise _too_many(len(tags), MAX_TAGS, "tags", f"{where}, target {dataset.target_name!r}")


def _too_many(count: int, most: int, what: str, where: str) -> DataError:
    return DataError(
        wanted=f"at most {most} different {what}",
        got=str(count),
        where=where,
        todo="Check the target column; name another with target (--target).",
    )


def _nothing_to_learn(got: str, dataset: SequenceDataset, where: str) -> DataError:
    return DataError(
        wanted="targets that differ",
        got=got,
        where=f"{where}, target {dataset.target_name!r}",
        todo="Check the target column: there is nothing to learn.",
    )


def _check_classes(own: list[str], where: str) -> None:
    counts = Counter(own)
    if len(counts) > MAX_CLASSES:
        raise _too_many(len(counts), MAX_CLASSES, "classes", where)
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
        if _never_changes(dataset.sequence(i)[:, :1], missing=False).all()
    ]
    if not constant:
        return []
    more = f" and {len(constant) - 1} more" if len(constant) > 1 else ""
    return [f"The target never changes in series {constant[0]!r}{more}."]


def _never_changes(values: FloatArray, *, missing: bool) -> npt.NDArray[np.bool_]:
    """Return which features keep their first value, (F,); gaps count as it where ``missing``."""
    same = np.ones(values.shape[1], dtype=bool)
    first = values[0]
    for _, rows in pieces(values):
        same &= ((rows == first) | (missing & np.isnan(rows))).all(axis=0)
        if not same.any():
            break
    return same


def _with_constant_note(dataset: SequenceDataset, notes: list[str]) -> SequenceDataset:
    """Add ``notes``, and one on features that have a single value throughout."""
    if not dataset.values.shape[1]:
        return dataset.with_notes(*notes)
    same = _never_changes(dataset.values, missing=True)
    flat = [name for name, flag in zip(dataset.feature_names, same.tolist(), strict=True) if flag]
    if flat and (len(flat) > 1 or len(dataset.feature_names) > 1):
        notes = [*notes, f"Features that never change: {', '.join(flat[:12])}."]
    return dataset.with_notes(*notes)
