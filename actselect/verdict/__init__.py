"""From a table of scores to a verdict, with its reasons.

Inside this module lower is better: scores are flipped once, at the door.

- ``winner``: the leader is shown better than every other network by more than the margin.
- ``tie``: all networks that are not shown worse than the leader are shown within the margin of it;
  the cheapest of them is recommended.
- ``baseline``: the best trivial model is at least as good as every network on average; or the best
  network is ahead of it, but more repeats are not foreseen to show that.
- ``undecided``: anything else, with what it would take.

"Shown" means: by a corrected t-test whose p-value is corrected for being looked at after every
repeat (:func:`actselect.statistics.over_looks`), for the choice of the leader and for the number of
comparisons (:func:`actselect.statistics.shown_above`).  Over a whole study the chance of one false
"better" or "worse" is then at most 1 - confidence, at any margin and whenever one stops.
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
    Expected,
    MetricRecord,
    Needed,
    ScoreTable,
    VerdictRecord,
)
from actselect.verdict._aa import false_claims as false_claims
from actselect.verdict._aa import told_apart as told_apart
from actselect.verdict._allocation import next_repeats as next_repeats
from actselect.verdict._outlook import outlook as outlook
from actselect.verdict._race import NOT_RUN, Question, Race
from actselect.verdict._replay import replay as replay
from actselect.verdict._words import (
    TOO_FEW,
    Names,
    count,
    price,
    reason,
    undecided_sentence,
    winner_sentence,
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
        expected: what the recommended network will score, corrected for its selection; None where
            nothing was confirmed.
        verdict: the answer.
        clear: whether it was shown.
    """

    order: tuple[int, ...]
    tiers: tuple[int, ...]
    estimates: tuple[Estimate, ...]
    probability_best: tuple[float, ...]
    reasons: tuple[str, ...]
    recommended: int
    best_baseline: int
    expected: Expected | None
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
    seconds_per_training: float,
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
        seconds_per_training: wall time that one more training costs.
        rng: for the probabilities of being best, and the correction for selection.

    Raises:
        UsageError: no network, no baseline, or a margin that is negative or no number.
    """
    race = Race(table, is_baseline, margin, confidence)
    names = Names(labels=tuple(labels), metric=metric, sign=race.sign)
    if race.repeats == 0:
        return _nothing(race, names, margin, confidence)
    verdict, recommended, clear = _verdict(race, names, cost, confidence, seconds_per_training)
    order, tiers = list(race.order), dict(race.tiers)
    if verdict.kind == "tie":
        members = sorted(race.tied, key=lambda c: (cost[c], labels[c]))
        order = members + [c for c in order if c not in members]
        tiers = {c: 1 if c in members else max(2, tiers[c]) for c in order}
    probabilities = np.zeros(len(is_baseline))
    networks = np.array(race.networks)
    probabilities[networks] = statistics.probability_best(race.scores[:, networks], race.rho, rng)
    estimates = tuple(race.estimate(c, rate=metric.rate) for c in range(len(is_baseline)))
    return Decision(
        order=tuple(order),
        tiers=tuple(tiers.get(c, 0) for c in range(len(is_baseline))),
        estimates=estimates,
        probability_best=tuple(round(float(p), 4) for p in probabilities),
        reasons=tuple(
            "" if is_baseline[c] else reason(race, names, cost, verdict.kind, recommended, c)
            for c in range(len(is_baseline))
        ),
        recommended=recommended,
        best_baseline=race.best_baseline,
        expected=_expected(race, recommended, estimates[recommended], rng, rate=metric.rate),
        verdict=verdict,
        clear=clear,
    )


def _expected(
    race: Race, column: int, plain: Estimate, rng: np.random.Generator, *, rate: bool
) -> Expected:
    """Take back what the leader owes to having been picked; any other was not, for its scores."""
    excess = 0.0
    if column == race.leader:
        excess = statistics.optimism(race.scores[:, race.networks], rng)

    def back(score: float) -> float:
        moved = score + race.sign * excess
        return min(1.0, max(0.0, moved)) if rate else moved

    return Expected(
        mean=back(plain.mean),
        low=None if plain.low is None else back(plain.low),
        high=None if plain.high is None else back(plain.high),
        optimism=excess,
    )


def _verdict(
    race: Race, names: Names, cost: Sequence[float], confidence: float, seconds: float
) -> tuple[VerdictRecord, int, bool]:
    """Return the verdict, the recommended network, and whether it is clear."""
    record = VerdictRecord(kind="undecided", sentence="", margin=race.margin, confidence=confidence)
    leader, base = names.labels[race.leader], names.labels[race.best_baseline]
    metric = names.metric.name
    scores = (
        f"{metric} {names.score(race, race.leader)} against "
        f"{names.score(race, race.best_baseline)}, {names.better}"
    )
    gain = race.baseline_gain()
    if float(np.mean(gain)) <= 0:
        if race.repeats < statistics.FIRST:
            sentence = (
                f"Undecided after {count(race.repeats, 'repeat')}: the baseline '{base}' looks "
                f"better than every network (the best, {leader}, reached {scores}), {TOO_FEW}."
            )
            needed = _needed(race, seconds)
            return replace(record, sentence=sentence, needed=needed), race.leader, False
        shown = race.beaten_by_baseline()
        beats, sure = ("beats", f", {confidence:.0%} sure") if shown else ("is shown to beat", "")
        sentence = (
            f"No recurrent network {beats} the baseline '{base}': the best, {leader}, reached "
            f"{scores}{sure}."
        )
        return replace(record, kind="baseline", sentence=sentence), race.leader, shown
    if not race.beats_baselines():
        return _short_of_baseline(race, record, leader, base, scores, seconds)
    if len(race.shown_worse) == len(race.networks) - 1:
        sentence = winner_sentence(race, names, leader, confidence)
        return replace(record, kind="winner", sentence=sentence), race.leader, True
    if race.tied:
        cheapest = min(race.tied, key=lambda c: (cost[c], names.labels[c]))
        sentence = (
            f"{len(race.tied)} architectures tie: they are within {race.margin:.3g} {metric} of "
            f"the best. {names.labels[cheapest]} is the cheapest of them "
            f"({metric} {names.score(race, cheapest)}, {names.better})."
        )
        return replace(record, kind="tie", sentence=sentence), cheapest, True
    needed = _needed(race, seconds)
    sentence = undecided_sentence(race, names, leader, needed)
    return replace(record, sentence=sentence, needed=needed), race.leader, False


def _short_of_baseline(
    race: Race, record: VerdictRecord, leader: str, base: str, scores: str, seconds: float
) -> tuple[VerdictRecord, int, bool]:
    """Say that the leader looks better than the best baseline without being shown better."""
    after = count(race.repeats, "repeat")
    needed = _needed(race, seconds)
    own = [q for q in race.questions() if q.column == race.leader]
    if race.repeats >= statistics.FIRST and own and own[0].in_all() is None:
        sentence = (
            f"No recurrent network is shown to beat the baseline '{base}': the best, {leader}, is "
            f"ahead by too little for these data to settle it ({scores}; {after})."
        )
        return replace(record, kind="baseline", sentence=sentence), race.leader, False
    few = race.repeats < statistics.FIRST
    end = TOO_FEW if few else f"but that is not shown yet{price(needed)}"
    sentence = (
        f"Undecided after {after}: {leader} looks better than the baseline '{base}' ({scores}), "
        f"{end}."
    )
    return replace(record, sentence=sentence, needed=needed), race.leader, False


def _needed(race: Race, seconds: float) -> Needed:
    """Return what the open questions would still cost; nothing where one of them has no end."""
    if race.repeats < statistics.FIRST:
        more = statistics.FIRST - race.repeats
        return _priced(more, more * len(race.networks), seconds)
    questions = race.questions()
    further = [q.further() for q in questions]
    if not further or None in further:
        return Needed()
    known = [k for k in further if k is not None]
    together = max(_in_all(q) for q in questions) - race.repeats  # of the leader
    rivals = sum(k for k, q in zip(known, questions, strict=True) if q.column != race.leader)
    return _priced(max(known), max(0, together) + rivals, seconds)


def _in_all(question: Question) -> int:
    return question.in_all() or 0


def _priced(repeats: int, trainings: int, seconds: float) -> Needed:
    return Needed(repeats=repeats, seconds=trainings * seconds if math.isfinite(seconds) else None)


def _nothing(race: Race, names: Names, margin: float, confidence: float) -> Decision:
    """Say that there is no confirmed score; estimates are zeros with 0 repeats."""
    width = len(race.networks) + len(race.baselines)
    share = round(1.0 / len(race.networks), 4)
    return Decision(
        order=tuple(race.networks),
        tiers=tuple(int(c in race.networks) for c in range(width)),
        estimates=(NOT_RUN,) * width,
        probability_best=tuple(share * (c in race.networks) for c in range(width)),
        reasons=tuple("not confirmed" if c in race.networks else "" for c in range(width)),
        recommended=race.leader,
        best_baseline=race.best_baseline,
        expected=None,
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
