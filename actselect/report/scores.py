"""``scores.csv``: every score of a study, one per line, for other people's analyses."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from actselect.files import write_atomically
from actselect.report import spreadsheet


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One score; ``step`` is the epoch it was taken at, ``seconds`` what it cost.

    A score that is NaN or infinite is written as an empty cell.
    """

    stage: str
    architecture: str
    repeat: int
    step: int
    metric: str
    score: float
    seconds: float


def write_scores(rows: Iterable[ScoreRow], path: Path) -> None:
    """Write ``rows`` as CSV (RFC 4180 with LF), the names of the columns first, atomically.

    A text that a spreadsheet would take for a formula gets a leading apostrophe.
    """
    names = [field.name for field in fields(ScoreRow)]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(getattr(row, name)) for name in names] for row in rows)
    write_atomically(path, buffer.getvalue().encode("utf-8", "replace"))


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return spreadsheet.shown(value).replace("\r", " ")  # csv leaves a lone CR unquoted
    if isinstance(value, int):
        return str(value)
    return repr(float(value)) if math.isfinite(value) else ""
