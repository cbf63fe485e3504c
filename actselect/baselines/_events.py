"""Baselines for sequences of events that are on or off, such as the notes of a piano.

Notation: N sequences, S steps of all sequences one after the other, F features.

Probabilities follow the rule of succession, (n + 1) / (m + 2), so that nothing is impossible.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from actselect.records import FloatArray, IntArray

Events = npt.NDArray[Any]


def fit_marginals(events: Events) -> FloatArray:
    """Return (F,): how often each event is on, whatever came before.

    Args:
        events: (S, F) training events, 0 or 1.

    >>> fit_marginals(np.array([[1, 0], [1, 0]])).tolist()
    [0.75, 0.25]
    """
    return np.asarray((events.sum(axis=0, dtype=np.float64) + 1) / (len(events) + 2))


def fit_repeat(events: Events, lengths: IntArray) -> Callable[[Events], FloatArray]:
    """Predict each event from whether it was on one step before.

    Args:
        events: (S, F) training events, 0 or 1.
        lengths: (N,) steps of each sequence.

    Returns:
        A function from the events one step before, (M, F), to probabilities (M, F).

    >>> predict = fit_repeat(np.array([[1], [1], [0], [0], [0]]), np.array([5]))
    >>> predict(np.array([[1], [0]])).tolist()
    [[0.5], [0.25]]
    """
    inside = np.ones(len(events), dtype=bool)
    inside[(np.cumsum(lengths) - lengths)[lengths > 0]] = False
    now = events[inside].astype(np.float64)
    before = events[np.flatnonzero(inside) - 1].astype(np.float64)
    after_on = ((before * now).sum(axis=0) + 1) / (before.sum(axis=0) + 2)
    after_off = (((1 - before) * now).sum(axis=0) + 1) / ((1 - before).sum(axis=0) + 2)
    return lambda previous: np.where(previous > 0, after_on, after_off)


def bernoulli_nll(probabilities: FloatArray, events: Events) -> FloatArray:
    """Return (S,): the negative log-likelihood of each step, in nats, summed over features.

    Args:
        probabilities: (S, F), or (F,) where they are the same in each step; 0 and 1 are taken as
            the nearest number inside, so that the result is finite.
        events: (S, F), 0 or 1.

    >>> bernoulli_nll(np.array([0.5, 0.25]), np.array([[1, 0], [0, 1]])).round(3).tolist()
    [0.981, 2.079]
    """
    edge = np.finfo(np.float64).eps
    p = np.clip(probabilities, edge, 1 - edge)
    return np.asarray(-np.where(events > 0, np.log(p), np.log1p(-p)).sum(axis=-1))
