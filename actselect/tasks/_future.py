"""Forecasts beyond the end of the data, by a network trained before.

Notation: N series, F features; a row of the frame is a step ahead of one series.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.dataset import SequenceDataset
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray
from actselect.tasks._base import Network, series_names
from actselect.tasks._quantiles import MEDIAN
from actselect.tasks._series import ScaledForecasting
from actselect.tasks._steps import steps_of
from actselect.tasks._windows import Windows


def restored_statistics(
    state: Mapping[str, npt.NDArray[np.generic]], dataset: SequenceDataset
) -> tuple[FloatArray, FloatArray]:
    """Return saved mean and scale, (N, F) each.

    Raises:
        DataError: they were saved for another number of series or features.
    """
    mean, scale = (np.asarray(state[key], dtype=np.float64) for key in ("mean", "scale"))
    wanted = (len(dataset), dataset.values.shape[1])
    if mean.shape != wanted:
        raise DataError(
            wanted=f"{mean.shape[0]} series of {mean.shape[1]} features, as trained on",
            got=f"{wanted[0]} series of {wanted[1]} features",
            where=dataset.name,
            todo="Give the same series, in the same order.",
        )
    return mean, scale


def unlabelled(
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> tuple[ScaledForecasting, IntArray]:
    """Return new series scaled with saved statistics, and the windows at their ends.

    Args:
        dataset: the steps before the ones to predict; the target is feature 0.
        state: ``mean`` and ``scale``, one row per series trained on, in the same order.
        facts: ``lookback`` and ``horizon``; ``quantiles`` where these are forecast.

    Raises:
        DataError: another number of series or features, or a series shorter than the look-back.
    """
    mean, scale = restored_statistics(state, dataset)
    lookback = facts["lookback"]
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
    scaled = ScaledForecasting(
        windows=windows,
        steps=steps_of(dataset),
        starts=dataset.offsets[:-1],
        mean=mean,
        scale=scale,
        absolute=True,
        levels=tuple(facts.get("quantiles", ())),
    )
    return scaled, int(windows.first[-1]) + np.arange(len(dataset))


def predict(
    network: Network,
    dataset: SequenceDataset,
    state: Mapping[str, npt.NDArray[np.generic]],
    facts: Mapping[str, Any],
) -> pd.DataFrame:
    """Return ``series``, ``step`` (1 is the first ahead), and the target, a row a step.

    Where quantiles are forecast, the target's column is the median (between the levels around 0.5
    where that is none of them), and columns such as ``q0.1`` follow.
    """
    scaled, examples = unlabelled(dataset, state, facts)
    values, horizon = scaled.predictions(network, examples), facts["horizon"]
    columns = {
        "series": np.repeat(series_names(dataset), horizon),
        "step": np.tile(np.arange(1, horizon + 1), len(dataset)),
    }
    if not scaled.levels:
        return pd.DataFrame({**columns, facts["target"]: values.ravel()})
    rows = values.reshape(-1, len(scaled.levels))
    median = np.array([np.interp(MEDIAN, scaled.levels, row) for row in rows])
    quantiles = {f"q{level}": rows[:, q] for q, level in enumerate(scaled.levels)}
    return pd.DataFrame({**columns, facts["target"]: median, **quantiles})
