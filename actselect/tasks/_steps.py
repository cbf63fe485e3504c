"""The steps of all series, read where they are looked at, their gaps filled with the value before.

Values may be mapped from a file larger than the memory, so nothing here holds all of them: only
where values are missing, and what stands in there, is known beforehand.

Notation: N series, S steps of all series, F features (feature 0 is the target); M missing values
of a feature; B windows of L steps; E steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.mapped import MappedArray
from actselect.data.pieces import pieces, rows_at, windows
from actselect.records import FloatArray, IntArray


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """All steps of a data set of series; made by :func:`steps_of`.

    Args:
        values: (S, F) as in the data set; NaN where missing.
        missing: of each feature, the steps where it is missing, (M,) in ascending order.
        instead: of each feature, what stands in there, (M,): the last known value before of the
            same series, at its start the first known one.  Where a series has none: 0 for the
            target, else NaN.
    """

    values: npt.NDArray[Any]
    missing: tuple[IntArray, ...]
    instead: tuple[FloatArray, ...]

    def windows(self, start: IntArray, size: int) -> FloatArray:
        """Return the steps ``start`` (B,) and those after, (B, size, F); gaps are filled."""
        found = windows(self.values, start, size).astype(np.float64, copy=False)
        for f in range(found.shape[2]):
            self._fill(found[..., f], lambda: start[:, None] + np.arange(size), f)
        return found

    def to_measure(self, at: IntArray) -> FloatArray:
        """Return steps for statistics, (k, F): gaps are filled but for the target, which is NaN.

        Args:
            at: (k,) steps, ascending and close together.
        """
        found = rows_at(self.values, at)
        for f in range(1, found.shape[1]):
            self._fill(found[:, f], lambda: at, f)
        return found

    def _fill(self, values: FloatArray, steps: Callable[[], IntArray], f: int) -> None:
        """Fill the gaps in values of feature f, in place."""
        if len(self.missing[f]) and (gap := np.isnan(values)).any():
            values[gap] = self.instead[f][np.searchsorted(self.missing[f], steps()[gap])]

    def targets(self, start: IntArray, size: int) -> FloatArray:
        """Return the target of the steps ``start`` (B,) and those after, (B, size); NaN stays."""
        return windows(self._target, start, size)[..., 0].astype(np.float64, copy=False)

    def observed(self, at: IntArray) -> FloatArray:
        """Return the target at steps of any shape; gaps are filled."""
        target = Steps(values=self._target, missing=self.missing, instead=self.instead)
        return target.windows(at.reshape(-1), 1)[..., 0].reshape(at.shape)

    @property
    def _target(self) -> npt.NDArray[Any]:
        """(S, 1) where that is no copy: without the features that are not wanted."""
        return self.values if isinstance(self.values, MappedArray) else self.values[:, :1]

    def known(self, start: IntArray, end: IntArray) -> IntArray:
        """Return how many targets are known from start to end - 1, (E,)."""
        gaps = np.searchsorted(self.missing[0], end) - np.searchsorted(self.missing[0], start)
        return np.asarray(end - start - gaps, dtype=np.int64)


def steps_of(dataset: SequenceDataset) -> Steps:
    """Return the steps of a data set; it is looked at once, by pieces.

    >>> data = SequenceDataset(name="d", values=np.array([[np.nan], [1.0], [np.nan], [3.0]]),
    ...                        lengths=np.array([4]), feature_names=("y",))
    >>> steps_of(data).observed(np.arange(4)).tolist()
    [1.0, 1.0, 1.0, 3.0]
    """
    width = dataset.values.shape[1]
    found: list[list[IntArray]] = [[] for _ in range(width)]
    if dataset.values.dtype.kind == "f":
        for start, rows in pieces(dataset.values):
            gaps = np.isnan(rows)
            for f in np.flatnonzero(gaps.any(axis=0)):
                found[f].append(start + np.flatnonzero(gaps[:, f]))
    none = np.zeros(0, dtype=np.int64)
    missing = tuple(np.concatenate([none, *parts]) for parts in found)
    return Steps(
        values=dataset.values,
        missing=missing,
        instead=tuple(_instead(dataset, f, at) for f, at in enumerate(missing)),
    )


def _instead(dataset: SequenceDataset, f: int, missing: IntArray) -> FloatArray:
    """Return what stands in for each missing value of a feature, (M,)."""
    if len(missing) == 0:
        return np.zeros(0)
    offsets = dataset.offsets
    series = np.searchsorted(offsets, missing, side="right") - 1
    begins = np.append(True, (np.diff(missing) > 1) | (np.diff(series) > 0))
    ends = np.append(begins[1:], True)
    own, before, after = series[begins], missing[begins] - 1, missing[ends] + 1
    inside = np.where(after < offsets[own + 1], after, -1)
    source = np.where(before >= offsets[own], before, inside)
    value = windows(dataset.values, np.maximum(source, 0), 1)[:, 0, f]
    value = np.where(source >= 0, value, 0.0 if f == 0 else np.nan)
    return np.asarray(value[np.cumsum(begins) - 1])
