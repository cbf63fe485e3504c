"""``actselect compare``: studies side by side."""

from __future__ import annotations

import shutil

import click

from actselect.cli._output import WIDTH, print_text

FORMATS = ("table", "markdown", "html", "json")


@click.command()
@click.argument("studies", metavar="STUDY STUDY...", nargs=-1, required=True)
@click.option(
    "--format", "how", type=click.Choice(FORMATS), default="table", show_default=True,
    help="How to print it.",
)  # fmt: skip
def compare(studies: tuple[str, ...], how: str) -> None:
    """Put finished studies side by side.

    STUDY is the folder of a study, or a report.json with its scores.csv beside it. Studies of the
    same data, question and seed are compared on the repeats that both ran, and a difference is
    called one only where it is shown. Other studies stand in a table, and nothing is claimed.

    \b
    Examples:
      actselect compare studies/short studies/long
      actselect compare studies/sales-* --format html > compared.html
    """
    from actselect.comparison import compare as compared
    from actselect.report import comparing

    record = compared(*studies)
    if how == "table":
        text = comparing.render(record, shutil.get_terminal_size((WIDTH, 24)).columns)
    elif how == "json":
        text = comparing.to_json(record)
    else:
        from actselect.report import comparing_pages

        pages = {"markdown": comparing_pages.markdown, "html": comparing_pages.html}
        text = pages[how](record)
    print_text(text.rstrip("\n"))
