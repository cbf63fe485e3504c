"""What a forecasting task needs to know before it starts, found in the data where not given.

Notation: N series, S steps of all series, T_i steps of series i; L look-back, H horizon, m period.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from actselect.data.dataset import SequenceDataset
from actselect.data.pieces import rows_at
from actselect.data.table import quoted, shown
from actselect.exceptions import DataError, UnknownNameError, UsageError
from actselect.records import FloatArray, IntArray
from actselect.tasks._base import Task, series_names
from actselect.tasks._periods import STEPS as LAST_STEPS
from actselect.tasks._periods import common_period
from actselect.tasks._scaling import owned
from actselect.tasks._steps import Steps
from actselect.tasks._windows import MOST_WINDOWS, TEST_SHARE, Windows, development_steps

HORIZON_SHARE = 0.1  # of a series, where neither horizon nor period is known
MOST_HORIZON = 24  # steps, for the same case: a day of hours, two years of months
MOST_LOOKBACK = 512  # steps: a recurrent network's time grows with each, its memory does not
ROUNDING = 1e-9  # a seasonal difference this small beside that of neighbours is rounding error
SERIES_LOOKED_AT = 50  # for the period; more would agree


def target_first(dataset: SequenceDataset, target: str | None) -> SequenceDataset:
    """Return the data set with the target as feature 0."""
    names = dataset.feature_names
    if target is None or target == names[0]:
        return dataset
    if target not in names:
        raise UnknownNameError("feature", target, names)
    first = names.index(target)
    order = [first, *(i for i in range(len(names)) if i != first)]
    return replace(
        dataset,
        values=dataset.values[:, order],
        feature_names=tuple(names[i] for i in order),
        target_name=target,
    )


def chosen(
    dataset: SequenceDataset,
    steps: Steps,
    horizon: int | None,
    lookback: int | None,
    period: int | None,
) -> tuple[Windows, int, tuple[str, ...]]:
    """Return windows, period, and notes on what was found rather than given."""
    for name, number in (("horizon", horizon), ("lookback", lookback), ("period", period)):
        if number is not None and (isinstance(number, bool) or int(number) != number or number < 1):
            raise UsageError(f"{name} must be a positive number of steps; got {number!r}.")
    notes = []
    if period is None:
        period = _found_period(dataset, steps)
        notes.append(
            f"Found a period of {period} steps." if period > 1 else "Found no period in the target."
        )
    length = int(np.median(dataset.lengths))
    if horizon is None:
        horizon = _default_horizon(length, period)
        notes.append(f"No horizon was given: forecasting {horizon} steps.")
    if lookback is None:
        lookback = _default_lookback(length, horizon, period)
        notes.append(f"Each forecast looks back on {lookback} steps.")
    development = _development(dataset, lookback, horizon)
    windows = Windows(
        lengths=dataset.lengths, development=development, lookback=lookback, horizon=horizon
    )
    notes.extend(_left_out_notes(dataset, windows))
    return windows, period, (*notes, *_short_notes(windows), *_long_notes(windows, period))


def _found_period(dataset: SequenceDataset, steps: Steps) -> int:
    """Look for a period in the first 80 % of at most fifty series; 1 if there is none."""
    chosen_series = np.unique(np.linspace(0, len(dataset) - 1, SERIES_LOOKED_AT).astype(np.int64))
    starts = dataset.offsets[:-1]
    ends = starts + ((1 - TEST_SHARE) * dataset.lengths).astype(np.int64)
    first = np.maximum(starts, ends - LAST_STEPS)
    found = common_period(
        steps.windows(first[i : i + 1], ends[i] - first[i])[0, :, 0] for i in chosen_series
    )
    return found or 1


def _default_horizon(length: int, period: int) -> int:
    """Return one period, up to a fifth of a series; without period a tenth, up to 24."""
    if period > 1:
        return max(1, min(period, int(TEST_SHARE * length)))
    return max(1, min(MOST_HORIZON, int(HORIZON_SHARE * length)))


def _default_lookback(length: int, horizon: int, period: int) -> int:
    """Return two periods (one and two horizons, if that is less) or two horizons, as data allow."""
    wish = max(2 * horizon, min(2 * period, period + 2 * horizon))
    test = max(horizon, int(TEST_SHARE * length))
    room = (length - test) // 2 - horizon
    return max(1, min(wish, room, MOST_LOOKBACK))


def _development(dataset: SequenceDataset, lookback: int, horizon: int) -> IntArray:
    """Return the development steps of each series, (N,): the user's split, or the first 80 %."""
    if dataset.test_steps is not None:
        return np.asarray(np.maximum(dataset.lengths - dataset.test_steps, 0), dtype=np.int64)
    if dataset.test is None:
        return development_steps(dataset.lengths, lookback, horizon)
    return np.where(dataset.test, 0, dataset.lengths).astype(np.int64)


def _short_notes(windows: Windows) -> tuple[str, ...]:
    """Return a note if screening and confirmation share scored steps."""
    screening, low, _ = windows.cuts()
    if np.median(low - screening) > 0:
        return ()
    shared = "The series are short: screening and confirmation score some of the same steps, which "
    return (shared + "flatters the finalists a little.",)


def _left_out_notes(dataset: SequenceDataset, windows: Windows) -> tuple[str, ...]:
    """Return a note on series that are too short for a single window; others may be long enough."""
    short = np.flatnonzero(np.diff(windows.first) == 0)
    if not len(short) or len(short) == len(dataset):
        return ()
    names = shown((quoted(series_names(dataset)[i], 40) for i in short.tolist()), limit=4)
    needed = windows.lookback + windows.horizon
    return (f"Series of fewer than {needed} steps have no window and were left out: {names}.",)


def _long_notes(windows: Windows, period: int) -> tuple[str, ...]:
    """Return a note if a series has more windows than are trained on."""
    there, kept = windows.development_counts, len(windows.in_development(MOST_WINDOWS, period))
    if (there <= MOST_WINDOWS).all():
        return ()
    return (f"Trained on {kept} of {there.sum()} windows, evenly spaced.",)


def error_scale(dataset: SequenceDataset, development: IntArray, period: int) -> FloatArray:
    """Return (N,) mean absolute difference over a period, in the development steps of each series.

    A series without such differences, or with none but rounding errors, gets its mean absolute
    difference of neighbours, else the mean of all other series.

    Source: Hyndman and Koehler 2006, Int. J. Forecasting 22, section 3; with period m, Hyndman and
    Athanasopoulos 2021, Forecasting: principles and practice, section 5.8.

    Raises:
        DataError: the target is constant in all series, so that MASE has no scale.
    """
    seasonal, neighbours = (_mean_difference(dataset, development, lag) for lag in (period, 1))
    scale = np.where(seasonal > ROUNDING * neighbours, seasonal, neighbours)
    if (development < 2).all():
        return np.ones_like(scale)  # no two steps to tell by; the task refuses series so short
    if not (scale > 0).any():
        raise DataError(
            wanted="a target that varies",
            got="the same value at all steps",
            where=f"{dataset.name}, {dataset.feature_names[0]!r}",
            todo="Choose another target.",
        )
    return np.where(scale > 0, scale, scale[scale > 0].mean())


def _mean_difference(dataset: SequenceDataset, development: IntArray, lag: int) -> FloatArray:
    """Return (N,) mean of |y_t - y_(t - lag)| over known pairs of development steps; 0 if none."""
    values, start, n = dataset.values, dataset.offsets[:-1], len(dataset)
    count, total, width = np.zeros(n), np.zeros(n), values.shape[1]
    for of, at in owned(start + lag, start + np.maximum(development, lag), width):
        difference = np.abs(rows_at(values, at)[:, 0] - rows_at(values, at - lag)[:, 0])
        known = ~np.isnan(difference)
        count += np.bincount(of[known], minlength=n)
        total += np.bincount(of[known], weights=difference[known], minlength=n)
    return total / np.maximum(count, 1)


def refuse_too_short(task: Task, windows: Windows) -> None:
    """Raise DataError unless every part of every kind of split has a window."""
    development, test = task.development_and_test(0)
    screening, refit = task.fold(development, -1, 0), task.refit_fold(development, 0)
    parts = (test, screening.train, screening.stop, screening.score, refit.train, refit.stop)
    if all(len(part) for part in parts):
        return
    lengths = task.dataset.lengths
    shortest = np.argsort(lengths, kind="stable")[:4].tolist()
    names = (f"{quoted(series_names(task.dataset)[i], 40)} ({lengths[i]})" for i in shortest)
    raise DataError(
        wanted=f"series long enough for windows of {windows.lookback} + {windows.horizon} steps in "
        "training, validation and test",
        got=f"{len(lengths)} series of at most {lengths.max()} steps, the shortest "
        + ", ".join(names),
        where=task.dataset.name,
        todo="Choose a smaller horizon or look-back, or give longer series.",
    )
