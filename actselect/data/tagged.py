"""From a long table to sequences with a tag for each step: words, or numbers.

Notation: R rows, N sequences, S steps, F features.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.columns import missing_target
from actselect.data.dataset import SequenceDataset
from actselect.data.layout import feature_values, ordered
from actselect.data.ordering import Order
from actselect.data.question import Question
from actselect.data.roles import Roles
from actselect.data.table import Table
from actselect.data.texts import text_dataset
from actselect.data.tokenizing import lexicon_type
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError


def tag_format(table: Table, roles: Roles, *, question: Question, name: str) -> SequenceDataset:
    """Return one sequence for each value of the series column, with a tag for each step.

    Rows of a sequence stay in the order of the table, or are sorted by time.

    Raises:
        DataError: no series column, a token or tag is missing, a cell is no number, times repeat,
            or a group or part changes inside a sequence.
    """
    if roles.series is None:
        likely = [column for column in table.columns if "sent" in column.lower()]
        example = likely[0] if likely else table.columns[0]
        raise DataError(
            wanted="a column that says which sequence a row belongs to",
            got="none named",
            where=table.source,
            todo=f"Name it with series, for instance series={example!r} (--series {example}).",
        )
    notes: list[str] = []
    order = ordered(table, roles, task=question.task, name=name, notes=notes)
    dataset = text_dataset(table, roles, order, question=question, name=name, lengths=order.lengths)
    if roles.text:
        tokens = coded(table, roles.features[0], order)
        dataset = replace(dataset, tokens=tokens)
        if (blank := sum(not token.strip() for token in tokens.lexicon)) > 0:
            notes.append(f"{blank} different tokens consist of spaces only.")
    else:
        values = feature_values(table, roles, question.task)
        dataset = replace(dataset, values=values[order.order])
    if roles.has_targets:
        tags = coded(table, roles.target, order, tags=True)
        every = np.arange(len(tags), dtype=np.int64)
        dataset = replace(dataset, answers=tags, answer_of=every)
    return dataset.with_notes(*notes)


def coded(table: Table, column: str, order: Order, *, tags: bool = False) -> Tokens:
    """Return a column as tokens of the sequences; ``tags`` are stripped and never empty.

    Cells are looked at once for each different one, so half a million rows take no time.

    Raises:
        DataError: a cell is null, or a tag is empty.
    """
    found, unique = pd.factorize(table.frame[column].to_numpy(dtype=object))
    texts = [_text(cell, strip=tags) for cell in unique]
    bad = found < 0
    if tags and "" in texts:
        bad |= found == texts.index("")
    if bad.any():
        where = table.where(int(np.argmax(bad)), column)
        raise missing_target(where) if tags else _no_token(where)
    lexicon = tuple(sorted(set(texts)))
    number = {text: code for code, text in enumerate(lexicon)}
    codes = np.array([number[text] for text in texts], dtype=lexicon_type(len(lexicon)))
    return Tokens(codes=codes[found][order.order], lengths=order.lengths, lexicon=lexicon)


def tags_of(sequences: object, lengths: npt.NDArray[np.int64]) -> Tokens:
    """Return lists of tags as tokens, one tag for each step of N sequences.

    Raises:
        DataError: there is not one list for each sequence and one tag for each step.
    """
    rows = [list(map(_plain, row)) for row in _listed(sequences)]
    if len(rows) != len(lengths):
        raise _unfit("y", f"{len(lengths)} lists of tags", str(len(rows)))
    for i, (row, length) in enumerate(zip(rows, lengths.tolist(), strict=True)):
        if len(row) != length:
            raise _unfit(f"y[{i}]", f"{length} tags, one for each step", str(len(row)))
        if "" in row:
            raise missing_target(f"y[{i}][{row.index('')}]")
    return Tokens.of(rows)


def _listed(sequences: object) -> list[list[object]]:
    """Return y as lists; an entry that is no list has no tags."""
    if isinstance(sequences, np.ndarray | pd.Series):
        sequences = sequences.tolist()
    if not isinstance(sequences, list | tuple):
        raise _unfit("y", "a list with the tags of each sequence", type(sequences).__name__)
    rows: list[list[object]] = []
    for i, row in enumerate(sequences):
        if isinstance(row, str) or not isinstance(row, list | tuple | np.ndarray | pd.Series):
            raise _unfit(f"y[{i}]", "a list of tags", repr(row)[:40])
        rows.append(list(row))
    return rows


def _plain(tag: object) -> str:
    return "" if tag is None or tag != tag else _text(tag, strip=True)  # noqa: PLR0124 - NaN


def _text(cell: object, *, strip: bool) -> str:
    """Return a cell as text; 3.0 as ``3``."""
    if isinstance(cell, float | np.floating) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() if strip else str(cell)


def _no_token(where: str) -> DataError:
    return DataError(
        wanted="a token in every row",
        got="a missing one (null)",
        where=where,
        todo="Fill it in or remove the row.",
    )


def _unfit(where: str, wanted: str, got: str) -> DataError:
    todo = "Give as many tags as the sequence has steps."
    return DataError(wanted=wanted, got=got, where=where, todo=todo)
