"""What confirmed results say of each claim: agree, disagree, or cannot tell, with the reason.

The first tier holds the best architecture and all that are not shown worse than it.  The data
prefer one kind of architecture to another only where the verdict is a winner or a tie, the one kind
stands in the first tier, and all of the other kind stand below it: a winner is shown better than
each of them, and what ties with the best is closer to it than they are.  Everything less is "cannot
tell".  While a verdict is undecided, that one is shown worse than the best and another is not does
not show one worse than the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from actselect.guide import _measured
from actselect.guide._claims import Claim, claims
from actselect.guide._effect import matters
from actselect.guide._rules import RULES, Key, Rule
from actselect.guide._words import names
from actselect.records import GuideClaimRecord, RankedRecord, VerdictRecord

Stand = Literal["agree", "disagree", "cannot tell"]
Judgement = tuple[Stand, str]

NO_NETWORK = "No recurrent network is shown to beat the baseline, so these data do not judge it."
NOT_CONFIRMED = "Nothing that the claim wants was confirmed."


def judged(
    task: str, length: int, ranking: Sequence[RankedRecord], verdict: VerdictRecord
) -> tuple[GuideClaimRecord, ...]:
    """Judge each claim that speaks of a task and of architectures, by the confirmed results alone.

    Args:
        task: name of the task.
        length: steps of a typical sequence.
        ranking: the confirmed architectures.
        verdict: what the evidence allows to say.

    Returns:
        One record for each claim, in the order of the guide.  The guide's principles are judged
        where their diagnostics were measured, and left out elsewhere; ``verify`` is what a study
        does, and is never judged by it.
    """
    found = []
    for claim in claims():
        judgement = _judgement(claim, ranking, verdict) if claim.concerns(task, length) else None
        if judgement is not None:
            stand, because = judgement
            found.append(
                GuideClaimRecord(
                    id=claim.id,
                    section=claim.section,
                    claim=claim.claim,
                    stand=stand,
                    because=because,
                )
            )
    return tuple(found)


def _judgement(
    claim: Claim, ranking: Sequence[RankedRecord], verdict: VerdictRecord
) -> Judgement | None:
    if claim.id in _measured.JUDGES:
        return _measured.JUDGES[claim.id](ranking, verdict)
    rules = [rule for rule in RULES if rule.claim == claim.id]
    if not rules and claim.id != "matters":
        return None
    if verdict.kind == "baseline":
        return "cannot tell", NO_NETWORK
    return _compared(rules[0], ranking, verdict) if rules else matters(ranking, verdict)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """The architectures that a claim wants and their rivals, in the order of the ranking."""

    wanted: tuple[RankedRecord, ...]
    rivals: tuple[RankedRecord, ...]


def _sides(rule: Rule, ranking: Sequence[RankedRecord]) -> _Sides:
    """Return both sides of the groups that have both: what cannot be compared is left out."""
    groups: dict[Key, list[RankedRecord]] = defaultdict(list)
    for row in ranking:
        groups[rule.alike(row.architecture)].append(row)
    wanted, rivals = set(), set()
    for rows in groups.values():
        own = {row.label for row in rows if rule.wants(row.architecture)}
        other = {row.label for row in rows if rule.rival(row.architecture)}
        if own and other:
            wanted |= own
            rivals |= other
    return _Sides(
        wanted=tuple(row for row in ranking if row.label in wanted),
        rivals=tuple(row for row in ranking if row.label in rivals),
    )


def _compared(rule: Rule, ranking: Sequence[RankedRecord], verdict: VerdictRecord) -> Judgement:
    sides = _sides(rule, ranking)
    if not sides.wanted:
        alone = [row for row in ranking if rule.wants(row.architecture)]
        lonely = f"Confirmed without a rival to compare with: {names(alone)}."
        return "cannot tell", lonely if alone else NOT_CONFIRMED
    good = [row for row in sides.wanted if row.tier == 1]
    better = [row for row in sides.rivals if row.tier == 1]
    if bool(good) == bool(better):
        where = "In the first tier" if good else "Below the first tier"
        first, second = (good, better) if good else (sides.wanted, sides.rivals)
        return "cannot tell", (
            f"{where} are both {names(first)} and, against the claim, {names(second)}."
        )
    top, below = (good, sides.rivals) if good else (better, sides.wanted)
    standing = f"in the first tier: {names(top)}; below it: {names(below)}."
    if verdict.kind == "undecided":
        return "cannot tell", f"The verdict is undecided; so far {standing}"
    return ("agree" if good else "disagree"), standing[0].upper() + standing[1:]
