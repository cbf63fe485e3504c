"""What people read: the verdict first, every number in its place, no name taken for markup."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest

from actselect import final_test, statistics
from actselect.records import ReportRecord
from actselect.report import html, markdown, terminal, wording
from actselect.report.canvas import tier_marker
from actselect.report.columns import cells
from actselect.report.serialise import from_json, to_json

RENDERINGS = [terminal.render, markdown.render, html.render]
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.mark.parametrize("render", RENDERINGS)
def test_no_rendering_passes_on_controls(
    hostile: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """Neither terminal escapes nor characters that turn the reading direction; valid UTF-8."""
    text = render(hostile)

    assert not {c for c in text if unicodedata.category(c) == "Cc"} - {"\n"}
    assert not BIDI & set(text)
    assert text.encode()


@pytest.mark.parametrize("render", RENDERINGS)
def test_every_rendering_shows_every_architecture_and_baseline(
    winner: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """Nothing that was compared is left out."""
    text = render(winner).replace("\\", "")

    for name in [r.label for r in winner.ranking] + [b.name for b in winner.baselines]:
        assert name in text


@pytest.mark.parametrize("render", RENDERINGS)
def test_every_rendering_says_what_was_done_to_the_data(
    winner: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """Missing values above all."""
    assert winner.dataset.notes[0] in render(winner)


@pytest.mark.parametrize("render", RENDERINGS)
def test_one_repeat_is_shown_without_an_interval(
    winner: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """A dash, and the file that is read back says the same."""
    once = replace(winner.ranking[0].validation, low=None, high=None, repeats=1)
    record = replace(winner, ranking=(replace(winner.ranking[0], validation=once),))

    text = render(from_json(to_json(record)))

    assert wording.DASH in text
    assert not re.search(r"\b(nan|None)\b", text)


@pytest.mark.parametrize("render", RENDERINGS)
def test_the_verdict_comes_before_any_number(
    winner: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """The reader who stops after one sentence has the answer."""
    text = " ".join(render(winner).replace("\\", "").split())

    assert 0 <= text.index(winner.verdict.sentence) < text.index("0.831")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
def test_the_table_fits_the_terminal(record: ReportRecord, width: int) -> None:
    """At any width, also with characters that take two columns."""
    lines = terminal.render(record, width).splitlines()

    assert max(map(cells, lines)) <= width


def test_the_table_keeps_its_columns_aligned(winner: ReportRecord) -> None:
    """The decimal points of the scores stand below each other."""
    lines = terminal.render(winner).splitlines()
    places = {line.index("[") for line in lines if re.match(r"\d  ", line)}

    assert len(places) == 1


def test_all_columns_fit_eighty_characters(record: ReportRecord) -> None:
    """With labels and scores as they are in practice, the costs are not left out."""
    head = next(line for line in terminal.render(record).splitlines() if line.startswith("#"))

    for name in ("tier", "architecture", "90% interval", "best", "params", "ms"):
        assert f" {name}" in head


def test_long_labels_are_wrapped_and_not_confused(winner: ReportRecord) -> None:
    """What tells them apart is never cut off, and no number is left out for it."""
    labels = [
        f"LSTM {first}/hard_sigmoid + {second}/sigmoid, bidirectional"
        for first in ("softsign", "softplus")
        for second in ("tanh", "relu", "gelu")
    ]
    rows = tuple(replace(r, label=n) for r, n in zip(winner.ranking, labels, strict=True))
    text = terminal.render(replace(winner, ranking=rows))
    table = text[text.index("#") : text.index("baselines")]
    shown = re.sub(r"\s+\d.*", "", re.sub(r"(?m)^\d\s+\d", "", table))

    assert "  ms" in table
    assert shown.split().count("tanh/sigmoid,") == 2
    assert shown.split().count("softplus/hard_sigmoid") == 3


def test_an_endless_label_is_shortened_with_an_ellipsis(winner: ReportRecord) -> None:
    """What is missing can be seen to be missing."""
    rows = tuple(replace(row, label="LSTM " + "softsign + " * 99) for row in winner.ranking)
    text = terminal.render(replace(winner, ranking=rows))

    assert "LSTM softsign + soft" in text
    assert text.count("…") == len(rows)


def test_the_terminal_says_what_to_type_next(record: ReportRecord) -> None:
    """The pictures, and predictions."""
    text = terminal.render(record)

    assert "actselect show STUDY --format html" in text
    assert "actselect predict STUDY DATA" in text


def test_the_commands_to_type_next_name_the_study(winner: ReportRecord) -> None:
    """A folder with a space is quoted, so that the line can be pasted into a shell."""
    text = terminal.render(winner, study="my studies/sales")

    assert "actselect predict 'my studies/sales' DATA" in text


@pytest.mark.parametrize("render", RENDERINGS)
def test_how_often_the_test_part_was_opened_is_said(
    winner: ReportRecord, render: Callable[[ReportRecord], str]
) -> None:
    """Once is honest; more often is said as well."""
    again = replace(winner, test=replace(winner.test, openings=3))

    assert "opened once" in render(winner)
    assert "opened 3 times" in render(again)


def test_markdown_rows_have_the_columns_of_their_header(record: ReportRecord) -> None:
    """A bar in a name makes no new cell."""
    width = 0
    for line in markdown.render(record).splitlines():
        bars = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert bars == width or not (bars and width)
        width = bars


def test_markdown_takes_no_name_for_markup(hostile: ReportRecord) -> None:
    """No raw HTML, no link, no picture, no code, no emphasis from a name."""
    body = markdown.render(hostile)
    body = body[: body.index("````")] + body[body.rindex("````") :]  # the command is a code block
    active = re.sub(r"\\.", "", body)

    assert set(re.findall(r"<[^>]*>", active)) == {
        "<details>", "<summary>", "</summary>", "</details>",
    }  # fmt: skip
    assert not re.search(r"!\[|\]\(|https?://", active)
    assert "*b*" not in active
    assert "_i_" not in active


def test_html_takes_no_name_for_markup(hostile: ReportRecord) -> None:
    """What looks like a tag, an attribute or a template in a name is shown as text."""
    page = html.render(hostile)

    assert "<script" not in page.lower()
    assert "<b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search(r'<[^>]*"onmouseover', page)
    assert "{{ 7*7 }}" in page
    assert r"$\foo$" in page


def test_html_loads_nothing(record: ReportRecord) -> None:
    """No script, no style sheet, font or picture from anywhere, and a policy that says so."""
    page = html.render(record)
    tags = " ".join(re.findall(r"<[^>]*>", page))

    assert "default-src 'none'" in page
    assert not re.search(r"\b(src|href|action|data)\s*=\s*[\"'](?!#|data:image/png;base64,)", tags)
    assert not re.search(r"@import|url\((?!#)", page)


def test_html_has_no_address_of_its_own(winner: ReportRecord) -> None:
    """Not even a namespace of SVG, which an element within a page does not need."""
    assert not re.search(r"https?://", html.render(winner))


def test_html_is_small(record: ReportRecord) -> None:
    """A report can be sent by mail."""
    assert len(html.render(record).encode()) < 1_000_000


def test_the_picture_says_in_words_what_it_shows(winner: ReportRecord) -> None:
    """Who cannot see it hears every score, its interval, and which way is better."""
    picture = re.search(r'<svg role="img" aria-label="([^"]*)"', html.render(winner))

    assert picture is not None
    said = picture[1]
    assert "better to the left" in said
    assert "LSTM softsign/hard_sigmoid 0.831 [0.810, 0.852]" in said
    assert "ridge on lags (baseline) 0.913" in said


def test_a_page_has_the_picture_once_for_wide_and_once_for_narrow_screens(
    winner: ReportRecord,
) -> None:
    """Both say the same in words, and no id is given twice."""
    page = html.render(winner)
    ids = re.findall(r'\bid="([^"]*)"', page)

    assert len(re.findall(r'<svg role="img" aria-label="Validation MASE with', page)) == 2
    assert len(ids) == len(set(ids))


def test_tiers_are_told_apart_without_colour(winner: ReportRecord) -> None:
    """Each tier has its own marker."""
    markers = {tier: tier_marker(tier) for tier in (r.tier for r in winner.ranking)}

    assert len(set(markers.values())) == len(markers)


def test_no_network_is_recommended_where_a_baseline_is_enough(enough: ReportRecord) -> None:
    """The network that lost to it is neither set in bold nor called recommended."""
    for render in RENDERINGS:
        assert "recommended" not in render(enough).lower()
        assert "best network" in render(enough).lower()
    assert 'class="first' not in html.render(enough)


def test_the_level_of_the_intervals_is_the_one_they_are_computed_at() -> None:
    """The words are constant, so they must follow the numbers."""
    assert f"{statistics.LEVEL:.0%} interval" == wording.INTERVAL
    assert f"{final_test.LEVEL:.0%} interval" == wording.INTERVAL


def test_the_picture_has_no_colour_of_its_own(winner: ReportRecord) -> None:
    """Its colours are those of the page, readable in light and dark."""
    page = html.render(winner)
    picture = page[page.index("<svg") : page.index("</svg>")]

    assert not re.findall(r"#[0-9a-f]{6}\b", picture)
    assert "var(--tier-1)" in picture


def test_a_report_without_ranking_is_rendered(winner: ReportRecord) -> None:
    """Every architecture diverged: the baselines are still shown."""
    empty = replace(winner, ranking=())

    for render in RENDERINGS:
        assert "ridge on lags" in render(empty)
