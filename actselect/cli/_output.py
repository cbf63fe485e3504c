"""What commands print: renderings of a report on stdout."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # at run time the command that has a report has loaded this already
    import pandas as pd

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
ENDS = re.compile(r'("[^"]*")|\r\n')  # of lines of CSV, and what stands in quotes
LANGUAGES = ("en", "zh")  # report.language.LANGUAGES, which --help need not load; a test compares


def print_text(text: str, *, nl: bool = True, err: bool = False) -> None:
    """Print text that may hold names and words from data.

    A file or a pipe gets it as it is; a terminal, which would obey controls, sees them spelt out.
    """
    from actselect.report.wording import clean_lines

    to_terminal = (sys.stderr if err else sys.stdout).isatty()
    shown = clean_lines(text) if to_terminal else text
    click.echo(shown, nl=nl, err=err, color=True)  # else click takes escapes out of a pipe's text


def print_frame(frame: pd.DataFrame) -> None:
    """Print a frame as CSV, in which nothing is a formula to a spreadsheet.

    Lines end with LF; a CR within a text stands in quotes, as RFC 4180 has it.
    """
    from actselect.report.spreadsheet import shown

    safe = frame.rename(columns=lambda name: shown(str(name)))
    for place in range(safe.shape[1]):
        column = safe.iloc[:, place]
        if column.dtype.kind == "O":
            plain = column.map(lambda cell: shown(cell) if isinstance(cell, str) else cell)
            safe.isetitem(place, plain.to_numpy(dtype=object))
    text = safe.to_csv(index=False, lineterminator="\r\n")
    print_text(ENDS.sub(lambda found: found[1] or "\n", text), nl=False)


def print_rendered(record: ReportRecord, how: str, study: str, language: str = "en") -> None:
    """Print a report as one of :data:`FORMATS`; ``study`` is what to type for its folder."""
    print_text(FORMATS[how](record, study, language).rstrip("\n"))


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
        print_text(f"\n{place}", err=as_json)


def columns(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table with aligned columns.

    >>> print(columns(("name", "range"), [("tanh", "(-1, 1)"), ("relu", "[0, inf)")]))
    name  range
    tanh  (-1, 1)
    relu  [0, inf)
    """
    from actselect.report.wording import clean

    table = [tuple(map(clean, row)) for row in (header, *rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in table)
    return "\n".join(line.rstrip() for line in lines)
