"""The picture of a regression's answers: predicted against true values."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from actselect.records import ReportRecord
from actselect.report.canvas import INK, QUIET, TIERS, WIDE, Canvas, Point, Shape
from actselect.report.lettering import number
from actselect.report.plot import Entry, Scale, frame, heading, legend, padded
from actselect.report.wording import Say, clean, count, shorten

LEFT, RIGHT, BELOW = 44.0, 10.0, 32.0  # points around the plot
TALLEST = 300.0
PAIRS = 1500  # that are drawn: about 30 kB
REACH = 0.5  # the axes leave the true values by at most this many times their span
LAYERS = 5
TARGET = 40  # characters
DASH = "5,3"


def picture(record: ReportRecord, shape: Shape = WIDE, *, say: Say = str) -> str:
    """Return predictions against true values as an SVG element; empty without any."""
    pairs = _pairs(record)
    if not pairs:
        return ""
    canvas = Canvas()
    target = shorten(clean(record.dataset.target), TARGET)
    top = heading(canvas, say(f"predicted {target}, validation data"), 0, shape.width) + 2
    low, high = _range(pairs)
    side = min(shape.width - LEFT - RIGHT, TALLEST)
    x = Scale(low=low, high=high, start=LEFT, end=LEFT + side)
    y = Scale(low=low, high=high, start=top + side, end=top)
    frame(canvas, x, y, x_name=say(f"true {target}"), x_number=5)
    every = -(-len(pairs) // PAIRS)
    shown = [(x.at(true), y.at(said)) for true, said in pairs[::every] if y.holds(said)]
    canvas.lines([[(x.start, y.start), (x.end, y.end)]], INK, width=1.2, dash=DASH)
    for layer in range(LAYERS):  # where dots lie upon each other it gets darker
        size = 2.4 if len(shown) < 300 else 1.8
        canvas.marks(shown[layer::LAYERS], "o", TIERS[0], size=size, opacity=0.45)
    for marker, inside in (("^", 5.0), ("v", -5.0)):
        far = [(x.at(true), y.at(said) + inside) for true, said in pairs[::every]
               if (said > high if marker == "^" else said < low)]  # fmt: skip
        canvas.marks(far, marker, TIERS[0], size=3.2)
    bottom = legend(canvas, _entries(pairs, (low, high), every, say), y.start + BELOW, shape.width)
    return canvas.svg(shape.width, bottom + 2, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Say = str) -> str:
    """Return in words what the scatter of predictions shows."""
    pairs = _pairs(record)
    if not pairs:
        return ""
    true = [pair[0] for pair in pairs]
    off = statistics.fmean(abs(said - value) for value, said in pairs)
    text = say(
        f"Predicted against true {shorten(clean(record.dataset.target), TARGET)} of "
        f"{count(len(pairs), 'example')}: true values from {number(min(true))} to "
        f"{number(max(true))}, predictions off by {number(off)} on average."
    )
    if len(pairs) < 3 or len(set(true)) < 2 or len({said for _, said in pairs}) < 2:
        return text
    r = statistics.correlation(true, [said for _, said in pairs])
    return f"{text} {say(f'Correlation {number(r, 2)}.')}"


def _pairs(record: ReportRecord) -> list[Point]:
    pairs = record.examples.pairs if record.examples is not None else ()
    return [pair for pair in pairs if all(map(math.isfinite, pair))]


def _range(pairs: Sequence[Point]) -> tuple[float, float]:
    """Return the range of both axes: the true values, and predictions not too far from them."""
    true = [pair[0] for pair in pairs]
    low, high = min(true), max(true)
    span = REACH * (high - low) or max(abs(high), 1.0)
    near = [said for _, said in pairs if low - span <= said <= high + span]
    return padded(min([low, *near]), max([high, *near]), 0.04)


def _entries(
    pairs: Sequence[Point], range_: tuple[float, float], every: int, say: Say
) -> list[Entry]:
    text = say("one example")
    if every > 1:
        text = say(f"one of {every} examples")
    entries = [
        Entry(text=text, colour=TIERS[0], marker="o"),
        Entry(text=say("prediction = truth"), colour=INK, line=1.2, dash=DASH),
    ]
    far = sum(not range_[0] <= said <= range_[1] for _, said in pairs)
    if far:
        text = say(f"prediction off the picture ({far:,})")
        entries.append(Entry(text=text, colour=QUIET, marker="^"))
    return entries
