"""The pictures of which axis matters: importances, main effects, and tables of two axes."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence

from actselect.records import AxisRecord, EffectsRecord, ReportRecord
from actselect.report import heat, wording
from actselect.report.canvas import BASE, FAINT, QUIET, SMALL, TIERS, WIDE, Canvas, Shape
from actselect.report.lettering import fitted, number, width
from actselect.report.plot import LEADING, Scale, heading, padded
from actselect.report.wording import Say, clean, count, percent, shorten

GAP = 24.0  # points between panels
METRIC = 40  # characters
REACH = 4.0  # a plot shows this many times the span of its better half; the rest gets an arrow
DISTANT = 4.0  # points from the edge to an arrow
LETTERS = 0.38  # of a panel's width, at most, for the names of its levels

NUMBER = re.compile(r"\d+(\.\d+)?(e-?\d+)?")


def picture(record: ReportRecord, shape: Shape = WIDE, *, say: Say = str) -> str:
    """Return importances, main effects and interactions as an SVG element; empty without them."""
    effects = record.screening.effects
    if effects is None or not any(_known(axis) for axis in effects.axes):
        return ""
    canvas = Canvas()
    bottom = _importances(canvas, effects, shape, say)
    bottom = _main_effects(canvas, record, effects, bottom, shape, say)
    lower = record.metric.direction == "minimize"
    bottom = heat.interactions(canvas, effects.interactions, bottom, shape, say, lower=lower)
    return canvas.svg(shape.width, bottom + 2, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Say = str) -> str:
    """Return in words what the pictures of the axes show."""
    effects = record.screening.effects
    if effects is None:
        return ""
    said = [say(f"Which axis matters, from {count(effects.architectures, 'architecture')}.")]
    for axis in _ordered(effects.axes):
        name = say(heat.axis_name(axis.name))
        if axis.importance is not None:
            said.append(say(f"{name}: {percent(axis.importance)} of the variance in rank."))
        levels = "; ".join(
            f"{clean(value)} {number(score)}" for value, score, _ in _levels(axis, record, say)
        )
        said.append(say(f"Mean score by {name}: {levels}."))
    said += [f"{heat.title(table, say)}." for table in effects.interactions]
    return " ".join(said)


def _known(axis: AxisRecord) -> bool:
    return axis.importance is not None or any(math.isfinite(score) for score in axis.scores)


def _ordered(axes: Sequence[AxisRecord]) -> list[AxisRecord]:
    """Return the axes, the most important first; those of unknown importance last."""
    return sorted(axes, key=lambda axis: math.inf if axis.importance is None else -axis.importance)


def _levels(axis: AxisRecord, record: ReportRecord, say: Say) -> list[tuple[str, float, int]]:
    """Return (level, score, count): the best first, or in order where levels are numbers."""
    levels = [
        (heat.level_name(value, say), score, many)
        for value, score, many in zip(axis.values, axis.scores, axis.counts, strict=True)
        if math.isfinite(score)
    ]
    if all(NUMBER.fullmatch(value) for value, _, _ in levels):
        return sorted(levels, key=lambda level: float(level[0]))
    sign = 1.0 if record.metric.direction == "minimize" else -1.0
    return sorted(levels, key=lambda level: sign * level[1])


def _importances(canvas: Canvas, effects: EffectsRecord, shape: Shape, say: Say) -> float:
    """Draw a bar per axis, and return where they end."""
    axes = [axis for axis in _ordered(effects.axes) if axis.importance is not None]
    if not axes:
        return 0.0
    title = say("share of the variance in rank, all axes together 100%")
    y = heading(canvas, title, 0, shape.width)
    names = [fitted(say(heat.axis_name(axis.name)), shape.width * LETTERS, SMALL) for axis in axes]
    left = max(width(name, SMALL) for name in names) + 6
    right = shape.width - 32
    for axis, name in zip(axes, names, strict=True):
        share = min(max(axis.importance or 0.0, 0.0), 1.0)
        canvas.text(left - 6, y + 10.5, name, anchor="end")
        canvas.box(left, y + 2, right - left, 11, FAINT, opacity=0.18)
        canvas.box(left, y + 2, max(share * (right - left), 0.5), 11, TIERS[0], opacity=0.85)
        end = left + share * (right - left)
        canvas.text(end + 4, y + 10.5, percent(share), bold=True)
        y += 17
    return y + GAP


def _main_effects(
    canvas: Canvas, record: ReportRecord, effects: EffectsRecord, top: float, shape: Shape, say: Say
) -> float:
    """Draw a dot plot per axis, all on the same scale, and return where they end."""
    panels = [(axis, _levels(axis, record, say)) for axis in _ordered(effects.axes)]
    panels = [(axis, levels) for axis, levels in panels if levels]
    if not panels:
        return top
    metric = shorten(clean(record.metric.name), METRIC)
    title = say(f"mean screening {metric} of each level, {wording.direction(record.metric)}")
    top = heading(canvas, title, top, shape.width)
    low, high = _range([score for _, levels in panels for _, score, _ in levels], record)
    room = (shape.width - GAP * (shape.columns - 1)) / shape.columns
    every = [level for _, levels in panels for level in levels]
    start = max(width(fitted(value, room * LETTERS, SMALL), SMALL) for value, _, _ in every) + 8
    end = room - max(width(f"{many:,}", SMALL) for _, _, many in every) - 8
    ends = [top] * shape.columns
    for axis, levels in panels:
        column = min(range(shape.columns), key=lambda i: ends[i])
        left = column * (room + GAP)
        x = Scale(low=low, high=high, start=left + start, end=left + end)
        ends[column] = _panel(
            canvas, say(heat.axis_name(axis.name)), levels, x, (left, ends[column], room)
        )
    note = say("at the right: number of architectures")
    return heading(canvas, note, max(ends) - 6, shape.width, size=SMALL) + GAP - 6


def _range(scores: Sequence[float], record: ReportRecord) -> tuple[float, float]:
    """Return the range of the plots: one level that failed presses no others together."""
    sign = 1.0 if record.metric.direction == "minimize" else -1.0
    losses = sorted(sign * score for score in scores)
    best, typical = losses[0], statistics.median_high(losses)
    far = best + REACH * (typical - best) if typical > best else losses[-1]
    worst = max(loss for loss in losses if loss <= far)
    ends = sorted((sign * best, sign * worst))
    return padded(ends[0], ends[1], 0.08)


def _panel(
    canvas: Canvas, title: str, levels: Sequence[tuple[str, float, int]], x: Scale,
    place: tuple[float, float, float],
) -> float:  # fmt: skip
    """Draw the dot plot of one axis at (left, top, width), and return where it ends."""
    left, top, room = place
    start, end = x.start, x.end
    canvas.text(left, top + 12, fitted(title, room, SMALL), bold=True)
    first, bottom = top + 18, top + 18 + LEADING * len(levels) + 2
    ticks = x.ticks(3)
    canvas.lines([[(x.at(t), first), (x.at(t), bottom)] for t in ticks], FAINT, width=0.5,
                 opacity=0.5)  # fmt: skip
    for line, (value, score, many) in enumerate(levels):
        y = first + LEADING * (line + 0.5) + 1
        name = fitted(value, room * LETTERS, SMALL)
        canvas.text(start - 8, y + 3, name, anchor="end")
        canvas.lines([[(start, y), (end, y)]], FAINT, width=0.5, opacity=0.5)
        _dot(canvas, x, score, y)
        canvas.text(left + room, y + 3, f"{many:,}", anchor="end", colour=QUIET)
    for tick, text in zip(ticks, x.names(ticks), strict=True):
        canvas.text(x.at(tick), bottom + 10, text, anchor="middle")
    return bottom + 22


def _dot(canvas: Canvas, x: Scale, score: float, y: float) -> None:
    if x.holds(score):
        canvas.marks([(x.at(score), y)], "o", TIERS[0], size=3.6)
        return
    text = number(score)
    if score > x.high:
        canvas.text(x.end - DISTANT, y + 3, f"{text} →", anchor="end", colour=BASE, halo=True)
    else:
        canvas.text(x.start + DISTANT, y + 3, f"← {text}", colour=BASE, halo=True)
