"""scikit-learn estimators: its own checks pass, and they learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
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

EXCEPTIONS: dict[str, dict[str, str]] = {}


@parametrize_with_checks(
    [
        RecurrentClassifier(cell="gru", max_epochs=10, learning_rate=0.03),
        RecurrentRegressor(cell="gru", max_epochs=10, learning_rate=0.03),
    ],
    expected_failed_checks=lambda estimator: EXCEPTIONS.get(type(estimator).__name__, {}),
)
def test_estimators_of_one_architecture_pass_the_checks_of_scikit_learn(
    estimator: Any, check: Callable[[Any], None]
) -> None:
    """All of scikit-learn's own checks, but for the exceptions above."""
    check(estimator)
