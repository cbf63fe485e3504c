"""The options of ``actselect recommend``, by section; their names are those of the Python API."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

import click


def _names(_: click.Context, __: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """Split names at commas; a name that holds a comma stands in double quotes."""
    if text is None:
        return None
    names = tuple(part.strip() for part in next(csv.reader([text], skipinitialspace=True), []))
    if not names or "" in names:
        raise click.BadParameter(f"wanted names with commas between them: a,b. Got {text!r}.")
    return names


def _numbers(_: click.Context, __: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    """Split whole numbers at commas."""
    try:
        return None if text is None else tuple(int(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(
            f"wanted numbers with commas between them: 1,2. Got {text!r}."
        ) from None


def _levels(_: click.Context, __: click.Parameter, text: str | None) -> tuple[float, ...] | None:
    """Split numbers with a point at commas."""
    try:
        return None if text is None else tuple(float(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(
            f"wanted numbers with commas between them: 0.1,0.5,0.9. Got {text!r}."
        ) from None


def _option(*declarations: str, **settings: Any) -> click.Option:
    return click.Option(declarations, **settings)


DATA = (
    _option(
        "--task", metavar="TASK", required=True,
        help="What to predict: forecasting, classification, ...; see 'actselect list tasks'.",
    ),
    _option("--target", metavar="COL", help="Column to predict."),
    _option("--time", metavar="COL", help="Column with the time or the order of the steps."),
    _option("--series", metavar="COL", help="Column that says which sequence a row belongs to."),
    _option(
        "--group", metavar="COL",
        help="Column of groups, such as patients: no group is in both training and test.",
    ),
    _option(
        "--features", metavar="A,B", callback=_names,
        help="Columns the network sees.  [default: all that are left]",
    ),
    _option("--horizon", metavar="N", type=int, help="Forecasting: how many steps ahead."),
    _option(
        "--lookback", metavar="N", type=int,
        help="Forecasting: how many past steps the network sees.  [default: from the data]",
    ),
    _option(
        "--period", metavar="N", type=int,
        help="Forecasting: steps of one season, 12 for months.  [default: from the data]",
    ),
    _option(
        "--quantiles", metavar="0.1,0.5,0.9", callback=_levels,
        help="Forecasting: quantiles instead of one value.",
    ),
    _option(
        "--multilabel", is_flag=True,
        help="(Text) classification: a set of labels each, a|b in a table.",
    ),
    _option(
        "--tokenizer", metavar="T",
        help="Texts: words, characters, or a tokenizer.json.  [default: by task]",
    ),
    _option(
        "--images", metavar="PATH",
        help="Captioning: folder of the images, or .npz with features.  [default: beside DATA]",
    ),
    _option(
        "--format", metavar="F",
        help="Format of DATA, such as csv, conll, coco.  [default: by name and content]",
    ),
    _option(
        "--validation-data", metavar="DATA",
        help="Data to stop training and to screen by.  [default: parts of DATA]",
    ),
    _option(
        "--test-data", metavar="DATA",
        help="Data for the final test.  [default: a part of DATA; of series the last in time]",
    ),
)  # fmt: skip

QUESTION = (
    _option(
        "--metric", metavar="M",
        help="What to rank by; see 'actselect list metrics'.  [default: the task's own]",
    ),
    _option(
        "--margin", metavar="X", type=float,
        help="Differences of the metric below this do not matter.  "
        "[default: 1 % of an error, 0.005 of a rate]",
    ),
    _option(
        "--check-aa", is_flag=True,
        help="Also let a duplicate of the default compete, unseen, and report how often the "
        "verdict makes false claims on these data.",
    ),
    _option(
        "--match", type=click.Choice(["parameters", "hidden"]), default="parameters",
        show_default=True,
        help="Make networks comparable: as many weights each, or as many hidden units.",
    ),
    _option(
        "--hidden-size", metavar="N", type=int,
        help="Hidden units; with --match parameters, those of a one-layer LSTM.  "
        "[default: 32 to 128, by task]",
    ),
)  # fmt: skip

SPACE = (
    _option(
        "--space", type=click.Choice(["small", "full"]), default="small", show_default=True,
        help="How much to try: what five minutes can do justice to, or everything.",
    ),
    _option("--cells", metavar="A,B", callback=_names, help="Cells; see 'actselect list cells'."),
    _option(
        "--activations", metavar="A,B", callback=_names,
        help="Activations of the candidate; see 'actselect list activations'.",
    ),
    _option(
        "--recurrent-activations", metavar="A,B", callback=_names, help="Activations of the gates."
    ),
    _option(
        "--output-activations", metavar="A,B", callback=_names,
        help="Activations on an LSTM's cell state; 'same': as the candidate's.",
    ),
    _option(
        "--head-activations", metavar="A,B", callback=_names,
        help="Activations of a hidden layer after the recurrent ones; 'identity': no such layer.",
    ),
    _option("--depths", metavar="1,2", callback=_numbers, help="Numbers of recurrent layers."),
    _option("--mix/--no-mix", default=None, help="Let layers have different activations."),
    _option(
        "--bidirectional/--no-bidirectional", default=None,
        help="Also read sequences backwards, where the task allows it.",
    ),
)  # fmt: skip

EFFORT = (
    _option(
        "--budget", metavar="TIME", default="5m", show_default=True,
        help="Wall time for everything: 90s, 5m, 1h30m.",
    ),
    _option(
        "--epochs-budget", metavar="N", type=int,
        help="Training epochs instead of time: same seed, same report, on any machine load.",
    ),
    _option(
        "--workers", metavar="N", type=int,
        help="Trainings at once; 0: in this process.  [default: one per core]",
    ),
    _option(
        "--executor", metavar="WHERE", default="local", show_default=True,
        help="Where trainings run: local, or dask://HOST:PORT, the scheduler of a Dask cluster "
        "(needs the extra 'dask').",
    ),
    _option(
        "--backend", type=click.Choice(["auto", "native", "bptt", "reference"]), default="auto",
        show_default=True,
        help="What runs the recurrent layers, the same for all: compiled kernels (native) or "
        "PyTorch (bptt, reference).",
    ),
    _option(
        "--seed", "random_state", metavar="N", type=int, default=0, show_default=True,
        help="Seed of all random choices.",
    ),
)  # fmt: skip

OUTPUT = (
    _option("--name", help="Name of the study.  [default: DATA-TASK]"),
    _option(
        "--out", metavar="DIR", type=click.Path(file_okay=False),
        help="Folder of the study.  [default: studies/NAME]",
    ),
    _option(
        "--storage", metavar="URL",
        help="Database that Optuna's study is kept in, such as postgresql://user@host/database; a "
        "password in it is not written down.  [default: study.db in the folder]",
    ),
    _option(
        "--reopen-test", is_flag=True,
        help="Look at test data that a study has seen before; the report will say so.",
    ),
    _option(
        "--language", type=click.Choice(["en", "zh"]), default="en", show_default=True,
        help="Language of the report; report.json is in English always.",
    ),
    _option("--json", "as_json", is_flag=True, help="Print report.json instead of a table."),
    _option("--quiet", is_flag=True, help="No progress on stderr."),
)  # fmt: skip

SECTIONS = {
    "Data and task": DATA,
    "Question": QUESTION,
    "What to try": SPACE,
    "Effort": EFFORT,
    "Output": OUTPUT,
}


class SectionedCommand(click.Command):
    """A command whose help shows its options by section."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections, then what click adds."""
        ours = {option for options in SECTIONS.values() for option in options}
        added = [p for p in self.get_params(ctx) if isinstance(p, click.Option) and p not in ours]
        for title, options in {**SECTIONS, "Help": added}.items():
            _write_section(ctx, formatter, title, options)


def _write_section(
    ctx: click.Context,
    formatter: click.HelpFormatter,
    title: str,
    options: Iterable[click.Parameter],
) -> None:
    with formatter.section(title):
        formatter.write_dl([r for option in options if (r := option.get_help_record(ctx))])
