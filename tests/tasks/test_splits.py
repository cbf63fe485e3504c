"""Splits of independent examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actselect.exceptions import DataError
from actselect.tasks._splits import split_by_shares

SHARES = (0.7, 0.2, 0.1)


@settings(max_examples=50, deadline=None)
@given(st.integers(3, 80), st.integers(1, 8), st.integers(1, 30), st.integers(0, 99))
def test_every_example_is_dealt_once_and_groups_stay_whole(
    n: int, classes: int, groups: int, seed: int
) -> None:
    """Parts are disjoint, cover everything, are not empty, and never share a group."""
    random = np.random.default_rng(seed)
    strata, group = random.integers(0, classes, n), random.integers(0, max(3, groups), n)
    group[:3] = [0, 1, 2]

    parts = split_by_shares(strata, group, SHARES, random)

    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    assert all(len(part) for part in parts)
    sets = [set(group[part].tolist()) for part in parts]
    assert sum(map(len, sets)) == len(set.union(*sets))


@pytest.mark.parametrize("seed", range(10))
def test_each_class_has_its_share_of_each_part(seed: int) -> None:
    """Class counts of a part differ from the exact shares by no more than one or two."""
    strata = np.repeat([0, 1, 2], [100, 50, 10])

    parts = split_by_shares(strata, np.arange(160), SHARES, np.random.default_rng(seed))

    for part, share in zip(parts, SHARES, strict=True):
        expected = share * np.array([100, 50, 10])
        assert np.abs(np.bincount(strata[part], minlength=3) - expected).max() <= 2


@pytest.mark.parametrize("seed", range(20))
def test_a_class_of_one_is_trained_on(seed: int) -> None:
    """The first part has at least one of each class, however rare."""
    strata = np.array([0] * 20 + [1, 2, 3])

    train, _, _ = split_by_shares(strata, np.arange(23), SHARES, np.random.default_rng(seed))

    assert set(strata[train].tolist()) == {0, 1, 2, 3}


def test_splits_differ_between_generators_and_repeat_with_the_same() -> None:
    """The same seed gives the same split, another seed another one."""
    zeros = np.zeros(100, dtype=np.int64)

    def score(seed: int) -> list[int]:
        return split_by_shares(zeros, np.arange(100), SHARES, np.random.default_rng(seed))[
            1
        ].tolist()

    assert score(1) == score(1)
    assert score(1) != score(2)


def test_two_groups_cannot_be_split_in_three() -> None:
    """The error tells how many groups there are."""
    with pytest.raises(DataError, match=r"at least 3 .*got 2"):
        split_by_shares(np.zeros(6), np.repeat([0, 1], 3), SHARES, np.random.default_rng(0))
