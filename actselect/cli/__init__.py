"""The command ``actselect``: parses, calls, prints.  Results on stdout, everything else on stderr.

Exit codes: 0 done; 1 the run failed; 2 wrong usage or bad data; 130 and 143 interrupted.
"""

from __future__ import annotations

import io
import os
import shlex
import sys
import time
from pathlib import Path

import click

from actselect import __version__
from actselect.cli._compare import compare
from actselect.cli._dashboard import dashboard
from actselect.cli._doctor import doctor
from actselect.cli._export import export
from actselect.cli._group import Commands, Invocation, end_on_signals, leave_at_once
from actselect.cli._guide import guide
from actselect.cli._list import list_
from actselect.cli._recommend import recommend
from actselect.cli._studies import predict, resume, show

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=Commands, context_settings=SETTINGS)
@click.version_option(__version__, prog_name="actselect", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Find out which recurrent cell, activations and depth suit your sequences.

    Say what you have and what you want to predict. actselect tries recurrent networks on your own
    data and answers with a ranking it can defend: who wins, who ties, how sure it is, and whether
    any network beats a trivial baseline at all.

    \b
    Start here:
      actselect recommend airpassengers --task forecasting --horizon 12 --budget 1m
    """
    context.ensure_object(Invocation)


for _command in (
    recommend, resume, show, predict, export, compare, dashboard, guide, list_, doctor,
):  # fmt: skip
    cli.add_command(_command)


def main() -> None:
    """Run the command line; the process ends with the exit code."""
    started = time.time() - time.process_time()  # what the interpreter took to come here counts too
    command = shlex.join(["actselect", *sys.argv[1:]])
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Unicode gets a '?'
    end_on_signals()
    try:
        cli.main(prog_name="actselect", obj=Invocation(started=started, command=command))
    finally:
        leave_at_once()


def _open_closed_streams() -> None:
    """Print into nothing what nobody reads: the next file to be opened would take its number."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open("w", encoding="utf8")  # noqa: SIM115 - to the end
            setattr(sys, name, stream)
