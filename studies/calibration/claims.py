"""What is claimed of scores, by actselect and by usual practice, and whether it is true.

Notation: R repeats, A networks, the last column of a table a baseline; lower is better for truths.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import stats

from actselect.records import FloatArray, MetricRecord, ScoreTable
from studies.replay import Replay, replay

Row = Mapping[str, object]
MARGIN = 0.25  # in worlds with differences: a quarter of the spread of a repeat
ALPHA = 0.05


def of_equals(table: ScoreTable, metric: MetricRecord, *, coin: bool) -> Row:
    """Return what is claimed where no network is better than another, at no margin at all.

    ``coin``: the baseline is as good as they are, so that beating it is a false claim as well.
    """
    is_baseline = [False] * (table.scores.shape[1] - 1) + [True]
    run = replay(table, is_baseline=is_baseline, margin=0.0, metric=metric)
    verdict = run.decision.verdict.kind
    networks = table.scores[:, :-1] * (1.0 if metric.direction == "minimize" else -1.0)
    return {
        "verdict": verdict,
        "false_claim": int(max(run.decision.tiers) > 1 or (coin and verdict in ("winner", "tie"))),
        "spent": run.spent,
        **{name: int(claim) for name, claim in usual(networks).items()},
    }


def usual(scores: FloatArray) -> dict[str, bool]:
    """Return whether usual practice calls the best better, (R, A) scores, lower is better.

    - ``one_seed``: whoever has the best validation score with one seed is called the best.
    - ``three_seeds``: Student's t-test at 5 % of the best mean of three against any other.
    - ``ten_seeds``: the same, paired, with ten.
    """
    first = np.sort(scores[0])
    three, ten = scores[:3], scores[:10]
    best3, best10 = three.mean(axis=0).argmin(), ten.mean(axis=0).argmin()
    with np.errstate(all="ignore"):  # equal scores have no t
        p3 = [
            stats.ttest_ind(three[:, best3], three[:, c]).pvalue
            for c in range(scores.shape[1]) if c != best3
        ]  # fmt: skip
        p10 = [
            stats.ttest_rel(ten[:, best10], ten[:, c]).pvalue
            for c in range(scores.shape[1]) if c != best10
        ]  # fmt: skip
    return {
        "one_seed": bool(first[0] < first[1]),
        "three_seeds": bool(np.nanmin([*p3, 1.0]) < ALPHA),
        "ten_seeds": bool(np.nanmin([*p10, 1.0]) < ALPHA),
    }


def of_different(table: ScoreTable, true: FloatArray, metric: MetricRecord) -> Row:
    """Return what is said where networks differ, and how much of it is true.

    Statements are: this network is worse than the leader by more than the margin; these are within
    the margin of the best of them.
    """
    is_baseline = [False] * len(true) + [True]
    run = replay(table, is_baseline=is_baseline, margin=MARGIN, metric=metric)
    said = list(_statements(run, true))
    decision, picked = run.decision, run.decision.recommended
    plain, expected = decision.estimates[picked], decision.expected
    if expected is None or expected.low is None or expected.high is None:
        raise RuntimeError("a replay without repeats")
    return {
        "verdict": decision.verdict.kind,
        "statements": len(said),
        "true": sum(said),
        "any_false": int(not all(said)),
        "best_in_top_tier": int(decision.tiers[int(true.argmin())] == 1),
        "probability_best": max(decision.probability_best),
        "is_best": int(int(np.argmax(decision.probability_best)) == int(true.argmin())),
        "plain_excess": plain.mean - 10.0 - true[picked],
        "expected_excess": expected.mean - 10.0 - true[picked],
        "covered": int(expected.low <= 10.0 + true[picked] <= expected.high),
        "spent": run.spent,
    }


def _statements(run: Replay, true: FloatArray) -> list[bool]:
    decision = run.decision
    leader = next(c for c in decision.order if decision.tiers[c] == 1)
    if decision.verdict.kind == "tie":
        members = [c for c in decision.order if decision.tiers[c] == 1]
        best = min(members, key=lambda c: decision.estimates[c].mean)
        within = [abs(true[c] - true[best]) <= MARGIN for c in members if c != best]
        leader = best
    else:
        within = []
    worse = [c for c in decision.order if decision.tiers[c] > 1]
    return [*within, *(bool(true[c] - true[leader] > MARGIN) for c in worse)]
