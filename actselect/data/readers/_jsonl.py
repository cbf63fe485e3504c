"""JSON lines: one object a line.  Plain values make rows of a table; lists make sequences.

With lists, as gluonts writes them, each line is one sequence: its lists are columns of equal
length, and its plain values are repeated for every step.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from actselect.data.readers._text import read_text
from actselect.data.table import Table, no_rows, reason
from actselect.exceptions import DataError
from actselect.records import IntArray

SERIES = "line"
"""Column that names the sequence when each line is one."""


def read_jsonl(path: Path) -> Table:
    """Return JSON lines as a table, with the line of each row.

    Raises:
        DataError: a line is no JSON object, has a key twice, nests objects, or has lists of
            different lengths.
    """
    lines: list[int] = []
    records: list[dict[str, Any]] = []
    for line, text in enumerate(read_text(path).split("\n"), start=1):
        if text.strip():
            records.append(_record(text, f"{path.name}, line {line}"))
            lines.append(line)
    if not records:
        raise no_rows(path.name)
    numbers = np.array(lines, dtype=np.int64)
    if any(isinstance(value, list) for record in records for value in record.values()):
        return _exploded(path, records, numbers)
    return Table(frame=_frame(records), source=path.name, rows=numbers, unit="line")


def _frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: [record.get(name) for record in records] for name in names}
    return pd.DataFrame(columns, dtype=object)


def _record(text: str, where: str) -> dict[str, Any]:
    """Return the object of one line, checked."""
    try:
        found = json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise _bad(where, "one JSON object", reason(error)) from error
    if not isinstance(found, dict):
        raise _bad(where, "one JSON object", f"a {type(found).__name__}")
    texts = [str(key) for key in found]
    for key, value in found.items():
        entries = value if isinstance(value, list) else [value]
        texts.extend(entry for entry in entries if isinstance(entry, str))
        if any(isinstance(entry, dict | list) for entry in entries):
            raise _bad(f"{where}, key {key!r}", "a value or a flat list", "nested values")
    if any("\ud800" <= letter <= "\udfff" for letter in "".join(texts)):
        raise _bad(where, "Unicode text", "half of a surrogate pair")
    return found


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def _exploded(path: Path, records: list[dict[str, Any]], lines: IntArray) -> Table:
    """Return one row for each step of each line."""
    parts = []
    for record, line in zip(records, lines.tolist(), strict=True):
        sizes = {key: len(value) for key, value in record.items() if isinstance(value, list)}
        if len(set(sizes.values())) != 1 or 0 in sizes.values():
            raise _bad(f"{path.name}, line {line}", "lists of one length, not empty", str(sizes))
        plain = {SERIES: str(line), **record}
        parts.append(pd.DataFrame(plain, dtype=object))
    frame = pd.concat(parts, ignore_index=True)
    rows = np.array(frame[SERIES].tolist(), dtype=np.int64)
    return Table(frame=frame, source=path.name, rows=rows, unit="line", series=SERIES)


def _bad(where: str, wanted: str, got: str) -> DataError:
    todo = "Write one object a line: {...} newline {...}, without a list around them."
    return DataError(wanted=wanted, got=got, where=where, todo=todo)
