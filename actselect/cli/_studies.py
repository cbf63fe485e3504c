"""``actselect resume``, ``show`` and ``predict``: what can be done with a study that is there."""

from __future__ import annotations

from pathlib import Path

import click

from actselect.cli._group import Invocation
from actselect.cli._output import FORMATS, print_rendered, print_report

STUDY = click.argument("study", metavar="STUDY")


@click.command()
@STUDY
@click.option("--json", "as_json", is_flag=True, help="Print report.json instead of a table.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.pass_obj
def resume(invocation: Invocation, study: str, *, as_json: bool, quiet: bool) -> None:
    """Continue a study that was interrupted, as if it had not been.

    STUDY is the folder of the study. What was finished is not done again.

    \b
    Example:
      actselect resume studies/airpassengers-forecasting
    """
    invocation.study = Path(study)
    from actselect import api

    report = api.resume(study, progress="quiet" if quiet else "auto", started=invocation.started)
    print_report(report, as_json=as_json)


@click.command()
@STUDY
@click.option(
    "--format", "how", type=click.Choice(list(FORMATS)), default="table", show_default=True,
    help="How to print it.",
)  # fmt: skip
def show(study: str, how: str) -> None:
    """Print the report of a finished study.

    STUDY is the folder of the study, or a report.json.

    \b
    Examples:
      actselect show studies/airpassengers-forecasting
      actselect show studies/airpassengers-forecasting --format html > report.html
    """
    from actselect.report import load

    print_rendered(load(Path(study)), how, study)


@click.command()
@STUDY
@click.argument("data", metavar="DATA")
def predict(study: str, data: str) -> None:
    """Predict DATA with the network that a study recommends.

    DATA has the columns of the study's data; for forecasting, the steps before the ones to predict.
    Prints CSV.

    \b
    Example:
      actselect predict studies/sales-forecasting sales-until-today.csv > forecast.csv
    """
    from actselect import api

    click.echo(api.predict(study, data).to_csv(index=False), nl=False)
