"""Baselines for sentences about images: the most frequent one, and that of the most similar image.

Notation: N images, M new ones; H, W, C height, width and channels; D values of a flat image.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import NearestNeighbors

from actselect.data.tokens import Tokens
from actselect.records import IntArray

Pixels = npt.NDArray[np.uint8]
FlatImages = npt.NDArray[np.float32]


def most_frequent_caption(captions: Tokens) -> tuple[int, ...]:
    """Return the codes of the sentence that occurs most often; of equal ones the first by codes.

    >>> most_frequent_caption(Tokens.of([["a", "dog"], ["a", "cat"], ["a", "dog"]]))
    (0, 2)
    """
    parts = np.split(captions.codes, np.cumsum(captions.lengths)[:-1])
    counts = Counter(tuple(part.tolist()) for part in parts)
    return min(counts, key=lambda codes: (-counts[codes], codes))


def flat_images(images: Pixels, size: int = 16) -> FlatImages:
    """Return (N, D) images made small by averaging, flattened, from 0 to 1.

    Args:
        images: (N, H, W, C).
        size: the most that height and width may be afterwards.

    >>> flat_images(np.array([[[[0], [255]], [[255], [0]]]], dtype=np.uint8), size=1).tolist()
    [[0.5]]
    """
    rows = _averaged(images, 1, size)
    return (_averaged(rows, 2, size) / np.float32(255)).reshape(len(images), -1)


def _averaged(
    images: npt.NDArray[np.uint8] | npt.NDArray[np.float32], axis: int, size: int
) -> FlatImages:
    """Return images with at most ``size`` entries along an axis: means of neighbouring ones."""
    length = images.shape[axis]
    edges = np.arange(min(size, length)) * length // min(size, length)
    widths = np.diff(edges, append=length).astype(np.float32)
    sums = np.add.reduceat(images, edges, axis=axis, dtype=np.float32)
    return np.asarray(sums / np.expand_dims(widths, tuple(range(1, sums.ndim - axis))))


def fit_nearest_image(images: FlatImages) -> Callable[[FlatImages], IntArray]:
    """Return the function from images (M, D) to the nearest training image of each, (M,).

    The distance is Euclidean; of equal training images it is the first.

    Args:
        images: (N, D) training images.

    >>> neighbour = fit_nearest_image(np.array([[0.0], [1.0], [1.0]], dtype=np.float32))
    >>> neighbour(np.array([[0.9], [0.2]], dtype=np.float32)).tolist()
    [1, 0]
    """
    different, first = np.unique(images, axis=0, return_index=True)
    model = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(different)
    return lambda new: first[model.kneighbors(new, return_distance=False)[:, 0]]
