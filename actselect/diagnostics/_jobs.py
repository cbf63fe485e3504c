"""Diagnostics as jobs for the workers, each with a name under which its result is recorded."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TypeVar, final

import torch
from pydantic import TypeAdapter, ValidationError

from actselect import clock
from actselect.diagnostics._cost import time_in_turns
from actselect.diagnostics._gradient import Loss, gradient_record
from actselect.diagnostics._units import units_records
from actselect.diagnostics._walk import walk_through
from actselect.diagnostics._window import SEQUENCES, STEPS, look, spread
from actselect.exceptions import StudyError
from actselect.journal import Entry
from actselect.model import RecurrentModel
from actselect.records import CostRecord, DiagnosticsRecord
from actselect.report.checking import problem_of
from actselect.seeding import integer_seed
from actselect.tasks import Batch
from actselect.training import Trainer, TrainingJob

Record = TypeVar("Record", CostRecord, DiagnosticsRecord)


def diagnose(trainer: Trainer, job: TrainingJob, checkpoint: bytes) -> DiagnosticsRecord:
    """Return how a trained network works on its scored part; its cost is not timed here.

    Args:
        trainer: holds the data.
        job: the training.
        checkpoint: of that training, finished.
    """
    fold, scaled = trainer.fold(repeat=job.repeat, seed=job.seed, refit=job.refit)
    examples = fold.score if len(fold.score) else fold.stop
    return measure(
        trainer.model(job, checkpoint),
        scaled.batch(spread(examples, 2 * SEQUENCES)),  # of which the longer half is looked at
        scaled.loss,
        repeat=job.repeat,
        generator=torch.Generator().manual_seed(integer_seed(job.seed, "diagnostics")),
    )


def measure(
    model: RecurrentModel,
    batch: Batch,
    loss: Loss,
    *,
    repeat: int,
    generator: torch.Generator,
    sequences: int = SEQUENCES,
    steps: int = STEPS,
) -> DiagnosticsRecord:
    """Return how a network works on a batch.

    >>> from actselect.architecture import Architecture, LayerSpec
    >>> from actselect.encoders import Numbers
    >>> stream = torch.Generator().manual_seed(0)
    >>> rnn = Architecture(cell="rnn", layers=(LayerSpec(activation="tanh"),), hidden_size=4)
    >>> model = RecurrentModel(rnn, encoder=Numbers(width=1), output_size=1, generator=stream)
    >>> batch = Batch(inputs=torch.ones(2, 9, 1), lengths=None, targets=torch.ones(2, 1))
    >>> loss = torch.nn.functional.mse_loss
    >>> found = measure(model, batch, loss, repeat=0, generator=stream)
    >>> found.steps, [part.role for part in found.units]
    (9, ['activation'])

    Args:
        model: trained or not.
        batch: as the task makes it.
        loss: of raw outputs and targets, as :meth:`actselect.tasks.Scaled.loss`.
        repeat: to be written into the record.
        generator: see :func:`actselect.diagnostics.gradient_record`.
        sequences: to look at, at most.
        steps: the last ones of each, at most.
    """
    window = look(model, batch, sequences=sequences, steps=steps)
    walks = walk_through(model.recurrent, window)
    return DiagnosticsRecord(
        repeat=repeat,
        sequences=window.inputs.shape[1],
        steps=window.inputs.shape[0],
        gradient=gradient_record(model, window, walks, loss, generator),
        units=units_records(model.recurrent, walks),
        cost=None,
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisJob:
    """Look at one trained network.

    Args:
        training: the job that trained it.
        checkpoint: what it left; None trains the same network again.
        deadline: time (``clock.now()``) after which there is nothing to be found; None for never.
    """

    training: TrainingJob
    checkpoint: bytes | None
    deadline: float | None = None

    @property
    def key(self) -> str:
        """Name of the job."""
        return f"diagnosis|{self.training.key}"

    def run(self, trainer: Trainer) -> Entry:
        """Return the record as plain values; nothing where there was no time, or no network."""
        checkpoint = self.checkpoint
        if checkpoint is None:
            again = replace(self.training, keep=True, deadline=self.deadline).run(trainer)
            checkpoint = None if again.cut else again.checkpoint
        if checkpoint is None or _late(self.deadline):
            return {}
        return asdict(diagnose(trainer, self.training, checkpoint))

    def lost(self, reason: str) -> Entry:  # noqa: ARG002 - left out, for whatever reason
        """Return nothing: the study goes on without it."""
        return {}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CostJob:
    """Time networks in turns.

    Args:
        trainings: whose networks.
        deadline: see :func:`time_in_turns`.
    """

    trainings: tuple[TrainingJob, ...]
    deadline: float | None = None

    @property
    def key(self) -> str:
        """Name of the job: the networks of a study are timed once."""
        return "cost in turns"

    def run(self, trainer: Trainer) -> Entry:
        """Return the records as plain values, by the trainings' keys."""
        records = time_in_turns(trainer, self.trainings, deadline=self.deadline)
        pairs = zip(self.trainings, records, strict=True)
        return {job.key: asdict(record) for job, record in pairs if record is not None}

    def lost(self, reason: str) -> Entry:  # noqa: ARG002 - left out, for whatever reason
        """Return nothing: the study goes on without it."""
        return {}


def diagnostics_from(entry: object) -> DiagnosticsRecord | None:
    """Return the record that :meth:`DiagnosisJob.run` wrote down; None where it found nothing.

    Raises:
        StudyError: it wrote nothing of the kind.
    """
    return _recorded(DiagnosticsRecord, entry)


def cost_from(entry: object) -> CostRecord | None:
    """Return the record that :meth:`CostJob.run` wrote down; None where there is none.

    Raises:
        StudyError: it wrote nothing of the kind.
    """
    return _recorded(CostRecord, entry)


def _recorded(kind: type[Record], entry: object) -> Record | None:
    if not entry:
        return None
    try:
        record = TypeAdapter(kind).validate_python(entry)
    except ValidationError as error:
        found = error.errors()[0]
        problem = f"{'.'.join(map(str, found['loc']))}: {found['msg']}"
    else:
        problem = problem_of(record)
    if problem:
        raise StudyError(
            "The journal holds a look into a network that this actselect has not written: "
            f"{problem}. Remove the lines of journal.jsonl whose key begins with 'diagnosis|' or "
            "is 'cost in turns' to have it done again."
        )
    return record


def _late(deadline: float | None) -> bool:
    return deadline is not None and clock.now() > deadline
