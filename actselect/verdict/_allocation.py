"""Which repeats to run next: where they settle the verdict, and no others.

Repeats go to the closest question, as a rule the best network against its closest rival, until it
is settled or has to be given up; whoever is further behind waits, and catches up as soon as the
leader's repeats are foreseen to settle its place.  Nothing here can change what
a claim's error rate promises: the boundary holds whenever one looks, and comparisons use the
repeats that two columns share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from actselect import statistics
from actselect.records import ScoreTable
from actselect.verdict._race import Race

LOOKS = (4, 5, 6, 8, 10, 13, 17, 22, 27)  # repeats after which the verdict is looked at
ENOUGH = 10  # repeats of a comparison before it may be given up

Cell = tuple[int, int]  # repeat, column


def next_repeats(
    table: ScoreTable, *, is_baseline: Sequence[bool], margin: float, confidence: float
) -> tuple[Cell, ...]:
    """Return which trainings to run before the next look, repeat by repeat; none when all is said.

    Args:
        table: (R, A) scores so far; each network has run the first k of them.
        is_baseline: (A,) which columns are baselines.
        margin: the practical margin.
        confidence: such as 0.95.
    """
    race = Race(table, is_baseline, margin, confidence)
    counts = {c: len(race.own(c)) for c in race.networks}
    if min(counts.values()) < statistics.FIRST and race.repeats < statistics.FIRST:
        return _rows(counts, statistics.FIRST)
    questions = race.questions()
    waiting = {
        q.column
        for q in [*questions, *race.places()]
        if counts[q.column] < race.repeats >= (q.in_all() or math.inf)
    }
    if waiting:
        ends = {c: min(_next_look(counts[c]), race.repeats) for c in waiting}
        return tuple(sorted((r, c) for c in waiting for r in range(counts[c], ends[c])))
    given_up = any(len(q.gaps) >= ENOUGH and not q.open() for q in questions)
    if not questions or given_up:
        return ()
    column = questions[0].column
    k = counts[column]
    if k < race.repeats:
        return _rows({column: k}, min(_next_look(k), race.repeats))
    if k >= statistics.LAST:
        return ()
    return _rows(dict.fromkeys((race.leader, column), k), _next_look(k))


def _next_look(repeats: int) -> int:
    return next((look for look in LOOKS if look > repeats), statistics.LAST)


def _rows(counts: dict[int, int], until: int) -> tuple[Cell, ...]:
    return tuple((r, c) for r in range(until) for c, k in counts.items() if r >= k)
