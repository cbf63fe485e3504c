"""Events that are on or off, against scipy and tables by hand."""

from __future__ import annotations

import numpy as np
from scipy.stats import bernoulli

from actselect.baselines import bernoulli_nll, fit_marginals, fit_repeat

EVENTS = np.array([[1, 0], [1, 0], [0, 0], [1, 0], [0, 1]], dtype=np.uint8)


def test_marginals_follow_the_rule_of_succession() -> None:
    """By hand: 3 and 1 of 5 steps."""
    found = fit_marginals(EVENTS)

    np.testing.assert_allclose(found, [4 / 7, 2 / 7])


def test_what_follows_is_counted_inside_sequences_only() -> None:
    """By hand, of two sequences of 3 and 2 steps: after on 1 of 3, after off none; 1 of 3."""
    predict = fit_repeat(EVENTS, np.array([3, 0, 2, 0]))

    found = predict(np.array([[1, 1], [0, 0]]))

    np.testing.assert_allclose(found, [[2 / 5, 1 / 2], [1 / 2, 2 / 5]])


def test_the_likelihood_is_that_of_scipy() -> None:
    """Summed over features; one probability per feature, or per step and feature."""
    random = np.random.default_rng(0)
    events = random.integers(0, 2, (20, 3))
    for p in (random.random((20, 3)), random.random(3)):
        expected = -bernoulli.logpmf(events, p).sum(axis=1)

        np.testing.assert_allclose(bernoulli_nll(p, events), expected)


def test_a_certainty_that_is_wrong_costs_much_but_not_everything() -> None:
    """Probabilities 0 and 1 give finite numbers; being right costs nothing to speak of."""
    found = bernoulli_nll(np.array([0.0, 1.0]), np.array([[0, 1], [1, 0]]))

    assert abs(found[0]) < 1e-12
    assert 50 < found[1] < 100
