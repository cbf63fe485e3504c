"""The picture of quality against cost: which architectures nothing beats in both."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from actselect.records import RankedRecord, ReportRecord
from actselect.report import wording
from actselect.report.canvas import (
    BASE,
    FAINT,
    INK,
    QUIET,
    SMALL,
    WIDE,
    Canvas,
    Point,
    Shape,
    tier_colour,
    tier_marker,
)
from actselect.report.extent import ends, reach
from actselect.report.lettering import fitted, width
from actselect.report.lines import cut
from actselect.report.placing import Box, around, place
from actselect.report.plot import LEADING, Entry, Scale, frame, heading, legend, padded
from actselect.report.tradeoff import best_baseline, costs_of, front
from actselect.report.wording import Say, clean, milliseconds, shorten

LEFT, RIGHT, BELOW = 44.0, 8.0, 32.0  # points around the plot
HEIGHT = 230.0
LEAST = 1.6  # the cost axis reaches at least this factor to both sides of its middle
OWN, OTHER = 4.5, 8.5  # points between a label and its own marker's middle, and any other's
METRIC = 40  # characters
LABEL = 44
DASH = "5,3"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """One architecture: its cost in milliseconds, and where it is drawn, in points."""

    row: RankedRecord
    cost: float
    at: Point
    beyond: bool  # its score is off the plot


def picture(record: ReportRecord, shape: Shape = WIDE, *, say: Say = str) -> str:
    """Return score against cost as an SVG element; empty where nothing is ranked."""
    costs = costs_of(record)
    rows = [row for row in record.ranking if math.isfinite(row.validation.mean)]
    if not rows or not all(costs[row.rank] > 0 for row in rows):
        return ""
    canvas = Canvas()
    better = say(f"↑ better: validation {shorten(clean(record.metric.name), METRIC)}")
    x, y = _scales(record, rows, costs, shape, heading(canvas, better, 0, shape.width) + 2)
    frame(canvas, x, y, x_name=say("training, ms per step"), x_number=6 if shape.columns > 1 else 4)
    spots = [
        _Spot(row=row, cost=costs[row.rank], at=(x.at(costs[row.rank]), y.at(row.validation.mean)),
              beyond=not y.holds(row.validation.mean))
        for row in rows
    ]  # fmt: skip
    lines = _baseline(canvas, record, x, y) + _front(canvas, spots, x, front(record))
    for spot in reversed(spots):
        _draw(canvas, spot, y)
    page = Box(left=x.start + 1, top=y.end, right=shape.width, bottom=y.start - 1)
    named = shape.columns > 1 and _labels(canvas, spots, lines, page, names=True)
    bottom = legend(canvas, _entries(record, spots, y, say), y.start + BELOW, shape.width)
    if not named:
        _labels(canvas, spots, lines, page, names=False)
        bottom = _key(canvas, rows, bottom, shape)
    return canvas.svg(shape.width, bottom + 2, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Say = str) -> str:
    """Return in words what the picture of quality against cost shows."""
    scale, costs = wording.Scale.of(record), costs_of(record)
    metric = shorten(clean(record.metric.name), METRIC)
    said = [say(f"Validation {metric} against training cost, {wording.direction(record.metric)}.")]
    said += [
        say(f"{clean(row.label)}: {scale.both(row.validation)} at "
            f"{milliseconds(costs[row.rank])} ms per step.")
        for row in record.ranking
    ]  # fmt: skip
    names = [clean(row.label) for row in record.ranking if row.rank in front(record)]
    if names:
        said.append(say(f"Not beaten in both score and cost: {', '.join(names)}."))
    baseline = best_baseline(record)
    if baseline is not None:
        score = scale.both(baseline.validation)
        said.append(say(f"Best baseline: {clean(baseline.name)}, {score}."))
    return " ".join(said)


def _scales(
    record: ReportRecord,
    rows: Sequence[RankedRecord],
    costs: dict[int, float],
    shape: Shape,
    top: float,
) -> tuple[Scale, Scale]:
    """Return both axes; better is up.  One architecture that failed presses no others together."""
    first = [row.validation for row in rows if row.tier == rows[0].tier]
    low, high, beyond = reach(first)
    seen = [end for row in rows for end in ends(row.validation)]
    baseline = best_baseline(record)
    seen += [] if baseline is None else [baseline.validation.mean]
    seen = [end for end in seen if low - beyond <= end <= high + beyond]
    range_ = padded(min([low, *seen]), max([high, *seen]), 0.09)
    down, up = range_[::-1] if record.metric.direction == "minimize" else range_
    spent = [costs[row.rank] for row in rows]
    middle = math.sqrt(min(spent) * max(spent))
    spent += [middle / LEAST, middle * LEAST]
    left, right = padded(min(spent), max(spent), 0.1, log=True)
    return (
        Scale(low=left, high=right, start=LEFT, end=shape.width - RIGHT, log=True),
        Scale(low=down, high=up, start=top + HEIGHT, end=top),
    )


def _baseline(canvas: Canvas, record: ReportRecord, x: Scale, y: Scale) -> list[Box]:
    """Draw the best baseline across the plot; return where it lies."""
    baseline = best_baseline(record)
    if baseline is None or not y.holds(baseline.validation.mean):
        return []
    height = y.at(baseline.validation.mean)
    canvas.lines([[(x.start, height), (x.end, height)]], BASE, width=1.4, dash=DASH)
    return [Box(left=x.start, top=height - 1, right=x.end, bottom=height + 1)]


def _front(canvas: Canvas, spots: Sequence[_Spot], x: Scale, members: set[int]) -> list[Box]:
    """Draw the front as steps, the best score that a cost can buy; return where they lie."""
    steps: list[Point] = []
    for spot in sorted((s for s in spots if s.row.rank in members), key=lambda s: s.cost):
        steps += [(spot.at[0], steps[-1][1]), spot.at] if steps else [spot.at]
    steps.append((x.end, steps[-1][1]))
    canvas.lines([steps], INK, width=1.1, opacity=0.55)
    return [
        Box(left=min(a[0], b[0]) - 1, top=min(a[1], b[1]) - 1,
            right=max(a[0], b[0]) + 1, bottom=max(a[1], b[1]) + 1)
        for a, b in itertools.pairwise(steps)
    ]  # fmt: skip


def _draw(canvas: Canvas, spot: _Spot, y: Scale) -> None:
    colour = tier_colour(spot.row.tier)
    (across, height), (low, high) = spot.at, ends(spot.row.validation)
    for piece in cut([(across, y.free(low)), (across, y.free(high))], y.end, y.start):
        canvas.lines([piece], colour, width=1.6, opacity=0.6)
    if spot.beyond:
        canvas.marks([(across, height + (4 if height == y.end else -4))],
                     "^" if height == y.end else "v", colour, size=3.6)  # fmt: skip
    else:
        canvas.marks([spot.at], tier_marker(spot.row.tier), colour, size=4)


def _labels(
    canvas: Canvas, spots: Sequence[_Spot], lines: Sequence[Box], page: Box, *, names: bool
) -> bool:
    """Write names, or ranks, beside the points; say whether all found a place close by.

    Nothing is written where ``names`` do not all find one.
    """
    taken, found = list(lines), []
    for spot in spots:
        text = shorten(clean(spot.row.label), LABEL) if names else f"{spot.row.rank}"
        marks = [around(s.at, OWN if s is spot else OTHER) for s in spots]
        label = place(spot.at, width(text, SMALL), SMALL, [*taken, *marks], page)
        if label is not None:
            taken.append(label.box)
            found.append((spot, text, label))
    near = len(found) == len(spots) and not any(label.far for _, _, label in found)
    if names and not near:
        return False
    for spot, text, label in found:
        if label.far:
            middle = (label.box.left + label.box.right) / 2, (label.box.top + label.box.bottom) / 2
            canvas.lines([[spot.at, middle]], FAINT, width=0.7)
        canvas.text(label.x, label.y, text, bold=not names, halo=True)
    return near


def _entries(record: ReportRecord, spots: Sequence[_Spot], y: Scale, say: Say) -> list[Entry]:
    tiers = sorted({spot.row.tier for spot in spots})
    entries = [
        Entry(
            text=say(f"tier {tier}"), colour=tier_colour(tier), marker=tier_marker(tier), line=1.6
        )
        for tier in tiers[: len(tiers) if len(tiers) < 9 else 8]
    ]
    entries.append(Entry(text=say("not beaten in both (Pareto front)"), colour=INK, line=1.1))
    if any(spot.beyond for spot in spots):
        entries.append(Entry(text=say("score off the picture"), colour=QUIET, marker="v"))
    baseline = best_baseline(record)
    if baseline is not None:
        name = shorten(clean(baseline.name), 24)
        score = wording.Scale.of(record).text(baseline.validation.mean)
        text = say(f"best baseline: {name}, {score}")
        if not y.holds(baseline.validation.mean):
            text = say(f"best baseline, off the picture: {name}, {score}")
        entries.append(Entry(text=text, colour=BASE, line=1.4, dash=DASH))
    return entries


def _key(canvas: Canvas, rows: Sequence[RankedRecord], top: float, shape: Shape) -> float:
    """Write which architecture a rank stands for, below the legend, and return where that ends."""
    room = shape.width / shape.columns
    lines = -(-len(rows) // shape.columns)
    for place_, row in enumerate(rows):
        column, line = divmod(place_, lines)
        x, y = column * room, top + 4 + LEADING * (line + 1)
        canvas.marks([(x + 4, y - 3)], tier_marker(row.tier), tier_colour(row.tier))
        canvas.text(x + 28, y, f"{row.rank}", bold=True, anchor="end")
        canvas.text(x + 33, y, fitted(clean(row.label), room - 41, SMALL))
    return top + 4 + LEADING * lines + 4
