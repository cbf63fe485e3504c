"""Forecasting: the next steps of one or many series, all at once (direct multi-step).

Notation: N series, S steps of all series, F features (feature 0 is the target, the others are known
in the past only); L look-back, H horizon, m period; E windows asked for.

A network sees a window of L steps and forecasts H.  Features are standardised per series with the
steps trained on; the target is then counted from its last value in the window, in inputs and
outputs alike (NLinear; Zeng et al. 2023, arXiv:2205.13504), so that a trend does not lead out of
the range trained on.  The window lies wholly in the past: a bidirectional network is no cheat.

The loss follows the metric: squared error for ``rmse``, smooth absolute error for ``mase`` and
``mae``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, final

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch.nn import functional

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
    Task,
    TaskBaseline,
    exchanged,
    series_names,
)
from actselect.tasks._checks import chosen_metric, finite_predictions
from actselect.tasks._forecast_choices import chosen, error_scale, filled, target_first
from actselect.tasks._scaling import statistics
from actselect.tasks._series import ScaledForecasting
from actselect.tasks._windows import Windows, thinned

METRICS: Final[Mapping[str, MetricRecord]] = {
    "mase": MetricRecord(name="mase", direction="minimize"),
    "mae": MetricRecord(name="mae", direction="minimize"),
    "rmse": MetricRecord(name="rmse", direction="minimize"),
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
        observed: (S,) target with each missing value replaced by the one before.
    """

    name: ClassVar[str] = "forecasting"
    metrics: ClassVar[Mapping[str, MetricRecord]] = METRICS
    bidirectional_allowed: ClassVar[bool] = True
    every: ClassVar[bool] = False

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
    observed: FloatArray

    @property
    def horizon(self) -> int:
        """H, the steps to forecast."""
        return self.windows.horizon

    @property
    def lookback(self) -> int:
        """L, the steps seen."""
        return self.windows.lookback

    @property
    def future(self) -> IntArray:
        """Examples at the end of each series with L steps: they can be predicted but not scored."""
        enough = np.flatnonzero(self.dataset.lengths >= self.lookback)
        return np.asarray(self.n_examples + enough, dtype=np.int64)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Look-back and horizon."""
        return {"horizon": self.horizon, "lookback": self.lookback}

    def development_and_test(self, seed: int) -> tuple[IntArray, IntArray]:
        """Return windows of the first and of the last part of every series; the seed is not used.

        Windows whose targets straddle the border are in neither; so are those without any known
        target or input.  Of many test windows, about a thousand are taken, evenly spaced.
        """
        del seed
        test = self._usable(self.windows.in_test())
        return self._usable(self.windows.in_development()), thinned(test, MOST_TEST, self.period)

    def _usable(self, windows: IntArray) -> IntArray:
        """Drop windows whose inputs or targets are all missing in the target feature."""
        known = ~np.isnan(self.dataset.values[:, 0])
        seen: IntArray = np.concatenate([[0], np.cumsum(known)])
        series, origin = self.windows.locate(windows)
        at = self.dataset.offsets[series] + origin
        inputs = seen[at] - seen[at - self.lookback]
        usable: npt.NDArray[np.bool_] = (inputs > 0) & (seen[at + self.horizon] > seen[at])
        return windows[usable]

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
        n, lengths = len(self.dataset), self.dataset.lengths
        low, high = np.full(n, np.iinfo(np.int64).max), np.zeros(n, dtype=np.int64)
        np.minimum.at(low, series, origin - self.lookback)
        np.maximum.at(high, series, origin + self.horizon)
        owner = np.repeat(np.arange(n), lengths)
        step = np.arange(len(owner)) - np.repeat(self.dataset.offsets[:-1], lengths)
        owner[(step < low[owner]) | (step >= high[owner])] = -1
        return self._scaled(*statistics(self.dataset.values, owner, n))

    def restored(self, state: Mapping[str, npt.NDArray[np.generic]]) -> ScaledForecasting:
        """Return the scaled view with saved statistics.

        Raises:
            DataError: they were saved for another number of series or features.
        """
        mean, scale = (np.asarray(state[key], dtype=np.float64) for key in ("mean", "scale"))
        wanted = (len(self.dataset), self.input_size)
        if mean.shape != wanted:
            raise DataError(
                wanted=f"{mean.shape[0]} series of {mean.shape[1]} features, as trained on",
                got=f"{wanted[0]} series of {wanted[1]} features",
                where=self.dataset.name,
                todo="Give the same series, in the same order.",
            )
        return self._scaled(mean, scale)

    def _scaled(self, mean: FloatArray, scale: FloatArray) -> ScaledForecasting:
        return scaled_series(
            self.dataset, self.observed, self.windows, mean, scale,
            absolute=self.metric.name != "rmse",
        )  # fmt: skip

    def score(
        self, predictions: FloatArray, examples: IntArray, metric: str | None = None
    ) -> float:
        """Return MASE (no unit), MAE or RMSE (target's unit) over all known targets."""
        name = self.metric.name if metric is None else chosen_metric(METRICS, metric).name
        predicted = finite_predictions(predictions, (len(examples), self.horizon))
        errors = np.abs(self.dataset.values[self._aims(examples), 0] - predicted)
        if np.isnan(errors).all():
            raise DataError(
                wanted="a known value to score a forecast against",
                got="missing values only",
                where=f"{self.dataset.name}, {len(examples)} windows",
                todo="Fill the gaps, or give more data.",
            )
        if name == "rmse":
            return float(np.sqrt(np.nanmean(errors**2)))
        if name == "mase":
            errors = errors / self.error_scale[self.windows.locate(examples)[0], None]
        return float(np.nanmean(errors))

    def _aims(self, examples: IntArray) -> IntArray:
        """Return which of all S steps the windows aim at, (E, H)."""
        series, origin = self.windows.locate(examples)
        return (self.dataset.offsets[series] + origin)[:, None] + np.arange(self.horizon)

    def ladder(
        self, examples: IntArray, order: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the true values (where one is missing, the one before); then exchanged ones."""
        return exchanged(self.observed[self._aims(examples)], order)

    def blocks(self, examples: IntArray) -> IntArray:
        """Return time blocks of each series, at least one horizon and n^(1/3) steps long.

        n^(1/3): Hall, Horowitz and Jing 1995, Biometrika 82, for the variance of a mean.
        """
        series, origin = self.windows.locate(examples)
        span = int(np.ptp(origin)) + 1 if len(origin) else 1
        size = max(self.horizon, round(span ** (1 / 3)))
        pairs = np.stack([series, origin // size], axis=1)
        return np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)

    def baselines(self) -> tuple[Baseline, ...]:
        """Return last value, seasonal naive (where there is a period), and a linear model."""
        table = {"last value": _last_value, "seasonal naive": _seasonal_naive, "linear": _linear}
        return tuple(
            TaskBaseline(name=name, kind=ForecastingTask, function=function)
            for name, function in table.items()
            if self.period > 1 or function is not _seasonal_naive
        )


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledForecasting, IntArray]:
    """Return new series scaled with saved statistics, and the windows at their ends.

    Args:
        dataset: the steps before the ones to predict; the target is feature 0.
        state: ``mean`` and ``scale``, one row per series trained on, in the same order.
        facts: ``lookback`` and ``horizon``.

    Raises:
        DataError: another number of series or features, or a series shorter than the look-back.
    """
    mean, scale = (np.asarray(state[key], dtype=np.float64) for key in ("mean", "scale"))
    lookback = facts["lookback"]
    if mean.shape != (len(dataset), dataset.values.shape[1]):
        raise DataError(
            wanted=f"{mean.shape[0]} series of {mean.shape[1]} features, as trained on",
            got=f"{len(dataset)} series of {dataset.values.shape[1]} features",
            where=dataset.name,
            todo="Give the same series, in the same order.",
        )
    if (short := int(dataset.lengths.min())) < lookback:
        raise DataError(
            wanted=f"at least {lookback} steps of each series, the look-back of the network",
            got=f"{short}",
            where=dataset.name,
            todo="Give more of the past.",
        )
    windows = Windows(
        lengths=dataset.lengths,
        development=dataset.lengths,
        lookback=lookback,
        horizon=facts["horizon"],
    )
    scaled = scaled_series(dataset, filled(dataset), windows, mean, scale, absolute=True)
    return scaled, int(windows.first[-1]) + np.arange(len(dataset))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``series``, ``step`` (1 is the first ahead), and the target, a row a step."""
    scaled, examples = unlabelled(dataset, state, facts)
    values = scaled.predictions(network, examples)
    horizon = values.shape[1]
    return pd.DataFrame(
        {
            "series": np.repeat(series_names(dataset), horizon),
            "step": np.tile(np.arange(1, horizon + 1), len(dataset)),
            facts["target"]: values.ravel(),
        }
    )


def scaled_series(
    dataset: SequenceDataset,
    observed: FloatArray,
    windows: Windows,
    mean: FloatArray,
    scale: FloatArray,
    *,
    absolute: bool,
) -> ScaledForecasting:
    """Standardise series with these statistics, (N, F) each."""
    owner = np.repeat(np.arange(len(dataset)), dataset.lengths)
    values = (dataset.values - mean[owner]) / scale[owner]
    targets = np.concatenate([values[:, 0], np.full(windows.horizon, np.nan)])
    values[:, 0] = (observed - mean[owner, 0]) / scale[owner, 0]
    return ScaledForecasting(
        windows=windows,
        values=torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)),
        targets=torch.from_numpy(targets.astype(np.float32)),
        starts=dataset.offsets[:-1],
        mean=mean,
        scale=scale,
        absolute=absolute,
    )


def _naive(task: ForecastingTask, examples: IntArray, period: int) -> FloatArray:
    series, origin = task.windows.locate(examples)
    at = task.dataset.offsets[series] + origin
    return baselines.seasonal_naive(task.observed, at, origin, task.horizon, period)


def _last_value(task: ForecastingTask, fold: Fold, examples: IntArray) -> FloatArray:
    """Repeat the last known value; nothing is fitted."""
    del fold
    return _naive(task, examples, 1)


def _seasonal_naive(task: ForecastingTask, fold: Fold, examples: IntArray) -> FloatArray:
    """Repeat the last season; nothing is fitted."""
    del fold
    return _naive(task, examples, task.period)


def _linear(task: ForecastingTask, fold: Fold, examples: IntArray) -> FloatArray:
    """Ridge regression on what the networks see; windows thinned out to 2000.

    A missing target counts as the value before it: left out with its window, gaps here and there
    would leave no window with a long horizon.
    """
    scaled = task.scaled(fold.train)
    scaled = replace(scaled, targets=functional.pad(scaled.values[:, 0], (0, task.horizon)))

    def arrays(windows: IntArray) -> tuple[FloatArray, FloatArray]:
        batch = scaled.batch(windows)
        return batch.inputs.flatten(1).double().numpy(), batch.targets.double().numpy()

    train = thinned(fold.train, baselines.FORECAST_WINDOWS, task.period)
    predict = baselines.fit_linear_forecast(*arrays(train), *arrays(fold.stop))
    return scaled.decode(predict(arrays(examples)[0]), examples)


def bind(
    dataset: SequenceDataset,
    *,
    metric: str | None = None,
    horizon: int | None = None,
    lookback: int | None = None,
    period: int | None = None,
    target: str | None = None,
) -> ForecastingTask:
    """Return the task of forecasting the next steps of each series of the data set.

    Args:
        dataset: one sequence per series.
        metric: ``mase`` (default), ``mae``, or ``rmse``.
        horizon: steps to forecast; if not given, one period, else a tenth of a series up to 24.
        lookback: steps seen; if not given, about two periods or two horizons.
        period: steps of a season, 1 for none; if not given, it is looked for.
        target: name of the feature to forecast; if not given, the first.

    Raises:
        UnknownNameError: there is no such metric or feature.
        UsageError: a number of steps is not a positive integer.
        DataError: the series are too short, or constant throughout.

    >>> wave = np.sin(2 * np.pi * np.arange(240) / 12)[:, None]
    >>> data = SequenceDataset(name="wave", values=wave, lengths=np.array([240]),
    ...                        feature_names=("y",))
    >>> task = bind(data, horizon=6)
    >>> task.period, task.lookback
    (12, 24)
    """
    record = chosen_metric(METRICS, metric)
    dataset = target_first(dataset, target)
    observed = filled(dataset)
    windows, period, notes = chosen(dataset, observed, horizon, lookback, period)
    task = ForecastingTask(
        dataset=dataset,
        metric=record,
        encoder=Numbers(width=dataset.values.shape[1]),
        output_size=windows.horizon,
        n_examples=int(windows.first[-1]),
        length=windows.lookback,
        notes=notes,
        windows=windows,
        period=period,
        error_scale=error_scale(dataset, windows.development, period),
        observed=observed,
    )
    _refuse_too_short(task)
    return task


def _refuse_too_short(task: ForecastingTask) -> None:
    """Raise DataError unless every part of every kind of split has a window."""
    development, test = task.development_and_test(0)
    screening, refit = task.fold(development, -1, 0), task.refit_fold(development, 0)
    parts = (test, screening.train, screening.stop, screening.score, refit.train, refit.stop)
    if all(len(part) for part in parts):
        return
    raise DataError(
        wanted=f"series long enough for windows of {task.lookback} + {task.horizon} steps in "
        "training, validation and test",
        got=f"{len(task.dataset)} series of at most {task.dataset.lengths.max()} steps",
        where=task.dataset.name,
        todo="Choose a smaller horizon or look-back, or give longer series.",
    )
