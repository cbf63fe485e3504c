"""Lines of a plot: cut at its edge, and told apart by more than their colour."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from actselect.report.canvas import MARKERS, Canvas, Point, tier_colour
from actselect.report.plot import Entry, Scale

DASHES = ("", "6,2", "2,2", "8,2,2,2")  # one per line, beside its marker
MARKS = 5  # along a line
WIDTH = 1.9  # points


def trace(
    canvas: Canvas, path: Sequence[Point], points: Sequence[Point], y: Scale, *, place: int,
    tier: int,
) -> None:  # fmt: skip
    """Draw the line at that place among others: a path, and markers at a few of its points."""
    canvas.lines(cut(path, y.end, y.start), tier_colour(tier), width=WIDTH, dash=_dash(place))
    canvas.marks(_along(points, place, y), MARKERS[place], tier_colour(tier), size=3.4)


def line_entry(text: str, *, place: int, tier: int) -> Entry:
    """Return what the line at that place means, for a legend."""
    return Entry(text=text, colour=tier_colour(tier), marker=MARKERS[place], line=WIDTH,
                 dash=_dash(place))  # fmt: skip


def cut(points: Iterable[Point], high: float, low: float) -> list[list[Point]]:
    """Return the pieces of a line that lie between two heights, in points; NaN ends a piece.

    >>> cut([(0, 0), (10, 10)], 0, 5)
    [[(0, 0), (5.0, 5)]]
    """
    pieces: list[list[Point]] = [[]]
    last: Point | None = None
    for point in points:
        if math.isnan(point[1]):
            last = None
            pieces.append([])
            continue
        if last is not None and (inner := _within(last, point, high, low)):
            if not pieces[-1] or pieces[-1][-1] != inner[0]:
                pieces.append([inner[0]])
            pieces[-1].append(inner[1])
        last = point
    return [piece for piece in pieces if len(piece) > 1]


def _within(a: Point, b: Point, high: float, low: float) -> tuple[Point, Point] | None:
    """Return the part of a segment between two heights (``high`` is the smaller number)."""
    if max(a[1], b[1]) < high or min(a[1], b[1]) > low:
        return None

    def clamp(point: Point, other: Point) -> Point:
        height = min(max(point[1], high), low)
        if height == point[1]:
            return point
        share = (height - point[1]) / (other[1] - point[1])
        return point[0] + share * (other[0] - point[0]), height

    return clamp(a, b), clamp(b, a)


def _along(points: Sequence[Point], place: int, y: Scale) -> list[Point]:
    """Return a few points along a line, shifted from line to line so that none hides another."""
    shown = [point for point in points if y.end <= point[1] <= y.start]
    if not shown:
        return []
    first, last = shown[0][0], shown[-1][0]
    wanted = [first + (last - first) * (i + 0.5 + place / 16) / MARKS for i in range(MARKS)]
    return list(dict.fromkeys(min(shown, key=lambda p: abs(p[0] - across)) for across in wanted))


def _dash(place: int) -> str:
    return DASHES[place % len(DASHES)]
