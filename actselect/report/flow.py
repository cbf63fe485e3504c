"""The picture of the gradients: how much of them is left, so many steps back."""

from __future__ import annotations

import math
from collections.abc import Sequence

from actselect.records import GradientRecord, RankedRecord, ReportRecord
from actselect.report.canvas import (
    BASE,
    SMALL,
    WIDE,
    Canvas,
    Point,
    Shape,
)
from actselect.report.lettering import fitted, number, width
from actselect.report.lines import line_entry, trace
from actselect.report.plot import KEY, Entry, Scale, frame, heading, legend
from actselect.report.thinning import thinned
from actselect.report.wording import Say, clean, count, percent, shorten

LEFT, RIGHT, BELOW = 44.0, 10.0, 32.0  # points around the plot
HEIGHT = 220.0
LINES = 8  # architectures at most
VANISHED, EXPLODED = 1e-3, 1e3  # see actselect.records.GradientRecord
FARTHEST = 1e9  # the axis ends here and at its inverse; what goes beyond leaves it
POINTS = 800  # of all lines together
GONE = 0.5  # per step: where nothing is left there is no half-life to tell
LETTERS = 40  # of a name

Row = tuple[RankedRecord, GradientRecord]


def picture(record: ReportRecord, shape: Shape = WIDE, *, say: Say = str) -> str:
    """Return the gradients' norms over the lag as an SVG element; empty where none was measured."""
    rows = measured(record)
    if not rows:
        return ""
    canvas = Canvas()
    top = heading(
        canvas, say("norm of the gradient, relative to lag 0 (log scale)"), 0, shape.width
    )
    low, high = _range(rows)
    longest = max(max(gradient.lags) for _, gradient in rows)
    x = Scale(low=0, high=max(longest, 1), start=LEFT, end=shape.width - RIGHT)
    y = Scale(low=low, high=high, start=top + 2 + HEIGHT, end=top + 2, log=True)
    number_ = 6 if shape.columns > 1 else 5
    frame(canvas, x, y, x_name=say("lag, steps back"), x_number=number_, y_number=7, whole=True)
    drawn = [_points(gradient, x, y) for _, gradient in rows]
    paths = thinned(drawn, POINTS)
    for place, ((row, _), path) in reversed([*enumerate(zip(rows, paths, strict=True))]):
        trace(canvas, path, drawn[place], y, place=place, tier=row.tier)
    _thresholds(canvas, x, y, [point for points in drawn for point in points], say)
    entries = [
        _entry(place, row, gradient, shape.width - KEY, say)
        for place, (row, gradient) in enumerate(rows)
    ]
    widest = max(width(entry.text, SMALL) for entry in entries)
    columns = shape.columns if widest < shape.width / shape.columns - 40 else 1
    bottom = legend(canvas, entries, y.start + BELOW, shape.width, columns=columns)
    return canvas.svg(shape.width, bottom + 2, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Say = str) -> str:
    """Return in words what the picture of the gradients shows."""
    said = [say("Norm of the loss's gradient by lag, relative to lag 0.")]
    for row, gradient in measured(record):
        lag, norm = max(zip(gradient.lags, gradient.norms, strict=True))
        said.append(
            say(f"{shorten(clean(row.label), LETTERS)}: {number(norm)} after "
                f"{count(lag, 'step')}, {_half_life(gradient)}.")
        )  # fmt: skip
        if gradient.vanishing > 0:
            said.append(say(f"Below a thousandth in {percent(gradient.vanishing)} of sequences."))
        if gradient.exploding > 0:
            said.append(say(f"Beyond a thousand in {percent(gradient.exploding)} of sequences."))
    return " ".join(said)


def measured(record: ReportRecord) -> list[Row]:
    """Return the first architectures whose gradients were measured at more than one lag."""
    rows = [
        (row, row.diagnostics.gradient)
        for row in record.ranking
        if row.diagnostics is not None and row.diagnostics.gradient is not None
    ]
    return [row for row in rows if len(row[1].lags) > 1 and _known(row[1])][:LINES]


def _known(gradient: GradientRecord) -> list[float]:
    return [norm for norm in gradient.norms if math.isfinite(norm) and norm > 0]


def _half_life(gradient: GradientRecord) -> str:
    if gradient.half_life is not None and math.isfinite(gradient.half_life):
        steps = number(gradient.half_life, 2)
        return f"half-life {steps} {'step' if steps == '1' else 'steps'}"
    if gradient.decay > 1:
        return "grows"
    return "gone at once" if gradient.decay < GONE else "does not decay"


def _range(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the ends of the axis: both thresholds are always within, and whole powers of ten."""
    norms = [norm for _, gradient in rows for norm in _known(gradient)]
    low = max(min(*norms, VANISHED), 1 / FARTHEST)
    high = min(max(*norms, EXPLODED), FARTHEST)
    return 10.0 ** (math.floor(math.log10(low)) - 0.7), 10.0 ** (math.ceil(math.log10(high)) + 0.7)


def _thresholds(canvas: Canvas, x: Scale, y: Scale, points: Sequence[Point], say: Say) -> None:
    """Draw both thresholds, each named at the end where fewer lines pass."""
    for value, text, shift in (
        (VANISHED, say("below: vanishing"), 11.0), (EXPLODED, say("above: exploding"), -4.0),
    ):  # fmt: skip
        height, wide = y.at(value), width(text, SMALL)
        canvas.lines([[(x.start, height), (x.end, height)]], BASE, width=1.1, dash="1.5,2.5")
        near = [across for across, h in points if abs(h - height - shift + 3) < SMALL]
        at_right = sum(across > x.end - wide for across in near)
        if at_right <= sum(across < x.start + wide for across in near):
            canvas.text(x.end - 2, height + shift, text, anchor="end", colour=BASE, halo=True)
        else:
            canvas.text(x.start + 4, height + shift, text, colour=BASE, halo=True)


def _points(gradient: GradientRecord, x: Scale, y: Scale) -> list[Point]:
    """Return the line in points; a norm of 0 lies below the plot, an infinite one above it."""
    points = []
    for lag, norm in sorted(zip(gradient.lags, gradient.norms, strict=True)):
        height = math.nan
        if norm >= 0:
            height = y.free(min(max(norm, y.low / 10), y.high * 10))
        points.append((x.at(lag), height))
    return points


def _entry(place: int, row: RankedRecord, gradient: GradientRecord, room: float, say: Say) -> Entry:
    """Return what a line means; where there is no room for all, the name is cut."""
    told = f": {say(_half_life(gradient))}"
    name = fitted(shorten(clean(row.label), LETTERS), room - width(told, SMALL), SMALL)
    return line_entry(name + told, place=place, tier=row.tier)
