"""What commands print: renderings of a report on stdout."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # at run time the command that has a report has loaded this already
    from actselect.api import Report
    from actselect.records import ReportRecord

WIDTH = 100  # columns where stdout is no terminal


def _table(record: ReportRecord, study: str, language: str) -> str:
    from actselect.report import terminal

    width = shutil.get_terminal_size((WIDTH, 24)).columns
    return terminal.render(record, width, study=study, language=language)


def _markdown(record: ReportRecord, _study: str, language: str) -> str:
    from actselect.report import markdown

    return markdown.render(record, language=language)


def _json(record: ReportRecord, _study: str, _language: str) -> str:
    from actselect.report import to_json

    return to_json(record)


def _html(record: ReportRecord, _study: str, language: str) -> str:
    from actselect.report import html

    return html.render(record, language=language)


FORMATS: dict[str, Callable[[ReportRecord, str, str], str]] = {
    "table": _table,
    "markdown": _markdown,
    "json": _json,
    "html": _html,
}
LANGUAGES = ("en", "zh")  # report.language.LANGUAGES, which --help need not load; a test compares


def print_rendered(record: ReportRecord, how: str, study: str, language: str = "en") -> None:
    """Print a report as one of :data:`FORMATS`; ``study`` is what to type for its folder."""
    click.echo(FORMATS[how](record, study, language).rstrip("\n"))


def print_interactive(record: ReportRecord, language: str) -> None:
    """Print the report as a page with zoomable plots."""
    from actselect.report import interactive

    click.echo(interactive.render(record, language=language).rstrip("\n"))


def print_report(report: Report, *, as_json: bool, language: str = "en") -> None:
    """Print a finished study, and where its pictures are; with JSON, nothing but JSON on stdout."""
    from actselect.report.language import translator

    study = "STUDY" if report.path is None else str(report.path)
    print_rendered(report.record, "json" if as_json else "table", study, language)
    if report.path is not None:
        place = translator(language)(f"Report with pictures: {report.path / 'report.html'}")
        click.echo(f"\n{place}", err=as_json)


def columns(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table with aligned columns.

    >>> print(columns(("name", "range"), [("tanh", "(-1, 1)"), ("relu", "[0, inf)")]))
    name  range
    tanh  (-1, 1)
    relu  [0, inf)
    """
    table = [header, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in table)
    return "\n".join(line.rstrip() for line in lines)
