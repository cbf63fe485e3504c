"""Regression: scores, scaling of the target, and baselines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from actselect.data.dataset import SequenceDataset
from actselect.exceptions import DataError, RunError
from actselect.tasks import bind

Maker = Callable[..., SequenceDataset]


@pytest.fixture
def numbered(labelled: Maker) -> SequenceDataset:
    """Return sequences whose target is 100 + 5 times the last value of the first feature."""
    data = labelled(90)
    last = data.values[np.cumsum(data.lengths) - 1, 0]
    return replace(data, targets=100 + 5 * last)


def test_scores_equal_scikit_learn(numbered: SequenceDataset) -> None:
    """RMSE, MAE and R2 of noisy predictions."""
    task = bind("regression", numbered)
    true = np.asarray(numbered.targets, dtype=float)[10:40]
    guess = true + np.random.default_rng(0).normal(size=30)
    oracles = {"rmse": root_mean_squared_error, "mae": mean_absolute_error, "r2": r2_score}

    for name, oracle in oracles.items():
        assert task.score(guess, np.arange(10, 40), name) == pytest.approx(oracle(true, guess))


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_a_better_prediction_scores_better(numbered: SequenceDataset, metric: str) -> None:
    """Perfect beats slightly wrong beats wrong, in the direction of the metric."""
    task = bind("regression", numbered, metric=metric)
    true = np.asarray(numbered.targets, dtype=float)

    scores = [task.score(true + error, np.arange(90)) for error in (0.0, 1.0, 9.0)]

    assert scores == sorted(scores, reverse=task.metric.direction == "maximize")
    assert len(set(scores)) == 3


def test_targets_are_standardised_by_training_and_decoded_back(numbered: SequenceDataset) -> None:
    """Training targets have mean 0 and deviation 1, and come back in their own unit."""
    scaled = bind("regression", numbered).scaled(np.arange(50))

    targets = scaled.batch(np.arange(50)).targets.numpy()

    assert targets.shape == (50, 1)
    assert targets.mean() == pytest.approx(0.0, abs=1e-5)
    assert targets.std() == pytest.approx(1.0, abs=1e-5)
    original = np.asarray(numbered.targets, dtype=float)[:50]
    np.testing.assert_allclose(scaled.decode(targets, np.arange(50)), original, rtol=1e-5)


def test_statistics_do_not_depend_on_other_sequences(numbered: SequenceDataset) -> None:
    """Changing targets and values outside training leaves the state as it is."""
    train = np.arange(50)
    targets = np.asarray(numbered.targets, dtype=float).copy()
    values = numbered.values.copy()
    targets[50:] = 1e6
    values[numbered.lengths[:50].sum() :] = 1e6
    changed = replace(numbered, targets=targets, values=values)

    state, other = (bind("regression", d).scaled(train).state() for d in (numbered, changed))

    assert all(np.array_equal(state[key], other[key]) for key in state)


def test_restored_equals_scaled(numbered: SequenceDataset) -> None:
    """Saved statistics give the same batches."""
    task = bind("regression", numbered)
    scaled = task.scaled(np.arange(50))

    again = task.restored(scaled.state()).batch(np.arange(60, 70))

    assert torch.equal(again.inputs, scaled.batch(np.arange(60, 70)).inputs)
    assert torch.equal(again.targets, scaled.batch(np.arange(60, 70)).targets)


def test_ridge_finds_a_linear_rule_and_the_mean_does_not(numbered: SequenceDataset) -> None:
    """The last value is among the summaries, so ridge explains nearly all."""
    task = bind("regression", numbered, metric="r2")
    development, test = task.development_and_test(0)
    fold = task.refit_fold(development, 0)

    mean, ridge = (task.score(b.predict(task, fold, test), test) for b in task.baselines())

    assert ridge > 0.95
    assert mean < 0.1


def test_the_constant_baseline_is_the_best_one_for_the_metric(numbered: SequenceDataset) -> None:
    """The median for MAE, the mean otherwise."""
    names = {m: bind("regression", numbered, metric=m).baselines()[0].name for m in ("mae", "r2")}

    assert names == {"mae": "median", "r2": "mean"}


def test_squared_loss_for_rmse_and_absolute_for_mae(numbered: SequenceDataset) -> None:
    """An error of 3 costs 9 with rmse and nearly 3 with mae."""
    losses = [
        bind("regression", numbered, metric=metric)
        .scaled(np.arange(50))
        .loss(torch.zeros(2, 1), torch.full((2, 1), 3.0))
        .item()
        for metric in ("rmse", "mae")
    ]

    assert losses == [pytest.approx(9.0), pytest.approx(3.0, abs=0.1)]


@pytest.mark.parametrize(
    ("targets", "message"),
    [(np.array(["a", "b", "c"] * 30), "task classification"), (np.ones(90), "that varies")],
)
def test_targets_that_are_no_numbers_are_refused(
    numbered: SequenceDataset, targets: np.ndarray, message: str
) -> None:
    """The error says what to do instead."""
    with pytest.raises(DataError, match=message):
        bind("regression", replace(numbered, targets=targets))


def test_predictions_without_a_score_are_refused(numbered: SequenceDataset) -> None:
    """Infinite predictions, and R2 of a single sequence."""
    task = bind("regression", numbered)

    with pytest.raises(RunError, match="1 of 2 predictions are not finite"):
        task.score(np.array([np.inf, 1.0]), np.arange(2))
    with pytest.raises(DataError, match="two sequences to score r2"):
        task.score(np.array([1.0]), np.arange(1), "r2")
