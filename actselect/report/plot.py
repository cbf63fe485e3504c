"""What plots are made of: scales with round marks, axes, headings and legends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from actselect.report.canvas import FAINT, INK, NORMAL, QUIET, SMALL, Canvas
from actselect.report.lettering import alike, fitted, power, width, wrapped

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)  # of round marks
LEADING = 13.0  # points from line to line
KEY = 21.0  # points that a legend's sample takes, with the gap behind it
BETWEEN = 13.0  # points between entries of a legend


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Data from ``low`` to ``high`` lie between ``start`` and ``end``, in points."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return where a value lies; outside the range, at its end."""
        return self.free(min(max(value, min(self.low, self.high)), max(self.low, self.high)))

    def free(self, value: float) -> float:
        """Return where a value lies, also outside the range; NaN where it is not finite."""
        if not math.isfinite(value):
            return math.nan
        low, high = self._way(self.low), self._way(self.high)
        return self.start + (self._way(value) - low) / (high - low) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Say whether a value is within the range."""
        return min(self.low, self.high) <= value <= max(self.low, self.high)

    def ticks(self, number: int) -> list[float]:
        """Return about so many round values within the range, in ascending order."""
        low, high = min(self.low, self.high), max(self.low, self.high)
        if self.log and high / low >= 8:
            return _powers(low, high, number)
        return _round(low, high, number)

    def names(self, ticks: Sequence[float]) -> list[str]:
        """Return the values as text."""
        if self.log and len(ticks) > 1 and ticks[1] / ticks[0] > 2.6:
            return [power(tick) for tick in ticks]
        return alike(ticks)

    def _way(self, value: float) -> float:
        return math.log10(max(value, 1e-300)) if self.log else value


def _round(low: float, high: float, number: int) -> list[float]:
    raw = (high - low) / max(number, 1)
    ten = 10.0 ** math.floor(math.log10(raw))
    step = min((s * ten for s in STEPS), key=lambda s: abs(math.log(s / raw)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12 - math.floor(math.log10(step))) for i in range(first, last + 1)]


def _powers(low: float, high: float, number: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        found = [f * 10.0**p for p in range(first, last + 1) for f in factors]
        within = [float(f"{v:.3g}") for v in found if low * 0.999 <= v <= high * 1.001]
        if len(within) > 2 or len(factors) == 3:
            break
    every = -(-len(within) // max(number, 2))
    return within[::every]


def padded(low: float, high: float, share: float, *, log: bool = False) -> tuple[float, float]:
    """Return a range made larger by a share of itself at each end; never empty.

    >>> padded(0.0, 10.0, 0.1), padded(1.0, 100.0, 0.5, log=True)
    ((-1.0, 11.0), (0.1, 1000.0))
    """
    if log:
        ends = padded(math.log10(low), math.log10(high), share)
        return 10.0 ** ends[0], 10.0 ** ends[1]
    space = share * (high - low) or abs(high) * 0.05 or 1.0
    return low - space, high + space


def frame(
    canvas: Canvas, x: Scale, y: Scale, *, x_name: str = "", x_number: int = 6, y_number: int = 5,
    whole: bool = False,
) -> None:  # fmt: skip
    """Draw both axes; ``whole``: the x axis counts."""
    ticks = [t for t in x.ticks(x_number) if not whole or t == round(t)]
    across(canvas, x, y, ticks, name=x_name)
    upwards(canvas, x, y, y.ticks(y_number))


def across(
    canvas: Canvas, x: Scale, y: Scale, ticks: Sequence[float], *, name: str = "",
    numbered: bool = True,
) -> None:  # fmt: skip
    """Draw the x axis: its grid, its numbers, and its name below them."""
    grid = [[(x.at(tick), y.start), (x.at(tick), y.end)] for tick in ticks]
    canvas.lines(grid, FAINT, width=0.5, opacity=0.4)
    canvas.lines([[(x.start, y.start), (x.end, y.start)]], FAINT, width=0.8)
    texts = x.names(ticks) if numbered else [""] * len(ticks)
    for tick, text in zip(ticks, texts, strict=True):
        canvas.text(x.at(tick), y.start + 11, text, anchor="middle")
    if name:
        text = fitted(name, x.end, SMALL)
        canvas.text(x.end, y.start + 24, text, anchor="end", colour=QUIET)


def upwards(
    canvas: Canvas, x: Scale, y: Scale, ticks: Sequence[float], *, numbered: bool = True
) -> None:
    """Draw the y axis: its grid, and its numbers at the left."""
    grid = [[(x.start, y.at(tick)), (x.end, y.at(tick))] for tick in ticks]
    canvas.lines(grid, FAINT, width=0.5, opacity=0.4)
    canvas.lines([[(x.start, y.start), (x.start, y.end)]], FAINT, width=0.8)
    texts = y.names(ticks) if numbered else [""] * len(ticks)
    for tick, text in zip(ticks, texts, strict=True):
        canvas.text(x.start - 4, y.at(tick) + 3, text, anchor="end")


def heading(canvas: Canvas, text: str, top: float, room: float, *, size: float = NORMAL) -> float:
    """Write what a picture shows above it, on up to three lines, and return where that ends."""
    for line in wrapped(text, room, size, 3):
        top += size + 3
        canvas.text(0, top, line, size=size, colour=INK if size == NORMAL else QUIET)
    return top + 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a legend: a sample of a line, a marker, an area, and what it means."""

    text: str
    colour: str = INK
    marker: str = ""
    line: float = 0.0
    dash: str = ""
    area: float = 0.0  # opacity
    size: float = 3.2  # of the marker


def legend(
    canvas: Canvas, entries: Sequence[Entry], top: float, room: float, *, columns: int = 0
) -> float:
    """Draw a legend below ``top``, on as many lines as it takes, and return where it ends.

    ``columns``: entries stand in that many columns, not one after the other.
    """
    x, y = 0.0, top + LEADING
    column = room / columns if columns else room
    for entry in entries:
        text = fitted(entry.text, column - KEY - (BETWEEN if columns > 1 else 0), SMALL)
        takes = column if columns else KEY + width(text, SMALL) + BETWEEN
        if x > 0 and x + takes - BETWEEN > room + 0.5:
            x, y = 0.0, y + LEADING
        _sample(canvas, entry, x, y - 3)
        canvas.text(x + KEY, y, text)
        x += takes
    return y + 4 if entries else top


def _sample(canvas: Canvas, entry: Entry, x: float, y: float) -> None:
    if entry.area:
        canvas.box(x, y - 4, 17, 8, entry.colour, opacity=entry.area)
    if entry.line:
        canvas.lines([[(x, y), (x + 17, y)]], entry.colour, width=entry.line, dash=entry.dash)
    if entry.marker:
        canvas.marks([(x + 8.5, y)], entry.marker, entry.colour, size=entry.size)
