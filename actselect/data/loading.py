"""One door for data: files, built-in sets, frames and arrays become a :class:`SequenceDataset`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actselect.data.builtin import builtin_info, load_builtin
from actselect.data.dataset import SequenceDataset
from actselect.data.joining import join_test
from actselect.data.layout import long_format, wide_format
from actselect.data.locating import heldout_beside, locate, same_file
from actselect.data.missing import fill_missing
from actselect.data.opening import Arrays, Source, open_source
from actselect.data.roles import Columns, assign_roles
from actselect.data.selecting import for_task, select_features
from actselect.data.sufficiency import check_enough
from actselect.exceptions import DataError, UnknownNameError, UsageError

TASKS = ("forecasting", "classification", "regression")
"""The questions that a data set can be loaded for."""


def load(
    source: Source,
    *,
    task: str,
    target: str | None = None,
    time: str | None = None,
    series: str | None = None,
    group: str | None = None,
    features: Sequence[str] | None = None,
    test_data: Source | None = None,
    y: Any = None,  # noqa: ANN401 - arrays of every library
    lengths: Any = None,  # noqa: ANN401
    groups: Any = None,  # noqa: ANN401
    name: str | None = None,
    predict: bool = False,
) -> SequenceDataset:
    """Return data as validated sequences; what had to be decided is in ``notes``.

    A table (CSV, TSV, JSONL, Parquet, frame) is *long*, one row a step, when the task is
    forecasting or ``series`` is given, else *wide*: one row a sequence, one column a step.
    Missing values are treated as ``MISSING_POLICY`` says.

    Args:
        source: a file (.csv, .tsv, .jsonl, .parquet, .npz, .ts, UCR .tsv); the name of a built-in
            data set; a frame; arrays (N, T, F) or (N, T), or a list of arrays (T_i, F), with
            ``y``; for forecasting also one array or Series (T,).  A file wins over a built-in name.
        task: ``"forecasting"``, ``"classification"`` or ``"regression"``.
        target: column to predict.  Forecasting puts it first among the features.
        time: column of dates or whole numbers; found by itself where it is plain.
        series: column that names the sequence of each row.
        group: column whose values stay on one side of every split.
        features: input columns, in this order; all numeric ones where None.
        test_data: more data of the same kind, only to score on: a file, a frame, a pair ``(X, y)``,
            or for forecasting the continuation of the series.
        y: (N,) targets of arrays.
        lengths: (N,) valid steps of padded arrays.
        groups: (N,) groups of arrays.
        name: short name; by default that of the file.
        predict: data to predict on: targets are not read, and any number of sequences will do.

    Raises:
        DataError: the data cannot be used; says where and what to do.
        UnknownNameError: no such task.
        UsageError: an argument does not fit the kind of source.
        MissingExtraError: the format needs a package that is not installed.

    >>> data = load("airpassengers", task="forecasting")
    >>> len(data), data.feature_names, data.sequence(0).shape, str(data.time[0])[:7]
    (1, ('Passengers',), (144, 1), '1949-01')
    """
    if task not in TASKS:
        raise UnknownNameError("task", task, TASKS)
    if isinstance(source, SequenceDataset):
        return source
    columns = Columns(target=target, time=time, series=series, group=group, features=features)
    arrays = Arrays(y=y, lengths=lengths, groups=groups)
    place = locate(source) if isinstance(source, str | Path) else source
    if isinstance(place, str):
        return _builtin(place, columns, arrays, test_data, task=task)
    title = name or (place.stem if isinstance(place, Path) else "data")
    where = place.name if isinstance(place, Path) else title
    train, columns = _read(place, columns, arrays, task=task, name=title, predict=predict)
    dataset = fill_missing(train, task=task, where=where)
    if predict:
        return dataset
    if test_data is not None:
        dataset = _with_test(dataset, columns, place, test_data, task=task)
    elif isinstance(place, Path) and (beside := heldout_beside(place)) is not None:
        dataset = dataset.with_notes(f"{beside} lies beside it and was not used as test data.")
    return check_enough(dataset, task=task, where=where)


def _builtin(
    name: str, columns: Columns, arrays: Arrays, test_data: object, *, task: str
) -> SequenceDataset:
    """Return a built-in data set; its columns may be named, but not changed."""
    arrays.refuse("a built-in data set")
    if test_data is not None:
        raise UsageError(f"The built-in data set {name!r} takes no test_data. Save it to a file.")
    dataset = load_builtin(name, task=task)
    own = {"target": dataset.target_name, **builtin_info(name).defaults}
    for role, column in columns.named.items():
        if column != own.get(role):
            raise UsageError(
                f"The {role!r} parameter of load must be left out or {own.get(role)!r} for the "
                f"built-in data set {name!r}. Got {column!r}."
            )
    return select_features(dataset, columns.features)


def _read(
    source: Source,
    columns: Columns,
    arrays: Arrays,
    *,
    task: str,
    name: str,
    predict: bool = False,
) -> tuple[SequenceDataset, Columns]:
    """Return a source as sequences with their gaps, and all columns that were used."""
    content = open_source(source, task=task, arrays=arrays, predict=predict)
    if isinstance(content, SequenceDataset):
        columns.refuse_for_arrays()
        dataset = for_task(content, task=task, name=name, predict=predict)
        return select_features(dataset, columns.features), columns
    roles = assign_roles(content, columns, task=task, predict=predict)
    is_long = task == "forecasting" or roles.series is not None
    layout = long_format if is_long else wide_format
    return layout(content, roles, task=task, name=name), roles.columns


def _with_test(
    train: SequenceDataset,
    columns: Columns,
    source: Source,
    test_data: Source,
    *,
    task: str,
) -> SequenceDataset:
    """Read the test data like the training data, join it, and fill its gaps from the past."""
    X, y = test_data if isinstance(test_data, tuple) else (test_data, None)
    place = locate(X) if isinstance(X, str | Path) else X
    if isinstance(place, str):
        raise UsageError(f"test_data names a built-in data set ({place!r}); give a file.")
    if same_file(source, place):
        raise DataError(
            wanted="test data that was not learnt from",
            got="the same data twice",
            where="test_data",
            todo="Leave test_data out (a test part is then split off), or name another file.",
        )
    where = place.name if isinstance(place, Path) else "the test data"
    test, _ = _read(place, columns, Arrays(y=y), task=task, name=train.name)
    joined = join_test(train, test, task=task, where=where)
    return fill_missing(joined, task=task, where=where)
