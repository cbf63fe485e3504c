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
    """Variance (1/k + n_score / n_train) s^2, written out for six values and rho = 1/9."""
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

    assert statistics.p_beyond(VALUES, margin, 0.0) == pytest.approx(max(lower, upper))


def test_values_without_spread_decide_by_their_mean() -> None:
    """And one value, or none, shows nothing."""
    same = np.full(4, 0.2)

    assert statistics.p_above(same, 0.1, 0.2) == 0.0
    assert statistics.p_above(same, 0.3, 0.2) == 1.0
    assert statistics.p_above(same[:1], 0.0, 0.2) == 1.0
    assert statistics.p_beyond(np.zeros(3), 0.0, 0.2) == 0.0


def test_a_gap_of_exactly_the_margin_is_not_above_it() -> None:
    """The mean of three times 0.1 is a little more than 0.1 in floating point; that is no gap."""
    same = np.full(3, 0.1)

    assert statistics.p_above(same, 0.1, 0.2) == 1.0
    assert statistics.repeats_to_show(same, 0.1, 0.2, beyond=0.01, within=0.01) is None


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
    """All p just below alpha / 2 are enough together; else Holm at alpha / m decides."""
    assert statistics.shown_above([0.0249] * 5, alpha=0.05).all()
    assert not statistics.shown_above([0.0251] * 5, alpha=0.05).any()
    assert statistics.shown_above([0.9, 0.05 / 3 / 2], alpha=0.05).tolist() == [False, True]
    assert not statistics.shown_above([0.9, 0.05 / 3 / 1.99], alpha=0.05).any()


@pytest.mark.parametrize("rho", [0.0, 0.25])
@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_looking_after_every_repeat_keeps_the_error(rho: float, shared: float) -> None:
    """10,000 paths without a difference, watched from the 4th to the 27th: at most 5 % fool us.

    The overlap of the repeats' data is as the correction assumes (and then the rate is 5 %), or
    there is none, which makes the correction cautious.  Watched without it, 12 % or more do.
    """
    rng = np.random.default_rng(5)
    k = np.arange(statistics.FIRST, statistics.LAST + 1)
    noise = np.sqrt(rho * shared) * rng.standard_normal((10_000, 1))
    x = rng.standard_normal((10_000, statistics.LAST)) + noise
    mean = np.cumsum(x, axis=1)[:, k - 1] / k
    error = np.array([x[:, :n].std(axis=1, ddof=1) * np.sqrt(1 / n + rho) for n in k]).T
    least = stats.t.sf(mean / error, k - 1).min(axis=1)
    fooled = np.mean([statistics.over_looks(p, rho) <= 0.05 for p in least])

    assert fooled <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 10_000)
    if shared or not rho:
        assert fooled >= 0.05 - 4 * np.sqrt(0.05 * 0.95 / 10_000)
        assert np.mean(least <= 0.05) >= 0.12


def test_many_repeats_have_the_boundary_of_pocock() -> None:
    """Five equal looks at a normal mean, one-sided 2.5 %: 2.413 (Jennison, Turnbull 2000, 2.1)."""
    rng = np.random.default_rng(6)
    steps = rng.standard_normal((200_000, 5)).cumsum(axis=1) / np.sqrt(np.arange(1, 6))
    largest = np.concatenate([steps.max(axis=1), (-steps).max(axis=1)])

    assert np.quantile(largest, 0.975) == pytest.approx(2.413, abs=0.02)


@given(st.floats(1e-9, 1.0), st.sampled_from([0.0, 0.07, 0.25, 2.0]))
def test_one_look_and_all_looks_are_each_others_inverse(alpha: float, rho: float) -> None:
    """Up to rounding; and all looks together are never less than one of them, nor more than all."""
    p = statistics.single_look(alpha, rho)

    assert statistics.over_looks(p, rho) == pytest.approx(alpha, rel=0.02)
    assert p <= alpha * (1 + 1e-9)
    assert alpha <= 24 * p * (1 + 1e-9)


def test_a_few_equal_rates_are_no_certainty() -> None:
    """Four times one more right of 20: at least the spread of one such example in twenty.

    By hand: mean 0.05, one more in 80 makes 0.0625, variance 0.0625 * 0.9375 / 20.
    """
    same = np.full(4, 0.05)

    assert statistics.spread(same) == 0.0
    assert statistics.spread(same, 20) == pytest.approx(np.sqrt(0.0625 * 0.9375 / 20))
    assert statistics.p_above(same, 0.0, 0.25, 20) > 0.05
    assert statistics.p_beyond(np.zeros(4), 0.005, 0.25, 20) > 0.05
    assert statistics.p_beyond(np.zeros(20), 0.005, 0.25, 2000) < 0.01


def test_equal_rates_are_seldom_called_different_by_chance() -> None:
    """Two classifiers, 90 % right, independently, on 20 fresh examples a repeat, often watched.

    At most 2.5 % of 1,000 are called different in one direction (binomial bound); without the least
    spread, agreement by chance would fool more.
    """
    rng = np.random.default_rng(9)

    def fooled(examples: int | None) -> float:
        count = 0
        for gaps in (rng.binomial(20, 0.9, (1000, 2, 12)) / 20).transpose(1, 0, 2)[0] - 0.9:
            count += any(
                statistics.over_looks(
                    statistics.p_above(gaps[:k], 0.0, 0.0, examples), 0.0
                ) <= 0.025
                for k in range(statistics.FIRST, 13)
            )  # fmt: skip
        return count / 1000

    assert fooled(20) <= 0.025 + 2 * np.sqrt(0.025 * 0.975 / 1000)


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    """90 % of 2,000 independent samples, within three standard errors."""
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(2000):
        low, high = statistics.interval(rng.normal(3, 2, 7), rho=0.0)
        hits += low <= 3 <= high

    assert abs(hits / 2000 - 0.9) < 3 * np.sqrt(0.09 / 2000)


def test_a_perfect_validation_rate_is_not_certain() -> None:
    """All right in five repeats of 40: room is left for an error; and so where none is right."""
    low, high = statistics.interval(np.ones(5), rho=0.25, examples=40)
    mirrored = statistics.interval(np.zeros(5), rho=0.25, examples=40)

    assert 0.96 < low < 0.995
    assert high >= 1.0
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_equal_columns_are_equally_probable_to_be_best() -> None:
    """Two that never differ share the probability."""
    scores = np.column_stack([np.ones(5), np.ones(5), np.arange(12.0, 17.0)])

    found = statistics.probability_best(scores, 0.25, np.random.default_rng(0))

    assert found.tolist() == [0.5, 0.5, 0.0]


@pytest.mark.parametrize("columns", [2, 6])
def test_the_correction_for_selection_takes_back_what_selection_gave(columns: int) -> None:
    """300 tables of equal columns, ten repeats: the best mean is too good, the corrected is not.

    A tenth of the spread of a repeat is the bar; the plain mean misses it.
    """
    rng = np.random.default_rng(10)
    plain, corrected = [], []
    for _ in range(300):
        scores = rng.standard_normal((10, columns))
        best = scores.mean(axis=0).min()
        plain.append(best)
        corrected.append(best + statistics.optimism(scores, rng))

    assert abs(np.mean(corrected)) < 0.1
    assert np.mean(plain) < -0.15


def test_the_correction_is_the_bootstrap_written_out() -> None:
    """A loop over resamples: pick on those drawn, score on those left out."""
    rng = np.random.default_rng(11)
    scores = rng.normal([0.0, 0.1, 0.3], 1.0, (8, 3))
    found = []
    for _ in range(4000):
        drawn = rng.integers(8, size=8)
        left_out = np.setdiff1d(np.arange(8), drawn)
        if len(left_out):
            found.append(scores[left_out, scores[drawn].mean(axis=0).argmin()].mean())
    expected = np.mean(found) - scores.mean(axis=0).min()

    assert statistics.optimism(scores, rng) == pytest.approx(expected, abs=0.04)


def test_a_column_that_dropped_out_counts_as_far_as_it_came() -> None:
    """Far behind after four repeats, it changes the correction by little; unequal lengths work."""
    rng = np.random.default_rng(12)
    scores = rng.normal([0.0, 0.1, 9.0], 1.0, (12, 3))
    two = statistics.optimism(scores[:, :2], np.random.default_rng(0))
    scores[4:, 2] = np.nan

    assert statistics.optimism(scores, np.random.default_rng(0)) == pytest.approx(two, abs=1e-9)


def test_what_is_foreseen_is_what_the_test_then_sees() -> None:
    """More of the same values: the test is passed after the number of repeats that was said."""
    values = np.array([0.9, 1.4, 1.0, 0.7])
    k = statistics.repeats_to_show(values, 0.3, 0.1, beyond=0.002, within=0.01)
    assert k is not None
    assert k > 4

    centred = (values - values.mean()) / values.std(ddof=1)

    def p(repeats: int) -> float:
        pattern = np.resize(centred, repeats)
        pattern = (pattern - pattern.mean()) / pattern.std(ddof=1)
        return statistics.p_above(values.mean() + pattern * values.std(ddof=1), 0.3, 0.1)

    assert p(k) <= 0.002 < p(k - 1)


def test_what_cannot_be_seen_is_not_foreseen() -> None:
    """Noise around zero with a tiny margin: neither a difference nor a tie is in reach."""
    values = np.resize([1.0, -1.0, 1.1, -1.1], 24)
    levels = {"beyond": 0.001, "within": 0.01}

    assert statistics.repeats_to_show(values, 0.01, 0.25, **levels) is None
    assert not statistics.foreseeable(values, 0.01, 0.25, **levels)
    assert statistics.foreseeable(values, 2.0, 0.25, **levels)
    assert statistics.foreseeable(values + 1.5, 0.01, 0.25, **levels)


def test_the_least_visible_difference_is_seen_half_of_the_time() -> None:
    """4,000 samples of ten repeats with that true difference; fewer than four show nothing."""
    rng = np.random.default_rng(13)
    size = statistics.least_visible(10, 0.0, 0.01)
    seen = [statistics.p_above(rng.normal(size, 1.0, 10), 0.0, 0.0) <= 0.01 for _ in range(4000)]

    assert np.mean(seen) == pytest.approx(0.5, abs=0.06)
    assert statistics.least_visible(3, 0.0, 0.01) is None


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


@pytest.mark.parametrize("n", [25, 300])
def test_the_interval_of_a_skewed_score_has_the_outer_ends_of_two_of_scipys(n: int) -> None:
    """Root mean squared errors: percentiles and BCa, at the level that the widening amounts to."""
    errors = np.random.default_rng(4).exponential(1.0, n)
    wide = stats.t.ppf(0.95, n - 1) * np.sqrt(n / (n - 1))
    expected = [
        stats.bootstrap(
            (errors,), lambda x, axis: np.sqrt(np.mean(x**2, axis=axis)), n_resamples=4000,
            confidence_level=2 * stats.norm.cdf(wide) - 1, method=method,
            rng=np.random.default_rng(0),
        ).confidence_interval
        for method in ("percentile", "BCa")
    ]  # fmt: skip
    low, high = statistics.bootstrap_interval(
        lambda rows: float(np.sqrt(np.mean(errors[rows] ** 2))), np.arange(n),
        level=0.9, draws=4000, rng=np.random.default_rng(1),
    )  # fmt: skip

    assert low == pytest.approx(min(e.low for e in expected), rel=0.03)
    assert high == pytest.approx(max(e.high for e in expected), rel=0.03)


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
