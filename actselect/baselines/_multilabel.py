"""Baselines for examples with several labels, and the logistic regression behind them.

Notation: N examples, P predictors (columns), K classes, L labels.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from actselect.baselines._numbers import Predict, Sequences, summary_features
from actselect.records import FloatArray, IntArray

Predictors: TypeAlias = FloatArray | csr_array


def fit_label_shares(indicators: IntArray) -> FloatArray:
    """Return (L,): the share of training examples that have each label.

    >>> fit_label_shares(np.array([[1, 0], [1, 1]])).tolist()
    [1.0, 0.5]
    """
    return np.asarray(indicators.mean(axis=0), dtype=np.float64)


def fit_multilabel_logistic(x: Sequences, indicators: IntArray) -> Predict:
    """One logistic regression per label on summary features, each scaled to unit variance.

    Args:
        x: N training sequences.
        indicators: (N, L) 1 where the sequence has the label, else 0; a column may be constant.

    Returns:
        A function from M sequences to the probability of each label, (M, L).

    >>> x = Sequences(values=np.array([[0.0], [1.0], [5.0], [6.0]]), lengths=np.ones(4, dtype=int))
    >>> predict = fit_multilabel_logistic(x, np.array([[0, 1], [0, 1], [1, 1], [1, 1]]))
    >>> (predict(x) > 0.5).astype(int).tolist()
    [[0, 1], [0, 1], [1, 1], [1, 1]]
    """
    scaler = StandardScaler().fit(summary_features(x))
    model = fit_one_vs_rest(scaler.transform(summary_features(x)), indicators, 1.0)
    return lambda new: model(scaler.transform(summary_features(new)))


def fit_one_vs_rest(
    x: Predictors, indicators: IntArray, strength: float
) -> Callable[[Predictors], FloatArray]:
    """Fit one logistic regression per label; a label that all or none have is told as such.

    Args:
        x: (N, P) predictors.
        indicators: (N, L) of 0 and 1.
        strength: C of scikit-learn: the higher, the weaker the penalty.

    Returns:
        A function from predictors (M, P) to the probability of each label, (M, L).
    """
    models = [logistic(x, column, 2, balanced=False, strength=strength) for column in indicators.T]
    return lambda new: np.stack([model(new)[:, 1] for model in models], axis=1)


def logistic(
    x: Predictors, labels: IntArray, classes: int, *, balanced: bool, strength: float
) -> Callable[[Predictors], FloatArray]:
    """Fit a logistic regression; a class that is not in the labels gets the probability 0.

    Args:
        x: (N, P) predictors.
        labels: (N,) classes.
        classes: K.
        balanced: whether each class counts the same.
        strength: C of scikit-learn: the higher, the weaker the penalty.

    Returns:
        A function from predictors (M, P) to probabilities (M, K).
    """
    present = np.unique(labels)
    model = LogisticRegression(
        C=strength,
        class_weight="balanced" if balanced else None,
        solver="newton-cg",  # on sparse texts it takes an eighth of the time of lbfgs
        max_iter=500,
    )
    if len(present) > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is still a baseline
            warnings.filterwarnings("ignore", "Line Search failed")
            model.fit(x, labels)

    def predict(new: Predictors) -> FloatArray:
        probabilities = np.zeros((new.shape[0], classes))
        probabilities[:, present] = model.predict_proba(new) if len(present) > 1 else 1.0
        return probabilities

    return predict
