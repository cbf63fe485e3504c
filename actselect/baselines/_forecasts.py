"""Baselines for series: seasons repeated, and quantiles around any forecast.

Notation: E windows to forecast, W windows whose errors are known, H steps of a forecast, Q levels,
P predictors.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import Ridge

from actselect.baselines._numbers import FORECAST_ALPHAS
from actselect.records import FloatArray, IntArray


def steps_before(origins: IntArray, history: IntArray, horizon: int, period: int) -> IntArray:
    """Return (E, H) steps of the last full season before each origin, repeated.

    Args:
        origins: (E,) the first step to forecast.
        history: (E,) steps of the same series before the origin, at least 1; where they are fewer
            than a season, the last step is repeated.
        horizon: H.
        period: steps of a season; 1 repeats the last step.

    >>> steps_before(np.array([4]), np.array([4]), 5, 2).tolist()
    [[2, 3, 2, 3, 2]]
    """
    season = np.where(history >= period, period, 1)[:, None]
    return np.asarray(origins[:, None] - season + np.arange(horizon) % season)


def linear_errors(
    x: FloatArray, y: FloatArray, x_stop: FloatArray, y_stop: FloatArray
) -> FloatArray:
    """Return (W, H) errors on the later part (stop) of a ridge regression fitted on the first.

    The penalty is the one that :func:`fit_linear_forecast` takes: that of the least squared error.

    Args:
        x: (E, P) windows.
        y: (E, H) what followed.
        x_stop: (W, P) later windows.
        y_stop: (W, H) what followed.
    """

    def errors(alpha: float) -> FloatArray:
        model = Ridge(alpha=alpha * len(x), solver="cholesky").fit(x, y)
        return np.asarray(y_stop - model.predict(x_stop).reshape(y_stop.shape))

    return min(map(errors, FORECAST_ALPHAS), key=lambda found: float(np.mean(found**2)))


def with_error_quantiles(
    forecasts: FloatArray,
    errors: FloatArray,
    levels: tuple[float, ...],
    unit: FloatArray | float = 1.0,
) -> FloatArray:
    """Return quantiles (E, H * Q): each forecast plus the quantiles of past errors at its step.

    Of n errors the k-th smallest stands at level k / (n + 1), so that a further one, exchangeable
    with them, stays below a quantile as often as its level says (split conformal prediction: Lei et
    al. 2018, J. Am. Stat. Assoc. 113, section 2.2); between two, linear interpolation.

    Args:
        forecasts: (E, H).
        errors: (W, H) target less forecast, of other windows; NaN where not known.
        levels: Q of them, in (0, 1).
        unit: (E, 1) that the errors of each window are counted in.

    >>> errors = np.array([[-1.0], [0.0], [1.0]])
    >>> with_error_quantiles(np.array([[10.0]]), errors, (0.25, 0.75)).tolist()
    [[9.0, 11.0]]
    """
    spread = np.zeros((forecasts.shape[1], len(levels)))
    for step, column in enumerate(errors.T):
        known = column[~np.isnan(column)]
        if len(known):
            spread[step] = np.quantile(known, levels, method="weibull")
    unit = np.asarray(unit).reshape(-1, 1, 1)
    return np.asarray((forecasts[..., None] + unit * spread).reshape(len(forecasts), -1))
