"""What an export starts from: a finished study, read without building its network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import numpy.typing as npt
from torch import Tensor

from actselect.architecture import Architecture
from actselect.artifact import network
from actselect.encoders import Captions, Encoder, Symbols
from actselect.exceptions import StudyError
from actselect.folder import StudyFolder
from actselect.model_files import (
    MODEL,
    SCALING,
    Description,
    read_description,
    read_tensors,
    stripped,
)
from actselect.records import RankedRecord, ReportRecord
from actselect.report import load as load_report

WRITING = frozenset({"language-modeling", "captioning", "sequence-to-sequence"})


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A finished study's recommended network, but for its weights.

    Args:
        folder: of the study.
        record: the study's report.
        architecture: of the recommended network.
        encoder: what its steps hold.
        output_size: K.
        every: whether it answers at every step.
        facts: what the task noted for predictions.
        features: names of the inputs' columns.
        target: name of what is predicted.
        words: scaling that is text: class names, the vocabulary.
        described: all this as it was read.
    """

    folder: StudyFolder
    record: ReportRecord
    architecture: Architecture
    encoder: Encoder
    output_size: int
    every: bool
    facts: dict[str, Any]
    features: tuple[str, ...]
    target: str
    words: dict[str, list[str]]
    described: Description

    @property
    def task(self) -> str:
        """Name of the task."""
        return self.record.task

    @property
    def row(self) -> RankedRecord | None:
        """The network's row in the ranking."""
        label = self.architecture.label
        return next((row for row in self.record.ranking if row.label == label), None)

    @property
    def writes(self) -> bool:
        """Whether it is run on from a state, symbol by symbol."""
        return self.task in WRITING

    @property
    def ragged(self) -> bool:
        """Whether sequences may differ in length: all do but the windows of forecasting."""
        return self.task != "forecasting"

    @property
    def inputs_name(self) -> str:
        """What a step of the inputs is called."""
        if isinstance(self.encoder, Captions):
            return "words"
        return "symbols" if isinstance(self.encoder, Symbols) else "inputs"

    @property
    def steps(self) -> int:
        """A usual number of steps, at most 30."""
        usual: int = self.facts.get("lookback", self.record.dataset.length)
        return usual if "lookback" in self.facts else max(2, min(30, usual))

    def tensors(self) -> dict[str, Tensor]:
        """Return what ``model/weights.safetensors`` holds, checked.

        Raises:
            StudyError: it is missing, damaged, or belongs to another network.
        """
        tensors = read_tensors(self.folder.model, self.described)
        if self.described.weights is not None:
            network(self.folder.model, self.described, tensors)  # names and shapes fit
        return tensors

    def weights(self) -> dict[str, Tensor]:
        """Return the network's weights by their names in a ``state_dict``."""
        return stripped(self.tensors(), MODEL)

    def scaling(self) -> dict[str, npt.NDArray[np.generic] | list[str]]:
        """Return what inputs and outputs are scaled or numbered with, by name."""
        numbers = stripped(self.tensors(), SCALING)
        return {**{name: tensor.numpy() for name, tensor in numbers.items()}, **self.words}


def read(study: str | Path) -> Source:
    """Read what a study recommends.

    Raises:
        StudyError: there is no study, it is not finished, or it is damaged or of another version.
    """
    folder = StudyFolder.open(study)
    if not folder.report.exists():
        raise StudyError(
            f"{study} holds an unfinished study: nothing is recommended yet. "
            f"Continue it: actselect resume {study}"
        )
    record = load_report(folder.path)
    described = read_description(folder.model)
    if described.task != record.task:
        raise StudyError(
            f"{folder.path}: the report is of {record.task}, the model of {described.task}. One of "
            "them belongs to another study."
        )
    return Source(
        folder=folder,
        record=record,
        architecture=described.architecture,
        encoder=described.encoder,
        output_size=described.output_size,
        every=described.every,
        facts=described.facts,
        features=described.features,
        target=described.target,
        words={name: list(entries) for name, entries in described.scaling_text.items()},
        described=described,
    )
