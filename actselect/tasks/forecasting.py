"""Forecasting: the next steps of one or many series, all at once (direct multi-step).

Notation: N series, S steps of all series, F features (feature 0 is the target, the others are known
in the past only); L look-back, H horizon, m period; E windows asked for.

A network sees a window of L steps and forecasts H.  Features are standardised per series with the
steps trained on; the target is then counted from its last value in the window, in inputs and
outputs alike (NLinear; Zeng et al. 2023, arXiv:2205.13504), so that a trend does not lead out of
the range trained on.  The window lies wholly in the past: a bidirectional network is no cheat.

The loss follows the metric: squared error for ``rmse``, smooth absolute error for ``mase`` and
``mae``; for quantiles it is the pinball loss.

A series may be mapped from a file larger than the memory: no array here has S entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
import numpy.typing as npt

from actselect import baselines
from actselect.data.dataset import SequenceDataset
from actselect.encoders import Encoder, Numbers
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray, MetricRecord
from actselect.seeding import generator
from actselect.tasks._base import (
    Baseline,
    Fold,
    Network,
    Scaled,
    Task,
    TaskBaseline,
    exchanged,
)
from actselect.tasks._checks import chosen_metric, finite_predictions
from actselect.tasks._forecast_choices import (
    chosen,
    error_scale,
    refuse_too_short,
    target_first,
)
from actselect.tasks._forecasts_shown import forecasts_shown
from actselect.tasks._future import restored_statistics
from actselect.tasks._losses import pinball_errors
from actselect.tasks._quantiles import MEDIAN, PINBALL, checked_levels, refuse_metric
from actselect.tasks._scaling import statistics_between
from actselect.tasks._series import ScaledForecasting
from actselect.tasks._shown import MOST_FORECASTS, Showing, Shown
from actselect.tasks._steps import Steps, steps_of
from actselect.tasks._windows import MOST_WINDOWS, Windows, thinned

METRICS: Final[Mapping[str, MetricRecord]] = {
    "mase": MetricRecord(name="mase", direction="minimize"),
    "mae": MetricRecord(name="mae", direction="minimize"),
    "rmse": MetricRecord(name="rmse", direction="minimize"),
    "pinball": MetricRecord(name="pinball", direction="minimize"),
}
MOST_TEST = 1000  # windows: neighbours overlap, more would cost time and tell little
MOST_SCORED = 512
MOST_STOP = 256


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForecastingTask(Task):
    """Windows to the steps that follow; made by :func:`actselect.tasks.bind`.

    Args:
        windows: which windows there are, and where development ends.
        period: m in steps; 1 if there is none.
        error_scale: (N,) mean absolute seasonal difference over the development steps: what MASE
            divides by (Hyndman and Koehler 2006, Int. J. Forecasting 22, section 3).
        steps: of all series, gaps filled with the value before.
        quantiles: levels forecast at each step, ascending; none: one number.
    """

    name: ClassVar[str] = "forecasting"
    metrics: ClassVar[Mapping[str, MetricRecord]] = METRICS
    bidirectional_allowed: ClassVar[bool] = True
    every: ClassVar[bool] = False
    most_steps: ClassVar[int] = 32
    hidden_size: ClassVar[int] = 32

    dataset: SequenceDataset
    metric: MetricRecord
    encoder: Encoder
    output_size: int
    n_examples: int
    length: int
    notes: tuple[str, ...]
    truncation: int | None = None
    windows: Windows
    period: int
    error_scale: FloatArray
    steps: Steps
    quantiles: tuple[float, ...] = ()

    @property
    def horizon(self) -> int:
        """H, the steps to forecast."""
        return self.windows.horizon

    @property
    def lookback(self) -> int:
        """L, the steps seen."""
        return self.windows.lookback

    @property
    def longest_input(self) -> int:
        """The look-back: of all windows the same."""
        return self.lookback

    @property
    def future(self) -> IntArray:
        """Examples at the end of each series with L steps: they can be predicted but not scored."""
        enough = np.flatnonzero(self.dataset.lengths >= self.lookback)
        return np.asarray(self.n_examples + enough, dtype=np.int64)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Look-back and horizon; levels of quantiles, where these are forecast."""
        levels = {"quantiles": list(self.quantiles)} if self.quantiles else {}
        return {"horizon": self.horizon, "lookback": self.lookback, **levels}

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return windows of the first and of the last part of every series; the seed is not used.

        Windows whose targets straddle the border are in neither; so are those without any known
        target or input.  Of many test windows, about a thousand are taken, evenly spaced; so are a
        hundred thousand of the development windows of a very long series.
        """
        del seed
        test = self._usable(self.windows.in_test(MOST_WINDOWS, self.period))
        development = self._usable(self.windows.in_development(MOST_WINDOWS, self.period))
        return development, thinned(test, MOST_TEST, self.period)

    def _usable(self, windows: IntArray) -> IntArray:
        """Drop windows whose inputs or targets are all missing in the target feature."""
        series, origin = self.windows.locate(windows)
        at = self.dataset.offsets[series] + origin
        inputs, targets = (at - self.lookback, at), (at, at + self.horizon)
        return windows[(self.steps.known(*inputs) > 0) & (self.steps.known(*targets) > 0)]

    def fold(self, development: IntArray, repeat: int, seed: int) -> Fold:
        """Return a rolling origin: train, then the stop block, then the score block, in time.

        The score block begins at a cut that differs between repeats (multiples of the golden ratio,
        from a seeded start); where exactly it may lie is told by :meth:`Windows.cuts`.
        """
        offset = float(generator(seed, "rolling origin").random())
        cut, score = self.windows.cut(repeat, offset), self.windows.score_steps
        fold = self._split(development, cut, cut + score)
        used = cut > self.lookback
        return Fold(
            train=fold.train,
            stop=fold.stop,
            score=fold.score,
            steps=(int(score[used].sum()), int(cut[used].sum())),
        )

    def refit_fold(self, development: IntArray, seed: int) -> Fold:
        """Return a fold whose stop block is the last part of development; the seed is not used."""
        del seed
        end = self.windows.development
        return self._split(development, end, end)

    def _split(self, windows: IntArray, cut: IntArray, end: IntArray) -> Fold:
        """Train before the stop block, which ends at cut; score from cut to end."""
        stop = cut - self.windows.stop_steps
        between = self.windows.between
        return Fold(
            train=between(windows, np.zeros_like(cut), stop),
            stop=thinned(between(windows, stop, cut), MOST_STOP, self.period),
            score=thinned(between(windows, cut, end), MOST_SCORED, self.period),
        )

    def scaled(self, train: IntArray) -> ScaledForecasting:
        """Fit mean and scale per series on the steps that these windows look at or aim at."""
        series, origin = self.windows.locate(train)
        starts = self.dataset.offsets[:-1]
        low, high = self.dataset.lengths.copy(), np.zeros_like(starts)
        np.minimum.at(low, series, origin - self.lookback)
        np.maximum.at(high, series, origin + self.horizon)
        first, last = starts + low, starts + high
        return self._scaled(
            *statistics_between(self.steps.to_measure, self.input_size, first, last)
        )

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledForecasting:
        """Return the scaled view with saved statistics.

        Raises:
            DataError: they were saved for another number of series or features.
        """
        return self._scaled(*restored_statistics(state, self.dataset))

    def _scaled(self, mean: FloatArray, scale: FloatArray) -> ScaledForecasting:
        return ScaledForecasting(
            windows=self.windows,
            steps=self.steps,
            starts=self.dataset.offsets[:-1],
            mean=mean,
            scale=scale,
            absolute=self.metric.name != "rmse",
            levels=self.quantiles,
        )

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return MASE (no unit), MAE or RMSE (target's unit) over all known targets.

        Of quantiles these judge the median.  ``pinball`` judges all: their mean pinball loss in
        units of the error scale of MASE, the scaled pinball loss of the M5 competition (Makridakis
        et al. 2022, Int. J. Forecasting 38, 1365) but for the season in that scale.

        Raises:
            UsageError: the metric judges quantiles, or a median, that are not forecast.
        """
        name = self.metric.name if metric is None else chosen_metric(METRICS, metric).name
        refuse_metric(name, self.quantiles)
        predicted = finite_predictions(predictions, (len(examples), self.output_size))
        forecasts = predicted.reshape(len(examples), self.horizon, -1)
        targets = self.targets(examples)
        if np.isnan(targets).all():
            raise DataError(
                wanted="a known value to score a forecast against",
                got="missing values only",
                where=f"{self.dataset.name}, {len(examples)} windows",
                todo="Fill the gaps, or give more data.",
            )
        if name == PINBALL:
            errors = pinball_errors(targets, forecasts, self.quantiles)
        else:
            middle = self.quantiles.index(MEDIAN) if self.quantiles else 0
            errors = np.abs(targets - forecasts[..., middle])
        if name == "rmse":
            return float(np.sqrt(np.nanmean(errors**2)))
        if name in {"mase", PINBALL}:
            errors = errors / self.error_scale[self.windows.of(examples), None]
        return float(np.nanmean(errors))

    def targets(self, examples: IntArray) -> FloatArray:
        """Return what the windows aim at, (E, H), NaN where missing; not for those at the end."""
        series, origin = self.windows.locate(examples)
        return self.steps.targets(self.dataset.offsets[series] + origin, self.horizon)

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the true values (where one is missing, the one before); then exchanged ones.

        Each stands for all quantiles of its step.
        """
        series, origin = self.windows.locate(examples)
        aim = self.dataset.offsets[series] + origin
        right = self.steps.windows(aim, self.horizon)[..., 0]
        return exchanged(np.repeat(right, max(1, len(self.quantiles)), axis=1), order)

    def blocks(self, examples: IntArray) -> IntArray:
        """Return time blocks of each series; see :meth:`Windows.blocks`."""
        return self.windows.blocks(examples)

    def baselines(self) -> tuple[Baseline, ...]:
        """Return last value, seasonal naive (where there is a period), and a linear model."""
        table = {"last value": _last_value, "seasonal naive": _seasonal_naive, "linear": _linear}
        return tuple(
            TaskBaseline(name=name, kind=ForecastingTask, function=function)
            for name, function in table.items()
            if self.period > 1 or function is not _seasonal_naive
        )

    def shown(self, network: Network, scaled: Scaled, examples: IntArray, how: Showing) -> Shown:
        """Return forecasts of different series, where there are several, for known steps."""
        known = examples[~np.isnan(self.targets(examples)).any(axis=1)]
        chosen = how.spread(known, self.windows.of(known), MOST_FORECASTS)
        if len(chosen) == 0:
            return Shown()
        found, data = scaled.predictions(network, chosen), (self.dataset, self.steps, self.windows)
        return Shown(forecasts=forecasts_shown(*data, chosen, found, self.quantiles))


def _repeated(task: ForecastingTask, examples: IntArray, period: int) -> FloatArray:
    """Return the last season before each window, repeated, (E, H)."""
    series, origin = task.windows.locate(examples)
    at = task.dataset.offsets[series] + origin
    return task.steps.observed(baselines.steps_before(at, origin, task.horizon, period))


def _naive(task: ForecastingTask, fold: Fold, examples: IntArray, period: int) -> FloatArray:
    """Repeat the last season; quantiles are those of its errors in the part trained on.

    Errors of all series are put together, each in units of its standard deviation.
    """
    found = _repeated(task, examples, period)
    if not task.quantiles:
        return found
    past = np.concatenate([fold.train, fold.stop])
    past = thinned(past, baselines.FORECAST_WINDOWS, task.period)
    scale = task.scaled(fold.train).scale[:, :1]
    errors = (task.targets(past) - _repeated(task, past, period)) / scale[task.windows.of(past)]
    return baselines.with_error_quantiles(
        found, errors, task.quantiles, scale[task.windows.of(examples)]
    )


def _last_value(task: ForecastingTask, fold: Fold, examples: IntArray) -> FloatArray:
    """Repeat the last known value; nothing is fitted."""
    return _naive(task, fold, examples, 1)


def _seasonal_naive(task: ForecastingTask, fold: Fold, examples: IntArray) -> FloatArray:
    """Repeat the last season; nothing is fitted."""
    return _naive(task, fold, examples, task.period)


def _linear(task: ForecastingTask, fold: Fold, examples: IntArray) -> FloatArray:
    """Ridge regression on what the networks see; windows thinned out to 2000.

    A missing target counts as the value before it: left out with its window, gaps here and there
    would leave no window with a long horizon.  Quantiles are those of the errors on the stopping
    part when fitted without it; missing targets count as missing there.
    """
    scaled = task.scaled(fold.train)
    train = thinned(fold.train, baselines.FORECAST_WINDOWS, task.period)
    data = tuple(
        part
        for windows in (train, fold.stop)
        for part in (_inputs(scaled, windows), scaled.filled_targets(windows))
    )
    found = baselines.fit_linear_forecast(*data)(_inputs(scaled, examples))
    if task.quantiles:
        missing = np.isnan(task.targets(fold.stop))
        errors = np.where(missing, np.nan, baselines.linear_errors(*data))
        found = baselines.with_error_quantiles(found, errors, task.quantiles)
    return scaled.decode(found, examples)


def _inputs(scaled: ScaledForecasting, examples: IntArray) -> FloatArray:
    """Return what the networks see, (E, L * F)."""
    return np.asarray(scaled.batch(examples).inputs.flatten(1).double().numpy())


def bind(
    dataset: SequenceDataset,
    *,
    metric: str | None = None,
    horizon: int | None = None,
    lookback: int | None = None,
    period: int | None = None,
    target: str | None = None,
    quantiles: Sequence[float] | None = None,
) -> ForecastingTask:
    """Return the task of forecasting the next steps of each series of the data set.

    Args:
        dataset: one sequence per series.
        metric: ``mase`` (default), ``mae``, ``rmse``; ``pinball`` (default) with quantiles.
        horizon: steps to forecast; if not given, one period, else a tenth of a series up to 24.
        lookback: steps seen; if not given, about two periods or two horizons.
        period: steps of a season, 1 for none; if not given, it is looked for.
        target: name of the feature to forecast; if not given, the first.
        quantiles: levels in (0, 1), ascending, to forecast at each step instead of one number.

    Raises:
        UnknownNameError: there is no such metric or feature.
        UsageError: a number of steps is not a positive integer, levels are none or do not ascend,
            or the metric does not fit them.
        DataError: the series are too short, or constant throughout.

    >>> wave = np.sin(2 * np.pi * np.arange(240) / 12)[:, None]
    >>> data = SequenceDataset(name="wave", values=wave, lengths=np.array([240]),
    ...                        feature_names=("y",))
    >>> task = bind(data, horizon=6)
    >>> task.period, task.lookback
    (12, 24)
    """
    levels = () if quantiles is None else checked_levels(quantiles)
    record = chosen_metric(METRICS, PINBALL if levels and metric is None else metric)
    refuse_metric(record.name, levels)
    dataset = target_first(dataset, target)
    steps = steps_of(dataset)
    windows, period, notes = chosen(dataset, steps, horizon, lookback, period)
    task = ForecastingTask(
        dataset=dataset,
        metric=record,
        encoder=Numbers(width=dataset.values.shape[1]),
        output_size=windows.horizon * max(1, len(levels)),
        n_examples=int(windows.first[-1]),
        length=windows.lookback,
        notes=notes,
        windows=windows,
        period=period,
        error_scale=error_scale(dataset, windows.development, period),
        steps=steps,
        quantiles=levels,
    )
    refuse_too_short(task, windows)
    return task
