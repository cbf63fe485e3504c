"""CSV and TSV with a header line; the separator is the one of comma, semicolon, tab it uses most.

Cells stay text.  Numbers, times and names are told apart later, by the role of their column, so
an identifier ``007`` or ``NA`` is never mistaken.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from actselect.data.readers._text import read_text
from actselect.data.table import Table, no_rows, refuse_duplicate_names
from actselect.exceptions import DataError

MAX_COLUMNS = 20_000
"""A guard against files that are no tables; wide sequences are shorter than this."""

_SOMETHING = re.compile(r"\S")

MAX_WORDS = 6
"""Longest column name of a table of texts.  A judgement: what is longer is a text."""


def read_delimited(path: Path) -> Table:
    """Return a CSV or TSV file as a table of text, with the line each row ended on.

    Raises:
        DataError: not UTF-8, no header, a column name twice, rows of different length, a quote that
            is never closed, or no rows.
    """
    text = read_text(path)
    rows = _rows(path, text, _separator(text))
    header_line, header = next(rows, (1, []))
    if not header:
        raise no_rows(path.name)
    names, notes = _header(path, header_line, header)
    lines: list[int] = []
    cells: list[list[str]] = []
    for line, row in rows:
        if len(row) != len(names):
            raise _ragged(path, line, len(row), len(names))
        lines.append(line)
        cells.append(row)
    if not cells:
        raise no_rows(f"{path.name}, after its header")
    columns = dict(zip(names, map(list, zip(*cells, strict=True)), strict=True))
    return Table(
        frame=pd.DataFrame(columns, dtype=object),
        source=path.name,
        rows=np.array(lines, dtype=np.int64),
        unit="line",
        notes=notes,
    )


def read_headed(path: Path) -> Table:
    """Return a table of texts; its first line must be column names, not the first text.

    Raises:
        DataError: as :func:`read_delimited`, or the first line holds a sentence, or what the rows
            below hold again and again, as a label does.
    """
    first = _first_line(read_text(path))
    between = "\t" if "\t" in first else _separator(first)  # a text may hold more commas than tabs
    if max(len(cell.split()) for cell in first.split(between)) > MAX_WORDS:
        raise _headless(path, first)
    table = read_delimited(path)
    for name in table.columns:
        if int((table.frame[name] == name).sum()) > 1:
            raise _headless(path, first)
    return table


def _separator(text: str) -> str:
    """Return the separator that the first line holds most often outside quotes."""
    bare = "".join(_first_line(text).split('"')[::2])
    return max(",;\t", key=bare.count)


def _first_line(text: str) -> str:
    """Return the first line that is not blank."""
    found = _SOMETHING.search(text)
    if found is None:
        return ""
    start, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.start())
    return text[start:] if end < 0 else text[start:end]


def _rows(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells); empty lines end a file, and are a missing value in a single column."""
    lines = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True)  # StringIO: four bytes a letter
    blank: list[int] = []
    width = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                wanted="cells, quoted with a closed pair of double quotes where they need it",
                got=str(error),
                where=f"{path.name}, line {max(1, reader.line_num)}",
                todo="Close the quote or remove it; a cell holds at most 131072 characters.",
            ) from error
        if not row:
            blank.append(reader.line_num)
            continue
        if width == 1:
            yield from ((line, [""]) for line in blank)
        blank.clear()
        width = width or len(row)
        yield reader.line_num, row


def _header(path: Path, line: int, header: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return column names, blank ones numbered, and notes about them."""
    where = f"{path.name}, line {line}"
    if len(header) > MAX_COLUMNS:
        raise DataError(
            wanted=f"at most {MAX_COLUMNS} columns",
            got=str(len(header)),
            where=where,
            todo="Use the long format: one row a step, with a column that names the series.",
        )
    names = [name.strip() or f"column {i}" for i, name in enumerate(header, start=1)]
    if all(_is_number(name) for name in names):
        raise DataError(
            wanted="column names in the first line",
            got=f"numbers ({header[0]}, ...)",
            where=where,
            todo="Add a line with column names on top; a UCR file ends in .tsv.",
        )
    refuse_duplicate_names(names, where)
    blank = [str(i) for i, name in enumerate(header, start=1) if not name.strip()]
    notes = (f"Columns without a name were numbered: {', '.join(blank)}.",) if blank else ()
    return names, notes


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _ragged(path: Path, line: int, got: int, wanted: int) -> DataError:
    return DataError(
        wanted=f"{wanted} cells, as in the header",
        got=str(got),
        where=f"{path.name}, line {line}",
        todo="Correct the row; a cell with a separator in it needs double quotes.",
    )


def _headless(path: Path, first: str) -> DataError:
    return DataError(
        wanted="column names in the first line, such as text and label",
        got=repr(first[:40]),
        where=f"{path.name}, line 1",
        todo="Add a line with column names. Texts with labels may be CSV, TSV, JSON lines, "
        "Parquet, or a folder with one subfolder for each label.",
    )
