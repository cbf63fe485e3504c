"""The verdict in plain words; nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from actselect import statistics
from actselect.records import MetricRecord, Needed, VerdictKind
from actselect.verdict._race import Race

TOO_FEW = f"but fewer than {statistics.FIRST} repeats decide nothing; a larger budget would"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How things are called."""

    labels: tuple[str, ...]
    metric: MetricRecord
    sign: float

    @property
    def better(self) -> str:
        """Which way is better."""
        return f"{'lower' if self.sign > 0 else 'higher'} is better"

    def score(self, race: Race, column: int) -> str:
        return f"{self.sign * race.mean(column):.4g}"


def winner_sentence(race: Race, names: Names, leader: str, confidence: float) -> str:
    metric = names.metric.name
    if len(race.networks) == 1:
        return (
            f"{leader} beats all baselines ({metric} {names.score(race, race.leader)}, "
            f"{names.better}, {confidence:.0%} sure)."
        )
    second = race.order[1]
    return (
        f"{leader} is better than every other architecture tried ({metric} "
        f"{names.score(race, race.leader)} against {names.score(race, second)} for the next, "
        f"{names.better}, {confidence:.0%} sure)."
    )


def undecided_sentence(race: Race, names: Names, leader: str, needed: Needed) -> str:
    after = count(race.repeats, "repeat")
    score = f"{names.metric.name} {names.score(race, race.leader)}, {names.better}"
    ahead = f"{leader} leads ({score})"
    if race.repeats < statistics.FIRST:
        return f"Undecided after {after}: {ahead}, {TOO_FEW}."
    rivals = [c for c in race.order if c in race.rivals]
    others = names.labels[rivals[0]]
    if len(rivals) > 1:
        others += f" and {count(len(rivals) - 1, 'other')}"
    end = price(needed) if needed.repeats else ", and more repeats are not foreseen to settle it"
    return f"Undecided after {after}: {ahead}, but {others} may be as good{end}."


def price(needed: Needed) -> str:
    if needed.repeats is None:
        return ""
    minutes = "" if needed.seconds is None else f" ({_duration(needed.seconds)})"
    return f"; about {needed.repeats} more{minutes} would settle it"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return count(max(1, round(seconds)), "second")
    return count(round(seconds / 60), "minute")


def count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def reason(
    race: Race,
    names: Names,
    cost: Sequence[float],
    kind: VerdictKind,
    recommended: int,
    column: int,
) -> str:
    parts = []
    metric = names.metric.name
    if len(race.own(column)) == 0:
        return "not run"
    if column == race.leader:
        parts.append("wins" if kind == "winner" else "best mean")
    else:
        gap = race.mean(column) - race.mean(race.leader)
        if column in race.shown_worse:
            parts.append(f"worse than the best by {gap:.3g} {metric} (shown)")
        elif column in race.tied:
            parts.append(f"within the margin of the best ({gap:+.2g} {metric})")
        else:
            parts.append(f"{gap:.3g} {metric} behind the best, not shown worse")
    ratio = cost[column] / cost[recommended] if cost[recommended] > 0 else 1.0
    if not 0.8 <= ratio <= 1.25:  # nearer, the measured times may stand the other way round
        parts.append(f"costs {ratio:.2g} times as much as {names.labels[recommended]}")
    if race.diverged[column]:
        ran = count(len(race.own(column)), "repeat")
        parts.append(f"diverged in {race.diverged[column]} of {ran}")
    return "; ".join(parts)
