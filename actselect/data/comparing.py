"""What the test part of a data set alone has, and what it shares with the rest.

Notation: N sequences, A answers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.duplicates import copied
from actselect.data.table import shown


def part_notes(dataset: SequenceDataset, task: str) -> tuple[str, ...]:
    """Return notes on labels and tags that only the test part has, and on texts it has not alone.

    >>> data = SequenceDataset(
    ...     name="d", values=np.zeros((3, 1)), lengths=np.array([1, 1, 1]), feature_names=("x",),
    ...     targets=np.array(["a", "b", "c"]), test=np.array([False, False, True]))
    >>> part_notes(data, "classification")
    ('Classes only in the test data, never predicted: c.',)
    """
    if dataset.test is None:
        return ()
    learnt = ~dataset.test if dataset.validation is None else ~(dataset.test | dataset.validation)
    notes = []
    new = sorted(_labels(dataset, task, dataset.test) - _labels(dataset, task, learnt))
    if new:
        what = "Tags" if task == "tagging" else "Classes"
        notes.append(f"{what} only in the test data, never predicted: {shown(new)}.")
    if dataset.tokens is not None or dataset.images is not None:
        same, n = copied(dataset, dataset.test), int(dataset.test.sum())
        what = "images" if dataset.tokens is None else "texts"
        if same:
            notes.append(
                f"{same} of {n} test {what} ({same / n:.1%}) also stand in the data to learn from."
            )
    return tuple(notes)


def _labels(dataset: SequenceDataset, task: str, part: npt.NDArray[np.bool_]) -> set[str]:
    """Return the labels or tags that sequences of a part (N,) have."""
    answers, owners = dataset.answers, dataset.answer_of
    if task in {"classification", "text-classification"} and dataset.targets is not None:
        return {str(label) for label in dataset.targets[part].tolist()}
    if task in {"captioning", "sequence-to-sequence"} or answers is None or owners is None:
        return set()
    used = np.unique(answers.codes[np.repeat(part[owners], answers.lengths)])
    return {answers.lexicon[code] for code in used.tolist()}
