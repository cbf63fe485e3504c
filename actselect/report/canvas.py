"""What all pictures are drawn on: an SVG element, in points, in the colours of the page.

There are no ids, which two pictures of one page could share.  What is drawn later lies above.  Text
of any origin is safe here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, final

from actselect.report.wording import clean

INK, QUIET, FAINT, LINE = "var(--ink)", "var(--quiet)", "var(--faint)", "var(--line)"
BASE, BAND, CARD = "var(--baseline)", "var(--band)", "var(--card)"
TIERS = tuple(f"var(--tier-{tier})" for tier in range(1, 5))
MARKERS = "os^DvP*X"  # one per tier or line; the last serves all further ones
SMALL, NORMAL = 8.5, 9.5  # points; no text is smaller

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0
SQUARE = ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8))
OUTLINES: dict[str, Sequence[tuple[float, float]]] = {
    "s": SQUARE,
    "^": ((0, -1), (1, 0.8), (-1, 0.8)),
    "v": ((0, 1), (1, -0.8), (-1, -0.8)),
    "D": ((0, -1.1), (1.1, 0), (0, 1.1), (-1.1, 0)),
    "P": ((-0.4, -1), (0.4, -1), (0.4, -0.4), (1, -0.4), (1, 0.4), (0.4, 0.4),
          (0.4, 1), (-0.4, 1), (-0.4, 0.4), (-1, 0.4), (-1, -0.4), (-0.4, -0.4)),
    "*": tuple(
        (r * math.sin(math.pi * i / 5), -r * math.cos(math.pi * i / 5))
        for i, r in enumerate((1.25, 0.5) * 5)
    ),
    "X": ((-1, -0.5), (-0.5, -1), (0, -0.5), (0.5, -1), (1, -0.5), (0.5, 0),
          (1, 0.5), (0.5, 1), (0, 0.5), (-0.5, 1), (-1, 0.5), (-0.5, 0)),
}  # fmt: skip
STROKES: dict[str, Sequence[tuple[tuple[float, float], tuple[float, float]]]] = {
    "x": (((-0.8, -0.8), (0.8, 0.8)), ((-0.8, 0.8), (0.8, -0.8))),
    "|": (((0, -1), (0, 1)),),
}

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """``width`` in points; ``columns`` small plots stand side by side."""

    width: float
    columns: int


WIDE = Shape(width=533.0, columns=2)  # 7.4 inches
NARROW = Shape(width=259.0, columns=1)  # 3.6 inches: on a phone text keeps its size


def tier_colour(tier: int) -> str:
    """Return the colour of a tier; the last one serves all further tiers."""
    return TIERS[min(tier, len(TIERS)) - 1]


def tier_marker(tier: int) -> str:
    """Return the marker of a tier; the last one serves all further tiers."""
    return MARKERS[min(tier, len(MARKERS)) - 1]


@final
class Canvas:
    """An SVG element that grows; its height is known at the end."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def text(
        self, x: float, y: float, text: str, *, size: float = SMALL, colour: str = INK,
        anchor: Anchor = "start", bold: bool = False, turned: float = 0.0, halo: bool = False,
    ) -> None:  # fmt: skip
        """Write one line of text, its baseline at y; ``turned`` by degrees around (x, y).

        ``halo`` parts it from lines that it crosses.
        """
        place = f'x="{_short(x)}" y="{_short(y)}"'
        turn = f' transform="rotate({_short(turned)} {_short(x)} {_short(y)})"' if turned else ""
        style = [f"fill:{colour}"] if colour != INK else []
        style += ["font-weight:600"] if bold else []
        style += [f"paint-order:stroke;stroke:{CARD};stroke-width:3"] if halo else []
        styled = f' style="{";".join(style)}"' if style else ""
        sized = f' font-size="{_short(size)}"' if size != SMALL else ""
        side = "" if anchor == "start" else f' text-anchor="{anchor}"'
        words = _escaped(text)
        self._parts.append(f"<text {place}{side}{turn}{sized}{styled}>{words}</text>")

    def lines(
        self, lines: Iterable[Sequence[Point]], colour: str, *, width: float = 1.0,
        dash: str = "", opacity: float = 1.0,
    ) -> None:  # fmt: skip
        """Draw polylines as one element."""
        path = "".join(_path(line) for line in lines if len(line) > 1)
        if path:
            broken = f";stroke-dasharray:{dash}" if dash else ""
            faint = f";opacity:{_short(opacity)}" if opacity < 1 else ""
            self._parts.append(
                f'<path d="{path}" style="fill:none;stroke:{colour};stroke-width:{_short(width)};'
                f'stroke-linejoin:round{broken}{faint}"/>'
            )

    def area(
        self, outlines: Iterable[Sequence[Point]], colour: str, *, opacity: float = 1.0
    ) -> None:
        """Fill polygons as one element."""
        path = "".join(_path(outline) + "z" for outline in outlines)
        if path:
            faint = f";fill-opacity:{opacity:.3g}" if opacity < 1 else ""
            self._parts.append(f'<path d="{path}" style="fill:{colour}{faint}"/>')

    def box(
        self, x: float, y: float, width: float, height: float, colour: str, *, opacity: float = 1.0
    ) -> None:
        """Fill a rectangle."""
        self.area([corners(x, y, width, height)], colour, opacity=opacity)

    def marks(
        self, points: Iterable[Point], marker: str, colour: str, *, size: float = 3.2,
        opacity: float = 1.0,
    ) -> None:  # fmt: skip
        """Draw a marker of half width ``size`` at each point, all as one element.

        ``o`` is a dot, ``O`` a ring; the others are in OUTLINES and STROKES.
        """
        if marker == "o":
            dots = [((x, y), (x + 0.01, y)) for x, y in points]
            path = "".join(_path(dot, places=2) for dot in dots)
            if path:
                faint = f";opacity:{_short(opacity)}" if opacity < 1 else ""
                style = f"stroke:{colour};stroke-width:{_short(2 * size)};stroke-linecap:round"
                self._parts.append(f'<path d="{path}" style="fill:none;{style}{faint}"/>')
        elif marker == "O":
            rings = "".join(_ring(x, y, size) for x, y in points)
            if rings:
                self._parts.append(f'<path d="{rings}" style="fill:none;stroke:{colour}"/>')
        elif marker in OUTLINES:
            shape = OUTLINES[marker]
            drawn = [[(x + size * dx, y + size * dy) for dx, dy in shape] for x, y in points]
            self.area(drawn, colour, opacity=opacity)
        else:
            strokes = [
                [(x + size * dx, y + size * dy) for dx, dy in stroke]
                for x, y in points
                for stroke in STROKES[marker]
            ]
            self.lines(strokes, colour, width=max(0.45 * size, 0.8), opacity=opacity)

    def svg(self, width: float, height: float, title: str) -> str:
        """Return the element; ``title`` says in words what it shows."""
        size = f'width="{_short(width)}pt" height="{_short(height)}pt"'
        box = f'viewBox="0 0 {_short(width)} {_short(height)}"'
        named = f'role="img" aria-label="{_escaped(title)}"'
        style = f'font-family="sans-serif" font-size="{_short(SMALL)}" style="fill:{INK}"'
        return f"<svg {named} {size} {box} {style}>{''.join(self._parts)}</svg>"


def corners(x: float, y: float, width: float, height: float) -> list[Point]:
    """Return the corners of a rectangle in order."""
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def _path(points: Sequence[Point], places: int = 1) -> str:
    """Return a path through the points: to a tenth of a point, the eye sees no more."""
    pairs = [f"{_short(x, places)} {_short(y, places)}" for x, y in points]
    return f"M{pairs[0]}L{' '.join(pairs[1:])}"


def _ring(x: float, y: float, radius: float) -> str:
    r, d = _short(radius, 2), _short(2 * radius, 2)
    return f"M{_short(x - radius)} {_short(y)}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0"


def _short(value: float, places: int = 1) -> str:
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _escaped(text: str) -> str:
    return escape(FORBIDDEN.sub("", clean(text)))
