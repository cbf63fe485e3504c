"""Data sets that came from memory, kept in a study folder so that it can be resumed."""

from __future__ import annotations

import json
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.readers._npz import check_sizes
from actselect.data.table import reason
from actselect.data.tokens import Tokens
from actselect.exceptions import StudyError

TEXTS = ("tokens", "answers")
NAMES = ("feature_names", "series", "notes")


def save_dataset(dataset: SequenceDataset, path: Path) -> None:
    """Write everything but the name as a .npz file, without pickles."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for field in fields(dataset):
        value = getattr(dataset, field.name)
        if isinstance(value, Tokens):
            arrays[f"{field.name}.codes"] = value.codes
            arrays[f"{field.name}.lengths"] = value.lengths
            arrays[f"{field.name}.lexicon"] = _as_bytes(value.lexicon)
        elif value is not None and field.name != "name":
            arrays[field.name] = np.asarray(value)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_saved(path: Path, name: str) -> SequenceDataset:
    """Return what :func:`save_dataset` wrote, under this name.

    Raises:
        StudyError: the file is missing or damaged.
    """
    try:
        return _loaded(path, name)
    except Exception as error:  # archives and headers of arrays fail in many ways
        raise StudyError(
            f"{path}: the data of the study cannot be read ({reason(error)}). Start a new study."
        ) from error


def _loaded(path: Path, name: str) -> SequenceDataset:
    with zipfile.ZipFile(path) as archive:
        check_sizes(path, archive, limited=False)
    with np.load(path, allow_pickle=False) as arrays:
        values: dict[str, Any] = {key: arrays[key] for key in arrays.files}
    for key in TEXTS:
        if f"{key}.codes" in values:
            values[key] = Tokens(
                codes=values.pop(f"{key}.codes"),
                lengths=values.pop(f"{key}.lengths"),
                lexicon=_from_bytes(values.pop(f"{key}.lexicon")),
            )
    for key in NAMES:
        values[key] = tuple(str(entry) for entry in values[key].tolist())
    values["target_name"] = str(values["target_name"])
    return SequenceDataset(name=name, **values)


def _as_bytes(lexicon: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    """Return texts as JSON.

    An array of text would give every entry the room of the longest, and drop a NUL at its end.
    """
    return np.frombuffer(json.dumps(lexicon).encode("ascii"), dtype=np.uint8)


def _from_bytes(encoded: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(json.loads(encoded.tobytes()))
