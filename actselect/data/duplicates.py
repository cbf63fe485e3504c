"""Sequences that occur twice: on two sides of a split they leak."""

from __future__ import annotations

import hashlib

import numpy as np

from actselect.data.dataset import SequenceDataset


def duplicates(dataset: SequenceDataset) -> tuple[tuple[int, int], ...]:
    """Return pairs (first, other) of sequences with the same values, whatever their targets.

    Every later copy is paired with the first one, so k copies give k - 1 pairs.  Values are the
    same when they are equal as numbers (0.0 and -0.0 are) or missing in both.

    >>> data = SequenceDataset(
    ...     name="d", values=np.array([[1.0], [2.0], [1.0], [2.0], [1.0]]),
    ...     lengths=np.array([2, 2, 1]), feature_names=("x",))
    >>> duplicates(data)
    ((0, 1),)
    """
    values = np.where(np.isnan(dataset.values), np.nan, dataset.values + 0.0)  # one NaN, one zero
    offsets = dataset.offsets
    first: dict[bytes, int] = {}
    pairs: list[tuple[int, int]] = []
    for i in range(len(dataset)):
        part = np.ascontiguousarray(values[offsets[i] : offsets[i + 1]])
        seen = first.setdefault(hashlib.sha256(part.tobytes()).digest(), i)
        if seen != i:
            pairs.append((seen, i))
    return tuple(pairs)
