"""Labels of sequences, one or any set of them: scores, loss, strata, frames, notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, log_loss
from torch.nn import functional

from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError
from actselect.tasks import bind
from actselect.tasks._labels import (
    METRICS,
    Labels,
    label_frame,
    label_loss,
    label_notes,
    labels_of,
    probabilities,
)

Maker = Callable[..., SequenceDataset]


def _with_sets(sets: Sequence[Sequence[str]]) -> SequenceDataset:
    """Return sequences of one step; each has one of these sets of labels."""
    n = len(sets)
    return SequenceDataset(
        name="toy",
        values=np.zeros((n, 1)),
        lengths=np.ones(n, dtype=np.int64),
        feature_names=("x",),
        answers=Tokens.of(sets),
        answer_of=np.arange(n),
    )


def test_one_label_is_scored_as_scikit_learn_does() -> None:
    """Random probabilities of four classes, one of which is neither true nor predicted."""
    random = np.random.default_rng(0)
    labels = Labels(classes=tuple("abcd"), numbers=random.integers(0, 3, 50))
    guess = np.column_stack([random.dirichlet(np.ones(3), 50) * 0.9, np.full(50, 0.1)])
    guess[:, 3] = np.minimum(guess[:, 3], guess[:, :3].max(axis=1) / 2)
    guess /= guess.sum(axis=1, keepdims=True)
    at = np.arange(10, 50)
    true, chosen = labels.numbers[at], guess[at].argmax(axis=1)

    assert labels.score(guess[at], at, "accuracy") == accuracy_score(true, chosen)
    assert labels.score(guess[at], at, "macro_f1") == f1_score(true, chosen, average="macro")
    expected = log_loss(true, guess[at], labels=range(4))
    assert labels.score(guess[at], at, "log_loss") == pytest.approx(expected)


def test_sets_are_scored_as_scikit_learn_does() -> None:
    """Whole sets for accuracy, the mean over labels for the other two."""
    random = np.random.default_rng(1)
    labels = Labels(classes=tuple("abcde"), numbers=random.integers(0, 2, (40, 5)))
    guess = random.random((30, 5))
    at = random.permutation(40)[:30]
    true, chosen = labels.numbers[at], (guess > 0.5).astype(int)

    assert labels.score(guess, at, "accuracy") == accuracy_score(true, chosen)
    f1 = f1_score(true, chosen, average="macro")
    assert labels.score(guess, at, "macro_f1") == pytest.approx(f1)
    losses = [log_loss(true[:, k], guess[:, k], labels=[0, 1]) for k in range(5)]
    assert labels.score(guess, at, "log_loss") == pytest.approx(np.mean(losses))


def test_a_label_that_nobody_has_or_gives_is_left_out_of_macro_f1() -> None:
    """So right answers score 1; a wrong one counts that label as 0; a single label is no class."""
    labels = Labels(classes=("a", "b", "c"), numbers=np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]]))
    single = Labels(classes=("a",), numbers=np.array([[1], [0], [1]]))
    wrong = np.array([[1.0, 0, 1], [0, 1, 0], [1, 1, 0]])
    at = np.arange(3)

    assert labels.score(labels.perfect(at), at, "macro_f1") == 1.0
    assert labels.score(wrong, at, "macro_f1") == pytest.approx(2 / 3)
    assert labels.score(np.zeros((1, 3)), np.array([2]), "macro_f1") == 0.0
    assert single.score(np.array([[0.9], [0.1], [0.2]]), at, "macro_f1") == pytest.approx(2 / 3)
    assert single.score(np.zeros((1, 1)), np.array([1]), "macro_f1") == 1.0


def test_certainty_that_is_wrong_costs_much_but_is_finite() -> None:
    """Zero and one are no probabilities to take the logarithm of."""
    sets = Labels(classes=("a", "b"), numbers=np.array([[1, 0], [0, 1]]))
    one = Labels(classes=("a", "b"), numbers=np.array([0, 1]))
    wrong = np.array([[0.0, 1.0], [1.0, 0.0]])

    for labels in (sets, one):
        assert 30 < labels.score(wrong, np.arange(2), "log_loss") < 100


def test_sets_are_spread_by_the_rarest_label_of_each() -> None:
    """Those without any are a stratum too."""
    data = _with_sets([["a"], ["a", "b"], ["a", "b", "c"], [], ["b"], ["a"]])

    strata = labels_of(data).strata

    assert len({strata[1], strata[4]}) == 1  # the rarer of a and b
    assert len(set(strata[[0, 1, 2, 3]].tolist())) == 4
    assert strata[0] == strata[5]


@pytest.mark.parametrize("weights", [None, [2.0, 0.5, 1.0]])
def test_the_loss_of_single_labels_is_the_cross_entropy(weights: list[float] | None) -> None:
    """Each example weighs what its class does."""
    random = np.random.default_rng(2)
    output, targets = random.normal(size=(7, 3)), random.integers(0, 3, 7)
    w = np.ones(3) if weights is None else np.array(weights)
    log_p = output - np.log(np.exp(output).sum(axis=1, keepdims=True))
    expected = -(w[targets] * log_p[np.arange(7), targets]).sum() / w[targets].sum()

    given = None if weights is None else torch.tensor(weights).double()
    loss = label_loss(torch.from_numpy(output), torch.from_numpy(targets), given)

    assert loss.item() == pytest.approx(expected)


def test_a_batch_of_classes_that_were_not_trained_on_costs_nothing() -> None:
    """Its weights sum to 0, which is no reason to stop a training as diverged."""
    output = torch.randn(2, 3, requires_grad=True, generator=torch.Generator().manual_seed(0))

    loss = label_loss(output, torch.tensor([2, 2]), torch.tensor([1.5, 1.5, 0.0]))
    loss.backward()

    assert loss.item() == 0.0
    assert output.grad is not None
    assert not output.grad.any()


def test_the_loss_of_sets_is_the_mean_over_labels() -> None:
    """Binary cross-entropy of each, whatever its size."""
    labels = Labels(classes=("a", "b"), numbers=np.array([[1, 0], [1, 1], [0, 0]]))
    output = torch.tensor([[2.0, -1.0], [0.0, 3.0], [500.0, -500.0]])

    loss = label_loss(output, labels.targets(), None)

    assert loss.item() == pytest.approx(
        functional.binary_cross_entropy(torch.sigmoid(output[:2]), labels.targets()[:2]) * 2 / 3
        + 500 / 6
    )


def test_raw_outputs_become_probabilities() -> None:
    """Of classes they sum to one, of labels each is by itself; huge ones do no harm."""
    output = np.array([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0], [np.log(3), 0.0, -np.log(3)]])

    one, each = probabilities(output, several=False), probabilities(output, several=True)

    np.testing.assert_allclose(one, [[1, 0, 0], [1 / 3] * 3, [9 / 13, 3 / 13, 1 / 13]])
    np.testing.assert_allclose(each, [[1, 0.5, 0], [0.5] * 3, [0.75, 0.5, 0.25]])


def test_a_frame_names_the_label_or_the_labels(labelled: Maker) -> None:
    """Sets are joined by a bar; an empty one is an empty cell."""
    shares = np.array([[0.7, 0.2, 0.6], [0.1, 0.4, 0.3], [0.5, 0.9, 0.1]])

    one = label_frame(labelled(3), shares, {"classes": ["x", "y", "z"], "several": False})
    sets = label_frame(labelled(3), shares, {"classes": ["x", "y", "z"], "several": True})

    assert one["label"].tolist() == ["x", "y", "y"]
    assert sets["label"].tolist() == ["x|z", "", "y"]
    for frame in (one, sets):
        assert list(frame) == ["series", "label", "p(x)", "p(y)", "p(z)"]
        np.testing.assert_array_equal(frame.to_numpy()[:, 2:].astype(float), shares)


def test_sets_that_are_all_empty_but_one_are_sets() -> None:
    """One label, on one sequence, which the notes tell."""
    labels = labels_of(_with_sets([[], ["a"], [], []]))

    notes = label_notes(labels, METRICS["macro_f1"], weighted=False)

    assert labels.classes == ("a",)
    assert labels.numbers.tolist() == [[0], [1], [0], [0]]
    assert notes[0].startswith("A sequence may have any of 1 labels; accuracy counts it as right")
    assert notes[1:] == ("1 labels have a single sequence: nothing can be said about them.",)


@pytest.mark.parametrize(
    ("sets", "message"), [([[], []], "got none on every"), ([["b", "a"]] * 3, "got b, a on every")]
)
def test_sets_that_are_all_alike_are_refused(sets: list[list[str]], message: str) -> None:
    """There is nothing to tell apart."""
    with pytest.raises(DataError, match=message):
        labels_of(_with_sets(sets))


def test_numbers_as_labels_keep_all_their_digits(labelled: Maker) -> None:
    """Long ones are not rounded into one another."""
    targets = np.array([1234567.0, 1234568.0, 0.1] * 20)

    assert labels_of(labelled(targets=targets)).classes == ("0.1", "1234567", "1234568")


def test_sequences_of_numbers_may_have_sets_of_labels(labelled: Maker) -> None:
    """Levels tell them: logistic regression finds both labels, frequencies do not."""
    classes = np.arange(90) % 3
    sets = [[["a"], ["b"], ["a", "b"]][c] for c in classes]
    task = bind(
        "classification",
        labelled(90, targets=None, answers=Tokens.of(sets), answer_of=np.arange(90)),
        metric="macro_f1",
    )
    development, test = task.development_and_test(0)
    fold = task.fold(development, 0, 0)
    frequencies, logistic = (
        task.score(baseline.predict(task, fold, test), test, "accuracy")
        for baseline in task.baselines()
    )

    batch = task.scaled(fold.train).batch(np.arange(3))
    assert batch.targets.tolist() == [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    assert logistic >= 0.9
    assert frequencies <= 0.5
