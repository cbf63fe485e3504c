"""Forecasting: what a network sees, how forecasts are scored, and that no split leaks."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from actselect.data.dataset import SequenceDataset
from actselect.exceptions import DataError, RunError, UnknownNameError, UsageError
from actselect.tasks import bind
from actselect.tasks.forecasting import ForecastingTask
from actselect.tasks.forecasting import bind as bind_forecasting

Maker = Callable[..., SequenceDataset]

WAVE = 10 + np.sin(2 * np.pi * np.arange(600) / 12)
WALK = np.random.default_rng(3).normal(size=400).cumsum()


def _target_steps(task: ForecastingTask, examples: np.ndarray) -> np.ndarray:
    """Return the first and the last target step of each example, (E, 2)."""
    _, origin = task.windows.locate(examples)
    return np.stack([origin, origin + task.horizon - 1], axis=1)


def test_a_batch_is_the_window_less_its_last_value(series_of: Maker) -> None:
    """Inputs and targets equal the formula written for one window."""
    covariate = np.random.default_rng(0).normal(size=400)
    task = bind_forecasting(series_of(WALK, covariate=covariate), horizon=3, lookback=5, period=1)
    scaled = task.scaled(np.arange(100))
    y, x = ((v[:107] - v[:107].mean()) / v[:107].std() for v in (WALK, covariate))

    batch = scaled.batch(np.array([0, 50]))

    expected = np.stack([y[50:55] - y[54], x[50:55]], axis=1)
    np.testing.assert_allclose(batch.inputs[1].numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(batch.targets[1].numpy(), y[55:58] - y[54], atol=1e-5)
    assert batch.inputs.dtype == batch.targets.dtype == torch.float32
    assert batch.lengths is None


def test_decode_undoes_the_scaling_of_targets(series_of: Maker) -> None:
    """Decoded targets are the values that follow each window, for several series at once."""
    task = bind_forecasting(series_of(WALK, 1e6 + 50 * WALK[:200]), horizon=4, lookback=6, period=1)
    examples = np.arange(0, task.n_examples, 7)
    scaled = task.scaled(task.development_and_test(0)[0])

    decoded = scaled.decode(scaled.batch(examples).targets.numpy(), examples)

    series, origin = task.windows.locate(examples)
    at = (task.dataset.offsets[series] + origin)[:, None] + np.arange(4)
    np.testing.assert_allclose(decoded, task.dataset.values[at, 0], rtol=1e-5, atol=1e-4)


def test_windows_at_the_end_have_no_targets_but_a_forecast(series_of: Maker) -> None:
    """The last steps of each series are the input; the loss leaves them out."""
    task = bind_forecasting(series_of(WALK, 2 * WALK[:300]), horizon=3, lookback=5, period=1)
    scaled = task.scaled(task.development_and_test(0)[0])

    batch = scaled.batch(task.future)

    assert torch.isnan(batch.targets).all()
    assert scaled.loss(torch.ones(2, 3), batch.targets).item() == 0.0
    forecasts = scaled.decode(np.zeros((2, 3)), task.future)
    np.testing.assert_allclose(forecasts[:, 0], [WALK[-1], 2 * WALK[299]], atol=1e-4)


@pytest.mark.parametrize("repeat", [-1, 0, 1, 2, 7])
def test_folds_are_ordered_in_time(series_of: Maker, repeat: int) -> None:
    """No target trained on lies at or after the stop block, nor one of it in the score block."""
    task = bind_forecasting(series_of(WALK), horizon=6, lookback=12, period=1)
    development, test = task.development_and_test(0)

    fold = task.fold(development, repeat, 0)

    parts = [_target_steps(task, part) for part in (fold.train, fold.stop, fold.score, test)]
    for earlier, later in itertools.pairwise(parts):
        assert earlier.max() < later.min()


def test_the_refit_stops_on_the_last_part_of_development(series_of: Maker) -> None:
    """Training targets end before the stopping targets, which end with development."""
    task = bind_forecasting(series_of(WALK), horizon=6, lookback=12, period=1)
    development, _ = task.development_and_test(0)

    fold = task.refit_fold(development, 0)

    assert _target_steps(task, fold.train).max() < _target_steps(task, fold.stop).min()
    assert _target_steps(task, fold.stop).max() == _target_steps(task, development).max()
    assert len(fold.score) == 0


def test_folds_repeat_with_the_seed_and_differ_between_repeats(series_of: Maker) -> None:
    """The cut is a function of repeat and seed."""
    task = bind_forecasting(series_of(WALK), horizon=6, lookback=12, period=1)
    development, _ = task.development_and_test(0)

    first = [task.fold(development, repeat, 5).score[0] for repeat in range(8)]

    assert first == [task.fold(development, repeat, 5).score[0] for repeat in range(8)]
    assert len(set(first)) == 8


def test_overlap_counts_time_steps(series_of: Maker) -> None:
    """Thinning out scored windows does not make the scored part smaller."""
    task = bind_forecasting(series_of(np.tile(WALK, 20)), horizon=6, lookback=12, period=1)
    development, _ = task.development_and_test(0)

    fold = task.fold(development, 3, 0)
    first_score, last_score = _target_steps(task, fold.score)[[0, -1], [0, 1]]

    assert len(fold.score) <= 512
    assert fold.overlap == pytest.approx((last_score + 1 - first_score) / first_score, rel=0.02)


def test_statistics_come_from_the_steps_trained_on(series_of: Maker) -> None:
    """Changing every later step leaves the state as it is."""
    data = series_of(WALK)
    task = bind_forecasting(data, horizon=6, lookback=12, period=1)
    train = task.fold(task.development_and_test(0)[0], 0, 0).train
    end = _target_steps(task, train).max() + 1
    values = data.values.copy()
    values[end:] = 1e9
    changed = bind_forecasting(replace(data, values=values), horizon=6, lookback=12, period=1)

    state, other = task.scaled(train).state(), changed.scaled(train).state()

    assert all(np.array_equal(state[key], other[key]) for key in state)
    assert state["mean"].item() == pytest.approx(WALK[:end].mean())


def test_restored_equals_scaled(series_of: Maker) -> None:
    """Saved statistics give the same batches."""
    task = bind_forecasting(series_of(WALK), horizon=6, lookback=12, period=1)
    scaled = task.scaled(np.arange(200))
    examples = np.arange(300, 320)

    again = task.restored(scaled.state()).batch(examples)

    assert torch.equal(again.inputs, scaled.batch(examples).inputs)
    assert torch.equal(again.targets, scaled.batch(examples).targets)


def test_mase_equals_a_table_worked_out_by_hand(series_of: Maker) -> None:
    """Seasonal differences of development are 1, 2, 1, 2, ...: the scale is 1.5."""
    y = np.zeros(40)
    y[0::2] = np.arange(20)  # rises by 1 from one season (of 2 steps) to the next
    y[1::2] = 2 * np.arange(20)  # rises by 2
    task = bind_forecasting(series_of(y), horizon=2, lookback=4, period=2)
    examples = np.array([0, 1])  # targets: steps 4, 5 and 5, 6, that is 2, 4 and 4, 3

    score = task.score(np.array([[2.0, 1.0], [4.0, 6.0]]), examples)

    assert task.error_scale.tolist() == [1.5]
    assert score == pytest.approx((0 + 3 + 0 + 3) / 4 / 1.5)


def test_each_series_has_its_own_scale(series_of: Maker) -> None:
    """A series a hundred times larger does not count a hundred times more in MASE."""
    task = bind_forecasting(series_of(WALK, 100 * WALK), horizon=2, lookback=4, period=1)
    half = task.n_examples // 2
    examples = np.array([10, half + 10])
    truth = np.stack([WALK[14:16], 100 * WALK[14:16]])

    small, large = (task.score(truth + d, examples) for d in ([[1], [0]], [[0], [100]]))

    assert small == pytest.approx(large)


def test_mae_and_rmse_equal_scikit_learn(series_of: Maker) -> None:
    """Errors are averaged over windows and steps."""
    task = bind_forecasting(series_of(WALK), horizon=3, lookback=5, period=1)
    examples = np.arange(20)
    truth = np.lib.stride_tricks.sliding_window_view(WALK, 3)[5:25]
    guess = truth + np.random.default_rng(0).normal(size=truth.shape)

    assert task.score(guess, examples, "mae") == pytest.approx(mean_absolute_error(truth, guess))
    assert task.score(guess, examples, "rmse") == pytest.approx(
        root_mean_squared_error(truth.ravel(), guess.ravel())
    )


@pytest.mark.parametrize("metric", ["mase", "mae", "rmse"])
def test_a_better_forecast_scores_lower(series_of: Maker, metric: str) -> None:
    """Perfect beats slightly wrong beats wrong."""
    task = bind_forecasting(series_of(WALK), horizon=3, lookback=5, period=1)
    truth = np.lib.stride_tricks.sliding_window_view(WALK, 3)[5:25]

    scores = [task.score(truth + error, np.arange(20), metric) for error in (0.0, 0.1, 1.0)]

    assert scores == sorted(scores)
    assert scores[0] == 0.0
    assert task.metrics[metric].direction == "minimize"


def test_forecasts_that_are_not_finite_are_refused(series_of: Maker) -> None:
    """A diverged network has no score."""
    task = bind_forecasting(series_of(WALK), horizon=3, lookback=5, period=1)

    with pytest.raises(RunError, match="1 of 6 predictions are not finite"):
        task.score(np.array([[1.0, np.nan, 1.0], [1.0, 1.0, 1.0]]), np.arange(2))


def test_baselines_are_exact_where_they_should_be(series_of: Maker) -> None:
    """A wave is repeated by the seasonal naive forecast and nearly so by the linear one."""
    task = bind("forecasting", series_of(WAVE), horizon=12, lookback=24)
    development, test = task.development_and_test(0)
    fold = task.refit_fold(development, 0)

    scores = {b.name: task.score(b.predict(task, fold, test), test) for b in task.baselines()}

    assert scores["seasonal naive"] == pytest.approx(0.0, abs=1e-9)
    assert scores["linear"] < 0.01 * scores["last value"]


def test_a_walk_has_no_seasonal_baseline(series_of: Maker) -> None:
    """Without a period, last value and linear remain."""
    task = bind("forecasting", series_of(WALK), horizon=3)

    assert [b.name for b in task.baselines()] == ["last value", "linear"]
    assert "Found no period in the target." in task.notes


def test_missing_values_are_as_the_last_value_and_not_scored(series_of: Maker) -> None:
    """Gaps look like the last value in inputs; loss, score and linear model do not mind them."""
    y = WALK.copy()
    y[[54, 56, 120]] = np.nan
    task = bind_forecasting(series_of(y), horizon=3, lookback=5, period=1)
    scaled = task.scaled(np.arange(200))

    batch = scaled.batch(np.array([50]))  # looks at 50 ... 54, aims at 55, 56, 57

    assert batch.inputs[0, -1, 0].item() == 0.0
    assert torch.isnan(batch.targets[0]).tolist() == [False, True, False]
    assert torch.isfinite(scaled.loss(torch.zeros(1, 3), batch.targets))
    assert scaled.decode(np.zeros((1, 3)), np.array([50]))[0, 0] == pytest.approx(y[53], rel=1e-5)
    assert task.score(np.array([[y[55], 99.0, y[57]]]), np.array([50])) == pytest.approx(0.0)
    development, test = task.development_and_test(0)
    linear = task.baselines()[-1].predict(task, task.refit_fold(development, 0), test)
    assert np.isfinite(linear).all()


def test_gaps_leave_the_linear_baseline_its_strength(series_of: Maker) -> None:
    """With a tenth missing hardly a window is whole; it still beats the naive forecasts."""
    steps = np.arange(600)
    y = np.sin(2 * np.pi * steps / 24) + 0.01 * np.random.default_rng(0).normal(size=600)
    y[np.random.default_rng(1).choice(600, 60, replace=False)] = np.nan
    task = bind_forecasting(series_of(y), horizon=24, lookback=48)
    development, test = task.development_and_test(0)
    fold = task.refit_fold(development, 0)

    scores = {b.name: task.score(b.predict(task, fold, test), test) for b in task.baselines()}

    assert min(scores, key=scores.__getitem__) == "linear"


def test_windows_with_nothing_known_are_left_out(series_of: Maker) -> None:
    """A long gap removes the windows that see or aim at nothing else."""
    y = WALK.copy()
    y[100:120] = np.nan
    task = bind_forecasting(series_of(y), horizon=3, lookback=5, period=1)

    development, _ = task.development_and_test(0)

    _, origin = task.windows.locate(development)
    assert not set(range(100, 118)) & set(origin.tolist())
    assert not set(range(105, 121)) & set(origin.tolist())


def test_the_users_test_steps_are_respected(series_of: Maker) -> None:
    """Tests aim at the last 30 and 20 steps, as given."""
    data = series_of(WALK, WALK[:200], test_steps=np.array([30, 20]))
    task = bind_forecasting(data, horizon=5, lookback=10, period=1)

    development, test = task.development_and_test(0)

    series, origin = task.windows.locate(test)
    assert origin[series == 0].tolist() == list(range(370, 396))
    assert origin[series == 1].tolist() == list(range(180, 196))
    series, origin = task.windows.locate(development)
    assert [origin[series == i].max() + 5 for i in (0, 1)] == [370, 180]


def test_whole_test_series_are_respected(series_of: Maker) -> None:
    """A series marked as test is never trained on, and is scaled like the others together."""
    data = series_of(WALK, WALK[:200], test=np.array([False, True]))
    task = bind_forecasting(data, horizon=5, lookback=10, period=1)

    development, test = task.development_and_test(0)

    assert set(task.windows.locate(development)[0].tolist()) == {0}
    assert set(task.windows.locate(test)[0].tolist()) == {1}
    mean = task.scaled(development).state()["mean"]
    assert mean[0, 0] == mean[1, 0]


def test_blocks_are_whole_horizons_of_one_series(series_of: Maker) -> None:
    """Windows in one block are of one series and start within one horizon."""
    task = bind_forecasting(series_of(WALK, WALK), horizon=10, lookback=5, period=1)
    _, test = task.development_and_test(0)

    blocks = task.blocks(test)

    series, origin = task.windows.locate(test)
    for block in np.unique(blocks):
        assert len(set(series[blocks == block].tolist())) == 1
        assert np.ptp(origin[blocks == block]) < 10


def test_another_feature_can_be_the_target(series_of: Maker) -> None:
    """The named feature comes first and is what is forecast."""
    task = bind("forecasting", series_of(WALK, covariate=WAVE[:400]), target="x", horizon=4)

    assert task.dataset.feature_names == ("x", "y")
    np.testing.assert_array_equal(task.dataset.values[:, 0], WAVE[:400])
    with pytest.raises(UnknownNameError, match="feature 'z'"):
        bind("forecasting", series_of(WALK), target="z")


def test_defaults_are_found_and_told(series_of: Maker) -> None:
    """Period, horizon and look-back come from the data, and the notes say so."""
    task = bind("forecasting", series_of(WAVE))

    assert (task.output_size, task.length) == (12, 24)
    assert "Found a period of 12 steps." in task.notes
    assert "No horizon was given: forecasting 12 steps." in task.notes


def test_144_months_are_enough(series_of: Maker) -> None:
    """Every part of every split has windows at the size of the airline data."""
    y = np.arange(144) + 10 * np.sin(2 * np.pi * np.arange(144) / 12)
    task = bind("forecasting", series_of(y), horizon=12)
    development, test = task.development_and_test(0)

    sizes = [
        len(part)
        for repeat in range(-1, 20)
        for fold in [task.fold(development, repeat, 1)]
        for part in (fold.train, fold.stop, fold.score)
    ]

    assert min(sizes) >= 6
    assert len(test) >= 12
    assert any("short" in note for note in task.notes)


@pytest.mark.parametrize("horizon", [10, 500])
def test_series_that_are_too_short_are_refused(series_of: Maker, horizon: int) -> None:
    """The error says what was wanted and what to do."""
    with pytest.raises(DataError, match=rf"windows of 10 \+ {horizon} steps.*smaller horizon"):
        bind("forecasting", series_of(WALK[:25]), horizon=horizon, lookback=10)


def test_a_constant_series_is_refused(series_of: Maker) -> None:
    """MASE has no scale."""
    with pytest.raises(DataError, match="the same value at all steps"):
        bind("forecasting", series_of(np.ones(100)), horizon=2)


@pytest.mark.parametrize("option", ["horizon", "lookback", "period"])
def test_steps_must_be_positive(series_of: Maker, option: str) -> None:
    """Zero steps are refused by name."""
    with pytest.raises(UsageError, match=f"{option} must be a positive number of steps; got 0"):
        bind("forecasting", series_of(WALK), **{option: 0})


def test_squared_loss_for_rmse_and_absolute_for_mase(series_of: Maker) -> None:
    """An error of 3 costs 9 with rmse and nearly 3 with mase."""
    losses = {
        metric: bind("forecasting", series_of(WALK), metric=metric, horizon=2)
        .scaled(np.arange(50))
        .loss(torch.zeros(1, 2), torch.full((1, 2), 3.0))
        .item()
        for metric in ("rmse", "mase")
    }

    assert losses["rmse"] == pytest.approx(9.0)
    assert losses["mase"] == pytest.approx(3.0, abs=0.1)


def test_the_task_travels_in_a_pickle(series_of: Maker) -> None:
    """A worker gets the same batches from little more than the data."""
    task = bind_forecasting(series_of(WALK), horizon=6, lookback=12, period=1)
    sent = pickle.dumps((task, task.baselines()))

    copy, baselines = pickle.loads(sent)  # noqa: S301  our own bytes

    train = np.arange(100)
    assert torch.equal(
        copy.scaled(train).batch(train).inputs, task.scaled(train).batch(train).inputs
    )
    assert len(sent) < 4 * task.dataset.values.nbytes
    assert [b.name for b in baselines] == [b.name for b in task.baselines()]


def test_one_step_ahead_has_a_linear_baseline(series_of: Maker) -> None:
    """A straight line is forecast exactly; one target column is still a column."""
    task = bind_forecasting(series_of(np.arange(200.0)), horizon=1, lookback=8, period=1)
    development, test = task.development_and_test(0)
    (linear,) = (b for b in task.baselines() if b.name == "linear")

    predictions = linear.predict(task, task.refit_fold(development, 0), test)

    assert predictions.shape == (len(test), 1)
    assert task.score(predictions, test) < 0.1
