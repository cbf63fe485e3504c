"""Two architectures of two studies on the repeats that both ran.

What a claim has to reach is what a verdict has to reach within a study (:mod:`actselect.verdict`):
the corrected t-test, its p-value corrected for being looked at after every repeat.  Two things come
on top.  Each architecture was picked by the scores that are now tested, out of all that its study
confirmed: a claim in favour of one of m is only made at p / m (Bonferroni).  And of several
comparisons the p-values are Holm's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from actselect import statistics
from actselect.comparison._pairing import common_repeats
from actselect.comparison._study import Study, column
from actselect.exceptions import StudyError
from actselect.records import Estimate, FloatArray, Outcome, RankedRecord

Of = Literal["recommended", "best"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What the scores of two architectures come to, before other comparisons are counted.

    ``gaps``, (k,): by how much the first is better on each common repeat.  ``leaning`` is the claim
    that is nearest to being shown, with its ``p``, None where nothing can be tested.
    """

    studies: tuple[Study, Study]
    rows: tuple[RankedRecord, RankedRecord]
    of: Of
    gaps: FloatArray
    ahead: Estimate
    leaning: Outcome
    p: float | None


def pairs(first: Study, second: Study, margin: float) -> list[Pair]:
    """Return the comparison of the recommended architectures, and of the best where they are other.

    Raises:
        StudyError: the scores are not those that a report speaks of.
    """
    chosen = (first.recommended, second.recommended)
    best = (first.best, second.best)
    found = [_pair(first, second, chosen, "recommended", margin)]
    if best != chosen:
        found.append(_pair(first, second, best, "best", margin))
    return found


def claims(found: Sequence[Pair], confidence: float) -> list[tuple[Outcome, float | None]]:
    """Return the outcome of each pair with its p-value, adjusted for all that were tested."""
    tested = [pair for pair in found if pair.p is not None]
    adjusted = iter(statistics.holm([p.p for p in tested if p.p is not None]) if tested else ())
    outcomes: list[tuple[Outcome, float | None]] = []
    for pair in found:
        if pair.p is None:
            outcomes.append((pair.leaning, None))
            continue
        p = float(next(adjusted))
        outcomes.append((pair.leaning if p <= 1.0 - confidence else "undecided", p))
    return outcomes


def _pair(
    first: Study,
    second: Study,
    rows: tuple[RankedRecord, RankedRecord],
    of: Of,
    margin: float,
) -> Pair:
    done = first.record.confirmation
    repeats = len(common_repeats(first, second))
    rho = float(np.mean(done.overlap[:repeats])) if repeats else 0.0
    counted = done.examples[:repeats] if first.record.metric.rate else ()
    examples = float(np.mean(counted)) if counted else None
    scores = _scores(first, second)
    one, two = (scores[s.name, column(r)] for s, r in zip((first, second), rows, strict=True))
    gaps = statistics.paired(one, two)
    low, high = statistics.interval(gaps, rho, examples=examples) if len(gaps) else (None, None)
    mean = float(np.mean(gaps)) if len(gaps) else 0.0
    leaning, p = _claim(
        gaps, margin, rho, examples, (len(first.record.ranking), len(second.record.ranking))
    )
    if rows[0].architecture == rows[1].architecture and len(gaps) and not np.any(gaps):
        leaning, p = "identical", None
    return Pair(
        studies=(first, second),
        rows=rows,
        of=of,
        gaps=gaps,
        ahead=Estimate(mean=mean, low=low, high=high, repeats=len(gaps)),
        leaning=leaning,
        p=p,
    )


def _claim(
    gaps: FloatArray,
    margin: float,
    rho: float,
    examples: float | None,
    choices: tuple[int, int],
) -> tuple[Outcome, float | None]:
    """Return which of "first is better", "second is better" and "equal" is nearest, with its p."""
    if len(gaps) < statistics.FIRST:
        return "undecided", None

    def p_above(threshold: float, *, mirrored: bool) -> float:
        values = -gaps if mirrored else gaps
        once = statistics.p_above(values, threshold, rho, examples)
        return min(1.0, choices[mirrored] * statistics.over_looks(once, rho))

    one, two = p_above(margin, mirrored=False), p_above(margin, mirrored=True)
    within = max(p_above(-margin, mirrored=False), p_above(-margin, mirrored=True))
    if examples is None and not np.any(gaps):
        within = 0.0  # no difference at all is within any margin
    known: list[tuple[float, Outcome]] = [
        (min(1.0, 2.0 * one), "first"), (min(1.0, 2.0 * two), "second"), (within, "equal"),
    ]  # fmt: skip
    p, outcome = min(known, key=lambda each: each[0])
    return outcome, p


def _scores(first: Study, second: Study) -> dict[tuple[str, str], FloatArray]:
    """Return (R,) scores by study and column, lower is better.

    A divergence is the worst of its repeat, over both studies.  Of a network only the first repeats
    count that its report speaks of: the budget may have ended within a later one.
    """
    repeats = len(common_repeats(first, second))
    ran = [
        (study, name, min(done, repeats))
        for study in (first, second)
        for name, done in (
            *((column(r), r.validation.repeats) for r in study.record.ranking),
            *((b.name, repeats) for b in study.record.baselines),
        )
    ]
    table = np.full((repeats, len(ran)), np.nan)
    for place, (study, name, done) in enumerate(ran):
        table[:done, place] = [_known(study, name, repeat) for repeat in range(done)]
    columns = statistics.penalised(table).T
    return {(s.name, name): scores for (s, name, _), scores in zip(ran, columns, strict=True)}


def _known(study: Study, name: str, repeat: int) -> float:
    """Return a score, +inf where the training diverged."""
    score = (study.scores or {}).get((name, repeat))
    if score is None:
        raise StudyError(
            f"scores.csv of {study.name} lacks {name!r} on repeat {repeat}, which its report "
            "speaks of. Were the files of two studies mixed?"
        )
    return np.inf if np.isnan(score) else study.sign * score
