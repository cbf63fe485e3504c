"""Images with sentences, from tables and from memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from actselect.data import SequenceDataset, duplicates, load
from actselect.exceptions import DataError, UsageError

NAMES = [f"{i:02d}.png" for i in range(12)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of twelve grey images, each lighter than the one before."""
    for i, name in enumerate(NAMES):
        Image.new("RGB", (40, 40), (20 * i,) * 3).save(tmp_path / name)
    return tmp_path


def captions(**columns: Any) -> pd.DataFrame:
    """Return two captions of each image; those of one image do not stand together."""
    frame = pd.DataFrame(
        {"image": [*NAMES, *NAMES], "caption": [f"A grey, No. {i}." for i in range(24)]}
    )
    return frame.assign(**columns)


def said(data: SequenceDataset, i: int) -> list[str]:
    """Return the sentences of image i."""
    assert data.answers is not None
    assert data.answer_of is not None
    return [" ".join(data.answers.text(int(a))) for a in np.flatnonzero(data.answer_of == i)]


def test_a_table_of_captions_becomes_images_with_sentences(folder: Path) -> None:
    """One sequence an image, in order of appearance; sentences lose signs and capitals."""
    data = load(captions(), task="captioning", images=folder)

    assert len(data) == 12
    assert data.series == tuple(NAMES)
    assert data.values.shape == (12, 0)
    assert data.answer_of is not None
    assert data.answer_of.tolist() == [i for i in range(12) for _ in range(2)]
    assert said(data, 3) == ["a grey no 3", "a grey no 15"]
    assert data.images is not None
    assert data.images.dtype == np.uint8
    assert (data.images[3] == 60).all()


def test_images_lie_beside_a_file_of_captions(folder: Path) -> None:
    """Unless another folder is named."""
    captions().to_csv(folder / "captions.csv", index=False)

    data = load(folder / "captions.csv", task="captioning")

    assert data.images is not None
    assert (data.images[11] == 220).all()


def test_features_take_the_place_of_images(tmp_path: Path) -> None:
    """They are found by the names of the images."""
    features = np.arange(24.0).reshape(12, 2)
    np.savez(tmp_path / "f.npz", features=features[::-1], names=np.array(NAMES[::-1]))

    data = load(captions(), task="captioning", images=tmp_path / "f.npz")

    assert data.images is not None
    assert data.images.dtype == np.float32
    assert np.array_equal(data.images, features)


def test_empty_captions_are_left_out_and_noted(folder: Path) -> None:
    """And so is an image that has no other."""
    frame = captions()
    frame.loc[[0, 1, 13], "caption"] = ["", "...", " "]

    data = load(frame, task="captioning", images=folder)

    assert said(data, 0) == ["a grey no 12"]
    assert "01.png" not in data.series
    assert said(data, 1) == ["a grey no 2", "a grey no 14"]
    assert data.images is not None
    assert (data.images[1] == 40).all()
    assert "3 empty captions were left out." in data.notes
    assert "1 images without a caption were left out." in data.notes


def test_images_and_sentences_in_memory() -> None:
    """Grey images get a channel; features stay as they are."""
    pixels = np.random.default_rng(0).integers(0, 256, (12, 5, 5), dtype=np.uint8)
    sentences = [[f"One {i}!", "two"] for i in range(12)]

    data = load(pixels, y=sentences, task="captioning")
    features = load(np.eye(12), y=["Only " + str(i) for i in range(12)], task="captioning")

    assert data.images is not None
    assert data.images.shape == (12, 5, 5, 1)
    assert said(data, 4) == ["one 4", "two"]
    assert features.images is not None
    assert (features.images.dtype, features.images.shape) == (np.float32, (12, 12))
    assert said(features, 4) == ["only 4"]


def test_an_image_in_two_parts_is_refused(folder: Path) -> None:
    """Whether a column or a file says so."""
    split = ["train"] * 23 + ["test"]

    with pytest.raises(DataError, match=r"row 23, column 'split'.*'11.png' in train and in test"):
        load(captions(split=split), task="captioning", images=folder)
    with pytest.raises(DataError, match=r"the test data.*got 00.png"):
        load(captions(), task="captioning", images=folder, test_data=captions()[:1])


def test_test_images_are_joined() -> None:
    """Their sentences keep their images; equal pixels are noted."""
    train = np.random.default_rng(0).integers(0, 256, (12, 5, 5), dtype=np.uint8)
    test = np.stack([train[0], train[0] ^ 1])

    data = load(
        train, y=[f"some {i}" for i in range(12)], task="captioning", test_data=(test, ["b", "c"])
    )

    assert (said(data, 12), said(data, 13)) == (["b"], ["c"])
    assert data.test is not None
    assert data.test.tolist() == [False] * 12 + [True] * 2
    assert duplicates(data) == ((0, 12),)
    assert "1 of 2 test images (50.0%) also stand in the data to learn from." in data.notes


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((12, 5, 5)), ["a"] * 12, "images .N, height, width.*got float64 of shape"),
        (np.eye(12), ["a"] * 11, "sentences for each of the 12 images; got 11"),
        (np.eye(12), [*["a"] * 11, []], r"y\[11\]: wanted at least one sentence"),
        (np.eye(12), [*["a"] * 11, "?"], r"y\[11\]: wanted sentences with words"),
        (np.full((12, 2), np.nan), ["a"] * 12, "finite numbers"),
        (np.eye(12), ["same"] * 12, "'same' for all"),
    ],
)
def test_what_cannot_be_captioned_is_refused(X: Any, y: Any, message: str) -> None:
    """The message names the place."""
    with pytest.raises(DataError, match=message):
        load(X, y=y, task="captioning")


def test_a_null_caption_and_a_missing_folder_are_refused(folder: Path) -> None:
    """The message names the row, or the option."""
    with pytest.raises(DataError, match="row 0, column 'caption'"):
        load(captions(caption=[None, *["a"] * 23]), task="captioning", images=folder)
    with pytest.raises(DataError, match="--images"):
        load(captions(), task="captioning")
    with pytest.raises(DataError, match="neither"):
        load(captions(), task="captioning", images=folder / "nowhere")
    with pytest.raises(UsageError, match="'images' parameter"):
        load([1.0] * 30, task="forecasting", images=folder)


def test_to_predict_captions_are_not_needed(folder: Path) -> None:
    """Neither in a table nor in memory."""
    table = load(pd.DataFrame({"image": NAMES}), task="captioning", images=folder, predict=True)
    memory = load(np.eye(3), task="captioning", predict=True)

    assert (len(table), table.answers) == (12, None)
    assert (len(memory), memory.answers) == (3, None)
