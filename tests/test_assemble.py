"""No training that diverged disappears from the report, nor from ``scores.csv``."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

from actselect import assemble
from actselect.architecture import Architecture, LayerSpec
from actselect.records import (
    CurveRecord,
    DivergenceRow,
    LearningRatePoint,
    RateDivergence,
    TrialEnd,
)
from actselect.report.scores import ScoreRow
from actselect.screening import Finalist, ScreeningOutcome
from actselect.training import SCREENING, TrainingJob, TrainingResult

GRU = Architecture(
    cell="gru",
    layers=(LayerSpec(activation="relu", recurrent_activation="sigmoid"),) * 2,
    hidden_size=8,
)
MIXED = Architecture(
    cell="rnn",
    layers=(LayerSpec(activation="tanh"), LayerSpec(activation="relu")),
    hidden_size=8,
)


def job(architecture: Architecture = GRU, rate: float = 0.004, **changes: Any) -> TrainingJob:
    """Return a job of the screening, unless ``changes`` says otherwise."""
    facts: dict[str, Any] = {"repeat": SCREENING, "until_epoch": 3, "seed": 0, **changes}
    return TrainingJob(architecture=architecture, learning_rate=rate, **facts)


def result(epochs: int = 3, *losses: float, diverged: bool = False) -> TrainingResult:
    """Return what a training came to."""
    return TrainingResult(
        epochs=epochs,
        best_epoch=0,
        finished=diverged,
        cut=False,
        diverged=f"loss or gradient not finite in epoch {epochs}" if diverged else None,
        score=None if diverged else 0.5,
        stop_losses=losses,
        steps=epochs,
        train_ms_per_step=1.0,
        infer_ms_per_sequence=1.0,
        seconds=2.0,
    )


def runner(*trainings: tuple[TrainingJob, TrainingResult]) -> Any:
    """Return what has finished these trainings."""
    return SimpleNamespace(trainings={each[0].key: each for each in trainings}, baseline_scores={})


def divergence(*trainings: tuple[TrainingJob, TrainingResult]) -> tuple[DivergenceRow, ...]:
    """Return the table of divergence of these trainings."""
    return assemble._divergence(runner(*trainings))


def test_a_divergence_in_a_continuation_belongs_to_the_one_training() -> None:
    """Three rungs are one training, and it diverged once, in the epoch counted from its start."""
    first = job(until_epoch=3, keep=True)
    second = job(until_epoch=9, keep=True, continues=first.key)
    third = job(until_epoch=27, continues=second.key)
    (row,) = divergence((first, result(3)), (second, result(9)), (third, result(14, diverged=True)))

    assert row == DivergenceRow(
        cell="gru",
        activation="relu/sigmoid",
        trainings=1,
        diverged=1,
        epochs=(14,),
        learning_rates=(RateDivergence(learning_rate=0.004, trainings=1, diverged=1),),
    )


def test_all_stages_count() -> None:
    """Screening, repeats of the confirmation, duplicates and refits alike."""
    (row,) = divergence(
        (job(), result()),
        (job(repeat=0), result(2, diverged=True)),
        (job(repeat=0, twin=1), result()),
        (job(repeat=1), result(1, diverged=True)),
        (job(repeat=0, refit=True), result(7, diverged=True)),
    )

    assert (row.trainings, row.diverged, row.epochs) == (5, 3, (1, 2, 7))


def test_divergence_is_told_per_learning_rate() -> None:
    """Ascending, those without divergence too; products of rates are equal to six digits."""
    (row,) = divergence(
        (job(rate=0.3), result(1, diverged=True)),
        (job(rate=0.1 * 3, repeat=0), result(1, diverged=True)),
        (job(rate=0.3, repeat=1), result()),
        (job(rate=0.001), result()),
    )

    assert 0.1 * 3 != 0.3
    assert row.learning_rates == (
        RateDivergence(learning_rate=0.001, trainings=1, diverged=0),
        RateDivergence(learning_rate=0.3, trainings=3, diverged=2),
    )


def test_rows_are_named_by_cell_and_all_nonlinearities() -> None:
    """Gate included; each once; layers that differ are joined; cells in alphabetical order."""
    rows = divergence((job(MIXED), result()), (job(GRU), result()))

    assert [(r.cell, r.activation) for r in rows] == [
        ("gru", "relu/sigmoid"),
        ("rnn", "tanh + relu"),
    ]


def test_the_screening_says_how_many_learning_rates_each_finalist_was_given() -> None:
    """The smallest number, so that the sentence is never too generous; none without finalists."""

    def outcome(*numbers: int) -> ScreeningOutcome:
        point = LearningRatePoint(learning_rate=0.004, score=0.5, epochs=3)
        finalists = tuple(
            Finalist(architecture=GRU, learning_rate=0.004, at_edge=False, points=(point,) * n)
            for n in numbers
        )
        return ScreeningOutcome(
            finalists=finalists, architectures=2, trials=6, pruned=0, diverged=0
        )

    plan: Any = SimpleNamespace(rungs=(3, 9))

    def given(*numbers: int) -> int:
        return assemble.screening_record(outcome(*numbers), plan, runner(), 1.0).rates_each

    assert (given(4, 4), given(4, 3), given()) == (4, 3, 0)


def curves(
    ends: dict[str, TrialEnd], *trainings: tuple[TrainingJob, TrainingResult]
) -> tuple[CurveRecord, ...]:
    """Return the curves of these trials; the finalist is a GRU."""
    point = LearningRatePoint(learning_rate=0.004, score=0.5, epochs=3)
    outcome = ScreeningOutcome(
        finalists=(
            Finalist(architecture=GRU, learning_rate=0.004, at_edge=False, points=(point,)),
        ),
        architectures=2,
        trials=len(ends),
        pruned=0,
        diverged=0,
        ends=ends,
    )
    plan: Any = SimpleNamespace(rungs=(3, 9))
    return assemble.screening_record(outcome, plan, runner(*trainings), 1.0).curves


def test_the_rungs_of_a_trial_are_one_curve() -> None:
    """A continuation lists all losses; other stages have no curve; four digits are enough."""
    first, other = job(until_epoch=1, keep=True), job(until_epoch=1, rate=0.1 * 3)
    last = job(until_epoch=2, continues=first.key)
    found = curves(
        {other.key: "pruned", last.key: "complete"},
        (other, result(1, 0.9, 0.123456)),
        (first, result(1, 0.9, 0.8)),
        (last, result(2, 0.9, 0.8, 0.7)),
        (job(repeat=0), result(1, 0.9, 0.6)),
    )

    assert found == (
        CurveRecord(label=GRU.label, learning_rate=0.3, losses=(0.9, 0.1235), end="pruned"),
        CurveRecord(label=GRU.label, learning_rate=0.004, losses=(0.9, 0.8, 0.7), end="complete"),
    )


def test_a_loss_that_is_not_finite_is_left_off_its_curve() -> None:
    """The curve of a training that diverged ends before; there may be nothing of it."""
    one, other = job(), job(rate=0.016)
    found = curves(
        {one.key: "diverged", other.key: "diverged"},
        (one, result(2, 0.9, 40.0, 1e308, diverged=True)),
        (other, result(0, diverged=True)),
    )

    assert [curve.losses for curve in found] == [(0.9, 40.0), ()]


def test_of_very_many_trials_those_of_finalists_are_kept_first() -> None:
    """400 curves; the finalist's own, the last to end, is the first of them."""
    many = [job(MIXED, rate=rate) for rate in range(1, 500)]
    ends: dict[str, TrialEnd] = {**{j.key: "pruned" for j in many}, job().key: "complete"}
    found = curves(ends, *((j, result(1, 0.9, 0.8)) for j in (*many, job())))

    assert len(found) == 400
    assert [curve.label for curve in found[:2]] == [GRU.label, MIXED.label]


def test_a_training_that_diverged_has_its_row_in_the_scores() -> None:
    """With the epoch, and the last loss before it; it has no score, so no other would tell."""
    rows = list(
        assemble.score_rows(
            runner((job(repeat=4), result(2, 0.9, 0.7, 0.8, diverged=True))), "MASE"
        )
    )

    assert rows[0] == ScoreRow(
        stage="confirmation",
        architecture="GRU relu/sigmoid, 2 layers @ 0.004",
        repeat=4,
        step=2,
        metric="diverged",
        score=0.8,
        seconds=2.0,
    )
    assert [row.metric for row in rows[1:]] == ["stopping loss"] * 3


def test_a_training_without_any_finite_loss_has_an_infinite_one() -> None:
    """Its row is there all the same; the file has an empty cell for it."""
    for losses in ((), (1e308,)):
        (row,) = (
            row
            for row in assemble.score_rows(runner((job(), result(0, *losses, diverged=True))), "M")
            if row.metric == "diverged"
        )
        assert row.score == math.inf


def test_a_training_that_went_well_has_no_row_of_divergence() -> None:
    """One score, and its losses."""
    rows = assemble.score_rows(runner((job(repeat=0), result(1, 0.9, 0.7))), "MASE")

    assert [row.metric for row in rows] == ["MASE", "stopping loss", "stopping loss"]
