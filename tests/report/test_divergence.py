"""Which trainings diverged is said in every rendering, when and where."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from actselect.records import DivergenceRow, ReportRecord
from actselect.report import divergence, html, markdown, terminal

CALM = DivergenceRow(cell="gru", activation="tanh/sigmoid", trainings=9, diverged=0)


def words(page: str) -> str:
    """Return what a page says, without tags."""
    return " ".join(re.sub(r"</?[a-z][^>]*>", " ", page).split())


@pytest.fixture
def calm(diverged: ReportRecord) -> ReportRecord:
    """A study in which nothing diverged."""
    return replace(diverged, screening=replace(diverged.screening, divergence=(CALM,)))


def test_rows_with_most_divergence_come_first(diverged: ReportRecord) -> None:
    """Those without are left out; of equally many, the larger share is worse."""
    names = [divergence.name(row) for row in divergence.diverging(diverged)]

    assert names == ["LSTM relu/sigmoid", "RNN tanh", "RNN relu", "GRU relu/sigmoid"]


def test_a_phrase_says_how_often_when_and_at_which_rates(diverged: ReportRecord) -> None:
    """In one line of text."""
    first = divergence.phrase(divergence.diverging(diverged)[0])

    assert first == (
        "LSTM relu/sigmoid 5 of 12 trainings "
        "(epochs 1 to 4; 4 of 4 at learning rate 0.016, 1 of 4 at 0.004)"
    )


def test_a_phrase_of_an_old_report_says_how_often_only(winner: ReportRecord) -> None:
    """What was not recorded is not invented."""
    (row,) = divergence.diverging(winner)

    assert divergence.phrase(row) == "RNN relu 3 of 12 trainings"


@pytest.mark.parametrize(
    ("epochs", "text"),
    [
        ((), ""),
        ((3,), "3"),
        ((5, 5), "5"),
        ((2, 6), "2 to 6"),
        ((1, 2, 3, 9), "1 to 9, median 2.5"),
    ],
)
def test_epochs_are_a_range_with_its_median(epochs: tuple[int, ...], text: str) -> None:
    """The median from three on."""
    assert divergence.epochs(replace(CALM, epochs=epochs)) == text


@pytest.mark.parametrize("render", [markdown.render, html.render])
def test_files_show_every_row_that_diverged(
    diverged: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """With its epochs and learning rates."""
    text = render(diverged)

    for row in divergence.diverging(diverged):
        assert divergence.rates(row) in text
        assert divergence.epochs(row) in text
    assert "10 of 71 trainings of the whole study ended in NaN" in text


@pytest.mark.parametrize("render", [markdown.render, html.render])
def test_files_say_in_one_line_what_never_diverged(
    diverged: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """Each cell is named once."""
    text = words(render(diverged).replace("\\", ""))

    assert (
        "No divergence in 38 trainings of GRU tanh/sigmoid; "
        "LSTM softsign/hard_sigmoid, tanh/sigmoid." in text
    )


@pytest.mark.parametrize("render", [markdown.render, html.render])
def test_without_divergence_there_is_no_table_of_it(
    calm: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """Only the sentence that there was none."""
    text = render(calm)

    assert "None of 9 trainings of the whole study" in text
    assert "No divergence in 9 trainings of GRU tanh/sigmoid." in text
    assert "t learning rates |" not in text
    assert 'class="divergence"' not in text


def test_the_terminal_counts_what_is_beyond_three_rows(diverged: ReportRecord) -> None:
    """And says where the rest is."""
    text = terminal.render(diverged)

    assert "RNN relu 2 of 8 trainings" in text
    assert "GRU relu/sigmoid 1 of 6" not in text
    assert "and 1 more, see the report." in text


def test_the_terminal_is_silent_where_nothing_diverged(calm: ReportRecord) -> None:
    """No line is spent on what did not happen."""
    assert "Diverged:" not in terminal.render(calm)
