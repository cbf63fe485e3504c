"""Scenes: two real handwritten digits in one picture, and sentences that say which is where.

Notation: N scenes of 24 x 24 pixels, four cells of 12 x 12 with a digit of 8 x 8 in two of them.

The digits come with scikit-learn (Alpaydin and Kaynak 1998).  Each picture of a digit is in the
scenes of one group only, so no split by groups shows in training what it asks about later.  Groups
are small, because a study counts them as its independent examples.  Layouts and sentences repeat,
so that they can be learnt.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from actselect.data.builtin._generated import SEED
from actselect.data.dataset import SequenceDataset
from actselect.data.tokenizing import Tokenizer
from actselect.records import IntArray

GROUPS, SCENES = 200, 10  # groups, and scenes of each
VALIDATION, TEST = 140, 170  # the groups these parts begin with; each has 30
CELL, DIGIT = 12, 8
INK = 15  # times 16, the darkest ink of a digit, is 240

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven")
"""Digits in use.  Eight and nine are taken for others so often that words would hardly count."""

LAYOUTS = (  # row and column of both cells, how the first stands to the second, and the reverse
    ((0, 0), (1, 0), "above", "below"),
    ((0, 1), (1, 1), "above", "below"),
    ((0, 0), (0, 1), "left of", "right of"),
    ((1, 0), (1, 1), "left of", "right of"),
)


def scenes(tokenizer: Tokenizer) -> SequenceDataset:
    """Return 2000 pictures (24, 24, 1) with four sentences each: 140 groups of ten to train on, 30
    for validation and 30 for the test.

    >>> from actselect.data.tokenizing import DEFAULTS
    >>> scenes(DEFAULTS["captioning"]).images.shape
    (2000, 24, 24, 1)
    """
    digits, labels = _digits()
    pairs, layouts = _drawn(len(digits), np.random.default_rng(SEED))
    sentences = [
        sentence
        for (first, second), layout in zip(labels[pairs].tolist(), layouts.tolist(), strict=True)
        for sentence in described(first, second, layout)
    ]
    scene = np.arange(len(pairs), dtype=np.int64)
    group = scene // SCENES
    return SequenceDataset(
        name="scenes",
        values=np.empty((len(pairs), 0)),
        lengths=np.ones_like(scene),
        feature_names=("image",),
        images=_painted(digits[pairs], layouts),
        answers=tokenizer.encode(sentences),
        answer_of=np.repeat(scene, len(sentences) // len(pairs)),
        target_name="caption",
        series=tuple(map(str, scene.tolist())),
        groups=group.astype(np.str_),
        validation=(group >= VALIDATION) & (group < TEST),
        test=group >= TEST,
    )


def described(first: int, second: int, layout: int) -> tuple[str, ...]:
    """Return the four sentences that are true of a scene.

    >>> described(3, 7, 2)[1:3]
    ('a seven right of a three', 'there is a three left of a seven')
    """
    *_, word, back = LAYOUTS[layout]
    there = (
        f"a {NAMES[first]} {word} a {NAMES[second]}",
        f"a {NAMES[second]} {back} a {NAMES[first]}",
    )
    return (*there, *(f"there is {sentence}" for sentence in there))


def _digits() -> tuple[npt.NDArray[np.uint8], IntArray]:
    """Return the pictures of the digits in use, (n, 8, 8), and which digit each is."""
    from sklearn.datasets import load_digits  # a second to import, and needed only here

    pixels, labels = load_digits(return_X_y=True)
    used = labels < len(NAMES)
    pictures = np.asarray(pixels[used]).reshape(-1, DIGIT, DIGIT) * INK
    return pictures.astype(np.uint8), np.asarray(labels[used], dtype=np.int64)


def _drawn(digits: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Return the two pictures (N, 2) and the layout (N,) of each scene; no scene is there twice."""
    pairs, layouts = [], []
    for pictures in np.array_split(rng.permutation(digits), GROUPS):
        n = len(pictures)
        drawn = rng.choice(n * (n - 1) * len(LAYOUTS), size=SCENES, replace=False)
        pair, layout = np.divmod(drawn, len(LAYOUTS))
        first, step = np.divmod(pair, n - 1)
        second = (first + 1 + step) % n  # any but the first
        pairs.append(pictures[np.stack([first, second], axis=1)])
        layouts.append(layout)
    return np.concatenate(pairs), np.concatenate(layouts)


def _painted(digits: npt.NDArray[np.uint8], layouts: IntArray) -> npt.NDArray[np.uint8]:
    """Return scenes (N, 24, 24, 1) from their digits (N, 2, 8, 8)."""
    images = np.zeros((len(digits), 2 * CELL, 2 * CELL, 1), dtype=np.uint8)
    margin = (CELL - DIGIT) // 2
    for image, both, layout in zip(images, digits, layouts.tolist(), strict=True):
        for (row, column), digit in zip(LAYOUTS[layout][:2], both, strict=True):
            top, left = CELL * row + margin, CELL * column + margin
            image[top : top + DIGIT, left : left + DIGIT, 0] = digit
    return images
