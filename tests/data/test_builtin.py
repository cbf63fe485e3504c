"""Built-in data sets."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from actselect.data import BuiltinInfo, builtin_datasets, duplicates, load
from actselect.exceptions import UnknownNameError, UsageError

EVERY = pytest.mark.parametrize("info", builtin_datasets(), ids=lambda info: info.name)


@EVERY
def test_the_catalogue_tells_the_truth(info: BuiltinInfo) -> None:
    """Task, number of sequences, length and column names are those of the data."""
    data = load(info.name, task=info.task)

    assert data.name == info.name
    assert len(data) == info.sequences
    assert int(np.median(data.lengths)) <= 1.1 * info.length
    assert data.lengths.max() >= info.length * 0.9
    assert data.target_name == info.defaults.get("target", data.target_name)


@EVERY
def test_nothing_occurs_twice_and_nothing_is_missing(info: BuiltinInfo) -> None:
    """The data sets hold no leak of their own."""
    data = load(info.name, task=info.task)

    assert duplicates(data) == ()
    assert np.isfinite(data.values).all()


@EVERY
def test_another_task_is_refused(info: BuiltinInfo) -> None:
    """Each data set is for one task."""
    other = "regression" if info.task != "regression" else "classification"

    with pytest.raises(UsageError, match=info.task):
        load(info.name, task=other)


@pytest.mark.parametrize("name", ["adding", "temporal-order", "counting"])
def test_generated_data_is_the_same_every_time(name: str) -> None:
    """A fixed seed, so that a study can be repeated."""
    task = next(info.task for info in builtin_datasets() if info.name == name)

    assert load(name, task=task).sha256 == load(name, task=task).sha256


def test_adding_is_the_sum_of_the_marked_numbers() -> None:
    """One mark in each half, checked sequence by sequence."""
    data = load("adding:40", task="regression")

    assert data.targets is not None
    for i in range(len(data)):
        number, mark = data.sequence(i).T
        assert mark[:20].sum() == mark[20:].sum() == 1
        assert np.isclose(number[mark == 1].sum(), data.targets[i])


def test_temporal_order_is_the_order_of_the_two_rare_symbols() -> None:
    """The class can be read off the sequence, and all four classes occur."""
    data = load("temporal-order", task="classification")

    assert data.targets is not None
    letters = np.array(data.feature_names)
    for i in range(len(data)):
        word = letters[data.sequence(i).argmax(axis=1)]
        assert "".join(word[np.isin(word, ["X", "Y"])]) == data.targets[i]
        assert (word[0], word[-1]) == ("E", "B")
    assert set(data.targets.tolist()) == {"XX", "XY", "YX", "YY"}


def test_counting_words_are_classified_by_their_counts() -> None:
    """Every word is a run of a and a run of b."""
    data = load("counting", task="classification")

    assert data.targets is not None
    letters = np.array(data.feature_names)
    for i in range(len(data)):
        word = letters[data.sequence(i).argmax(axis=1)]
        (first, a), (second, b) = ((letter, len([*run])) for letter, run in groupby(word))
        assert (first, second) == ("a", "b")
        assert (a == b) == (data.targets[i] == "a^n b^n")


def test_airpassengers_ends_with_the_known_value() -> None:
    """Box and Jenkins, series G: 112 in January 1949, 432 in December 1960."""
    data = load("airpassengers", task="forecasting")

    assert data.sequence(0)[[0, -1], 0].tolist() == [112, 432]
    assert data.time is not None
    assert str(data.time[-1])[:7] == "1960-12"


def test_a_file_wins_over_a_built_in_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in the folder was meant."""
    monkeypatch.chdir(tmp_path)
    Path("sunspots").write_text("y\n" + "1\n2\n" * 10, encoding="utf-8")

    assert load("sunspots", task="forecasting").lengths.tolist() == [20]


@pytest.mark.parametrize("name", ["digits:20", "adding:x", "adding:3", "adding:99999999"])
def test_a_length_that_cannot_be_had_is_refused(name: str) -> None:
    """Only generated data has a length to choose."""
    task = "classification" if name.startswith("digits") else "regression"

    with pytest.raises(UsageError, match="adding:100"):
        load(name, task=task)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """The catalogue is in the message."""
    from actselect.data.builtin import load_builtin

    with pytest.raises(UnknownNameError, match="Did you mean 'counting'"):
        load_builtin("countin", task="classification")


def test_columns_may_be_named_but_not_changed() -> None:
    """The true names are accepted."""
    same = load("airpassengers", task="forecasting", target="Passengers", time="Date")

    assert same.target_name == "Passengers"
    digits = load("digits", task="classification", features=["pixel3", "pixel2"])
    assert digits.sequence(0).shape == (8, 2)
    with pytest.raises(UsageError, match="Passengers"):
        load("airpassengers", task="forecasting", target="Date")
