"""``actselect resume``, ``show`` and ``predict``: what can be done with a study that is there."""

from __future__ import annotations

from pathlib import Path

import click

from actselect.cli._group import Invocation
from actselect.cli._output import (
    FORMATS,
    LANGUAGES,
    print_frame,
    print_interactive,
    print_rendered,
    print_report,
    print_text,
)

STUDY = click.argument("study", metavar="STUDY")


@click.command()
@STUDY
@click.option("--json", "as_json", is_flag=True, help="Print report.json instead of a table.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
@click.option(
    "--executor", metavar="WHERE", default="local", show_default=True,
    help="Where trainings run from now on: local, or dask://HOST:PORT.",
)  # fmt: skip
@click.option(
    "--workers", metavar="N", type=int, help="Processes.  [default: as when the study began]"
)
@click.option(
    "--storage", metavar="URL",
    help="Where the storage of the study is now, or its address with the password, which is not "
    "kept.  [default: as when the study began]",
)  # fmt: skip
@click.pass_obj
def resume(
    invocation: Invocation,
    study: str,
    *,
    as_json: bool,
    quiet: bool,
    executor: str,
    workers: int | None,
    storage: str | None,
) -> None:
    """Continue a study that was interrupted, as if it had not been.

    STUDY is the folder of the study. What was finished is not done again.

    \b
    Example:
      actselect resume studies/airpassengers-forecasting
    """
    invocation.study = Path(study)
    from actselect import api

    report = api.resume(
        study,
        workers=workers,
        executor=executor,
        storage=storage,
        progress="quiet" if quiet else "auto",
        started=invocation.started,
    )
    print_report(report, as_json=as_json, language=str(report.record.options.get("language", "en")))


@click.command()
@STUDY
@click.option(
    "--format", "how", type=click.Choice(list(FORMATS)), default="table", show_default=True,
    help="How to print it.",
)  # fmt: skip
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True,
    help="Language of what people read; JSON is in English always.",
)  # fmt: skip
@click.option(
    "--interactive",
    is_flag=True,
    help="With --format html: plots that can be zoomed into. The page then runs a script of its "
    "own and is about 5 MB large. Needs the extra 'interactive'.",
)
def show(study: str, how: str, language: str, *, interactive: bool) -> None:
    """Print the report of a finished study.

    STUDY is the folder of the study, or a report.json.

    \b
    Examples:
      actselect show studies/airpassengers-forecasting
      actselect show studies/airpassengers-forecasting --format html > report.html
      actselect show studies/airpassengers-forecasting --language zh
    """
    if interactive and how != "html":
        raise click.UsageError("--interactive needs --format html: only a page can be zoomed into.")
    from actselect.report import load

    record = load(Path(study))
    if interactive:
        print_interactive(record, language)
    else:
        print_rendered(record, how, study, language)


@click.command()
@STUDY
@click.argument("data", metavar="[DATA]", required=False)
@click.option(
    "--images", metavar="PATH",
    help="Captioning: folder of the images of DATA, or .npz with features.  "
    "[default: as the study, or beside DATA]",
)  # fmt: skip
@click.option(
    "--beam", metavar="N", type=int, default=1, show_default=True,
    help="Captions and answers: how many beginnings are kept while writing.",
)  # fmt: skip
@click.option(
    "--sample", "length", metavar="N", type=int,
    help="Language models: write N tokens (characters or words).",
)  # fmt: skip
@click.option("--start", metavar="TEXT", default="", help="With --sample: go on from this text.")
@click.option(
    "--temperature", metavar="X", type=float, default=0.8, show_default=True,
    help="With --sample: 0 always takes the likeliest token; more is bolder.",
)  # fmt: skip
@click.option(
    "--seed", "random_state", metavar="N", type=int, default=0, show_default=True,
    help="With --sample: same seed, same text.",
)  # fmt: skip
def predict(
    study: str,
    data: str | None,
    *,
    images: str | None,
    beam: int,
    length: int | None,
    start: str,
    temperature: float,
    random_state: int,
) -> None:
    """Predict DATA with the network that a study recommends, or let a language model write.

    STUDY is the folder of the study. DATA has the columns of the study's data, and may lack the one
    to predict; for forecasting, it holds the steps before those. Prints CSV; with --sample, text.
    In CSV, a text that a spreadsheet would take for a formula has an apostrophe in front.

    \b
    Examples:
      actselect predict studies/sales-forecasting sales-until-today.csv > forecast.csv
      actselect predict studies/photos-captioning new.csv --images new/ --beam 3
      actselect predict studies/moby-dick-language-modeling --sample 500 --start "Call me "
    """
    from actselect import api

    if data is not None and length is None:
        columns = {} if images is None else {"images": images}
        frame = api.predict(study, data, beam=beam, **columns)
        print_frame(frame)
    elif data is None and length is not None:
        print_text(
            api.sample(
                study, length, start=start, temperature=temperature, random_state=random_state
            )
        )
    else:
        raise click.UsageError("Give DATA to predict, or --sample N to let a language model write.")
