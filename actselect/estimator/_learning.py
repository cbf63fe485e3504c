"""The two ways to learn: train one architecture, or search for one."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from actselect.api import Report, recommend
from actselect.architecture import Architecture, LayerSpec
from actselect.artifact import load_artifact
from actselect.cells import get_cell
from actselect.data import SequenceDataset
from actselect.data.sufficiency import check_enough
from actselect.estimator._base import SequenceEstimator
from actselect.exceptions import RunError, UsageError
from actselect.folder import StudyFolder
from actselect.tasks import bind
from actselect.training import Trainer, TrainingJob
from actselect.workers import worker_conditions


class Trains(SequenceEstimator):
    """Train one architecture."""

    architecture_: Architecture

    def __init__(
        self,
        cell: str = "lstm",
        activation: str = "tanh",
        recurrent_activation: str = "sigmoid",
        output_activation: str | None = None,
        num_layers: int = 1,
        hidden_size: int = 32,
        bidirectional: bool = False,
        head_activation: str = "identity",
        learning_rate: float = 0.004,
        max_epochs: int = 60,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.cell = cell
        self.activation = activation
        self.recurrent_activation = recurrent_activation
        self.output_activation = output_activation
        self.num_layers = num_layers
        self.hidden_size = hidden_size
        self.bidirectional = bidirectional
        self.head_activation = head_activation
        self.learning_rate = learning_rate
        self.max_epochs = max_epochs
        self.random_state = random_state

    def _learn(self, dataset: SequenceDataset) -> None:
        if self.max_epochs < 1:
            raise UsageError(f"max_epochs must be at least 1. Got {self.max_epochs}.")
        if not self.learning_rate > 0:
            raise UsageError(f"learning_rate must be positive. Got {self.learning_rate}.")
        self.architecture_ = self._architecture()
        job = TrainingJob(
            architecture=self.architecture_,
            learning_rate=self.learning_rate,
            repeat=0,
            until_epoch=self.max_epochs,
            seed=self.seed_,
            refit=True,
            keep=True,
        )
        trainer = Trainer(bind(self.task, dataset), np.arange(len(dataset)))
        with worker_conditions():
            result = job.run(trainer)
            if result.checkpoint is None:
                raise RunError(f"Training failed: {result.diverged}. Lower learning_rate.")
            self.model_ = trainer.model(job, result.checkpoint)
        _, scaled = trainer.fold(repeat=0, seed=self.seed_, refit=True)
        self.scaling_ = scaled.state()

    def _architecture(self) -> Architecture:
        facts = get_cell(self.cell)
        out = self.output_activation or self.activation
        layer = LayerSpec(
            activation=self.activation,
            recurrent_activation=self.recurrent_activation if facts.gated else None,
            output_activation=out if facts.has_output_activation else None,
        )
        return Architecture(
            cell=self.cell,
            layers=(layer,) * self.num_layers,
            hidden_size=self.hidden_size,
            bidirectional=self.bidirectional,
            head_activation=self.head_activation,
        )


class Searches(SequenceEstimator):
    """Run a study and keep the recommended network, trained on 80 % of the sequences."""

    report_: Report

    def __init__(
        self,
        space: str = "small",
        cells: Sequence[str] | None = None,
        activations: Sequence[str] | None = None,
        recurrent_activations: Sequence[str] | None = None,
        depths: Sequence[int] | None = None,
        budget: str = "5m",
        epochs_budget: int | None = None,
        workers: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        metric: str | None = None,
    ) -> None:
        self.space = space
        self.cells = cells
        self.activations = activations
        self.recurrent_activations = recurrent_activations
        self.depths = depths
        self.budget = budget
        self.epochs_budget = epochs_budget
        self.workers = workers
        self.random_state = random_state
        self.metric = metric

    def _learn(self, dataset: SequenceDataset) -> None:
        with tempfile.TemporaryDirectory() as parent:
            report = recommend(
                check_enough(dataset, task=self.task, where="X"),
                task=self.task,
                metric=self.metric,
                space=self.space,
                cells=self.cells,
                activations=self.activations,
                recurrent_activations=self.recurrent_activations,
                depths=self.depths,
                budget=self.budget,
                epochs_budget=self.epochs_budget,
                workers=self.workers,
                random_state=self.seed_,
                out=Path(parent) / "study",
                progress="quiet",
                command=f"{self!r}.fit(X, y)",
            )
            artifact = load_artifact(StudyFolder(Path(parent) / "study").model)
        self.model_, self.scaling_ = artifact.model, artifact.scaling
        self.report_ = Report(report.record, None)  # the folder is gone
