"""Trainings: cut and continued without a trace, paired, and diverging as a result; in stretches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from actselect.architecture import Architecture, LayerSpec
from actselect.data import load, sequence_dataset_from_X
from actselect.data.dataset import SequenceDataset
from actselect.model import RecurrentModel
from actselect.nn import Memory
from actselect.tasks import Batch, bind
from actselect.training import PATIENCE, POOLED, Trainer, TrainingJob, _Run, bucketed

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


def _events(truncation: int | None) -> Trainer:
    """Return sequences of 5 to 12 steps of two events."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(6, 14, 60)
    data = SequenceDataset(
        name="toy", values=(rng.random((int(lengths.sum()), 2)) < 0.3).astype(float),
        lengths=lengths, feature_names=("c", "e"),
    )  # fmt: skip
    task = replace(bind("event-forecasting", data), truncation=truncation)
    return Trainer(task, task.development_and_test(0)[0])


@given(
    lengths=st.lists(st.integers(0, 9), min_size=1, max_size=4).filter(any),
    steps=st.integers(1, 10),
)
def test_stretches_hold_every_step_once(lengths: list[int], steps: int) -> None:
    """In order; a sequence has as many steps in them as it has in all, and ends once."""
    total = max(lengths)
    numbers = torch.arange(len(lengths) * total).view(len(lengths), total)
    batch = Batch(inputs=numbers[..., None], lengths=torch.tensor(lengths), targets=numbers)

    chunks = list(batch.chunks(steps))

    assert all(chunk.inputs.shape[1] <= steps for chunk in chunks)
    assert torch.equal(torch.cat([chunk.inputs for chunk in chunks], 1), batch.inputs)
    assert torch.equal(torch.cat([chunk.targets for chunk in chunks], 1), batch.targets)
    found = [
        [
            step
            for chunk in chunks
            for step in chunk.targets[row, : int(chunk.lengths[row])].tolist()
        ]
        for row in range(len(lengths))
    ]
    assert found == [numbers[row, :length].tolist() for row, length in enumerate(lengths)]


def test_without_a_cut_a_batch_is_one_stretch() -> None:
    """Whether there is no truncation, or one that is as long as the sequences."""
    batch = Batch(inputs=torch.zeros(2, 5, 1), lengths=None, targets=torch.zeros(2, 5))

    for steps in (None, 5, 6):
        assert list(batch.chunks(steps)) == [batch]


def test_a_truncation_that_cuts_nothing_changes_nothing() -> None:
    """Same losses, same weights, bit for bit."""
    whole, long, cut = (_job(until_epoch=3).run(_events(n)) for n in (None, 12, 4))

    assert (long.stop_losses, long.checkpoint) == (whole.stop_losses, whole.checkpoint)
    assert cut.checkpoint != whole.checkpoint
    assert cut.steps > whole.steps


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    last=st.integers(1, 10),
)
def test_of_one_answer_the_end_is_differentiated(lengths: list[int], last: int) -> None:
    """All of it where it is short; the first steps are those that every sequence has."""
    total = max(lengths)
    batch = Batch(
        inputs=torch.arange(len(lengths) * total).view(len(lengths), total, 1),
        lengths=torch.tensor(lengths),
        targets=torch.zeros(len(lengths)),
    )

    before, rest = batch.split_steps(last)

    cut = max(0, min(lengths) - last)
    assert (before is None) == (cut == 0)
    assert torch.equal(rest.inputs, batch.inputs[:, cut:])
    assert rest.lengths is not None
    assert rest.lengths.tolist() == [length - cut for length in lengths]
    if before is not None:
        assert before.lengths is None
        assert torch.equal(before.inputs, batch.inputs[:, :cut])


def test_a_long_sequence_is_seen_from_its_first_step() -> None:
    """The answer is in the first of 12 steps; gradients go through four, states carry it there."""
    rng = np.random.default_rng(0)
    values = np.zeros((80, 12, 1))
    values[:, 0, 0] = rng.choice([-1.0, 1.0], 80)
    labels = np.where(values[:, 0, 0] > 0, "up", "down")
    task = bind("classification", sequence_dataset_from_X(values, labels, task="classification"))
    losses = {}
    for truncation in (None, 4, 12):
        cut = replace(task, truncation=truncation)
        trainer = Trainer(cut, cut.development_and_test(0)[0])
        losses[truncation] = _job(until_epoch=20).run(trainer).stop_losses

    assert losses[12] == losses[None]
    assert losses[4] != losses[None]
    assert min(losses[4]) < 0.9 * losses[4][0]


def test_states_are_carried_from_stretch_to_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stretch begins with the states that the one before left, and each batch with none."""
    calls: list[tuple[Memory | None, Memory]] = []
    original = RecurrentModel.with_pullback

    def watched(
        self: RecurrentModel, inputs: Tensor, lengths: Any, context: Any, memory: Memory | None
    ) -> tuple[Tensor, Memory, Callable[[Tensor], list[Tensor]]]:
        output, after, pullback = original(self, inputs, lengths, context, memory)
        assert inputs.shape[1] <= 3
        calls.append((memory, after))
        return output, after, pullback

    monkeypatch.setattr(RecurrentModel, "with_pullback", watched)
    _job(until_epoch=1).run(_events(3))

    assert calls[0][0] is None
    assert sum(memory is None for memory, _ in calls) < len(calls) / 2
    for (_, after), (memory, _) in pairwise(calls):
        assert memory is None or memory is after


def test_the_stopping_loss_is_the_mean_over_steps() -> None:
    """Of sequences run one by one, each step that exists counting once."""
    trainer = _events(None)
    fold, scaled = trainer.fold(repeat=0, seed=0, refit=False)
    result = _job(until_epoch=0).run(trainer)
    assert result.checkpoint is not None
    network = trainer.model(_job(), result.checkpoint)

    losses, steps = 0.0, 0
    for i in fold.stop.tolist():
        batch = scaled.batch(np.array([i]))
        with torch.no_grad():
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                network(batch.inputs), batch.targets, reduction="sum"
            )
        losses, steps = losses + loss.item(), steps + batch.targets.numel()

    assert result.stop_losses[0] == pytest.approx(losses / steps, rel=1e-5)


@given(
    sizes=st.lists(st.integers(1, 50), min_size=1, max_size=200),
    batch=st.integers(1, 9),
    seed=st.integers(0, 9),
)
def test_bucketing_keeps_every_example_once(sizes: list[int], batch: int, seed: int) -> None:
    """In an order that the generator alone decides."""
    order = np.random.default_rng(seed).permutation(len(sizes)) + 1000
    steps = np.array(sizes)

    one, two = (bucketed(order, steps, batch, np.random.default_rng(seed)) for _ in range(2))

    assert sorted(one) == sorted(order)
    assert np.array_equal(one, two)


def test_bucketed_batches_hold_examples_of_like_size() -> None:
    """Batches of a pool do not overlap in size, and are not in order of size."""
    rng = np.random.default_rng(0)
    sizes, order = rng.integers(1, 1000, 64 * POOLED), np.arange(64 * POOLED)

    batches = sizes[bucketed(order, sizes, 64, rng)].reshape(POOLED, 64)

    ranked = batches[np.argsort(batches.min(1))]
    assert (ranked[1:].min(1) >= ranked[:-1].max(1)).all()
    assert not np.array_equal(ranked, batches)


def _halvings(trainer: Trainer, *, refit: bool, steps: int) -> list[int]:
    """Return the epochs in which the rate is halved until the training ends, without progress."""
    run = _Run(trainer, _job(learning_rate=0.02, refit=refit))
    run.losses, halved = [1.0], []
    run._stop_loss = lambda: 2.0  # type: ignore[method-assign]
    while not run._finished():
        before = run.adam.learning_rate
        run.epoch, run.steps = run.epoch + 1, run.steps + steps
        run._judge_epoch()
        if run.adam.learning_rate == before / 2:
            halved.append(run.epoch)
    return [*halved, run.epoch]


def test_networks_for_the_test_halve_their_rate_when_stuck(trainer: Trainer) -> None:
    """After four long epochs, or eight short ones; those that are compared keep their rate."""
    assert _halvings(trainer, refit=False, steps=100) == [PATIENCE]
    assert _halvings(trainer, refit=True, steps=100) == [4, 8, 8]
    assert _halvings(trainer, refit=True, steps=50) == [6, 12, 12]
    assert _halvings(trainer, refit=True, steps=8) == [8, 16, 16]
