"""Labels of points that do not lie upon each other: each takes the first place that is free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actselect.report.canvas import Point

ASCENT, DESCENT = 0.78, 0.24  # of the font size, above and below the baseline
GAP = 6.0  # points between a marker's middle and its label
FARTHER = (1.0, 2.6, 4.4)  # times the gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle; ``top`` is the smaller number."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Say whether two rectangles share an area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, other: Box) -> bool:
        """Say whether this rectangle lies inside the other."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A label's place: the left end of its baseline; ``far``: it needs a line to its point."""

    x: float
    y: float
    box: Box
    far: bool


def around(point: Point, radius: float) -> Box:
    """Return the square around a point."""
    x, y = point
    return Box(left=x - radius, top=y - radius, right=x + radius, bottom=y + radius)


def place(point: Point, wide: float, size: float, taken: Sequence[Box], page: Box) -> Placed | None:
    """Return the first free place beside a point for a label, or None.

    Args:
        point: what the label is of.
        wide: the label's width, points.
        size: of its font.
        taken: what it must not touch.
        page: what it must lie within.
    """
    for x, y, far in _places(point, wide, size):
        box = Box(left=x, top=y - ASCENT * size, right=x + wide, bottom=y + DESCENT * size)
        if box.within(page) and not any(box.meets(other) for other in taken):
            return Placed(x=x, y=y, box=box, far=far)
    return None


def _places(point: Point, wide: float, size: float) -> Iterator[tuple[float, float, bool]]:
    """Yield places: beside the point, above and below it; near ones first."""
    x, y = point
    for times in FARTHER:
        gap = GAP * times
        middle, above, below = y + 0.3 * size, y - gap, y + gap + 0.7 * size
        right, left, centre = x + gap, x - gap - wide, x - wide / 2
        for place in (
            (right, middle), (left, middle), (right, above), (right, below),
            (left, above), (left, below), (centre, above), (centre, below),
            (x - 0.2 * wide, above), (x - 0.8 * wide, above),
            (x - 0.2 * wide, below), (x - 0.8 * wide, below),
        ):  # fmt: skip
            yield (*place, times > 1)
