"""What the first network answers is shown on validation data, and the same whenever it is asked."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actselect import clock
from actselect.architecture import Architecture, LayerSpec
from actselect.data import load
from actselect.data.dataset import SequenceDataset
from actselect.examples import examples
from actselect.journal import Journal
from actselect.planning import Budget
from actselect.records import ExamplesRecord
from actselect.runner import Runner
from actselect.screening import Finalist
from actselect.tasks import Task, bind
from actselect.training import Trainer, TrainingJob
from actselect.workers import InProcess, WorkerPool

GRU = Architecture(
    cell="gru",
    layers=(LayerSpec(activation="tanh", recurrent_activation="sigmoid"),),
    hidden_size=6,
)
FINALIST = Finalist(architecture=GRU, learning_rate=0.01, at_edge=False, points=())
Trained = Callable[..., Runner]


@pytest.fixture
def trained(tmp_path: Path) -> Trained:
    """Train the finalist on the first repeat, as confirmation does; return who remembers it."""

    def train(task: Task, *, keep: bool = True, epochs: int = 2) -> Runner:
        development, _ = task.development_and_test(0)
        trainer = Trainer(task, development)
        budget = Budget("epochs", 100, started=clock.now(), workers=1)
        runner = Runner(
            trainer,
            WorkerPool(InProcess(trainer)),
            Journal(tmp_path / "journal.jsonl"),
            tmp_path / "checkpoints",
            budget,
        )
        job = TrainingJob(
            architecture=GRU, learning_rate=0.01, repeat=0, until_epoch=epochs, seed=0, keep=keep
        )
        runner.train([job])
        return runner

    return train


def found(task: Task, runner: Runner, **changes: Any) -> ExamplesRecord | None:
    """Return the examples of two epochs."""
    asked: dict[str, Any] = {"epochs": 2, "seed": 0, "runner": runner, "tokenizer": None, **changes}
    return examples(task, FINALIST, **asked)


def numbered(n: int = 200) -> SequenceDataset:
    """Return sequences whose target says which one it is."""
    random = np.random.default_rng(0)
    return SequenceDataset(
        name="toy", values=random.normal(size=(5 * n, 1)), lengths=np.full(n, 5),
        feature_names=("x",), targets=np.arange(n, dtype=float),
    )  # fmt: skip


def test_examples_are_scored_ones_of_the_repeat_and_none_of_the_test_part(trained: Trained) -> None:
    """Each target is that of one sequence, so it says which."""
    task = bind("regression", numbered())
    development, test = task.development_and_test(0)
    shown = found(task, trained(task))

    assert shown is not None
    asked = {int(true) for true, _ in shown.pairs}
    assert asked == set(task.fold(development, 0, 0).score.tolist())
    assert not asked & set(test.tolist())
    assert (shown.label, shown.repeat) == ("GRU tanh/sigmoid", 0)


def test_answers_are_those_of_the_network_that_was_kept(trained: Trained) -> None:
    """The error of the pairs is the score that confirmation counted."""
    task = bind("regression", numbered(), metric="rmse")
    runner = trained(task)
    ((_, result),) = runner.trainings.values()
    shown = found(task, runner)

    assert shown is not None
    true, predicted = np.array(shown.pairs).T
    assert np.sqrt(np.mean((true - predicted) ** 2)) == pytest.approx(result.score, rel=1e-4)


def test_asked_again_the_answers_are_the_same(trained: Trained) -> None:
    """Also by another coordinator, which trains nothing and finds the checkpoint."""
    task = bind("sequence-to-sequence", load("reverse", task="sequence-to-sequence"))
    first, again = trained(task), trained(task)
    shown, repeated = found(task, first), found(task, again)

    assert shown is not None
    assert len(shown.answers) == 4
    assert shown == repeated
    assert again.journal.resumed


def test_a_network_that_a_crash_lost_is_trained_again(trained: Trained) -> None:
    """With the same answers."""
    task = bind("regression", numbered(60))
    lost = found(task, trained(task, keep=False))

    assert lost is not None
    assert lost == found(task, trained(task))


def test_the_examples_of_pictures_leave_the_report_small(trained: Trained) -> None:
    """Text and pictures of the built-in scenes are below 100 kB."""
    task = bind("captioning", load("scenes", task="captioning"))
    shown = found(task, trained(task, epochs=1), epochs=1)

    assert shown is not None
    pictures = [base64.b64decode(a.picture) for a in shown.answers if a.picture is not None]
    assert len(pictures) == 4
    assert sum(map(len, pictures)) < 75_000
