"""Who enters a search: nobody twice, and more and more of what did well."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import pytest

from actselect.architecture import Architecture
from actselect.entrants import Entrants
from actselect.search_space import SearchSpace, make_space

EACH = 60  # that enter between two lessons


def entrants(space: SearchSpace, *, everything: bool = False, seed: int = 0) -> Entrants:
    """Return who enters a search that minimizes, the defaults first."""
    return Entrants(space, space.defaults(), everything=everything, seed=seed, direction="minimize")


def space(**axes: object) -> SearchSpace:
    """Return the full space, or a part of it."""
    sizes = {"input_size": 1, "output_size": 1, "bidirectional_allowed": True, "hidden_size": 8}
    return make_space("full", **sizes, **axes)  # type: ignore[arg-type]


def brackets(
    who: Entrants, score: Callable[[Architecture], float], number: int = 3, each: int = EACH
) -> list[list[Architecture]]:
    """Let some enter, rank them, prune two of three, and so on."""
    found = []
    for _ in range(number):
        entered = [a for _ in range(who.expected(each)) if (a := who.next()) is not None]
        for architecture in entered:
            who.learn(architecture, 1, score(architecture))
        ranked = sorted(entered, key=score)
        for place, architecture in enumerate(ranked):
            who.end(architecture, score(architecture) if place < len(ranked) // 3 else None)
        found.append(entered)
    return found


def gru_is_good(architecture: Architecture) -> float:
    """Return a score that one cell and, less, one activation make better."""
    first = architecture.layers[0].activation
    return float(architecture.cell != "gru") + 0.5 * (first != "tanh")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_did_well_enters_more_often_to_the_end(seed: int) -> None:
    """Also after many suggestions of what was there already: the search stays a search."""
    shares = [
        sum(a.cell == "gru" for a in entered) / len(entered)
        for entered in brackets(entrants(space(), seed=seed), gru_is_good)
    ]

    assert shares[0] < 0.3
    assert min(shares[1:]) > 2 * shares[0]


def test_nobody_enters_twice_and_a_small_space_is_used_up() -> None:
    """Suggested, random, and in the end what is left: all of it, and nothing but it."""
    small = space(
        cells_=["rnn", "gru"],
        activations_=["tanh", "relu", "elu"],
        recurrent_activations=["sigmoid"],
        output_activations=["same"],
        head_activations=["identity"],
        depths=[1],
        bidirectional=False,
    )

    entered = [*chain(*brackets(entrants(small), gru_is_good, each=3))]

    assert len(entered) == len(set(entered)) == small.entrants() == 7
    assert set(entered) == {*small.architectures(), *small.defaults()}


def test_the_same_seed_names_the_same_and_another_others() -> None:
    """What enters depends on the seed and on what was learned, on nothing else."""
    first, again, other = (
        brackets(entrants(space(), seed=seed), gru_is_good, number=2) for seed in (0, 0, 1)
    )

    assert first == again
    assert set(first[1]) != set(other[1])


def test_those_who_must_enter_do_so_where_there_is_less_room() -> None:
    """The defaults are three, whatever the plan says."""
    who = entrants(space())

    assert who.expected(1) == 3
    assert [who.next() for _ in range(3)] == list(space().defaults())
    assert who.expected(1) == 1
