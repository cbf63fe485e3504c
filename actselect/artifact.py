"""The recommended network on disk: weights as safetensors, everything else as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from safetensors.torch import save as save_tensors
from torch import Tensor

from actselect.architecture import Architecture
from actselect.data.dataset import SequenceDataset
from actselect.data.tokenizing import tokenizer_for
from actselect.encoders import encoder_facts
from actselect.exceptions import StudyError
from actselect.files import write_atomically
from actselect.model import RecurrentModel
from actselect.model_files import (
    DESCRIPTION,
    MODEL,
    SCALING,
    VERSION,
    WEIGHTS,
    Description,
    read_description,
    read_tensors,
    stripped,
)
from actselect.seeding import generator
from actselect.tasks import Task, tasks
from actselect.tasks.language_modeling import sample


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
    tensors = {f"{MODEL}{n}": t.contiguous() for n, t in artifact.model.state_dict().items()}
    text: dict[str, list[str]] = {}
    for name, values in artifact.scaling.items():
        if values.dtype.kind in "UO":
            text[name] = [str(v) for v in values.tolist()]
        else:
            tensors[f"{SCALING}{name}"] = torch.from_numpy(np.array(values))
    weights = save_tensors(tensors)
    write_atomically(folder / WEIGHTS, weights)
    description = {
        "artifact_version": VERSION,
        "architecture": asdict(artifact.architecture),
        "output_size": artifact.model.output.out_features,
        "scaling_text": text,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        **artifact.facts,
    }
    write_atomically(folder / DESCRIPTION, json.dumps(description, indent=1) + "\n")


def load_artifact(folder: Path) -> Artifact:
    """Read what :func:`save_artifact` wrote; see :mod:`actselect.model_files`.

    Raises:
        StudyError: files are missing, damaged, or from another version.
    """
    described = read_description(folder)
    tensors = read_tensors(folder, described)
    scaling: dict[str, npt.NDArray[np.generic]] = {
        name: tensor.numpy() for name, tensor in stripped(tensors, SCALING).items()
    }
    scaling.update({name: np.array(v) for name, v in described.scaling_text.items()})
    return Artifact(
        architecture=described.architecture,
        model=network(folder, described, tensors),
        scaling=scaling,
        facts={
            "task": described.task,
            "facts": described.facts,
            "encoder": encoder_facts(described.encoder),
            "every": described.every,
            "features": list(described.features),
            "target": described.target,
        },
    )


def network(folder: Path, described: Description, tensors: Mapping[str, Tensor]) -> RecurrentModel:
    """Return the network of a description, with its weights, ready to answer.

    Raises:
        StudyError: it cannot be built here, or the weights are those of another one.
    """
    try:
        model = RecurrentModel(
            described.architecture,
            encoder=described.encoder,
            output_size=described.output_size,
            every=described.every,
            generator=torch.Generator(),
        )
        model.load_state_dict(stripped(dict(tensors), MODEL))
    except (ValueError, RuntimeError) as error:
        raise StudyError(f"{folder} holds a damaged model: {error}.") from error
    return model.eval()


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
