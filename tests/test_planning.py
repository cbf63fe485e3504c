"""Plans: what a budget buys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actselect import clock
from actselect.exceptions import UsageError
from actselect.planning import (
    CONFIRMATION_SHARE,
    PLANNED_REPEATS,
    SCREENING_SHARE,
    Budget,
    architecture_cost,
    fixed_cost,
    least_epochs,
    make_plan,
    parse_duration,
)


@given(epochs=st.integers(least_epochs(), 50_000), size=st.integers(3, 100_000))
def test_a_plan_stays_within_its_budget(epochs: int, size: int) -> None:
    """Screening as planned and the planned repeats fit what they are given."""
    plan = make_plan(epochs, space_size=size)
    screening = plan.architectures * architecture_cost(plan.rungs) + fixed_cost(plan.rungs)
    confirmation = 6 * PLANNED_REPEATS * plan.epochs

    assert screening + confirmation <= epochs
    assert plan.architectures <= max(size, 3)


def test_a_few_architectures_are_all_confirmed() -> None:
    """As many as there are places: none is dropped on the word of a search score."""
    assert make_plan(3000, space_size=5).finalists == 5
    assert make_plan(3000, space_size=7).finalists == 3


def test_the_shares_leave_room_for_the_test() -> None:
    """Screening and confirmation together are less than everything."""
    assert SCREENING_SHARE + CONFIRMATION_SHARE < 1


def test_more_budget_never_means_fewer_architectures_for_the_same_length() -> None:
    """Once trainings are as long as they get, a larger budget lets more architectures in."""
    plans = [make_plan(n, space_size=10_000) for n in range(8000, 20_000, 500)]
    entering = [p.architectures for p in plans]

    assert entering == sorted(entering)


@pytest.mark.parametrize("text", ["", "5 minutes", "-3m", "0s", "nan", "m5", "1d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """The message names the forms that are understood."""
    with pytest.raises(UsageError, match="90s, 5m or 1h30m"):
        parse_duration(text)


def test_an_epoch_budget_does_not_look_at_the_clock() -> None:
    """Its deadline is never, and what is left is counted in epochs."""
    budget = Budget("epochs", 100, started=clock.now() - 1e6, workers=2)
    budget.record(30, seconds=5.0)

    assert budget.epochs_left(reserve=50.0) == 70
    assert budget.deadline(1.0, reserve=1.0) is None
