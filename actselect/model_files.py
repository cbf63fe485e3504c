"""The two files of a saved network, read strictly: somebody else may have written them.

Everything is checked before any memory is asked for that the files themselves do not take: types
and ranges of all that ``architecture.json`` says, whether it fits the task, and whether
``weights.safetensors`` has as many weights as it describes.  Nothing in them is ever run.

Notation: F features, K outputs.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar, final

import torch
from pydantic import Field, TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import Tensor

from actselect.architecture import Architecture
from actselect.cells import cells
from actselect.encoders import Captions, Encoder, Symbols, encoder_from_facts
from actselect.exceptions import StudyError
from actselect.model import parameter_count
from actselect.model_facts import check_description, check_scaling
from actselect.received import MOST_WEIGHTS, read_json, read_received

VERSION: Final = 2
DESCRIPTION: Final = "architecture.json"
WEIGHTS: Final = "weights.safetensors"
MODEL: Final = "model."  # what names of the network's weights begin with
SCALING: Final = "scaling."

Positive = Annotated[int, Field(ge=1)]
Checked = TypeVar("Checked")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What ``architecture.json`` says.

    Args:
        architecture: of the network.
        encoder: what its steps hold.
        output_size: K.
        every: whether it answers at every step.
        task: name of the task.
        facts: what the task noted for predictions.
        features: names of the inputs' columns.
        target: name of what is predicted.
        scaling_text: scaling that is text: class names, the vocabulary.
        weights_sha256: of ``weights.safetensors``; None in files that are older than this field.
    """

    architecture: Architecture
    encoder: Encoder
    output_size: int
    every: bool
    task: str
    facts: dict[str, Any]
    features: tuple[str, ...]
    target: str
    scaling_text: dict[str, tuple[str, ...]]
    weights_sha256: str | None = None

    @property
    def weights(self) -> int | None:
        """Number of weights; None where the cell is not known here."""
        if self.architecture.cell not in cells():
            return None
        sizes = {"input_size": self.encoder.width, "output_size": self.output_size}
        return self.encoder.parameter_count + parameter_count(self.architecture, **sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outside:
    """The same as it stands in the file; the encoder is checked by its kind."""

    artifact_version: int
    architecture: Architecture
    encoder: dict[str, Any]
    output_size: Positive
    every: bool
    task: str
    facts: dict[str, Any]
    features: tuple[str, ...]
    target: str
    scaling_text: dict[str, tuple[str, ...]]
    weights_sha256: str | None = None


def read_description(folder: Path) -> Description:
    """Return what describes the network in ``folder``.

    Raises:
        StudyError: there is none, it is damaged or of another version, or does not fit itself.
    """
    path = folder / DESCRIPTION
    try:
        given = read_json(path)
    except FileNotFoundError as error:
        raise StudyError(f"{folder} holds no model: {path} is missing.") from error
    _refuse_other_version(path, given.get("artifact_version"))
    try:
        described = _described(_checked(_Outside, given))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StudyError(f"{path} is damaged: {_reason(error)}.") from error
    return described


def _described(found: _Outside) -> Description:
    """Return the description, checked.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: something in it is wrong.
    """
    encoder = encoder_from_facts(found.encoder)
    _checked(type(encoder), {k: v for k, v in found.encoder.items() if k != "kind"})
    if min(_sizes(encoder)) < 1:
        raise ValueError("an encoder has sizes of at least 1")
    check_description(
        found.task, found.facts, encoder, features=len(found.features), outputs=found.output_size,
        every=found.every, bidirectional=found.architecture.bidirectional, words=found.scaling_text,
    )  # fmt: skip
    kept = {field.name: getattr(found, field.name) for field in fields(Description)}
    return Description(**{**kept, "encoder": encoder})


def read_tensors(folder: Path, described: Description) -> dict[str, Tensor]:
    """Return weights and scaling by name, as ``weights.safetensors`` has them.

    Raises:
        StudyError: the file is missing, damaged, or belongs to another network; or a weight is
            not finite.
    """
    path = folder / WEIGHTS
    try:
        data = read_received(path, MOST_WEIGHTS)
        tensors = load_tensors(data)
    except FileNotFoundError as error:
        raise StudyError(f"{folder} holds no model: {path} is missing.") from error
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise StudyError(
            f"{path} is damaged, or no safetensors file ({error}). Other formats of weights, such "
            "as .pt, are not read: they can run code."
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if described.weights_sha256 not in (None, digest):
        raise StudyError(
            f"{path} does not belong to {DESCRIPTION} beside it: one of them was changed after "
            "actselect wrote it."
        )
    _check_tensors(path, tensors, described)
    return tensors


def stripped(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with ``prefix``, by what follows."""
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def _check_tensors(path: Path, tensors: dict[str, Tensor], described: Description) -> None:
    wanted = described.weights
    weights = {name: tensor for name, tensor in tensors.items() if name.startswith(MODEL)}
    got = sum(tensor.numel() for tensor in weights.values())
    if wanted is not None and got != wanted:
        raise StudyError(
            f"{path} does not fit {DESCRIPTION} beside it: wanted {wanted} weights; got {got}."
        )
    for name, tensor in tensors.items():
        plain = (torch.float32,) if name in weights else (torch.float32, torch.float64)
        if tensor.dtype not in plain:
            wanted_type = str(plain[-1]).removeprefix("torch.")
            raise StudyError(f"{path} is damaged: {name!r} must be {wanted_type}: {tensor.dtype}.")
        if name in weights and not bool(tensor.isfinite().all()):
            raise StudyError(f"{path} is damaged: weights {name!r} are not all finite numbers.")
    shapes = {name: tuple(tensor.shape) for name, tensor in stripped(tensors, SCALING).items()}
    try:
        check_scaling(described.task, described.encoder, shapes)
    except ValueError as error:
        raise StudyError(f"{path} is damaged: {error}.") from error


def _refuse_other_version(path: Path, version: object) -> None:
    if version == VERSION and type(version) is int:
        return
    newer = type(version) is int and version > VERSION
    todo = "Upgrade actselect to read it." if newer else "Was it written by actselect?"
    raise StudyError(
        f"{path}: artifact_version is {version!r}; this actselect reads {VERSION}. {todo}"
    )


def _checked(kind: type[Checked], given: dict[str, Any]) -> Checked:
    """Return the record that JSON describes; strictly, without unknown fields.

    Raises:
        ValueError: a field is missing, unknown, or of the wrong type.
    """
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(given) - known):
        raise ValueError(f"unknown field {unknown[0]!r}")
    return TypeAdapter(kind).validate_json(json.dumps(given), strict=True)


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"no {error}" if isinstance(error, KeyError) else str(error)


def _sizes(encoder: Encoder) -> tuple[int, ...]:
    if isinstance(encoder, Captions):
        return (encoder.size, encoder.embedding, encoder.vector, *encoder.picture)
    if isinstance(encoder, Symbols):
        return (encoder.size, encoder.width, encoder.per_step)
    return (encoder.width,)
