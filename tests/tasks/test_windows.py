"""Windows of series, and their splits in time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actselect.tasks._windows import Windows, development_steps, thinned


def _windows(lengths: list[int], lookback: int, horizon: int) -> Windows:
    array = np.array(lengths)
    return Windows(
        lengths=array,
        development=development_steps(array, lookback, horizon),
        lookback=lookback,
        horizon=horizon,
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=5), st.integers(1, 5), st.integers(1, 4))
def test_windows_are_numbered_by_series_and_then_by_time(
    lengths: list[int], lookback: int, horizon: int
) -> None:
    """The list written with plain loops is the same."""
    expected = [
        (i, origin)
        for i, length in enumerate(lengths)
        for origin in range(lookback, length - horizon + 1)
    ]
    windows = _windows(lengths, lookback, horizon)

    series, origin = windows.locate(np.arange(windows.first[-1]))

    assert list(zip(series.tolist(), origin.tolist(), strict=True)) == expected


def test_windows_after_the_last_end_each_series() -> None:
    """Window n + i looks at the end of series i."""
    windows = _windows([10, 4, 12], 3, 2)

    series, origin = windows.locate(windows.first[-1] + np.arange(3))

    assert series.tolist() == [0, 1, 2]
    assert origin.tolist() == [10, 4, 12]


def test_targets_that_straddle_the_border_are_in_neither_part() -> None:
    """With 20 steps, 4 for test, and horizon 3, origins 14 and 15 are dropped."""
    windows = _windows([20], 2, 3)

    first, second = windows.in_development(), windows.in_test()

    assert windows.locate(first)[1].tolist() == list(range(2, 14))
    assert windows.locate(second)[1].tolist() == [16, 17]


@pytest.mark.parametrize(
    ("length", "lookback", "horizon", "expected"),
    [(100, 10, 5, 80), (100, 10, 30, 70), (40, 12, 6, 34), (10, 20, 4, 6), (3, 2, 5, 0)],
)
def test_test_steps_are_a_fifth_but_fewer_where_that_leaves_too_little(
    length: int, lookback: int, horizon: int, expected: int
) -> None:
    """The table is worked out by hand."""
    assert development_steps(np.array([length]), lookback, horizon).tolist() == [expected]


@pytest.mark.parametrize("period", [1, 7, 12, 24, 336])
@pytest.mark.parametrize("n", [5, 100, 1000, 8000])
def test_thinning_sees_every_phase_of_the_period(n: int, period: int) -> None:
    """The stride shares no divisor with the period, and the limit is kept."""
    kept = thinned(np.arange(n), 100, period)

    assert len(kept) <= 100
    assert n <= 100 or len(kept) >= 100 * n / (n + 100 * period) - 1
    if len(kept) > period:
        assert len(set((kept % period).tolist())) == period


def test_repeats_score_later_than_screening_where_the_series_is_long() -> None:
    """No step that screening has looked at is scored again."""
    windows = _windows([4000], 48, 24)
    end_of_screening = windows.cut(-1, 0.3) + windows.score_steps

    for repeat in range(50):
        cut = windows.cut(repeat, 0.3)
        assert end_of_screening <= cut
        assert cut + windows.score_steps <= windows.development


def test_repeats_spread_evenly_over_their_range() -> None:
    """Ten repeats leave no gap larger than a quarter of the range."""
    windows = _windows([4000], 48, 24)
    _, low, high = windows.cuts()
    cuts = sorted(windows.cut(repeat, 0.7).item() for repeat in range(10))

    gaps = np.diff([low.item(), *cuts, high.item()])

    assert gaps.max() < 0.25 * (high - low).item()


def test_short_series_share_their_range() -> None:
    """144 months leave no room for fresh blocks; screening then takes the last one."""
    windows = _windows([144], 24, 12)
    screening, low, high = windows.cuts()

    assert screening.item() == high.item()
    assert low.item() < high.item()
    assert (high + windows.score_steps).item() == windows.development.item()
