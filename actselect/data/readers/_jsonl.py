"""JSON lines: one object a line.  Plain values make rows of a table; lists make sequences.

With lists, such as ``tokens`` and ``tags``, each line is one sequence: its lists are columns of
equal length, and its plain values are repeated for every step.  Two kinds of lists are no steps:

* beside a ``text``, where no list is called ``tokens``: the labels of this text, joined by ``|``;
* with ``start`` and ``target``, as gluonts writes them: see :mod:`._gluonts`.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from actselect.data.readers._gluonts import gluonts_table, is_gluonts
from actselect.data.readers._gluonts_features import LISTS
from actselect.data.readers._text import read_text
from actselect.data.table import Table, no_rows, quoted, reason
from actselect.exceptions import DataError
from actselect.records import IntArray

SERIES = "line"
"""Column that names the sequence when each line is one."""

BETWEEN = "|"
"""Stands between the labels of a text that has several."""

TEXT, TOKENS = "text", "tokens"


def read_jsonl(path: Path) -> Table:
    """Return JSON lines as a table, with the line of each row.

    Raises:
        DataError: a line is no JSON object, has a key twice, nests objects, has lists of
            different lengths, or labels that contain ``|``.
    """
    lines: list[int] = []
    records: list[dict[str, Any]] = []
    for line, text in enumerate(read_text(path).split("\n"), start=1):
        if text.strip():
            records.append(_record(text, f"{path.name}, line {line}"))
            lines.append(line)
    if not any(records):
        raise no_rows(path.name)
    numbers = np.array(lines, dtype=np.int64)
    if any(is_gluonts(record) for record in records):
        return gluonts_table(path, records, numbers)
    for record, line in zip(records, lines, strict=True):
        _refuse_nested(record, f"{path.name}, line {line}")
    if any(_lists(record) and _is_labelled(record) for record in records):
        for record, line in zip(records, lines, strict=True):
            _join_labels(record, f"{path.name}, line {line}")
    elif any(_lists(record) for record in records):
        return _exploded(path, records, numbers)
    return Table(frame=_frame(records), source=path.name, rows=numbers, unit="line")


def _frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: [record.get(name) for record in records] for name in names}
    return pd.DataFrame(columns, dtype=object)


def _lists(record: dict[str, Any]) -> dict[str, list[Any]]:
    return {key: value for key, value in record.items() if isinstance(value, list)}


def _is_labelled(record: dict[str, Any]) -> bool:
    """True where lists are labels of a text, not steps."""
    return isinstance(record.get(TEXT), str) and not isinstance(record.get(TOKENS), list)


def _record(text: str, where: str) -> dict[str, Any]:
    """Return the object of one line, checked."""
    try:
        found = json.loads(text, object_pairs_hook=_without_repeats)
    except RecursionError as error:
        raise _bad(where, "one JSON object", "brackets nested too deeply") from error
    except ValueError as error:
        raise _bad(where, "one JSON object", reason(error)) from error
    if not isinstance(found, dict):
        raise _bad(
            where,
            "one JSON object",
            {list: "a list", str: "a text", bool: "true or false"}.get(type(found), "one value"),
        )
    texts = [str(key) for key in found]
    for value in found.values():
        entries = value if isinstance(value, list) else [value]
        texts.extend(entry for entry in entries if isinstance(entry, str))
    if any("\ud800" <= letter <= "\udfff" for letter in "".join(texts)):
        raise _bad(where, "Unicode text", "half of a surrogate pair")
    return found


def _refuse_nested(record: dict[str, Any], where: str) -> None:
    for key, value in record.items():
        entries = value if isinstance(value, list) else [value]
        if any(isinstance(entry, dict | list) for entry in entries):
            hint = (
                f" {key!r} of gluonts stands beside 'start' and 'target'." if key in LISTS else ""
            )
            got = "nested values"
            raise _bad(f"{where}, key {key!r}", "a value or a flat list", got, hint)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"a key twice, {quoted(key)}")
    return found


def _join_labels(record: dict[str, Any], where: str) -> None:
    """Put the labels of a text into one cell."""
    for key, labels in _lists(record).items():
        place = f"{where}, key {key!r}"
        if not _is_labelled(record):
            raise _bad(place, f"a {TEXT!r} beside its labels, as in other lines", "none")
        for label in labels:
            if not isinstance(label, str) or BETWEEN in label or not label.strip():
                wanted = f"labels as text that is not empty and has no {BETWEEN}"
                raise _bad(place, wanted, repr(label)[:40])
        record[key] = BETWEEN.join(labels)


def _exploded(path: Path, records: list[dict[str, Any]], lines: IntArray) -> Table:
    """Return one row for each step of each line."""
    names = list(dict.fromkeys(name for record in records for name in record))
    series = SERIES
    while series in names:
        series = f"{series}_"
    columns: dict[str, list[Any]] = {name: [] for name in names}
    lengths: list[int] = []
    for record, line in zip(records, lines.tolist(), strict=True):
        sizes = {key: len(value) for key, value in _lists(record).items()}
        if len(set(sizes.values())) != 1 or 0 in sizes.values():
            got = str(sizes) if sizes else "no list, though other lines have some"
            raise _bad(f"{path.name}, line {line}", "lists of one length, not empty", got)
        lengths.append(next(iter(sizes.values())))
        for name, column in columns.items():
            value = record.get(name)
            column.extend(value if isinstance(value, list) else [value] * lengths[-1])
    rows = np.repeat(lines, lengths)
    known = np.repeat(np.array([str(line) for line in lines], dtype=object), lengths)
    frame = pd.DataFrame({series: known, **columns}, dtype=object)
    return Table(frame=frame, source=path.name, rows=rows, unit="line", series=series)


def _bad(where: str, wanted: str, got: str, hint: str = "") -> DataError:
    todo = "Write one object a line: {...} newline {...}, without a list around them."
    return DataError(wanted=wanted, got=got, where=where, todo=todo + hint)
