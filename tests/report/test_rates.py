"""The picture of the learning rates says how each finalist depends on its own."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from actselect.records import MetricRecord, RankedRecord, ReportRecord
from actselect.report import html, markdown, rates, wording
from actselect.report.canvas import NARROW, WIDE, Shape


def text_of(picture: str) -> str:
    """Return the words in a picture."""
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture))


def flat(record: ReportRecord) -> ReportRecord:
    """Return the report with one learning rate per finalist."""
    rows = tuple(replace(r, learning_rates=r.learning_rates[:1]) for r in record.ranking)
    return replace(record, ranking=rows)


@pytest.mark.parametrize("shape", [WIDE, NARROW])
def test_every_finalist_has_a_plot_with_its_name(diverged: ReportRecord, shape: Shape) -> None:
    """Names are not told apart by colour, they stand above."""
    said = text_of(rates.picture(diverged, shape)).replace(" ", "")  # names may be on two lines

    for row in diverged.ranking:
        assert row.label.replace(" ", "") in said


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_any_number_of_finalists_is_drawn_with_a_named_axis(
    diverged: ReportRecord, number: int
) -> None:
    """Also where the last line of plots is not full, and nothing stands below one of them."""
    said = text_of(rates.picture(replace(diverged, ranking=diverged.ranking[:number])))

    assert said.count("learning rate") == {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}[number]
    assert ("the other finalists" in said) == (number > 1)


def test_the_legend_explains_the_marks_that_occur_and_no_other(
    diverged: ReportRecord, winner: ReportRecord
) -> None:
    """A score that is off the plot is marked as such, not drawn at a wrong height."""
    good = replace(diverged, ranking=diverged.ranking[:1])

    for text in ("chosen", "fully trained", "stopped early", "diverged", "higher still"):
        assert text in text_of(rates.picture(diverged))
    assert "higher still" not in text_of(rates.picture(good))
    assert "lower still" not in text_of(rates.picture(winner))


def test_where_higher_is_better_failures_are_marked_below(diverged: ReportRecord) -> None:
    """Crosses and arrows stand at the worse side."""
    rows = tuple(
        replace(
            row,
            learning_rates=tuple(
                replace(point, score=None if point.score is None else -point.score)
                for point in row.learning_rates
            ),
        )
        for row in diverged.ranking
    )
    metric = MetricRecord(name="R2", direction="maximize")
    said = text_of(rates.picture(replace(diverged, ranking=rows, metric=metric)))

    assert "lower still" in said
    assert "R2, better →" in said


def test_one_that_failed_does_not_press_the_others_together(diverged: ReportRecord) -> None:
    """The axis ends far below the scores of the one with four times the error."""
    low, high = rates._limits(diverged, diverged.ranking)

    assert low < 0.83
    assert 1.02 < high < 2.0


def test_the_words_have_every_score_and_the_chosen_rate(diverged: ReportRecord) -> None:
    """Who cannot see the picture hears it."""
    said = rates.alternative(diverged)

    assert (
        "LSTM softsign/hard_sigmoid 0.950 at 0.001, 0.850 at 0.004, 0.830 at 0.016 (chosen)" in said
    )
    assert "diverged at 0.064" in said
    assert "lower is better" in said


def test_a_page_has_the_curves_once_for_wide_and_once_for_narrow_screens(
    diverged: ReportRecord,
) -> None:
    """In the colours of the page, and no id is given twice."""
    page = html.render(diverged)
    ids = re.findall(r'\bid="([^"]*)"', page)
    picture = rates.picture(diverged)

    assert len(re.findall(r'<svg role="img" aria-label="Screening', page)) == 2
    assert len(ids) == len(set(ids))
    assert not re.search(r"\bid=|href=", picture)
    assert not re.findall(r"#[0-9a-f]{6}\b", picture)


def test_without_a_choice_of_learning_rates_there_is_no_picture(diverged: ReportRecord) -> None:
    """One rate each is no curve; nor is none."""
    assert rates.picture(flat(diverged)) == ""
    assert rates.picture(replace(diverged, ranking=())) == ""
    assert 'aria-label="Screening' not in html.render(flat(diverged))


def test_all_diverged_is_drawn_too(diverged: ReportRecord) -> None:
    """Crosses alone, and nothing divides by zero."""

    def failed(row: RankedRecord) -> RankedRecord:
        points = tuple(replace(point, score=None, epochs=0) for point in row.learning_rates)
        return replace(row, learning_rates=points)

    record = replace(diverged, ranking=tuple(map(failed, diverged.ranking)))

    assert "fully trained" not in text_of(rates.picture(record))
    assert "diverged" in text_of(rates.picture(record))


@pytest.mark.parametrize(
    ("left", "right", "ticks"),
    [
        (0.0006, 0.2, [0.001, 0.01, 0.1]),
        (0.0006, 0.03, [0.001, 0.01]),
        (0.002, 0.03, [0.003, 0.01, 0.03]),
        (0.0025, 0.0256, [0.003, 0.01]),
    ],
)
def test_ticks_are_round_learning_rates(left: float, right: float, ticks: list[float]) -> None:
    """Powers of ten where two of them are within."""
    assert rates._ticks(left, right) == pytest.approx(ticks)


def test_the_same_budget_of_learning_rates_is_said(diverged: ReportRecord) -> None:
    """In both files; where it is not the same, that is said; an old report is silent."""
    sentence = "Each finalist was given 4 learning rates."
    first = replace(diverged.ranking[0], learning_rates=diverged.ranking[0].learning_rates * 2)
    unequal = replace(diverged, ranking=(first, *diverged.ranking[1:]))
    old = replace(diverged, screening=replace(diverged.screening, rates_each=0))

    assert sentence in html.render(diverged)
    assert sentence in markdown.render(diverged)
    assert wording.rates_each(unequal) == "Each finalist was given at least 4 learning rates."
    assert wording.rates_each(old) == ""


def test_markdown_has_the_learning_rates_of_each_finalist(diverged: ReportRecord) -> None:
    """One row each, with what was chosen."""
    text = markdown.render(diverged)

    assert (
        "| RNN tanh | 0.004 | 0.001: 0.960; 0.004: 0.950; 0.016: diverged; 0.064: diverged |"
        in text
    )
