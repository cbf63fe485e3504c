"""What was finished is not done again, and a damaged checkpoint costs a training, not a study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from actselect import clock
from actselect.architecture import Architecture, LayerSpec
from actselect.data import load
from actselect.journal import Journal
from actselect.planning import Budget
from actselect.runner import Runner
from actselect.tasks import bind
from actselect.training import Trainer, TrainingJob, TrainingResult
from actselect.workers import InProcess, WorkerPool

RNN = Architecture(cell="rnn", layers=(LayerSpec(activation="tanh"),), hidden_size=4)
SHORT = TrainingJob(
    architecture=RNN, learning_rate=0.01, repeat=0, until_epoch=2, seed=0, keep=True
)
LONG = replace(SHORT, until_epoch=4, continues=SHORT.key)


def runner(folder: Path) -> Runner:
    """Return a runner whose journal and checkpoints lie in a folder."""
    task = bind("forecasting", load("airpassengers", task="forecasting"), horizon=6)
    development, _ = task.development_and_test(0)
    trainer = Trainer(task, development)
    budget = Budget("epochs", 100, started=clock.now(), workers=1)
    journal = Journal(folder / "journal.jsonl")
    return Runner(trainer, WorkerPool(InProcess(trainer)), journal, folder / "checkpoints", budget)


def train(place: Runner, job: TrainingJob) -> TrainingResult:
    """Return the result of one training, without its times."""
    (result,) = place.train([job])
    return replace(result, train_ms_per_step=0.0, infer_ms_per_sequence=0.0, seconds=0.0)


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint", None])
def test_a_damaged_checkpoint_is_made_again(tmp_path: Path, damage: bytes | None) -> None:
    """The training that goes on from it comes to the same."""
    for name in "ab":
        (tmp_path / name).mkdir()
    whole = runner(tmp_path / "a")
    train(whole, SHORT)
    expected = train(whole, LONG)

    cut = runner(tmp_path / "b")
    train(cut, SHORT)
    (checkpoint,) = (tmp_path / "b" / "checkpoints").iterdir()
    if damage is None:
        checkpoint.unlink()
    else:
        checkpoint.write_bytes(damage)
    resumed = runner(tmp_path / "b")
    train(resumed, SHORT)

    assert train(resumed, LONG) == expected
    assert len(resumed.journal.items()) == 2


def test_what_stands_in_the_journal_is_not_trained_again(tmp_path: Path) -> None:
    """Its epochs count as spent all the same."""
    first = train(runner(tmp_path), SHORT)
    again = runner(tmp_path)
    size = again.journal.path.stat().st_size

    assert train(again, SHORT) == first
    assert again.journal.path.stat().st_size == size
    assert again.budget.epochs_spent == 2


def test_a_result_that_cannot_be_written_ends_the_trainings(tmp_path: Path) -> None:
    """The error comes out where the next result is handed in, or at the end; nothing is lost."""
    place = runner(tmp_path)
    (tmp_path / "checkpoints").write_text("a file where the folder should be")

    with pytest.raises(FileExistsError):
        train(place, SHORT)

    assert SHORT.key not in place.journal
