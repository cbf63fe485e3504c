"""Data sets kept in a study folder come back as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from actselect.data import load
from actselect.data.dataset import SequenceDataset
from actselect.data.saved import load_saved, save_dataset
from actselect.data.tokens import Tokens

RANDOM = np.random.default_rng(0)


def numbers() -> SequenceDataset:
    """Sequences of unequal lengths with groups, times, labels, and a gap."""
    values = [RANDOM.normal(size=(3 + i, 2)) for i in range(12)]
    data = load(
        values, y=[i % 2 for i in range(12)], task="classification", groups=list("abcdef") * 2
    )
    steps = int(data.lengths.sum())
    holed = np.where(np.arange(2 * steps).reshape(steps, 2) == 5, np.nan, data.values)
    return replace(data, values=holed, time=np.arange(steps).astype("datetime64[ns]"))


def regression() -> SequenceDataset:
    """Arrays with a number each, of which two parts are the user's own."""
    X = RANDOM.normal(size=(20, 4, 1))
    data = load(X, y=X.sum((1, 2)), task="regression")
    return replace(data, test=np.arange(20) > 15, validation=np.arange(20) < 4)


def series() -> SequenceDataset:
    """A series whose last steps are the test."""
    data = load(np.arange(50.0), task="forecasting")
    return replace(data, test_steps=np.array([7]))


def texts() -> SequenceDataset:
    """Texts with labels."""
    return load(
        [f"text number {i}" for i in range(12)], y=["a", "b"] * 6, task="text-classification"
    )


def label_sets() -> SequenceDataset:
    """Texts with none, one or two labels."""
    sets = [[], ["x"], ["x", "y"]] * 4
    return load(["so", "it", "is"] * 4, y=sets, task="text-classification", multilabel=True)


def odd_letters() -> SequenceDataset:
    """Characters that arrays of text and files of text are careless with."""
    text = "a\0b\n\r\u2028\ud800 'é\"\\" * 10
    return load([text], task="language-modeling")


def tags() -> SequenceDataset:
    """Words with a tag each."""
    words = [["one", "word" * 3000], ["more"]] * 6
    return load(words, y=[["X", "O"], ["O"]] * 6, task="tagging")


def captions() -> SequenceDataset:
    """Colour pictures with one or two sentences."""
    images = RANDOM.integers(0, 256, (10, 5, 6, 3), dtype=np.uint8)
    return load(images, y=[["a dog", "a cat"], ["no"]] * 5, task="captioning")


def features() -> SequenceDataset:
    """Features of pictures, in single precision, and groups."""
    X = RANDOM.normal(size=(10, 3)).astype(np.float32)
    return load(X, y=["a dog", "no"] * 5, task="captioning", groups=[0, 1] * 5)


def pairs() -> SequenceDataset:
    """Texts with texts."""
    return load(["a b", "c"] * 5, y=["b a", "c"] * 5, task="sequence-to-sequence")


KINDS = (
    numbers, regression, series, texts, label_sets, odd_letters, tags, captions, features, pairs
)  # fmt: skip


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_what_is_saved_comes_back_as_it_was(
    make: Callable[[], SequenceDataset], tmp_path: Path
) -> None:
    """Field by field, types included, and so by the hash that a resumed study compares."""
    data = make().with_notes("First note.", "Second note.")
    save_dataset(data, tmp_path / "data.npz")

    again = load_saved(tmp_path / "data.npz", data.name)

    assert again.sha256 == data.sha256
    for field in fields(data):
        old, new = getattr(data, field.name), getattr(again, field.name)
        assert type(old) is type(new), field.name
        if isinstance(old, Tokens):
            assert (old.lexicon, old.codes.dtype) == (new.lexicon, new.codes.dtype)
            assert np.array_equal(old.codes, new.codes)
            assert np.array_equal(old.lengths, new.lengths)
        elif isinstance(old, np.ndarray):
            assert old.dtype == new.dtype, field.name
            np.testing.assert_array_equal(old, new)
        else:
            assert old == new, field.name


def test_a_long_word_does_not_make_all_others_long(tmp_path: Path) -> None:
    """20 000 words and one of 100 000 letters: an array of text would take 8 GB."""
    words = ["w" * 100_000, *(f"w{i}" for i in range(20_000))]
    tokens = Tokens.of([words])
    data = SequenceDataset(
        name="d", values=np.zeros((len(words), 0)), lengths=tokens.lengths,
        feature_names=("text",), tokens=tokens,
    )  # fmt: skip
    save_dataset(data, tmp_path / "data.npz")

    assert load_saved(tmp_path / "data.npz", "d").sha256 == data.sha256
