"""How often the verdict claims a difference where there is none, on scores such as these."""

from __future__ import annotations

import numpy as np

from actselect import statistics
from actselect.records import FloatArray, ScoreTable
from actselect.verdict._race import Race
from actselect.verdict._replay import replay


def told_apart(
    differences: FloatArray, *, margin: float, rho: float, examples: int | None, confidence: float
) -> bool:
    """Return whether two networks with these differences, (k,), are called different.

    >>> told_apart(np.array([0.1, -0.1, 0.2, -0.3]), margin=0.0, rho=0.25, examples=None,
    ...            confidence=0.95)
    False
    """
    if len(differences) < statistics.FIRST:
        return False
    ways = (differences, -differences)
    least = min(statistics.p_above(way, margin, rho, examples) for way in ways)
    return statistics.over_looks(least, rho) <= (1.0 - confidence) / 2


def false_claims(
    differences: FloatArray,
    *,
    arms: int,
    margin: float,
    rho: float,
    examples: int | None,
    confidence: float,
    studies: int,
    rng: np.random.Generator,
) -> int:
    """Return how many of ``studies`` resampled A/A studies called some network better than another.

    In each, ``arms`` networks are equal: their scores are noise whose differences have the
    distribution of the duplicate's.  Which of two duplicates is the first is arbitrary, so signs
    are drawn at random; a baseline far behind takes part, as in every study.

    Args:
        differences: (k,) between a network and its duplicate, one per repeat.
        arms: networks of a study.
        margin: the practical margin.
        rho: n_score / n_train of a repeat.
        examples: scored in a repeat, where the metric is a rate; else None.
        confidence: such as 0.95.
        studies: how many to resample.
        rng: source of randomness.
    """
    repeats = statistics.LAST
    far = 1e6 * max(1.0, float(np.max(np.abs(differences))))
    is_baseline = [False] * arms + [True]
    claimed = 0
    for _ in range(studies):
        noise = rng.choice(differences, (repeats, arms)) * rng.choice([-1.0, 1.0], (repeats, arms))
        table = ScoreTable(
            scores=np.column_stack([noise / np.sqrt(2.0), np.full(repeats, far)]),
            names=tuple(map(str, range(arms + 1))),
            overlap=np.full(repeats, rho),
            direction="minimize",
            examples=None if examples is None else np.full(repeats, examples),
        )
        seen = replay(table, is_baseline=is_baseline, margin=margin, confidence=confidence)
        claimed += bool(Race(seen, is_baseline, margin, confidence).shown_worse)
    return claimed
