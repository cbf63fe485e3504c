"""The picture of scores and intervals: a line each, the best first, baselines at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actselect.records import Estimate, ReportRecord
from actselect.report import wording
from actselect.report.canvas import (
    BAND,
    BASE,
    FAINT,
    NORMAL,
    QUIET,
    SMALL,
    WIDE,
    Canvas,
    Shape,
    tier_colour,
    tier_marker,
)
from actselect.report.extent import ends, reach
from actselect.report.lettering import fitted, width
from actselect.report.plot import Entry, Scale, across, legend
from actselect.report.wording import Say, clean, shorten

ROW, TALL = 19.0, 28.0  # points of a line, and of one whose name stands above it
ABOVE, BELOW = 4.0, 32.0  # points around the lines
SIDE = 17.0  # points beside the plot, where half a number may stand
NAMES = 0.52  # of the picture's width, at most, for the names
LABEL = 44  # characters
TICK = 50.0  # points that a number below the plot has
EDGE = 2.0  # points from the edge to an arrow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One line of the picture; ``suffix`` says what it is, ``tier`` is None for a baseline."""

    name: str
    suffix: str
    estimate: Estimate
    tier: int | None

    @property
    def colour(self) -> str:
        return BASE if self.tier is None else tier_colour(self.tier)

    @property
    def marker(self) -> str:
        return "|" if self.tier is None else tier_marker(self.tier)

    @property
    def label(self) -> str:
        return shorten(clean(self.name), LABEL - len(self.suffix)) + self.suffix

    def fitted(self, room: float, size: float) -> str:
        """Return the label cut to ``room`` points; what it is stays."""
        if width(self.label, size) <= room:
            return self.label
        return fitted(self.name, room - width(self.suffix, size), size) + self.suffix


def picture(record: ReportRecord, shape: Shape = WIDE, *, say: Say = str) -> str:
    """Return the scores and intervals of all rows as an SVG element; empty without any.

    ``say`` puts an English phrase into the language of the reader.
    """
    rows = _rows(record, say)
    if not rows:
        return ""
    canvas, above = Canvas(), shape.columns == 1
    size, tall = (SMALL, TALL) if above else (NORMAL, ROW)
    names = [row.fitted(shape.width * (1.0 if above else NAMES), size) for row in rows]
    left = SIDE if above else max(width(name, size) for name in names) + 8
    low, high = limits(record)
    bottom = ABOVE + tall * len(rows)
    x = Scale(low=low, high=high, start=left, end=shape.width - SIDE)
    y = Scale(low=0, high=len(rows), start=bottom, end=0)
    _frame(canvas, record, x, y, say)
    if record.ranking and record.baselines:
        border = ABOVE + tall * len(record.ranking)
        canvas.lines([[(x.start, border), (x.end, border)]], FAINT, width=0.8, dash="2,3")
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        top = ABOVE + tall * place
        if above:
            canvas.text(0, top + 11, name, size=size)
        else:
            canvas.text(left - 8, top + tall / 2 + 3.3, name, size=size, anchor="end")
        middle = top + (tall - 8.5 if above else tall / 2)
        _draw(canvas, row, x, middle, wording.Scale.of(record))
    bottom = legend(canvas, _entries(record, rows, say), bottom + BELOW, shape.width)
    return canvas.svg(shape.width, bottom + 2, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Say = str) -> str:
    """Return in words what the picture of the intervals shows."""
    scale, metric = wording.Scale.of(record), record.metric
    better = "left" if metric.direction == "minimize" else "right"
    said = [f"{row.label} {scale.both(row.estimate)}" for row in _rows(record, say)]
    return say(
        f"Validation {clean(metric.name)} with {wording.INTERVAL}s, better to the {better}: "
        f"{'; '.join(said)}."
    )


def limits(record: ReportRecord) -> tuple[float, float]:
    """Return the range of the axis: the best tier and the baselines' means; far ones are cut off.

    One architecture that failed must not press all others together.
    """
    rows = _rows(record, str)
    if not rows:
        return 0.0, 1.0
    first = [row.estimate for row in rows if row.tier == 1] or [row.estimate for row in rows]
    low, high, beyond = reach(first)
    seen = [end for row in rows for end in ends(row.estimate)]
    left = max(min([low, *seen]), low - beyond)
    right = min(max([high, *seen]), high + beyond)
    space = 0.04 * (right - left) or 1.0
    return left - space, right + space


def _rows(record: ReportRecord, say: Say) -> list[_Row]:
    ranked = [
        _Row(name=row.label, suffix=f" ({say('default')})" if row.default else "",
             estimate=row.validation, tier=row.tier)
        for row in record.ranking
    ]  # fmt: skip
    baselines = [
        _Row(name=row.name, suffix=f" ({say('baseline')})", estimate=row.validation, tier=None)
        for row in record.baselines
    ]
    return ranked + baselines


def _frame(canvas: Canvas, record: ReportRecord, x: Scale, y: Scale, say: Say) -> None:
    """Draw the margin of the first, the grid over it, and which way is better."""
    if record.ranking:
        best, margin = record.ranking[0].validation.mean, record.verdict.margin
        left, right = x.at(best - margin), x.at(best + margin)
        canvas.box(left, y.end, right - left, y.start - y.end, BAND)
    room = x.end - x.start
    across(canvas, x, y, x.ticks(int(room / TICK)))
    name = f"validation {fitted(record.metric.name, room / 2, SMALL)}"
    lower = record.metric.direction == "minimize"
    text = fitted(say(f"← better, {name}" if lower else f"{name}, better →"), room, SMALL)
    if lower:
        canvas.text(x.start, y.start + 24, text, colour=QUIET)
    else:
        canvas.text(x.end, y.start + 24, text, colour=QUIET, anchor="end")


def _draw(canvas: Canvas, row: _Row, x: Scale, height: float, scale: wording.Scale) -> None:
    mean, (low, high) = row.estimate.mean, ends(row.estimate)
    seen = low <= x.high and high >= x.low
    if seen and low < high:
        canvas.lines([[(x.at(low), height), (x.at(high), height)]], row.colour, width=1.9)
    if x.holds(mean):
        canvas.marks([(x.at(mean), height)], row.marker, row.colour, size=4)
        return
    base = height + (-3 if seen and low < high else 3)
    text = scale.text(mean)
    if mean > x.high:
        canvas.text(x.end - EDGE, base, f"{text} →", anchor="end", colour=row.colour)
    else:
        canvas.text(x.start + EDGE, base, f"← {text}", colour=row.colour)


def _entries(record: ReportRecord, rows: Sequence[_Row], say: Say) -> list[Entry]:
    """Return what each marker means, and the band."""
    firsts = {row.marker: row for row in reversed(rows)}
    entries = [
        Entry(text=say("baseline" if row.tier is None else f"tier {row.tier}"),
              colour=row.colour, marker=row.marker, line=1.9)
        for row in sorted(firsts.values(), key=lambda row: row.tier or len(rows) + 1)
    ]  # fmt: skip
    if record.ranking:
        text = say("within the margin of the first")
        entries.append(Entry(text=text, colour=BAND, area=1.0))
    return entries
