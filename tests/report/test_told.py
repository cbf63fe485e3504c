"""What to expect, what the A/A check says, and what could be concluded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from actselect.records import Expected, ReportRecord
from actselect.report import html, markdown, terminal, wording

RENDERINGS = [terminal.render, markdown.render, html.render]
FILES = [markdown.render, html.render]


def words(text: str) -> str:
    """Return what a rendering says, on one line, without tags and escapes."""
    return " ".join(re.sub(r"</?[a-z][^>]*>", " ", text.replace("\\", "")).split())


def expecting(record: ReportRecord, **changes: float | None) -> str:
    """Return the sentence about what to expect, some numbers changed."""
    numbers: dict[str, float | None] = {"mean": 0.842, "low": 0.819, "high": 0.865, "optimism": 0}
    return wording.expected(replace(record, expected=Expected(**{**numbers, **changes})))


@pytest.mark.parametrize("render", RENDERINGS)
def test_every_rendering_says_what_to_expect(
    diverged: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """And how much of the plain mean is owed to selection."""
    assert (
        "Expected validation MASE of LSTM softsign/hard_sigmoid: 0.842 [0.819, 0.865], corrected "
        "for having been selected (the plain mean is 0.011 better)."
    ) in words(render(diverged))


@pytest.mark.parametrize("render", RENDERINGS)
def test_every_rendering_says_what_the_aa_check_found(
    diverged: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """The duplicate, and how often equal architectures were told apart."""
    assert (
        "A/A check: LSTM tanh/sigmoid and its duplicate were not called different in 12 repeats; "
        "of 1,000 resampled studies of equal architectures 21 (2.1%) made a false claim, at most "
        "3.1% with 95% confidence."
    ) in words(render(diverged))


@pytest.mark.parametrize("optimism", [0.0, 0.0004, -0.0004])
def test_a_correction_below_rounding_is_none(winner: ReportRecord, optimism: float) -> None:
    """No "0.000 better" is printed."""
    text = expecting(winner, optimism=optimism)

    assert text.endswith("[0.819, 0.865], no correction for having been selected was needed.")


def test_a_plain_mean_that_is_worse_is_called_so(winner: ReportRecord) -> None:
    """The sign is told in words."""
    assert "(the plain mean is 0.002 worse)" in expecting(winner, optimism=-0.002)


def test_one_repeat_has_no_interval_to_expect(winner: ReportRecord) -> None:
    """The mean stands alone."""
    assert ": 0.842, no correction" in expecting(winner, low=None, high=None)


def test_without_a_ranking_nothing_is_expected(diverged: ReportRecord) -> None:
    """Every architecture diverged."""
    assert wording.expected(replace(diverged, ranking=())) == ""


def test_a_false_claim_about_the_duplicate_is_not_hidden(diverged: ReportRecord) -> None:
    """The one check that a reader can judge the tool by."""
    assert diverged.aa is not None
    claimed = replace(diverged, aa=replace(diverged.aa, claimed=True))

    assert "and its duplicate were called different in 12 repeats;" in wording.aa(claimed)


def test_an_aa_check_without_resampled_studies_says_nothing_of_them(
    diverged: ReportRecord,
) -> None:
    """No division by zero."""
    assert diverged.aa is not None
    few = replace(diverged, aa=replace(diverged.aa, studies=0, false_claims=0, repeats=1))

    assert wording.aa(few).endswith("were not called different in 1 repeat.")


@pytest.mark.parametrize("render", FILES)
def test_files_say_what_could_be_concluded(
    diverged: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """As it was told before the study began."""
    text = words(render(diverged))

    assert "What could be concluded" in text
    assert all(sentence in text for sentence in diverged.outlook)


def test_the_terminal_does_not_repeat_the_outlook(diverged: ReportRecord) -> None:
    """It was printed there when the study began."""
    assert diverged.outlook[0][:40] not in words(terminal.render(diverged))


@pytest.mark.parametrize("render", RENDERINGS)
def test_what_is_not_known_is_not_mentioned(
    winner: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """Reports of before have neither."""
    text = render(winner)

    assert "Expected" not in text
    assert "A/A" not in text
    assert "could be concluded" not in text


@pytest.mark.parametrize("render", FILES)
def test_the_axes_that_were_shown_alive_are_named(
    diverged: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """In words; an older report has none."""
    old = replace(diverged, screening=replace(diverged.screening, axes=()))

    assert "change the networks and their gradients: cell, recurrent activation." in words(
        render(diverged)
    )
    assert "gradients" not in words(render(old))


def test_the_number_of_repeats_is_that_of_the_rows(diverged: ReportRecord) -> None:
    """One number where all ran as many, from the fewest to the most where they did not."""
    first, *others = diverged.ranking
    same = [replace(row, validation=replace(row.validation, repeats=9)) for row in diverged.ranking]
    fewer = replace(first, validation=replace(first.validation, repeats=4))

    assert wording.repeats(replace(diverged, ranking=tuple(same))) == "9 repeats"
    assert wording.repeats(replace(diverged, ranking=(fewer, *same[1:]))) == "4 to 9 repeats"
    assert others
