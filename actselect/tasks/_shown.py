"""What a task shows of a network's answers: some of them, short enough to be read in a report.

Notation: E examples to choose from, K classes; a picture has height x width pixels and C channels.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt
from PIL import Image

from actselect.records import (
    AnswerExample,
    ConfusionRecord,
    FloatArray,
    ForecastExample,
    IntArray,
)

MOST_FORECASTS: Final = 4
MOST_PAIRS: Final = 200
MOST_ANSWERS: Final = 4
MOST_CLASSES: Final = 20
MOST_LETTERS: Final = 240  # of a text
PIXELS: Final = 64  # of the longer side of a picture: four of them are below 80 kB
MOST_TAGGED: Final = 12  # words
OTHER: Final = "other"
NOTHING: Final = "\u2013"  # an answer without anything in it


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Answers of a network; see :class:`actselect.records.ExamplesRecord`."""

    forecasts: tuple[ForecastExample, ...] = ()
    confusion: ConfusionRecord | None = None
    pairs: tuple[tuple[float, float], ...] = ()
    answers: tuple[AnswerExample, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How answers are shown.

    Args:
        random: what draws examples, before any of them is answered.
        join: tokens to the text that they stand for.
    """

    random: np.random.Generator
    join: Callable[[Sequence[str]], str]

    def some(self, examples: IntArray, most: int) -> IntArray:
        """Return at most so many of these examples, drawn at random, in their order.

        >>> Showing(random=np.random.default_rng(0), join=" ".join).some(np.arange(3), 5).tolist()
        [0, 1, 2]
        """
        return np.sort(self.random.permutation(examples)[:most])

    def spread(self, examples: IntArray, owners: IntArray, most: int) -> IntArray:
        """Return at most so many of these examples, of different owners as long as there are some.

        >>> showing = Showing(random=np.random.default_rng(0), join=" ".join)
        >>> showing.spread(np.arange(9), np.array([0] * 8 + [1]), 2).tolist()[1]
        8
        """
        order = self.random.permutation(len(examples))
        turns: dict[int, int] = {}
        turn = []
        for owner in owners[order].tolist():
            turn.append(turns.get(owner, 0))
            turns[owner] = turn[-1] + 1
        first = order[np.argsort(turn, kind="stable")[:most]]
        return np.sort(examples[first])

    def text(self, tokens: Sequence[str]) -> str:
        """Return tokens as a text that is not too long."""
        return short(self.join(tokens[: MOST_LETTERS + 1]))


def short(text: str) -> str:
    """Return a text, cut where it is long.

    >>> len(short("a" * 1000)), short("abc")
    (240, 'abc')
    """
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "\u2026"


def rounded(values: FloatArray) -> tuple[float, ...]:
    """Return numbers with six significant digits.

    >>> rounded(np.array([1234567.0, 1 / 3]))
    (1234570.0, 0.333333)
    """
    return tuple(float(f"{value:.6g}") for value in values.tolist())


def tagged(words: Sequence[str], tags: Sequence[str]) -> str:
    """Return words with their tags, the first twelve.

    >>> tagged(["Ann", "sat"], ["N", "V"])
    'Ann/N sat/V'
    """
    pairs = [f"{word}/{tag}" for word, tag in zip(words, tags, strict=True)]
    return " ".join(pairs[:MOST_TAGGED]) + " \u2026" * (len(pairs) > MOST_TAGGED)


def confusion(true: IntArray, called: IntArray, classes: Sequence[str]) -> ConfusionRecord:
    """Return how often each class was called each; of many classes the rarer ones are one.

    Args:
        true: (E,) classes.
        called: (E,) what they were called.
        classes: K names.

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), ["no", "yes"]).counts
    ((1, 1), (0, 1))
    """
    names = list(classes)
    if len(names) > MOST_CLASSES:
        order = np.argsort(-np.bincount(true, minlength=len(names)), kind="stable")
        kept = np.sort(order[: MOST_CLASSES - 1])
        number = np.full(len(names), MOST_CLASSES - 1)
        number[kept] = np.arange(len(kept))
        true, called = number[true], number[called]
        names = [*(names[k] for k in kept), OTHER]
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (true, called), 1)
    return ConfusionRecord(classes=tuple(names), counts=tuple(map(tuple, counts.tolist())))


def png(pixels: npt.NDArray[np.generic]) -> str:
    """Return a picture (height, width, C), made small where it is large, as base64 of a PNG."""
    grey = pixels.shape[2] not in (3, 4)
    image = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if grey else pixels))
    image.thumbnail((PIXELS, PIXELS))
    written = io.BytesIO()
    image.save(written, format="PNG", optimize=True)
    return base64.b64encode(written.getvalue()).decode("ascii")
