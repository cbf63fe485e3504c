"""The recommended network on disk: weights as safetensors, everything else as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from actselect.architecture import Architecture, LayerSpec
from actselect.data.dataset import SequenceDataset
from actselect.data.tokenizing import tokenizer_for
from actselect.encoders import encoder_facts, encoder_from_facts
from actselect.exceptions import StudyError
from actselect.files import write_atomically
from actselect.model import RecurrentModel
from actselect.seeding import generator
from actselect.tasks import Task, tasks
from actselect.tasks.language_modeling import sample

VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A trained network with what is needed to use it on new data.

    Args:
        architecture: of the network.
        model: with trained weights.
        scaling: statistics of the training part, by name; may hold text (class names).
        facts: task and its options, names of columns.
    """

    architecture: Architecture
    model: RecurrentModel
    scaling: Mapping[str, npt.NDArray[np.generic]]
    facts: dict[str, Any]


def facts_of(name: str, task: Task) -> dict[str, Any]:
    """Return what a prediction needs to know besides weights and scaling."""
    return {
        "task": name,
        "facts": dict(task.facts),
        "encoder": encoder_facts(task.encoder),
        "every": task.every,
        "features": list(task.dataset.feature_names),
        "target": task.dataset.target_name,
    }


def save_artifact(artifact: Artifact, folder: Path) -> None:
    """Write ``weights.safetensors`` and ``architecture.json`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"model.{n}": t.contiguous() for n, t in artifact.model.state_dict().items()}
    text: dict[str, list[str]] = {}
    for name, values in artifact.scaling.items():
        if values.dtype.kind in "UO":
            text[name] = [str(v) for v in values.tolist()]
        else:
            tensors[f"scaling.{name}"] = torch.from_numpy(np.array(values))
    write_atomically(folder / "weights.safetensors", save_tensors(tensors))
    description = {
        "artifact_version": VERSION,
        "architecture": asdict(artifact.architecture),
        "output_size": artifact.model.output.out_features,
        "scaling_text": text,
        **artifact.facts,
    }
    write_atomically(folder / "architecture.json", json.dumps(description, indent=1) + "\n")


def load_artifact(folder: Path) -> Artifact:
    """Read what :func:`save_artifact` wrote.

    Raises:
        StudyError: files are missing, damaged, or from another version.
    """
    try:
        facts = json.loads((folder / "architecture.json").read_text(encoding="utf8"))
        if facts.pop("artifact_version") != VERSION:
            raise StudyError(f"{folder} was written by another version of actselect.")
        tensors = load_tensors((folder / "weights.safetensors").read_bytes())
        described = facts.pop("architecture")
        layers = tuple(LayerSpec(**layer) for layer in described.pop("layers"))
        architecture = Architecture(**described, layers=layers)
        weights = {n[6:]: t for n, t in tensors.items() if n.startswith("model.")}
        model = RecurrentModel(
            architecture,
            encoder=encoder_from_facts(facts["encoder"]),
            output_size=facts.pop("output_size"),
            every=facts["every"],
            generator=torch.Generator(),
        )
        model.load_state_dict(weights)
    except FileNotFoundError as error:
        raise StudyError(f"{folder} holds no model: {error.filename} is missing.") from error
    except (ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise StudyError(f"{folder} holds a damaged model: {error}.") from error
    scaling: dict[str, npt.NDArray[np.generic]] = {
        n[8:]: t.numpy() for n, t in tensors.items() if n.startswith("scaling.")
    }
    scaling.update({n: np.array(v) for n, v in facts.pop("scaling_text").items()})
    return Artifact(architecture=architecture, model=model.eval(), scaling=scaling, facts=facts)


def prediction_frame(
    artifact: Artifact, dataset: SequenceDataset, *, beam: int = 1, tokenizer: str | None = None
) -> pd.DataFrame:
    """Return the predictions for every sequence of a data set, as a frame: see each task."""
    asked = {"target": artifact.facts["target"], "beam": beam, "tokenizer": tokenizer}
    facts = {**artifact.facts["facts"], **asked}
    spec = tasks()[artifact.facts["task"]]
    return spec.predict(artifact.model, dataset, artifact.scaling, facts)


def sampled(
    artifact: Artifact,
    length: int,
    start: str,
    temperature: float,
    tokenizer: str | None,
    seed: int,
) -> str:
    """Return ``length`` tokens that a language model writes after ``start``, as text."""
    split = tokenizer_for(tokenizer, "language-modeling")
    if split is None:
        raise ValueError("a language model has a tokenizer")
    tokens = sample(
        artifact.model, artifact.scaling, tokens=length, temperature=temperature,
        start=split.split(start), random=generator(seed, "sample"),
    )  # fmt: skip
    return split.join(tokens)
