"""What each column of a table of texts is for; what nobody named is guessed by its name.

Every guess is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actselect.data.columns import is_text
from actselect.data.parts import split_column
from actselect.data.roles import (
    Columns,
    Roles,
    as_needed,
    check_named,
    found_time,
    given_features,
    numeric,
)
from actselect.data.table import Table, shown
from actselect.exceptions import DataError, UsageError

TEXT_NAMES = (
    "text", "sentence", "document", "content", "review", "question", "utterance", "message",
    "body", "tweet", "title",
)  # fmt: skip
LABEL_NAMES = ("label", "labels", "class", "category", "intent", "sentiment", "target", "y")
TOKEN_NAMES = ("token", "tokens", "word", "words", "form", "text")
TAG_NAMES = (
    "tag", "tags", "ner", "ner_tags", "ner_tag", "upos", "pos", "pos_tags", "label", "labels"
)  # fmt: skip
IMAGE_NAMES = ("image", "file", "file_name", "filename", "img", "image_name")
CAPTION_NAMES = ("caption", "captions", "text", "sentence", "comment")
SOURCE_NAMES = ("source", "src", "input", "question")
TARGET_NAMES = ("target", "tgt", "output", "answer")

INPUT_NAMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "text-classification": ("text", TEXT_NAMES),
    "language-modeling": ("text", TEXT_NAMES),
    "tagging": ("token", TOKEN_NAMES),
    "captioning": ("image", IMAGE_NAMES),
    "sequence-to-sequence": ("source", SOURCE_NAMES),
}
"""What the input column of a task is called in messages, and names it is guessed by, in order."""

OUTPUT_NAMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "text-classification": ("label", LABEL_NAMES),
    "tagging": ("tag", TAG_NAMES),
    "captioning": ("caption", CAPTION_NAMES),
    "sequence-to-sequence": ("target", TARGET_NAMES),
}
"""The same for the column to predict; a language model has none of its own."""


def assign_text_roles(table: Table, columns: Columns, *, task: str, predict: bool = False) -> Roles:
    """Check the columns the user named and find the ones left open; guesses become notes.

    To ``predict``, neither groups nor the column to predict are needed.

    Raises:
        DataError: a column does not exist, has two roles, or cannot be guessed.
        UsageError: a column is named that the task does not have.

    >>> import pandas as pd
    >>> from actselect.data.table import from_frame
    >>> table = from_frame(pd.DataFrame({"review": ["Fine."], "label": ["good"]}), "frame")
    >>> found = assign_text_roles(table, Columns(), task="text-classification")
    >>> found.features, found.target
    (('review',), 'label')
    """
    _refuse_unfit(columns, task)
    columns = as_needed(table, columns, task, predict=predict)
    check_named(table, columns.named)
    split = split_column(table, {*columns.named.values(), *(columns.features or ())})
    notes: list[str] = []
    time = columns.time
    if time is None and task == "tagging" and columns.series is not None:
        sure = (
            _by_name(table.columns, names) for _, names in (INPUT_NAMES[task], OUTPUT_NAMES[task])
        )
        known = (*(columns.features or ()), *(name for name in sure if name is not None))
        time = found_time(table, replace(columns, features=known), notes)
    taken = {name for name in (time, columns.series, columns.group, split) if name is not None}
    given = () if columns.features is None else given_features(table, columns.features, taken)
    free = [c for c in table.columns if c not in taken | {columns.target, *given}]
    target = columns.target
    if target is None and task in OUTPUT_NAMES:
        target = _by_name(free, OUTPUT_NAMES[task][1])
        free = [c for c in free if c != target]
    features, is_token = _inputs(table, given, free, task, notes)
    if target is None and task in OUTPUT_NAMES and not predict:
        free = [c for c in free if c not in features]
        target = _last_chance(table, free, task)
    if target is not None and columns.target is None and not predict:
        notes.append(f"Column {target!r} was taken for the {OUTPUT_NAMES[task][0]}.")
    return Roles(
        target=target or "",
        has_targets=target is not None and not predict,
        features=features,
        time=time,
        series=columns.series,
        group=columns.group,
        notes=tuple(notes),
        split=split,
        text=is_token,
    )


def _refuse_unfit(columns: Columns, task: str) -> None:
    """Raise UsageError for a role that the task does not have."""
    if task != "tagging" and columns.time is not None:
        raise UsageError(
            f"The 'time' parameter of load must be left out for {task}: a text has its own order. "
            f"Got {columns.time!r}."
        )
    if task == "language-modeling" and columns.target is not None:
        raise UsageError(
            "The 'target' parameter of load must be left out for language-modeling: a text is its "
            f"own target. Name the text column with features. Got {columns.target!r}."
        )
    if task == "captioning" and columns.series is not None:
        raise UsageError(
            "The 'series' parameter of load must be left out for captioning: each image is one. "
            f"Got {columns.series!r}."
        )


def _inputs(
    table: Table, given: tuple[str, ...], free: list[str], task: str, notes: list[str]
) -> tuple[tuple[str, ...], bool]:
    """Return the input columns, and whether they are text."""
    role, names = INPUT_NAMES[task]
    if given:
        texts = [column for column in given if is_text(table, column)]
        if task == "tagging" and not texts:
            return given, len(given) == 1 and given[0].lower() in names
        if len(given) > 1:
            raise DataError(
                wanted=f"one {role} column",
                got=f"{len(given)}: {shown(given)}",
                where=table.source,
                todo="Name a single one with features.",
            )
        return given, True
    found = _by_name(free, names)
    if found is None:
        texts = [column for column in free if is_text(table, column)]
        if task == "tagging" and not texts and free:
            return numeric(table, free, notes), False
        found = _only(table, texts, free, task)
    notes.append(f"Column {found!r} was taken for the {role}.")
    return (found,), True


def _only(table: Table, texts: list[str], free: list[str], task: str) -> str:
    """Return the only column of text (the first of two in a table of pairs)."""
    role, _ = INPUT_NAMES[task]
    if len(texts) == 1 or (task == "sequence-to-sequence" and len(texts) == 2):
        return texts[0]
    if len(free) == 1:
        return free[0]
    got = f"several of text: {shown(texts)}" if texts else f"the columns {shown(table.columns)}"
    example = (texts or free or table.columns)[0]
    raise DataError(
        wanted=f"a {role} column",
        got=got,
        where=table.source,
        todo=f"Say which one it is, for instance features=[{example!r}] (--features {example}).",
    )


def _last_chance(table: Table, free: Sequence[str], task: str) -> str:
    """Return the last column for tags, the only text left for sentences."""
    role, _ = OUTPUT_NAMES[task]
    texts = [column for column in free if is_text(table, column)]
    if task == "tagging" and free:
        return free[-1]
    if task in {"captioning", "sequence-to-sequence"} and len(texts) == 1:
        return texts[0]
    example = (free or table.columns)[-1]
    raise DataError(
        wanted=f"a {role} column",
        got=f"none named, and the columns {shown(table.columns)}",
        where=table.source,
        todo=f"Say which one to predict, for instance target={example!r} (--target {example}).",
    )


def _by_name(free: Sequence[str], names: Sequence[str]) -> str | None:
    """Return the first free column that has one of these names, in their order."""
    known = {column.lower(): column for column in reversed(free)}
    return next((known[name] for name in names if name in known), None)
