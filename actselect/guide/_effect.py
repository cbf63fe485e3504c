"""How large the effect of the activations is: what the guide calls huge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Literal

from actselect.guide._rules import skeleton
from actselect.records import RankedRecord, VerdictRecord

HUGE = 10  # practical margins: 10 % of an error, 5 points of a rate; our reading of the word


def matters(
    ranking: Sequence[RankedRecord], verdict: VerdictRecord
) -> tuple[Literal["agree", "disagree", "cannot tell"], str]:
    """Judge whether the choice of activations has a huge effect.

    Agree: of two architectures that are alike in all but activations, one is in the first tier, the
    other is shown worse, and by :data:`HUGE` practical margins or more.  Disagree: all tie.

    Args:
        ranking: the confirmed architectures.
        verdict: what the evidence allows to say.
    """
    pairs = list(_pairs(ranking))
    if not pairs:
        return "cannot tell", "No two confirmed architectures differ in activations alone."
    if verdict.kind == "undecided":
        return "cannot tell", "The verdict is undecided."
    if verdict.kind == "tie" and all(row.tier == 1 for row in ranking):
        return "disagree", "All confirmed architectures tie within the practical margin."
    shown = [(a, b) for a, b in pairs if a.tier == 1 < b.tier]
    if not shown:
        return "cannot tell", (
            "Of the confirmed architectures that differ in activations alone, none is shown worse "
            "than another in the first tier."
        )
    good, worse = max(shown, key=lambda pair: _gap(*pair))
    if verdict.margin <= 0 or _gap(good, worse) < HUGE * verdict.margin:
        return "cannot tell", (
            f"{worse.label} is shown worse than {good.label}, and differs in activations alone, "
            f"but by less than {HUGE} practical margins."
        )
    return "agree", (
        f"{worse.label} is shown worse than {good.label}, and differs in activations alone, by "
        f"{_gap(good, worse) / verdict.margin:.0f} practical margins."
    )


def _pairs(ranking: Sequence[RankedRecord]) -> Iterator[tuple[RankedRecord, RankedRecord]]:
    """Yield the pairs that differ in activations alone, the one in the better tier first."""
    for pair in combinations(ranking, 2):
        one, other = sorted(pair, key=lambda row: row.tier)
        if skeleton(one.architecture) == skeleton(other.architecture):
            yield one, other


def _gap(one: RankedRecord, other: RankedRecord) -> float:
    return abs(one.validation.mean - other.validation.mean)
