"""What becomes of each claim, with the numbers that decide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studies.guide_claims.claims import (
    HUGE,
    QUESTIONS,
    Outcome,
    Question,
    Stand,
    Verdict,
    majority,
    reversals,
    sides,
    verdict,
)
from studies.guide_claims.compare import Tables, outcomes
from studies.guide_claims.measured import cost, gradients, nonlinearity
from studies.recording import Row, load_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A claim, its verdict, what each data set says, and sentences with numbers."""

    claim: str
    verdict: Verdict
    sides: tuple[tuple[str, Stand], ...]
    numbers: tuple[str, ...]
    outcomes: tuple[Outcome, ...] = ()


def findings(recorded: Tables, results: Path) -> list[Finding]:
    """Return the findings in the order of the guide; ``results`` has the measurements."""
    rows = load_rows(results / "measured.csv")
    scored = [_scored(question, recorded, rows) for question in QUESTIONS]
    flow = gradients(rows)
    priced = cost(load_rows(results / "costs.csv"))
    first = Finding(
        claim="gradient-stability",
        verdict=majority([stand for _, stand in flow.sides]),
        sides=flow.sides,
        numbers=flow.numbers,
    )
    third = Finding(
        claim="cost",
        verdict="supported" if any(s == "for" for _, s in priced.sides) else "contradicted",
        sides=priced.sides,
        numbers=priced.numbers,
    )
    return [first, scored[0], third, *scored[1:]]


def _scored(question: Question, recorded: Tables, rows: Sequence[Row]) -> Finding:
    found = outcomes(question, recorded)
    extra = nonlinearity(rows) if question.claim == "enough-nonlinearity" else ()
    return Finding(
        claim=question.claim,
        verdict=verdict(question, found),
        sides=sides(question, found),
        numbers=(*_numbers(question, found), *extra),
        outcomes=tuple(found),
    )


def _numbers(question: Question, found: Sequence[Outcome]) -> tuple[str, ...]:
    shown = [o for o in found if o.stand == "for"]
    count = {stand: sum(o.stand == stand for o in found) for stand in ("for", "against", "equal")}
    total = f"Of {len(found)} comparisons"
    if question.kind == "huge":
        total += f" with a threshold of {HUGE:.0f} margins"
    first = (
        f"{total}, {count['for']} are shown for the claim, {count['against']} against it, "
        f"{count['equal']} equal within the margin; the others are open."
    )
    if question.kind == "reversal":
        pairs = reversals(found)
        first = (
            f"{len(pairs)} times one activation is shown better than another on one data set and "
            "worse on a second."
        )
        return (first, *(f"{sentence(a)}; {sentence(b)}" for a, b in pairs[:3]))
    against = [o for o in found if o.stand == "against"]
    largest = sorted((*shown, *against), key=lambda o: -abs(o.difference) / o.margin)
    return (first, *(sentence(o) for o in largest[:4]))


def sentence(outcome: Outcome) -> str:
    """Return what a comparison came to, in words."""
    rivals = " and ".join(outcome.comparison.rivals)
    way = "better" if outcome.difference > 0 else "worse"
    margins = abs(outcome.difference) / outcome.margin
    return (
        f"{outcome.data}: {outcome.comparison.preferred} is {abs(outcome.difference):.3g} {way} "
        f"than {rivals} ({margins:.1f} margins, p = {max(outcome.p, 1e-4):.2g})"
    )
