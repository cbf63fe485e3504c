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
@click.argument("data", metavar="[DATA]", required=False)
@click.option(
    "--beam",
    metavar="N",
    type=int,
    default=1,
    show_default=True,
    help="Captions and answers: hypotheses that are kept while writing.",
)
@click.option("--images", metavar="PATH", help="Captioning: where the images of DATA are.")
@click.option(
    "--sample",
    "length",
    metavar="N",
    type=int,
    help="Language models: write N characters or words.",
)
@click.option("--start", metavar="TEXT", default="", help="Language models: go on from this text.")
@click.option(
    "--temperature",
    metavar="X",
    type=float,
    default=0.8,
    show_default=True,
    help="Language models: 0 always writes the likeliest, more is bolder.",
)
@click.option(
    "--seed",
    "random_state",
    metavar="N",
    type=int,
    default=0,
    show_default=True,
    help="Language models: of what is written.",
)
def predict(
    study: str,
    data: str | None,
    *,
    beam: int,
    images: str | None,
    length: int | None,
    start: str,
    temperature: float,
    random_state: int,
) -> None:
    """Predict DATA with the network that a study recommends, or let a language model write.

    DATA has the columns of the study's data; for forecasting, the steps before the ones to predict.
    Prints CSV; with --sample, text.

    \b
    Examples:
      actselect predict studies/sales-forecasting sales-until-today.csv > forecast.csv
      actselect predict studies/photos-captioning new.csv --images new/ --beam 3
      actselect predict studies/moby-dick-language-modeling --sample 500 --start "Call me "
    """
    if (data is None) == (length is None):
        raise click.UsageError("Give DATA to predict, or --sample N to let a language model write.")
    from actselect import api

    if length is not None:
        text = api.sample(
            study, length, start=start, temperature=temperature, random_state=random_state
        )
        click.echo(text)
        return
    columns = {} if images is None else {"images": images}
    frame = api.predict(study, data or "", beam=beam, **columns)
    click.echo(frame.to_csv(index=False), nl=False)
