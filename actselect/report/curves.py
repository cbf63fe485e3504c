"""The picture of the learning rates: one small plot per finalist, all on the same axes.

In each plot the finalist's own curve stands before those of the others.
"""

from __future__ import annotations

import math
import statistics as middle
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from actselect.records import LearningRatePoint, RankedRecord, ReportRecord
from actselect.report.drawing import FAINT, INK, SETTINGS, TIERS, svg
from actselect.report.wording import Scale, clean, direction, shorten

METRIC = 30  # characters
LINES = 2  # of a name
REACH = 6.0  # the axis shows this many times a typical distance from the best; the rest an arrow
EDGE = 0.05  # of the height: where crosses and arrows stand
ASIDE = 1.6  # the axis begins and ends this factor beyond the rates
MARKS: dict[str, dict[str, Any]] = {
    "chosen": {"marker": "o", "markersize": 11, "markerfacecolor": "none", "markeredgewidth": 1.4},
    "full": {"marker": "o", "markersize": 5.5, "markeredgewidth": 0},
    "early": {"marker": "o", "markersize": 4.5, "markerfacecolor": "none"},
    "diverged": {"marker": "x", "markersize": 6.5, "markeredgewidth": 1.8},
    "above": {"marker": "^", "markersize": 6, "markeredgewidth": 0},
    "below": {"marker": "v", "markersize": 6, "markeredgewidth": 0},
}
MEANING = {
    "chosen": "chosen", "full": "fully trained", "early": "stopped early", "diverged": "diverged",
    "above": "higher still", "below": "lower still",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes in inches; ``letters`` of a name go on one line above a plot."""

    width: float
    row: float
    columns: int
    letters: int
    entries: int  # of the legend, on one line


WIDE = Shape(width=7.4, row=1.55, columns=3, letters=32, entries=6)
NARROW = Shape(width=3.6, row=1.5, columns=2, letters=22, entries=2)


def rates(record: ReportRecord, shape: Shape = WIDE, *, say: Callable[[str], str] = str) -> str:
    """Return the screening scores at all learning rates as an SVG element.

    It is empty where no finalist was tried with more than one.  ``say`` puts an English phrase into
    the language of the reader.
    """
    rows = [row for row in record.ranking if row.learning_rates]
    if all(len(row.learning_rates) < 2 for row in rows):
        return ""
    columns = min(shape.columns, len(rows)) if len(rows) != 4 else 2
    lines = -(-len(rows) // columns)
    salt = f"actselect rates {shape.width}"  # same record, same bytes; other shapes, other ids
    with mpl.rc_context({**SETTINGS, "svg.hashsalt": salt}):
        figure = Figure(figsize=(shape.width, shape.row * lines + 0.75), layout="constrained")
        plots = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).flatten()
        limits, lower = _limits(record, rows), record.metric.direction == "minimize"
        kinds: set[str] = set()
        for place, (axes, row) in enumerate(zip(plots, rows, strict=False)):
            _frame(axes, rows, limits)
            if place + columns >= len(rows):  # nothing stands below
                axes.tick_params(labelbottom=True)
                axes.set_xlabel(say("learning rate"), color=INK, fontsize=9)
            _name(axes, row, shape.letters)
            for other in rows:
                if other is not row:
                    _line(axes, other, FAINT, 0.8)
            kinds |= _draw(axes, row, lower=lower)
        for axes in plots[len(rows) :]:
            axes.set_axis_off()
        _words(figure, record, say)
        _legend(figure, kinds, shape.entries, say, others=len(rows) > 1)
        return svg(figure, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Callable[[str], str] = str) -> str:
    """Return in words what the picture of the learning rates shows."""
    scale = Scale.of(record)
    said = [
        f"{clean(row.label)} " + ", ".join(say(_said(row, point, scale)) for point in _points(row))
        for row in record.ranking
        if row.learning_rates
    ]
    return say(
        f"Screening {clean(record.metric.name)} at each learning rate, "
        f"{direction(record.metric)}: {'; '.join(said)}."
    )


def _said(row: RankedRecord, point: LearningRatePoint, scale: Scale) -> str:
    score = "diverged" if point.score is None else scale.text(point.score)
    chosen = " (chosen)" if point.learning_rate == row.learning_rate else ""
    return f"{score} at {point.learning_rate:.3g}{chosen}"


def _points(row: RankedRecord) -> list[LearningRatePoint]:
    return sorted(row.learning_rates, key=lambda point: point.learning_rate)


def _limits(record: ReportRecord, rows: Sequence[RankedRecord]) -> tuple[float, float]:
    """Return the range of the scores; far ones are cut off.

    One architecture or one learning rate that failed must not press all others together.
    """
    sign = 1.0 if record.metric.direction == "minimize" else -1.0
    curves = [[sign * p.score for p in row.learning_rates if p.score is not None] for row in rows]
    curves = [curve for curve in curves if curve]
    if not curves:
        return 0.0, 1.0
    best, worst = min(map(min, curves)), max(map(max, curves))
    typical = middle.median_low(middle.median_high(curve) for curve in curves) - best
    far = min(worst, best + REACH * typical) if typical else worst
    span = far - best or abs(best) * 0.02 or 1.0
    ends = sign * (best - 0.12 * span), sign * (far + 0.22 * span)  # the worse side has crosses
    return min(ends), max(ends)


def _frame(axes: Axes, rows: Sequence[RankedRecord], limits: tuple[float, float]) -> None:
    tried = [point.learning_rate for row in rows for point in row.learning_rates]
    left, right = min(tried) / ASIDE, max(tried) * ASIDE
    axes.set_xscale("log")
    axes.set_xlim(left, right)
    axes.set_ylim(*limits)
    axes.xaxis.set_major_locator(FixedLocator(_ticks(left, right)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_number))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(_number))
    axes.tick_params(color=FAINT, labelcolor=INK, labelsize=8.5)
    axes.grid(color=FAINT, linewidth=0.5, alpha=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(FAINT)


def _ticks(left: float, right: float) -> list[float]:
    """Return round learning rates: powers of ten, and three times these where ten is too coarse."""
    powers = range(math.floor(math.log10(left)), math.ceil(math.log10(right)) + 1)
    tens = [float(f"1e{power}") for power in powers]
    finer = [step * ten for ten in tens for step in (1.0, 3.0)]
    within = [tick for tick in tens if left <= tick <= right]
    return within if len(within) > 1 else [tick for tick in finer if left <= tick <= right]


def _number(value: float, _: float | None) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}") if value < 0 else f"{value:g}"


def _name(axes: Axes, row: RankedRecord, letters: int) -> None:
    lines = textwrap.wrap(clean(row.label), letters, break_on_hyphens=False)
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], shorten(" ".join(lines[LINES - 1 :]), letters)]
    axes.set_title("\n".join(lines), loc="left", color=INK, fontsize=9, parse_math=False)


def _line(axes: Axes, row: RankedRecord, colour: str, width: float) -> None:
    points = _points(row)
    scores = [math.nan if point.score is None else point.score for point in points]
    axes.plot([point.learning_rate for point in points], scores, color=colour, linewidth=width)


def _draw(axes: Axes, row: RankedRecord, *, lower: bool) -> set[str]:
    """Draw a finalist's own curve, and return which kinds of marks it has."""
    kinds = set()
    colour = TIERS[min(row.tier, len(TIERS)) - 1]
    _line(axes, row, colour, 1.6)
    for point in row.learning_rates:
        kind, height = _kind(row, point), point.score
        low, high = axes.get_ylim()
        transform = axes.transData
        if height is None or not low <= height <= high:
            above = lower if height is None else height > high
            height, transform = (1 - EDGE if above else EDGE), axes.get_xaxis_transform()
            kind = kind if point.score is None else ("above" if above else "below")
        for name in (kind, "chosen") if point.learning_rate == row.learning_rate else (kind,):
            axes.plot([point.learning_rate], [height], transform=transform, clip_on=False,
                      color=colour, linestyle="none", **MARKS[name])  # fmt: skip
            kinds.add(name)
    return kinds


def _kind(row: RankedRecord, point: LearningRatePoint) -> str:
    if point.score is None:
        return "diverged"
    longest = max(other.epochs for other in row.learning_rates if other.score is not None)
    return "full" if point.epochs == longest else "early"


def _words(figure: Figure, record: ReportRecord, say: Callable[[str], str]) -> None:
    metric = shorten(clean(record.metric.name), METRIC)
    lower = record.metric.direction == "minimize"
    text = f"← better, {metric}" if lower else f"{metric}, better →"  # it is turned upwards
    figure.supylabel(say(text), color=INK, fontsize=10, parse_math=False)


def _legend(
    figure: Figure, kinds: set[str], entries: int, say: Callable[[str], str], *, others: bool
) -> None:
    handles = [
        Line2D([], [], color=INK, linestyle="none", label=say(text), **MARKS[kind])
        for kind, text in MEANING.items()
        if kind in kinds
    ]
    if others:
        handles.append(Line2D([], [], color=FAINT, linewidth=1.5, label=say("the other finalists")))
    figure.legend(
        handles=handles, loc="outside lower left", ncols=entries, frameon=False,
        borderaxespad=0.0, labelcolor=INK, fontsize=9, handlelength=1.4, columnspacing=1.2,
    )  # fmt: skip
