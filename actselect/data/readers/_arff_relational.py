"""Sequences of several dimensions in .arff: one relational attribute, and at most one target.

Source: Bagnall et al. 2018, arXiv:1811.00075, the UEA archive.  The relational value of a case
holds one dimension a line, its steps between commas; ``?`` at the end of all of them is padding.

Notation: T steps, F dimensions.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from actselect.data.dataset import SequenceDataset
from actselect.data.layout import trimmed_lengths
from actselect.data.readers._values import parsed_values
from actselect.data.table import Table
from actselect.exceptions import DataError
from actselect.records import FloatArray


def relational_dataset(path: Path, table: Table, kinds: list[str]) -> SequenceDataset:
    """Return the cases of a table as sequences; a numeric target as float64, others as text.

    Args:
        path: the file, for its name.
        table: one row a case, one column an attribute.
        kinds: of the attributes: numeric, nominal, string, date, relational.

    Raises:
        DataError: there is another attribute besides the relational one and the target, a value is
            no number, dimensions or cases do not fit each other, or a target is missing.
    """
    inputs = [name for name, kind in zip(table.columns, kinds, strict=True) if kind == "relational"]
    others = [name for name in table.columns if name not in inputs]
    if len(inputs) != 1 or len(others) > 1:
        got = f"{len(inputs)} relational and {len(others)} other attributes"
        raise _bad(path.name, "one relational attribute and one target", got)
    places = [f"{path.name}, line {line}" for line in table.rows.tolist()]
    cells = table.frame[inputs[0]].tolist()
    found = [_values(cell, where) for cell, where in zip(cells, places, strict=True)]
    width = found[0].shape[1]
    for case, where in zip(found, places, strict=True):
        if case.shape[1] != width:
            raise _bad(where, f"{width} dimensions, as before", str(case.shape[1]))
    cases = [_trimmed(case, where) for case, where in zip(found, places, strict=True)]
    padded = sum(len(case) < len(whole) for case, whole in zip(cases, found, strict=True))
    note = f"{padded} sequences are shorter: values missing at their end were taken for padding."
    return SequenceDataset(
        name=path.stem,
        values=np.concatenate(cases),
        lengths=np.array([len(case) for case in cases], dtype=np.int64),
        feature_names=("value",) if width == 1 else tuple(f"dim_{f}" for f in range(width)),
        targets=_targets(table, others[0], places) if others else None,
        target_name=others[0] if others else "class",
        series=tuple(map(str, table.rows.tolist())),
        notes=(note,) if padded else (),
    )


def _values(cell: str | None, where: str) -> FloatArray:
    """Return (T, F) values of one relational cell."""
    lines = [line for line in (cell or "").split("\n") if line.strip()]
    if not lines:
        raise _bad(where, "dimensions in the relational attribute", "none")
    dimensions = [
        parsed_values(line.split(","), f"{where}, dimension {f}")
        for f, line in enumerate(lines, start=1)
    ]
    if len({len(values) for values in dimensions}) > 1:
        got = str([len(values) for values in dimensions][:8])
        raise _bad(where, "dimensions of one length", got)
    return np.stack(dimensions, axis=1)


def _trimmed(case: FloatArray, where: str) -> FloatArray:
    """Return the steps (T', F) up to the last at which any dimension has a value."""
    steps = int(trimmed_lengths(case.T).max())
    if steps == 0:
        raise _bad(where, "at least one value", "none")
    return case[:steps]


def _targets(table: Table, column: str, places: list[str]) -> npt.NDArray[np.generic]:
    values = table.frame[column]
    missing = values.isna().to_numpy()
    if missing.any():
        where = places[int(np.argmax(missing))]
        raise _bad(where, f"a value of {column!r}, the target", "a missing one")
    return values.to_numpy() if values.dtype == np.float64 else np.array(values, dtype=np.str_)


def _bad(where: str, wanted: str, got: str) -> DataError:
    return DataError(wanted=wanted, got=got, where=where, todo="Correct the line or the header.")
