"""Monash .tsf: a header of @tags, then one series a line, its attributes and values between colons.

Source: Godahewa et al. 2021, arXiv:2105.06643, section 3.2.  The table is long: one row a step,
with the columns series, time (from the first attribute that is a date, and @frequency), value, and
the other attributes.

Notation: N series, S steps of all series.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from actselect.data.readers._calendar import Frequency, Stamps, monash_frequency, stamps
from actselect.data.readers._text import text_lines
from actselect.data.readers._values import parsed_values
from actselect.data.table import Table, refuse_duplicate_names
from actselect.exceptions import DataError
from actselect.records import FloatArray, IntArray

SERIES, TIME, VALUE = "series", "time", "value"
_NAME = "series_name"
_TYPES = ("string", "date", "numeric")
_IGNORED = frozenset({"relation", "missing"})


@dataclass(slots=True)
class _Header:
    """The tags of a file as they are read; attributes are (name, type) in order."""

    attributes: list[tuple[str, str]] = field(default_factory=list)
    frequency: Frequency | None = None
    equal: bool = False
    in_data: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Series:
    """N series as they are read: values (T,) of each, the attributes of each, the lines."""

    values: list[FloatArray] = field(default_factory=list)
    attributes: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def looks_like_tsf(path: Path) -> bool:
    """True when the header has attributes, as .arff has, and tags that only .ts and .tsf have."""
    with path.open("rb") as file:
        start = file.read(2**16).lower()
    tags = (b"\n@frequency", b"\n@horizon", b"\n@missing", b"\n@equallength")
    return b"\n@attribute" in start and any(tag in start for tag in tags)


def read_tsf(path: Path) -> Table:
    """Return the series of a .tsf file, with the line of each step; ``?`` is NaN.

    Raises:
        DataError: a tag, a start or a value cannot be read, a line has another number of
            attributes, or there is no @data; the message names the line.
    """
    header = _Header()
    series = _Series()
    for line, raw in text_lines(path):
        text = raw.strip()
        where = f"{path.name}, line {line}"
        if not text or text.startswith("#"):
            continue
        if text.startswith("@"):
            _tag(header, text, where)
        elif not header.in_data:
            raise _bad(where, "a tag such as @frequency before @data", repr(text[:40]))
        else:
            *attributes, values = text.split(":")
            if len(attributes) != len(header.attributes):
                wanted = f"{len(header.attributes)} attributes before the values, as in the header"
                raise _bad(where, wanted, str(len(attributes)))
            series.attributes.append([attribute.strip() for attribute in attributes])
            series.values.append(parsed_values(values.split(","), where))
            series.lines.append(line)
            if header.equal and len(series.values[-1]) != len(series.values[0]):
                wanted = f"{len(series.values[0])} values, as @equallength true promises"
                raise _bad(where, wanted, str(len(series.values[-1])))
    if not series.lines:
        raise _bad(path.name, "a line @data and series after it", "none")
    return _table(path, header, series)


def _tag(header: _Header, text: str, where: str) -> None:
    """Read one line that begins with @ into the header."""
    tag, *words = text[1:].split() or [""]
    key = tag.lower()
    if header.in_data:
        raise _bad(where, "series only after @data", repr(text[:40]))
    if key == "data":
        header.in_data = True
    elif key == "attribute":
        header.attributes.append(_attribute(words, where))
    elif key == "frequency":
        header.frequency = monash_frequency(" ".join(words).lower())
        if header.frequency is None:
            wanted = "a frequency such as yearly, monthly, daily, half_hourly or 10_minutes"
            raise _bad(where, wanted, " ".join(words)[:40] or "nothing")
    elif key == "equallength":
        header.equal = [word.lower() for word in words] == ["true"]
    elif key == "horizon":
        header.notes.append(f"The file names a horizon: {' '.join(words)[:20]}.")
    elif key not in _IGNORED:
        header.notes.append(f"The tag @{tag[:40]} was not understood and has no effect.")


def _attribute(words: list[str], where: str) -> tuple[str, str]:
    """Return name and type."""
    if len(words) != 2 or words[1].lower() not in _TYPES:
        raise _bad(where, f"a name and one of {', '.join(_TYPES)}", " ".join(words)[:40])
    name, kind = words[0], words[1].lower()
    if name == _NAME and kind == "date":
        raise _bad(where, f"{_NAME} to be a name, of type string", kind)
    return name, kind


def _table(path: Path, header: _Header, series: _Series) -> Table:
    names = [name for name, _ in header.attributes]
    refuse_duplicate_names(names, path.name)
    given = dict(zip(names, map(list, zip(*series.attributes, strict=True)), strict=True))
    lengths = np.array([len(values) for values in series.values], dtype=np.int64)
    known = given.pop(_NAME, None) or [f"T{i + 1}" for i in range(len(lengths))]
    _refuse_repeats(path, known, series.lines)
    start = next((name for name, kind in header.attributes if kind == "date"), "")
    time = _times(path, header, given.pop(start), lengths, series.lines) if start else None
    columns = {SERIES: _repeated(known, lengths)}
    if time is not None:
        columns[TIME] = pd.Series(time)
    columns[VALUE] = pd.Series(np.concatenate(series.values))
    refuse_duplicate_names([*columns, *given], path.name)
    columns |= {name: _repeated(column, lengths) for name, column in given.items()}
    return Table(
        frame=pd.DataFrame(columns),
        source=path.name,
        rows=np.repeat(np.array(series.lines, dtype=np.int64), lengths),
        unit="line",
        series=SERIES,
        notes=tuple(header.notes),
    )


def _repeated(texts: list[str], lengths: IntArray) -> pd.Series:
    """Return (S,) text: that of each series for each of its steps."""
    return pd.Series(np.repeat(np.array(texts, dtype=object), lengths), dtype=object)


def _refuse_repeats(path: Path, names: list[str], lines: list[int]) -> None:
    seen: set[str] = set()
    for name, line in zip(names, lines, strict=True):
        if name in seen or not name:
            got = f"{name[:40]!r} twice" if name else "an empty one"
            raise _bad(f"{path.name}, line {line}", "a name of its own for each series", got)
        seen.add(name)


def _times(
    path: Path, header: _Header, starts: list[str], lengths: IntArray, lines: list[int]
) -> Stamps | None:
    """Return (S,) times, or None and a note where the order of the steps must do."""
    first = np.empty(len(starts), dtype="datetime64[s]")
    for i, start in enumerate(starts):
        try:
            first[i] = datetime.strptime(start, "%Y-%m-%d %H-%M-%S")  # noqa: DTZ007 - no zone
        except ValueError:
            where = f"{path.name}, line {lines[i]}"
            raise _bad(where, "a start such as 2000-01-31 00-00-00", repr(start[:40])) from None
    if header.frequency is None:
        header.notes.append("No @frequency: the starts were left out, the order of steps counts.")
        return None
    time = stamps(first, lengths, header.frequency)
    if time is None:
        header.notes.append("Times outside 1678-2261 were left out, the order of steps counts.")
    return time


def _bad(where: str, wanted: str, got: str) -> DataError:
    return DataError(wanted=wanted, got=got, where=where, todo="Correct the line or the header.")
