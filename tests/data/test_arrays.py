"""Arrays and lists of arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from actselect.data import SequenceDataset, duplicates, load, sequence_dataset_from_X
from actselect.exceptions import DataError, UnknownNameError, UsageError

X = np.arange(12 * 5 * 2, dtype=float).reshape(12, 5, 2)
Y = np.array(["a", "b"] * 6)


def test_a_3d_array_is_sequences_of_steps_of_features() -> None:
    """Axes are N, T, F."""
    data = load(X, task="classification", y=Y)

    assert (data.sequence(4) == X[4]).all()
    assert data.feature_names == ("x0", "x1")
    assert data.lengths.tolist() == [5] * 12


def test_a_2d_array_is_univariate() -> None:
    """Axes are N, T."""
    data = load(X[..., 0], task="regression", y=np.arange(12))

    assert (data.sequence(4)[:, 0] == X[4, :, 0]).all()
    assert data.targets is not None
    assert data.targets.dtype == np.float64


def test_a_list_may_hold_sequences_of_different_length() -> None:
    """Each keeps its own length."""
    parts = [X[i, : 1 + i % 5] for i in range(12)]

    data = load(parts, task="classification", y=Y)

    assert data.lengths.tolist() == [len(part) for part in parts]
    assert all((data.sequence(i) == part).all() for i, part in enumerate(parts))


def test_lengths_cut_the_padding() -> None:
    """What lies behind a length is not looked at."""
    padded = X.copy()
    padded[3, 2:] = np.nan

    data = load(padded, task="classification", y=Y, lengths=[5, 5, 5, 2] + [5] * 8)

    assert data.sequence(3).shape == (2, 2)
    assert not np.isnan(data.values).any()


def test_one_array_is_one_series_to_forecast() -> None:
    """A 1-D array needs nothing else."""
    data = load(np.arange(30.0), task="forecasting")

    assert data.sequence(0).shape == (30, 1)
    assert data.target_name == "y"


def test_a_list_of_series_is_forecast_together() -> None:
    """Feature 0 is the target."""
    data = load([np.ones((12, 2)).cumsum(axis=0), np.ones((15, 2))], task="forecasting")

    assert data.lengths.tolist() == [12, 15]
    assert (data.target_name, data.targets) == ("x0", None)
    assert any("never changes" in note for note in data.notes)


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (X[0, 0], {"y": Y}, r"X of shape \(N, T\).*got shape \(2,\).*Reshape"),
        (X[..., None], {"y": Y}, r"got shape \(12, 5, 2, 1\)"),
        (X, {"y": Y[:11]}, "one entry for each of the 12 sequences"),
        (X, {}, "wanted y"),
        (X, {"y": Y, "lengths": [5] * 11}, "12 whole numbers"),
        (X, {"y": Y, "lengths": [5] * 11 + [-1]}, r"lengths\[11\]: .*from 1 to 5; got -1"),
        (X, {"y": Y, "lengths": [6] + [5] * 11}, r"lengths\[0\]: .*from 1 to 5; got 6"),
        (X, {"y": Y, "groups": [1]}, "groups: .*12 sequences"),
        (X, {"y": [*Y[:11], None]}, r"y\[11\]: .*a missing one"),
        (X, {"y": np.linspace(0, 1, 12)}, "class labels; got the number"),
        (X, {"y": [1e300] * 12}, "class labels; got the number"),
        (X[:0], {"y": Y[:0]}, r"shape \(0, 5, 2\)"),
        (X * 1j, {"y": Y}, "complex"),
        ([["a"] * 3] * 12, {"y": Y}, "numbers"),
        ([X[0], X[1][:, :1]] * 6, {"y": Y}, "same features"),
        (np.where(X == 17, np.inf, X), {"y": Y}, r"X\[1\], step 3, feature 1.*inf"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    source: object, options: dict[str, object], message: str
) -> None:
    """The message names the argument, its shape and what would be right."""
    with pytest.raises(DataError, match=message):
        load(source, task="classification", **options)  # type: ignore[arg-type]


def test_a_2d_array_to_forecast_is_ambiguous() -> None:
    """Rows may be steps or series; the hint names both ways out."""
    with pytest.raises(DataError, match=r"X\[None\].*X\[\.\.\., None\]"):
        load(X[..., 0], task="forecasting")


def test_text_is_no_regression_target() -> None:
    """The hint names the task that would fit."""
    with pytest.raises(DataError, match="task='classification'"):
        load(X, task="regression", y=Y)


def test_an_unknown_task_is_refused() -> None:
    """The near one is suggested."""
    with pytest.raises(UnknownNameError, match="Did you mean 'classification'"):
        load(X, task="clasification", y=Y)


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (X, {"y": Y, "target": "label"}),
        (pd.DataFrame({"y": np.arange(20.0)}), {"lengths": [1]}),
        ("digits", {"y": Y}),
        ("digits", {"test_data": X}),
        ("digits", {"target": "label"}),
    ],
)
def test_arguments_of_another_kind_of_source_are_refused(
    source: object, options: dict[str, object]
) -> None:
    """An argument without effect would be a trap."""
    with pytest.raises(UsageError):
        load(source, task="classification", **options)  # type: ignore[arg-type]


def test_the_adapter_asks_for_no_minimum() -> None:
    """An estimator may predict one sequence, without y."""
    data = sequence_dataset_from_X(X[:1])

    assert (len(data), data.targets) == (1, None)


def test_a_data_set_passes_through() -> None:
    """What is loaded can be given to load again."""
    data = sequence_dataset_from_X(X, Y, task="classification")

    assert load(data, task="classification") is data


def test_the_hash_follows_the_content_not_the_name() -> None:
    """Same content, same hash; one changed value, another."""
    first, same = (load(X, task="classification", y=Y, name=name) for name in ("one", "two"))
    other = load(X + 1e-9, task="classification", y=Y)

    assert first.sha256 == same.sha256 != other.sha256


def test_duplicates_are_pairs_with_the_first_copy() -> None:
    """Values decide, not targets; a missing value equals a missing value."""
    parts = [[1.0, np.nan], [2.0], [1.0, np.nan], [1.0], [2.0], [2.0], [0.0], [-0.0]]
    data = SequenceDataset(
        name="d",
        values=np.concatenate(parts)[:, None],
        lengths=np.array([len(part) for part in parts]),
        feature_names=("x",),
    )

    assert duplicates(data) == ((0, 2), (1, 4), (1, 5), (6, 7))
