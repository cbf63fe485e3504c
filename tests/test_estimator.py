"""scikit-learn estimators: its own checks pass, and they learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from actselect.estimator import (
    AutoRecurrentClassifier,
    AutoRecurrentRegressor,
    RecurrentClassifier,
    RecurrentRegressor,
)
from actselect.exceptions import DataError, RunError, UnknownNameError, UsageError
from actselect.planning import least_epochs

EXCEPTIONS: dict[str, str] = {}
"""Checks of scikit-learn that the estimators of one architecture fail, with the reason: none."""

CHEAP_CHECKS = {
    "check_complex_data",
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_sparse_array",
    "check_estimator_sparse_matrix",
    "check_estimator_sparse_tag",
    "check_estimators_empty_data_messages",
    "check_estimator_tags_renamed",
    "check_estimators_unfitted",
    "check_fit1d",
    "check_fit2d_1sample",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_requires_y_none",
    "check_set_params",
    "check_supervised_y_no_nan",
    "check_valid_tag_types",
    "check_classifiers_one_label",
    "check_classifiers_regression_target",
}
"""Checks that refuse data, or look without fitting.  The rest need a study per fit, half an hour in
all; they passed when last run by hand (studies/LOG.md, 2026-11-23)."""


@parametrize_with_checks(
    [
        RecurrentClassifier(cell="gru", max_epochs=10, learning_rate=0.03),
        RecurrentRegressor(cell="gru", max_epochs=30, learning_rate=0.02),
    ],
    expected_failed_checks=lambda _: EXCEPTIONS,
)
def test_estimators_of_one_architecture_pass_the_checks_of_scikit_learn(
    estimator: Any, check: Callable[[Any], None]
) -> None:
    """All of scikit-learn's own checks, but for the exceptions above."""
    check(estimator)


def _cheap_checks() -> list[Any]:
    found = []
    for kind in (AutoRecurrentClassifier, AutoRecurrentRegressor):
        estimator = kind(cells=["rnn"], epochs_budget=least_epochs(), workers=0)
        for each, check in estimator_checks_generator(estimator, legacy=True):
            name = check.func.__name__
            if name in CHEAP_CHECKS:
                found.append(pytest.param(each, check, id=f"{kind.__name__}-{name}"))
    return found


@pytest.mark.parametrize(("estimator", "check"), _cheap_checks())
def test_estimators_that_search_pass_the_checks_of_scikit_learn_that_need_no_study(
    estimator: Any, check: Callable[[Any], None]
) -> None:
    """The checks listed above; fitting is shared with the estimators of one architecture."""
    check(estimator)


@pytest.fixture(scope="module")
def digits() -> tuple[Any, ...]:
    """Return 600 digits, read row by row: X (N, 8, 8) and y, split in two."""
    X, y = load_digits(return_X_y=True)
    parts = train_test_split(X[:600].reshape(-1, 8, 8), y[:600], random_state=0)
    return tuple(parts)


def test_a_classifier_beats_chance_clearly_on_digits(digits: tuple[Any, ...]) -> None:
    """Ten classes: chance is 0.1."""
    X, X_test, y, y_test = digits
    model = RecurrentClassifier(cell="gru", max_epochs=25, learning_rate=0.01, random_state=0)
    assert model.fit(X, y).score(X_test, y_test) > 0.7


def test_a_regressor_explains_a_sum(digits: tuple[Any, ...]) -> None:
    """The share of ink is a sum over steps, so a recurrent network can tell it."""
    X, X_test, _, _ = digits
    model = RecurrentRegressor(cell="gru", max_epochs=25, learning_rate=0.01, random_state=0)
    assert model.fit(X, X.mean((1, 2))).score(X_test, X_test.mean((1, 2))) > 0.8


def _toy(n: int = 40, steps: int = 6) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    X = np.random.default_rng(0).normal(size=(n, steps)).cumsum(axis=1)
    return X, (X[:, -1] > 0).astype(int)


def test_the_same_random_state_gives_the_same_predictions() -> None:
    """To the last bit, and a clone is as good as the original."""
    X, y = _toy()
    model = RecurrentClassifier(max_epochs=3, random_state=7)
    first = model.fit(X, y).predict_proba(X)
    assert np.array_equal(first, clone(model).fit(X, y).predict_proba(X))


def test_without_a_random_state_a_seed_is_drawn() -> None:
    """Two fits differ, and the seed is kept, so that each can be repeated."""
    X, y = _toy()
    first, second = (RecurrentClassifier(max_epochs=1).fit(X, y) for _ in range(2))
    again = RecurrentClassifier(max_epochs=1, random_state=first.seed_).fit(X, y)
    assert first.seed_ != second.seed_
    assert np.array_equal(first.predict_proba(X), again.predict_proba(X))


def test_a_random_state_object_is_drawn_from() -> None:
    """As scikit-learn's own estimators do."""
    X, y = _toy()
    seeds = [
        RecurrentClassifier(max_epochs=1, random_state=np.random.RandomState(3)).fit(X, y).seed_
        for _ in range(2)
    ]
    assert seeds[0] == seeds[1]


def test_a_clone_has_the_parameters_and_nothing_learnt() -> None:
    """What get_params gives, clone takes over."""
    X, y = _toy()
    model = RecurrentClassifier(cell="rnn", activation="relu", max_epochs=1).fit(X, y)
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "model_")


def test_a_table_an_array_and_a_list_are_the_same_sequences() -> None:
    """Three ways to write (N, T) with one feature predict alike."""
    X, y = _toy()
    forms: list[Any] = [X, X[..., None], [row[:, None] for row in X], pd.DataFrame(X)]
    found = []
    for form in forms:
        model = RecurrentClassifier(max_epochs=2, random_state=0)
        if isinstance(form, pd.DataFrame):
            form = form.add_prefix("t")  # noqa: PLW2901 - scikit-learn wants text as column names
        found.append(model.fit(form, y).predict_proba(form))
    assert all(np.array_equal(found[0], other) for other in found[1:])


def test_sequences_of_different_lengths_are_taken_as_a_list() -> None:
    """Each keeps its own last step; other lengths than in fit can be predicted."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(length, 2)) for length in range(3, 23)]
    model = RecurrentRegressor(max_epochs=2, random_state=0).fit(X, [len(x) for x in X])
    assert model.n_features_in_ == 2
    assert model.predict([np.zeros((50, 2)), np.zeros((1, 2))]).shape == (2,)


def test_the_neighbours_in_a_batch_do_not_change_a_prediction() -> None:
    """Padding and company of other lengths are invisible to 1e-10."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(length, 1)) for length in range(3, 23)]
    model = RecurrentRegressor(max_epochs=2, random_state=0).fit(X, rng.normal(size=20))
    alone = np.concatenate([model.predict([x]) for x in X])
    assert np.allclose(model.predict(X), alone, rtol=0, atol=1e-10)


def test_columns_of_probabilities_follow_classes_in_their_own_order() -> None:
    """Twelve numbers: sorted as text, 10 would stand before 2."""
    y = np.repeat(np.arange(12), 5)
    X = np.eye(12)[y] * 3.0
    model = RecurrentClassifier(cell="gru", max_epochs=60, learning_rate=0.02, random_state=0)
    model.fit(X, y)
    assert model.classes_.tolist() == list(range(12))
    assert model.score(X, y) > 0.9


def test_a_missing_value_is_filled_as_everywhere() -> None:
    """The last value before it: the same prediction as when it stands there."""
    X, y = _toy()
    model = RecurrentClassifier(max_epochs=2, random_state=0).fit(X, y)
    gap, filled = X.copy(), X.copy()
    gap[0, 3], filled[0, 3] = np.nan, X[0, 2]
    assert np.array_equal(model.predict_proba(gap), model.predict_proba(filled))


def test_every_parameter_reaches_the_architecture() -> None:
    """What was asked for is what was built."""
    X, y = _toy()
    model = RecurrentClassifier(
        cell="lstm",
        activation="softsign",
        recurrent_activation="elliott",
        output_activation="identity",
        num_layers=2,
        hidden_size=5,
        bidirectional=True,
        head_activation="relu",
        max_epochs=1,
        random_state=0,
    ).fit(X, y)
    layer = "softsign/elliott/identity"
    assert model.architecture_.key == f"lstm|{layer},{layer}|5|bi|relu"


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"max_epochs": 0}, UsageError),
        ({"learning_rate": 0.0}, UsageError),
        ({"hidden_size": 0}, UsageError),
        ({"num_layers": 0}, UsageError),
        ({"cell": "lsmt"}, UnknownNameError),
        ({"activation": "swish"}, UnknownNameError),
        ({"recurrent_activation": "tanh"}, UsageError),
        ({"learning_rate": 1e30}, RunError),
    ],
)
def test_a_wrong_parameter_is_an_error_that_says_so(
    parameters: dict[str, Any], error: type[Exception]
) -> None:
    """When fitting, as scikit-learn has it, not when making the estimator."""
    X, y = _toy()
    model = RecurrentClassifier(**{"max_epochs": 3, "random_state": 0} | parameters)
    with pytest.raises(error):
        model.fit(X, y)


def test_other_features_than_in_fit_are_refused() -> None:
    """Three features do not fit two."""
    X, y = np.random.default_rng(0).normal(size=(20, 4, 2)), np.arange(20) % 2
    model = RecurrentClassifier(max_epochs=1, random_state=0).fit(X, y)
    with pytest.raises(DataError, match="wanted 2 features per step"):
        model.predict(np.zeros((3, 4, 3)))


def test_cross_validation_of_scikit_learn_takes_three_axes() -> None:
    """An estimator is as good as its guests."""
    X, y = _toy(60)
    model = RecurrentClassifier(cell="rnn", max_epochs=20, learning_rate=0.02, random_state=0)
    assert cross_val_score(model, X[..., None], y, cv=3).mean() > 0.7


@pytest.mark.slow
def test_a_searching_classifier_reports_and_predicts(
    digits: tuple[Any, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole study: the report is kept, the folder is not, the labels are right."""
    monkeypatch.chdir(tmp_path)
    X, X_test, y, y_test = digits
    few, few_test = y < 3, y_test < 3
    names = np.array(["zero", "one", "two"])
    model = AutoRecurrentClassifier(
        cells=["rnn"], epochs_budget=least_epochs(), workers=0, random_state=0
    ).fit(X[few], names[y[few]])
    assert model.score(X_test[few_test], names[y_test[few_test]]) > 0.8
    assert model.classes_.tolist() == ["one", "two", "zero"]
    assert model.report_.best.label
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_searching_regressor_reports_and_predicts() -> None:
    """The last value of a walk is easy; a list of sequences is taken as well."""
    X, _ = _toy(120)
    model = AutoRecurrentRegressor(
        cells=["rnn"], activations=["softsign"], depths=[2], epochs_budget=least_epochs(),
        workers=0, random_state=0, metric="mae",
    )  # fmt: skip
    sequences = [row[:, None] for row in X]
    assert model.fit(sequences, X[:, -1]).score(sequences, X[:, -1]) > 0.8
    assert model.report_.record.metric.name == "mae"
    asked = model.report_.record.options
    assert [*asked["activations"], *asked["depths"]] == ["softsign", 2]
