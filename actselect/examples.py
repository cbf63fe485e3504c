"""Examples of what the first network answers, on validation data.

The network is the one that confirmation trained in its first repeat, and the examples are of those
that were scored there: neither trained on nor stopped on, and never of the test part.
"""

from __future__ import annotations

from dataclasses import replace

from actselect.data.tokenizing import tokenizer_for
from actselect.records import ExamplesRecord
from actselect.runner import Runner
from actselect.screening import Finalist
from actselect.seeding import generator
from actselect.tasks import Showing, Task
from actselect.training import KEPT, TrainingJob


def examples(
    task: Task, finalist: Finalist, *, epochs: int, seed: int, runner: Runner, tokenizer: str | None
) -> ExamplesRecord | None:
    """Return what the finalist's network answers; None where it diverged or shows nothing.

    Args:
        task: whose data it answers about.
        finalist: the first of the ranking.
        epochs: of a full training.
        seed: the root seed.
        runner: where trainings were run.
        tokenizer: as the study was asked for, None for the task's own.
    """
    job = TrainingJob(
        architecture=finalist.architecture,
        learning_rate=finalist.learning_rate,
        repeat=KEPT,
        until_epoch=epochs,
        seed=seed,
    )
    trainer, checkpoint = runner.trainer, runner.kept(job.key)
    if checkpoint is None:  # a crash lost it: the same job, the same network
        checkpoint = replace(job, keep=True).run(trainer).checkpoint
    if checkpoint is None:
        return None
    network = trainer.model(job, checkpoint)
    fold, scaled = trainer.fold(repeat=KEPT, seed=seed, refit=False)
    split = tokenizer_for(tokenizer, task.name)
    how = Showing(
        random=generator(seed, "examples"), join=" ".join if split is None else split.join
    )
    shown = task.shown(network, scaled, fold.score, how)
    record = ExamplesRecord(
        label=finalist.architecture.label,
        repeat=KEPT,
        forecasts=shown.forecasts,
        confusion=shown.confusion,
        pairs=shown.pairs,
        answers=shown.answers,
    )
    empty = ExamplesRecord(label=record.label, repeat=KEPT)
    return None if record == empty else record
