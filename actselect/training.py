"""Train one architecture on one split; divergence is a result, not a crash.

Adam with gradient clipping, early stopping on the split's own stopping part, best weights kept.
Networks for the test halve their learning rate when they are stuck; those that are compared are
trained at the rate that they were given.
An epoch is one pass over the training part, but at least ``MIN_STEPS`` and at most
``Task.most_steps`` optimiser steps, so that tiny and huge data sets are stopped and pruned on
comparable grounds.

A training can be cut at the end of any epoch and continued from its checkpoint, bit for bit.
Random streams are named by repeat, not by architecture: on the same repeat every architecture sees
the same batches in the same order, which is what makes comparisons paired.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from actselect import clock
from actselect.architecture import Architecture
from actselect.exceptions import RunError, StudyError
from actselect.model import RecurrentModel
from actselect.nn import Memory
from actselect.optimiser import Adam
from actselect.records import FloatArray, IntArray
from actselect.recurrence import Backend
from actselect.seeding import generator, integer_seed
from actselect.tasks import Batch, Fold, Scaled, Task, outputs

MIN_STEPS = 8
BATCH_STEPS = 16  # the batch size aims at this many steps per pass ...
BATCH_SIZES = (
    16,
    128,
)  # ... within these bounds: small batches learn from few data, large are cheap
POOLED = 8  # batches sorted by length together: little padding is left, much of the order is chance
GATHERED = 2**19  # inputs copied together at most: 2 MB
EXPLODED = 100.0  # a stopping loss this many times the untrained network's is an explosion
SCREENING = -1  # the repeat that screening uses: a split that no confirmation repeat has
KEPT = 0  # the repeat whose networks are kept until the report is written: it shows what they do
PATIENCE = 8  # epochs without improvement of the stopping loss
STUCK = (
    4,
    8,
)  # such epochs after which a network for the test goes on from its best, half as fast:
STUCK_STEPS = (
    256  # as many as this many steps take, within these bounds (studies/LOG.md, 2026-11-29)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingJob:
    """One training, or the continuation of one.

    Args:
        architecture: what to train.
        learning_rate: of Adam.
        repeat: which split and which random streams; -1 is screening's.
        until_epoch: stop after this many epochs in all.
        seed: the study's root seed.
        refit: train on all of development for the test, instead of a repeat's split.
        twin: number of a duplicate: it differs from the architecture's own training (0) by the
            initial weights alone.
        continues: key of the job whose checkpoint this one goes on from; None starts anew.
        checkpoint: that checkpoint, filled in just before the job runs.
        keep: return a checkpoint.
        deadline: time (``clock.now()``) after which the training gives up; None for never.
    """

    architecture: Architecture
    learning_rate: float
    repeat: int
    until_epoch: int
    seed: int
    refit: bool = False
    twin: int = 0
    continues: str | None = None
    checkpoint: bytes | None = None
    keep: bool = False
    deadline: float | None = None

    @property
    def key(self) -> str:
        """Name of the job: equal exactly when the result must be equal."""
        split = f"refit{self.repeat}" if self.refit else f"repeat{self.repeat}"
        twin = f"|twin{self.twin}" if self.twin else ""
        return f"{split}|{self.architecture.key}|{self.learning_rate:.6g}|{self.until_epoch}{twin}"

    @property
    def stage(self) -> str:
        """Which stage of a study the job belongs to."""
        if self.twin:
            return "duplicate"
        return "refit" if self.refit else stage_of(self.repeat)

    def run(self, trainer: Trainer) -> TrainingResult:
        """Train.  Same job, same result, whichever process runs it."""
        return _Run(trainer, self).train()

    def lost(self, reason: str) -> TrainingResult:
        """Return a training without a score, like one that diverged: the study goes on."""
        return TrainingResult(
            epochs=0,
            best_epoch=0,
            finished=True,
            cut=False,
            diverged=reason,
            score=None,
            stop_losses=(),
            steps=0,
            train_ms_per_step=0.0,
            infer_ms_per_sequence=0.0,
            seconds=0.0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """What a training came to.

    Args:
        epochs: epochs trained in all, those before a checkpoint included.
        best_epoch: epoch whose weights were kept (0: the untrained ones).
        finished: stopped early; more epochs would change nothing.
        cut: gave up at the deadline; the score must not be compared with others.
        diverged: why the training diverged, with the epoch; None when it did not.
        score: metric on the scored part with the best weights; None when diverged or cut.
        stop_losses: loss on the stopping part after each epoch, the untrained network's first.
        steps: optimiser steps made by this job.
        train_ms_per_step: processor time of one optimiser step.
        infer_ms_per_sequence: processor time to predict one example.
        seconds: processor time of this job.
        checkpoint: state to continue from, when asked for.
    """

    epochs: int
    best_epoch: int
    finished: bool
    cut: bool
    diverged: str | None
    score: float | None
    stop_losses: tuple[float, ...]
    steps: int
    train_ms_per_step: float
    infer_ms_per_sequence: float
    seconds: float
    checkpoint: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineResult:
    """Score of a baseline on one repeat, and the processor time it took."""

    score: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineJob:
    """Fit the baseline of this name on a repeat's split and score it there."""

    name: str
    repeat: int
    seed: int

    @property
    def key(self) -> str:
        """Name of the job."""
        return f"repeat{self.repeat}|baseline|{self.name}"

    @property
    def stage(self) -> str:
        """Which stage of a study the job belongs to."""
        return stage_of(self.repeat)

    def run(self, trainer: Trainer) -> BaselineResult:
        """Fit and score."""
        started = time.process_time()
        fold, _ = trainer.fold(repeat=self.repeat, seed=self.seed, refit=False)
        (baseline,) = (b for b in trainer.task.baselines() if b.name == self.name)
        predictions = baseline.predict(trainer.task, fold, fold.score)
        score = trainer.task.score(predictions, fold.score)
        return BaselineResult(score=score, seconds=time.process_time() - started)

    def lost(self, reason: str) -> BaselineResult:
        """Refuse to go on: no verdict without baselines.

        Raises:
            RunError: always.
        """
        raise RunError(
            f"The baseline {self.name!r} could not be fitted: {reason}. What was finished is kept: "
            "continue with actselect resume, where more memory is free."
        )


class _Diverged(Exception):  # noqa: N818 - a signal inside this module, never seen by a user
    pass


class Trainer:
    """Holds a task and its splits so that many trainings can share them.

    Args:
        task: the bound task.
        development: (E,) examples that may be looked at before the test.
        backend: what runs the recurrent layers.
    """

    def __init__(self, task: Task, development: IntArray, backend: Backend = "auto") -> None:
        self.task, self.backend = task, backend
        self.development = development
        self._folds: dict[tuple[bool, int, int], tuple[Fold, Scaled]] = {}

    def fold(self, *, repeat: int, seed: int, refit: bool) -> tuple[Fold, Scaled]:
        """Return the split of a repeat and the data scaled with its training part."""
        name = (refit, repeat, seed)
        if name not in self._folds:
            if refit:
                fold = self.task.refit_fold(self.development, seed)
            else:
                fold = self.task.fold(self.development, repeat, seed)
            self._folds.clear()  # jobs come repeat by repeat: keeping one bounds the memory
            self._folds[name] = (fold, self.task.scaled(fold.train))
        return self._folds[name]

    def model(self, job: TrainingJob, checkpoint: bytes) -> RecurrentModel:
        """Return the network of a finished job with its best weights."""
        run = _Run(self, job)
        run.restore(checkpoint)
        run.model.load_state_dict(run.best)
        return run.model

    def predict(self, model: RecurrentModel, scaled: Scaled, examples: IntArray) -> FloatArray:
        """Return the network's predictions, as :meth:`Task.score` takes them."""
        return scaled.predictions(model, examples)


class _Run:
    """The state of one training."""

    def __init__(self, trainer: Trainer, job: TrainingJob) -> None:
        self.trainer, self.job = trainer, job
        self.fold, self.scaled = trainer.fold(repeat=job.repeat, seed=job.seed, refit=job.refit)
        name = ("init", job.repeat, "twin", job.twin) if job.twin else ("init", job.repeat)
        stream = torch.Generator().manual_seed(integer_seed(job.seed, *name))
        self.model = RecurrentModel(
            job.architecture,
            encoder=trainer.task.encoder,
            output_size=trainer.task.output_size,
            every=trainer.task.every,
            generator=stream,
            backend=trainer.backend,
        )
        self.adam = Adam(self.model.parameters(), job.learning_rate)
        task, n_train = trainer.task, len(self.fold.train)
        chunks = 1  # optimiser steps of a batch: the same for all architectures, as batches are
        if task.every and task.truncation is not None:
            chunks = max(1, task.length // task.truncation)
        self.size = batch_size(n_train // chunks)
        whole = math.ceil(n_train / self.size) * chunks
        steps = min(task.most_steps, max(MIN_STEPS, whole))
        self.wanted = self.size * max(1, steps // chunks)  # examples of an epoch at most
        self.together = 1
        if self.scaled.sizes is None:
            first = self.scaled.batch(self.fold.train[: self.size])
            self.together = max(1, GATHERED // first.inputs.numel())  # batches copied in one go
        self.epoch, self.best_epoch, self.steps = 0, 0, 0
        self.losses: list[float] = []
        self._after: Memory | None = None  # the states after the last stretch
        self.best = _copy(self.model.state_dict())

    def train(self) -> TrainingResult:
        started = time.process_time()
        training = 0.0
        diverged: str | None = None
        cut = False
        try:
            if self.job.checkpoint is not None:
                self.restore(self.job.checkpoint)
            else:
                self.losses.append(self._stop_loss())
            while self.epoch < self.job.until_epoch and not self._finished():
                if self.job.deadline is not None and clock.now() > self.job.deadline:
                    cut = True
                    break
                before = time.process_time()
                self._train_epoch()
                training += time.process_time() - before
                self._judge_epoch()
            score, infer_ms = (None, 0.0) if cut else self._score()
        except _Diverged as reason:
            diverged, score, infer_ms = str(reason), None, 0.0
        return TrainingResult(
            epochs=self.epoch,
            best_epoch=self.best_epoch,
            finished=diverged is not None or self._finished(),
            cut=cut,
            diverged=diverged,
            score=score,
            stop_losses=tuple(x if math.isfinite(x) else 1e308 for x in self.losses),
            steps=self.steps,
            train_ms_per_step=1e3 * training / max(1, self.steps),
            infer_ms_per_sequence=infer_ms,
            seconds=time.process_time() - started,
            checkpoint=self._checkpoint() if self.job.keep and diverged is None else None,
        )

    def _finished(self) -> bool:
        patience = 2 * self._stuck() if self.job.refit else PATIENCE
        return self.epoch - self.best_epoch >= patience

    def _stuck(self) -> int:
        """Return the epochs without improvement after which the learning rate is halved."""
        least, most = STUCK
        return min(most, max(least, math.ceil(STUCK_STEPS * self.epoch / max(1, self.steps))))

    def _train_epoch(self) -> None:
        self.epoch += 1
        for batch in self._batches():
            for chunk, memory in self._stretches(batch):
                self._after = self._train_step(chunk, memory)
                self.steps += 1

    def _stretches(self, batch: Batch) -> Iterator[tuple[Batch, Memory | None]]:
        """Yield what gradients go through at once, and the states that it begins with.

        With one answer a sequence that is the end of it: the states of what comes before are
        carried, not differentiated.  A network that reads both ways goes through all of it.
        """
        task = self.trainer.task
        memory: Memory | None = None
        if task.truncation is None or self.job.architecture.bidirectional:
            yield batch, None
        elif task.every:
            for chunk in batch.chunks(task.truncation):
                yield chunk, memory
                memory = self._after
        else:
            before, rest = batch.split_steps(task.truncation)
            if before is not None:
                with torch.no_grad():
                    _, memory = self.model.run(before.inputs, before.lengths, before.context)
            yield rest, memory

    def _train_step(self, batch: Batch, memory: Memory | None) -> Memory:
        """Return the states to go on from.  What else the step needed is free then."""
        output, after, pullback = self.model.with_pullback(
            batch.inputs, batch.lengths, batch.context, memory
        )
        loss = self.scaled.loss(output.requires_grad_(), batch.targets)
        (gradient,) = torch.autograd.grad(loss, output)
        if not (math.isfinite(loss.item()) and self.adam.step(pullback(gradient))):
            raise _Diverged(f"loss or gradient not finite in epoch {self.epoch}")
        return after

    def _batches(self) -> Iterator[Batch]:
        """Batches of one epoch; the order depends on seed, repeat and epoch only."""
        train, size, wanted = self.fold.train, self.size, self.wanted
        rng = generator(self.job.seed, "order", self.job.repeat, self.epoch)
        order = np.concatenate([rng.permutation(train) for _ in range(-(-wanted // len(train)))])
        order = order[: wanted if wanted > len(train) else min(wanted, len(train))]
        if self.scaled.sizes is not None:
            order = bucketed(order, self.scaled.sizes[order], size, rng)
        at_once = size * self.together
        for i in range(0, len(order), at_once):
            yield from self.scaled.batch(order[i : i + at_once]).split(size)

    def _judge_epoch(self) -> None:
        loss = self._stop_loss()
        self.losses.append(loss)
        if loss > EXPLODED * max(self.losses[0], 1.0):
            raise _Diverged(f"stopping loss exploded in epoch {self.epoch}")
        if loss < self.losses[self.best_epoch]:
            self.best_epoch = self.epoch
            self.best = _copy(self.model.state_dict())
        elif self.job.refit and (self.epoch - self.best_epoch) % self._stuck() == 0:
            self.adam.learning_rate /= 2.0
            self.model.load_state_dict(self.best)

    def _stop_loss(self) -> float:
        """Mean loss of the stopping part; a batch counts by the steps or examples in it."""
        total, weight = 0.0, 0
        task = self.trainer.task
        width = task.output_size if task.every else 0
        for _, batch, output in outputs(self.model, self.scaled, self.fold.stop, width):
            count = batch.targets.shape[0]
            if task.every:
                steps = batch.inputs.shape[1]
                count = count * steps if batch.lengths is None else int(batch.lengths.sum())
            total += count * self.scaled.loss(output, batch.targets).item()
            weight += count
        loss = total / weight
        if not math.isfinite(loss):
            raise _Diverged(f"stopping loss not finite in epoch {self.epoch}")
        return loss

    def _score(self) -> tuple[float | None, float]:
        examples = self.fold.score
        if len(examples) == 0:
            return None, 0.0
        current = _copy(self.model.state_dict())
        self.model.load_state_dict(self.best)
        started = time.process_time()
        predictions = self.scaled.predictions(self.model, examples)
        infer_ms = 1e3 * (time.process_time() - started) / len(examples)
        self.model.load_state_dict(current)
        if not np.isfinite(predictions).all():
            raise _Diverged(f"predictions not finite after epoch {self.epoch}")
        return self.trainer.task.score(predictions, examples), infer_ms

    def _checkpoint(self) -> bytes:
        tensors: dict[str, Tensor] = {}
        for name, tensor in self.model.state_dict().items():
            tensors[f"model.{name}"] = tensor
            tensors[f"best.{name}"] = self.best[name]
        for name, tensor in self.adam.state.items():
            tensors[f"adam.{name}"] = tensor
        facts = {"epoch": self.epoch, "best_epoch": self.best_epoch, "losses": self.losses}
        tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
        return save_tensors(tensors, metadata={"state": json.dumps(facts)})

    def restore(self, checkpoint: bytes) -> None:
        """Continue from a checkpoint; everything later is as if the training had not been cut.

        Raises:
            StudyError: it is none, though its checksum fits: somebody made it.
        """
        try:
            self._restore(checkpoint)
        except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise StudyError(
                f"A checkpoint of the study is damaged ({error}). Start a new study."
            ) from error

    def _restore(self, checkpoint: bytes) -> None:
        tensors = load_tensors(checkpoint)
        header = int.from_bytes(checkpoint[:8], "little")
        metadata = json.loads(checkpoint[8 : 8 + header])["__metadata__"]
        facts = json.loads(metadata["state"])
        self.epoch, self.best_epoch = facts["epoch"], facts["best_epoch"]
        self.losses = facts["losses"]
        self.best = {n[5:]: t for n, t in tensors.items() if n.startswith("best.")}
        self.model.load_state_dict({n[6:]: t for n, t in tensors.items() if n.startswith("model.")})
        self.adam.state = {n[5:]: t for n, t in tensors.items() if n.startswith("adam.")}


def stage_of(repeat: int) -> str:
    """Return the stage that uses a repeat."""
    return "screening" if repeat == SCREENING else "confirmation"


def batch_size(n_train: int) -> int:
    """Return the batch size for a training part: a power of two within ``BATCH_SIZES``.

    >>> batch_size(190), batch_size(2000)
    (16, 128)
    """
    low, high = BATCH_SIZES
    return min(high, max(low, 1 << round(math.log2(max(1.0, n_train / BATCH_STEPS)))))


def bucketed(order: IntArray, sizes: IntArray, batch: int, rng: np.random.Generator) -> IntArray:
    """Return the same examples so that those of a batch have about the same number of steps.

    Each run of ``POOLED`` batches is sorted by size, and its batches are shuffled.

    Args:
        order: (E,) examples in random order.
        sizes: (E,) steps of each.
        batch: examples in a batch.
        rng: where the randomness comes from.

    >>> bucketed(np.arange(4), np.array([9, 2, 8, 3]), 2, np.random.default_rng(0)).tolist()
    [1, 3, 2, 0]
    """
    parts = []
    for start in range(0, len(order), POOLED * batch):
        pool = slice(start, start + POOLED * batch)
        by_size = order[pool][np.argsort(sizes[pool], kind="stable")]
        whole = [by_size[i : i + batch] for i in range(0, len(by_size), batch)]
        parts += [whole[i] for i in rng.permutation(len(whole))]
    return np.concatenate(parts)


def _copy(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in state.items()}
