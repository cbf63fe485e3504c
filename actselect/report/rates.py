"""The picture of the learning rates: one small plot per finalist, all on the same axes.

In each plot the finalist's own curve stands before those of the others.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from actselect.records import LearningRatePoint, RankedRecord, ReportRecord
from actselect.report import wording
from actselect.report.canvas import (
    FAINT,
    QUIET,
    SMALL,
    WIDE,
    Canvas,
    Point,
    Shape,
    tier_colour,
)
from actselect.report.lettering import fitted, width, wrapped
from actselect.report.lines import cut
from actselect.report.plot import Entry, Scale, across, legend, upwards
from actselect.report.wording import Say, clean, direction

HEIGHT, GAP, RIGHT = 84.0, 14.0, 10.0  # points: of a plot, between two, and beside the last
BELOW, BETWEEN = 32.0, 10.0  # points below a plot with numbers, and without
UPRIGHT = 13.0  # points at the left for what the scores are
LINES, LEADING = 3, 11.0  # of a name, and points from line to line
REACH = 6.0  # the axis shows this many times a typical distance from the best; the rest an arrow
EDGE = 0.05  # of the height: where crosses and arrows stand
ASIDE = 1.6  # the axis begins and ends this factor beyond the rates
KINDS = {
    "chosen": Entry(text="chosen", marker="O", size=5.0),
    "full": Entry(text="fully trained", marker="o", size=2.6),
    "early": Entry(text="stopped early", marker="O", size=2.2),
    "diverged": Entry(text="diverged", marker="x", size=3.4),
    "above": Entry(text="higher still", marker="^", size=3.2),
    "below": Entry(text="lower still", marker="v", size=3.2),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plot:
    """The axes of one plot; ``lower``: a lower score is better."""

    x: Scale
    y: Scale
    lower: bool


def picture(record: ReportRecord, shape: Shape = WIDE, *, say: Say = str) -> str:
    """Return the screening scores at all learning rates as an SVG element.

    It is empty where no finalist was tried with more than one.  ``say`` puts an English phrase into
    the language of the reader.
    """
    rows = [row for row in record.ranking if row.learning_rates]
    if all(len(row.learning_rates) < 2 for row in rows):
        return ""
    canvas, top = Canvas(), 0.0
    columns = 2 if len(rows) == 4 else min(shape.columns + 1, len(rows))
    first = _plot(record, rows, 0.0, 1.0, 0.0)
    left = UPRIGHT + 6 + max(width(text, SMALL) for text in first.y.names(first.y.ticks(4)))
    room = (shape.width - RIGHT - left - GAP * (columns - 1)) / columns
    for start in range(0, len(rows), columns):
        line = rows[start : start + columns]
        names = [wrapped(row.label, room + RIGHT, SMALL, LINES) for row in line]
        top += LEADING * max(map(len, names)) + 4
        for place, (row, name) in enumerate(zip(line, names, strict=True)):
            begin = left + place * (room + GAP)
            plot = _plot(record, rows, begin, begin + room, top)
            lowest = start + place + columns >= len(rows)  # nothing stands below
            _frame(canvas, plot, name, say("learning rate") if lowest else "", first=place == 0)
            others = [piece for other in rows if other is not row for piece in _line(other, plot)]
            canvas.lines(others, FAINT, width=0.7)
            _draw(canvas, row, plot)
        top += HEIGHT + (BELOW if start + columns >= len(rows) else BETWEEN)
    _upright(canvas, record, top - BELOW, say)
    bottom = legend(canvas, _entries(rows, first, say), top, shape.width)
    return canvas.svg(shape.width, bottom + 2, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Say = str) -> str:
    """Return in words what the picture of the learning rates shows."""
    scale = wording.Scale.of(record)
    said = [
        f"{clean(row.label)} " + ", ".join(say(_said(row, point, scale)) for point in _points(row))
        for row in record.ranking
        if row.learning_rates
    ]
    return say(
        f"Screening {clean(record.metric.name)} at each learning rate, "
        f"{direction(record.metric)}: {'; '.join(said)}."
    )


def _said(row: RankedRecord, point: LearningRatePoint, scale: wording.Scale) -> str:
    score = "diverged" if point.score is None else scale.text(point.score)
    chosen = " (chosen)" if point.learning_rate == row.learning_rate else ""
    return f"{score} at {point.learning_rate:.3g}{chosen}"


def _points(row: RankedRecord) -> list[LearningRatePoint]:
    return sorted(row.learning_rates, key=lambda point: point.learning_rate)


def _limits(record: ReportRecord, rows: Sequence[RankedRecord]) -> tuple[float, float]:
    """Return the range of the scores; far ones are cut off.

    One architecture or one learning rate that failed must not press all others together.
    """
    sign = 1.0 if record.metric.direction == "minimize" else -1.0
    curves = [[sign * p.score for p in row.learning_rates if p.score is not None] for row in rows]
    curves = [curve for curve in curves if curve]
    if not curves:
        return 0.0, 1.0
    best, worst = min(map(min, curves)), max(map(max, curves))
    typical = statistics.median_low(statistics.median_high(curve) for curve in curves) - best
    far = min(worst, best + REACH * typical) if typical else worst
    span = far - best or abs(best) * 0.02 or 1.0
    ends = sign * (best - 0.12 * span), sign * (far + 0.22 * span)  # the worse side has crosses
    return min(ends), max(ends)


def _plot(
    record: ReportRecord, rows: Sequence[RankedRecord], left: float, right: float, top: float
) -> _Plot:
    tried = [point.learning_rate for row in rows for point in row.learning_rates]
    low, high = _limits(record, rows)
    return _Plot(
        x=Scale(low=min(tried) / ASIDE, high=max(tried) * ASIDE, start=left, end=right, log=True),
        y=Scale(low=low, high=high, start=top + HEIGHT, end=top),
        lower=record.metric.direction == "minimize",
    )


def _ticks(left: float, right: float) -> list[float]:
    """Return round learning rates: powers of ten, and three times these where ten is too coarse."""
    powers = range(math.floor(math.log10(left)), math.ceil(math.log10(right)) + 1)
    tens = [float(f"1e{power}") for power in powers]
    finer = [step * ten for ten in tens for step in (1.0, 3.0)]
    within = [tick for tick in tens if left <= tick <= right]
    return within if len(within) > 1 else [tick for tick in finer if left <= tick <= right]


def _frame(canvas: Canvas, plot: _Plot, name: Sequence[str], x_name: str, *, first: bool) -> None:
    """Draw the axes and the name above them; only outer plots have numbers."""
    x, y = plot.x, plot.y
    across(canvas, x, y, _ticks(x.low, x.high), name=x_name, numbered=bool(x_name))
    upwards(canvas, x, y, y.ticks(4), numbered=first)
    for place, text in enumerate(name):
        canvas.text(x.start, y.end - 6 - LEADING * (len(name) - 1 - place), text)


def _line(row: RankedRecord, plot: _Plot) -> list[list[Point]]:
    points = [(plot.x.at(p.learning_rate), _height(p, plot.y)) for p in _points(row)]
    return cut(points, plot.y.end, plot.y.start)


def _height(point: LearningRatePoint, y: Scale) -> float:
    return math.nan if point.score is None else y.free(point.score)


def _draw(canvas: Canvas, row: RankedRecord, plot: _Plot) -> None:
    """Draw a finalist's own curve."""
    colour = tier_colour(row.tier)
    canvas.lines(_line(row, plot), colour, width=1.5)
    for point in row.learning_rates:
        across_ = plot.x.at(point.learning_rate)
        for kind, height in _marks(row, point, plot):
            entry = KINDS[kind]
            canvas.marks([(across_, height)], entry.marker, colour, size=entry.size)


def _marks(row: RankedRecord, point: LearningRatePoint, plot: _Plot) -> list[tuple[str, float]]:
    """Return (kind, height) of the marks of one learning rate."""
    y, height, kind = plot.y, _height(point, plot.y), _kind(row, point)
    if point.score is None or not y.holds(point.score):
        above = plot.lower if point.score is None else point.score > y.high
        height = y.end + HEIGHT * (EDGE if above else 1 - EDGE)
        kind = kind if point.score is None else ("above" if above else "below")
    chosen = [("chosen", height)] if point.learning_rate == row.learning_rate else []
    return [(kind, height), *chosen]


def _kind(row: RankedRecord, point: LearningRatePoint) -> str:
    if point.score is None:
        return "diverged"
    longest = max(other.epochs for other in row.learning_rates if other.score is not None)
    return "full" if point.epochs == longest else "early"


def _upright(canvas: Canvas, record: ReportRecord, height: float, say: Say) -> None:
    """Write at the left, upwards, what the scores are and which way is better."""
    metric = fitted(record.metric.name, height / 2, SMALL)
    lower = record.metric.direction == "minimize"
    text = fitted(say(f"← better, {metric}" if lower else f"{metric}, better →"), height, SMALL)
    canvas.text(8, height / 2, text, anchor="middle", turned=-90, colour=QUIET)


def _entries(rows: Sequence[RankedRecord], plot: _Plot, say: Say) -> list[Entry]:
    """Return what the marks mean that occur."""
    found = {
        kind for row in rows for point in row.learning_rates for kind, _ in _marks(row, point, plot)
    }
    entries = [replace(e, text=say(e.text)) for kind, e in KINDS.items() if kind in found]
    if len(rows) > 1:
        entries.append(Entry(text=say("the other finalists"), colour=FAINT, line=1.2))
    return entries
