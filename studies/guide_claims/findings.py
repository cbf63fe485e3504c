"""What becomes of each claim, with the numbers that decide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studies.guide_claims import convergence
from studies.guide_claims.claims import (
    HUGE,
    QUESTIONS,
    Outcome,
    Question,
    Stand,
    Verdict,
    both,
    both_sides,
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
    """A claim, its verdict, what each data set says, and sentences with numbers.

    ``outcomes`` are of scores, ``epochs`` of how many a loss takes, in doublings.
    """

    claim: str
    verdict: Verdict
    sides: tuple[tuple[str, Stand], ...]
    numbers: tuple[str, ...]
    outcomes: tuple[Outcome, ...] = ()
    epochs: tuple[Outcome, ...] = ()


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
    whole = [_with_speed(f, recorded, results) if f.claim == "matters" else f for f in scored[1:]]
    return [first, scored[0], third, *whole]


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


def _with_speed(scores: Finding, recorded: Tables, results: Path) -> Finding:
    """Return the finding on performance and on the speed of convergence together."""
    question = next(q for q in QUESTIONS if q.claim == scores.claim)
    paths = {name: results / "curves" / f"{name}.csv.gz" for name in question.data}
    curves = {name: convergence.read_curves(p) for name, p in paths.items() if p.exists()}
    missing = [name for name in question.data if name not in curves]
    found = convergence.outcomes(question, recorded, curves)
    sides = convergence.sides(question, found)
    speed = majority([stand for _, stand in sides])
    return Finding(
        claim=scores.claim,
        verdict=both(scores.verdict, speed),
        sides=both_sides(scores.sides, sides),
        numbers=(
            _part("performance", scores.verdict, scores.sides),
            *scores.numbers,
            _part("speed of convergence", speed, sides),
            "The rule for this part was decided after the scores and the epochs had been seen",
            *((f"Not trained again, and so not decided: {', '.join(missing)}",) if missing else ()),
            *_speeds(found, len(curves) * len(question.comparisons)),
        ),
        outcomes=scores.outcomes,
        epochs=tuple(found),
    )


def _part(name: str, verdict: Verdict, sides: Sequence[tuple[str, Stand]]) -> str:
    words: tuple[tuple[Stand, str], ...] = (
        ("for", "For it"), ("against", "Against it"), ("open", "Not decided"),
    )  # fmt: skip
    groups = [(word, [data for data, own in sides if own == s]) for s, word in words]
    told = " ".join(f"{word}: {', '.join(data)}." for word, data in groups if data)
    return f"The part on {name} is {verdict}. {told}"


def _speeds(found: Sequence[Outcome], asked: int) -> tuple[str, ...]:
    count = {stand: sum(o.stand == stand for o in found) for stand in ("for", "equal")}
    first = (
        f"Of {asked} comparisons, {asked - len(found)} are left out, of networks that do not learn "
        f"in every repeat; {count['for']} show at least {convergence.FASTER:.0f} times as many "
        f"epochs, {count['equal']} show less; the others are open."
    )
    shown = sorted((o for o in found if o.stand == "for"), key=lambda o: -o.difference)
    return (first, *(convergence.sentence(o) for o in shown))


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
