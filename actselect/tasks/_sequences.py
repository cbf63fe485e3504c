"""What tasks with one answer per sequence share: splits, and scaled inputs.

Notation: N sequences (each is an example), S steps; B sequences in a batch, T steps of the longest
of them, F features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from actselect.baselines import Sequences
from actselect.data.dataset import SequenceDataset
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray
from actselect.seeding import generator
from actselect.tasks._base import Fold
from actselect.tasks._scaling import statistics
from actselect.tasks._splits import split_by_shares

TEST_SHARE = 0.2  # scikit-learn's examples use 0.2 to 0.25
FOLD_SHARES = (0.7, 0.2, 0.1)  # train, score, stop: as in cross-validation with five folds
STOP_SHARE = 0.1


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledInputs:
    """Standardised features, ready to be gathered into batches.

    Args:
        values: (S + 1, F) float32, missing values 0; the last row is the padding, zeros.
        starts: (N,) first step of each sequence.
        lengths: (N,) steps of each sequence.
        mean: (1, F) of the steps trained on.
        scale: (1, F) of the steps trained on.
    """

    values: Tensor
    starts: Tensor
    lengths: Tensor
    mean: FloatArray
    scale: FloatArray

    def gather(self, examples: IntArray) -> tuple[Tensor, Tensor | None]:
        """Return inputs (B, T, F), padded with zeros on the right, and lengths (B,), None if all
        are T.
        """
        chosen = torch.from_numpy(np.ascontiguousarray(examples, dtype=np.int64))
        lengths = self.lengths[chosen]
        shortest, longest = (int(end) for end in lengths.aminmax())
        step = torch.arange(longest)
        index = self.starts[chosen, None] + step
        if shortest < longest:
            index[step >= lengths[:, None]] = len(self.values) - 1
        rows = self.values.index_select(0, index.flatten()).view(*index.shape, -1)
        return rows, lengths if shortest < longest else None

    def sequences(self, examples: IntArray) -> Sequences:
        """Return the same numbers one sequence after the other, as baselines take them."""
        lengths = self.lengths.numpy()[examples]
        ends = np.cumsum(lengths)
        shift = self.starts.numpy()[examples] - (ends - lengths)
        index = np.arange(int(lengths.sum())) + np.repeat(shift, lengths)
        return Sequences(values=self.values.numpy()[index].astype(np.float64), lengths=lengths)


def fit_inputs(dataset: SequenceDataset, train: IntArray) -> ScaledInputs:
    """Standardise all features with mean and scale of the training sequences' steps."""
    used = np.full(len(dataset), -1)
    used[train] = 0
    mean, scale = statistics(dataset.values, np.repeat(used, dataset.lengths), 1)
    return scale_inputs(dataset, mean, scale)


def scale_inputs(dataset: SequenceDataset, mean: FloatArray, scale: FloatArray) -> ScaledInputs:
    """Standardise all features with these statistics, (1, F) each."""
    scaled = np.nan_to_num((dataset.values - mean) / scale, nan=0.0)
    padded = np.concatenate([scaled, np.zeros((1, scaled.shape[1]))]).astype(np.float32)
    return ScaledInputs(
        values=torch.from_numpy(padded),
        starts=torch.from_numpy(dataset.offsets[:-1]),
        lengths=torch.from_numpy(dataset.lengths.astype(np.int64)),
        mean=mean,
        scale=scale,
    )


def group_codes(dataset: SequenceDataset) -> IntArray:
    """Return (N,) numbers that are equal where the groups are; each sequence by itself if none."""
    if dataset.groups is None:
        return np.arange(len(dataset))
    return np.unique(dataset.groups, return_inverse=True)[1].astype(np.int64)


def split_test(
    dataset: SequenceDataset, strata: IntArray, groups: IntArray, seed: int
) -> tuple[IntArray, IntArray]:
    """Return development and test: the user's own, or 80 and 20 % stratified with groups whole."""
    if dataset.test is None:
        random = generator(seed, "test split")
        development, test = split_by_shares(strata, groups, (1 - TEST_SHARE, TEST_SHARE), random)
        return development, test
    if dataset.test.all() or not dataset.test.any():
        raise DataError(
            wanted="some sequences to develop on and some to test on",
            got=f"{int(dataset.test.sum())} of {len(dataset)} marked as test data",
            where=dataset.name,
            todo="Give both, or no test data at all: a part is then set aside.",
        )
    return np.flatnonzero(~dataset.test), np.flatnonzero(dataset.test)


def resample(
    validation: npt.NDArray[np.bool_] | None,
    development: IntArray,
    strata: IntArray,
    groups: IntArray,
    repeat: int,
    seed: int,
) -> Fold:
    """Deal development into 70 % train, 10 % stop, 20 % score; every stratum is trained on.

    Where the user gave validation data, screening scores on those.
    """
    random = generator(seed, "fold", repeat)
    given = _given(validation, development)
    if repeat < 0 and given is not None:
        rest, score = given
        train, stop = split_by_shares(
            strata[rest], groups[rest], (1 - STOP_SHARE, STOP_SHARE), random
        )
        return Fold(train=rest[train], stop=rest[stop], score=score)
    train, score, stop = split_by_shares(
        strata[development], groups[development], FOLD_SHARES, random
    )
    return Fold(train=development[train], stop=development[stop], score=development[score])


def refit(
    validation: npt.NDArray[np.bool_] | None,
    development: IntArray,
    strata: IntArray,
    groups: IntArray,
    seed: int,
) -> Fold:
    """Deal development into 90 % train and 10 % stop; nothing is scored.

    Where the user gave validation data, those are stopped on.
    """
    if (given := _given(validation, development)) is not None:
        return Fold(train=given[0], stop=given[1], score=development[:0])
    random = generator(seed, "refit")
    train, stop = split_by_shares(
        strata[development], groups[development], (1 - STOP_SHARE, STOP_SHARE), random
    )
    return Fold(train=development[train], stop=development[stop], score=development[:0])


def _given(
    validation: npt.NDArray[np.bool_] | None, development: IntArray
) -> tuple[IntArray, IntArray] | None:
    """Return the user's own training and validation parts of development, if there are both."""
    if validation is None:
        return None
    chosen = validation[development]
    if chosen.all() or not chosen.any():
        return None
    return development[~chosen], development[chosen]


def required_targets(dataset: SequenceDataset) -> npt.NDArray[np.generic]:
    """Return the targets, (N,).

    Raises:
        DataError: there are none, or some are missing.
    """
    targets = dataset.targets
    if targets is None:
        raise DataError(
            wanted="a target for each sequence",
            got="none",
            where=dataset.name,
            todo="Name the target column, or choose the task forecasting.",
        )
    if targets.dtype.kind == "f" and not np.isfinite(targets.astype(np.float64)).all():
        raise DataError(
            wanted="a known target for each sequence",
            got=f"{int((~np.isfinite(targets.astype(np.float64))).sum())} missing or infinite",
            where=f"{dataset.name}, target {dataset.target_name!r}",
            todo="Remove these sequences.",
        )
    return targets
