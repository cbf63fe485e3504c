"""From a table of scores to a verdict, with its reasons.

Inside this module lower is better: scores are flipped once, at the door.

- ``winner``: the leader is shown better than every other network by more than the margin.
- ``tie``: all networks that are not shown worse than the leader are shown within the margin of it;
  the cheapest of them is recommended.
- ``baseline``: no network beats the best trivial model, and more repeats are not foreseen to show
one.
- ``undecided``: anything else, with what it would take.

"Shown" means: at the confidence asked for, divided by the number of planned looks (optional
stopping), halved (the leader was chosen by the same scores), and adjusted over all comparisons of
the leader (Holm).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from actselect import statistics
from actselect.records import (
    Estimate,
    FloatArray,
    IntArray,
    MetricRecord,
    Needed,
    ScoreTable,
    VerdictKind,
    VerdictRecord,
)

RATE_MARGIN = 0.005  # half a percentage point
ERROR_MARGIN = 0.01  # relative to the best baseline


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the scores allow to say; tuples are indexed by column.

    Args:
        order: columns of networks, best first.
        tiers: tier of each network, from 1; 0 for baselines.
        estimates: mean score and interval of every column.
        probability_best: of each network; 0 for baselines.
        reasons: why each network stands where it stands.
        recommended: the network to use.
        best_baseline: the best trivial model.
        verdict: the answer.
        clear: further repeats cannot change the kind of verdict in a way that matters.
    """

    order: tuple[int, ...]
    tiers: tuple[int, ...]
    estimates: tuple[Estimate, ...]
    probability_best: tuple[float, ...]
    reasons: tuple[str, ...]
    recommended: int
    best_baseline: int
    verdict: VerdictRecord
    clear: bool


def default_margin(metric: MetricRecord, reference: float) -> float:
    """Return the practical margin: 0.005 for rates and R2, 1 % of the reference for errors.

    >>> default_margin(MetricRecord(name="rmse", direction="minimize"), 20.0)
    0.2
    """
    if metric.rate or metric.name == "r2":
        return RATE_MARGIN
    return ERROR_MARGIN * abs(reference)


def decide(
    table: ScoreTable,
    *,
    is_baseline: Sequence[bool],
    cost: Sequence[float],
    margin: float,
    labels: Sequence[str],
    metric: MetricRecord,
    confidence: float,
    looks: int,
    seconds_per_repeat: float,
    rng: np.random.Generator,
) -> Decision:
    """Decide what the scores show.

    Args:
        table: (R, A) scores of networks and baselines.
        is_baseline: (A,) which columns are baselines.
        cost: (A,) work of a step; the cheapest member of a tie is recommended.
        margin: differences below it do not matter, in the metric's unit.
        labels: (A,) what a reader calls the columns.
        metric: its name and direction.
        confidence: such as 0.95.
        looks: how many looks are planned; each may spend an equal part of the error.
        seconds_per_repeat: wall time that one more repeat costs.
        rng: for the probabilities of being best.
    """
    race = _Race(table, is_baseline, margin, confidence, looks)
    names = _Names(labels=tuple(labels), metric=metric, sign=race.sign)
    if race.repeats == 0:
        return _nothing(race, names, margin, confidence)
    verdict, recommended, clear = _verdict(race, names, cost, confidence, seconds_per_repeat)
    tiers = race.tiers()
    order = list(race.order)
    if verdict.kind == "tie":
        members = sorted(race.tied, key=lambda c: (cost[c], labels[c]))
        order = members + [c for c in order if c not in members]
        tiers = {c: 1 if c in members else max(2, tiers[c]) for c in order}
    probabilities = np.zeros(len(is_baseline))
    networks = np.array(race.networks)
    probabilities[networks] = statistics.probability_best(race.scores[:, networks], race.rho, rng)
    return Decision(
        order=tuple(order),
        tiers=tuple(tiers.get(c, 0) for c in range(len(is_baseline))),
        estimates=tuple(race.estimate(c) for c in range(len(is_baseline))),
        probability_best=tuple(round(float(p), 4) for p in probabilities),
        reasons=tuple(
            "" if is_baseline[c] else _reason(race, names, cost, verdict.kind, c)
            for c in range(len(is_baseline))
        ),
        recommended=recommended,
        best_baseline=race.best_baseline,
        verdict=verdict,
        clear=clear,
    )


def still_racing(
    table: ScoreTable,
    *,
    is_baseline: Sequence[bool],
    margin: float,
    confidence: float,
    looks: int,
) -> tuple[bool, ...]:
    """Return which columns can still win or tie: (A,); baselines always go on."""
    race = _Race(table, is_baseline, margin, confidence, looks)
    return tuple(c not in race.shown_worse for c in range(len(is_baseline)))


class _Race:
    """The comparisons of one look, lower is better."""

    def __init__(
        self,
        table: ScoreTable,
        is_baseline: Sequence[bool],
        margin: float,
        confidence: float,
        looks: int,
    ) -> None:
        self.sign = 1.0 if table.direction == "minimize" else -1.0
        flipped = self.sign * table.scores
        self.diverged: IntArray = np.isposinf(flipped).sum(axis=0).astype(np.int64)
        self.scores: FloatArray = statistics.penalised(flipped)
        self.repeats = len(flipped)
        self.rho = float(np.mean(table.overlap)) if len(table.overlap) else 0.0
        self.margin = margin
        self.alpha = statistics.alpha_for_look(1.0 - confidence, looks)
        self.networks = [c for c, b in enumerate(is_baseline) if not b]
        self.baselines = [c for c, b in enumerate(is_baseline) if b]
        if self.repeats == 0:
            self.leader, self.best_baseline = self.networks[0], self.baselines[0]
            self.order, self.shown_worse, self.tied = self.networks, set(), []
            return
        complete = [c for c in self.networks if not np.isnan(self.scores[:, c]).any()]
        self.leader = min(complete or self.networks, key=lambda c: np.nanmean(self.scores[:, c]))
        self.best_baseline = min(self.baselines, key=lambda c: np.nanmean(self.scores[:, c]))
        self.order = sorted(self.networks, key=lambda c: (self.mean(c), c))
        self.shown_worse = self._shown_worse(self.leader, self.networks)
        rest = [c for c in self.networks if c != self.leader and c not in self.shown_worse]
        same = [c for c in rest if self._equivalent(c)]
        self.tied = [self.leader, *same] if same and same == rest else []
        self.rivals = [c for c in rest if c not in same]

    def behind(self, column: int, leader: int | None = None) -> FloatArray:
        """Return by how much a column is worse than the leader on their common repeats, (k,)."""
        first = self.leader if leader is None else leader
        return statistics.paired(self.scores[:, first], self.scores[:, column])

    def mean(self, column: int) -> float:
        """Return the mean score; of a column that dropped out, the leader's plus how far behind."""
        if not np.isnan(self.scores[:, column]).any():
            return float(np.mean(self.scores[:, column]))
        return float(np.mean(self.scores[:, self.leader]) + np.mean(self.behind(column)))

    def estimate(self, column: int) -> Estimate:
        """Return mean and interval in the metric's own direction."""
        own = self.scores[~np.isnan(self.scores[:, column]), column]
        low, high = statistics.interval(own, self.rho)
        shift = self.mean(column) - float(np.mean(own))
        ends = sorted((self.sign * (low + shift), self.sign * (high + shift)))
        return Estimate(
            mean=self.sign * self.mean(column), low=ends[0], high=ends[1], repeats=len(own)
        )

    def _shown_worse(self, leader: int, columns: Sequence[int]) -> set[int]:
        others = [c for c in columns if c != leader]
        p = [statistics.p_above(self.behind(c, leader), self.margin, self.rho) for c in others]
        adjusted = statistics.holm(p)
        return {c for c, q in zip(others, adjusted, strict=True) if q <= self.alpha / 2}

    def _equivalent(self, column: int) -> bool:
        return statistics.equivalent(self.behind(column), self.margin, self.rho, self.alpha)

    def tiers(self) -> dict[int, int]:
        """Return the tier of each network: a new one begins where its first is shown worse."""
        tiers: dict[int, int] = {}
        tier, rest = 0, list(self.order)
        while rest:
            tier += 1
            worse = self._shown_worse(rest[0], rest)
            size = next((i for i, c in enumerate(rest) if c in worse), len(rest))
            tiers.update(dict.fromkeys(rest[:size], tier))
            rest = rest[size:]
        return tiers

    def baseline_gain(self) -> FloatArray:
        """Return by how much the leader is better than the best baseline, (k,)."""
        return -statistics.paired(self.scores[:, self.best_baseline], self.scores[:, self.leader])

    def beats_baselines(self) -> bool:
        """Return whether the leader, chosen among the networks, is shown better than all
        baselines.
        """
        level = self.alpha / len(self.networks)
        return all(
            statistics.p_above(self.behind(b), 0.0, self.rho) <= level for b in self.baselines
        )

    def needed(self, columns: Sequence[int]) -> int | None:
        """Return the further repeats that would settle these rivals, None if none are foreseen."""
        worst = 0
        for column in columns:
            level = self.alpha / (2 * max(1, len(self.networks) - 1))
            in_all = statistics.repeats_to_show(self.behind(column), self.margin, self.rho, level)
            if in_all is None:
                return None
            worst = max(worst, in_all - self.repeats)
        return max(1, worst)

    def needed_for_baseline(self) -> int | None:
        """Return the further repeats that would show the leader better than the best baseline."""
        level = self.alpha / len(self.networks)
        in_all = statistics.repeats_to_show(self.baseline_gain(), 0.0, self.rho, level)
        return None if in_all is None else max(1, in_all - self.repeats)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """How things are called."""

    labels: tuple[str, ...]
    metric: MetricRecord
    sign: float

    def score(self, race: _Race, column: int) -> str:
        return f"{self.sign * race.mean(column):.4g}"


def _verdict(
    race: _Race, names: _Names, cost: Sequence[float], confidence: float, seconds: float
) -> tuple[VerdictRecord, int, bool]:
    """Return the verdict, the recommended network, and whether it is clear."""
    record = VerdictRecord(kind="undecided", sentence="", margin=race.margin, confidence=confidence)
    leader, base = names.labels[race.leader], names.labels[race.best_baseline]
    metric = names.metric.name
    scores = (
        f"{names.score(race, race.leader)} against {names.score(race, race.best_baseline)}, "
        f"{metric}, {'lower' if race.sign > 0 else 'higher'} is better"
    )
    gain = race.baseline_gain()
    if float(np.mean(gain)) <= 0:
        shown = statistics.p_above(-gain, 0.0, race.rho) <= race.alpha
        sure = f", {confidence:.0%} sure" if shown else ""
        sentence = (
            f"No recurrent network beats the baseline '{base}': the best, {leader}, reached "
            f"{scores}{sure}."
        )
        return replace(record, kind="baseline", sentence=sentence), race.leader, shown
    if not race.beats_baselines():
        return _short_of_baseline(race, record, leader, base, scores, seconds)
    if len(race.shown_worse) == len(race.networks) - 1:
        sentence = _winner_sentence(race, names, leader, confidence)
        return replace(record, kind="winner", sentence=sentence), race.leader, True
    if race.tied:
        cheapest = min(race.tied, key=lambda c: (cost[c], names.labels[c]))
        sentence = (
            f"{len(race.tied)} architectures tie within {race.margin:.3g} {metric}; "
            f"{names.labels[cheapest]} is the cheapest of them "
            f"({metric} {names.score(race, cheapest)})."
        )
        return replace(record, kind="tie", sentence=sentence), cheapest, True
    more = race.needed(race.rivals)
    needed = Needed(repeats=more, seconds=_cost(more, seconds))
    sentence = _undecided_sentence(race, names, leader, needed)
    return replace(record, sentence=sentence, needed=needed), race.leader, False


def _short_of_baseline(
    race: _Race, record: VerdictRecord, leader: str, base: str, scores: str, seconds: float
) -> tuple[VerdictRecord, int, bool]:
    """Say that the leader looks better than the best baseline without being shown better."""
    more = race.needed_for_baseline()
    after = _count(race.repeats, "repeat")
    if more is None and race.repeats >= 2:
        sentence = (
            f"No recurrent network is shown to beat the baseline '{base}': the best, {leader}, is "
            f"ahead by too little for these data to settle it ({scores}; {after})."
        )
        return replace(record, kind="baseline", sentence=sentence), race.leader, False
    needed = Needed(repeats=more, seconds=_cost(more, seconds))
    sentence = (
        f"Undecided after {after}: {leader} looks better than the baseline '{base}' "
        f"({scores}), but that is not shown yet{_price(needed)}."
    )
    return replace(record, sentence=sentence, needed=needed), race.leader, False


def _winner_sentence(race: _Race, names: _Names, leader: str, confidence: float) -> str:
    metric = names.metric.name
    if len(race.networks) == 1:
        return f"{leader} beats all baselines ({metric} {names.score(race, race.leader)})."
    second = race.order[1]
    return (
        f"{leader} is better than every other architecture tried ({metric} "
        f"{names.score(race, race.leader)} against {names.score(race, second)} for the next, "
        f"{confidence:.0%} sure)."
    )


def _undecided_sentence(race: _Race, names: _Names, leader: str, needed: Needed) -> str:
    rivals = sorted(race.rivals, key=race.mean)
    others = names.labels[rivals[0]]
    if len(rivals) > 1:
        others += f" and {_count(len(rivals) - 1, 'other')}"
    after = _count(race.repeats, "repeat")
    ahead = f"{leader} leads with {names.metric.name} {names.score(race, race.leader)}"
    end = _price(needed) if needed.repeats else ", and more repeats are not foreseen to settle it"
    return f"Undecided after {after}: {ahead}, but {others} may be as good{end}."


def _price(needed: Needed) -> str:
    if needed.repeats is None:
        return ""
    minutes = "" if needed.seconds is None else f" ({_duration(needed.seconds)})"
    return f"; about {needed.repeats} more{minutes} would settle it"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return _count(max(1, round(seconds)), "second")
    return _count(round(seconds / 60), "minute")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _cost(repeats: int | None, seconds: float) -> float | None:
    return None if repeats is None or not math.isfinite(seconds) else repeats * seconds


def _reason(
    race: _Race, names: _Names, cost: Sequence[float], kind: VerdictKind, column: int
) -> str:
    parts = []
    metric = names.metric.name
    if column == race.leader:
        parts.append("wins" if kind == "winner" else "best mean")
    else:
        gap = float(np.mean(race.behind(column)))
        if column in race.shown_worse:
            parts.append(f"worse than the best by {gap:.3g} {metric} (shown)")
        elif column in race.tied:
            parts.append(f"within the margin of the best ({gap:+.2g} {metric})")
        else:
            parts.append(f"{gap:.3g} {metric} behind the best, not shown worse")
        ratio = cost[column] / cost[race.leader] if cost[race.leader] > 0 else 1.0
        if ratio < 0.8 or ratio > 1.25:
            parts.append(
                f"costs {ratio:.1f} times as much"
                if ratio > 1
                else f"{1 / ratio:.1f} times cheaper"
            )
    if race.diverged[column]:
        ran = int((~np.isnan(race.scores[:, column])).sum())
        parts.append(f"diverged in {race.diverged[column]} of {_count(ran, 'repeat')}")
    return "; ".join(parts)


def _nothing(race: _Race, names: _Names, margin: float, confidence: float) -> Decision:
    """Say that there is no confirmed score; estimates are zeros with 0 repeats."""
    width = len(race.networks) + len(race.baselines)
    empty = Estimate(mean=0.0, low=0.0, high=0.0, repeats=0)
    share = round(1.0 / len(race.networks), 4)
    return Decision(
        order=tuple(race.networks),
        tiers=tuple(int(c in race.networks) for c in range(width)),
        estimates=(empty,) * width,
        probability_best=tuple(share * (c in race.networks) for c in range(width)),
        reasons=tuple("not confirmed" if c in race.networks else "" for c in range(width)),
        recommended=race.leader,
        best_baseline=race.best_baseline,
        verdict=VerdictRecord(
            kind="undecided",
            sentence=(
                "Undecided: the budget ended before a single repeat was complete. "
                f"{names.labels[race.leader]} was best in the search, which proves nothing. "
                "Give a larger budget."
            ),
            margin=margin,
            confidence=confidence,
        ),
        clear=False,
    )
