"""The picture of scores and intervals: SVG text to be inlined in a page, in its colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from actselect.records import Estimate, ReportRecord
from actselect.report import wording
from actselect.report.drawing import BAND, BASE, FAINT, INK, SETTINGS, TIERS, svg
from actselect.report.wording import Scale, clean, shorten

FOOT = 0.95  # inches below the rows: axis, its name, legend
LABEL = 44  # characters
REACH = 5.0  # the axis shows this many times the span of the first tier; the rest gets an arrow
MARKERS = "os^DvP*X"  # one per tier; the last serves all further tiers


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes in inches; ``above``: names stand above their line, not left of it."""

    width: float
    row: float
    entries: int  # of the legend, on one line
    above: bool


WIDE = Shape(width=7.4, row=0.29, entries=6, above=False)
NARROW = Shape(width=4.6, row=0.44, entries=3, above=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One line of the picture; ``tier`` is None for a baseline."""

    label: str
    estimate: Estimate
    tier: int | None

    @property
    def colour(self) -> str:
        return BASE if self.tier is None else TIERS[min(self.tier, len(TIERS)) - 1]

    @property
    def marker(self) -> str:
        return "|" if self.tier is None else MARKERS[min(self.tier, len(MARKERS)) - 1]


def intervals(record: ReportRecord, shape: Shape = WIDE, *, say: Callable[[str], str] = str) -> str:
    """Return the scores and intervals of all architectures and baselines as an SVG element.

    ``say`` puts an English phrase into the language of the reader.
    """
    rows = _rows(record, say)
    salt = f"actselect {shape.width}"  # same record, same bytes; other shapes, other ids
    with mpl.rc_context({**SETTINGS, "svg.hashsalt": salt}):
        size = (shape.width, shape.row * (len(rows) + 0.2) + FOOT + 0.2 * shape.above)
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        _frame(axes, record, rows, say)
        _names(axes, rows, above=shape.above)
        if record.ranking and record.baselines:
            border = len(record.ranking) - (0.7 if shape.above else 0.5)
            axes.axhline(border, color=FAINT, linewidth=0.8, linestyle=(0, (2, 3)))
        for place, row in enumerate(rows):
            _draw(axes, row, place, Scale.of(record))
        _legend(figure, rows, shape.entries, say)
        return svg(figure, alternative(record, say=say))


def alternative(record: ReportRecord, *, say: Callable[[str], str] = str) -> str:
    """Return in words what the picture of the intervals shows."""
    scale, metric = Scale.of(record), record.metric
    better = "left" if metric.direction == "minimize" else "right"
    said = [f"{row.label} {scale.both(row.estimate)}" for row in _rows(record, say)]
    return say(
        f"Validation {clean(metric.name)} with {wording.INTERVAL}s, better to the {better}: "
        f"{'; '.join(said)}."
    )


def reach(record: ReportRecord) -> tuple[float, float]:
    """Return the range of scores that a picture of the intervals shows."""
    return _limits(_rows(record, str))


def _rows(record: ReportRecord, say: Callable[[str], str]) -> list[_Row]:
    ranked = [
        _Row(label=_name(row.label, f" ({say('default')})" if row.default else ""),
             estimate=row.validation, tier=row.tier)
        for row in record.ranking
    ]  # fmt: skip
    return ranked + [
        _Row(label=_name(row.name, f" ({say('baseline')})"), estimate=row.validation, tier=None)
        for row in record.baselines
    ]


def _name(text: str, suffix: str) -> str:
    return shorten(clean(text), LABEL - len(suffix)) + suffix


def ends(estimate: Estimate) -> tuple[float, float]:
    """Return the interval's ends; of one repeat, which has none, the score twice."""
    if estimate.low is None or estimate.high is None:
        return estimate.mean, estimate.mean
    return estimate.low, estimate.high


def _limits(rows: Sequence[_Row]) -> tuple[float, float]:
    """Return the range of the axis: the best tier and the baselines' means; far ones are cut off.

    One architecture that failed must not press all others together.
    """
    first = [row.estimate for row in rows if row.tier == 1] or [row.estimate for row in rows]
    low, high = min(ends(e)[0] for e in first), max(ends(e)[1] for e in first)
    beyond = REACH * max(high - low, abs(high) * 0.02, 1e-12)
    seen = [end for row in rows for end in ends(row.estimate)]
    left = max(min([low, *seen]), low - beyond)
    right = min(max([high, *seen]), high + beyond)
    space = 0.04 * (right - left) or 1.0
    return left - space, right + space


def _frame(
    axes: Axes, record: ReportRecord, rows: Sequence[_Row], say: Callable[[str], str]
) -> None:
    axes.set_xlim(*_limits(rows))
    axes.set_ylim(len(rows) - 0.5, -0.7)
    axes.tick_params(axis="x", color=FAINT, labelcolor=INK)
    axes.grid(axis="x", color=FAINT, linewidth=0.5, alpha=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    lower = record.metric.direction == "minimize"
    name = f"validation {clean(record.metric.name)}"
    text = f"← better, {name}" if lower else f"{name}, better →"
    axes.set_xlabel(say(text), color=INK, parse_math=False)
    if record.ranking:
        best, margin = record.ranking[0].validation.mean, record.verdict.margin
        axes.axvspan(best - margin, best + margin, color=BAND, linewidth=0)


def _names(axes: Axes, rows: Sequence[_Row], *, above: bool) -> None:
    axes.set_yticks(range(len(rows)), [row.label for row in rows], parse_math=False)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    if not above:
        return
    axes.tick_params(axis="y", labelleft=False)
    for place, row in enumerate(rows):
        axes.text(0.0, place - 0.25, row.label, color=INK, va="bottom", parse_math=False,
                  transform=axes.get_yaxis_transform())  # fmt: skip


def _draw(axes: Axes, row: _Row, place: int, scale: Scale) -> None:
    left, right = axes.get_xlim()
    estimate, colour = row.estimate, row.colour
    low, high = max(ends(estimate)[0], left), min(ends(estimate)[1], right)
    if low < high:
        axes.plot([low, high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
    if left <= estimate.mean <= right:
        axes.plot([estimate.mean], [place], color=colour, marker=row.marker, markersize=8,
                  markeredgewidth=2 if row.tier is None else 0)  # fmt: skip
        return
    beyond = estimate.mean > right
    axes.annotate(
        f"{scale.text(estimate.mean)} →" if beyond else f"← {scale.text(estimate.mean)}",
        (0.995 if beyond else 0.005, place), xycoords=("axes fraction", "data"),
        ha="right" if beyond else "left", va="bottom" if low < high else "center",
        color=colour, fontsize=9, annotation_clip=False, parse_math=False,
    )  # fmt: skip


def _legend(figure: Figure, rows: Sequence[_Row], entries: int, say: Callable[[str], str]) -> None:
    firsts = {row.marker: row for row in reversed(rows)}
    handles = [
        Line2D([], [], color=row.colour, marker=row.marker, markersize=7, linewidth=2,
               markeredgewidth=2 if row.tier is None else 0,
               label=say("baseline" if row.tier is None else f"tier {row.tier}"))
        for row in sorted(firsts.values(), key=lambda row: row.tier or len(rows) + 1)
    ]  # fmt: skip
    band = Line2D([], [], color=BAND, linewidth=9, label=say("within the margin of the first"))
    figure.legend(
        handles=[*handles, band], loc="outside lower left", ncols=entries,
        frameon=False, borderaxespad=0.0, labelcolor=INK, fontsize=9, handlelength=1.8,
        columnspacing=1.4,
    )  # fmt: skip
