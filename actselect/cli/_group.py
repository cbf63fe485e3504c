"""How a command ends: each error in one line on stderr, with its exit code."""

from __future__ import annotations

import errno
import shlex
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from actselect.exceptions import ActselectError, RunError
from actselect.folder import STUDIES, StudyFolder

INTERRUPTED = 128 + signal.SIGINT  # what a shell reports for a program that a signal ended
TERMINATED = 128 + signal.SIGTERM
SYSTEM_ERRORS = (errno.EACCES, errno.EIO, errno.ENOSPC, errno.EPERM, errno.EROFS)  # not our bugs


@dataclass(slots=True)
class Invocation:
    """What a command knows about the process it runs in.

    Args:
        started: wall time at which the process began, so that budgets include the start.
        command: the command as typed.
        study: the folder of the study being run, as soon as it is known.
    """

    started: float = field(default_factory=time.time)
    command: str = "actselect"
    study: Path | None = None


class Terminated(KeyboardInterrupt):
    """SIGTERM came: end like after Ctrl-C, with another exit code."""


def end_on_sigterm() -> None:
    """Turn SIGTERM into an exception, so that workers are ended and files are closed."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise Terminated

    signal.signal(signal.SIGTERM, stop)


class Commands(click.Group):
    """A group whose commands end with one clear line instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Return the commands in the order in which one needs them."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click declares it
        """Run the command; see the module's docstring."""
        try:
            return super().invoke(ctx)
        except ActselectError as error:
            _fail(ctx, error, error.exit_code)
        except OSError as error:
            if error.errno not in SYSTEM_ERRORS:  # click ends quietly when nobody reads on
                raise
            _fail(ctx, error, RunError.exit_code)
        except KeyboardInterrupt as stop:
            click.echo(f"\n{_how_to_resume(ctx.find_object(Invocation))}", err=True)
            ctx.exit(TERMINATED if isinstance(stop, Terminated) else INTERRUPTED)


def _fail(ctx: click.Context, error: Exception, exit_code: int) -> NoReturn:
    click.echo(f"Error: {error}", err=True)
    ctx.exit(exit_code)


def find_studies() -> tuple[StudyFolder, ...]:
    """Return the studies under ``./studies``, finished or not, by name."""
    folders = (StudyFolder(path) for path in sorted(STUDIES.glob("*")))
    return tuple(f for f in folders if f.settings.is_file() or f.report.is_file())


def _how_to_resume(invocation: Invocation | None) -> str:
    study = _interrupted_study(invocation) if invocation else None
    if study is None:
        return "Interrupted."
    again = shlex.join(["actselect", "resume", str(study)])
    return f"Interrupted. What was finished is kept. Continue with: {again}"


def _interrupted_study(invocation: Invocation) -> Path | None:
    """Return the folder of the study that was running, if it had been made already."""
    known = invocation.study
    candidates = find_studies() if known is None else (StudyFolder(known),)
    unfinished = [f for f in candidates if f.settings.is_file() and not f.report.is_file()]
    if known is None:  # --out was not given: it is the one made since the process began
        unfinished = [f for f in unfinished if f.settings.stat().st_mtime >= invocation.started]
    return unfinished[-1].path if unfinished else None
