"""Every error that a user may see.

ActselectError
├── UsageError          an argument is wrong                                    exit code 2
│   └── UnknownNameError    no cell, activation, task, ... of this name
├── DataError           the data cannot be used as asked                        exit code 2
├── StudyError          a study folder is missing, broken, or made of other things   exit code 2
├── MissingExtraError   an optional package is needed and not installed         exit code 2
└── RunError            the run itself failed                                   exit code 1

A diverged training is a result, not an error.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

LONGEST = 590
"""Characters of a message; data and files may hold names and values of any length."""

ROOM = (110, 140, 110, 170)
"""Characters of the four parts of a message about data that would be longer."""


def _on_one_line(*parts: str) -> str:
    r"""Return the message of a :class:`DataError`: what cannot be printed is escaped.

    >>> _on_one_line("a.csv", "a number", "1" + chr(27) + "[31m", "Correct it.")
    'a.csv: wanted a number; got 1\\x1b[31m. Correct it.'
    """
    shown = [_printable(part) for part in parts]
    if sum(map(len, shown)) > LONGEST - 20:
        shown = [_brief(part, room) for part, room in zip(shown, ROOM, strict=True)]
    where, wanted, got, todo = shown
    return f"{where}: wanted {wanted}; got {got}. {todo}"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _brief(text: str, room: int) -> str:
    """Return a text with its middle left out where it is too long."""
    if len(text) <= room:
        return text
    return f"{text[: room * 2 // 3]} ... {text[len(text) - room // 3 + 5 :]}"


class ActselectError(Exception):
    """Base of all errors that actselect raises on purpose; the message is one line."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(_brief(_printable(message), LONGEST))


class UsageError(ActselectError, ValueError):
    """An argument is wrong; the message names it, its value, and what would be right."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that is not in a catalogue; the message suggests near ones.

    Args:
        kind: what was looked for, such as ``"activation"``.
        name: what came.
        known: the names that exist.
        meant: the name of the same thing here, when that is known.
    """

    def __init__(
        self, kind: str, name: object, known: Iterable[str], *, meant: str | None = None
    ) -> None:
        names = sorted(known)
        near = [meant] if meant else difflib.get_close_matches(str(name), names, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"Unknown {kind} {name!r}.{hint} Available: {', '.join(names)}.")


class DataError(ActselectError, ValueError):
    """The data cannot be used as asked.

    Args:
        wanted: what the place should hold.
        got: what it holds.
        where: file, line or row, column, series: as near as is known.
        todo: what the user can do about it, as a sentence.
    """

    exit_code = 2

    def __init__(self, *, wanted: str, got: str, where: str, todo: str) -> None:
        self.wanted, self.got, self.where, self.todo = wanted, got, where, todo
        super().__init__(_on_one_line(where, wanted, got, todo))


class StudyError(ActselectError):
    """A study folder is missing, broken, or was made from other data or another version."""

    exit_code = 2


class MissingExtraError(ActselectError, ImportError):
    """An optional package is not installed; the message is the command that installs it."""

    exit_code = 2

    def __init__(self, need: str, extra: str) -> None:
        super().__init__(
            f"{need} needs an optional package. Type: pip install 'actselect[{extra}]'"
        )


class RunError(ActselectError):
    """The run failed: every training diverged, a worker died, the disk is full."""
