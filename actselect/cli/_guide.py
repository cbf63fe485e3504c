"""``actselect guide``: what the guide and the literature expect, before anything is trained."""

from __future__ import annotations

import click

from actselect.exceptions import UsageError

MAX_DEPTH = 8  # search_space.MAX_DEPTH, which needs torch; a test compares


@click.command()
@click.option("--task", metavar="TASK", help="What to predict; see 'actselect list tasks'.")
@click.option("--length", metavar="N", type=int, help="Steps of a typical sequence.")
@click.option(
    "--depth", metavar="N", type=click.IntRange(1, MAX_DEPTH), help="Number of recurrent layers."
)
@click.option(
    "--all",
    "in_full",
    is_flag=True,
    help="Not in short: all findings and principles, with sources.",
)
@click.option(
    "--language", type=click.Choice(["en", "zh"]), default="en", show_default=True,
    help="Language of the answer.",
)  # fmt: skip
def guide(
    *, task: str | None, length: int | None, depth: int | None, in_full: bool, language: str
) -> None:
    """Say what the guide would pick, why, and what our own runs and the literature say of it.

    Answers at once: nothing is trained, and no data are needed. With --task: in short, on one
    screen; --all tells the rest. Without: the guide's four principles and all its claims.

    \b
    Examples:
      actselect guide
      actselect guide --task forecasting --length 500 --depth 2
      actselect guide --task forecasting --all
      actselect guide --task captioning --language zh
    """
    from actselect.cli import _guide_answer as answer  # numpy, which --help does without

    if task is not None:
        case = answer.Case.of(task, length, depth, language)
        lines = answer.in_full(case) if in_full else answer.in_short(case)
    elif length is None and depth is None:
        lines = answer.everything(language, with_findings=in_full)
    else:
        raise UsageError("--length and --depth need a --task, such as --task forecasting.")
    click.echo("\n".join(lines))
