"""Each picture shows what it is for, and one thing that failed does not hide the rest."""

from __future__ import annotations

import itertools
import math
import random
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from actselect import report
from actselect.records import (
    AxisRecord,
    ConfusionRecord,
    CostRecord,
    CurveRecord,
    DiagnosticsRecord,
    EffectsRecord,
    ExamplesRecord,
    ForecastExample,
    GradientRecord,
    RankedRecord,
    ReportRecord,
)
from actselect.report import (
    axes,
    confusion,
    flow,
    forecasts,
    heat,
    learning,
    pairs,
    pareto,
    tradeoff,
)
from actselect.report.canvas import NARROW, WIDE, Shape
from actselect.report.lines import cut
from actselect.report.placing import Box, around, place
from actselect.report.plot import Scale
from actselect.report.thinning import thinned

CSS = Path(report.__file__).parent / "templates" / "report.css"


def texts(picture: str) -> list[str]:
    """Return the words of a picture, in the order they were written."""
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", picture)]


def costing(record: ReportRecord, points: dict[int, tuple[float, float]]) -> ReportRecord:
    """Return the report with given (score, cost) by rank, and no other row."""
    rows = tuple(
        replace(
            record.ranking[0], rank=rank, label=f"RNN {rank}", train_ms_per_step=cost,
            validation=replace(record.ranking[0].validation, mean=score, low=None, high=None),
        )
        for rank, (score, cost) in points.items()
    )  # fmt: skip
    return replace(record, ranking=rows)


def crowded(record: ReportRecord) -> ReportRecord:
    """Return the report with thirty architectures of much the same score and cost."""
    rng = random.Random(1)
    rows = tuple(
        replace(
            record.ranking[i % 4], rank=i + 1, label=f"LSTM softsign/hard_sigmoid, {i} layers",
            train_ms_per_step=1 + rng.random(),
        )
        for i in range(30)
    )  # fmt: skip
    return replace(record, ranking=rows)


def diagnosed(
    row: RankedRecord, gradient: GradientRecord | None, cost: CostRecord | None
) -> RankedRecord:
    """Return the row with diagnostics."""
    record = DiagnosticsRecord(
        repeat=0, sequences=9, steps=9, units=(), gradient=gradient, cost=cost
    )
    return replace(row, diagnostics=record)


def test_the_front_is_what_nothing_beats_in_both(winner: ReportRecord) -> None:
    """By hand: 2 is worse and dearer than 1; 4 ties with 3 in score and costs more."""
    points = {1: (0.8, 2.0), 2: (0.9, 3.0), 3: (0.9, 1.0), 4: (0.9, 1.5), 5: (0.7, 9.0)}
    higher = replace(winner, metric=replace(winner.metric, direction="maximize"))

    assert tradeoff.front(costing(winner, points)) == {1, 3, 5}
    assert tradeoff.front(costing(higher, points)) == {3}


def test_costs_of_two_clocks_are_never_mixed(winner: ReportRecord) -> None:
    """The diagnostics' cost is taken only where all architectures have it."""
    cost = CostRecord(train_ms_per_step=7.0, train_ms_least=1, infer_ms_per_sequence=1,
                      infer_ms_least=1, memory_mb=1, turns=3)  # fmt: skip
    rows = tuple(diagnosed(row, None, cost) for row in winner.ranking)

    assert set(tradeoff.costs_of(replace(winner, ranking=rows)).values()) == {7.0}
    partly = replace(winner, ranking=(*rows[:-1], winner.ranking[-1]))
    assert tradeoff.costs_of(partly)[1] == winner.ranking[0].train_ms_per_step


@pytest.mark.parametrize("shape", [WIDE, NARROW])
def test_labels_of_points_never_lie_upon_each_other(winner: ReportRecord, shape: Shape) -> None:
    """Where names have no room, ranks stand for them, and a key below says whose."""
    picture = pareto.picture(crowded(winner), shape)
    found = re.findall(
        r'<text x="([\d.]+)" y="([\d.]+)"[^>]*paint-order[^>]*>([^<]*)</text>', picture
    )
    boxes = [
        Box(left=float(x), top=float(y) - 6.6, right=float(x) + 5.5 * len(text), bottom=float(y))
        for x, y, text in found
    ]

    assert len(boxes) >= 20
    assert not any(a.meets(b) for a, b in itertools.combinations(boxes, 2))
    assert sum("LSTM softsign" in text for text in texts(picture)) == 30


def test_few_architectures_bear_their_names(winner: ReportRecord) -> None:
    """In the plot itself, on a wide page; the one that failed has an arrow, not a flat picture."""
    said = texts(pareto.picture(winner))

    assert [row.label for row in winner.ranking if row.label not in said] == []
    assert "score off the picture" in said
    assert "4" not in said


def test_better_is_up_whatever_the_direction(winner: ReportRecord) -> None:
    """The axis of an error falls towards the top, that of a rate rises."""
    higher = replace(winner, metric=replace(winner.metric, direction="maximize"))

    for record, sign in ((winner, 1), (higher, -1)):
        marks = re.findall(
            r'<text x="40" y="([\d.]+)" text-anchor="end">([\d.]+)<', pareto.picture(record)
        )
        heights = {float(value): float(y) for y, value in marks}
        assert (heights[max(heights)] - heights[min(heights)]) * sign > 0


def test_a_label_that_fits_nowhere_is_not_placed() -> None:
    """Neither upon another, nor beyond the page."""
    page = Box(left=0, top=0, right=100, bottom=50)

    assert place((50, 25), 20, 9, [], page) is not None
    assert place((50, 25), 200, 9, [], page) is None
    assert place((50, 25), 20, 9, [around((50, 25), 60)], page) is None


def curves(record: ReportRecord, number: int, epochs: int, last: float) -> ReportRecord:
    """Return the report with noisy curves, the first row's among them, one of which exploded."""
    rng = random.Random(0)
    ends = ("complete", "pruned", "diverged")
    row = record.ranking[0]
    made = [
        CurveRecord(
            label=row.label if i == 0 else "other",
            learning_rate=row.learning_rate,
            losses=tuple(0.3 + math.exp(-t / 9) + 0.05 * rng.random() for t in range(epochs)),
            end=ends[i % 3],
        )
        for i in range(number)
    ]
    made[-1] = replace(made[-1], losses=(1.3, 2.0, last))
    return replace(record, screening=replace(record.screening, curves=tuple(made)))


def test_four_hundred_learning_curves_are_a_small_picture(winner: ReportRecord) -> None:
    """Points that the eye cannot see are left out."""
    record = curves(winner, 400, 81, 3.0)

    assert sum(len(curve.losses) for curve in record.screening.curves) > 30_000
    assert len(learning.picture(record)) < 120_000


@pytest.mark.parametrize("last", [1e30, math.inf, math.nan])
def test_a_training_that_exploded_presses_no_curve_flat(winner: ReportRecord, last: float) -> None:
    """The axis ends near the others' losses."""
    low, high, log = learning._range(curves(winner, 20, 30, last).screening.curves)

    assert not log
    assert 0.2 < low < 0.4
    assert 1.3 < high < 2.5


def test_losses_over_decades_get_a_logarithmic_axis(winner: ReportRecord) -> None:
    """And say so."""
    losses = tuple(10.0 ** (-t / 4) for t in range(16))
    curve = CurveRecord(label="x", learning_rate=0.1, losses=losses, end="complete")
    record = replace(winner, screening=replace(winner.screening, curves=(curve,)))

    assert "stopping loss (log scale), lower is better" in texts(learning.picture(record))


def test_the_legend_of_the_curves_has_what_occurs(winner: ReportRecord) -> None:
    """The first architecture by name and tier; how trials ended, with counts in the words."""
    record = curves(winner, 30, 20, 2.0)
    said = texts(learning.picture(record))
    words = learning.alternative(record)

    assert f"{winner.ranking[0].label}, tier 1" in said
    assert {"other complete trials", "pruned, stroke at the end", "diverged"} <= set(said)
    assert "30 trials of screening: 10 complete, 10 pruned, 10 diverged" in words


def test_a_thinned_line_keeps_its_ends_and_its_peak() -> None:
    """Straight stretches need no points; the budget holds for all lines together."""
    line = [(float(i), 50.0 if i == 40 else 0.0) for i in range(100)]
    noisy = [[(float(i), random.Random(i + j).random()) for i in range(100)] for j in range(50)]

    assert thinned([line], 100) == [[line[0], line[39], line[40], line[41], line[99]]]
    assert sum(map(len, thinned(noisy, 300))) <= 300


def test_a_line_is_cut_at_the_edge_and_resumes() -> None:
    """A peak beyond the plot leaves two pieces that end at the edge."""
    pieces = cut([(0, 10), (10, -10), (20, 10)], 0, 20)

    assert pieces == [[(0, 10), (5.0, 0)], [(15.0, 0), (20, 10)]]
    assert cut([(0, 1), (1, math.nan), (2, 1), (3, 1)], 0, 20) == [[(2, 1), (3, 1)]]


@pytest.mark.parametrize(
    ("low", "high", "log", "ticks"),
    [
        (0.0, 10.0, False, [0, 2, 4, 6, 8, 10]),
        (0.81, 0.94, False, [0.825, 0.85, 0.875, 0.9, 0.925]),
        (0.002, 90.0, True, [0.01, 0.1, 1.0, 10.0]),
        (1.0, 9.0, True, [1, 2, 5]),
        (1.2, 3.1, True, [1.5, 2, 2.5, 3]),
    ],
)
def test_marks_of_an_axis_are_round(low: float, high: float, log: bool, ticks: list[float]) -> None:
    """And lie within it."""
    scale = Scale(low=low, high=high, start=0, end=100, log=log)

    assert scale.ticks(5) == pytest.approx(ticks)


def effects(record: ReportRecord, importances: tuple[float | None, ...]) -> ReportRecord:
    """Return the report with an axis per importance."""
    made = tuple(
        AxisRecord(name=f"axis_{i}", importance=importance, values=("10", "2", "1"),
                   scores=(0.9, 0.8, 0.7), counts=(3, 2, 1))
        for i, importance in enumerate(importances)
    )  # fmt: skip
    found = EffectsRecord(method="fANOVA", epochs=3, architectures=6, axes=made)
    return replace(record, screening=replace(record.screening, effects=found))


def test_the_axis_that_matters_most_comes_first(winner: ReportRecord) -> None:
    """With its share; where it is unknown there is no bar, but the levels are shown."""
    said = texts(axes.picture(effects(winner, (0.2, 0.795, 0.005))))
    unknown = texts(axes.picture(effects(winner, (None,))))

    assert said.index("axis 1") < said.index("axis 0") < said.index("axis 2")
    assert {"20%", "80%", "<1%"} <= set(said)
    assert "share of the variance in rank, all axes together 100%" not in unknown
    first = unknown.index("axis 0") + 1
    assert unknown[first : first + 6] == ["1", "1", "2", "2", "10", "3"]


def luminance(colour: tuple[float, ...]) -> float:
    """Return the relative luminance of WCAG 2.1."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("block", [0, 1, 2], ids=["light", "dark", "print"])
def test_numbers_on_the_darkest_shade_are_readable(block: int) -> None:
    """A contrast of 4.5 (WCAG 2.1, 1.4.3) in each of the page's sets of colours."""
    rules = re.findall(r":root \{(.*?)\}", CSS.read_text(encoding="utf-8"), re.DOTALL)[block]
    found = dict(re.findall(r"--([\w-]+): #([0-9a-f]{3,6})", rules))
    full = {k: v if len(v) == 6 else "".join(2 * c for c in v) for k, v in found.items()}
    rgb = {k: tuple(int(v[i : i + 2], 16) / 255 for i in (0, 2, 4)) for k, v in full.items()}
    shade = tuple(
        heat.DARKEST * a + (1 - heat.DARKEST) * b
        for a, b in zip(rgb["tier-1"], rgb["card"], strict=True)
    )
    dark, light = sorted((luminance(rgb["ink"]), luminance(shade)))

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def gradient(norms: tuple[float, ...], decay: float, half_life: float | None) -> GradientRecord:
    """Return a record of gradients over as many lags as there are norms."""
    return GradientRecord(
        lags=tuple(range(len(norms))), norms=norms, decay=decay, half_life=half_life, lyapunov=0.0,
        singular=1.0, vanishing=0.0, exploding=0.0,
    )  # fmt: skip


def test_half_lives_and_both_thresholds_are_named(winner: ReportRecord) -> None:
    """Also where a gradient is exactly zero, or not finite, from some lag on."""
    made = [
        gradient((1.0, 0.5, 0.25), 0.5, 1.0),
        gradient((1.0, 1.0, 1.0), 1.0, None),
        gradient((1.0, 1e6, math.inf), 1e6, None),
        gradient((1.0, 0.0, 0.0), 0.0, 0.1),
    ]
    rows = [diagnosed(row, g, None) for row, g in zip(winner.ranking, made, strict=False)]
    said = texts(flow.picture(replace(winner, ranking=tuple(rows))))

    assert {"below: vanishing", "above: exploding", "0.001", "1000"} <= set(said)
    assert f"{rows[0].label}: half-life 1 step" in said
    assert f"{rows[1].label}: does not decay" in said
    assert f"{rows[2].label}: grows" in said


def test_at_most_eight_gradients_are_drawn(winner: ReportRecord) -> None:
    """More lines than that nobody tells apart."""
    rows = [diagnosed(row, gradient((1.0, 0.5), 0.5, 1.0), None) for row in winner.ranking * 3]

    assert (
        sum("half-life" in t for t in texts(flow.picture(replace(winner, ranking=tuple(rows)))))
        == 8
    )


def confusing(record: ReportRecord, classes: int) -> ReportRecord:
    """Return the report with a matrix in which class i was right 10 i times, wrong twice."""
    counts = tuple(
        tuple(10 * i if i == j else 2 if j == (i + 1) % classes else 0 for j in range(classes))
        for i in range(classes)
    )
    matrix = ConfusionRecord(classes=tuple(f"kind {i}" for i in range(classes)), counts=counts)
    return replace(record, examples=ExamplesRecord(label="GRU", repeat=0, confusion=matrix))


def test_a_small_matrix_has_counts_and_shares(winner: ReportRecord) -> None:
    """Each of the row it stands in: 10 of 12 are 83 %."""
    said = texts(confusion.picture(confusing(winner, 3)))

    assert {"kind 0", "kind 1", "kind 2", "10", "83%", "17%"} <= set(said)
    assert "30 of 36 examples on the diagonal" in confusion.alternative(confusing(winner, 3))


def test_many_classes_become_a_list_on_a_phone(winner: ReportRecord) -> None:
    """A cell would have no room for a number; on a wide page numbers stand for the columns."""
    record = confusing(winner, 30)

    assert "40/42" in texts(confusion.picture(record, NARROW))
    assert "2 as kind 5" in texts(confusion.picture(record, NARROW))
    assert {"21 kind 20", "21", "200"} <= set(texts(confusion.picture(record)))
    assert any("the first 21 of 30" in text for text in texts(confusion.picture(record)))


def test_a_forecast_that_went_astray_leaves_the_truth_readable(winner: ReportRecord) -> None:
    """The axis follows what came; bands are named by their outermost quantiles."""
    example = ForecastExample(
        series="s", known=(1.0,) * 400 + (2.0, 3.0), truth=(2.0, 3.0), forecast=(2.5, 1e9),
        bands=((0.05, (1.0, 2.0)), (0.5, (2.5, 2.5)), (0.95, (3.0, 1e9))),
    )  # fmt: skip
    record = replace(winner, examples=ExamplesRecord(label="GRU", repeat=0, forecasts=(example,)))
    said = texts(forecasts.picture(record))

    assert "forecast, quantiles 0.05 to 0.95" in said
    assert not any(re.fullmatch(r"\d{3,}.*|.*e\d", text) for text in said)
    assert "off by 5e8 on average over 2 steps" in forecasts.alternative(record)


def test_predictions_off_the_picture_are_counted(winner: ReportRecord) -> None:
    """They are drawn at the edge; what is not finite is left out."""
    near = tuple((float(i), float(i)) for i in range(50))
    far = ((3.0, 900.0), (4.0, -900.0), (5.0, math.nan))
    record = replace(winner, examples=ExamplesRecord(label="GRU", repeat=0, pairs=near + far))

    assert "prediction off the picture (2)" in texts(pairs.picture(record))
    assert "Predicted against true passengers of 52 examples" in pairs.alternative(record)
