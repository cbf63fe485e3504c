"""The catalogue of tasks.

To add one: (1) a file with a final class that implements :class:`Task` and a function ``bind``;
(2) one row in ``_TASKS`` below; (3) a line in the changelog.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.dataset import SequenceDataset
from actselect.exceptions import UnknownNameError, UsageError
from actselect.records import IntArray, MetricRecord
from actselect.tasks import (
    _future,
    captioning,
    classification,
    event_forecasting,
    forecasting,
    language_modeling,
    regression,
    sequence_to_sequence,
    tagging,
    text_classification,
)
from actselect.tasks._base import Baseline as Baseline
from actselect.tasks._base import Batch as Batch
from actselect.tasks._base import Fold as Fold
from actselect.tasks._base import Network as Network
from actselect.tasks._base import Scaled as Scaled
from actselect.tasks._base import Task as Task
from actselect.tasks._evaluation import evaluated_together as evaluated_together
from actselect.tasks._evaluation import outputs as outputs
from actselect.tasks._evaluation import unknown_share as unknown_share
from actselect.tasks._shown import Showing as Showing
from actselect.tasks._shown import Shown as Shown

Scaling = Mapping[str, npt.NDArray[np.generic]]
Facts = Mapping[str, Any]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One row of the catalogue.

    Args:
        name: of the task.
        summary: what it answers, in a few words.
        metrics: by name; the first is the default.
        options: names of the arguments of :func:`bind` that only some tasks take.
        bind: makes the task from a data set.
        unlabelled: (data set, saved scaling, facts) -> scaled view and the examples to predict, for
            data without targets.
        predict: (network, data set, saved scaling, facts) -> predictions as a frame; facts are
            those of :attr:`Task.facts`, and ``target``, the name of the target.
    """

    name: str
    summary: str
    metrics: Mapping[str, MetricRecord]
    options: tuple[str, ...]
    bind: Callable[..., Task]
    unlabelled: Callable[[SequenceDataset, Scaling, Facts], tuple[Scaled, IntArray]]
    predict: Callable[[Network, SequenceDataset, Scaling, Facts], pd.DataFrame]


_TASKS: Final = (
    TaskSpec(
        name="forecasting",
        summary="the next steps of one or many series",
        metrics=forecasting.METRICS,
        options=("horizon", "lookback", "period", "target", "quantiles"),
        bind=forecasting.bind,
        unlabelled=_future.unlabelled,
        predict=_future.predict,
    ),
    TaskSpec(
        name="classification",
        summary="one label for each sequence",
        metrics=classification.METRICS,
        options=(),
        bind=classification.bind,
        unlabelled=classification.unlabelled,
        predict=classification.predict,
    ),
    TaskSpec(
        name="regression",
        summary="one number for each sequence",
        metrics=regression.METRICS,
        options=(),
        bind=regression.bind,
        unlabelled=regression.unlabelled,
        predict=regression.predict,
    ),
    TaskSpec(
        name="text-classification",
        summary="one label for each text, or a set",
        metrics=text_classification.METRICS,
        options=(),
        bind=text_classification.bind,
        unlabelled=text_classification.unlabelled,
        predict=text_classification.predict,
    ),
    TaskSpec(
        name="tagging",
        summary="one tag for each word or step",
        metrics=tagging.METRICS,
        options=(),
        bind=tagging.bind,
        unlabelled=tagging.unlabelled,
        predict=tagging.predict,
    ),
    TaskSpec(
        name="language-modeling",
        summary="the next character or word of a text",
        metrics=language_modeling.METRICS,
        options=(),
        bind=language_modeling.bind,
        unlabelled=language_modeling.unlabelled,
        predict=language_modeling.predict,
    ),
    TaskSpec(
        name="captioning",
        summary="a sentence for each picture",
        metrics=captioning.METRICS,
        options=(),
        bind=captioning.bind,
        unlabelled=captioning.unlabelled,
        predict=captioning.predict,
    ),
    TaskSpec(
        name="sequence-to-sequence",
        summary="a text for each text",
        metrics=sequence_to_sequence.METRICS,
        options=(),
        bind=sequence_to_sequence.bind,
        unlabelled=sequence_to_sequence.unlabelled,
        predict=sequence_to_sequence.predict,
    ),
    TaskSpec(
        name="event-forecasting",
        summary="which events happen at the next step",
        metrics=event_forecasting.METRICS,
        options=(),
        bind=event_forecasting.bind,
        unlabelled=event_forecasting.unlabelled,
        predict=event_forecasting.predict,
    ),
)


def tasks() -> dict[str, TaskSpec]:
    """Return all tasks by name.

    >>> list(tasks())[:3]
    ['forecasting', 'classification', 'regression']
    """
    return {spec.name: spec for spec in _TASKS}


def metrics() -> dict[str, tuple[MetricRecord, ...]]:
    """Return the metrics of each task; the first is the default.

    >>> [metric.name for metric in metrics()["regression"]]
    ['rmse', 'mae', 'r2']
    """
    return {spec.name: tuple(spec.metrics.values()) for spec in _TASKS}


def bind(
    task_name: str,
    dataset: SequenceDataset,
    *,
    metric: str | None = None,
    horizon: int | None = None,
    lookback: int | None = None,
    period: int | None = None,
    target: str | None = None,
    quantiles: Sequence[float] | None = None,
) -> Task:
    """Return a data set bound to a question; what is not given is chosen and told in ``notes``.

    Args:
        task_name: of the catalogue.
        dataset: the data.
        metric: to judge by; the task's first metric if not given.
        horizon: forecasting only: steps to forecast.
        lookback: forecasting only: steps seen.
        period: forecasting only: steps of a season; 1 for none.
        quantiles: forecasting only: levels to forecast, ascending in (0, 1).
        target: name of the target: for forecasting, any feature; else the data set's own target.

    Raises:
        UnknownNameError: there is no such task, metric or feature.
        UsageError: an argument does not fit the task, or is out of range.
        DataError: the data do not fit the task.
    """
    table = tasks()
    if task_name not in table:
        raise UnknownNameError("task", task_name, table)
    spec = table[task_name]
    given: dict[str, Any] = {
        "horizon": horizon,
        "lookback": lookback,
        "period": period,
        "target": target,
        "quantiles": quantiles,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if "target" in given and "target" not in spec.options:
        if target != dataset.target_name:
            raise UsageError(
                f"target must be {dataset.target_name!r}, the one that was read; got {target!r}."
            )
        del given["target"]
    for name in given:
        if name not in spec.options:
            raise UsageError(f"{name} is for forecasting; the task is {task_name}.")
    return spec.bind(dataset, metric=metric, **given)
