"""Lines with fewer points that look the same (Ramer 1972; Douglas and Peucker 1973)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from actselect.report.canvas import Point

TOLERANCE = 0.25  # points: less than half a pixel


def thinned(lines: Sequence[Sequence[Point]], budget: int) -> list[list[Point]]:
    """Return lines that deviate from the given ones by no more than it takes.

    All together have at most ``budget`` points, or two per line where that is more.  NaN heights
    stay: they part a line.
    """
    tolerance = TOLERANCE
    done = [_thin(line, tolerance) for line in lines]
    while sum(map(len, done)) > budget and tolerance < 1e4:
        tolerance *= 1.6
        done = [_thin(line, tolerance) for line in done]
    return done


def _thin(line: Sequence[Point], tolerance: float) -> list[Point]:
    gaps = [i for i, (_, height) in enumerate(line) if math.isnan(height)]
    done: list[Point] = []
    start = 0
    for end in [*gaps, len(line)]:
        done += _simplified(line[start:end], tolerance)
        done += line[end : end + 1]
        start = end + 1
    return done


def _simplified(line: Sequence[Point], tolerance: float) -> list[Point]:
    """Keep the ends, and of what lies between whatever is farther than ``tolerance`` from them."""
    keep = {0, len(line) - 1} if line else set()
    stack = [(0, len(line) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        farthest = max(range(first + 1, last), key=lambda i: _distance(line, first, last, i))
        if _distance(line, first, last, farthest) > tolerance:
            keep.add(farthest)
            stack += [(first, farthest), (farthest, last)]
    return [line[i] for i in sorted(keep)]


def _distance(line: Sequence[Point], first: int, last: int, i: int) -> float:
    """Return how far point i is above or below the straight line between two others."""
    (x0, y0), (x1, y1), (x, y) = line[first], line[last], line[i]
    return abs(y0 + (x - x0) / (x1 - x0) * (y1 - y0) - y)
