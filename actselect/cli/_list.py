"""``actselect list``: what there is to choose from, as tables."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from actselect.cli._group import find_studies
from actselect.cli._output import columns
from actselect.exceptions import StudyError
from actselect.folder import StudyFolder

Rows = list[tuple[str, ...]]
Catalogue = tuple[tuple[str, ...], Rows]

FEATURES, UNITS = 1, 32  # an example layer, to compare the sizes of cells


def _cells() -> Catalogue:
    from actselect.cells import cells

    rows: Rows = [
        (
            name,
            _yes(cell.gated),
            _yes(cell.has_output_activation),
            str(cell.parameter_count(FEATURES, UNITS)),
            _what(cell),
        )
        for name, cell in cells().items()
    ]
    weights = f"weights ({FEATURES} feature, {UNITS} units)"
    return ("cell", "gates", "output activation", weights, "what it is"), rows


def _what(cell: type) -> str:
    """Return what a cell is: the first line of the file that defines it."""
    return (sys.modules[cell.__module__].__doc__ or "").strip().partition("\n")[0].rstrip(".")


def _activations() -> Catalogue:
    from actselect.activations import activations

    rows: Rows = [
        (
            a.name,
            f"{a.low:.3g} to {a.high:.3g}",
            _yes(a.monotone),
            _yes(a.smooth),
            _yes(a.gate),
            a.formula,
        )
        for a in activations().values()
    ]
    return ("activation", "range", "monotone", "smooth", "gate", "formula"), rows


def _tasks() -> Catalogue:
    from actselect.tasks import tasks

    rows: Rows = [(t.name, t.summary, " ".join(t.metrics)) for t in tasks().values()]
    return ("task", "answers", "metrics (first: default)"), rows


def _metrics() -> Catalogue:
    from actselect.tasks import metrics

    rows: Rows = [
        (task, metric.name, "lower" if metric.direction == "minimize" else "higher")
        for task, known in metrics().items()
        for metric in known
    ]
    return ("task", "metric (first: default)", "better"), rows


def _datasets() -> Catalogue:
    from actselect.data import builtin_datasets

    rows: Rows = [
        (d.name, d.task, str(d.sequences), str(d.length), d.licence, d.description)
        for d in builtin_datasets()
    ]
    return ("data set", "task", "sequences", "steps", "licence", "what it is"), rows


def _studies() -> Catalogue:
    rows: Rows = [(str(study.path), *_state(study)) for study in find_studies()]
    return ("study", "state", "verdict"), rows


def _state(study: StudyFolder) -> tuple[str, str]:
    from actselect.report import load

    if not study.report.is_file():
        return "unfinished", f"continue with: actselect resume {study.path}"
    try:
        return "finished", load(study.report).verdict.sentence
    except StudyError as error:
        return "damaged", str(error)


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


CATALOGUES: dict[str, Callable[[], Catalogue]] = {
    "cells": _cells,
    "activations": _activations,
    "tasks": _tasks,
    "metrics": _metrics,
    "datasets": _datasets,
    "studies": _studies,
}


@click.command("list")
@click.argument("what", type=click.Choice(list(CATALOGUES)))
def list_(what: str) -> None:
    """List what there is to choose from, with its facts.

    "gate" says whether an activation may be a recurrent activation: its range lies within [0, 1].
    "studies" are those under ./studies.

    \b
    Examples:
      actselect list activations
      actselect list datasets
    """
    header, rows = CATALOGUES[what]()
    click.echo(columns(header, rows) if rows else f"No {what} here.")
