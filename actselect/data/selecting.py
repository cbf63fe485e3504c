"""Sequences that came without a table, made to fit the task and the features asked for."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from actselect.data.dataset import SequenceDataset
from actselect.data.table import relocated, shown
from actselect.data.targets import class_labels, target_numbers
from actselect.exceptions import DataError


def for_task(
    dataset: SequenceDataset, *, task: str, name: str, predict: bool = False
) -> SequenceDataset:
    """Return the data set with targets as the task wants them: text, float64, or none.

    To ``predict``, targets are left out.

    Raises:
        DataError: there are none though the task needs them, or they are of the other kind.
    """
    if predict:
        named = dataset.feature_names[0] if task == "forecasting" else dataset.target_name
        return replace(dataset, name=name, target_name=named, targets=None)
    if task == "forecasting":
        if dataset.targets is not None:
            raise DataError(
                wanted="series to forecast",
                got="sequences with one target each",
                where=dataset.name,
                todo="Use task='classification' or task='regression'.",
            )
        return replace(dataset, name=name, target_name=dataset.feature_names[0])
    if dataset.targets is None:
        raise DataError(
            wanted="a target for each sequence",
            got="none",
            where=dataset.name,
            todo="Name a source with targets (an array y, or labels at the end of each case).",
        )
    try:
        if task == "classification":
            return replace(dataset, name=name, targets=class_labels(dataset.targets))
        return replace(dataset, name=name, targets=target_numbers(dataset.targets))
    except DataError as error:
        raise relocated(error, name) from error


def select_features(dataset: SequenceDataset, features: Sequence[str] | None) -> SequenceDataset:
    """Return the data set with these features in this order; all of them for None.

    When the target is a feature (forecasting), it stays and stays first.

    Raises:
        DataError: a feature does not exist or is named twice.

    >>> import numpy as np
    >>> data = SequenceDataset(
    ...     name="d", values=np.array([[1.0, 2.0]]), lengths=np.array([1]),
    ...     feature_names=("a", "b"), targets=np.array(["x"]))
    >>> select_features(data, ["b"]).values
    array([[2.]])
    """
    if features is None:
        return dataset
    names = (features,) if isinstance(features, str) else tuple(features)
    if dataset.target_name in dataset.feature_names:
        names = (dataset.target_name, *(name for name in names if name != dataset.target_name))
    for name in names:
        if name not in dataset.feature_names or names.count(name) > 1:
            near = difflib.get_close_matches(name, dataset.feature_names, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise DataError(
                wanted="names of features, each once",
                got=repr(name),
                where=dataset.name,
                todo=f"{hint}The features are: {shown(dataset.feature_names)}.",
            )
    chosen = [dataset.feature_names.index(name) for name in names]
    return replace(dataset, values=dataset.values[:, chosen], feature_names=names)
