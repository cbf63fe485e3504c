"""UCR .tsv: no header, one sequence a line, its label first; NaN at the end pads shorter ones.

Source: Dau et al. 2018, the UCR archive, section on the data format.  Labels such as ``1.0`` are
read as ``1``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from actselect.data.dataset import SequenceDataset
from actselect.data.layout import trimmed_lengths
from actselect.data.readers._text import text_lines
from actselect.data.readers._values import parsed_values
from actselect.exceptions import DataError


def looks_like_ucr(path: Path) -> bool:
    """True when the first line has two numbers or more and nothing else."""
    with path.open("rb") as file:
        cells = file.readline(1_000_000).decode("utf-8", errors="replace").split()
    try:
        return len(np.array(cells, dtype=np.float64)) > 1
    except ValueError:
        return False


def read_ucr(path: Path) -> SequenceDataset:
    """Return the sequences (one feature) of a UCR file, labels as float64.

    Raises:
        DataError: a cell is no number, lines differ in length, or a sequence is empty.
    """
    rows, lines = [], []
    for line, text in text_lines(path):
        if text.strip():
            rows.append(parsed_values(text.split(), f"{path.name}, line {line}"))
            lines.append(line)
            if len(rows[-1]) != len(rows[0]):
                raise DataError(
                    wanted=f"{len(rows[0])} numbers, as in the first line",
                    got=str(len(rows[-1])),
                    where=f"{path.name}, line {line}",
                    todo="Pad shorter sequences with NaN.",
                )
    table = np.stack(rows)
    labels, values = table[:, 0], table[:, 1:]
    lengths = trimmed_lengths(values) if values.shape[1] else np.zeros(len(values), np.int64)
    for broken, what in ((np.isnan(labels), "a missing label"), (lengths == 0, "no values")):
        if broken.any():
            raise DataError(
                wanted="a label and at least one value",
                got=what,
                where=f"{path.name}, line {lines[int(np.argmax(broken))]}",
                todo="Correct or remove the line.",
            )
    padded = int((lengths < values.shape[1]).sum())
    note = f"{padded} sequences are shorter: NaN at their end was taken for padding."
    return SequenceDataset(
        name=path.stem,
        values=values[np.arange(values.shape[1]) < lengths[:, None]][:, None],
        lengths=lengths,
        feature_names=("value",),
        targets=labels,
        target_name="class",
        series=tuple(map(str, lines)),
        notes=(note,) if padded else (),
    )
