"""What networks cost, timed in turns: a machine that is busy for a while is so for all of them.

Notation: D directions, G gates, S states of a cell, H hidden size.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import final

import torch

from actselect import clock
from actselect.cells import get_cell
from actselect.diagnostics._gradient import rounded
from actselect.model import RecurrentModel
from actselect.nn import Memory
from actselect.optimiser import Adam
from actselect.records import CostRecord
from actselect.seeding import integer_seed
from actselect.tasks import Batch
from actselect.training import Trainer, TrainingJob, batch_size

TURNS = 7  # the median of so many is not moved by three disturbed ones
FLOAT = 4  # bytes
COPIES = 4  # of each weight: itself, its gradient, and two moving averages of Adam
MEGABYTE = 1024.0 * 1024.0


def time_in_turns(
    trainer: Trainer,
    jobs: Sequence[TrainingJob],
    *,
    turns: int = TURNS,
    deadline: float | None = None,
) -> tuple[CostRecord | None, ...]:
    """Return the cost of each network, in the order of the jobs: an optimiser step, and a forward
    pass.

    All work on the first examples of the same training part, as many as a training takes at once,
    with untrained weights; the first turn is not counted, and each turn begins with another
    network.

    Args:
        trainer: holds the data.
        jobs: trainings whose networks are timed; of one repeat.
        turns: that count.
        deadline: time (``clock.now()``) after which no turn begins; None for never.

    Returns:
        None for all where not one turn was done in time.
    """
    arms = [_Arm(trainer, job) for job in jobs]
    for turn in range(-1, turns):
        if deadline is not None and clock.now() > deadline:
            break
        first = turn % len(arms)
        for arm in (*arms[first:], *arms[:first]):
            arm.take_turn(counts=turn >= 0)
    return tuple(arm.record() for arm in arms)


@final
class _Arm:
    """One network on its batch."""

    def __init__(self, trainer: Trainer, job: TrainingJob) -> None:
        task = trainer.task
        fold, self.scaled = trainer.fold(repeat=job.repeat, seed=job.seed, refit=job.refit)
        self.model = RecurrentModel(
            job.architecture,
            encoder=task.encoder,
            output_size=task.output_size,
            every=task.every,
            generator=torch.Generator().manual_seed(integer_seed(job.seed, "init", job.repeat)),
            backend=trainer.backend,
        )
        self.adam = Adam(self.model.parameters(), job.learning_rate)
        cut = None if job.architecture.bidirectional else task.truncation
        stretches = max(1, task.length // task.truncation) if task.every and task.truncation else 1
        size = batch_size(len(fold.train) // stretches)
        self.whole = self.scaled.batch(fold.train[:size])
        self.before: Batch | None = None
        self.batch = self.whole
        if cut is not None and task.every:
            self.batch = next(self.whole.chunks(cut))
        elif cut is not None:
            self.before, self.batch = self.whole.split_steps(cut)
        self.train_ms: list[float] = []
        self.infer_ms: list[float] = []

    def take_turn(self, *, counts: bool) -> None:
        began = time.process_time()
        self._train()
        between = time.process_time()
        with torch.no_grad():
            self.model(self.whole.inputs, self.whole.lengths, self.whole.context)
        ended = time.process_time()
        if counts:
            self.train_ms.append(1e3 * (between - began))
            self.infer_ms.append(1e3 * (ended - between) / len(self.whole.inputs))

    def _train(self) -> None:
        """One optimiser step, as in a training."""
        memory: Memory | None = None
        if self.before is not None:
            with torch.no_grad():
                _, memory = self.model.run(
                    self.before.inputs, self.before.lengths, self.before.context
                )
        batch = self.batch
        output, _, pullback = self.model.with_pullback(
            batch.inputs, batch.lengths, batch.context, memory
        )
        loss = self.scaled.loss(output.requires_grad_(), batch.targets)
        (gradient,) = torch.autograd.grad(loss, output)
        self.adam.step(pullback(gradient))

    def record(self) -> CostRecord | None:
        if not self.train_ms:
            return None
        return CostRecord(
            train_ms_per_step=rounded(statistics.median(self.train_ms)),
            train_ms_least=rounded(min(self.train_ms)),
            infer_ms_per_sequence=rounded(statistics.median(self.infer_ms)),
            infer_ms_least=rounded(min(self.infer_ms)),
            memory_mb=rounded(memory_of(self.model, self.batch) / MEGABYTE),
            turns=len(self.train_ms),
        )


def memory_of(model: RecurrentModel, batch: Batch) -> int:
    """Return the bytes that one optimiser step holds on to: weights, and what a step back needs.

    Every weight four times; of every step of every example what the lowest layer reads, and the
    pre-activations and states of all layers, (G + S) * D * H numbers each.  What an encoder or a
    head keeps is not counted.
    """
    layers, cell = model.recurrent, get_cell(model.recurrent.cell)
    weights = sum(parameter.numel() for parameter in model.parameters())
    units = layers.num_layers * (2 if layers.bidirectional else 1) * layers.hidden_size
    steps = batch.inputs.shape[0] * batch.inputs.shape[1]
    held = steps * (layers.input_size + units * (cell.n_gates + cell.n_states))
    return FLOAT * (COPIES * weights + held)
