"""Sentences and images, against torch, scipy and counting by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from actselect.baselines import fit_nearest_image, flat_images, most_frequent_caption
from actselect.data.tokens import Tokens


def test_the_most_frequent_sentence_is_a_whole_one() -> None:
    """Here b is the most frequent token, but a c the most frequent sentence."""
    captions = Tokens.of([["b", "b"], ["a", "c"], ["b"], ["a", "c"], ["b", "a"]])

    assert most_frequent_caption(captions) == (0, 2)


def test_of_equally_frequent_sentences_the_first_by_codes_is_taken() -> None:
    """A sentence comes before those that go on after it."""
    captions = Tokens.of([["b"], ["a", "b"], ["a"]])

    assert most_frequent_caption(captions) == (0,)


@pytest.mark.parametrize(("height", "width"), [(32, 48), (16, 64), (8, 16), (5, 7)])
def test_small_images_are_means_of_blocks(height: int, width: int) -> None:
    """Those of torch, where blocks are equal; a side that is short enough stays as it is."""
    images = np.random.default_rng(0).integers(0, 256, (3, height, width, 4), dtype=np.uint8)
    pooled = torch.nn.functional.adaptive_avg_pool2d(
        torch.from_numpy(images / 255).movedim(-1, 1), (min(height, 16), min(width, 16))
    )

    found = flat_images(images)

    assert found.dtype == np.float32
    np.testing.assert_allclose(found, pooled.movedim(1, -1).reshape(3, -1), atol=1e-6)


def test_blocks_of_unequal_size_keep_the_mean_of_each() -> None:
    """By hand: seven columns in three blocks of 2, 2 and 3."""
    images = np.array([0, 2, 4, 6, 1, 2, 3], dtype=np.uint8).reshape(1, 1, 7, 1)

    found = flat_images(images, size=3)

    np.testing.assert_allclose(found * 255, [[1, 5, 2]], rtol=1e-6)


def test_the_neighbour_is_that_of_all_distances() -> None:
    """The first of those nearest, of which some training images are copies."""
    random = np.random.default_rng(0)
    images = random.random((50, 12), dtype=np.float32)[random.integers(0, 50, 90)]
    new = random.random((20, 12), dtype=np.float32)

    found = fit_nearest_image(images)(new)

    assert found.tolist() == cdist(new, images).argmin(axis=1).tolist()
