"""``actselect show``: one report in the format and language asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from actselect.cli import cli
from actselect.cli._output import LANGUAGES
from actselect.report import html, interactive, language, load, markdown


@pytest.fixture
def study(golden: Path, tmp_path: Path) -> Path:
    """A folder with a report of which everything is filled in."""
    folder = tmp_path / "a study"
    folder.mkdir()
    shutil.copy(golden / "report-v1-explained.json", folder / "report.json")
    return folder


def show(study: Path, *options: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["show", str(study), *options])


def test_the_page_and_the_markdown_are_those_of_the_renderers(study: Path) -> None:
    """Nothing is added on the way to stdout."""
    record = load(study)

    assert show(study, "--format", "markdown").stdout == markdown.render(record)
    page = html.render(record, language="zh")
    assert show(study, "--format", "html", "--language", "zh").stdout == f"{page}\n"


def test_the_table_can_be_had_in_chinese(study: Path) -> None:
    """And its commands name the folder once quoted, so that they can be pasted."""
    text = show(study, "--language", "zh").stdout

    assert language.translator("zh")("Next:") in text
    assert "actselect predict '" in text
    assert f"{study}' DATA" in text


def test_json_is_in_english_in_any_language(study: Path) -> None:
    """It is the truth that other programs read."""
    plain, chinese = (show(study, "--format", "json", "--language", name) for name in LANGUAGES)

    assert plain.stdout == chinese.stdout


def test_the_interactive_page_is_printed_with_its_script(study: Path) -> None:
    """As the module that makes it returns it."""
    done = show(study, "--format", "html", "--interactive")

    assert done.exit_code == 0
    assert done.stdout == f"{interactive.render(load(study))}\n"


def test_interactive_without_a_page_is_refused(study: Path) -> None:
    """With what to type instead."""
    done = show(study, "--interactive")

    assert done.exit_code == 2
    assert "--interactive needs --format html" in done.stderr


def test_the_command_line_offers_every_language() -> None:
    """Its own list, which costs nothing to load, is that of the translator."""
    assert language.LANGUAGES == LANGUAGES
    assert all(name in show(Path(), "--help").stdout for name in LANGUAGES)
