"""Statistics against scipy, the literature, and tables by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from actselect import statistics

VALUES = np.array([0.3, 0.1, 0.45, 0.2, 0.05, 0.33])


def test_without_overlap_it_is_the_t_test_of_scipy() -> None:
    """Rho = 0 leaves the ordinary one-sided one-sample test."""
    expected = stats.ttest_1samp(VALUES, 0.1, alternative="greater").pvalue

    assert statistics.p_above(VALUES, 0.1, rho=0.0) == pytest.approx(expected)


def test_the_correction_is_that_of_nadeau_and_bengio() -> None:
    """Their equation 9, written out for six values and rho = 1/9."""
    variance = (1 / 6 + 1 / 9) * VALUES.var(ddof=1)
    expected = stats.t.sf(VALUES.mean() / np.sqrt(variance), 5)

    assert statistics.p_above(VALUES, 0.0, rho=1 / 9) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_between_plain_and_bonferroni(p_values: list[float]) -> None:
    """And keeps the order of the p-values."""
    adjusted = statistics.holm(p_values)
    plain = np.array(p_values)

    assert (adjusted >= plain - 1e-12).all()
    assert (adjusted <= np.minimum(1, plain * len(plain)) + 1e-12).all()
    order = np.argsort(plain, kind="stable")
    assert (np.diff(adjusted[order]) >= -1e-12).all()


def test_equivalence_is_two_one_sided_tests() -> None:
    """Scipy's two tests, the larger p-value decides."""
    margin = 0.5
    lower = stats.ttest_1samp(VALUES, -margin, alternative="greater").pvalue
    upper = stats.ttest_1samp(VALUES, margin, alternative="less").pvalue
    p = max(lower, upper)

    assert statistics.equivalent(VALUES, margin, 0.0, alpha=p * 1.01)
    assert not statistics.equivalent(VALUES, margin, 0.0, alpha=p * 0.99)


def test_values_without_spread_decide_by_their_mean() -> None:
    """And one value, or none, shows nothing."""
    same = np.full(4, 0.2)

    assert statistics.p_above(same, 0.1, 0.2) == 0.0
    assert statistics.p_above(same, 0.3, 0.2) == 1.0
    assert statistics.p_above(same[:1], 0.0, 0.2) == 1.0
    assert statistics.equivalent(np.zeros(3), 0.0, 0.2, 0.01)


def test_a_gap_of_exactly_the_margin_is_not_above_it() -> None:
    """The mean of three times 0.1 is a little more than 0.1 in floating point; that is no gap."""
    same = np.full(3, 0.1)

    assert statistics.p_above(same, 0.1, 0.2) == 1.0
    assert statistics.repeats_to_show(same, 0.1, 0.2, 0.01) is None


@pytest.mark.parametrize("scale", [1e-14, 1.0, 1e14])
def test_the_unit_of_the_scores_does_not_matter(scale: float) -> None:
    """Scores and threshold in another unit have the same p-value."""
    expected = statistics.p_above(VALUES, 0.1, 0.2)

    assert statistics.p_above(scale * VALUES, scale * 0.1, 0.2) == pytest.approx(expected)


def test_the_correction_holds_its_level_when_repeats_share_data() -> None:
    """Repeats that share an error of variance rho s^2: at most 5 % of 4,000 nulls are rejected."""
    rng = np.random.default_rng(8)
    rho, k = 0.25, 10
    values = rng.normal(0, 1, (4000, k)) + rng.normal(0, np.sqrt(rho), (4000, 1))
    rate = np.mean([statistics.p_above(v, 0.0, rho) <= 0.05 for v in values])
    naive = np.mean([statistics.p_above(v, 0.0, 0.0) <= 0.05 for v in values])

    assert rate == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 4000))
    assert naive > 0.15


def test_diverged_scores_become_the_worst_of_their_repeat() -> None:
    """By hand: of the row; of the table where a whole row diverged; NaN stays."""
    table = np.array([[1.0, np.inf, 4.0], [np.inf, np.inf, np.inf], [2.0, np.nan, np.inf]])
    expected = np.array([[1.0, 4.0, 4.0], [4.0, 4.0, 4.0], [2.0, np.nan, 2.0]])

    np.testing.assert_array_equal(statistics.penalised(table), expected)


def test_one_statement_about_all_needs_no_correction_for_their_number() -> None:
    """All p just below alpha / 2 are enough together; one above it, and Holm decides."""
    sample = np.array([0.9, 1.0, 1.1, 1.2])
    p = statistics.p_above(sample, 0.0, 0.1)
    nothing = np.array([-1.0, 1.0, -1.0, 1.0])

    assert statistics.shown_above([sample] * 5, 0.0, 0.1, alpha=2.01 * p).all()
    assert not statistics.shown_above([sample] * 5, 0.0, 0.1, alpha=1.99 * p).any()
    mixed = statistics.shown_above([sample, nothing], 0.0, 0.1, alpha=2.01 * p)
    assert not mixed.any()
    mixed = statistics.shown_above([sample, nothing], 0.0, 0.1, alpha=2 * 3 * 1.01 * p)
    assert mixed.tolist() == [True, False]


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    """90 % of 2,000 independent samples, within three standard errors."""
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(2000):
        low, high = statistics.interval(rng.normal(3, 2, 7), rho=0.0)
        hits += low <= 3 <= high

    assert abs(hits / 2000 - 0.9) < 3 * np.sqrt(0.09 / 2000)


def test_the_probability_of_being_best_is_the_t_distribution_for_two() -> None:
    """For two columns it is the tail of a paired t, which scipy knows."""
    rng = np.random.default_rng(1)
    scores = rng.normal([0, 0.4], 1, (12, 2))
    difference = scores[:, 1] - scores[:, 0]
    error = np.sqrt((1 / 12 + 0.1) * difference.var(ddof=1))
    expected = stats.t.cdf(difference.mean() / error, 11)
    found = statistics.probability_best(scores, 0.1, np.random.default_rng(2))

    assert found[0] == pytest.approx(expected, abs=0.03)
    assert found.sum() == pytest.approx(1.0)


def test_the_bootstrap_interval_matches_the_normal_theory_for_a_mean() -> None:
    """For the mean of 400 independent values, within 15 % of 1.645 standard errors."""
    rng = np.random.default_rng(3)
    x = rng.normal(0, 1, 400)
    low, high = statistics.bootstrap_interval(
        lambda rows: float(x[rows].mean()), np.arange(400), level=0.9, draws=1000, rng=rng
    )

    assert (high - low) / 2 == pytest.approx(1.645 / 20, rel=0.15)


@pytest.mark.parametrize("right", [0, 40])
def test_a_perfect_rate_is_not_certain(right: int) -> None:
    """All or none of forty right: the exact binomial interval stands in for the bootstrap's."""
    low, high = statistics.bootstrap_interval(
        lambda _: right / 40, np.arange(40), level=0.9, draws=50,
        rng=np.random.default_rng(0), rate=True,
    )  # fmt: skip

    exact = stats.binomtest(right, 40).proportion_ci(0.9, method="exact")
    assert (low, high) == pytest.approx((exact.low, exact.high))


def test_blocks_are_resampled_whole() -> None:
    """Perfectly correlated blocks of ten make the interval wider by the root of ten."""
    rng = np.random.default_rng(4)
    values = np.repeat(rng.normal(0, 1, 60), 10)

    def width(blocks: np.ndarray) -> float:
        low, high = statistics.bootstrap_interval(
            lambda rows: float(values[rows].mean()), blocks, level=0.9, draws=500,
            rng=np.random.default_rng(5),
        )  # fmt: skip
        return high - low

    wide, narrow = width(np.repeat(np.arange(60), 10)), width(np.arange(600))
    assert wide / narrow == pytest.approx(np.sqrt(10), rel=0.2)
