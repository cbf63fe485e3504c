"""Splits that come with the data: a split column, validation data, and what they have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from actselect.data import SequenceDataset, load
from actselect.exceptions import DataError, UsageError

SPLIT = ["train"] * 20 + ["dev"] * 4 + ["Test"] * 6


def wide(**columns: Any) -> pd.DataFrame:
    """Return 30 sequences of 3 steps with their class."""
    values = np.random.default_rng(0).normal(size=(30, 3))
    frame = pd.DataFrame(values, columns=["t0", "t1", "t2"])
    return frame.assign(label=["a", "b"] * 15, **columns)


def texts(**columns: Any) -> pd.DataFrame:
    """Return 30 texts with their class."""
    return pd.DataFrame(
        {"text": [f"text {i}" for i in range(30)], "label": ["a", "b"] * 15}
    ).assign(**columns)


def parts(data: SequenceDataset) -> list[str]:
    """Return the part of each sequence in a word."""
    test = np.zeros(len(data), bool) if data.test is None else data.test
    validation = np.zeros(len(data), bool) if data.validation is None else data.validation
    assert not (test & validation).any()
    return list(np.where(test, "test", np.where(validation, "validation", "train")).tolist())


EXPECTED = ["train"] * 20 + ["validation"] * 4 + ["test"] * 6


def test_a_split_column_of_numbers_is_respected() -> None:
    """Words for the parts may be abbreviated and in any case; the column is no feature."""
    data = load(wide(split=SPLIT), task="classification", target="label")

    assert parts(data) == EXPECTED
    assert data.lengths.tolist() == [3] * 30
    assert "The split column was respected: 20 train, 4 validation, 6 test." in data.notes


def test_a_split_column_of_texts_is_respected() -> None:
    """As in a table of numbers."""
    assert parts(load(texts(Split=SPLIT), task="text-classification")) == EXPECTED


def test_a_split_column_of_a_long_table_holds_for_whole_sequences() -> None:
    """Rows of a sequence agree."""
    frame = wide(id=range(30), split=SPLIT)
    twice = pd.concat([frame, frame])

    data = load(twice, task="classification", target="label", series="id", features=["t0"])

    assert parts(data) == EXPECTED


def test_a_split_without_a_part_leaves_its_mask_open() -> None:
    """Then actselect splits that part off itself."""
    data = load(texts(split=["train"] * 24 + ["test"] * 6), task="text-classification")

    assert data.validation is None
    assert data.test is not None
    assert data.test.sum() == 6


def test_a_sequence_in_two_parts_is_refused() -> None:
    """Its steps would be known before they are tested."""
    frame = pd.concat([wide(id=range(30), split="train"), wide(id=range(30), split="test")])

    with pytest.raises(DataError, match=r"one part for each sequence.*series '0'"):
        load(frame, task="classification", target="label", series="id", features=["t0"])


def test_an_unknown_part_is_refused_with_its_line(tmp_path: Path) -> None:
    """A misspelt word is no reason to drop the split."""
    path = tmp_path / "d.csv"
    texts(split=["train"] * 28 + ["tset", "test"]).to_csv(path, index=False)

    with pytest.raises(DataError, match=r"d\.csv, line 30, column 'split'.*got 'tset'"):
        load(path, task="text-classification")


def test_a_column_named_split_that_means_something_else_is_no_split() -> None:
    """It is a feature like any other."""
    data = load(wide(split=np.arange(30.0)), task="classification", target="label")

    assert data.test is None
    assert data.lengths.tolist() == [4] * 30


def test_a_split_with_nothing_to_train_on_is_refused() -> None:
    """Nothing could be learnt."""
    with pytest.raises(DataError, match="rows to train on; got only test"):
        load(texts(split="test"), task="text-classification")


def test_test_steps_of_series_to_forecast_are_counted_at_their_end() -> None:
    """Validation steps are history there."""
    frame = pd.DataFrame({"y": np.arange(30.0), "split": SPLIT})

    data = load(frame, task="forecasting", target="y")

    assert data.test_steps is not None
    assert data.test_steps.tolist() == [6]
    assert (data.test, data.validation) == (None, None)
    with pytest.raises(DataError, match="test steps after all others"):
        load(frame.iloc[::-1], task="forecasting", target="y")


def test_to_predict_the_split_does_not_matter() -> None:
    """All sequences are predicted, whatever part they were in."""
    data = load(texts(split="test"), task="text-classification", predict=True)

    assert (len(data), data.test) == (30, None)


def test_validation_and_test_files_are_marked(tmp_path: Path) -> None:
    """Each becomes further sequences; words that only they have are coded too."""
    for name in ("train", "valid", "test"):
        texts(text=[f"{name} {i}" for i in range(30)]).to_csv(tmp_path / f"{name}.csv", index=False)

    data = load(
        tmp_path / "train.csv", task="text-classification",
        validation_data=tmp_path / "valid.csv", test_data=tmp_path / "test.csv",
    )  # fmt: skip

    assert parts(data) == ["train"] * 30 + ["validation"] * 30 + ["test"] * 30
    assert data.tokens is not None
    assert [data.tokens.text(i) for i in (3, 33, 63)] == [
        ("train", "3"), ("valid", "3"), ("test", "3")
    ]  # fmt: skip
    assert data.targets is not None
    assert data.targets.tolist() == ["a", "b"] * 45


def test_a_part_is_not_given_twice() -> None:
    """By a column and by a file."""
    data = texts(split=SPLIT)

    with pytest.raises(UsageError, match="'test_data' parameter of load names a part that"):
        load(data, task="text-classification", test_data=texts())
    with pytest.raises(UsageError, match="'validation_data'"):
        load(data, task="text-classification", validation_data=texts())


def test_forecasting_takes_no_validation_data() -> None:
    """The last steps before the test data validate."""
    frame = pd.DataFrame({"y": np.arange(30.0)})

    with pytest.raises(UsageError, match="left out for forecasting"):
        load(frame, task="forecasting", validation_data=frame)


def test_what_the_test_part_shares_with_the_rest_is_noted() -> None:
    """Texts in both are a leak, whatever their labels; labels in the test part alone are lost."""
    frame = texts(split=SPLIT)
    frame.loc[24:26, "text"] = frame.loc[0:2, "text"].to_numpy()
    frame.loc[29, "label"] = "zebra"

    data = load(frame, task="text-classification")

    assert "3 of 6 test texts (50.0%) also stand in the data to learn from." in data.notes
    assert "Classes only in the test data, never predicted: zebra." in data.notes


@pytest.mark.parametrize(
    "task", ["classification", "text-classification", "language-modeling", "sequence-to-sequence"]
)
def test_every_task_respects_the_split(task: str) -> None:
    """Whatever the sequences are."""
    frame = {
        "classification": wide(split=SPLIT),
        "text-classification": texts(split=SPLIT),
        "language-modeling": texts(split=SPLIT)[["text", "split"]],
        "sequence-to-sequence": texts(split=SPLIT, label=range(30)).set_axis(
            ["source", "target", "split"], axis=1
        ),
    }[task]

    data = load(frame, task=task, target="label" if task == "classification" else None)

    assert parts(data) == EXPECTED
