"""A race on scores that are known already: recorded ones, or simulated ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from actselect.records import FloatArray, ScoreTable
from actselect.verdict._allocation import next_repeats


def replay(
    full: ScoreTable,
    *,
    is_baseline: Sequence[bool],
    margin: float,
    confidence: float,
    look: Callable[[ScoreTable], None] | None = None,
) -> ScoreTable:
    """Reveal the scores of a table as a race asks for them, and return what was revealed.

    Args:
        full: (R, A) scores without gaps; of R, at most ``LAST`` repeats are asked for.
        is_baseline: (A,) which columns are baselines.
        margin: the practical margin.
        confidence: such as 0.95.
        look: told the scores revealed so far, before each further step.
    """
    seen = np.full_like(full.scores, np.nan)
    baselines = np.asarray(is_baseline)
    table = _first(full, seen, 0)
    while cells := next_repeats(
        table, is_baseline=is_baseline, margin=margin, confidence=confidence
    ):
        if look is not None and len(table.scores):
            look(table)
        for row, column in cells:
            seen[row, column] = full.scores[row, column]
        rows = max(len(table.scores), 1 + max(row for row, _ in cells))
        seen[:rows, baselines] = full.scores[:rows, baselines]
        table = _first(full, seen, rows)
    return table


def _first(full: ScoreTable, seen: FloatArray, rows: int) -> ScoreTable:
    return replace(
        full,
        scores=seen[:rows],
        overlap=full.overlap[:rows],
        examples=None if full.examples is None else full.examples[:rows],
    )
