"""Sequences that occur twice: on two sides of a split they leak."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset


def duplicates(dataset: SequenceDataset) -> tuple[tuple[int, int], ...]:
    """Return pairs (first, other) of sequences with the same content, whatever their targets.

    Every later copy is paired with the first one, so k copies give k - 1 pairs.  Values are the
    same when they are equal as numbers (0.0 and -0.0 are) or missing in both.  Texts are the same
    when their tokens are, and their answers where they have some; images when their pixels are.

    >>> data = SequenceDataset(
    ...     name="d", values=np.array([[1.0], [2.0], [1.0], [2.0], [1.0]]),
    ...     lengths=np.array([2, 2, 1]), feature_names=("x",))
    >>> duplicates(data)
    ((0, 1),)
    """
    values = np.where(np.isnan(dataset.values), np.nan, dataset.values + 0.0)  # one NaN, one zero
    offsets = dataset.offsets
    answers = _answers(dataset)
    first: dict[bytes, int] = {}
    pairs: list[tuple[int, int]] = []
    for i in range(len(dataset)):
        start, end = int(offsets[i]), int(offsets[i + 1])
        digest = hashlib.sha256(_bytes(values[start:end]))
        if dataset.tokens is not None:
            digest.update(_bytes(dataset.tokens.codes[start:end]))
        if dataset.images is not None:
            digest.update(_bytes(dataset.images[i]))
        if answers is not None:
            digest.update(answers[i])
        seen = first.setdefault(digest.digest(), i)
        if seen != i:
            pairs.append((seen, i))
    return tuple(pairs)


def copied(dataset: SequenceDataset, part: npt.NDArray[np.bool_]) -> int:
    """Return how many sequences of a part (N,) also stand outside it."""
    number = np.arange(len(dataset))
    for first, other in duplicates(dataset):
        number[other] = first
    return int(np.isin(number[part], number[~part]).sum())


def _bytes(array: npt.NDArray[np.generic]) -> memoryview:
    """Return the bytes of an array, without a copy where they lie together."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _answers(dataset: SequenceDataset) -> list[bytes] | None:
    """Return the answers of each text; None where they do not count."""
    texts, owners = dataset.answers, dataset.answer_of
    if dataset.tokens is None or texts is None or owners is None:
        return None
    starts, codes = texts.starts.tolist(), np.ascontiguousarray(texts.codes)
    found = [b""] * len(dataset)
    for owner, start, length in zip(owners.tolist(), starts, texts.lengths.tolist(), strict=True):
        found[owner] += b"%d:" % length + codes[start : start + length].tobytes()
    return found
