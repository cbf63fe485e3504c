"""Splits of independent examples: stratified, groups whole, every stratum trained on.

Notation: E examples, U units (a unit is a group, or an example where there are no groups).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray


def split_by_shares(
    strata: IntArray, groups: IntArray, shares: Sequence[float], random: np.random.Generator
) -> tuple[IntArray, ...]:
    """Deal examples into parts of the given shares; each part is sorted and never empty.

    Within a stratum, units are put in random order and spread evenly over (0, 1) (systematic
    sampling); all units are then sorted by that position and cut at the shares.  So every stratum
    has its share of every part up to one unit, and the first unit of every stratum is always dealt
    to the first part: whatever can occur is trained on.

    Args:
        strata: (E,) what to spread evenly over the parts, such as the class; zeros for nothing.
        groups: (E,) examples with the same number stay together.
        shares: of all examples, summing to 1; the first should be the part trained on.
        random: where the randomness comes from.

    Raises:
        DataError: there are fewer groups than parts.

    >>> parts = split_by_shares(
    ...     np.array([0, 0, 0, 0, 1, 1]), np.arange(6), (0.5, 0.5), np.random.default_rng(0))
    >>> [len(part) for part in parts]
    [3, 3]
    """
    unit, size, stratum = _units(strata, groups)
    if len(size) < len(shares):
        raise DataError(
            wanted=f"at least {len(shares)} independent sequences or groups to split",
            got=str(len(size)),
            where="the data",
            todo="Give more sequences, or split finer than by this group column.",
        )
    order = np.argsort(_positions(stratum, random), kind="stable")
    part = np.empty(len(size), dtype=np.int64)
    part[order] = _cut(size[order], shares)
    return tuple(np.flatnonzero(part[unit] == p) for p in range(len(shares)))


def _units(strata: IntArray, groups: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the unit of each example (E,), and size and most common stratum of each unit (U,)."""
    _, unit = np.unique(groups, return_inverse=True)
    _, code = np.unique(strata, return_inverse=True)
    table = np.zeros((unit.max() + 1, code.max() + 1), dtype=np.int64)
    np.add.at(table, (unit, code), 1)
    return unit, table.sum(axis=1), table.argmax(axis=1)


def _positions(stratum: IntArray, random: np.random.Generator) -> FloatArray:
    """Return a position in [0, 1) per unit: random order, evenly spread within each stratum."""
    position = np.zeros(len(stratum))
    for s in np.unique(stratum):
        members = random.permutation(np.flatnonzero(stratum == s))
        position[members] = (np.arange(len(members)) + random.random()) / len(members)
        position[members[0]] = 0.0
    return position


def _cut(size: IntArray, shares: Sequence[float]) -> IntArray:
    """Return the part of each unit, in order, so that parts have about their shares of examples."""
    middle = (np.cumsum(size) - size / 2) / size.sum()
    part = np.searchsorted(np.cumsum(shares)[:-1], middle, side="right").astype(np.int64)
    # No part may be empty: start at the first, end at the last, and never jump over one.
    unit = np.arange(len(size))
    part[0] = 0
    part = np.minimum.accumulate(part - unit) + unit
    part[-1] = len(shares) - 1
    return np.maximum.accumulate((part - unit)[::-1])[::-1] + unit
