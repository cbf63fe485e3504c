"""The picture of the learning curves: how screening's trainings went, the pruned ones too."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from actselect.records import CurveRecord, RankedRecord, ReportRecord
from actselect.report.canvas import (
    BASE,
    FAINT,
    MARKERS,
    QUIET,
    SMALL,
    WIDE,
    Canvas,
    Point,
    Shape,
    tier_colour,
)
from actselect.report.lettering import fitted, number
from actselect.report.lines import cut, line_entry, trace
from actselect.report.plot import Entry, Scale, frame, heading, legend, padded
from actselect.report.thinning import thinned
from actselect.report.wording import Say, clean, count

LEFT, RIGHT, BELOW = 44.0, 10.0, 32.0  # points around the plot
HEIGHT = 230.0
NAMED = 8  # ranked architectures whose curves stand out
POINTS = 4500  # of all curves together: about 50 kB
REACH = 3.0  # the axis shows this many times a typical curve's span; what exploded leaves it
MANY = 25  # curves of one kind, which are then drawn fainter
DECADE = 10.0  # losses that span more than this factor get a logarithmic axis


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One curve as it is drawn, in points; ``last`` is where it ends, on the plot."""

    end: Literal["complete", "pruned", "diverged"]
    points: list[Point]
    last: Point


def picture(record: ReportRecord, shape: Shape = WIDE, *, say: Say = str) -> str:
    """Return screening's stopping losses by epoch as an SVG element; empty without curves."""
    curves = [curve for curve in record.screening.curves if _finite(curve)]
    if not curves:
        return ""
    canvas = Canvas()
    low, high, log = _range(curves)
    name = say("stopping loss, lower is better")
    if log:
        name = say("stopping loss (log scale), lower is better")
    top = heading(canvas, name, 0, shape.width) + 2
    epochs = max(len(curve.losses) for curve in curves) - 1
    x = Scale(low=0, high=max(epochs, 1), start=LEFT, end=shape.width - RIGHT)
    y = Scale(low=low, high=high, start=top + HEIGHT, end=top, log=log)
    frame(canvas, x, y, x_name=say("epoch (0: untrained)"), whole=True)
    named = best_trials(record)
    others = _lines([c for c in curves if not any(c is curve for _, curve in named)], x, y)
    _crowd(canvas, others, y)
    for place, (row, curve) in reversed([*enumerate(named)]):
        colour, (line,) = tier_colour(row.tier), _lines([curve], x, y)
        trace(canvas, line.points, line.points, y, place=place, tier=row.tier)
        canvas.marks([line.last], "x" if line.end == "diverged" else MARKERS[place], colour, size=4)
    entries = _crowd_entries(others, say)
    bottom = legend(canvas, entries, y.start + BELOW, shape.width)
    entries = [_entry(place, row, say) for place, (row, _) in enumerate(named)]
    bottom = legend(canvas, entries, bottom, shape.width, columns=shape.columns)
    return canvas.svg(shape.width, bottom + 2, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Say = str) -> str:
    """Return in words what the picture of the learning curves shows."""
    curves = record.screening.curves
    ends = Counter(curve.end for curve in curves)
    said = [
        say(f"Stopping loss by epoch of {count(len(curves), 'trial')} of screening: "
            f"{ends['complete']:,} complete, {ends['pruned']:,} pruned, "
            f"{ends['diverged']:,} diverged.")
    ]  # fmt: skip
    for row, curve in best_trials(record):
        losses = _finite(curve)
        said.append(
            say(f"{clean(row.label)} at learning rate {row.learning_rate:.3g}: from "
                f"{number(losses[0])} to {number(min(losses))} at best, in "
                f"{count(len(curve.losses) - 1, 'epoch')}.")
        )  # fmt: skip
    return " ".join(said)


def best_trials(record: ReportRecord) -> list[tuple[RankedRecord, CurveRecord]]:
    """Return the first ranked architectures, each with the curve of its chosen learning rate."""
    found = []
    for row in record.ranking[:NAMED]:
        mine = [
            curve
            for curve in record.screening.curves
            if curve.label == row.label
            and math.isclose(curve.learning_rate, row.learning_rate, rel_tol=1e-6)
            and _finite(curve)
        ]
        if mine:
            found.append((row, max(mine, key=lambda curve: len(curve.losses))))
    return found


def _finite(curve: CurveRecord) -> list[float]:
    return [loss for loss in curve.losses if math.isfinite(loss)]


def _range(curves: Sequence[CurveRecord]) -> tuple[float, float, bool]:
    """Return the ends of the losses' axis, and whether it is logarithmic.

    One training that exploded presses no others flat.
    """
    losses = [_finite(curve) for curve in curves]
    low, tops = min(map(min, losses)), sorted(map(max, losses))
    typical = statistics.median_low(tops)
    log = low > 0 and typical / low > DECADE
    if log:
        far = typical * (typical / low) ** (REACH - 1) if typical > low else tops[-1]
        far = min(far, typical * 100)
    else:
        far = typical + (REACH - 1) * (typical - low) if typical > low else tops[-1]
    high = max(top for top in tops if top <= far)
    low, high = padded(low, high, 0.04, log=log)
    return low, high, log


def _lines(curves: Sequence[CurveRecord], x: Scale, y: Scale) -> list[_Line]:
    """Return curves in points, thinned to what a reader can see and a page can hold."""
    drawn = [
        [(x.at(epoch), y.free(loss)) for epoch, loss in enumerate(curve.losses)] for curve in curves
    ]
    lines = thinned(drawn, POINTS)
    ends = []
    for points in drawn:
        known = [point for point in points if not math.isnan(point[1])]
        last, height = known[-1]
        gone = len(points) > len(known) and math.isnan(points[-1][1])
        ends.append((points[-1][0], y.end) if gone else (last, min(max(height, y.end), y.start)))
    return [
        _Line(end=curve.end, points=line, last=last)
        for curve, line, last in zip(curves, lines, ends, strict=True)
    ]


def _crowd(canvas: Canvas, lines: Sequence[_Line], y: Scale) -> None:
    """Draw the trials that do not stand out: pruned ones faint, with a stroke where they end."""
    for end, colour, width, opaque in (
        ("pruned", FAINT, 0.7, 0.8), ("diverged", FAINT, 0.7, 0.8), ("complete", BASE, 0.8, 0.7),
    ):  # fmt: skip
        mine = [line for line in lines if line.end == end]
        opacity = opaque * (0.6 if len(mine) > MANY else 1.0)
        pieces = [piece for line in mine for piece in cut(line.points, y.end, y.start)]
        canvas.lines(pieces, colour, width=width, opacity=opacity)
        last = [line.last for line in mine]
        if end == "pruned":
            canvas.marks(last, "|", QUIET, size=2.2)
        elif end == "diverged":
            canvas.marks(last, "x", QUIET, size=3.2)


def _crowd_entries(lines: Sequence[_Line], say: Say) -> list[Entry]:
    ends = {line.end for line in lines}
    entries = {
        "complete": Entry(text=say("other complete trials"), colour=BASE, line=0.9),
        "pruned": Entry(text=say("pruned, stroke at the end"), colour=QUIET, line=0.6, marker="|"),
        "diverged": Entry(text=say("diverged"), colour=QUIET, marker="x"),
    }
    return [entry for end, entry in entries.items() if end in ends]


def _entry(place: int, row: RankedRecord, say: Say) -> Entry:
    name = fitted(row.label, 30 * SMALL * 0.62, SMALL)
    return line_entry(f"{name}, {say(f'tier {row.tier}')}", place=place, tier=row.tier)
