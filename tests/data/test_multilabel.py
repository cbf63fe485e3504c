"""Sequences with several labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from actselect.data import SequenceDataset, load
from actselect.exceptions import DataError, UsageError

SETS = [["wheat", "corn"], ["corn"], [], ["oil"]] * 3
CELLS = ["wheat|corn", " corn ", "", "oil|oil"] * 3
SORTED = [("corn", "wheat"), ("corn",), (), ("oil",)] * 3
X = np.arange(36.0).reshape(12, 3)
TEXTS = [f"text {i}" for i in range(12)]


def sets(data: SequenceDataset) -> list[tuple[str, ...]]:
    """Return the labels of each sequence."""
    assert data.targets is None
    assert data.answers is not None
    assert data.answer_of is not None
    assert data.answer_of.tolist() == list(range(len(data)))
    return [data.answers.text(i) for i in range(len(data))]


def test_labels_of_texts_stand_in_one_cell(tmp_path: Path) -> None:
    """With a bar between them; an empty cell is a text without labels."""
    pd.DataFrame({"text": TEXTS, "label": CELLS}).to_csv(tmp_path / "d.csv", index=False)
    lists = pd.DataFrame({"text": TEXTS, "labels": SETS})
    lists.to_json(tmp_path / "d.jsonl", orient="records", lines=True)

    for name in ("d.csv", "d.jsonl"):
        data = load(tmp_path / name, task="text-classification", multilabel=True)

        assert sets(data) == SORTED


def test_labels_of_texts_may_be_lists() -> None:
    """Or a matrix, whose columns are the labels."""
    matrix = pd.DataFrame(
        [[int(label in row) for label in ("oil", "corn", "wheat")] for row in SETS]
    )

    lists = load(TEXTS, y=SETS, task="text-classification", multilabel=True)
    named = load(
        TEXTS, y=matrix.set_axis(["oil", "corn", "wheat"], axis=1),
        task="text-classification", multilabel=True,
    )  # fmt: skip

    assert sets(lists) == sets(named) == SORTED


def test_labels_of_wide_and_long_tables() -> None:
    """Rows of a sequence have the same set, in any order."""
    wide = pd.DataFrame(X, columns=["a", "b", "c"]).assign(topics=CELLS)
    long = pd.concat([wide.assign(id=TEXTS), wide.assign(id=TEXTS)])
    long["topics"] = [*CELLS, *[cell.replace("wheat|corn", "corn|wheat") for cell in CELLS]]

    for frame, series in ((wide, None), (long, "id")):
        data = load(frame, task="classification", target="topics", series=series, multilabel=True)

        assert sets(data) == SORTED


def test_labels_of_arrays_are_numbered() -> None:
    """A matrix has a column for each label."""
    y = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]] * 4)

    data = load(X, y=y, task="classification", multilabel=True)

    assert sets(data) == [("0", "2"), (), ("1",)] * 4
    assert np.array_equal(data.sequence(1)[:, 0], X[1])


def test_labels_of_test_data_join_the_others() -> None:
    """Those that only they have are noted."""
    data = load(
        X, y=SETS, task="classification", multilabel=True, test_data=(X[:1] + 99, [["gold", "oil"]])
    )

    assert sets(data) == [*SORTED, ("gold", "oil")]
    assert "Classes only in the test data, never predicted: gold." in data.notes


def test_a_set_that_changes_inside_a_sequence_is_refused() -> None:
    """A sequence has one set of labels."""
    frame = pd.DataFrame({"id": ["a", "a"], "x": [1.0, 2.0], "topics": ["oil", "oil|corn"]})

    with pytest.raises(DataError, match=r"one set of labels for each sequence.*series 'a'"):
        load(frame, task="classification", target="topics", series="id", multilabel=True)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[0, 2]] * 12, r"y\[0, 1\]: wanted 0 or 1"),
        ([["a"]] * 11, "labels for each of the 12 sequences"),
        ([*SETS[:-1], None], r"y\[11\]: wanted a target"),
        ([[]] * 12, "'' for all"),
        ([["a", "b"]] * 12, "'a b' for all"),
    ],
)
def test_sets_that_teach_nothing_are_refused(y: Any, message: str) -> None:
    """The message names the place."""
    with pytest.raises(DataError, match=message):
        load(X, y=y, task="classification", multilabel=True)


def test_a_null_set_is_refused() -> None:
    """No labels are written as an empty cell."""
    frame = pd.DataFrame({"text": TEXTS, "label": [*CELLS[1:], None]})

    with pytest.raises(DataError, match="row 11, column 'label'"):
        load(frame, task="text-classification", multilabel=True)


def test_only_classes_come_in_sets() -> None:
    """Numbers do not."""
    with pytest.raises(UsageError, match="'multilabel' parameter"):
        load(X, y=range(12), task="regression", multilabel=True)
