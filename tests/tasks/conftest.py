"""Small data sets, made by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from actselect.data.dataset import SequenceDataset

Maker = Callable[..., SequenceDataset]


@pytest.fixture
def series_of() -> Maker:
    """Make a data set from one-dimensional series, with an optional covariate per series."""

    def make(
        *series: np.ndarray, covariate: np.ndarray | None = None, **more: object
    ) -> SequenceDataset:
        values = np.concatenate(series).astype(float)[:, None]
        names: tuple[str, ...] = ("y",)
        if covariate is not None:
            values, names = np.column_stack([values, covariate]), ("y", "x")
        lengths = np.array([len(x) for x in series])
        return SequenceDataset(
            name="toy", values=values, lengths=lengths, feature_names=names, **more
        )

    return make


@pytest.fixture
def labelled() -> Maker:
    """Make sequences of unequal lengths; a is high in class mid, b is high in class top."""

    def make(n: int = 60, seed: int = 0, **more: object) -> SequenceDataset:
        random = np.random.default_rng(seed)
        labels = np.arange(n) % 3
        lengths = random.integers(5, 12, n)
        noise = random.normal(size=(int(lengths.sum()), 2))
        values = noise + 3.0 * np.eye(3)[np.repeat(labels, lengths), 1:]
        given = {"targets": np.array(["low", "mid", "top"])[labels]} | more
        return SequenceDataset(
            name="toy", values=values, lengths=lengths, feature_names=("a", "b"), **given
        )

    return make
