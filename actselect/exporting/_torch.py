"""A recommended network as a folder that PyTorch can use: weights, description, module.

``weights.safetensors`` is the ``state_dict`` of ``Network`` in ``model.py``.  ``config.json`` is
plain JSON; its keys are told in :data:`KEYS`, and in the file itself under ``about``.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors.torch import save as save_tensors

from actselect.encoders import encoder_facts
from actselect.exporting import _code, _keras
from actselect.exporting._meaning import meaning
from actselect.exporting._source import Source
from actselect.files import write_atomically
from actselect.model_files import WEIGHTS
from actselect.report import plain_json

FORMAT_VERSION: Final = 1
CONFIG: Final = "config.json"
MODULE: Final = "model.py"
FILES: Final = (WEIGHTS, CONFIG, MODULE)
KEYS: Final = {
    "format_version": "rises when a key changes its meaning or goes away",
    "actselect_version": "of the actselect that made the study",
    "needs_actselect": "whether model.py imports actselect",
    "task": "what the network answers; see actselect list tasks",
    "label": "the architecture in words",
    "architecture": "cell, activations of each layer, sizes, directions, head",
    "encoder": "what a step holds, and what makes numbers of it",
    "output_size": "numbers in an answer",
    "every_step": "whether there is an answer at every step, or one after the last",
    "learning_rate": "that the study chose; null if it is not in the report",
    "inputs": "what the network reads, in words",
    "outputs": "what it answers, in words",
    "loss": "what it was trained with",
    "features": "columns of the inputs, in order",
    "target": "what is predicted",
    "facts": "what the task noted for predictions, such as classes or horizon",
    "scaling": "what inputs and outputs are scaled with, and the vocabulary, by name",
    "verdict": "the study's verdict",
}


def write_folder(source: Source, flavour: str, folder: Path) -> str:
    """Write the three files into ``folder``, made if it is missing; return the module's source."""
    text = _code.module(source, flavour, beside=True, foot=_keras.block(source))
    weights = {name: tensor.contiguous() for name, tensor in source.weights().items()}
    config = plain_json.dumps(described(source, flavour))
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / WEIGHTS, save_tensors(weights))
    write_atomically(folder / CONFIG, config + "\n")
    write_atomically(folder / MODULE, text)
    return text


def described(source: Source, flavour: str) -> dict[str, Any]:
    """Return what ``config.json`` holds."""
    told = meaning(source, numbers="this file", words="scaling.known of this file")
    row = source.row
    return {
        "format_version": FORMAT_VERSION,
        "actselect_version": source.record.actselect_version,
        "needs_actselect": flavour == "actselect",
        "task": source.task,
        "label": source.architecture.label,
        "architecture": asdict(source.architecture),
        "encoder": encoder_facts(source.encoder),
        "output_size": source.output_size,
        "every_step": source.every,
        "learning_rate": None if row is None else row.learning_rate,
        "inputs": told.inputs,
        "outputs": told.outputs,
        "loss": told.loss,
        "features": list(source.features),
        "target": source.target,
        "facts": source.facts,
        "scaling": listed_scaling(source),
        "verdict": source.record.verdict.sentence,
        "about": KEYS,
    }


def listed_scaling(source: Source) -> dict[str, Any]:
    """Return the scaling as lists; a number that is not finite as None."""
    return {name: _list(values) for name, values in source.scaling().items()}


def _list(values: npt.NDArray[np.generic] | list[str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(values, list):
        return values
    plain = values.astype(object)
    plain[~np.isfinite(values.astype(np.float64))] = None
    return plain.tolist()
