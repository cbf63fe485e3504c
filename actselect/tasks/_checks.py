"""Checks that every task makes at its door."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from actselect.exceptions import RunError, UnknownNameError
from actselect.records import FloatArray, MetricRecord


def chosen_metric(metrics: Mapping[str, MetricRecord], name: str | None) -> MetricRecord:
    """Return the metric of this name, or the first, which is the default.

    >>> table = {"mae": MetricRecord(name="mae", direction="minimize")}
    >>> chosen_metric(table, None).name
    'mae'
    """
    if name is None:
        return next(iter(metrics.values()))
    if name not in metrics:
        raise UnknownNameError("metric", name, metrics)
    return metrics[name]


def finite_predictions(predictions: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Return the predictions as float64; a wrong shape is our bug, NaN or Inf a failed run.

    Raises:
        RunError: a prediction is not finite.
    """
    array = np.asarray(predictions, dtype=np.float64)
    if array.shape != shape:
        raise ValueError(f"predictions must have shape {shape}; got {array.shape}.")
    if not np.isfinite(array).all():
        raise RunError(
            f"{int((~np.isfinite(array)).sum())} of {array.size} predictions are not finite: "
            "the training diverged."
        )
    return array
