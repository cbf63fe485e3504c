"""``actselect recommend``: a study, from data to ranking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from actselect.cli._group import Invocation
from actselect.cli._options import SECTIONS, SectionedCommand
from actselect.cli._output import print_report


@click.command(
    cls=SectionedCommand,
    params=[option for options in SECTIONS.values() for option in options],
)
@click.argument("data", metavar="DATA")
@click.pass_context
def recommend(
    context: click.Context, /, data: str, *, as_json: bool, quiet: bool, **options: Any
) -> None:
    """Search, confirm and rank recurrent architectures for DATA.

    DATA is a file, a folder of texts, or the name of a built-in data set (see 'actselect list
    datasets').

    \b
    Examples:
      actselect recommend sales.csv --task forecasting --target sales \\
          --time date --horizon 14 --budget 5m
      actselect recommend airpassengers --task forecasting --horizon 12
      actselect recommend gestures.csv --task classification --target label \\
          --series recording --cells lstm,gru --activations tanh,softsign
      actselect recommend reviews.csv --task text-classification --target label
    """
    _refuse_two_budgets(context)
    invocation = context.ensure_object(Invocation)
    invocation.study = Path(options["out"]) if options["out"] else None
    from actselect import api

    report = api.recommend(
        data,
        **options,
        progress="quiet" if quiet else "auto",
        command=invocation.command,
        started=invocation.started,
    )
    print_report(report, as_json=as_json, language=options["language"])


def _refuse_two_budgets(context: click.Context) -> None:
    sources = [context.get_parameter_source(name) for name in ("budget", "epochs_budget")]
    if ParameterSource.DEFAULT not in sources:
        raise click.UsageError("--budget and --epochs-budget exclude each other. Give one of them.")
