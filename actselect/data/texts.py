"""From a table of texts to sequences of tokens: texts with labels, and pairs of texts.

Notation: R rows, N texts, S tokens of all texts.

A row is a text; where a series column says which rows belong together, they are joined by spaces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.columns import labels
from actselect.data.dataset import SequenceDataset
from actselect.data.layout import groups_of, sets_of
from actselect.data.ordering import Order, by_column, constant, each_row
from actselect.data.parts import masks_of, with_masks
from actselect.data.question import Question
from actselect.data.roles import Roles
from actselect.data.table import Table, shown
from actselect.data.tokenizing import Tokenizer, lexicon_type
from actselect.data.tokens import Tokens
from actselect.exceptions import DataError


def text_format(table: Table, roles: Roles, *, question: Question, name: str) -> SequenceDataset:
    """Return one sequence of tokens for each text, with its label or its set of labels.

    Raises:
        DataError: a text or label is null, all texts are empty, or a label, group or part changes
            inside a sequence.
    """
    order = text_order(table, roles)
    texts = joined_rows(table, roles.features[0], order)
    tokens, notes = input_tokens(texts, question.splits, table, roles.features[0])
    dataset = text_dataset(
        table, roles, order, question=question, name=name, lengths=tokens.lengths
    )
    dataset = replace(dataset, tokens=tokens).with_notes(*notes)
    if not roles.has_targets:
        return dataset
    if question.multilabel:
        sets = sets_of(table, roles.target, order)
        return replace(dataset, answers=sets, answer_of=np.arange(len(sets), dtype=np.int64))
    found = np.array(labels(table, roles.target), dtype=np.str_)[order.order]
    targets = constant(table, found, order, roles.target, "label")
    dataset = replace(dataset, targets=targets)
    return dataset.with_notes(*_label_notes(table, roles.target, texts, targets))


def pair_format(table: Table, roles: Roles, *, question: Question, name: str) -> SequenceDataset:
    """Return one sequence of tokens for each source, with its target as the answer.

    Raises:
        DataError: a text is null, all sources are empty, or a target is empty.
    """
    order = text_order(table, roles)
    texts = joined_rows(table, roles.features[0], order)
    tokens, notes = input_tokens(texts, question.splits, table, roles.features[0])
    dataset = text_dataset(
        table, roles, order, question=question, name=name, lengths=tokens.lengths
    )
    dataset = replace(dataset, tokens=tokens).with_notes(*notes)
    if not roles.has_targets:
        return dataset
    answers = question.splits.encode(joined_rows(table, roles.target, order))
    if not answers.lengths.all():
        first = int(order.starts[int(np.argmin(answers.lengths))])
        raise DataError(
            wanted="a target text",
            got="an empty one",
            where=table.where(int(order.order[first]), roles.target),
            todo="Fill it in or remove the row.",
        )
    return replace(dataset, answers=answers, answer_of=np.arange(len(answers), dtype=np.int64))


def text_order(table: Table, roles: Roles) -> Order:
    """Return the rows of each text."""
    return each_row(table) if roles.series is None else by_column(table, roles.series)


def text_dataset(
    table: Table,
    roles: Roles,
    order: Order,
    *,
    question: Question,
    name: str,
    lengths: npt.NDArray[np.int64],
) -> SequenceDataset:
    """Return what all data sets of texts have: names, groups, parts, notes, (S, 0) values."""
    dataset = SequenceDataset(
        name=name,
        values=np.zeros((int(lengths.sum()), 0)),
        lengths=lengths,
        feature_names=roles.features,
        target_name=roles.target,
        series=order.series,
        groups=groups_of(table, roles, order),
        time=order.time,
        notes=(*table.notes, *roles.notes),
    )
    return with_masks(dataset, masks_of(table, roles.split, order, respect=question.parts))


def text_cells(table: Table, column: str) -> list[str]:
    """Return (R,) cells as text.

    Raises:
        DataError: a cell is null.
    """
    values = table.frame[column]
    missing = pd.isna(values).to_numpy()
    if missing.any():
        raise DataError(
            wanted="a text in every row",
            got="a missing one (null)",
            where=table.where(int(np.argmax(missing)), column),
            todo='Fill it in or remove the row; an empty text is written "".',
        )
    return [cell if isinstance(cell, str) else str(cell) for cell in values.tolist()]


def joined_rows(table: Table, column: str, order: Order) -> list[str]:
    """Return N texts, the cells of each sequence joined by spaces.

    Raises:
        DataError: a cell is null.
    """
    cells = text_cells(table, column)
    if len(order.lengths) == len(cells):
        return [cells[row] for row in order.order.tolist()]
    rows = np.split(order.order, order.starts[1:])
    return [" ".join(cells[row] for row in own.tolist()) for own in rows]


def input_tokens(
    texts: Sequence[str], tokenizer: Tokenizer, table: Table, column: str
) -> tuple[Tokens, tuple[str, ...]]:
    """Return the tokens of texts, the one token "" for an empty text, and a note on those.

    Raises:
        DataError: all texts are empty.
    """
    tokens = tokenizer.encode(texts)
    empty = int((tokens.lengths == 0).sum())
    if empty == len(texts):
        raise all_empty(table, column)
    if not empty:
        return tokens, ()
    return filled(tokens), (f"{empty} of {len(texts)} texts are empty.",)


def all_empty(table: Table, column: str) -> DataError:
    """Return the error for a column without a single token."""
    return DataError(
        wanted="texts",
        got="only empty ones",
        where=table.where(column=column),
        todo="Check that this is the column of texts; name another with features.",
    )


def filled(tokens: Tokens) -> Tokens:
    """Return the texts with the one token "" where they are empty.

    >>> filled(Tokens.of([["a"], []])).text(1)
    ('',)
    """
    empty = tokens.lengths == 0
    lexicon = tuple(sorted({*tokens.lexicon, ""}))
    codes = tokens.codes.astype(lexicon_type(len(lexicon)))
    if "" not in tokens.lexicon:
        codes += 1  # the empty token is the first of all
    return Tokens(
        codes=np.insert(codes, tokens.starts[empty], 0),
        lengths=np.maximum(tokens.lengths, 1),
        lexicon=lexicon,
    )


def united(first: Tokens, second: Tokens) -> Tokens:
    """Return the texts of both, over one lexicon.

    >>> both = united(Tokens.of([["b"]]), Tokens.of([["a", "b"]]))
    >>> both.lexicon, both.codes.tolist(), both.lengths.tolist()
    (('a', 'b'), [1, 0, 1], [1, 2])
    """
    lexicon = tuple(sorted({*first.lexicon, *second.lexicon}))
    number = {token: code for code, token in enumerate(lexicon)}
    kind = lexicon_type(len(lexicon))
    codes = [
        np.array([number[token] for token in tokens.lexicon], dtype=kind)[tokens.codes]
        if tokens.lexicon != lexicon
        else np.asarray(tokens.codes)
        for tokens in (first, second)
    ]
    return Tokens(
        codes=np.concatenate(codes),
        lengths=np.concatenate([first.lengths, second.lengths]),
        lexicon=lexicon,
    )


def _label_notes(
    table: Table, column: str, texts: Sequence[str], targets: npt.NDArray[np.generic]
) -> list[str]:
    """Return notes on labels that look alike, and on texts with more than one label."""
    notes = []
    raw = {cell for cell in table.frame[column].tolist() if isinstance(cell, str)}
    if padded := sorted(cell for cell in raw if cell != cell.strip()):
        notes.append(f"Spaces around labels were dropped: {shown(map(repr, padded), 4)}.")
    alike = Counter(" ".join(str(label).lower().split()) for label in set(targets.tolist()))
    if several := sorted(key for key, count in alike.items() if count > 1):
        notes.append(
            f"Labels that differ in case or spaces only count as different: {shown(several, 4)}."
        )
    known: dict[str, set[str]] = {}
    for text, label in zip(texts, targets.tolist(), strict=True):
        known.setdefault(text, set()).add(label)
    if (twofold := sum(len(found) > 1 for found in known.values())) > 0:
        notes.append(f"{twofold} texts stand with more than one label.")
    return notes
