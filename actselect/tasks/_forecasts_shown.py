"""Forecasts beside what was known before and what came, for the report.

Notation: E windows, H horizon, Q levels of quantiles (1 without).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from actselect.data.dataset import SequenceDataset
from actselect.records import FloatArray, ForecastExample, IntArray
from actselect.tasks._base import series_names
from actselect.tasks._quantiles import MEDIAN
from actselect.tasks._shown import rounded
from actselect.tasks._steps import Steps
from actselect.tasks._windows import Windows

LEAST_KNOWN = 24  # steps before a forecast that are shown: these, or two horizons, as far as seen


def forecasts_shown(
    dataset: SequenceDataset,
    steps: Steps,
    windows: Windows,
    chosen: IntArray,
    predictions: FloatArray,
    levels: Sequence[float],
) -> tuple[ForecastExample, ...]:
    """Return forecasts with the steps before and the true values; gaps before are filled.

    Args:
        dataset: which the series are of.
        steps: of all series.
        windows: all that there are.
        chosen: (E,) of them, whose true values are known.
        predictions: (E, H * Q).
        levels: of quantiles, ascending; none: one number a step.
    """
    series, origin = windows.locate(chosen)
    at, horizon = dataset.offsets[series] + origin, windows.horizon
    seen = min(windows.lookback, max(LEAST_KNOWN, 2 * horizon))
    known, truth = steps.windows(at - seen, seen)[..., 0], steps.targets(at, horizon)
    forecasts, names = predictions.reshape(len(chosen), horizon, -1), series_names(dataset)
    return tuple(
        ForecastExample(
            series=names[own],
            known=rounded(before),
            truth=rounded(true),
            forecast=rounded(_middle(found, levels)),
            bands=tuple((level, rounded(found[:, q])) for q, level in enumerate(levels)),
        )
        for own, before, true, found in zip(series.tolist(), known, truth, forecasts, strict=True)
    )


def _middle(forecast: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Return the median, (H,), between the levels around 0.5 where that is none of them."""
    if not levels:
        return forecast[:, 0]
    return np.array([np.interp(MEDIAN, levels, row) for row in forecast])
