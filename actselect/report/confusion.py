"""The picture of a confusion matrix: a shaded table, or, where that has no room, a list."""

from __future__ import annotations

from actselect.records import ConfusionRecord, ReportRecord
from actselect.report import heat
from actselect.report.canvas import FAINT, QUIET, SMALL, TIERS, WIDE, Canvas, Shape
from actselect.report.lettering import fitted, width
from actselect.report.plot import heading
from actselect.report.wording import Say, clean, count, percent, shorten

CLASSES = 21  # that are drawn
SHARES = {2: 9, 1: 5}  # columns of a picture: with as many classes a cell has room for its share
NARROWEST = {2: 17.5, 1: 21.0}  # points of a cell with a count alone
LISTED = {2: 22, 1: 9}  # from as many classes on there is a list instead
NAME = 24  # characters


def picture(record: ReportRecord, shape: Shape = WIDE, *, say: Say = str) -> str:
    """Return which class was called which as an SVG element; empty without a matrix."""
    matrix = _matrix(record)
    if matrix is None:
        return ""
    canvas = Canvas()
    known = record.examples.confusion if record.examples is not None else None
    all_ = len(known.classes) if known is not None else 0
    if all_ > len(matrix.classes):
        text = say(f"rows: true class, columns: answer; the first {len(matrix.classes)} of {all_}")
    else:
        text = say("rows: true class, columns: answer")
    listed = len(matrix.classes) >= LISTED[shape.columns]
    if listed:
        text = say("share of each class that was answered right, and the most frequent mistake")
    top = heading(canvas, text, 0, shape.width)
    if listed:
        bottom = _list(canvas, matrix, top, shape, say)
    else:
        bottom = _table(canvas, matrix, top, shape)
        note = say("number of examples; the shade is their share of the row")
        if len(matrix.classes) <= SHARES[shape.columns]:
            note = say("number of examples, and their share of the row")
        bottom = heading(canvas, note, bottom - 6, shape.width, size=SMALL)
    return canvas.svg(shape.width, bottom + 2, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Say = str) -> str:
    """Return in words what the confusion matrix shows."""
    matrix = _matrix(record)
    if matrix is None:
        return ""
    total = sum(map(sum, matrix.counts))
    right = sum(row[i] for i, row in enumerate(matrix.counts))
    said = [say(f"Confusion matrix: {right:,} of {count(total, 'example')} on the diagonal.")]
    for i, name in enumerate(matrix.classes):
        own = sum(matrix.counts[i])
        said.append(say(f"{_name(name)}: {matrix.counts[i][i]:,} of {own:,} right."))
    return " ".join(said)


def _matrix(record: ReportRecord) -> ConfusionRecord | None:
    """Return the matrix, cut to its first classes; None where nothing was counted."""
    found = record.examples.confusion if record.examples is not None else None
    if found is None or not sum(map(sum, found.counts)):
        return None
    return ConfusionRecord(
        classes=found.classes[:CLASSES],
        counts=tuple(row[:CLASSES] for row in found.counts[:CLASSES]),
    )


def _name(text: str) -> str:
    return shorten(clean(text).strip(), NAME) or "–"  # noqa: RUF001 - a dash for no name


def _table(canvas: Canvas, matrix: ConfusionRecord, top: float, shape: Shape) -> float:
    shares = len(matrix.classes) <= SHARES[shape.columns]
    cells = []
    for i, row in enumerate(matrix.counts):
        total = max(sum(row), 1)
        cells.append(
            [
                heat.Cell(
                    text=_text(number, total, shares=shares),
                    shade=number / total,
                    framed=i == j,
                )
                for j, number in enumerate(row)
            ]
        )
    names = [_name(name) for name in matrix.classes]
    table = heat.Table(rows=names, columns=names, cells=cells, same=True)
    if shares:
        return heat.draw(canvas, table, top, shape.width, row=26.0, narrowest=30.0)
    return heat.draw(canvas, table, top, shape.width, narrowest=NARROWEST[shape.columns])


def _text(number: int, total: int, *, shares: bool) -> str:
    if not number:
        return ""
    if not shares:
        return f"{number}" if number < 1000 else f"{number / 1000:.{int(number < 9950)}f}k"
    return f"{number:,}\n{percent(number / total) if number < total else '100%'}"


def _list(canvas: Canvas, matrix: ConfusionRecord, top: float, shape: Shape, say: Say) -> float:
    """Draw a bar per class, and name what it was most often taken for."""
    names = [fitted(_name(name), shape.width * 0.3, SMALL) for name in matrix.classes]
    left = max(width(name, SMALL) for name in names) + 6
    wide = (shape.width - left) * 0.3
    for i, (name, row) in enumerate(zip(names, matrix.counts, strict=True)):
        y = top + 17 * i
        total = sum(row)
        share = row[i] / total if total else 0.0
        canvas.text(left - 6, y + 11, name, anchor="end")
        canvas.box(left, y + 2, wide, 12, FAINT, opacity=0.18)
        canvas.box(left, y + 2, share * wide, 12, TIERS[0], opacity=heat.DARKEST)
        canvas.text(left + 3, y + 11, f"{row[i]:,}/{total:,}")
        wrong, j = max(((number, -j) for j, number in enumerate(row) if j != i), default=(0, 0))
        if wrong:
            text = say(f"{wrong:,} as {_name(matrix.classes[-j])}")
            room = shape.width - left - wide - 8
            canvas.text(left + wide + 8, y + 11, fitted(text, room, SMALL), colour=QUIET)
    return top + 17 * len(names) + 4
