"""Series as gluonts writes them in JSON lines: a start and a list of values, one series a line.

Source: Alexandrov et al. 2020, https://jmlr.org/papers/v21/19-820.html, and the field names of
https://ts.gluon.ai/stable/api/gluonts/gluonts.dataset.field_names.html.

Notation: N series, S steps of all series; a dynamic feature has one value a step, a static one one
value a series.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from actselect.data.readers._calendar import Frequency, pandas_frequency, stamps
from actselect.data.readers._gluonts_features import LISTS, Line, bad, features, numbers, repeated
from actselect.data.table import Table, refuse_duplicate_names
from actselect.exceptions import DataError
from actselect.records import IntArray

START, TARGET, NAME, FREQUENCY = "start", "target", "item_id", "freq"
_YEAR = re.compile(r"\d{4}(-|$)")


def is_gluonts(record: dict[str, Any]) -> bool:
    """True for a record with a start and values, or with features under the names of gluonts.

    >>> is_gluonts({"start": "2024-01-01", "target": [1, 2]}), is_gluonts({"target": [1, 2]})
    (True, False)
    """
    values = isinstance(record.get(TARGET), list)
    listed = any(isinstance(record.get(key), list) for key in LISTS if key != "cat")
    return (values and START in record) or (listed and (values or START in record))


def gluonts_table(path: Path, records: list[dict[str, Any]], lines: IntArray) -> Table:
    """Return a long table: series, time (where ``freq`` is given), target, and the features.

    ``"NaN"`` and null are missing values; static features are repeated for every step.

    Args:
        path: the file, for messages.
        records: the object of each line.
        lines: (N,) where they stand.

    Raises:
        DataError: a line lacks ``start`` or ``target``, a value is no number, a feature has another
            length than the target or another number than before, or a name is used twice.
    """
    found = [
        Line(record=record, where=f"{path.name}, line {line}")
        for record, line in zip(records, lines.tolist(), strict=True)
    ]
    for line in found:
        _require(line)
    targets = [numbers(line, TARGET, line.record[TARGET]) for line in found]
    lengths = np.array([len(values) for values in targets], dtype=np.int64)
    series, names = _names(found, lines)
    columns = {series: repeated(names, lengths)}
    notes: list[str] = []
    time = _times(found, lengths, notes)
    if time is not None:
        columns["time"] = pd.Series(time)
    columns[TARGET] = pd.Series(np.concatenate(targets))
    added = features(found, lengths, (START, TARGET, NAME, FREQUENCY))
    refuse_duplicate_names([*columns, *added], path.name)
    return Table(
        frame=pd.DataFrame(columns | added),
        source=path.name,
        rows=np.repeat(lines, lengths),
        unit="line",
        series=series,
        notes=tuple(notes),
    )


def _require(line: Line) -> None:
    for key, wanted in ((START, "the first time"), (TARGET, "a list of values")):
        if key not in line.record:
            raise bad(line.where, f"{key!r}, {wanted}, in every line", "none")
    if not isinstance(line.record[TARGET], list) or not line.record[TARGET]:
        got = "an empty one" if line.record[TARGET] == [] else repr(line.record[TARGET])[:40]
        raise bad(f"{line.where}, key {TARGET!r}", "a list of values", got)


def _names(found: list[Line], lines: IntArray) -> tuple[str, list[str]]:
    """Return the column that names the series, and their names."""
    if not any(NAME in line.record for line in found):
        return "line", [str(line) for line in lines]
    names = [line.record.get(NAME) for line in found]
    texts = ["" if name is None else str(name) for name in names]
    seen: set[str] = set()
    for text, line in zip(texts, found, strict=True):
        if not text or text in seen:
            got = f"{text[:40]!r} twice" if text else "none"
            raise bad(f"{line.where}, key {NAME!r}", "a name of its own for each series", got)
        seen.add(text)
    return NAME, texts


def _times(
    found: list[Line], lengths: IntArray, notes: list[str]
) -> npt.NDArray[np.datetime64] | None:
    """Return (S,) times; None, and a note, where the order of the steps must do."""
    starts = np.array([_start(line).to_datetime64() for line in found], dtype="datetime64[s]")
    frequencies = {str(line.record.get(FREQUENCY)): line for line in found}
    if set(frequencies) == {str(None)}:
        notes.append("No 'freq' in the file: its starts were left out, the order of steps counts.")
        return None
    if len(frequencies) > 1:
        where = list(frequencies.values())[-1].where
        raise bad(f"{where}, key {FREQUENCY!r}", "one frequency in all lines", "another")
    time = stamps(starts, lengths, _frequency(found[0]))
    if time is None:
        notes.append("Times outside 1678-2261 were left out, the order of steps counts.")
    return time


def _frequency(line: Line) -> Frequency:
    name = line.record[FREQUENCY]
    found = pandas_frequency(name) if isinstance(name, str) else None
    if found is None:
        wanted = "a frequency such as D, W, M, h or 15min"
        raise bad(f"{line.where}, key {FREQUENCY!r}", wanted, repr(name)[:40])
    return found


def _start(line: Line) -> pd.Timestamp:
    start = line.record[START]
    if not isinstance(start, str) or not _YEAR.match(start):  # pandas would read "now" as well
        raise _no_time(line)
    try:
        return pd.to_datetime(start, utc=True).tz_localize(None)
    except (ValueError, OverflowError) as error:
        raise _no_time(line) from error


def _no_time(line: Line) -> DataError:
    got = repr(line.record[START])[:40]
    return bad(f"{line.where}, key {START!r}", "a time such as 2000-01-31 00:00:00", got)
