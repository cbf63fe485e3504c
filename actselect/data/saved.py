"""Data sets that came from memory, kept in a study folder so that it can be resumed."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.tokens import Tokens

TEXTS = ("tokens", "answers")
NAMES = ("feature_names", "series", "notes")


def save_dataset(dataset: SequenceDataset, path: Path) -> None:
    """Write everything but the name as a .npz file, without pickles."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for field in fields(dataset):
        value = getattr(dataset, field.name)
        if isinstance(value, Tokens):
            for part in fields(value):
                arrays[f"{field.name}.{part.name}"] = np.asarray(getattr(value, part.name))
        elif value is not None and field.name != "name":
            arrays[field.name] = np.asarray(value)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_saved(path: Path, name: str) -> SequenceDataset:
    """Return what :func:`save_dataset` wrote, under this name."""
    with np.load(path, allow_pickle=False) as arrays:
        values: dict[str, Any] = {key: arrays[key] for key in arrays.files}
    for key in TEXTS:
        parts = {
            k.partition(".")[2]: values.pop(k) for k in list(values) if k.startswith(f"{key}.")
        }
        if parts:
            lexicon = tuple(str(entry) for entry in parts.pop("lexicon").tolist())
            values[key] = Tokens(lexicon=lexicon, **parts)
    for key in NAMES:
        values[key] = tuple(str(entry) for entry in values[key].tolist())
    values["target_name"] = str(values["target_name"])
    return SequenceDataset(name=name, **values)
