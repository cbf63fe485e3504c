"""What a person sees while a study runs: stage, done of total, best so far, time left; on
stderr.
"""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TextIO, final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as RichBar

from actselect.exceptions import UsageError

PLAIN_EVERY = 5.0  # seconds between lines when stderr is no terminal: readable in a CI log


def duration(seconds: float) -> str:
    """Return a short duration.

    >>> duration(75)
    '1m15s'
    """
    whole = max(0, round(seconds))
    return f"{whole}s" if whole < 60 else f"{whole // 60}m{whole % 60:02d}s"


class Progress(ABC):
    """Receives what happens; decides nothing."""

    @abstractmethod
    def stage(self, name: str, total: int, ends: float | None) -> None:
        """Begin a stage of ``total`` jobs; ``ends`` is the wall time at which the study must
        end.
        """

    @abstractmethod
    def advance(self, best: str = "") -> None:
        """Count one finished job; ``best`` says what leads, if that is known."""

    @abstractmethod
    def say(self, sentences: Sequence[str]) -> None:
        """Say something that stays."""

    @abstractmethod
    def close(self) -> None:
        """End the display."""


@final
class QuietProgress(Progress):
    """Says nothing."""

    def stage(self, name: str, total: int, ends: float | None) -> None:
        """Ignore it."""

    def advance(self, best: str = "") -> None:
        """Ignore it."""

    def say(self, sentences: Sequence[str]) -> None:
        """Ignore it."""

    def close(self) -> None:
        """Nothing to end."""


class _Counter:
    """Counts jobs and estimates the time left: from the pace, or from the budget when it is
    nearer.
    """

    def __init__(self, name: str, total: int, ends: float | None) -> None:
        self.name, self.total, self.ends = name, total, ends
        self.done, self.best, self.started = 0, "", time.time()

    def left(self) -> float | None:
        now = time.time()
        pace = (now - self.started) / self.done * (self.total - self.done) if self.done else None
        budget = self.ends - now if self.ends is not None else None
        known = [x for x in (pace, budget) if x is not None]
        return min(known) if known else None

    def text(self) -> str:
        left = self.left()
        parts = [f"best {self.best}"] if self.best else []
        parts += [f"{duration(left)} left"] if left is not None and self.done < self.total else []
        return " · ".join(parts)


@final
class PlainProgress(Progress):
    """One line at the start and end of a stage, and every few seconds between."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._counter: _Counter | None = None
        self._last = 0.0

    def stage(self, name: str, total: int, ends: float | None) -> None:
        """Print the stage."""
        self._counter = _Counter(name, total, ends)
        self._print()

    def advance(self, best: str = "") -> None:
        """Print a line if enough time has passed or the stage is done."""
        counter = self._counter
        if counter is None:
            return
        counter.done += 1
        counter.best = best or counter.best
        if counter.done >= counter.total or time.time() - self._last >= PLAIN_EVERY:
            self._print()

    def say(self, sentences: Sequence[str]) -> None:
        """Print each on a line of its own."""
        for sentence in sentences:
            self._stream.write(f"{sentence}\n")
        self._stream.flush()

    def _print(self) -> None:
        counter = self._counter
        if counter is not None:
            text = counter.text()
            count = f": {counter.done}/{counter.total}" if counter.total else ""
            line = f"{counter.name}{count}"
            self._stream.write(f"{line} · {text}\n" if text else f"{line}\n")
            self._stream.flush()
            self._last = time.time()

    def close(self) -> None:
        """Nothing to end."""


@final
class LiveProgress(Progress):
    """A bar that is redrawn in place, for a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._bar = RichBar(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[text]}", markup=False),
            console=Console(file=stream),
            transient=True,
        )
        self._counter: _Counter | None = None

    def stage(self, name: str, total: int, ends: float | None) -> None:
        """Draw a bar for the stage."""
        self._bar.start()
        for task in self._bar.tasks:
            self._bar.remove_task(task.id)
        self._counter = _Counter(name, total, ends)
        self._bar.add_task(name, total=total, text=self._counter.text())

    def advance(self, best: str = "") -> None:
        """Redraw the bar."""
        counter = self._counter
        if counter is None:
            return
        counter.done += 1
        counter.best = best or counter.best
        self._bar.update(self._bar.task_ids[-1], completed=counter.done, text=counter.text())

    def say(self, sentences: Sequence[str]) -> None:
        """Print each above the bar."""
        for sentence in sentences:
            self._bar.console.print(sentence, markup=False, highlight=False)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.stop()


def make_progress(kind: str, stream: TextIO | None = None) -> Progress:
    """Return the display called ``"auto"`` (live on a terminal, else plain), or ``"quiet"``."""
    out = sys.stderr if stream is None else stream
    if kind == "quiet":
        return QuietProgress()
    if kind == "auto":
        return LiveProgress(out) if out.isatty() else PlainProgress(out)
    raise UsageError(f"progress must be 'auto' or 'quiet'. Got {kind!r}.")
