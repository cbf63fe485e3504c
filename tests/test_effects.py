"""Main effects and interactions are those that were planted, and none where none were."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from actselect.architecture import Architecture, LayerSpec
from actselect.effects import Trial, effects, first_rung
from actselect.planning import LEARNING_RATES
from actselect.records import AxisRecord, EffectsRecord
from actselect.screening import ScreeningOutcome
from actselect.training import SCREENING, TrainingJob, TrainingResult

CELLS, ACTIVATIONS, GATES = ("gru", "indrnn", "lstm", "rnn"), ("relu", "tanh"), ("sigmoid", "hard")
GATED = ("gru", "lstm")


def architecture(cell: str, activation: str, depth: int, gate: str | None) -> Architecture:
    """Return a network of equal layers."""
    layer = LayerSpec(
        activation=activation,
        recurrent_activation=gate,
        output_activation=activation if cell == "lstm" else None,
    )
    return Architecture(cell=cell, layers=(layer,) * depth, hidden_size=8)


EVERYTHING = [
    architecture(cell, activation, depth, gate)
    for cell, activation, depth in itertools.product(CELLS, ACTIVATIONS, (1, 2))
    for gate in (GATES if cell in GATED else (None,))
]


def table(planted: Callable[[Architecture], float], noise: float = 0.0) -> list[Trial]:
    """Return trials of everything; the middle learning rate is best, the others cost 0.1, 0.2."""
    random = np.random.default_rng(0)
    costs = dict(zip(LEARNING_RATES, (0.1, 0.0, 0.2), strict=True))
    return [
        Trial(
            architecture=a,
            learning_rate=rate,
            score=planted(a) + cost + noise * float(random.normal()),
        )
        for a in EVERYTHING
        for rate, cost in costs.items()
    ]


def told(trials: list[Trial]) -> EffectsRecord:
    """Return the effects of trials whose scores are to be small."""
    found = effects(trials, 3, "minimize")
    assert found is not None
    return found


def axes(record: EffectsRecord) -> dict[str, AxisRecord]:
    """Return the axes by name."""
    return {axis.name: axis for axis in record.axes}


def test_means_are_those_of_the_best_scores_over_learning_rates() -> None:
    """By hand: of four cells the mean over all with it; of a learning rate that of its scores."""
    known = {"gru": 1.0, "indrnn": 3.0, "lstm": 2.0, "rnn": 4.0}
    found = axes(told(table(lambda a: known[a.cell])))
    mean = (8 * 1.0 + 8 * 2.0 + 4 * 3.0 + 4 * 4.0) / 24

    assert found["cell"].values == CELLS
    assert found["cell"].scores == tuple(known[c] for c in CELLS)
    assert found["cell"].counts == (8, 4, 8, 4)
    assert found["learning_rate"].values == ("0.001", "0.004", "0.016")
    assert found["learning_rate"].scores == pytest.approx((mean + 0.1, mean, mean + 0.2), abs=1e-5)
    assert found["recurrent_activation"].values == ("hard", "sigmoid", "none")
    assert found["recurrent_activation"].counts == (8, 8, 8)


def test_of_rates_to_be_large_the_largest_counts() -> None:
    """The best learning rate of an accuracy is the one with the highest."""
    trials = [
        Trial(architecture=a, learning_rate=rate, score=rate) for a in EVERYTHING
        for rate in LEARNING_RATES
    ]  # fmt: skip
    found = effects(trials, 3, "maximize")

    assert found is not None
    assert set(axes(found)["cell"].scores) == {max(LEARNING_RATES)}


def test_the_axis_that_matters_most_is_found() -> None:
    """Depth costs ten times as much as the activation: nearly all of the variance, by fANOVA."""
    found = axes(
        told(table(lambda a: a.num_layers + 0.1 * (a.layers[0].activation == "relu"), noise=0.05))
    )
    shares = {name: axis.importance or 0.0 for name, axis in found.items()}

    assert max(shares, key=lambda name: shares[name]) == "num_layers"
    assert shares["num_layers"] > 0.8
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-3)


def test_a_gate_is_not_credited_with_the_cells_that_have_it() -> None:
    """Gated cells are better here, whatever function their gates have."""
    found = axes(told(table(lambda a: 2.0 * (a.cell not in GATED), noise=0.05)))

    assert (found["cell"].importance or 0.0) > 0.7
    assert (found["recurrent_activation"].importance or 0.0) < 0.05


def test_of_noise_no_share_is_told() -> None:
    """The means are there, without any importance; and nothing stands out as an interaction."""
    random = np.random.default_rng(3)
    trials = [
        Trial(architecture=a, learning_rate=rate, score=float(random.normal()))
        for a in EVERYTHING
        for rate in LEARNING_RATES
    ]
    found = told(trials)

    assert {axis.importance for axis in found.axes} == {None}
    assert found.interactions == ()


def test_effects_that_add_up_are_no_interaction() -> None:
    """Whatever their size, with and without noise."""

    def planted(a: Architecture) -> float:
        return CELLS.index(a.cell) + 3.0 * a.num_layers + (a.layers[0].activation == "relu")

    assert told(table(planted)).interactions == ()
    assert told(table(planted, noise=0.1)).interactions == ()


def test_the_share_of_an_interaction_is_that_of_its_sum_of_squares() -> None:
    """By hand, a 2 x 2 table of cell means 0, 1, 1 and 4.

    Grand mean 1.5; rows 0.5 and 2.5, columns alike: each has squares 4; what is left over is 0.5 in
    each cell, squares 1, of 9 in all.
    """
    values = {("relu", 1): 0.0, ("relu", 2): 1.0, ("tanh", 1): 1.0, ("tanh", 2): 4.0}
    (found,) = told(table(lambda a: values[a.layers[0].activation, a.num_layers])).interactions

    assert found.axes == ("activation", "num_layers")
    assert (found.rows, found.columns) == (("relu", "tanh"), ("1", "2"))
    assert found.scores == ((0.0, 1.0), (1.0, 4.0))
    assert found.share == pytest.approx(1 / 9, abs=1e-4)


def test_interactions_are_ordered_and_tables_have_no_cells_without_gates() -> None:
    """A pure interaction of gate and activation comes before one that is a small part."""

    def planted(a: Architecture) -> float:
        first = a.layers[0]
        crossed = (first.activation == "relu") != (first.recurrent_activation == "hard")
        deep = a.num_layers + 0.5 * (a.num_layers == 2) * (a.cell == "lstm")
        return (crossed if first.recurrent_activation else 0.0) + deep

    found = told(table(planted, noise=0.01)).interactions

    assert found[0].axes == ("activation", "recurrent_activation")
    assert found[0].share > 0.98
    assert found[0].columns == ("hard", "sigmoid")
    assert ("cell", "num_layers") in {record.axes for record in found}
    assert [r.share for r in found] == sorted((r.share for r in found), reverse=True)
    assert len(found) <= 3


def test_unequal_numbers_do_not_make_an_interaction() -> None:
    """Effects that add up still do when a third of the architectures was never tried."""
    random = np.random.default_rng(1)
    trials = table(lambda a: CELLS.index(a.cell) + 2.0 * a.num_layers, noise=0.05)
    kept = {EVERYTHING[i] for i in random.choice(len(EVERYTHING), 16, replace=False)}

    assert told([t for t in trials if t.architecture in kept]).interactions == ()


def test_what_diverged_is_counted_and_in_no_mean() -> None:
    """One learning rate of all with relu, and everything with an indrnn."""

    def scored(trial: Trial) -> Trial:
        relu = trial.architecture.layers[0].activation == "relu"
        gone = trial.architecture.cell == "indrnn" or (relu and trial.learning_rate == 0.016)
        return Trial(
            architecture=trial.architecture,
            learning_rate=trial.learning_rate,
            score=None if gone else trial.score,
        )

    found = told([scored(t) for t in table(lambda _: 1.0)])

    assert (found.architectures, found.diverged) == (20, 4 * 3 + 10)
    assert axes(found)["cell"].values == ("gru", "lstm", "rnn")
    assert axes(found)["learning_rate"].counts == (20, 20, 10)


def test_of_few_architectures_nothing_is_told() -> None:
    """Nor where all have the same levels."""
    trials = table(lambda a: float(a.num_layers))

    assert effects(trials[: 7 * 3], 3, "minimize") is None
    assert effects([t for t in trials if t.architecture == EVERYTHING[0]], 3, "minimize") is None
    assert effects([], 3, "minimize") is None


def test_the_first_rung_is_what_all_trials_have_in_common() -> None:
    """Of a trial that went on, the score it had then; rates of finalists alone are left out."""

    def job(until: int, rate: float, continues: str | None = None) -> TrainingJob:
        return TrainingJob(
            architecture=EVERYTHING[0], learning_rate=rate, repeat=SCREENING, until_epoch=until,
            seed=0, continues=continues,
        )  # fmt: skip

    def result(score: float | None) -> TrainingResult:
        return TrainingResult(
            epochs=3, best_epoch=0, finished=False, cut=False,
            diverged=None if score is not None else "loss not finite", score=score,
            stop_losses=(), steps=1, train_ms_per_step=1.0, infer_ms_per_sequence=1.0, seconds=1.0,
        )  # fmt: skip

    first = job(3, 0.004)
    on, pruned, late = job(9, 0.004, first.key), job(3, 0.001), job(9, 0.008)
    known = {first: 0.5, on: 0.1, pruned: None, late: 0.2}
    runner: Any = SimpleNamespace(
        trainings={j.key: (j, result(score)) for j, score in known.items()}
    )
    outcome = ScreeningOutcome(
        finalists=(), architectures=1, trials=3, pruned=0, diverged=1,
        ends={on.key: "complete", pruned.key: "diverged", late.key: "complete"},
    )  # fmt: skip

    assert [(t.learning_rate, t.score) for t in first_rung(outcome, 3, runner)] == [
        (0.004, 0.5),
        (0.001, None),
    ]


def test_the_same_trials_give_the_same_effects() -> None:
    """The forest is seeded."""
    trials = table(lambda a: float(a.num_layers), noise=0.3)

    assert told(trials) == told(trials)
