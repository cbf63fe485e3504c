"""Verdicts on planted score tables: right, mirrored, and never surer than they may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from actselect.exceptions import UsageError
from actselect.records import FloatArray, MetricRecord, ScoreTable
from actselect.verdict import (
    Decision,
    decide,
    default_margin,
    false_claims,
    next_repeats,
    outlook,
    replay,
    told_apart,
)

RMSE = MetricRecord(name="rmse", direction="minimize")
LABELS = ("A", "B", "C", "D", "E", "F")
BASE = (False, False, False, True)
COST = (3.0, 2.0, 1.0, 0.0)


def _table(scores: FloatArray, rho: float = 0.1) -> ScoreTable:
    names = (*LABELS[: scores.shape[1] - 1], "naive")
    return ScoreTable(
        scores=scores, names=names, overlap=np.full(len(scores), rho), direction="minimize"
    )


def _decide(table: ScoreTable, margin: float = 0.02, **changed: object) -> Decision:
    width = table.scores.shape[1]
    options = {
        "is_baseline": BASE[-width:] if width == 4 else (False,) * (width - 1) + (True,),
        "cost": COST[-width:] if width == 4 else (1.0,) * width,
        "labels": table.names,
        "metric": replace(RMSE, direction=table.direction),
        "confidence": 0.95,
        "seconds_per_training": 10.0,
        "rng": np.random.default_rng(0),
    }
    return decide(table, margin=margin, **{**options, **changed})


def _planted(means: list[float], noise: float, repeats: int = 10, seed: int = 0) -> ScoreTable:
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 0.1, (repeats, 1))
    return _table(np.array(means) + shared + rng.normal(0, noise, (repeats, len(means))))


def test_a_planted_winner_is_declared_and_ranked_first() -> None:
    """A is better by ten margins, with little noise, and the naive model is far behind."""
    decision = _decide(_planted([1.0, 1.2, 1.3, 2.0], noise=0.01))

    assert decision.verdict.kind == "winner"
    assert decision.order == (0, 1, 2)
    assert decision.tiers == (1, 2, 3, 0)
    assert decision.clear
    assert "A is better than every other" in decision.verdict.sentence


def test_equal_architectures_tie_and_the_cheapest_is_recommended() -> None:
    """Differences far below the margin: a tie, not a winner by luck."""
    decision = _decide(_planted([1.0, 1.0, 1.0, 2.0], noise=0.001))

    assert decision.verdict.kind == "tie"
    assert decision.recommended == 2
    assert decision.tiers[:3] == (1, 1, 1)
    assert decision.order[0] == 2


def test_two_repeats_decide_nothing_close() -> None:
    """The verdict is undecided and says what it would take."""
    decision = _decide(_planted([1.0, 1.05, 1.06, 2.0], noise=0.03, repeats=2))

    assert decision.verdict.kind == "undecided"
    assert not decision.clear


def test_what_is_needed_is_what_then_suffices() -> None:
    """With the stated number of further repeats, of the same spread, the verdict is there."""
    table = _planted([1.0, 1.09, 1.2, 2.0], noise=0.03, repeats=5, seed=1)
    first = _decide(table)
    assert first.verdict.kind == "undecided"
    more = first.verdict.needed.repeats
    assert more is not None
    assert first.verdict.needed.seconds >= 10.0 * more

    copies = -(-(5 + more) // 5)
    longer = _table(np.tile(table.scores, (copies, 1)))
    assert _decide(longer).verdict.kind == "winner"


def test_a_baseline_that_is_better_wins() -> None:
    """No recurrent network is recommended as worth it."""
    decision = _decide(_planted([1.0, 1.1, 1.2, 0.8], noise=0.01))

    assert decision.verdict.kind == "baseline"
    assert "No recurrent network beats the baseline 'naive'" in decision.verdict.sentence
    assert "95% sure" in decision.verdict.sentence


def test_a_network_that_is_not_shown_to_beat_the_baseline_does_not_win() -> None:
    """Better on average is not enough."""
    decision = _decide(_planted([1.0, 1.3, 1.4, 1.01], noise=0.1, repeats=5))

    assert decision.verdict.kind in ("baseline", "undecided")
    assert "naive" in decision.verdict.sentence


def test_the_expected_score_is_the_best_mean_made_modest() -> None:
    """Of equal networks the best mean owes something to luck; a tie's cheapest member does not."""
    equal = _decide(_planted([1.0, 1.0, 1.0, 2.0], noise=0.1, repeats=6))
    tied = _decide(_planted([1.0, 1.0, 1.0, 2.0], noise=0.001, seed=1))
    leader = equal.estimates[equal.recommended]

    assert equal.expected.optimism > 0.01
    assert equal.expected.mean == pytest.approx(leader.mean + equal.expected.optimism)
    assert equal.expected.low == pytest.approx(leader.low + equal.expected.optimism)
    assert tied.verdict.kind == "tie"
    assert tied.expected.optimism == 0.0


def test_flipping_scores_and_direction_mirrors_the_verdict() -> None:
    """A metric to maximise is the same problem with the other sign."""
    table = _planted([1.0, 1.2, 1.3, 2.0], noise=0.01)
    one = _decide(table)
    two = _decide(replace(table, scores=-table.scores, direction="maximize"))

    assert (one.verdict.kind, one.order, one.tiers) == (two.verdict.kind, two.order, two.tiers)
    assert two.estimates[0].mean == pytest.approx(-one.estimates[0].mean)
    assert two.estimates[0].low <= two.estimates[0].mean <= two.estimates[0].high


def test_columns_may_stand_in_any_order() -> None:
    """Permuting the networks permutes the answer."""
    table = _planted([1.0, 1.2, 1.3, 2.0], noise=0.01)
    turned = _table(table.scores[:, [2, 0, 1, 3]])

    assert _decide(turned).order == (1, 2, 0)


def test_an_arm_that_dropped_out_keeps_its_place() -> None:
    """It is compared on the repeats it shares with the leader."""
    table = _planted([1.0, 1.5, 1.2, 2.0], noise=0.01)
    scores = table.scores.copy()
    scores[5:, 1] = np.nan
    decision = _decide(_table(scores))

    assert decision.order == (0, 2, 1)
    assert decision.estimates[1].repeats == 5
    assert sum(decision.probability_best) == pytest.approx(1.0, abs=1e-3)


def test_divergence_counts_against_an_architecture() -> None:
    """A diverged repeat is as bad as the worst score of that repeat, and is told."""
    table = _planted([1.0, 1.2, 1.3, 2.0], noise=0.01)
    scores = table.scores.copy()
    scores[3:6, 0] = np.inf
    decision = _decide(_table(scores))

    assert decision.verdict.kind != "winner"
    assert decision.estimates[0].mean > table.scores[:, 0].mean() + 0.2
    assert "diverged in 3 of 10 repeats" in decision.reasons[0]


def _next(table: ScoreTable, margin: float = 0.02) -> tuple[tuple[int, int], ...]:
    width = table.scores.shape[1]
    is_baseline = (False,) * (width - 1) + (True,)
    return next_repeats(table, is_baseline=is_baseline, margin=margin, confidence=0.95)


def test_everybody_runs_the_first_repeats() -> None:
    """Four of each, repeat by repeat, baselines not counted; what is there is not run again."""
    everything = tuple((r, c) for r in range(4) for c in range(3))
    begun = _planted([1.0, 1.01, 1.5, 2.0], noise=0.02, repeats=2)

    assert _next(_table(np.zeros((0, 4)))) == everything
    assert _next(begun) == everything[6:]


def test_repeats_go_to_the_best_and_its_closest_rival() -> None:
    """A leads, B is close, C is far but not settled yet: A and B go on."""
    gaps = np.array([[0.0, 0.05, 0.4, 9.0], [0.0, 0.0, 0.8, 9.0]] * 2)
    table = _table(1.0 + gaps + np.array([[0.0], [0.1], [0.0], [-0.1]]))

    assert _next(table) == ((4, 0), (4, 1))


def test_a_rival_catches_up_when_that_settles_its_place() -> None:
    """C waited at four repeats; the leader's others are foreseen to show it worse."""
    table = _planted([1.0, 1.01, 1.3, 9.0], noise=0.05, repeats=10, seed=1)
    scores = table.scores.copy()
    scores[4:, 2] = np.nan

    assert _next(_table(scores)) == ((4, 2),)


def test_nothing_runs_when_all_is_said_or_nothing_can_be() -> None:
    """A clear winner; and noise that no number of repeats will look through."""
    clear = _planted([1.0, 1.2, 1.3, 2.0], noise=0.01)
    noise = _planted([1.0, 1.0, 1.0, 9.0], noise=0.3, repeats=17, seed=4)

    assert _next(clear) == ()
    assert _next(noise) == ()


def test_a_replay_sees_no_score_that_was_not_asked_for() -> None:
    """What it reveals is the table's own, as many repeats as needed, each network's first ones."""
    full = _planted([1.0, 1.01, 1.5, 9.0], noise=0.02, repeats=27)
    seen = replay(full, is_baseline=BASE, margin=0.005, confidence=0.95).scores
    known = ~np.isnan(seen)

    assert 4 <= len(seen) < 27
    assert (seen[known] == full.scores[: len(seen)][known]).all()
    assert (np.diff(known.astype(int), axis=0) <= 0).all()
    assert known[:, 2].sum() < known[:, 0].sum()


def test_an_empty_table_says_so() -> None:
    """No repeat was complete: undecided, and the sentence says why."""
    decision = _decide(_table(np.zeros((0, 4))))

    assert decision.verdict.kind == "undecided"
    assert "before a single repeat" in decision.verdict.sentence


@pytest.mark.parametrize("rho", [0.0, 0.25])
@pytest.mark.parametrize("networks", [2, 5])
def test_equal_networks_are_rarely_called_worse(networks: int, rho: float) -> None:
    """Whole races, margin 0: any false "worse" in at most 5 % of 200 (binomial bound).

    Repeats share data: each network has an error of variance rho that more repeats do not remove.
    """
    is_baseline = (False,) * networks + (True,)
    rng = np.random.default_rng(7)
    false = 0
    for _ in range(200):
        shared = rng.normal(0, 1, (27, 1)) + rng.normal(0, np.sqrt(rho), (1, networks + 1))
        scores = 10 + shared + rng.normal(0, 1, (27, networks + 1))
        scores[:, -1] += 100
        seen = replay(_table(scores, rho), is_baseline=is_baseline, margin=0.0, confidence=0.95)
        false += max(_decide(seen, margin=0.0).tiers) > 1

    assert false <= 200 * 0.05 + 2 * np.sqrt(200 * 0.05 * 0.95)


def test_duplicates_are_rarely_told_apart() -> None:
    """The check's own count: at most 5 % of 100 resampled studies; a real difference is told."""
    rng = np.random.default_rng(8)
    noise = rng.normal(0, 1, 10)
    rules = {"margin": 0.1, "rho": 0.25, "examples": None, "confidence": 0.95}

    assert false_claims(noise, arms=4, studies=100, rng=rng, **rules) <= 5 + 2 * 2.2
    assert not told_apart(noise, **rules)
    assert told_apart(5 + 0.5 * noise, **rules)
    assert not told_apart(5 + 0.5 * noise[:3], **rules)


def test_the_outlook_says_what_cannot_be_concluded() -> None:
    """One repeat: nothing.  Ten examples: no tie within half a point, and a wide test interval."""
    one = outlook(
        repeats=1, rho=0.25, margin=0.005, confidence=0.95, scored=10, tested=8, rate=True
    )
    many = outlook(
        repeats=12, rho=0.25, margin=0.1, confidence=0.95, scored=500, tested=100, rate=False
    )

    assert "expect no verdict" in one[0]
    assert "tie within 0.005 cannot be shown" in one[1]
    assert "uncertain by up to 0.29" in one[2]
    assert len(many) == 1
    assert "They show a difference" in many[0]


def test_a_smaller_unit_is_not_more_evidence() -> None:
    """The same table in a unit 1e14 times as large has the same verdict."""
    table = _planted([1.0, 1.02, 1.3, 2.0], noise=0.03, repeats=8)
    small = _decide(replace(table, scores=1e-14 * table.scores), margin=0.02e-14)

    assert small.verdict.kind == _decide(table).verdict.kind == "undecided"


def test_equal_columns_at_the_edge_of_the_margin_stay_undecided() -> None:
    """A difference of exactly the margin is neither more nor less; no repeat will tell."""
    decision = _decide(_table(np.tile([1.0, 1.1, 2.0], (5, 1))), margin=0.1)

    assert decision.verdict.kind == "undecided"
    assert decision.verdict.needed.repeats is None
    assert "not foreseen" in decision.verdict.sentence


def test_a_noisy_rival_shares_the_tier_of_the_leader() -> None:
    """Who may be as good as the leader is not ranked below one who is shown worse."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, (8, 4)) * [0.01, 1.0, 0.01, 0.01]
    decision = _decide(_table(np.array([1.0, 1.6, 1.3, 9.0]) + noise))

    assert decision.tiers == (1, 1, 2, 0)
    assert decision.order == (0, 1, 2)
    assert "B may be as good" in decision.verdict.sentence


def test_a_network_that_never_ran_is_told() -> None:
    """It cannot lead, and nobody wins against it."""
    table = _planted([1.0, 1.2, 1.3, 2.0], noise=0.01)
    scores = table.scores.copy()
    scores[:, 1] = np.nan
    decision = _decide(_table(scores))

    assert decision.verdict.kind == "undecided"
    assert decision.reasons[1] == "not run"
    assert decision.estimates[1].repeats == 0
    assert "nan" not in decision.verdict.sentence


def test_the_reasons_say_what_a_tie_costs() -> None:
    """Costs are compared with the network that is recommended."""
    decision = _decide(_planted([1.0, 1.0, 1.0, 2.0], noise=0.001))

    assert "costs 3 times as much as C" in decision.reasons[0]
    assert "costs" not in decision.reasons[2]


@pytest.mark.parametrize("margin", [-0.1, float("nan"), float("inf")])
def test_a_margin_that_is_no_distance_is_refused(margin: float) -> None:
    """So is a table without networks or without baselines."""
    table = _planted([1.0, 1.2, 1.3, 2.0], noise=0.01)

    with pytest.raises(UsageError, match="margin must be"):
        _decide(table, margin=margin)
    with pytest.raises(UsageError, match="at least one network and one baseline"):
        _decide(table, is_baseline=(False,) * 4)


def test_the_same_stream_gives_the_same_decision() -> None:
    """All randomness comes from the generator."""
    table = _planted([1.0, 1.02, 1.3, 2.0], noise=0.03)

    assert _decide(table) == _decide(table)


def test_margins_follow_the_kind_of_metric() -> None:
    """Half a point for rates, one percent of the reference for errors."""
    rate = MetricRecord(name="accuracy", direction="maximize", rate=True)

    assert default_margin(rate, 0.9) == 0.005
    assert default_margin(RMSE, -30.0) == pytest.approx(0.3)


def test_the_interval_of_a_rate_stays_between_zero_and_one() -> None:
    """An accuracy cannot exceed 1, whatever a symmetric interval says."""
    accuracy = MetricRecord(name="accuracy", direction="maximize", rate=True)
    scores = np.clip(_planted([0.98, 0.97, 0.99, 0.5], noise=0.05).scores, 0.0, 1.0)
    table = replace(_table(scores), direction="maximize")
    decision = _decide(table, metric=accuracy)

    assert all(0.0 <= e.low <= e.mean <= e.high <= 1.0 for e in decision.estimates)


def test_the_interval_of_an_error_starts_at_zero() -> None:
    """Two repeats of very different size would otherwise reach below."""
    decision = _decide(_planted([1.0, 1.1, 1.2, 2.0], noise=0.5, repeats=2))

    assert all(0.0 <= e.low <= e.mean <= e.high for e in decision.estimates)
    assert min(e.low for e in decision.estimates) == 0.0


@pytest.mark.parametrize("baseline", [0.5, 2.0])
def test_one_repeat_decides_nothing_and_has_no_interval(baseline: float) -> None:
    """Whoever is ahead: a spread cannot be told from one score."""
    decision = _decide(_planted([1.0, 1.1, 1.2, baseline], noise=0.1, repeats=1))

    assert decision.verdict.kind == "undecided"
    assert "after 1 repeat" in decision.verdict.sentence
    assert "fewer than 4 repeats decide nothing" in decision.verdict.sentence
    assert decision.verdict.needed.repeats == 3
    assert {(e.low, e.high) for e in decision.estimates} == {(None, None)}


def test_a_rate_that_is_moved_by_its_leader_stays_a_rate() -> None:
    """An arm that left the race is shown as far behind the leader as it was, but never below 0."""
    early, late = np.tile([0.5, 0.3, 0.1], (4, 1)), np.tile([0.0, np.nan, 0.1], (12, 1))
    table = replace(
        _table(np.concatenate([early, late])),
        direction="maximize",
        examples=np.full(16, 50),
    )
    metric = MetricRecord(name="bleu_4", direction="maximize", rate=True)

    decision = _decide(table, metric=metric)

    shown = decision.estimates[1]
    assert shown.mean == 0.0
    assert shown.low == 0.0
