"""The study of the guide's claims: its rules, on outcomes made by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from actselect import guide
from actselect.records import MetricRecord
from studies import choosing
from studies.guide_claims import convergence
from studies.guide_claims.__main__ import RESULTS
from studies.guide_claims.claims import (
    EVERYTHING,
    QUESTIONS,
    Comparison,
    Outcome,
    Question,
    Stand,
    Verdict,
    both,
    both_sides,
    majority,
    reversals,
    side,
    verdict,
)
from studies.guide_claims.compare import outcomes, tables
from studies.guide_claims.findings import findings
from studies.guide_claims.measured import cost, gradients
from studies.guide_claims.sources import SOURCES
from studies.recording import Recorded

ERROR = MetricRecord(name="rmse", direction="minimize")


def outcome(data: str, preferred: str, rival: str, stand: Stand) -> Outcome:
    """Return an outcome of which only the stand matters."""
    return Outcome(
        data=data, comparison=Comparison(preferred=preferred, rivals=(rival,)),
        difference=1.0, low=0.0, high=2.0, margin=0.1, p=0.01, stand=stand,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stands", "expected"),
    [
        (["for", "open"], "for"),
        (["for", "against"], "open"),
        (["against", "open", "open"], "open"),
        (["against", "against", "equal"], "against"),
        (["equal", "equal"], "equal"),
        (["equal", "open"], "open"),
    ],
)
def test_half_of_the_comparisons_decide_for_a_data_set(
    stands: Sequence[Stand], expected: Stand
) -> None:
    """If none says the opposite."""
    assert side("all", stands) == expected


@pytest.mark.parametrize(
    ("stands", "expected"),
    [
        (["for", "for", "open"], "supported"),
        (["for", "open", "open"], "undecided"),
        (["for", "for", "against"], "undecided"),
        (["against", "open", "open"], "contradicted"),
        (["equal", "equal", "equal"], "undecided"),
    ],
)
def test_most_data_sets_decide_about_a_claim(stands: Sequence[Stand], expected: Verdict) -> None:
    """One that says the opposite is enough against it."""
    assert majority(stands) == expected


@pytest.mark.parametrize(
    ("stands", "expected"),
    [
        (["for", "against"], "supported"),
        (["open", "against"], "undecided"),
        (["equal", "against"], "contradicted"),
    ],
)
def test_one_case_is_enough_for_what_is_said_of_some(
    stands: Sequence[Stand], expected: Verdict
) -> None:
    """Against it, every case is needed."""
    question = Question(claim="deep-mix", kind="some", data=("a",), comparisons=())

    assert verdict(question, [outcome("a", "x", "y", stand) for stand in stands]) == expected


def test_a_reversal_is_two_data_sets_that_prefer_opposite_activations() -> None:
    """Each of them shown."""
    found = [outcome("a", "x", "y", "for"), outcome("b", "y", "x", "for")]

    assert reversals(found) == ((found[0], found[1]),)
    assert reversals([found[0], outcome("b", "y", "x", "open")]) == ()


def recorded(scores: Sequence[Sequence[float]], names: tuple[str, ...]) -> Recorded:
    """Return a table of errors; splits overlap by a quarter."""
    table = np.array(scores, dtype=np.float64).T
    repeats, arms = table.shape
    return Recorded(
        scores=table, names=names, is_baseline=np.zeros(arms, dtype=bool),
        learning_rates=np.full(arms, 0.01), seconds=np.ones(arms), overlap=np.full(repeats, 0.25),
        examples=np.full(repeats, 40), metric=ERROR,
    )  # fmt: skip


def test_a_comparison_is_the_corrected_t_test_with_holms_correction() -> None:
    """Written out for two data sets; the second is closer and keeps its p-value."""
    rng = np.random.default_rng(0)
    good, bad = rng.normal(1.0, 0.05, (2, 10)), rng.normal(1.3, 0.05, (2, 10))
    good[1] += 0.2
    tables = {f"data {i}": recorded([good[i], bad[i]], ("x", "y")) for i in (0, 1)}
    question = Question(
        claim="deep-relu", kind="all", data=("data 0", "data 1"),
        comparisons=(Comparison(preferred="x", rivals=("y",)),),
    )  # fmt: skip
    p = []
    for i in (0, 1):
        gain = bad[i] - good[i]
        error = np.sqrt(gain.var(ddof=1) * (1 / 10 + 0.25))
        p.append(2 * stats.t.sf(gain.mean() / error, 9))

    found = outcomes(question, tables)

    assert p[0] < p[1]
    assert [o.p for o in found] == pytest.approx([2 * p[0], p[1]])
    assert [o.stand for o in found] == ["for", "for" if p[1] < 0.05 else "open"]


def test_a_mix_must_beat_both_of_its_rivals() -> None:
    """The harder one decides."""
    rng = np.random.default_rng(1)
    arms = [rng.normal(mean, 0.01, 10) for mean in (1.0, 2.0, 0.9)]
    question = Question(
        claim="deep-mix", kind="some", data=("data",),
        comparisons=(Comparison(preferred="mix", rivals=("bad", "good")),),
    )  # fmt: skip

    (found,) = outcomes(question, {"data": recorded(arms, ("mix", "bad", "good"))})

    assert found.difference == pytest.approx((arms[2] - arms[0]).mean())
    assert found.stand == "against"


def test_gradients_are_compared_by_how_far_their_factor_is_from_one() -> None:
    """A gradient that grows is as unstable as one that shrinks."""
    rows = [
        {"data": "d", "arm": arm, "decay": str(decay), "curvature": "0.1"}
        for arm, decay in (("RNN relu", 0.99), ("RNN tanh", 1.2), ("RNN sigmoid", 0.5))
        for _ in range(5)
    ]

    assert gradients(rows).sides == (("d", "for"),)


def test_a_tenth_more_time_in_every_turn_is_dearer() -> None:
    """One turn that is not makes it a tie."""

    def rows(slow: Sequence[float]) -> list[dict[str, str]]:
        times = {"tanh": [1.0, 1.0], "relu": [1.0, 1.0], "gelu": slow}
        return [
            {"data": "d", "activation": name, "train_ms": str(ms)}
            for name, values in times.items()
            for ms in values
        ]

    assert cost(rows([1.3, 1.2])).sides == (("d", "for"),)
    assert cost(rows([1.3, 1.05])).sides == (("d", "equal"),)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("supported", "supported"), "supported"),
        (("supported", "undecided"), "undecided"),
        (("supported", "contradicted"), "contradicted"),
        (("undecided", "undecided"), "undecided"),
    ],
)
def test_a_claim_of_two_parts_holds_when_both_do(
    parts: tuple[Verdict, Verdict], expected: Verdict
) -> None:
    """One part that is contradicted is enough against it; so it is on each data set."""
    assert both(*parts) == expected
    assert both_sides([("a", "for"), ("b", "for")], [("a", "for"), ("b", "against")]) == (
        ("a", "for"),
        ("b", "against"),
    )


def test_epochs_are_counted_to_a_loss_that_both_networks_reach() -> None:
    """From 2.0 down to 1.0 it is 1.05, however far off the other one started."""
    near, far = [2.0, 1.6, 1.2, 1.04, 1.0], [50.0, 1.9, 1.05, 0.5, 0.3]

    assert convergence.epochs(near, far) == (3, 2)
    assert convergence.epochs([2.0, 1.5], [3.0, 2.5]) is None


def falling(epochs: int) -> list[float]:
    """Return losses that fall from 1 to 0 in the last of ``epochs``."""
    return [1.0] * epochs + [0.0]


def sped(
    fast: Sequence[int], slow: Sequence[int], scores: Sequence[Sequence[float]]
) -> list[Outcome]:
    """Return the comparisons of two networks on a data set with a baseline."""
    table = recorded([*scores, [2.0] * len(fast)], ("x", "y", "mean"))
    table.is_baseline[2] = True
    curves = {("x", r): falling(n) for r, n in enumerate(fast)}
    curves |= {("y", r): falling(n) for r, n in enumerate(slow)}
    question = Question(
        claim="matters", kind="huge", data=("d",),
        comparisons=(Comparison(preferred="x", rivals=("y",)),),
    )  # fmt: skip
    return convergence.outcomes(question, {"d": table}, {"d": curves})


def test_convergence_is_compared_by_the_corrected_t_test_of_log_epochs() -> None:
    """Written out: the slower network's epochs count one less, and must be twice as many."""
    fast, slow = np.array([2, 3, 2, 3, 2, 2, 3, 2, 3, 2]), np.array([22, 25, 19, 28] * 2 + [21, 24])
    learnt = [[1.0 + 0.01 * i for i in range(10)]] * 2
    doublings = np.log2((slow - 1) / fast) - 1
    error = np.sqrt(doublings.var(ddof=1) * (1 / 10 + 0.25))

    (found,) = sped(fast.tolist(), slow.tolist(), learnt)

    assert found.p == pytest.approx(2 * stats.t.sf(doublings.mean() / error, 9))
    assert found.difference == pytest.approx(np.log2(slow / fast).mean())
    assert found.stand == "for"


def test_an_epoch_more_or_less_shows_nothing() -> None:
    """Epochs are whole: two against one may be nearly equal, or more than twice as many."""
    learnt = [[1.0 + 0.01 * i for i in range(10)]] * 2

    (found,) = sped([1] * 10, [2] * 10, learnt)

    assert found.stand == "open"


def test_a_network_that_does_not_learn_is_not_called_fast() -> None:
    """No better than the simplest baseline, or diverged once: there is no comparison."""
    learnt = [1.0 + 0.01 * i for i in range(10)]
    useless = [2.0 + 0.3 * (-1) ** i for i in range(10)]

    assert sped([1] * 10, [20] * 10, [useless, learnt]) == []
    assert sped([1] * 10, [20] * 10, [[*learnt[:9], np.inf], learnt]) == []
    assert sped([1] * 10, [20] * 10, [learnt, learnt])[0].stand == "for"


def test_a_data_set_on_which_nothing_is_compared_is_open() -> None:
    """Nothing to say is not the same as nothing there."""
    question = Question(claim="matters", kind="huge", data=("d",), comparisons=())

    assert convergence.sides(question, []) == (("d", "open"),)


def test_the_page_is_made_from_the_data_and_the_results() -> None:
    """Whoever changes a claim, a finding or a result writes it anew: python -m studies.choosing."""
    assert choosing.PAGE.read_text(encoding="utf8") == choosing.text()


def test_the_verdicts_are_those_of_the_recorded_scores() -> None:
    """Recomputed from the tables; every claim of the guide has one."""
    found = findings(tables(RESULTS / "tables"), RESULTS)
    saved = json.loads((RESULTS / "verdicts.json").read_text(encoding="utf8"))

    assert {f.claim: f.verdict for f in found} == {c: v["verdict"] for c, v in saved.items()}
    assert set(saved) == {claim.id for claim in guide.claims()}


def test_the_questions_speak_of_claims_and_data_sets_that_exist() -> None:
    """And of at least three data sets each."""
    names = {source.name for source in SOURCES}

    assert {q.claim for q in QUESTIONS} <= {claim.id for claim in guide.claims()}
    assert set(EVERYTHING) == names
    assert all(set(q.data) <= names and len(q.data) >= 3 for q in QUESTIONS)
