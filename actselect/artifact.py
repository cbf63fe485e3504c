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
from actselect.exceptions import StudyError
from actselect.files import write_atomically
from actselect.model import RecurrentModel
from actselect.tasks import Task, tasks
from actselect.training import network_outputs

VERSION = 1


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
        "options": {
            option: getattr(task, option)
            for option in ("horizon", "lookback")
            if option in tasks()[name].options
        },
        "classes": list(getattr(task, "classes", ())),
        "input_size": task.input_size,
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
            input_size=facts["input_size"],
            output_size=facts.pop("output_size"),
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


def prediction_frame(artifact: Artifact, dataset: SequenceDataset) -> pd.DataFrame:
    """Return the predictions for every sequence of a data set, as a frame.

    Forecasting: ``series, step`` and the target. Classification: ``series, label`` and a column
    ``p(class)`` for each class. Regression: ``series`` and the target.
    """
    spec = tasks()[artifact.facts["task"]]
    scaled, examples = spec.unlabelled(dataset, artifact.scaling, artifact.facts["options"])
    values = scaled.decode(network_outputs(artifact.model, scaled, examples), examples)
    names = list(dataset.series) or [str(i) for i in range(len(dataset))]
    if spec.name == "forecasting":
        horizon = values.shape[1]
        return pd.DataFrame(
            {
                "series": np.repeat(names, horizon),
                "step": np.tile(np.arange(1, horizon + 1), len(names)),
                artifact.facts["target"]: values.ravel(),
            }
        )
    if spec.name == "classification":
        classes = np.array(artifact.facts["classes"])
        frame = pd.DataFrame({"series": names, "label": classes[values.argmax(axis=1)]})
        return frame.assign(**{f"p({c})": values[:, k] for k, c in enumerate(classes)})
    return pd.DataFrame({"series": names, artifact.facts["target"]: values})
