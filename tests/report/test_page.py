"""The page explains, for everyone: its parts, its words, its colours, and names that attack."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from actselect.exceptions import MissingExtraError, UsageError
from actselect.records import Needed, ReportRecord
from actselect.report import advice, html, interactive, markdown, terminal, to_json
from actselect.report.language import translator
from actselect.report.measured import gradient, span, units
from actselect.report.serialise import from_json
from actselect.report.templating import TEMPLATES

HOSTILE = "<script>alert(1)</script>"
TEXTS = frozenset(
    ("label", "name", "claim", "because", "section", "answer", "shown", "wanted", "classes",
     "values", "rows", "columns", "why", "series", "function", "method", "reason")
)  # fmt: skip
PALETTES = {"light": 0, "dark": 1, "print": 2}  # the first, second and third list of variables


class Page(HTMLParser):
    """The elements of a page, as (tag, attributes), and its headings with their words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[int, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_data(self, data: str) -> None:
        """Note the words of a heading."""
        if self.headings and re.fullmatch("h[1-6]", self.elements[-1][0]):
            level, words = self.headings[-1]
            self.headings[-1] = (level, (words + data).strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def page(explained: ReportRecord) -> Page:
    """The page of a study of which everything is known."""
    return Page(html.render(explained))


@pytest.fixture
def attacked(explained: ReportRecord) -> ReportRecord:
    """The same study, every text in it a script."""

    def attack(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: attack(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [attack(item, key) for item in value]
        return f"{HOSTILE} {value}" if isinstance(value, str) and key in TEXTS else value

    return from_json(json.dumps(attack(json.loads(to_json(explained)))))


def test_every_section_is_in_the_table_of_contents(page: Page) -> None:
    """Each link has its heading, and each heading of a section its link."""
    links = [a["href"] for a in page.all("a")]
    sections = [f"#{section['aria-labelledby']}" for section in page.all("section")]

    assert links == sections
    assert len(sections) == len(html.PICTURES) + 4
    assert {link[1:] for link in links if link} <= {e.get("id") for _, e in page.elements}


def test_headings_are_in_order(page: Page) -> None:
    """One first heading, the verdict, and no level is skipped."""
    levels = [level for level, _ in page.headings]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_tables_have_headers_and_pictures_have_words(page: Page) -> None:
    """For who hears the page."""
    assert all(cell.get("scope") in {"row", "col"} for cell in page.all("th"))
    assert all(picture.get("alt") for picture in page.all("img"))
    assert all(p.get("role") == "img" and p.get("aria-label") for p in page.all("svg"))
    assert [root.get("lang") for root in page.all("html")] == ["en"]


def test_an_old_report_has_no_section_of_what_it_does_not_know(winner: ReportRecord) -> None:
    """Nothing is shown empty."""
    titles = [words for _, words in Page(html.render(winner)).headings]

    assert "Ranking" in titles
    assert not {"What it answers", "Which choice matters", "Why: the principles measured"} & set(
        titles
    )


def test_no_name_of_an_explained_report_becomes_markup(attacked: ReportRecord) -> None:
    """Labels, classes, claims, answers and reasons are text, in the page and in its pictures."""
    shown = html.render(attacked)

    assert "<script" not in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 50
    assert "<script" not in re.sub(r"\\.", "", markdown.render(attacked))


def test_claims_stand_in_words_and_symbols(explained: ReportRecord) -> None:
    """Not by colour alone."""
    for render in (html.render, markdown.render):
        text = render(explained)
        for words in ("✓ the data agree", "✗ the data disagree", "? cannot tell"):
            assert words in text
        assert all(one.because in text for one in explained.guide.claims)


def test_why_stands_under_the_architecture(explained: ReportRecord) -> None:
    """The first sentences of why, in every rendering for the first, in files for the others."""
    first = explained.ranking[0].diagnostics
    last = explained.ranking[-1].diagnostics
    assert first is not None
    assert last is not None

    assert first.why[0] in " ".join(terminal.render(explained).split())
    for render in (html.render, markdown.render):
        assert first.why[0] in render(explained)
        assert last.why[0] in render(explained)


def test_measured_numbers_are_ranges_over_layers_and_gates(explained: ReportRecord) -> None:
    """Worked out by hand from the golden file; a dash where nothing was measured."""
    found = explained.ranking[0].diagnostics
    assert found is not None
    parts = [part for part in found.units if part.openness is not None]
    lowest, highest = (f"{end(p.openness for p in parts):.0%}" for end in (min, max))
    plain = replace(found, gradient=None, units=())

    assert units(found)[-1] == f"{lowest} to {highest}"
    assert set(units(plain)) | set(gradient(plain)) == {"–"}  # noqa: RUF001
    assert span([None, 0.2, 0.5]) == "20% to 50%"


@pytest.mark.parametrize(
    ("kind", "repeats", "words"),
    [
        ("winner", None, "Use it on new data"),
        ("tie", None, "Use it on new data"),
        ("baseline", None, "Prefer the baseline"),
        ("undecided", 6, "a larger --budget may settle the rest"),
        ("undecided", None, "The network that leads can be used meanwhile (STUDY"),
    ],
)
def test_what_to_do_next_follows_from_the_verdict(
    winner: ReportRecord, kind: Any, repeats: int | None, words: str
) -> None:
    """A sentence, and the commands of every report."""
    verdict = replace(winner.verdict, kind=kind, needed=Needed(repeats=repeats))
    record = replace(winner, verdict=verdict)

    for render in (html.render, markdown.render):
        assert words in advice.advice(record)
        assert words in render(record)
        assert "actselect export STUDY --format code" in render(record)


@pytest.mark.parametrize("palette", PALETTES)
def test_colours_have_the_contrast_that_reading_needs(palette: str) -> None:
    """At least 4.5 to 1 for text on page and card, 3 to 1 for what is drawn (WCAG 2.2, 1.4)."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    lists = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    colours = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]+);", lists[PALETTES[palette]]))
    grounds = [colours["--page"], colours["--card"]]

    for name in (
        "--ink",
        "--quiet",
        "--accent",
        "--baseline",
        *(f"--tier-{i}" for i in range(1, 5)),
    ):
        assert min(contrast(colours[name], ground) for ground in grounds) >= 4.5, name


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_black_on_white_has_the_contrast_of_the_standard() -> None:
    """21 to 1: the oracle of the test above."""
    assert contrast("#000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("render", [terminal.render, markdown.render, html.render])
def test_every_rendering_speaks_the_language_asked_for(
    explained: ReportRecord, render: Callable[..., str]
) -> None:
    """Titles are those of the translator; the truth, report.json, stays as it is."""
    before = to_json(explained)
    text = render(explained, language="zh")

    assert translator("zh")("best network") in text or translator("zh")("recommended") in text
    assert to_json(explained) == before
    with pytest.raises(UsageError, match="language must be one of en, zh"):
        render(explained, language="xx")


def test_the_page_names_its_language(explained: ReportRecord) -> None:
    """So that a screen reader speaks it."""
    assert '<html lang="zh">' in html.render(explained, language="zh")


def test_the_interactive_page_runs_only_what_it_holds(attacked: ReportRecord) -> None:
    """No address is allowed, no name can end the script, and pictures stay for who runs none."""
    text = interactive.render(attacked)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    plots = re.search(r'<script type="application/json" id="plots">(.*?)</script>', text)
    assert plots is not None

    assert policy[1].startswith("default-src 'none';")
    assert "http" not in policy[1]
    assert set(json.loads(plots[1])) == {"cost", "learning", "flow"}
    assert HOSTILE not in text
    assert text.count("<noscript>") == 3
    assert not re.search(r"<script[^>]*\bsrc=", text)


def test_without_plotly_the_command_that_installs_it_is_told(
    winner: ReportRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a traceback."""
    monkeypatch.setitem(sys.modules, "plotly.offline", None)

    with pytest.raises(
        MissingExtraError, match=r"A page .* needs .* pip install 'actselect\[inter"
    ):
        interactive.render(winner)
