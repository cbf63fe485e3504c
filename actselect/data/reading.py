"""One source, read for a question: a file, a folder, a frame, or what lies in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from actselect.data.captions import caption_format
from actselect.data.corpus import corpus_format, is_plain_text, plain_text
from actselect.data.dataset import SequenceDataset
from actselect.data.layout import long_format, wide_format
from actselect.data.opening import Arrays, open_source
from actselect.data.question import Question
from actselect.data.roles import STEPWISE_TASKS, Columns, Roles, assign_roles
from actselect.data.selecting import for_task, select_features
from actselect.data.table import Table
from actselect.data.tagged import tag_format
from actselect.data.text_roles import assign_text_roles
from actselect.data.texts import pair_format, text_format

TEXT_FORMATS = {
    "text-classification": text_format,
    "language-modeling": corpus_format,
    "tagging": tag_format,
    "sequence-to-sequence": pair_format,
}
"""Layouts of tables, by task; captions need to know a folder besides."""


def read_source(
    source: Any,  # noqa: ANN401 - sources of every kind
    columns: Columns,
    arrays: Arrays,
    *,
    question: Question,
    name: str,
) -> tuple[SequenceDataset, Columns]:
    """Return a source as sequences with their gaps, and all columns that were used.

    Raises:
        DataError: it cannot be read, or does not fit the question.
        UsageError: columns or arrays are named that it does not have.
    """
    if isinstance(source, Path) and is_plain_text(source, question):
        arrays.refuse("a file")
        columns.refuse_for_arrays()
        return select_features(plain_text(source, name), columns.features), columns
    content = open_source(source, question=question, arrays=arrays)
    if isinstance(content, SequenceDataset):
        columns.refuse_for_arrays()
        where = source.name if isinstance(source, Path) else name
        dataset = for_task(content, question=question, name=name, where=where)
        return select_features(dataset, columns.features), columns
    if question.text and not isinstance(source, Path | pd.DataFrame):  # groups became a column
        columns = replace(columns, group=None if arrays.groups is None else "group")
    assign = assign_text_roles if question.text else assign_roles
    roles = assign(content, columns, task=question.task, predict=question.predict)
    return _laid_out(content, roles, question, name, _folder(source)), roles.columns


def _laid_out(
    table: Table, roles: Roles, question: Question, name: str, folder: Path | None
) -> SequenceDataset:
    """Return a table as sequences."""
    if question.task == "captioning":
        return caption_format(table, roles, question=question, name=name, folder=folder)
    if question.text:
        return TEXT_FORMATS[question.task](table, roles, question=question, name=name)
    is_long = question.task in STEPWISE_TASKS or roles.series is not None
    layout = long_format if is_long else wide_format
    return layout(table, roles, question=question, name=name)


def _folder(source: Any) -> Path | None:  # noqa: ANN401
    """Return where the images of a file of captions are by default: beside it."""
    if not isinstance(source, Path):
        return None
    return source if source.is_dir() else source.parent
