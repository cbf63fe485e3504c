"""What the guide, and the literature, would expect of a case before anything was trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

from actselect.exceptions import UsageError
from actselect.guide._claims import Claim, Pick, Tension, claims, tensions
from actselect.guide._findings import STRENGTHS, Finding, findings
from actselect.guide._tasks import task as known_task


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An architecture, and the claims that suggest it.

    Args:
        label: what the architecture is called in every table.
        claims: the claims that suggest it.
        min_length: steps from which on the first of them speaks; 1 where the length is known.
    """

    label: str
    claims: tuple[Claim, ...]
    min_length: int = 1


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is expected of a case: prior knowledge, to be tested.

    Args:
        suggestions: what the guide would pick, in the order of its claims.
        claims: what it says of this case, without the principles.
        principles: what it says of every case.
        tensions: where it contradicts itself about this case.
        findings: what the literature adds, what speaks of this task first, then the stronger.
    """

    suggestions: tuple[Suggestion, ...]
    claims: tuple[Claim, ...]
    principles: tuple[Claim, ...]
    tensions: tuple[Tension, ...]
    findings: tuple[Finding, ...]


def advice(task: str, length: int | None = None, depth: int | None = None) -> Advice:
    """Return what the guide and the literature would expect of a case.

    Args:
        task: name of the task.
        length: steps of a typical sequence; None: not known.
        depth: recurrent layers of the network; None: left to the guide.

    Raises:
        UnknownNameError: there is no such task.
        UsageError: ``length`` or ``depth`` is below 1.

    >>> [s.label for s in advice("captioning", depth=1).suggestions]
    ['GRU tanh/sigmoid']
    """
    known_task(task)
    for name, value in (("length", length), ("depth", depth)):
        if value is not None and value < 1:
            raise UsageError(f"{name} must be at least 1. Got {value}.")
    made = [c for c in claims() if c.concerns(task, length) and _deep_enough(c, depth)]
    ids = {c.id for c in made}
    return Advice(
        suggestions=_suggestions(made, task, length, depth),
        claims=tuple(c for c in made if not c.principle),
        principles=tuple(c for c in made if c.principle),
        tensions=tuple(
            t for t in tensions() if ids.issuperset(t.claims) and task in (t.tasks or (task,))
        ),
        findings=_findings(ids, task, length, depth),
    )


def _deep_enough(entry: Claim | Finding, depth: int | None) -> bool:
    return depth is None or depth >= entry.min_depth


def _suggestions(
    made: Sequence[Claim], task: str, length: int | None, depth: int | None
) -> tuple[Suggestion, ...]:
    found: dict[str, Suggestion] = {}
    for claim in made:
        for pick in _picks(claim, task, length, depth):
            start = pick.min_length if length is None else 1
            known = found.get(pick.label)
            if known is None:
                found[pick.label] = Suggestion(label=pick.label, claims=(claim,), min_length=start)
            else:
                found[pick.label] = replace(
                    known,
                    claims=(*known.claims, claim),
                    min_length=min(known.min_length, start),
                )
    return tuple(found.values())


def _picks(claim: Claim, task: str, length: int | None, depth: int | None) -> Iterator[Pick]:
    """Yield a claim's picks for a case; an asked depth takes the place of the example's own."""
    for pick in claim.picks:
        if task in pick.tasks and (length is None or length >= pick.min_length):
            yield pick if depth is None else replace(pick, num_layers=depth)


def _findings(
    ids: set[str], task: str, length: int | None, depth: int | None
) -> tuple[Finding, ...]:
    found = [
        f
        for f in findings()
        if f.concerns(task, length)
        and _deep_enough(f, depth)
        and ids.intersection((*f.supports, *f.contradicts))
    ]
    return tuple(sorted(found, key=lambda f: (not f.tasks, STRENGTHS.index(f.strength))))
