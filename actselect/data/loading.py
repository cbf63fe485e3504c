"""One door for data: files, built-in sets, frames and arrays become a :class:`SequenceDataset`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from actselect.data.builtin import builtin_info, load_builtin
from actselect.data.comparing import part_notes
from actselect.data.dataset import SequenceDataset
from actselect.data.joining import join_part
from actselect.data.locating import heldout_beside, locate, same_file
from actselect.data.missing import fill_missing
from actselect.data.opening import Arrays, Source
from actselect.data.parts import refuse_second_part
from actselect.data.question import Question
from actselect.data.reading import read_source
from actselect.data.roles import Columns
from actselect.data.selecting import select_features
from actselect.data.sufficiency import check_enough
from actselect.exceptions import DataError, UnknownNameError, UsageError

TASKS = (
    "forecasting",
    "classification",
    "regression",
    "text-classification",
    "language-modeling",
    "tagging",
    "captioning",
    "sequence-to-sequence",
    "event-forecasting",
)
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
    validation_data: Source | None = None,
    y: Any = None,  # noqa: ANN401 - arrays of every library
    lengths: Any = None,  # noqa: ANN401
    groups: Any = None,  # noqa: ANN401
    tokenizer: str | Path | None = None,
    images: str | Path | None = None,
    multilabel: bool = False,
    format: str | None = None,  # noqa: A002 - the user's word
    name: str | None = None,
    predict: bool = False,
) -> SequenceDataset:
    """Return data as validated sequences; what had to be decided is in ``notes``.

    A table of numbers (CSV, TSV, JSONL, Parquet, frame) is *long*, one row a step, when the task
    forecasts or ``series`` is given, else *wide*: one row a sequence, one column a step.  A table
    of texts has one row a text, a pair of texts, or a caption; for tagging it is long.  A column
    ``split`` that says train, validation or test is respected.  Missing values are treated as
    ``MISSING_POLICY`` says.

    Args:
        source: a file; the name of a built-in data set; a frame; arrays (N, T, F) or (N, T), or a
            list of arrays (T_i, F), with ``y``; for forecasting also one array or Series (T,).  For
            texts also a folder, or a list of texts; tagging: N lists of tokens, or sequences of
            numbers; captioning: images (N, height, width[, channels]) uint8, or features (N, D).
            A file wins over a built-in name.
        task: one of :data:`TASKS`.
        target: column to predict: number, label, tag, caption, or target text.  Forecasting puts it
            first among the features.  In text tasks it is guessed by its name where None.
        time: column of dates or whole numbers; found by itself where it is plain.
        series: column that names the sequence of each row.
        group: column whose values stay on one side of every split.
        features: input columns, in this order; all numeric ones where None.  In text tasks the one
            column of texts, tokens, images or sources, guessed by its name where None.
        test_data: more data of the same kind, only to score on: a file, a frame, a pair ``(X, y)``,
            or for forecasting the continuation of the series.
        validation_data: more data of the same kind, to stop training and to choose by.
        y: (N,) targets of arrays; with ``multilabel`` (N, L) zeros and ones, or N lists of labels;
            tagging: N lists of tags; captioning: N lists of sentences.
        lengths: (N,) valid steps of padded arrays.
        groups: (N,) groups of arrays.
        tokenizer: ``"words"``, ``"characters"``, or the path of a tokenizer.json.  By default
            characters for language-modeling, else words: those between spaces, as given, for
            sequence-to-sequence; in lower case for text-classification and captioning.
        images: captioning: the folder that names of images start from, by default that of the
            captions; or an .npz file with ``features`` (N, D) and ``names`` (N,).
        multilabel: a sequence has a set of labels; ``|`` stands between them in a table.
        format: format of the files; None lets their names and content decide.
        name: short name; by default that of the file.
        predict: data to predict on: targets are not read, and any number of sequences will do.

    Raises:
        DataError: the data cannot be used; says where and what to do.
        UnknownNameError: no such task or format.
        UsageError: an argument does not fit the kind of source or the task.
        MissingExtraError: the format or the tokenizer needs a package that is not installed.

    >>> data = load("airpassengers", task="forecasting")
    >>> len(data), data.feature_names, data.sequence(0).shape, str(data.time[0])[:7]
    (1, ('Passengers',), (144, 1), '1949-01')
    >>> data = load(["Well done", "Too bad"] * 5, y=[1, 0] * 5, task="text-classification")
    >>> data.tokens.text(0), str(data.targets[0])
    (('well', 'done'), '1')
    """
    if task not in TASKS:
        raise UnknownNameError("task", task, TASKS)
    if isinstance(source, SequenceDataset):
        return source
    columns = Columns(target=target, time=time, series=series, group=group, features=features)
    arrays = Arrays(y=y, lengths=lengths, groups=groups)
    question = Question.of(
        task,
        tokenizer=tokenizer,
        format=format,
        images=images,
        multilabel=multilabel,
        predict=predict,
    )
    held = {"validation_data": validation_data, "test_data": test_data}
    place = locate(source, folders=question.text) if isinstance(source, str | Path) else source
    if isinstance(place, str):
        return _builtin(place, columns, arrays, held, question)
    title = name or (place.stem if isinstance(place, Path) else "data")
    where = place.name if isinstance(place, Path) else title
    train, columns = read_source(place, columns, arrays, question=question, name=title)
    dataset = fill_missing(train, task=task, where=where)
    if predict:
        return dataset
    for argument, part in held.items():
        if part is not None:
            dataset = _with_part(dataset, columns, place, argument, part, question)
    if test_data is None and isinstance(place, Path) and (beside := heldout_beside(place)):
        dataset = dataset.with_notes(f"{beside} lies beside it and was not used as test data.")
    dataset = check_enough(dataset, task=task, where=where)
    return dataset.with_notes(*part_notes(dataset, task))


def _builtin(
    name: str, columns: Columns, arrays: Arrays, held: dict[str, Any], question: Question
) -> SequenceDataset:
    """Return a built-in data set; its columns may be named, but not changed."""
    arrays.refuse("a built-in data set")
    if question.format is not None:
        raise UsageError(f"The 'format' parameter of load is for files. Leave it out for {name!r}.")
    for argument, part in held.items():
        if part is not None:
            raise UsageError(
                f"The built-in data set {name!r} takes no {argument}. Save it to a file."
            )
    dataset = load_builtin(name, task=question.task, tokenizer=question.tokenizer)
    own = {"target": dataset.target_name, **builtin_info(name).defaults}
    for role, column in columns.named.items():
        if column != own.get(role):
            raise UsageError(
                f"The {role!r} parameter of load must be left out or {own.get(role)!r} for the "
                f"built-in data set {name!r}. Got {column!r}."
            )
    if question.multilabel and dataset.targets is not None:
        raise UsageError(f"The built-in data set {name!r} has one label for each sequence.")
    return select_features(dataset, columns.features)


def _with_part(
    train: SequenceDataset,
    columns: Columns,
    source: Any,  # noqa: ANN401 - sources of every kind
    argument: str,
    part: Any,  # noqa: ANN401
    question: Question,
) -> SequenceDataset:
    """Read held-out data like the training data, join them, and fill their gaps from the past."""
    if question.task == "forecasting" and argument == "validation_data":
        raise UsageError(
            "The 'validation_data' parameter of load must be left out for forecasting: the last "
            "steps before the test data validate."
        )
    refuse_second_part(train, argument)
    X, y = part if isinstance(part, tuple) else (part, None)
    place = locate(X, folders=question.text) if isinstance(X, str | Path) else X
    if isinstance(place, str):
        raise UsageError(f"{argument} names a built-in data set ({place!r}); give a file.")
    if same_file(source, place):
        raise DataError(
            wanted=f"{argument.replace('_', ' ')} that was not learnt from",
            got="the same data twice",
            where=argument,
            todo=f"Leave {argument} out (a part is then split off), or name another file.",
        )
    where = place.name if isinstance(place, Path) else f"the {argument.replace('_', ' ')}"
    alone = replace(question, parts=False)
    found, _ = read_source(place, columns, Arrays(y=y), question=alone, name=train.name)
    joined = join_part(
        train,
        found,
        task=question.task,
        where=where,
        validation=argument == "validation_data",
        named=isinstance(place, Path | pd.DataFrame),
    )
    return fill_missing(joined, task=question.task, where=where)
