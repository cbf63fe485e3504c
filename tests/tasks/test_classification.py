"""Classification: scores, splits, scaling, and the class weights."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, log_loss

from actselect.data.dataset import SequenceDataset
from actselect.exceptions import DataError, RunError, UnknownNameError, UsageError
from actselect.tasks import bind

Maker = Callable[..., SequenceDataset]


def test_scores_equal_scikit_learn(labelled: Maker) -> None:
    """Accuracy, macro F1 and log loss of random probabilities."""
    task = bind("classification", labelled())
    examples = np.arange(0, 60, 2)
    guess = np.random.default_rng(0).dirichlet(np.ones(3), size=30)
    true = examples % 3

    chosen = guess.argmax(axis=1)
    assert task.score(guess, examples) == accuracy_score(true, chosen)
    assert task.score(guess, examples, "macro_f1") == f1_score(true, chosen, average="macro")
    assert task.score(guess, examples, "log_loss") == pytest.approx(log_loss(true, guess))


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "log_loss"])
def test_a_better_prediction_scores_better(labelled: Maker, metric: str) -> None:
    """Certain beats half wrong beats all wrong, in the direction of the metric."""
    task = bind("classification", labelled(), metric=metric)
    true = np.eye(3)[np.arange(60) % 3]
    half = np.where(np.arange(60)[:, None] < 30, true, np.roll(true, 1, axis=1))

    scores = [
        task.score(0.97 * guess + 0.01, np.arange(60))
        for guess in (true, half, np.roll(true, 1, axis=1))
    ]

    assert scores == sorted(scores, reverse=task.metric.direction == "maximize")
    assert len(set(scores)) == 3


def test_probabilities_that_are_not_finite_are_refused(labelled: Maker) -> None:
    """A diverged network has no score."""
    task = bind("classification", labelled())

    with pytest.raises(RunError, match="3 of 6 predictions are not finite"):
        task.score(np.array([[np.nan] * 3, [0.2, 0.3, 0.5]]), np.arange(2))


def test_padding_does_not_change_the_valid_part(labelled: Maker) -> None:
    """A sequence has the same numbers alone and beside a longer one; the rest is zero."""
    data = labelled()
    scaled = bind("classification", data).scaled(np.arange(40))
    short, long = int(np.argmin(data.lengths)), int(np.argmax(data.lengths))

    alone, beside = scaled.batch(np.array([short])), scaled.batch(np.array([short, long]))

    n = int(data.lengths[short])
    assert alone.inputs.shape == (1, n, 2)
    assert beside.inputs.shape == (2, int(data.lengths[long]), 2)
    assert torch.equal(beside.inputs[0, :n], alone.inputs[0])
    assert not beside.inputs[0, n:].any()
    assert beside.lengths.tolist() == [n, int(data.lengths[long])]


def test_features_are_standardised_by_the_training_sequences(labelled: Maker) -> None:
    """Their steps have mean 0 and deviation 1; other sequences do not matter."""
    data = labelled()
    train = np.arange(0, 60, 2)
    mine = np.repeat(np.isin(np.arange(60), train), data.lengths)
    values = data.values.copy()
    values[~mine] = 1e6
    scaled = bind("classification", data).scaled(train)
    changed = bind("classification", replace(data, values=values)).scaled(train)

    batch = scaled.batch(train)

    valid = torch.arange(batch.inputs.shape[1]) < batch.lengths[:, None]
    steps = batch.inputs[valid].numpy()
    np.testing.assert_allclose(steps.mean(axis=0), 0.0, atol=1e-5)
    np.testing.assert_allclose(steps.std(axis=0), 1.0, atol=1e-5)
    assert all(np.array_equal(scaled.state()[k], changed.state()[k]) for k in scaled.state())


def test_missing_values_become_the_mean_and_constants_zero(labelled: Maker) -> None:
    """NaN is 0 after standardising; a feature that never varies is 0 too."""
    data = labelled()
    values = data.values.copy()
    values[3, 0], values[:, 1] = np.nan, 7.3

    batch = (
        bind("classification", replace(data, values=values))
        .scaled(np.arange(30))
        .batch(np.arange(2))
    )

    assert batch.inputs[0, 3, 0].item() == 0.0
    np.testing.assert_allclose(batch.inputs[..., 1].numpy(), 0.0, atol=1e-6)


@pytest.mark.parametrize("repeat", [-1, 0, 1, 5])
def test_folds_are_disjoint_and_stratified(labelled: Maker, repeat: int) -> None:
    """70, 10 and 20 % of development, a third of each class everywhere."""
    task = bind("classification", labelled(150))
    development, test = task.development_and_test(1)

    fold = task.fold(development, repeat, 1)

    parts = (fold.train, fold.stop, fold.score, test)
    assert sorted(np.concatenate(parts).tolist()) == list(range(150))
    assert [len(part) for part in parts] == [84, 12, 24, 30]
    for part in parts:
        counts = np.bincount(part % 3, minlength=3)
        assert np.abs(counts - len(part) / 3).max() <= 2
    assert fold.overlap == pytest.approx(24 / 96)


def test_groups_stay_on_one_side(labelled: Maker) -> None:
    """No speaker is both trained on and scored, in any split."""
    groups = np.array([f"speaker {i // 5}" for i in range(60)])
    task = bind("classification", labelled(groups=groups))
    development, test = task.development_and_test(0)
    fold = task.fold(development, 0, 0)

    parts = [set(groups[part].tolist()) for part in (fold.train, fold.stop, fold.score, test)]

    assert sum(map(len, parts)) == len(set.union(*parts)) == 12
    assert (
        task.blocks(np.arange(10)).tolist()
        == [task.blocks(np.array([0]))[0]] * 5 + [task.blocks(np.array([5]))[0]] * 5
    )


def test_the_users_test_part_is_respected(labelled: Maker) -> None:
    """Test flags decide, whatever the seed."""
    flags = np.arange(60) >= 45
    task = bind("classification", labelled(test=flags))

    development, test = task.development_and_test(9)

    assert development.tolist() == list(range(45))
    assert test.tolist() == list(range(45, 60))


def test_macro_f1_weights_classes_alike() -> None:
    """The loss of a batch with 3 of one class and 1 of another is the mean over the classes."""
    data = SequenceDataset(
        name="toy",
        values=np.zeros((4, 1)),
        lengths=np.ones(4, dtype=np.int64),
        feature_names=("x",),
        targets=np.array(["a", "a", "a", "b"]),
    )
    scaled = bind("classification", data, metric="macro_f1").scaled(np.arange(4))
    output = torch.tensor([[2.0, 0.0]] * 4)
    p = float(torch.softmax(output, 1)[0, 0])

    loss = scaled.loss(output, scaled.batch(np.arange(4)).targets).item()

    assert loss == pytest.approx((-np.log(p) - np.log(1 - p)) / 2, rel=1e-5)
    assert bind("classification", data).scaled(np.arange(4)).state()["weights"].size == 0


def test_decode_gives_probabilities(labelled: Maker) -> None:
    """A softmax: rows sum to one even for huge outputs."""
    scaled = bind("classification", labelled()).scaled(np.arange(30))

    probabilities = scaled.decode(np.array([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0]]), np.arange(2))

    np.testing.assert_allclose(probabilities, [[1, 0, 0], [1 / 3] * 3], atol=1e-12)


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_restored_equals_scaled(labelled: Maker, metric: str) -> None:
    """Saved statistics give the same batches and the same loss."""
    task = bind("classification", labelled(), metric=metric)
    scaled = task.scaled(np.arange(31))
    again = task.restored(scaled.state())
    batch, same = scaled.batch(np.arange(9)), again.batch(np.arange(9))
    output = torch.randn(9, 3, generator=torch.Generator().manual_seed(0))

    assert torch.equal(batch.inputs, same.inputs)
    assert torch.equal(scaled.loss(output, batch.targets), again.loss(output, same.targets))


def test_every_baseline_learns_what_is_easy(labelled: Maker) -> None:
    """Levels that differ by three deviations are told apart; by the majority they are not."""
    task = bind("classification", labelled(150), metric="log_loss")
    development, test = task.development_and_test(0)
    fold = task.refit_fold(development, 0)

    for baseline in task.baselines():
        probabilities = baseline.predict(task, fold, test)
        accuracy = task.score(probabilities, test, "accuracy")
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
        assert accuracy == pytest.approx(1 / 3, abs=0.1) or baseline.name != "majority class"
        assert accuracy >= 0.9 or baseline.name == "majority class"


def test_a_dominant_class_is_told(labelled: Maker) -> None:
    """Accuracy of 80 % by a constant deserves a warning."""
    targets = np.array(["common"] * 48 + ["rare"] * 11 + ["single"])

    notes = bind("classification", labelled(targets=targets)).notes

    assert any("'common' is 80%" in note and "macro_f1" in note for note in notes)
    assert any("1 classes have a single sequence" in note for note in notes)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (None, "wanted a target for each sequence"),
        (np.array(["a"] * 60), "at least two classes"),
        (np.linspace(0, 1, 60), "Choose the task regression"),
        (np.array([1.0] * 59 + [np.nan]), "1 missing or infinite"),
    ],
)
def test_targets_that_are_no_labels_are_refused(
    labelled: Maker, targets: np.ndarray | None, message: str
) -> None:
    """The error says what is wrong with the target."""
    with pytest.raises(DataError, match=message):
        bind("classification", labelled(targets=targets))


def test_numbers_can_be_labels(labelled: Maker) -> None:
    """They keep their order and lose their decimals."""
    task = bind("classification", labelled(targets=np.array([10.0, 2.0, 1.0] * 20)))

    assert task.classes == ("1", "2", "10")


def test_wrong_arguments_are_told_by_name(labelled: Maker) -> None:
    """Unknown tasks, metrics and options that do not belong."""
    with pytest.raises(UnknownNameError, match=r"Unknown task 'clasification'\. Did you mean"):
        bind("clasification", labelled())
    with pytest.raises(UnknownNameError, match="metric 'rmse'"):
        bind("classification", labelled(), metric="rmse")
    with pytest.raises(UsageError, match="horizon is for forecasting"):
        bind("classification", labelled(), horizon=3)
    with pytest.raises(UsageError, match="target must be 'target'"):
        bind("classification", labelled(), target="a")


def test_the_task_travels_in_a_pickle(labelled: Maker) -> None:
    """A worker gets the same batches and baselines."""
    task = bind("classification", labelled())

    copy, baselines = pickle.loads(pickle.dumps((task, task.baselines())))  # noqa: S301

    ours, theirs = (t.scaled(np.arange(30)).batch(np.arange(5)) for t in (task, copy))
    assert torch.equal(ours.inputs, theirs.inputs)
    assert [b.name for b in baselines] == [b.name for b in task.baselines()]
