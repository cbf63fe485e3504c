"""Missing values: the stated policy, and no statistic over several sequences."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from actselect.data import MISSING_POLICY, load, sequence_dataset_from_X
from actselect.data.missing import fill_missing
from actselect.exceptions import DataError

NAN = np.nan


def test_every_task_has_a_policy() -> None:
    """The text is there for reports, and says something."""
    assert set(MISSING_POLICY) == {"forecasting", "classification", "regression"}
    assert all(len(text) > 50 for text in MISSING_POLICY.values())


def test_forecasting_fills_inputs_from_their_past_leaves_targets_and_drops_the_lead() -> None:
    """Nothing that is scored was made up, and no window shows what follows it."""
    y = np.arange(40.0)
    y[[0, 1, 10, 39]] = NAN
    x = np.arange(40.0)
    x[[0, 20]] = NAN
    frame = pd.DataFrame({"t": range(40), "y": y, "x": x})

    data = load(frame, task="forecasting", target="y", time="t")

    np.testing.assert_equal(data.sequence(0)[:, 0], y[2:])
    assert data.sequence(0)[:, 1].tolist() == [*range(2, 20), 19, *range(21, 40)]
    assert data.time is not None
    assert data.time[0] == 2
    (note,) = data.notes
    assert re.findall(r"\d+ [a-z]+", note) == ["2 missing", "1 missing", "2 leading"]


def test_forecasting_refuses_more_than_a_tenth_missing() -> None:
    """Above it the scores would be about the filling."""
    y = np.arange(40.0)
    y[10:15] = NAN

    with pytest.raises(DataError, match=r"at most 10% .*got 5 of 40 .*column 'y'|column 'y'.*10%"):
        load(pd.DataFrame({"y": y}), task="forecasting")


def test_a_series_without_any_value_is_refused() -> None:
    """It is named, with its column."""
    frame = pd.DataFrame({"id": ["a"] * 20 + ["b"] * 20, "y": [*range(20), *[NAN] * 20]})

    with pytest.raises(DataError, match=r"column 'y', series 'b'.*without any"):
        load(frame, task="forecasting", target="y", series="id")


def test_sequences_carry_the_last_value_and_leave_empty_features_alone() -> None:
    """Leading gaps take the first value; a feature without any value stays NaN for the scaler."""
    X = np.array([[[NAN, 1], [2, NAN], [NAN, 3]], [[NAN, 5], [NAN, NAN], [NAN, NAN]]])
    raw = sequence_dataset_from_X(X, ["a", "b"], task="classification")

    data = fill_missing(raw, task="classification", where="X")

    assert data.sequence(0).tolist() == [[2, 1], [2, 1], [2, 3]]
    assert np.isnan(data.sequence(1)[:, 0]).all()
    assert data.sequence(1)[:, 1].tolist() == [5, 5, 5]
    assert any("8 of 12" in note and "3 left" in note for note in data.notes)


def test_filling_one_sequence_does_not_depend_on_the_others() -> None:
    """Otherwise a training part would know the test part."""
    rng = np.random.default_rng(0)
    X = np.where(rng.random((20, 8, 2)) < 0.3, NAN, rng.normal(size=(20, 8, 2)))
    y = ["a", "b"] * 10

    together = fill_missing(
        sequence_dataset_from_X(X, y, task="classification"), task="classification", where="X"
    )

    for i in range(20):
        alone = fill_missing(
            sequence_dataset_from_X(X[[i]], y[:1], task="classification"),
            task="classification",
            where="X",
        )
        assert np.array_equal(alone.sequence(0), together.sequence(i), equal_nan=True)
