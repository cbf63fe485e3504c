"""Data of the tasks: generated anew for every study from its own random numbers.

Notation: N sequences, T steps, F features.  Each function returns N sequences (T_i, F) and their
targets (N,).  Numbers to predict have unit variance where a margin is given in their unit.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Sample = tuple[list[FloatArray], npt.NDArray[np.generic]]
Problem = partial[Sample]

NOISE = 0.5  # of the variance of a tie's target: what no network can know makes equals equal
SYMBOLS = "EabcdXYB"


def counting(rng: np.random.Generator, *, n: int, longest: int, others: int) -> Sample:
    """Return words a^n b^n, n up to ``longest``, and as many miscounted; letters a, b, c one-hot.

    Up to ``others`` c, which mean nothing, stand anywhere, so that no two words are alike.  A
    miscounted word has k too many or too few b, k geometric with mean 4: most are near misses.
    """
    words, labels = [], []
    for i in range(n):
        right, off = int(rng.integers(1, longest + 1)), 0
        if i % 2:
            off = min(int(rng.geometric(0.25)), longest)
            off = off if off >= right or rng.random() < 0.5 else -off
        letters = np.repeat([0, 1], [right, right + off])
        steps = len(letters) + int(rng.integers(0, others + 1))
        word = np.full(steps, 2)
        word[np.sort(rng.choice(steps, len(letters), replace=False))] = letters
        words.append(np.eye(3)[word])
        labels.append("miscounted" if off else "a^n b^n")
    return words, np.array(labels)


def adding(rng: np.random.Generator, *, n: int, steps: int) -> Sample:
    """Return uniform numbers and two marks, one in each half; the target is their sum."""
    half = steps // 2
    first, second = rng.integers(0, half, n), rng.integers(half, steps, n)
    numbers, marks = rng.uniform(size=(n, steps)), np.zeros((n, steps))
    rows = np.arange(n)
    marks[rows, first] = marks[rows, second] = 1.0
    return list(np.stack([numbers, marks], -1)), numbers[rows, first] + numbers[rows, second]


def recall(rng: np.random.Generator, *, n: int, steps: int) -> Sample:
    """Return uniform numbers and one mark in the first third; the target is the marked number."""
    numbers, marks = rng.uniform(size=(n, steps)), np.zeros((n, steps))
    rows, at = np.arange(n), rng.integers(0, steps // 3, n)
    marks[rows, at] = 1.0
    return list(np.stack([numbers, marks], -1)), numbers[rows, at]


def temporal_order(rng: np.random.Generator, *, n: int, steps: int) -> Sample:
    """Return symbols E a b c d X Y B as corners of a cube; the class is the order of two X or Y.

    As the built-in ``temporal-order``, but each symbol is three signs instead of one of eight
    columns: there, the slope of the columns X and Y gives the answer away to a linear model.
    """
    corners = np.array([[2.0 * (i >> bit & 1) - 1.0 for bit in range(3)] for i in range(8)])
    words, labels = [], []
    for length in rng.integers(steps, steps + steps // 10 + 1, n).tolist():
        word = rng.integers(SYMBOLS.index("a"), SYMBOLS.index("d") + 1, length)
        pair = rng.choice(list("XY"), 2)
        word[rng.integers(steps // 10, steps // 5 + 1)] = SYMBOLS.index(pair[0])
        word[rng.integers(steps // 2, steps * 6 // 10 + 1)] = SYMBOLS.index(pair[1])
        word[0], word[-1] = SYMBOLS.index("E"), SYMBOLS.index("B")
        words.append(corners[word])
        labels.append("".join(pair))
    return words, np.array(labels)


def distance(rng: np.random.Generator, *, n: int, steps: int) -> Sample:
    """Return white noise; the target is how far its discounted sum is from zero, with noise."""
    x = rng.standard_normal((n, steps))
    weights = 0.8 ** np.arange(steps)[::-1]
    sums = x @ weights / np.sqrt(weights @ weights)
    known = (np.abs(sums) - np.sqrt(2 / np.pi)) / np.sqrt(1 - 2 / np.pi)  # of the half-normal
    return list(x[..., None]), _noisy(known, rng)


def linear(rng: np.random.Generator, *, n: int, shortest: int, longest: int) -> Sample:
    """Return white noise of different lengths; the target is its discounted sum, with noise."""
    words = [rng.standard_normal((t, 1)) for t in rng.integers(shortest, longest + 1, n)]
    weights = 0.9 ** np.arange(longest)[::-1]
    sums = np.array([word[:, 0] @ weights[-len(word) :] for word in words])
    return words, _noisy(sums * np.sqrt(1 - 0.9**2), rng)


def _noisy(known: FloatArray, rng: np.random.Generator) -> FloatArray:
    return np.sqrt(1 - NOISE) * known + np.sqrt(NOISE) * rng.standard_normal(len(known))


COUNTING: Problem = partial(counting, n=1000, longest=30, others=10)
ADDING: Problem = partial(adding, n=1000, steps=80)
ORDER: Problem = partial(temporal_order, n=1000, steps=30)
RECALL: Problem = partial(recall, n=1280, steps=22)
COUPLED: Problem = partial(distance, n=2560, steps=8)
GATES: Problem = partial(distance, n=2560, steps=12)
LINEAR: Problem = partial(linear, n=1280, shortest=10, longest=30)
