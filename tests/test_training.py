"""Trainings: cut and continued without a trace, paired, and diverging as a result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from actselect.architecture import Architecture, LayerSpec
from actselect.data import load
from actselect.tasks import bind
from actselect.training import PATIENCE, Trainer, TrainingJob

LSTM = Architecture(
    cell="lstm",
    layers=(
        LayerSpec(activation="tanh", recurrent_activation="sigmoid", output_activation="tanh"),
    ),
    hidden_size=6,
)
RELU = Architecture(cell="rnn", layers=(LayerSpec(activation="relu"),) * 2, hidden_size=6)


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    """A small regression problem: the sum of each sequence."""
    rng = np.random.default_rng(0)
    X = rng.normal(0, 1, (120, 7, 1))
    task = bind("regression", load(X, y=X.sum((1, 2)), task="regression"))
    return Trainer(task, task.development_and_test(0)[0])


def _job(**changed: object) -> TrainingJob:
    job = TrainingJob(
        architecture=LSTM, learning_rate=0.02, repeat=0, until_epoch=9, seed=0, keep=True
    )
    return replace(job, **changed)


def test_a_continued_training_is_the_uncut_one(trainer: Trainer) -> None:
    """Stopped after 2, 3, ... epochs and continued: same losses, same score, same weights."""
    whole = _job().run(trainer)
    for cut in (2, 5, 8):
        first = _job(until_epoch=cut).run(trainer)
        second = _job(checkpoint=first.checkpoint).run(trainer)
        assert second.stop_losses == whole.stop_losses
        assert second.score == whole.score
        assert second.checkpoint == whole.checkpoint


def test_the_same_job_gives_the_same_result(trainer: Trainer) -> None:
    """Bit for bit, and another seed or repeat gives another."""
    one, two = _job().run(trainer), _job().run(trainer)

    assert (one.score, one.checkpoint) == (two.score, two.checkpoint)
    assert _job(seed=1).run(trainer).score != one.score
    assert _job(repeat=1).run(trainer).score != one.score


def test_a_training_learns(trainer: Trainer) -> None:
    """Thirty epochs explain most of a sum."""
    result = _job(until_epoch=30).run(trainer)

    assert result.score is not None
    assert result.score < 0.5 * np.sqrt(7)
    assert result.stop_losses[result.best_epoch] == min(result.stop_losses)


def test_divergence_is_a_result_with_a_reason(trainer: Trainer) -> None:
    """An absurd learning rate does not raise; it has no score and says in which epoch."""
    result = _job(architecture=RELU, learning_rate=1e6).run(trainer)

    assert result.diverged is not None
    assert "epoch" in result.diverged
    assert result.score is None
    assert result.finished


def test_training_stops_when_nothing_improves(trainer: Trainer) -> None:
    """After the patience, and further epochs then change nothing."""
    result = _job(learning_rate=0.1, until_epoch=200).run(trainer)

    assert result.finished
    assert result.epochs - result.best_epoch == PATIENCE
    again = _job(learning_rate=0.1, until_epoch=300, checkpoint=result.checkpoint).run(trainer)
    assert again.epochs == result.epochs


def test_a_deadline_cuts_without_a_score(trainer: Trainer) -> None:
    """What was cut must not be compared with others."""
    result = _job(deadline=0.0).run(trainer)

    assert result.cut
    assert result.score is None


def test_architectures_see_the_same_splits_on_the_same_repeat(trainer: Trainer) -> None:
    """And other ones on other repeats: paired, and fresh."""
    one, _ = trainer.fold(repeat=3, seed=0, refit=False)
    two, _ = trainer.fold(repeat=4, seed=0, refit=False)
    again, _ = trainer.fold(repeat=3, seed=0, refit=False)

    assert np.array_equal(one.score, again.score)
    assert not np.array_equal(np.sort(one.score), np.sort(two.score))
