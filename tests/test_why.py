"""The rules that say why: each on a planted row, and silent where nothing is notable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actselect.records import (
    ArchitectureRecord,
    CostRecord,
    DiagnosticsRecord,
    Estimate,
    GradientRecord,
    LayerRecord,
    MetricRecord,
    RankedRecord,
    UnitsRecord,
)
from actselect.why import explained, without_clock

LOSS = MetricRecord(name="rmse", direction="minimize")
ACCURACY = MetricRecord(name="accuracy", direction="maximize", rate=True)
STEADY = GradientRecord(
    lags=(0, 1), norms=(1.0, 0.96), decay=0.96, half_life=17.0, lyapunov=-0.04, singular=1.0,
    vanishing=0.0, exploding=0.0,
)  # fmt: skip
FORGETS = replace(STEADY, decay=0.79, half_life=3.0, vanishing=1.0)
CURVED = UnitsRecord(
    layer=1, role="activation", function="tanh", curvature=0.2, saturated=0.1, dead=0.0
)
GATE = replace(CURVED, role="forget gate", function="sigmoid", openness=0.6)
PRICE = CostRecord(
    train_ms_per_step=1.0, train_ms_least=0.9, infer_ms_per_sequence=0.1, infer_ms_least=0.1,
    memory_mb=1.0, turns=7,
)  # fmt: skip


def _row(
    label: str = "RNN tanh",
    *,
    tier: int = 1,
    score: float = 1.0,
    gradient: GradientRecord | None = STEADY,
    units: tuple[UnitsRecord, ...] = (CURVED, GATE),
    ms: float = 1.0,
) -> RankedRecord:
    layer = LayerRecord(activation="tanh", recurrent_activation=None, output_activation=None)
    return RankedRecord(
        rank=1, tier=tier, label=label, learning_rate=0.01, probability_best=0.5, parameters=9,
        train_ms_per_step=9.0, infer_ms_per_sequence=9.0, diverged=0, reason="",
        validation=Estimate(mean=score, low=None, high=None, repeats=4),
        architecture=ArchitectureRecord(
            cell="rnn", num_layers=1, hidden_size=8, layers=(layer,), head_activation="identity",
            bidirectional=False,
        ),
        diagnostics=DiagnosticsRecord(
            repeat=0, sequences=32, steps=96, gradient=gradient, units=units,
            cost=replace(PRICE, train_ms_per_step=ms),
        ),
    )  # fmt: skip


def _why(
    *rows: RankedRecord, which: int = 0, metric: MetricRecord = LOSS, length: int = 96
) -> tuple[str, ...]:
    found = explained(rows, metric=metric, length=length)[which].diagnostics
    assert found is not None
    return found.why


def test_nothing_is_said_where_nothing_is_notable() -> None:
    """An ordinary network, and one of which nothing is known."""
    bare = replace(_row(), diagnostics=None)

    assert _why(_row()) == ()
    assert _why(_row(gradient=None, units=())) == ()
    assert explained([bare], metric=LOSS, length=96) == (bare,)
    assert explained([], metric=LOSS, length=96) == ()


FLAT = replace(CURVED, layer=2, saturated=0.8)
PLANTED = [
    (
        _row(gradient=FORGETS),
        (
            "Its gradient halves every 3.0 steps, and sequences have 96: what is further back "
            "hardly counts."
        ),
    ),
    (
        _row(gradient=replace(STEADY, decay=0.0, half_life=None, vanishing=1.0)),
        "No gradient gets through a single step: it learns from the last step alone.",
    ),
    (
        _row(gradient=replace(STEADY, decay=1.2, half_life=None, exploding=1.0)),
        (
            "Its gradient grows more than a thousand times over 96 steps: its training may be "
            "unstable."
        ),
    ),
    (
        _row(units=(replace(CURVED, curvature=0.02), GATE)),
        "Its activation works almost like a straight line here (curvature 2.0%).",
    ),
    (
        _row(units=(CURVED, replace(CURVED, layer=2, dead=0.5, saturated=0.9))),
        "Of the units of layer 2, 50% are dead: nothing here moves them.",
    ),
    (
        _row(units=(CURVED, FLAT)),
        "In layer 2 its activation is flat at 80% of what it sees: little gradient passes there.",
    ),
    (
        _row(units=(CURVED, GATE, replace(GATE, role="input gate", openness=0.97))),
        "The input gate of layer 1 stays open: its mean is 0.97 on a scale from 0 to 1.",
    ),
    (
        _row(units=(CURVED, replace(GATE, openness=0.05))),
        "The forget gate of layer 1 stays closed: its mean is 0.05 on a scale from 0 to 1.",
    ),
    (
        _row(units=(CURVED, replace(GATE, saturated=0.7))),
        (
            "The forget gate of layer 1 works like a switch: 70% of its values are at an end of "
            "its range."
        ),
    ),
]


@pytest.mark.parametrize(("row", "sentence"), PLANTED, ids=[s[:24] for _, s in PLANTED])
def test_each_rule_says_its_sentence_of_a_planted_row(row: RankedRecord, sentence: str) -> None:
    """And no other rule says anything of it."""
    assert _why(row) == (sentence,)


def test_an_identity_is_not_told_that_it_is_straight() -> None:
    """Nobody expects it to bend; nor is anything said where a curvature is not known."""
    straight = replace(CURVED, curvature=0.0)

    assert _why(_row(units=(replace(straight, function="identity"),))) == ()
    assert _why(_row(units=(straight, replace(CURVED, layer=2, curvature=None)))) == ()


def test_short_sequences_are_not_forgotten() -> None:
    """Of 20 steps a half-life of 3 leaves a hundredth: nothing to tell."""
    assert _why(_row(gradient=FORGETS), length=20) == ()


def test_a_gradient_lasts_only_beside_one_that_does_not() -> None:
    """Half-life beyond the sequence, where another row forgets."""
    lasts = _row(gradient=replace(STEADY, decay=0.999, half_life=693.0))

    assert _why(lasts, _row()) == ()
    assert _why(lasts, _row(gradient=FORGETS)) == (
        "Its gradient lasts: it does not halve within 96 steps.",
    )


@pytest.mark.parametrize(("metric", "better"), [(LOSS, 0.9), (ACCURACY, 1.1)])
def test_slowness_is_told_where_a_quicker_one_scores_no_worse(
    metric: MetricRecord, better: float
) -> None:
    """By the clock of the turns, and the metric's direction; a clock never decides the rest."""
    slow = _row("LSTM tanh/sigmoid", ms=2.1)
    told = "It trains 2.1 times slower than GRU tanh/sigmoid, which scores no worse."
    worse = 2.0 - better

    assert _why(slow, _row("GRU tanh/sigmoid", score=better), metric=metric) == (told,)
    assert _why(slow, _row("GRU tanh/sigmoid", score=worse), metric=metric) == ()
    assert _why(replace(slow), _row("GRU tanh/sigmoid", ms=1.5), metric=metric) == ()
    assert without_clock((told, "Another.")) == ["Another."]


def test_what_may_be_why_is_said_once_and_only_of_a_shown_difference() -> None:
    """In a lower tier, of what the best row does not share; three sentences at most."""
    best = _row("GRU tanh/sigmoid")
    bad = _row(tier=2, score=2.0, gradient=FORGETS, units=(replace(CURVED, dead=0.5), GATE), ms=9.0)
    forgets, may_be, dead = _why(best, bad, which=1)

    assert forgets.startswith("Its gradient halves")
    assert may_be == "GRU tanh/sigmoid does not show this; it may be why this one scores worse."
    assert dead.startswith("Of the units")
    assert may_be not in _why(best, replace(bad, tier=1), which=1)
    assert may_be not in _why(_row("GRU tanh/sigmoid", gradient=FORGETS), bad, which=1)[:2]
