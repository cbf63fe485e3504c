"""Weka .arff: a header of attributes, then one case a line; sparse data are refused.

Source: https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/.  A plain file gives
a wide table, one row a case, one column an attribute.  A file with one relational attribute, as the
UEA archive writes sequences of several dimensions, gives sequences: :mod:`._arff_relational`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from actselect.data.dataset import SequenceDataset
from actselect.data.readers._arff_relational import relational_dataset
from actselect.data.readers._text import read_text
from actselect.data.table import Table, refuse_duplicate_names
from actselect.exceptions import DataError

_NUMERIC = frozenset({"numeric", "real", "integer"})
_KINDS = frozenset({*_NUMERIC, "string", "date", "relational"})
_QUOTED = r"'[^'\\]*(?:\\.[^'\\]*)*'|\"[^\"\\]*(?:\\.[^\"\\]*)*\""
_CELL = re.compile(rf"\s*({_QUOTED}|[^,'\"\s][^,]*|)\s*(,|$)", re.DOTALL)
_ATTRIBUTE = re.compile(rf"({_QUOTED}|[^\s'\"{{][^\s{{]*)(?:\s+|(?={{))(.+)", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute: its name, its kind, and the values it may take if that is ``nominal``."""

    name: str
    kind: str
    values: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Header:
    """The attributes as they are read; ``inside`` names the relational one that is open."""

    attributes: list[Attribute] = field(default_factory=list)
    inside: str | None = None
    in_data: bool = False


def read_arff(path: Path) -> Table | SequenceDataset:
    """Return an .arff file: a wide table, or sequences where an attribute is relational.

    Attributes of numbers become columns of float64; ``?`` is a missing value.

    Raises:
        DataError: a line cannot be read, has another number of values than there are attributes,
            a value that is not declared, a quote without its pair, or is sparse.
    """
    header = _Header()
    lines: list[int] = []
    cells: list[str | None] = []
    for line, raw in enumerate(read_text(path).split("\n"), start=1):
        text = raw.strip()
        where = f"{path.name}, line {line}"
        if not text or text.startswith("%"):
            continue
        if not header.in_data:
            _declare(header, text, where)
            continue
        if text.startswith("{"):
            todo = "Save the file as a dense one, for instance with Weka's SparseToNonSparse."
            raise _bad(where, "the values of all attributes", "a sparse case", todo)
        cells.extend(_case(header.attributes, text, where))
        lines.append(line)
    if not lines:
        raise _bad(path.name, "a line @data and cases after it", "none")
    names = [attribute.name for attribute in header.attributes]
    refuse_duplicate_names(names, path.name)
    table = _table(path, header.attributes, cells, lines)
    kinds = [attribute.kind for attribute in header.attributes]
    return relational_dataset(path, table, kinds) if "relational" in kinds else table


def _declare(header: _Header, text: str, where: str) -> None:
    """Read one line before the data into the header."""
    tag, _, rest = text.partition(" ") if " " in text else text.partition("\t")
    key = tag.lower()
    if key == "@data":
        header.in_data = True
        if not header.attributes or header.inside is not None:
            wanted = "attributes before @data" if header.inside is None else f"@end {header.inside}"
            raise _bad(where, wanted, "@data")
    elif key == "@end":
        header.inside = None
    elif key == "@attribute":
        attribute = _attribute(rest.strip(), where)
        if header.inside is None:
            header.attributes.append(attribute)
        if attribute.kind == "relational":
            header.inside = attribute.name
    elif key != "@relation":
        raise _bad(where, "@relation, @attribute or @data", repr(text[:40]))


def _attribute(text: str, where: str) -> Attribute:
    parts = _ATTRIBUTE.fullmatch(text)
    if parts is None:
        raise _bad(where, "the name and the type of an attribute", repr(text[:40]))
    name, kind = _plain(parts[1]), parts[2]
    if kind.startswith("{") and kind.endswith("}"):
        values = frozenset(cell or "?" for cell in _cells(kind[1:-1], where))
        return Attribute(name=name, kind="nominal", values=values)
    word = kind.split()[0].lower()
    if word not in _KINDS:
        wanted = "numeric, real, integer, string, date, relational or {a, b}"
        raise _bad(where, wanted, repr(kind[:40]))
    return Attribute(name=name, kind="numeric" if word in _NUMERIC else word)


def _case(attributes: list[Attribute], text: str, where: str) -> list[str | None]:
    """Return the values of one line, checked against the attributes."""
    found = list(_cells(text, where))
    if len(found) != len(attributes):
        raise _bad(where, f"{len(attributes)} values, one for each attribute", str(len(found)))
    for cell, attribute in zip(found, attributes, strict=True):
        if attribute.kind == "nominal" and cell is not None and cell not in attribute.values:
            wanted = f"one of the values that {attribute.name!r} declares"
            raise _bad(where, wanted, repr(cell[:40]))
    return found


def _cells(text: str, where: str) -> Iterator[str | None]:
    """Yield values between commas, quotes removed; None for ``?``."""
    if "'" not in text and '"' not in text:
        yield from (None if cell.strip() == "?" else cell.strip() for cell in text.split(","))
        return
    position, comma = 0, ","
    while comma:
        cell = _CELL.match(text, position)
        if cell is None:
            got = repr(text[position : position + 20])
            raise _bad(where, "a value, its quotes in pairs", got)
        bare = cell[1].rstrip()
        yield None if bare == "?" else _plain(bare)
        position, comma = cell.end(), cell[2]


def _plain(text: str) -> str:
    """Return text without its quotes and backslashes."""
    if text[:1] not in {"'", '"'}:
        return text
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text[1:-1])


def _table(
    path: Path, attributes: list[Attribute], cells: list[str | None], lines: list[int]
) -> Table:
    columns = {}
    for i, attribute in enumerate(attributes):
        column = pd.Series(cells[i :: len(attributes)], dtype=object)
        if attribute.kind == "numeric":
            parsed = pd.to_numeric(column, errors="coerce").astype(np.float64)
            bad = parsed.isna() & column.notna() & (column.astype(str).str.lower() != "nan")
            if bad.any():
                row = int(np.argmax(bad))
                where = f"{path.name}, line {lines[row]}, attribute {attribute.name!r}"
                raise _bad(where, "a number", repr(column[row][:40]))
            column = parsed
        columns[attribute.name] = column
    rows = np.array(lines, dtype=np.int64)
    return Table(frame=pd.DataFrame(columns), source=path.name, rows=rows, unit="line")


def _bad(
    where: str, wanted: str, got: str, todo: str = "Correct the line or the header."
) -> DataError:
    return DataError(wanted=wanted, got=got, where=where, todo=todo)
