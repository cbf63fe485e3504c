"""Event forecasting: likelihoods against scipy, baselines by hand, padding that does not count."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from scipy import stats

from actselect.architecture import Architecture, LayerSpec
from actselect.data.dataset import SequenceDataset
from actselect.exceptions import DataError, RunError, UnknownNameError, UsageError
from actselect.model import RecurrentModel
from actselect.search_space import make_space
from actselect.tasks import Fold
from actselect.tasks.event_forecasting import EventForecastingTask, bind, predict
from actselect.training import Trainer, TrainingJob

GRU = Architecture(
    cell="gru",
    layers=(LayerSpec(activation="tanh", recurrent_activation="sigmoid"),),
    hidden_size=8,
)


def _data(*sequences: np.ndarray, **more: object) -> SequenceDataset:
    """Return sequences of events c, e and, if there are three, g."""
    return SequenceDataset(
        name="toy", values=np.concatenate(sequences).astype(float),
        lengths=np.array([len(s) for s in sequences]),
        feature_names=("c", "e", "g")[: sequences[0].shape[1]], **more,
    )  # fmt: skip


def _random(*lengths: int, seed: int = 0) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [(random.random((n, 3)) < (0.2, 0.5, 0.7)).astype(float) for n in lengths]


def _network(task: EventForecastingTask) -> RecurrentModel:
    model = RecurrentModel(
        GRU, encoder=task.encoder, output_size=task.output_size, every=True,
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    with torch.no_grad():
        model.output.weight.mul_(5.0)
    return model


@torch.no_grad()
def _odds(network: RecurrentModel, events: np.ndarray) -> np.ndarray:
    """Return how probable the events of the next step are after each step, (T, F)."""
    output = network(torch.from_numpy(events[None]).float())[0]
    return 1 / (1 + np.exp(-output.double().numpy()))


def test_a_score_is_the_likelihood_of_independent_events() -> None:
    """Of every step but the first, against scipy's Bernoulli distribution, one by one."""
    sequences = _random(9, 2, 5, 6)
    task = bind(_data(*sequences))
    scaled, network = task.scaled(np.arange(4)), _network(task)
    chosen = np.array([2, 0, 1])

    rows = scaled.predictions(network, chosen)

    expected = [
        -stats.bernoulli.logpmf(sequences[i][1:], _odds(network, sequences[i])[:-1]).sum()
        for i in chosen
    ]
    np.testing.assert_allclose(rows[:, 0], expected, rtol=1e-5)
    assert rows[:, 1].tolist() == [4, 8, 1]
    assert task.score(rows, chosen) == pytest.approx(sum(expected) / 13, rel=1e-5)


def test_the_loss_is_the_mean_over_steps_and_events() -> None:
    """Padding does not count: the nats of the same steps, over three events each."""
    sequences = _random(9, 2, 5)
    scaled = bind(_data(*sequences)).scaled(np.arange(3))
    network = _network(bind(_data(*sequences)))
    batch = scaled.batch(np.arange(3))

    with torch.no_grad():
        loss = scaled.loss(network(batch.inputs, batch.lengths), batch.targets)

    nats = -sum(
        stats.bernoulli.logpmf(events[1:], _odds(network, events)[:-1]).sum()
        for events in sequences
    )
    assert loss.item() == pytest.approx(nats / (8 + 1 + 4) / 3, rel=1e-5)


def test_a_batch_holds_each_step_and_the_one_after_it() -> None:
    """By hand; what does not exist is 0 to the network and NaN to the loss."""
    task = bind(_data(np.array([[1, 0], [0, 1], [1, 1]]), np.array([[0, 1], [1, 0]])))

    batch = task.scaled(np.arange(2)).batch(np.array([1, 0]))

    assert batch.inputs.tolist() == [[[0, 1], [0, 0]], [[1, 0], [0, 1]]]
    assert batch.targets[0, 0].tolist() == [1, 0]
    assert batch.targets[0, 1].isnan().all()
    assert batch.targets[1].tolist() == [[0, 1], [1, 1]]
    assert batch.lengths is not None
    assert batch.lengths.tolist() == [1, 2]


def test_baselines_by_hand() -> None:
    """Marginals of all steps, and what follows a step where an event was on, or off."""
    train = np.array([[1, 0], [1, 0], [0, 1], [1, 1]])
    new = np.array([[1, 1], [0, 1], [1, 0]])
    task = bind(_data(train, new, np.ones((2, 2))))
    fold = Fold(train=np.array([0]), stop=np.array([], dtype=np.int64), score=np.array([1, 2]))
    marginal, repeat = task.baselines()

    found = [b.predict(task, fold, fold.score) for b in (marginal, repeat)]

    c, e = 4 / 6, 3 / 6  # 3 and 2 of 4 steps, with one on and one off added
    assert found[0][:, 1].tolist() == [2, 1]
    np.testing.assert_allclose(found[0][0, 0], -np.log((1 - c) * e * c * (1 - e)))
    np.testing.assert_allclose(found[0][1, 0], -np.log(c * e))
    c_on, c_off, e_on = 2 / 4, 2 / 3, 2 / 3
    np.testing.assert_allclose(
        found[1][0, 0], -np.log((1 - c_on) * e_on) - np.log(c_off * (1 - e_on))
    )
    np.testing.assert_allclose(found[1][1, 0], -np.log(c_on * e_on))
    assert task.score(found[0], fold.score) == pytest.approx(found[0][:, 0].sum() / 3)


@pytest.mark.parametrize("steps", [257, 258])
def test_long_sequences_are_cut_with_a_note(steps: int) -> None:
    """257 steps have 256 to foretell, and no more are trained in one go."""
    task = bind(_data(*_random(steps, 5, 9)))

    assert task.truncation == (256 if steps == 258 else None)
    assert [note[:30] for note in task.notes] == ["Sequences of up to 257 steps w"] * (steps == 258)
    assert task.length == 8


def test_a_rule_is_learnt() -> None:
    """Three events in turn, from anywhere: far better than either baseline."""
    data = _data(*(np.eye(3)[(np.arange(12) + i) % 3] for i in range(40)))
    task = bind(data)
    trainer = Trainer(task, task.development_and_test(0)[0])
    job = TrainingJob(architecture=GRU, learning_rate=0.03, repeat=0, until_epoch=25, seed=0)
    fold, _ = trainer.fold(repeat=0, seed=0, refit=False)
    marginal, repeat = (
        task.score(b.predict(task, fold, fold.score), fold.score) for b in task.baselines()
    )

    result = job.run(trainer)

    assert result.score is not None
    assert result.score < 0.1
    assert repeat > 0.5
    assert marginal > repeat


def test_predicted_are_the_odds_after_the_last_step() -> None:
    """A row a sequence, a column an event; one step is enough."""
    sequences = _random(4, 1, 7, seed=1)
    task = bind(_data(*_random(5, 5, 5)))
    network = _network(task)

    frame = predict(network, _data(*sequences, series=("x", "y", "z")), {}, task.facts)

    assert frame.columns.tolist() == ["series", "c", "e", "g"]
    assert frame["series"].tolist() == ["x", "y", "z"]
    expected = [_odds(network, events)[-1] for events in sequences]
    np.testing.assert_allclose(frame[["c", "e", "g"]], expected, rtol=1e-5)


@pytest.mark.parametrize("value", [0.5, 2.0, -1.0, np.nan])
def test_measurements_are_no_events(value: float) -> None:
    """Neither to train on nor to predict; the message names the column."""
    task = bind(_data(*_random(5, 5, 5)))
    events = _random(4, 3)
    events[1][2, 1] = value

    with pytest.raises(DataError, match=f"toy, column 'e': wanted events.*got {value:g}"):
        bind(_data(*events))
    with pytest.raises(DataError, match="column 'e'"):
        predict(_network(task), _data(*events), {}, task.facts)


def test_a_single_step_has_nothing_to_foretell() -> None:
    """Such a sequence is refused."""
    with pytest.raises(DataError, match=r"at least two steps.*got one step in 1 of 3"):
        bind(_data(*_random(5, 1, 5)))


def test_only_the_metric_there_is_can_be_asked_for() -> None:
    """And a diverged network has no score."""
    task = bind(_data(*_random(5, 5)))

    assert task.metric.name == "nats_per_step"
    with pytest.raises(UnknownNameError, match="Unknown metric 'accuracy'"):
        bind(_data(*_random(5, 5)), metric="accuracy")
    with pytest.raises(RunError, match="not finite"):
        task.score(np.array([[np.nan, 4.0]]), np.array([0]))


def test_a_better_prediction_scores_better() -> None:
    """Certain costs nothing, even odds log 2 an event, and being wrong more."""
    task = bind(_data(*_random(5, 4, 9)))

    right, even, wrong = (
        task.score(rows, np.arange(3)) for rows in task.ladder(np.arange(3), np.arange(3))
    )

    assert right == 0.0
    assert even == pytest.approx(3 * np.log(2))
    assert wrong > even


def test_no_group_is_trained_and_scored() -> None:
    """In any repeat; nor is one tested and trained."""
    groups = np.repeat(np.arange(10), 3).astype(str)
    task = pickle.loads(pickle.dumps(bind(_data(*_random(*[4] * 30), groups=groups))))  # noqa: S301
    development, test = task.development_and_test(0)
    assert sorted([*development, *test]) == list(range(30))
    assert not set(groups[development]) & set(groups[test])
    for repeat in range(-1, 10):
        fold = task.fold(development, repeat, 0)
        parts = [set(groups[part]) for part in (fold.train, fold.stop, fold.score)]
        assert sorted(group for part in parts for group in part) == sorted(set(groups[development]))


def test_events_are_never_read_backwards() -> None:
    """What is to be foretold would be known."""
    task = bind(_data(*_random(5, 5)))
    with pytest.raises(UsageError, match="cannot read its sequences backwards"):
        make_space(
            "small", input_size=task.input_size, output_size=task.output_size,
            bidirectional_allowed=task.bidirectional_allowed, bidirectional=True,
        )  # fmt: skip
