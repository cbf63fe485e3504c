"""The picture of forecasts beside what came: one small plot each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from actselect.records import ForecastExample, ReportRecord
from actselect.report.canvas import (
    FAINT,
    INK,
    QUIET,
    TIERS,
    WIDE,
    Canvas,
    Point,
    Shape,
)
from actselect.report.lettering import fitted, number
from actselect.report.lines import cut
from actselect.report.plot import Entry, Scale, frame, heading, legend, padded
from actselect.report.thinning import thinned
from actselect.report.wording import Say, clean, count, shorten

LEFT, RIGHT, ABOVE, BELOW = 44.0, 6.0, 16.0, 34.0  # points around a plot
HEIGHT, GAP = 92.0, 14.0
EXAMPLES = 6  # at most
SHADES = 0.16  # opacity of a band; they add up
POINTS = 400  # of one line
DASH = "5,2"
NAME = 60  # characters
PAST, LEAST = 1.6, 8  # what came before: times the forecast's steps, and steps at least
REACH = 2.0  # the axis leaves the truth by at most this many times its span


def picture(record: ReportRecord, shape: Shape = WIDE, *, say: Say = str) -> str:
    """Return the forecasts of the first network as an SVG element; empty without any."""
    examples = _examples(record)
    if not examples:
        return ""
    canvas = Canvas()
    label = shorten(clean(record.examples.label if record.examples else ""), NAME)
    top = heading(canvas, say(f"forecasts of {label} on validation data"), 0, shape.width)
    columns = min(shape.columns, len(examples))
    room = (shape.width - GAP * (columns - 1)) / columns
    tall = ABOVE + HEIGHT + BELOW
    for place, example in enumerate(examples):
        line, column = divmod(place, columns)
        last = place + columns >= len(examples)
        _plot(canvas, example, column * (room + GAP), top + line * tall, room,
              say("steps from the start of the forecast") if last else "", say)  # fmt: skip
    bottom = top + tall * -(-len(examples) // columns)
    bottom = legend(canvas, _entries(examples, say), bottom - 6, shape.width)
    return canvas.svg(shape.width, bottom + 2, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Say = str) -> str:
    """Return in words what the picture of the forecasts shows."""
    examples = _examples(record)
    if not examples:
        return ""
    said = [say(f"{count(len(examples), 'forecast')} beside what came, on validation data.")]
    for example in examples:
        errors = [abs(f - t) for f, t in zip(example.forecast, example.truth, strict=False)]
        errors = [error for error in errors if math.isfinite(error)]
        mean = sum(errors) / len(errors) if errors else math.nan
        said.append(
            say(f"{example.series or 'unnamed series'}: off by {number(mean)} on average over "
                f"{count(len(example.forecast), 'step')}; the last value was "
                f"{number(example.truth[-1])}, the forecast {number(example.forecast[-1])}.")
        )  # fmt: skip
    return " ".join(said)


def _examples(record: ReportRecord) -> list[ForecastExample]:
    if record.examples is None:
        return []
    known = [e for e in record.examples.forecasts if e.truth and e.forecast][:EXAMPLES]
    return [
        replace(e, known=e.known[-max(int(PAST * len(e.forecast)), LEAST) :], series=_name(e))
        for e in known
    ]


def _name(example: ForecastExample) -> str:
    return shorten(clean(example.series).strip(), NAME)


def _plot(
    canvas: Canvas, example: ForecastExample, left: float, top: float, room: float, x_name: str,
    say: Say,
) -> None:  # fmt: skip
    name = fitted(example.series or say("unnamed series"), room, 9)
    canvas.text(left, top + 10, name, size=9, bold=True)
    low, high = _range(example)
    steps = max(len(example.truth), len(example.forecast))
    x = Scale(low=min(1 - len(example.known), 0), high=steps, start=left + LEFT,
              end=left + room - RIGHT)  # fmt: skip
    y = Scale(low=low, high=high, start=top + ABOVE + HEIGHT, end=top + ABOVE)
    frame(canvas, x, y, x_name=x_name, x_number=5, y_number=4, whole=True)
    canvas.lines([[(x.at(0), y.start), (x.at(0), y.end)]], FAINT, width=1, dash="2,2")
    last = example.known[-1:]
    for lower, upper in _bands(example):
        there = [(x.at(i + 1), y.free(value)) for i, value in enumerate(upper)]
        back = [(x.at(i + 1), y.free(value)) for i, value in enumerate(lower)]
        canvas.area([_held([*there, *reversed(back)], y)], TIERS[0], opacity=SHADES)
    for values, first, colour, width, dash in (
        (example.known, 1 - len(example.known), INK, 1.1, ""),
        ((*last, *example.truth), 1 - len(last), INK, 1.1, ""),
        ((*last, *example.forecast), 1 - len(last), TIERS[0], 2.0, DASH),
    ):
        points = [(x.at(first + i), y.free(value)) for i, value in enumerate(values)]
        (line,) = thinned([points], POINTS)
        canvas.lines(cut(line, y.end, y.start), colour, width=width, dash=dash)
    if len(example.truth) <= 30:
        points = [(x.at(i + 1), y.free(value)) for i, value in enumerate(example.truth)]
        canvas.marks([p for p in points if y.end <= p[1] <= y.start], "o", INK, size=1.6)


def _bands(example: ForecastExample) -> list[tuple[Sequence[float], Sequence[float]]]:
    """Return (lower, upper) quantiles in pairs, the widest first: 0.1 with 0.9, and so on."""
    ordered = sorted(example.bands)
    pairs = [(ordered[i][1], ordered[-1 - i][1]) for i in range(len(ordered) // 2)]
    return [
        pair
        for pair in pairs
        if len(pair[0]) == len(pair[1]) and all(map(math.isfinite, (*pair[0], *pair[1])))
    ]


def _range(example: ForecastExample) -> tuple[float, float]:
    """Return the range of one plot; a forecast that went astray does not press the truth flat."""
    true = [value for value in (*example.known, *example.truth) if math.isfinite(value)]
    others = [*example.forecast, *(value for _, values in example.bands for value in values)]
    low, high = (min(true), max(true)) if true else (0.0, 1.0)
    span = REACH * (high - low) or REACH * max(abs(high), 1e-12)
    others = [min(max(value, low - span), high + span) for value in others if math.isfinite(value)]
    return padded(min([low, *others]), max([high, *others]), 0.05)


def _held(points: Sequence[Point], y: Scale) -> list[Point]:
    return [(x, min(max(height, y.end), y.start)) for x, height in points]


def _entries(examples: Sequence[ForecastExample], say: Say) -> list[Entry]:
    entries = [
        Entry(text=say("what came"), colour=INK, line=1.1),
        Entry(text=say("forecast"), colour=TIERS[0], line=2.0, dash=DASH),
    ]
    levels = sorted(
        {level for example in examples if _bands(example) for level, _ in example.bands}
    )
    if len(levels) > 1:
        text = say(f"forecast, quantiles {number(levels[0])} to {number(levels[-1])}")
        entries.append(Entry(text=text, colour=TIERS[0], area=2 * SHADES))
    entries.append(Entry(text=say("start of the forecast"), colour=QUIET, line=1, dash="2,2"))
    return entries
