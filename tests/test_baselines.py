"""Models without a recurrent network, against numpy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, RidgeClassifierCV
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from actselect.baselines._numbers import (
    ALPHAS,
    Sequences,
    fit_linear_forecast,
    fit_logistic,
    fit_majority,
    fit_nearest,
    fit_ridge,
    fit_ridge_classifier,
    resampled,
    summary_features,
)


@pytest.fixture
def ragged() -> Sequences:
    """Return 12 random sequences of 1 to 12 steps with two features."""
    lengths = np.arange(1, 13)
    values = np.random.default_rng(0).normal(size=(int(lengths.sum()), 2))
    return Sequences(values=values, lengths=lengths)


def _blobs(n: int, length: int, seed: int = 0) -> tuple[Sequences, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    values = random.normal(size=(n * length, 2)) + 0.8 * np.repeat(labels, length)[:, None]
    return Sequences(values=values, lengths=np.full(n, length)), labels


def test_summaries_equal_numpy_on_each_sequence(ragged: Sequences) -> None:
    """Mean, std, first, last, slope and quantiles, one sequence at a time."""
    parts = np.split(ragged.values, np.cumsum(ragged.lengths)[:-1])

    found = summary_features(ragged)

    for row, x in zip(found, parts, strict=True):
        n = len(x)
        slope = (
            LinearRegression().fit(np.linspace(0, 1, n)[:, None], x).coef_[:, 0]
            if n > 1
            else np.zeros(2)
        )
        quantiles = np.quantile(x, [0, 0.25, 0.5, 0.75, 1], axis=0).T.ravel()
        expected = [*x.mean(axis=0), *x.std(axis=0), *x[0], *x[-1], *slope, *quantiles, n]
        np.testing.assert_allclose(row, expected, atol=1e-12)


@pytest.mark.parametrize("length", [2, 5, 12, 30])
def test_resampling_equals_numpy_interp(ragged: Sequences, length: int) -> None:
    """Positions are spread evenly from the first to the last step."""
    parts = np.split(ragged.values, np.cumsum(ragged.lengths)[:-1])

    found = resampled(ragged, length)

    for rows, x in zip(found, parts, strict=True):
        at = np.linspace(0, len(x) - 1, length)
        expected = np.stack([np.interp(at, np.arange(len(x)), column) for column in x.T], axis=1)
        np.testing.assert_allclose(rows, expected, atol=1e-12)


def test_resampling_to_the_same_length_changes_nothing() -> None:
    """Equal lengths are compared step by step."""
    x, _ = _blobs(6, 7)

    assert np.array_equal(resampled(x, 7), x.values.reshape(6, 7, 2))


def test_the_majority_class_is_predicted_for_all() -> None:
    """Probabilities are the shares in training."""
    x, _ = _blobs(4, 3)

    predict = fit_majority(x, np.array([1, 1, 1, 0]), 3, False)

    assert predict(x).tolist() == [[0.25, 0.75, 0.0]] * 4


def test_the_nearest_neighbour_equals_scikit_learn() -> None:
    """The chosen class is that of KNeighborsClassifier on the flattened sequences."""
    x, labels = _blobs(60, 5)
    new, _ = _blobs(30, 5, seed=1)
    oracle = KNeighborsClassifier(1).fit(x.values.reshape(60, -1), labels)

    probabilities = fit_nearest(x, labels, 3, False)(new)

    assert (
        probabilities.argmax(axis=1).tolist() == oracle.predict(new.values.reshape(30, -1)).tolist()
    )
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


def test_the_nearest_neighbour_is_as_sure_as_it_is_right() -> None:
    """Its probability is the leave-one-out accuracy, by the rule of succession."""
    x, labels = _blobs(60, 5)
    flat = x.values.reshape(60, -1)
    hits = (
        cross_val_predict(KNeighborsClassifier(1), flat, labels, cv=LeaveOneOut()) == labels
    ).sum()

    probabilities = fit_nearest(x, labels, 3, False)(x)

    np.testing.assert_allclose(probabilities.max(axis=1), (hits + 1) / 62)


def test_the_ridge_classifier_equals_scikit_learn() -> None:
    """The chosen class is that of RidgeClassifierCV with the same penalties."""
    x, labels = _blobs(60, 5)
    new, _ = _blobs(40, 5, seed=1)
    oracle = RidgeClassifierCV(alphas=ALPHAS).fit(x.values.reshape(60, -1), labels)

    probabilities = fit_ridge_classifier(x, labels, 3, False)(new)

    assert (
        probabilities.argmax(axis=1).tolist() == oracle.predict(new.values.reshape(40, -1)).tolist()
    )


@pytest.mark.parametrize("fit", [fit_logistic, fit_ridge_classifier, fit_nearest])
@pytest.mark.parametrize("balanced", [False, True])
def test_a_class_that_is_not_in_training_is_possible(fit: object, balanced: bool) -> None:
    """Probabilities have a column for it, are finite and sum to one."""
    assert callable(fit)
    x, labels = _blobs(30, 5)

    probabilities = fit(x, labels, 4, balanced)(x)

    assert probabilities.shape == (30, 4)
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert probabilities.argmax(axis=1).max() <= 2


def test_balanced_models_find_the_rare_class() -> None:
    """With 90 to 10 and overlap, weighting finds more of the rare ones."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], [180, 20])
    values = random.normal(size=(400, 1)) + np.repeat(labels, 2)[:, None]
    x = Sequences(values=values, lengths=np.full(200, 2))

    for fit in (fit_logistic, fit_ridge_classifier):
        plain, weighted = (fit(x, labels, 2, b)(x).argmax(axis=1).sum() for b in (False, True))
        assert weighted > plain


def test_ridge_predictions_stay_in_the_range_of_training() -> None:
    """A sequence far outside cannot get an absurd number."""
    x, _ = _blobs(30, 5)
    targets = x.values.reshape(30, -1).sum(axis=1)
    wild = Sequences(values=np.full((5, 2), 1e6), lengths=np.array([5]))

    assert fit_ridge(x, targets)(wild)[0] == targets.max()


def test_the_linear_forecast_finds_an_exact_rule() -> None:
    """Targets that are sums of inputs are forecast."""
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 4))
    y = np.stack([x.sum(axis=1), x[:, 0] - x[:, 3]], axis=1)

    predict = fit_linear_forecast(x[:150], y[:150], x[150:], y[150:])

    np.testing.assert_allclose(predict(x), y, atol=0.01)
