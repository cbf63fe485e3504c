"""The picture of the intervals puts every score where it is, or says that it is farther off."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from actselect.records import Estimate, MetricRecord, ReportRecord
from actselect.report import extent, html, intervals
from actselect.report.canvas import NARROW, WIDE, Shape


def texts(picture: str) -> list[str]:
    """Return the words of a picture, in the order they were written."""
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", picture)]


def scored(record: ReportRecord, *scores: tuple[float, float, float]) -> ReportRecord:
    """Return the report with (low, mean, high) by rank, all in one tier, and no baseline."""
    rows = tuple(
        replace(
            record.ranking[0], rank=rank, label=f"RNN {rank}", tier=1,
            validation=Estimate(mean=mean, low=low, high=high, repeats=4),
        )
        for rank, (low, mean, high) in enumerate(scores, 1)
    )  # fmt: skip
    return replace(record, ranking=rows, baselines=())


@pytest.mark.parametrize("shape", [WIDE, NARROW])
def test_every_row_is_named(winner: ReportRecord, shape: Shape) -> None:
    """Beside its line, or above it where there is no room; what it is stays, however long it is."""
    long = replace(winner.baselines[0], name="a baseline of a very long name " * 9)
    said = texts(intervals.picture(replace(winner, baselines=(*winner.baselines, long)), shape))

    for row in winner.ranking:
        assert row.label + (" (default)" if row.default else "") in said
    for baseline in winner.baselines:
        assert f"{baseline.name} (baseline)" in said
    assert [text for text in said if "very" in text and text.endswith("… (baseline)")]


def test_a_line_spans_its_interval_on_the_axis(winner: ReportRecord) -> None:
    """Worked out by hand: means lie in the middle of theirs, and twice as wide is twice as long."""
    record = scored(winner, (1.0, 2.0, 3.0), (0.0, 2.0, 4.0))
    style = r'style="fill:none;stroke:var\(--tier-1\);stroke-width:1\.9'
    path = r'd="M([\d.]+) ([\d.]+)L([\d.]+) \2" '
    lines = re.findall(path + style, intervals.picture(record))[:2]
    (left, _, right), (other_left, _, other_right) = [tuple(map(float, line)) for line in lines]

    assert other_right - other_left == pytest.approx(2 * (right - left), abs=0.2)
    assert (left + right) / 2 == pytest.approx((other_left + other_right) / 2, abs=0.1)


def test_one_that_failed_is_an_arrow_with_its_score(winner: ReportRecord) -> None:
    """It does not press the others together: the axis ends at five times the first tier's span."""
    record = scored(winner, (0.8, 0.9, 1.0), (0.8, 0.9, 1.0))
    failed = replace(record.ranking[1], tier=2, validation=Estimate(
        mean=50.0, low=49.9, high=50.1, repeats=4))  # fmt: skip
    low, high = intervals.limits(replace(record, ranking=(record.ranking[0], failed)))
    said = texts(intervals.picture(replace(record, ranking=(record.ranking[0], failed))))

    assert (low, high) == pytest.approx((0.8 - 0.04 * 1.2, 2.0 + 0.04 * 1.2))
    assert "50.00 →" in said
    assert extent.REACH * (1.0 - 0.8) == pytest.approx(2.0 - 1.0)


def test_the_arrow_points_to_the_better_side(winner: ReportRecord) -> None:
    """Also where the metric has a name without end."""
    lower = MetricRecord(name="MASE " * 40, direction="minimize")
    higher = replace(lower, direction="maximize")

    for shape in (WIDE, NARROW):
        assert any(t.startswith("← better, validation MASE") for t in texts(
            intervals.picture(replace(winner, metric=lower), shape)))  # fmt: skip
        assert any(t.endswith("…, better →") for t in texts(
            intervals.picture(replace(winner, metric=higher), shape)))  # fmt: skip


def test_the_legend_has_no_margin_where_nothing_is_ranked(winner: ReportRecord) -> None:
    """There is no first to be near to; baselines are shown, and the page has its bars."""
    empty = replace(winner, ranking=())

    assert "within the margin of the first" in texts(intervals.picture(winner))
    assert "within the margin of the first" not in texts(intervals.picture(empty))
    assert html.render(replace(empty, baselines=()))
