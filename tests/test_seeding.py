"""Random streams: named, independent of order, and never the global state."""

from __future__ import annotations

import numpy as np

from actselect.seeding import generator, integer_seed


def test_a_stream_depends_on_its_name_and_root_only() -> None:
    """Making other streams before or between changes nothing."""
    first = generator(3, "init", 1).random(4)
    generator(3, "order", 9).random(100)

    assert np.array_equal(first, generator(3, "init", 1).random(4))


def test_words_and_numbers_name_different_streams() -> None:
    """``1`` and ``"1"``, and another split of the same letters, are other names."""
    seeds = {
        integer_seed(0, "a", 1),
        integer_seed(0, "a", "1"),
        integer_seed(0, "a1"),
        integer_seed(1, "a", 1),
    }

    assert 4 == len(seeds)


def test_streams_of_neighbouring_repeats_are_uncorrelated() -> None:
    """The correlation of 2,000 draws is within four standard errors of zero."""
    one, two = generator(0, "order", 0).random(2000), generator(0, "order", 1).random(2000)

    assert abs(np.corrcoef(one, two)[0, 1]) < 4 / np.sqrt(2000)


def test_the_global_state_is_left_alone() -> None:
    """Drawing from a stream does not move numpy's legacy generator."""
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    generator(0, "x").random(10)

    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
