"""What an export starts from: a finished study, read without building its network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import Tensor

from actselect.architecture import Architecture, LayerSpec
from actselect.artifact import VERSION
from actselect.encoders import Captions, Encoder, Symbols, encoder_from_facts
from actselect.exceptions import StudyError
from actselect.folder import StudyFolder
from actselect.records import RankedRecord, ReportRecord
from actselect.report import load as load_report

WEIGHTS = "weights.safetensors"
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
        """Return what ``model/weights.safetensors`` holds.

        Raises:
            StudyError: it is missing or damaged.
        """
        file = self.folder.model / WEIGHTS
        try:
            return load_tensors(file.read_bytes())
        except FileNotFoundError as error:
            raise StudyError(f"{self.folder.model} holds no model: {file} is missing.") from error
        except SafetensorError as error:
            raise StudyError(f"{file} is damaged: {error}.") from error

    def weights(self) -> dict[str, Tensor]:
        """Return the network's weights by their names in a ``state_dict``."""
        return _stripped(self.tensors(), "model.")

    def scaling(self) -> dict[str, npt.NDArray[np.generic] | list[str]]:
        """Return what inputs and outputs are scaled or numbered with, by name."""
        numbers = _stripped(self.tensors(), "scaling.")
        return {**{name: tensor.numpy() for name, tensor in numbers.items()}, **self.words}


def _stripped(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


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
    file = folder.model / "architecture.json"
    try:
        described = json.loads(file.read_text(encoding="utf8"))
        if described["artifact_version"] != VERSION:
            raise StudyError(f"{file} was written by another version of actselect.")
        parts = described["architecture"]
        layers = tuple(LayerSpec(**layer) for layer in parts.pop("layers"))
        return Source(
            folder=folder,
            record=record,
            architecture=Architecture(**parts, layers=layers),
            encoder=encoder_from_facts(described["encoder"]),
            output_size=int(described["output_size"]),
            every=bool(described["every"]),
            facts=dict(described["facts"]),
            features=tuple(described["features"]),
            target=str(described["target"]),
            words=dict(described["scaling_text"]),
        )
    except FileNotFoundError as error:
        raise StudyError(f"{folder.model} holds no model: {file} is missing.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{file} is damaged: {error}.") from error
