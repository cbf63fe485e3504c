"""Quantile forecasts: the loss, the score, the baselines, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import mean_pinball_loss
from torch import Tensor

from actselect.baselines._forecasts import linear_errors, with_error_quantiles
from actselect.baselines._numbers import FORECAST_ALPHAS
from actselect.data.dataset import SequenceDataset
from actselect.exceptions import UsageError
from actselect.liveness import check_metric
from actselect.tasks._future import predict
from actselect.tasks._losses import pinball_loss
from actselect.tasks.forecasting import ForecastingTask, bind

Maker = Callable[..., SequenceDataset]

LEVELS = (0.1, 0.5, 0.9)
NOISE = np.random.default_rng(3).normal(size=600)
WALK = NOISE.cumsum()


class Constant:
    """A network that always gives the same outputs."""

    def __init__(self, outputs: list[float]) -> None:
        self.outputs = torch.tensor(outputs)

    def __call__(self, inputs: Tensor, lengths: object = None, context: object = None) -> Tensor:
        """Return them for each example."""
        del lengths, context
        return self.outputs.expand(len(inputs), -1)


def _coverage(task: ForecastingTask, name: str) -> np.ndarray:
    """Return the share of test targets below each quantile of a baseline, (Q,)."""
    development, test = task.development_and_test(0)
    (baseline,) = (b for b in task.baselines() if b.name == name)
    found = baseline.predict(task, task.refit_fold(development, 0), test)
    below = task.targets(test)[..., None] <= found.reshape(len(test), task.horizon, -1)
    return below.mean(axis=(0, 1))


def test_the_loss_equals_scikit_learn() -> None:
    """The loss is the mean of those of all levels; missing targets are left out."""
    random = np.random.default_rng(0)
    targets, outputs = random.normal(size=(8, 3)), random.normal(size=(8, 3, 3))
    targets[2, 1] = np.nan
    known = ~np.isnan(targets)

    loss = pinball_loss(torch.from_numpy(outputs).flatten(1), torch.from_numpy(targets), LEVELS)

    each = [
        mean_pinball_loss(targets[known], outputs[known][:, q], alpha=level)
        for q, level in enumerate(LEVELS)
    ]
    assert loss.item() == pytest.approx(np.mean(each))


def test_the_best_constant_is_the_empirical_quantile() -> None:
    """No constant has a lower loss than NumPy's quantile of the numbers."""
    numbers = torch.from_numpy(NOISE)[:, None]

    for level in (0.05, 0.5, 0.8):
        candidates = np.linspace(-3, 3, 2001)
        losses = [
            pinball_loss(torch.full_like(numbers, c), numbers, (level,)).item() for c in candidates
        ]
        assert candidates[np.argmin(losses)] == pytest.approx(np.quantile(NOISE, level), abs=0.02)


def test_gradients_are_finite_where_targets_are_missing() -> None:
    """A gap in the targets does not stop the training."""
    output = torch.zeros(2, 4, requires_grad=True)
    targets = torch.tensor([[1.0, torch.nan], [torch.nan, -1.0]])

    pinball_loss(output, targets, (0.2, 0.6)).backward()

    expected = np.array([[-0.2, -0.6, 0.0, 0.0], [0.0, 0.0, 1 - 0.2, 1 - 0.6]]) / 4
    np.testing.assert_allclose(output.grad, expected, atol=1e-7)


def test_the_score_is_scaled_like_mase(series_of: Maker) -> None:
    """It is scikit-learn's pinball loss of each series over its error scale, averaged."""
    task = bind(series_of(WALK, 100 * WALK), horizon=2, lookback=4, period=1, quantiles=LEVELS)
    examples = np.array([10, task.n_examples // 2 + 10])
    truth = task.targets(examples)
    guess = truth[..., None] + np.array([[[-1.0], [2.0]], [[-50.0], [30.0]]]) * [2.0, 1.0, -0.5]

    score = task.score(guess.reshape(2, 6), examples)

    each = [
        mean_pinball_loss(truth[i], guess[i, :, q], alpha=level) / task.error_scale[i]
        for i in range(2)
        for q, level in enumerate(LEVELS)
    ]
    assert task.metric.name == "pinball"
    assert score == pytest.approx(np.mean(each))


def test_other_metrics_judge_the_median(series_of: Maker) -> None:
    """They are those of a forecast of one number that is the median."""
    data, examples = series_of(WALK), np.arange(30)
    quantiles = bind(data, horizon=2, lookback=4, period=1, quantiles=LEVELS)
    single = bind(data, horizon=2, lookback=4, period=1)
    guess = np.random.default_rng(0).normal(size=(30, 2, 3))

    for metric in ("mase", "mae", "rmse"):
        expected = single.score(guess[..., 1], examples, metric)
        assert quantiles.score(guess.reshape(30, 6), examples, metric) == pytest.approx(expected)


def test_quantiles_that_cross_are_sorted(series_of: Maker) -> None:
    """Each step has its own levels, side by side and ascending."""
    task = bind(series_of(WALK), horizon=2, lookback=4, period=1, quantiles=LEVELS)
    scaled = task.scaled(np.arange(100))

    found = scaled.predictions(Constant([2.0, 0.0, 1.0, -1.0, -2.0, 0.0]), np.arange(3))

    last = WALK[3:6, None]
    deviation = scaled.state()["scale"].item()
    expected = last + deviation * np.array([0.0, 1.0, 2.0, -2.0, -1.0, 0.0])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["last value", "seasonal naive", "linear"])
def test_baselines_cover_as_often_as_their_levels_say(series_of: Maker, name: str) -> None:
    """On a long wave with noise, a tenth lies below the first quantile, and so on."""
    random = np.random.default_rng(1)
    wave = np.sin(2 * np.pi * np.arange(6000) / 12) + random.normal(size=6000)
    task = bind(series_of(wave), horizon=3, lookback=12, period=12, quantiles=LEVELS)

    coverage = _coverage(task, name)

    np.testing.assert_allclose(coverage, LEVELS, atol=0.05)


def test_linear_errors_are_those_on_windows_that_were_not_fitted() -> None:
    """They equal those of the ridge equations, solved for the training windows alone."""
    random = np.random.default_rng(2)
    x, y, x_stop, y_stop = (random.normal(size=shape) for shape in ((9, 8), (9, 2)) * 2)
    centre = x - x.mean(axis=0)

    found = linear_errors(x, y, x_stop, y_stop)

    candidates = []
    for alpha in FORECAST_ALPHAS:
        square = centre.T @ centre + alpha * len(x) * np.eye(8)
        weights = np.linalg.solve(square, centre.T @ (y - y.mean(axis=0)))
        candidates.append(y_stop - y.mean(axis=0) - (x_stop - x.mean(axis=0)) @ weights)
    expected = min(candidates, key=lambda errors: (errors**2).sum())
    np.testing.assert_allclose(found, expected)


def test_errors_of_series_of_any_size_count_alike(series_of: Maker) -> None:
    """The quantiles of a series a hundred times larger are a hundred times wider."""
    task = bind(series_of(WALK, 100 * WALK), horizon=2, lookback=4, period=1, quantiles=LEVELS)
    development, _ = task.development_and_test(0)
    half = task.n_examples // 2
    first = task.baselines()[0]

    small, large = first.predict(task, task.refit_fold(development, 0), np.array([500, half + 500]))

    np.testing.assert_allclose(100 * small, large)


def test_past_errors_stand_at_k_out_of_n_plus_one() -> None:
    """Nine errors are the quantiles of levels 0.1 to 0.9; of unknown ones there are fewer."""
    errors = np.arange(1.0, 10.0)[::-1, None]
    errors = np.concatenate([errors, [[np.nan]]])

    found = with_error_quantiles(np.array([[100.0]]), errors, (0.1, 0.2, 0.9))

    np.testing.assert_allclose(found, [[101.0, 102.0, 109.0]])


def test_better_quantiles_score_better(series_of: Maker) -> None:
    """The study's own check of a metric passes."""
    task = bind(series_of(WALK), horizon=2, lookback=4, period=1, quantiles=LEVELS)

    check_metric(task, task.development_and_test(0)[0], seed=0)


def test_predictions_have_a_column_for_each_level(series_of: Maker) -> None:
    """The target's own column is the median."""
    data = series_of(WALK, 2 * WALK)
    task = bind(data, horizon=2, lookback=4, period=1, quantiles=LEVELS)
    state = task.scaled(np.arange(50)).state()
    network = Constant([0.0, 1.0, 2.0, 0.0, 0.0, 0.0])

    frame = predict(network, data, state, {**task.facts, "target": "y"})

    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["series", "step", "y", "q0.1", "q0.5", "q0.9"]
    assert len(frame) == 4
    assert (frame["y"] == frame["q0.5"]).all()
    assert frame["q0.1"].iloc[[0, 2]].tolist() == pytest.approx([WALK[-1], 2 * WALK[-1]], rel=1e-5)
    assert task.facts["quantiles"] == list(LEVELS)


def test_without_a_median_the_column_lies_between_its_neighbours(series_of: Maker) -> None:
    """Of levels 0.1 and 0.9 it is the middle."""
    data = series_of(WALK)
    task = bind(data, horizon=1, lookback=4, period=1, quantiles=(0.1, 0.9))
    state = task.scaled(np.arange(50)).state()

    frame = predict(Constant([-1.0, 3.0]), data, state, {**task.facts, "target": "y"})

    assert frame["y"].item() == pytest.approx((frame["q0.1"] + frame["q0.9"]).item() / 2)


@pytest.mark.parametrize(
    "levels", [(), (0.0, 0.5), (0.5, 1.0), (0.5, 0.1), (0.5, 0.5), ("0.1",), (float("nan"),)]
)
def test_levels_that_are_none_are_refused(series_of: Maker, levels: tuple[float, ...]) -> None:
    """They must be in (0, 1) and ascend; nothing is sorted in silence."""
    with pytest.raises(UsageError, match=r"between 0 and 1 in ascending order.*got"):
        bind(series_of(WALK), horizon=2, quantiles=levels)


def test_metrics_that_do_not_fit_are_refused(series_of: Maker) -> None:
    """Pinball needs quantiles, and mase among quantiles needs the median."""
    with pytest.raises(UsageError, match=r"Give some, such as --quantiles 0\.1,0\.5,0\.9"):
        bind(series_of(WALK), horizon=2, metric="pinball")
    with pytest.raises(UsageError, match=r"Add 0\.5 to the quantiles"):
        bind(series_of(WALK), horizon=2, metric="mase", quantiles=(0.1, 0.9))
