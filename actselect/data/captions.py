"""From a table of captions, or images and sentences in memory, to images with their sentences.

Notation: N images, R rows, D features of an image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.images import read_image_features, read_images
from actselect.data.ordering import Order, by_column
from actselect.data.parts import row_parts
from actselect.data.question import Question
from actselect.data.roles import Roles
from actselect.data.table import Table
from actselect.data.texts import all_empty, text_cells, text_dataset
from actselect.data.tokenizing import Tokenizer
from actselect.exceptions import DataError

Images = npt.NDArray[np.uint8] | npt.NDArray[np.float32]


def caption_format(
    table: Table, roles: Roles, *, question: Question, name: str, folder: Path | None
) -> SequenceDataset:
    """Return one sequence of one step for each different image, with all its captions.

    Args:
        table: one row a caption.
        roles: the columns of images and captions.
        question: how captions are split, and where images are.
        name: short name of the data set.
        folder: where images are if ``question`` does not say; None where that is unknown.

    Raises:
        DataError: a caption is null, all are empty, an image cannot be read, is in two parts of a
            split, or nobody said where images are.
    """
    order = by_column(table, roles.features[0])
    if question.parts:
        _refuse_leak(table, roles, order)
    lengths = np.ones(len(order.lengths), dtype=np.int64)
    dataset = text_dataset(table, roles, order, question=question, name=name, lengths=lengths)
    if roles.has_targets:
        dataset = _with_captions(dataset, table, roles, order, question.splits)
    images, notes = _read(dataset.series, question.images or folder, table.source)
    return replace(dataset, images=images).with_notes(*notes)


def caption_arrays(
    X: Any,  # noqa: ANN401 - arrays of every library
    y: Any,  # noqa: ANN401
    *,
    tokenizer: Tokenizer,
    name: str = "data",
) -> SequenceDataset:
    """Return images with their sentences.

    Args:
        X: (N, height, width) or (N, height, width, channels) uint8, or (N, D) features.
        y: N lists of sentences, or N sentences; None to predict.
        tokenizer: how sentences are split.
        name: short name of the data set.

    Raises:
        DataError: images of another shape or type, or not a sentence for each of them.
    """
    images = _checked(X)
    n = len(images)
    dataset = SequenceDataset(
        name=name,
        values=np.zeros((n, 0)),
        lengths=np.ones(n, dtype=np.int64),
        feature_names=("image",),
        images=images,
        target_name="y",
        series=tuple(map(str, range(n))),
    )
    if y is None:
        return dataset
    sentences, owners = _sentences(y, n)
    answers = tokenizer.encode(sentences)
    if not answers.lengths.all():
        i = int(owners[int(np.argmin(answers.lengths))])
        raise _bad(f"y[{i}]", "sentences with words", "an empty one")
    return replace(dataset, answers=answers, answer_of=owners)


def _refuse_leak(table: Table, roles: Roles, order: Order) -> None:
    """Raise DataError if an image stands in two parts: its captions would be known."""
    if roles.split is None:
        return
    parts = row_parts(table, roles.split)[order.order]
    first = np.repeat(parts[order.starts], order.lengths)
    if (differs := parts != first).any():
        step = int(np.argmax(differs))
        raise DataError(
            wanted="every image in one part only",
            got=f"{order.series[order.codes[step]]!r} in {first[step]} and in {parts[step]}",
            where=table.where(int(order.order[step]), roles.split),
            todo="Put all captions of an image into the same part.",
        )


def _with_captions(
    dataset: SequenceDataset, table: Table, roles: Roles, order: Order, tokenizer: Tokenizer
) -> SequenceDataset:
    """Return the data set with captions; empty ones, and images without any other, are left out."""
    cells = text_cells(table, roles.target)
    answers = tokenizer.encode([cells[row] for row in order.order.tolist()])
    there = np.flatnonzero(answers.lengths)
    if not len(there):
        raise all_empty(table, roles.target)
    owners = order.codes[there]
    kept, answer_of = np.unique(owners, return_inverse=True)
    dataset = replace(
        chosen(dataset, kept),
        answers=answers if len(there) == len(answers) else answers.take(there),
        answer_of=answer_of.astype(np.int64),
    )
    notes = []
    if (empty := len(answers) - len(there)) > 0:
        notes.append(f"{empty} empty captions were left out.")
    if (bare := len(order.lengths) - len(kept)) > 0:
        notes.append(f"{bare} images without a caption were left out.")
    return dataset.with_notes(*notes)


def chosen(dataset: SequenceDataset, kept: npt.NDArray[np.int64]) -> SequenceDataset:
    """Return these sequences of a data set of texts or images, without answers."""
    if len(kept) == len(dataset):
        return dataset
    lengths = dataset.lengths[kept]
    return replace(
        dataset,
        values=np.zeros((int(lengths.sum()), 0)),
        lengths=lengths,
        tokens=None if dataset.tokens is None else dataset.tokens.take(kept),
        series=tuple(dataset.series[i] for i in kept.tolist()),
        groups=None if dataset.groups is None else dataset.groups[kept],
        test=None if dataset.test is None else dataset.test[kept],
        validation=None if dataset.validation is None else dataset.validation[kept],
    )


def _read(names: Sequence[str], place: Path | None, source: str) -> tuple[Images, tuple[str, ...]]:
    """Return the images, or their features, and notes on them."""
    if place is None:
        raise DataError(
            wanted="the folder of the images",
            got="none named",
            where=source,
            todo="Name it with images=... (--images), or an .npz file with their features.",
        )
    if place.is_dir():
        return read_images(place, names, where=source)
    if place.is_file():
        return read_image_features(place, names), ()
    raise DataError(
        wanted="a folder of images, or an .npz file with their features",
        got="neither",
        where=str(place),
        todo="Check the path.",
    )


def _checked(X: Any) -> Images:  # noqa: ANN401
    """Return images (N, height, width, channels) uint8, or features (N, D) float32."""
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise _bad("X", "images of one shape", str(error)) from error
    if array.size and array.dtype == np.uint8 and array.ndim in {3, 4}:
        return array if array.ndim == 4 else array[..., None]
    if array.size and array.ndim == 2 and array.dtype.kind in "fiu":
        features = array.astype(np.float64)
        if not (np.abs(features) <= np.finfo(np.float32).max).all():
            raise _bad("X", "finite numbers that float32 can hold", "others")
        return features.astype(np.float32)
    raise _bad(
        "X",
        "images (N, height, width[, channels]) of uint8, or features (N, D)",
        f"{array.dtype} of shape {array.shape}",
    )


def _sentences(y: Any, n: int) -> tuple[list[str], npt.NDArray[np.int64]]:  # noqa: ANN401
    """Return all sentences, and the image each belongs to."""
    entries = [[entry] if isinstance(entry, str) else list(entry) for entry in y]
    if len(entries) != n:
        raise _bad("y", f"sentences for each of the {n} images", str(len(entries)))
    for i, entry in enumerate(entries):
        if not entry or not all(isinstance(sentence, str) for sentence in entry):
            raise _bad(f"y[{i}]", "at least one sentence, as text", repr(entry)[:40])
    counts = np.array([len(entry) for entry in entries], dtype=np.int64)
    return [sentence for entry in entries for sentence in entry], np.repeat(np.arange(n), counts)


def _bad(where: str, wanted: str, got: str) -> DataError:
    todo = "Pass X=images and y=[[sentence, ...], ...], one list an image."
    return DataError(wanted=wanted, got=got, where=where, todo=todo)
