"""Sequences that came without a table, made to fit the task and the features asked for."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from actselect.data.dataset import SequenceDataset
from actselect.data.in_memory import check_events
from actselect.data.question import Question
from actselect.data.roles import STEPWISE_TASKS
from actselect.data.table import relocated, shown
from actselect.data.targets import class_labels, target_numbers
from actselect.exceptions import DataError


def for_task(
    dataset: SequenceDataset, *, question: Question, name: str, where: str
) -> SequenceDataset:
    """Return the data set with targets as the task wants them: text, float64, sets, or none.

    To predict, targets are left out; ``where`` names the data in messages.

    Raises:
        DataError: there are none though the task needs them, or they are of the other kind.
    """
    task = question.task
    if task in STEPWISE_TASKS:
        return _to_forecast(dataset, question, name, where)
    if question.predict:
        return replace(dataset, name=name, targets=None, answers=None, answer_of=None)
    if question.text and dataset.answers is None:
        raise DataError(
            wanted="texts",
            got="sequences of numbers",
            where=where,
            todo="Give a table with a column of texts, or name the right task.",
        )
    if dataset.answers is not None and (question.text or question.multilabel):
        return replace(dataset, name=name)
    if dataset.targets is None:
        raise DataError(
            wanted="a target for each sequence",
            got="none",
            where=where,
            todo="Name a source with targets: an array y, or in a .ts file @classLabel true (or "
            "@targetLabel true) and a label at the end of each case.",
        )
    if question.multilabel:
        raise DataError(
            wanted="a set of labels for each sequence",
            got="one target for each",
            where=where,
            todo="Leave multilabel out, or give a table with labels such as a|b.",
        )
    try:
        if task == "classification":
            return replace(dataset, name=name, targets=class_labels(dataset.targets))
        return replace(dataset, name=name, targets=target_numbers(dataset.targets))
    except DataError as error:
        raise relocated(error, where) from error


def _to_forecast(
    dataset: SequenceDataset, question: Question, name: str, where: str
) -> SequenceDataset:
    if dataset.targets is not None and not question.predict:
        raise DataError(
            wanted="series to forecast",
            got="sequences with one target each",
            where=where,
            todo="Use task='classification' or task='regression'.",
        )
    if question.task == "event-forecasting":
        return check_events(replace(dataset, name=name, target_name="", targets=None))
    return replace(dataset, name=name, target_name=dataset.feature_names[0], targets=None)


def select_features(dataset: SequenceDataset, features: Sequence[str] | None) -> SequenceDataset:
    """Return the data set with these features in this order; all of them for None.

    When the target is a feature (forecasting), it stays and stays first.  A text or an image is one
    feature, which cannot be left out.

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
    if dataset.values.shape[1] == 0:
        return dataset
    chosen = [dataset.feature_names.index(name) for name in names]
    return replace(dataset, values=dataset.values[:, chosen], feature_names=names)
