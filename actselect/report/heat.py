"""Tables whose cells are shaded: two axes together, and which class was called which.

A cell's shade is one colour laid thinly over the page's own, so that the page's ink stays readable
on all of them: its contrast is at least 4.5 in light and dark (a test measures it).
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from actselect.records import InteractionRecord
from actselect.report.canvas import FAINT, SMALL, TIERS, Canvas, Point, Shape, corners
from actselect.report.lettering import column, fitted, width
from actselect.report.plot import heading
from actselect.report.wording import Say, clean, percent, shorten

DARKEST, PALEST = 0.4, 0.02  # opacity of a shade
ROW = 17.0  # points
NARROWEST, WIDEST = 34.0, 84.0  # of a column, points
SLANT = -40.0  # degrees of a column's name that has no room lying
TALLEST = 66.0  # points: how long such names are at most, and what they may stand over at the right
NAMES = 0.28  # of the table's width, at most, for the names of its rows
GAP = 22.0
REACH = 2.0  # shades end this many times the better half's span from the best

AXES = {"num_layers": "number of layers", "head_activation": "activation of the head"}
LEVELS = frozenset(("none", "yes", "no", "True", "False"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """``shade`` from 0 to 1; ``framed``: on the diagonal."""

    text: str
    shade: float
    framed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is drawn: ``cells[i][j]`` stands in row i and column j.

    ``same``: rows and columns are the same things, so that numbers can stand for the columns.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Sequence[Sequence[Cell]]
    same: bool = False


def draw(
    canvas: Canvas, table: Table, top: float, room: float, *, row: float = ROW,
    narrowest: float = NARROWEST,
) -> float:  # fmt: skip
    """Draw a table, in several parts where it is too wide, and return where it ends."""
    rows, heads = [fitted(name, room * NAMES, SMALL) for name in table.rows], table.columns
    left, wide, each = _grid(rows, len(heads), room, narrowest)
    slanted = any(width(clean(name), SMALL) > wide - 4 for name in heads)
    if slanted and table.same:
        heads = [f"{i}" for i in range(1, len(rows) + 1)]
        rows = [fitted(f"{i} {name}", room * NAMES, SMALL) for i, name in zip(heads, table.rows,
                strict=True)]  # fmt: skip
        left, wide, each = _grid(rows, len(heads), room, narrowest)
    elif slanted:
        left, wide, each = _grid(rows, len(heads), room - TALLEST, narrowest)
    for first in range(0, len(heads), each):
        part = heads[first : first + each]
        slant = slanted and not table.same
        top = _heads(canvas, part, left, top, wide, slanted=slant)
        cells = [cells[first : first + each] for cells in table.cells]
        _shades(canvas, cells, left, top, wide, row)
        for name, line in zip(rows, cells, strict=True):
            canvas.text(left - 6, top + row / 2 + 3, name, anchor="end")
            for place, cell in enumerate(line):
                _words(canvas, cell.text, left + (place + 0.5) * wide, top + row / 2 + 3)
            top += row
        top += 8
    return top


def _grid(
    names: Sequence[str], columns: int, room: float, narrowest: float
) -> tuple[float, float, int]:
    """Return where the cells begin, how wide each is, and how many stand side by side."""
    left = max(width(name, SMALL) for name in names) + 6
    parts = max(-(-columns // max(int((room - left) / narrowest), 1)), 1)
    each = -(-columns // parts)
    return left, min((room - left) / each, WIDEST), each


def _heads(
    canvas: Canvas, heads: Sequence[str], left: float, top: float, wide: float, *, slanted: bool
) -> float:
    """Write the names of the columns, and return where they end."""
    if not slanted:
        for place, name in enumerate(heads):
            canvas.text(left + (place + 0.5) * wide, top + 11, clean(name), anchor="middle")
        return top + 16
    texts = [fitted(name, TALLEST, SMALL) for name in heads]
    tall = max(width(text, SMALL) for text in texts) * math.sin(math.radians(-SLANT)) + SMALL
    for place, text in enumerate(texts):
        canvas.text(left + (place + 0.5) * wide, top + tall, text, turned=SLANT)
    return top + tall + 5


def _shades(
    canvas: Canvas,
    cells: Sequence[Sequence[Cell]],
    left: float,
    top: float,
    wide: float,
    tall: float,
) -> None:
    """Fill the cells: those of one shade are one element."""
    alike: dict[float, list[list[Point]]] = defaultdict(list)
    framed = []
    for i, line in enumerate(cells):
        for j, cell in enumerate(line):
            box = corners(left + j * wide + 0.5, top + i * tall + 0.5, wide - 1, tall - 1)
            shade = min(max(cell.shade, 0.0), 1.0)
            alike[round(PALEST + shade * (DARKEST - PALEST), 2)].append(box)
            if cell.framed:
                framed.append([*box, box[0]])
    for opacity, boxes in sorted(alike.items()):
        canvas.area(boxes, TIERS[0], opacity=opacity)
    canvas.lines(framed, FAINT, width=1.2)


def _words(canvas: Canvas, text: str, x: float, y: float) -> None:
    lines = text.split("\n") if text else []
    for place, line in enumerate(lines):
        canvas.text(x, y + (place - (len(lines) - 1) / 2) * (SMALL + 2), line, anchor="middle")


def axis_name(name: str) -> str:
    """Return the name of an axis of the search space as a reader sees it.

    >>> axis_name("recurrent_activation"), axis_name("num_layers")
    ('recurrent activation', 'number of layers')
    """
    return shorten(AXES.get(name, clean(name).replace("_", " ")), 40)


def level_name(value: str, say: Say) -> str:
    """Return a level of an axis; words of our own are put into the reader's language."""
    return say(value) if value in LEVELS else value


def title(record: InteractionRecord, say: Say) -> str:
    """Return what a table of two axes says, in words."""
    first, second = (say(axis_name(name)) for name in record.axes)
    return say(
        f"{first} and {second}: {percent(record.share)} of what they explain comes only from "
        "their combination"
    )


def interactions(
    canvas: Canvas, tables: Sequence[InteractionRecord], top: float, shape: Shape, say: Say, *,
    lower: bool,
) -> float:  # fmt: skip
    """Draw the tables of two axes each, the longer one downwards, and return where they end."""
    for record in tables:
        if not any(score is not None for scores in record.scores for score in scores):
            continue
        top = heading(canvas, title(record, say), top, shape.width) - 2
        top = draw(canvas, _scores(record, say, lower=lower), top, shape.width)
        note = say("mean screening score; the stronger the shade, the better")
        top = heading(canvas, note, top - 6, shape.width, size=SMALL) + GAP
    return top - (GAP - 8 if tables else 0)


def _scores(record: InteractionRecord, say: Say, *, lower: bool) -> Table:
    """Return the mean scores as a table; shades follow how good a score is."""
    sign = 1.0 if lower else -1.0
    known = sorted(
        sign * score
        for scores in record.scores
        for score in scores
        if score is not None and math.isfinite(score)
    )
    best = known[0] if known else 0.0
    span = min(known[-1] - best, REACH * (statistics.median_high(known) - best)) if known else 0.0
    flat = [math.nan if score is None else score for scores in record.scores for score in scores]
    drawn = [
        Cell(text=text, shade=_shade(sign * score - best, span))
        for score, text in zip(flat, column(flat), strict=True)
    ]
    many = len(record.columns)
    cells = [drawn[i : i + many] for i in range(0, len(drawn), many)]
    rows, columns = ([level_name(v, say) for v in names] for names in (record.rows, record.columns))
    if len(columns) > len(rows):
        across = [list(cells_) for cells_ in zip(*cells, strict=True)]
        return Table(rows=columns, columns=rows, cells=across)
    return Table(rows=rows, columns=columns, cells=cells)


def _shade(behind: float, span: float) -> float:
    """Return how strong a shade is for a score that far behind the best."""
    if not math.isfinite(behind):
        return 0.0
    return 1 - min(behind / span, 1.0) if span > 0 else 0.5
