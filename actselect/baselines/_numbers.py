"""Baselines for sequences of numbers.

Notation: N sequences, S steps, F features, K classes; P predictors (columns); L steps after
resampling; H steps of a forecast.

A *fit* function takes training data and returns a *predict* function.  Which of them apply to a
task is that task's business.  Inputs are standardised by the training part, without missing values.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast, final

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from actselect.records import FloatArray, IntArray

QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
ALPHAS = np.logspace(-3, 3, 10)  # Dempster et al. 2020, arXiv:1910.13051, section 3.3
MAX_COLUMNS = 2000  # of raw values: keeps the ridge models below a second or two on 1,000 sequences
FORECAST_ALPHAS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # per window; inputs and targets have unit scale
FORECAST_WINDOWS = 2000  # enough for a linear model on some hundred inputs; bounds the time


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sequences:
    """Sequences one after the other: values (S, F) and lengths (N,), as in SequenceDataset."""

    values: FloatArray
    lengths: IntArray

    @property
    def starts(self) -> IntArray:
        """(N,) first step of each sequence."""
        return np.cumsum(self.lengths) - self.lengths


Predict = Callable[[Sequences], FloatArray]
FitClassifier = Callable[[Sequences, IntArray, int, bool], Predict]
FitRegressor = Callable[[Sequences, FloatArray], Predict]


def summary_features(sequences: Sequences) -> FloatArray:
    """Return (N, 10 F + 1): mean, std, first, last, slope, 5 quantiles of each feature, and length.

    The slope is that of the least-squares line over the sequence, in units per whole sequence.
    Quantiles 0, 25, 50, 75, 100 % are interpolated as by ``numpy.quantile``.

    >>> x = Sequences(values=np.array([[0.0], [1.0], [2.0]]), lengths=np.array([3]))
    >>> summary_features(x).round(2).tolist()
    [[1.0, 0.82, 0.0, 2.0, 2.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0]]
    """
    values, n, start = sequences.values, sequences.lengths, sequences.starts
    of = np.repeat(np.arange(len(n)), n)
    mean = np.add.reduceat(values, start) / n[:, None]
    centred = values - mean[of]
    std = np.sqrt(np.add.reduceat(centred**2, start) / n[:, None])
    clock = (np.arange(len(of)) - start[of]) / np.maximum(n[of] - 1, 1) - 0.5
    clock[n[of] == 1] = 0.0
    spread = np.maximum(np.add.reduceat(clock**2, start), np.finfo(float).tiny)
    slope = np.add.reduceat(clock[:, None] * centred, start) / spread[:, None]
    columns = [mean, std, values[start], values[start + n - 1], slope, _quantiles(sequences, of)]
    return np.concatenate([*columns, n[:, None].astype(float)], axis=1)


def _quantiles(sequences: Sequences, of: IntArray) -> FloatArray:
    """Return (N, 5 F) quantiles of each feature within each sequence."""
    columns = []
    for column in sequences.values.T:
        ordered = column[np.lexsort((column, of))]
        for q in QUANTILES:
            at = sequences.starts + q * (sequences.lengths - 1)
            columns.append(_between(ordered[:, None], at)[:, 0])
    return np.stack(columns, axis=1)


def _between(values: FloatArray, at: FloatArray) -> FloatArray:
    """Return rows of values at fractional positions, linearly interpolated."""
    low = np.floor(at).astype(np.int64)
    share = (at - low)[..., None]
    high = np.minimum(low + 1, len(values) - 1)
    return values[low] * (1 - share) + values[high] * share


def resampled(sequences: Sequences, length: int) -> FloatArray:
    """Return (N, L, F): each sequence linearly interpolated at L evenly spaced positions.

    A sequence of L steps comes back as it was.

    >>> x = Sequences(values=np.array([[0.0], [1.0], [2.0]]), lengths=np.array([3]))
    >>> resampled(x, 5).ravel().tolist()
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    share = np.linspace(0.0, 1.0, length) if length > 1 else np.array([0.5])
    at = sequences.starts[:, None] + share * (sequences.lengths[:, None] - 1)
    return _between(sequences.values, at)


def _common_length(sequences: Sequences) -> int:
    """Return the median length, less where that would make too many columns."""
    most = MAX_COLUMNS // sequences.values.shape[1]
    return int(max(1, min(np.median(sequences.lengths), most)))


def _flat(sequences: Sequences, length: int) -> FloatArray:
    return resampled(sequences, length).reshape(len(sequences.lengths), -1)


def fit_majority(_x: Sequences, labels: IntArray, classes: int, _balanced: bool) -> Predict:
    """Predict the share of each class in training, (K,), whatever the sequence."""
    shares = np.bincount(labels, minlength=classes) / len(labels)
    return lambda x: np.tile(shares, (len(x.lengths), 1))


def fit_logistic(x: Sequences, labels: IntArray, classes: int, balanced: bool) -> Predict:
    """Logistic regression on summary features, each scaled to unit variance."""
    present = np.unique(labels)
    if len(present) == 1:
        return fit_majority(x, labels, classes, balanced)
    scaler = StandardScaler().fit(summary_features(x))
    model = LogisticRegression(max_iter=500, class_weight="balanced" if balanced else None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # not fully fitted is still a baseline
        model.fit(scaler.transform(summary_features(x)), labels)

    def predict(new: Sequences) -> FloatArray:
        probabilities = np.zeros((len(new.lengths), classes))
        probabilities[:, present] = model.predict_proba(scaler.transform(summary_features(new)))
        return probabilities

    return predict


def fit_nearest(x: Sequences, labels: IntArray, classes: int, _balanced: bool) -> Predict:
    """1-nearest neighbour, Euclidean, on sequences resampled to the median training length.

    The neighbour's class gets the leave-one-out accuracy on the training part as its probability
    (always more than an equal share), the other classes share the rest.
    """
    length = _common_length(x)
    model = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(_flat(x, length))
    hits = 0
    if len(labels) > 1:
        hits = int((labels[model.kneighbors(return_distance=False)[:, 0]] == labels).sum())
    sure = max((hits + 1) / (len(labels) + 2), (1 + 1e-3) / classes)  # rule of succession

    def predict(new: Sequences) -> FloatArray:
        nearest = labels[model.kneighbors(_flat(new, length), return_distance=False)[:, 0]]
        return np.where(np.arange(classes) == nearest[:, None], sure, (1 - sure) / (classes - 1))

    return predict


def fit_ridge_classifier(x: Sequences, labels: IntArray, classes: int, balanced: bool) -> Predict:
    """Ridge regression on class indicators (+1, -1) from raw values, resampled and flattened.

    Probabilities are a softmax of the scores, with the temperature that fits the leave-one-out
    scores of the training part best; it does not change which class is chosen.
    """
    length = _common_length(x)
    indicators = np.where(labels[:, None] == np.arange(classes), 1.0, -1.0)
    weights = balanced_weights(labels, classes)[labels] if balanced else None
    model = _ridge_cv(_flat(x, length), indicators, weights)
    left_out = model.cv_results_[..., ALPHAS.tolist().index(model.alpha_)]
    left_out = left_out / (1 if weights is None else np.sqrt(weights)[:, None])
    sharp = _sharpness(left_out + np.average(indicators, axis=0, weights=weights), labels)
    return lambda new: cast(
        "FloatArray", softmax(sharp * model.predict(_flat(new, length)), axis=1)
    )


def _ridge_cv(x: FloatArray, y: FloatArray, weights: FloatArray | None) -> RidgeCV:
    """Fit a ridge regression, its penalty chosen by leave-one-out; keep those predictions."""
    model = RidgeCV(alphas=ALPHAS, scoring="neg_mean_squared_error", store_cv_results=True)
    return model.fit(x, y, sample_weight=weights)


def balanced_weights(labels: IntArray, classes: int) -> FloatArray:
    """Return (K,) weights n / (K n_k), as scikit-learn's ``class_weight="balanced"``."""
    counts = np.bincount(labels, minlength=classes)
    return np.where(counts > 0, len(labels) / (np.sum(counts > 0) * np.maximum(counts, 1)), 0.0)


def _sharpness(scores: FloatArray, labels: IntArray) -> float:
    """Return the factor on scores (N, K) whose softmax has the least log loss."""

    def loss(log_factor: float) -> float:
        chosen = log_softmax(np.exp(log_factor) * scores, axis=1)[np.arange(len(labels)), labels]
        return -float(chosen.mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 4.0), method="bounded").x))


def fit_mean(_x: Sequences, targets: FloatArray) -> Predict:
    """Predict the mean of the training targets."""
    return lambda new: np.full(len(new.lengths), targets.mean())


def fit_median(_x: Sequences, targets: FloatArray) -> Predict:
    """Predict the median of the training targets: the best constant for absolute errors."""
    return lambda new: np.full(len(new.lengths), np.median(targets))


def fit_ridge(x: Sequences, targets: FloatArray) -> Predict:
    """Ridge regression on raw values (resampled, flattened) and summary features, all scaled.

    Predictions are held to the range of the training targets: a sequence unlike all others can
    otherwise get a number a hundred times too large.
    """
    length = _common_length(x)

    def columns(new: Sequences) -> FloatArray:
        return np.concatenate([_flat(new, length), summary_features(new)], axis=1)

    scaler = StandardScaler().fit(columns(x))
    model = _ridge_cv(scaler.transform(columns(x)), targets, None)
    low, high = targets.min(), targets.max()
    return lambda new: np.clip(model.predict(scaler.transform(columns(new))), low, high)


def fit_linear_forecast(
    x: FloatArray, y: FloatArray, x_stop: FloatArray, y_stop: FloatArray
) -> Callable[[FloatArray], FloatArray]:
    """Ridge regression from windows (E, P) to all H steps at once; refitted on both parts.

    The penalty is the one with the least squared error on the later part (stop).
    """

    def error(alpha: float) -> float:
        model = _linear(x, y, alpha)
        return float(np.mean((predict(model, x_stop) - y_stop) ** 2))

    def predict(model: Ridge, new: FloatArray) -> FloatArray:
        found = cast("FloatArray", model.predict(new))
        return found.reshape(len(new), -1)  # of one step, scikit-learn returns (E,)

    best = min(FORECAST_ALPHAS, key=error)
    model = _linear(np.concatenate([x, x_stop]), np.concatenate([y, y_stop]), best)
    return lambda new: predict(model, new)


def _linear(x: FloatArray, y: FloatArray, alpha: float) -> Ridge:
    return Ridge(alpha=alpha * len(x), solver="cholesky").fit(x, y)
