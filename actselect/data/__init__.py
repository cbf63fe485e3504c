"""Data in: the dataset type, readers for files, adapters for arrays and frames, built-in sets."""

from __future__ import annotations

from actselect.data.arrays import sequence_dataset_from_X
from actselect.data.builtin import BuiltinInfo, builtin_datasets
from actselect.data.dataset import SequenceDataset
from actselect.data.duplicates import duplicates
from actselect.data.loading import TASKS, load
from actselect.data.missing import MISSING_POLICY
from actselect.data.opening import Source

__all__ = [
    "MISSING_POLICY",
    "TASKS",
    "BuiltinInfo",
    "SequenceDataset",
    "Source",
    "builtin_datasets",
    "duplicates",
    "load",
    "sequence_dataset_from_X",
]
