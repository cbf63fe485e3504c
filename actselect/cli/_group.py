"""How a command ends: each error in one line on stderr, with its exit code."""

from __future__ import annotations

import errno
import gc
import shlex
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from actselect.exceptions import ActselectError, RunError, UsageError
from actselect.folder import STUDIES, StudyFolder
from actselect.storage_url import redacted

SIGNALS = ("SIGTERM", "SIGHUP")  # that end programs; Windows has no SIGHUP
INTERRUPTED = 128 + signal.SIGINT  # what a shell reports for a program that a signal ended
SYSTEM_ERRORS = {  # no bugs of ours
    getattr(errno, name, None)
    for name in ("EACCES", "EDQUOT", "EFBIG", "EIO", "ENOSPC", "EPERM", "EROFS")
}

BAD_PATHS = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)  # what was typed


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
    """A signal came that ends programs: end like after Ctrl-C, with another exit code.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def end_on_signals() -> None:
    """Turn SIGTERM and SIGHUP into exceptions, so that workers are ended and files are closed.

    A signal that is ignored, as nohup has it, stays so.
    """

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        raise Terminated(number)

    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def leave_at_once() -> None:
    """Let the process end: all is said and written, and no signal changes the exit code any more.

    Collecting what is left would take a second; it goes with the process.
    """
    for name in ("SIGINT", *SIGNALS):
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)
    gc.freeze()


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
            if error.errno in BAD_PATHS:
                told = f"{error.strerror}: {error.filename}. Correct the path."
                _fail(ctx, UsageError(told), UsageError.exit_code)
            if error.errno not in SYSTEM_ERRORS:  # click ends quietly when nobody reads on
                raise
            study = _interrupted_study(ctx.find_object(Invocation))
            kept = "" if study is None else f". {_kept(study)}"
            _fail(ctx, RunError(f"{error}{kept}"), RunError.exit_code)
        except KeyboardInterrupt as stop:
            click.echo(f"\n{_how_to_resume(ctx.find_object(Invocation))}", err=True)
            ctx.exit(stop.exit_code if isinstance(stop, Terminated) else INTERRUPTED)


def _fail(ctx: click.Context, error: Exception, exit_code: int) -> NoReturn:
    click.echo(f"Error: {redacted(str(error))}", err=True)
    ctx.exit(exit_code)


def find_studies() -> tuple[StudyFolder, ...]:
    """Return the studies under ``./studies``, finished or not, by name."""
    folders = (StudyFolder(path) for path in sorted(STUDIES.glob("*")))
    return tuple(f for f in folders if f.settings.is_file() or f.report.is_file())


def _how_to_resume(invocation: Invocation | None) -> str:
    study = _interrupted_study(invocation)
    return "Interrupted." if study is None else f"Interrupted. {_kept(study)}"


def _kept(study: Path) -> str:
    again = shlex.join(["actselect", "resume", str(study)])
    return f"What was finished is kept. Continue with: {again}"


def _interrupted_study(invocation: Invocation | None) -> Path | None:
    """Return the folder of the study that was running, if it had been made already."""
    if invocation is None:
        return None
    known = invocation.study
    candidates = find_studies() if known is None else (StudyFolder(known),)
    unfinished = [f for f in candidates if f.settings.is_file() and not f.report.is_file()]
    if known is None:  # --out was not given: it is the one made since the process began
        unfinished = [f for f in unfinished if f.settings.stat().st_mtime >= invocation.started]
    return unfinished[-1].path if unfinished else None
