"""What a person sees while a study runs, on stderr: on a terminal a view that is redrawn in place,
elsewhere a few plain lines.
"""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO, final

import numpy as np
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from actselect import clock
from actselect.exceptions import UsageError
from actselect.records import Direction
from actselect.report.columns import cells, fit, wrapped
from actselect.report.wording import clean, count

PLAIN_EVERY = 5.0  # seconds between lines when stderr is no terminal: readable in a CI log
LEADERS = 5  # rows of the leaderboard
LOWEST = 10  # lines of a terminal that has room for a leaderboard
BAR = 20  # columns
SHORTEST = 8  # columns that a name is not cut below
REDRAWS = 4  # per second


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """A row of the leaderboard; ``repeats`` is how many ``score`` is a mean of, 0 for the best."""

    label: str
    score: float
    repeats: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand in a stage; ``best`` names what leads, empty where that is not known."""

    best: str = ""
    leaders: tuple[Leader, ...] = ()
    pruned: int = 0
    diverged: int = 0


@final
class Leaderboard:
    """Collects scores as they come in; only shown, never decided by.

    Args:
        direction: of the metric.
    """

    def __init__(self, direction: Direction) -> None:
        self._sign = 1.0 if direction == "minimize" else -1.0
        self._scores: dict[str, list[float]] = {}
        self.pruned = 0
        self.diverged = 0

    def add(self, label: str, score: float | None, *, diverged: bool) -> None:
        """Take the score of a training, None for one that has none."""
        self.diverged += diverged
        if score is not None:
            self._scores.setdefault(label, []).append(self._sign * score)

    def best(self) -> Standing:
        """Return how things stand by the best score of each architecture.

        >>> board = Leaderboard("maximize")
        >>> board.add("GRU", 0.7, diverged=False)
        >>> board.add("GRU", 0.9, diverged=False)
        >>> board.best().leaders
        (Leader(label='GRU', score=0.9, repeats=0),)
        """
        leaders = self._leaders(min, lambda _: 0)
        return self._standing(leaders[0].label if leaders else "", leaders)

    def mean(self, leader: str) -> Standing:
        """Return how things stand by the mean of each architecture; ``leader`` is who leads."""
        leaders = self._leaders(lambda scores: float(np.mean(scores)), len)
        return self._standing(leader, leaders)

    def _leaders(
        self, value: Callable[[list[float]], float], repeats: Callable[[list[float]], int]
    ) -> tuple[Leader, ...]:
        ranked = sorted((value(scores), label) for label, scores in self._scores.items())
        return tuple(
            Leader(label=label, score=self._sign * score, repeats=repeats(self._scores[label]))
            for score, label in ranked[:LEADERS]
        )

    def _standing(self, best: str, leaders: tuple[Leader, ...]) -> Standing:
        return Standing(best=best, leaders=leaders, pruned=self.pruned, diverged=self.diverged)


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
        """Begin a stage of ``total`` jobs; ``ends`` is when (``clock.now()``) the study
        must end.
        """

    @abstractmethod
    def advance(self, standing: Standing | None = None) -> None:
        """Count one finished job; ``standing`` says how things stand, if that has changed."""

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

    def advance(self, standing: Standing | None = None) -> None:
        """Ignore it."""

    def say(self, sentences: Sequence[str]) -> None:
        """Ignore it."""

    def close(self) -> None:
        """Nothing to end."""


class _Counter:
    """Counts jobs and estimates the time left: from the pace, or from the budget when it is
    nearer.
    """

    def __init__(self, name: str, total: int, ends: float | None, standing: Standing) -> None:
        self.name, self.total, self.ends = clean(name), total, ends
        self.done, self.standing, self.started = 0, standing, clock.now()

    def advance(self, standing: Standing | None) -> None:
        self.done += 1
        if standing is not None:
            self.standing = standing

    @property
    def counted(self) -> str:
        return f"{self.done}/{self.total}" if self.total else ""

    def left(self) -> float | None:
        now = clock.now()
        pace = (now - self.started) / self.done * (self.total - self.done) if self.done else None
        budget = self.ends - now if self.ends is not None else None
        known = [x for x in (pace, budget) if x is not None]
        return min(known) if known else None

    def left_text(self) -> str:
        left = self.left()
        return f"{duration(left)} left" if left is not None and self.done < self.total else ""

    def ended_text(self) -> str:
        """Return how many trials ended early, for one reason or the other."""
        now = self.standing
        parts = [f"{now.pruned:,} pruned"] if now.pruned else []
        parts += [f"{now.diverged:,} diverged"] if now.diverged else []
        return " · ".join(parts)

    def text(self) -> str:
        """Return all that is known beside the count."""
        best = f"best {clean(self.standing.best)}" if self.standing.best else ""
        return " · ".join(filter(None, (best, self.ended_text(), self.left_text())))


@final
class PlainProgress(Progress):
    """One line at the start and end of a stage, and every few seconds between."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._counter: _Counter | None = None
        self._last = 0.0

    def stage(self, name: str, total: int, ends: float | None) -> None:
        """Print the stage."""
        self._counter = _Counter(name, total, ends, Standing())
        self._print()

    def advance(self, standing: Standing | None = None) -> None:
        """Print a line if enough time has passed or the stage is done."""
        counter = self._counter
        if counter is None:
            return
        counter.advance(standing)
        if counter.done >= counter.total or clock.now() - self._last >= PLAIN_EVERY:
            self._print()

    def say(self, sentences: Sequence[str]) -> None:
        """Print each on a line of its own."""
        for sentence in sentences:
            self._stream.write(f"{clean(sentence)}\n")
        self._stream.flush()

    def _print(self) -> None:
        counter = self._counter
        if counter is not None:
            text = counter.text()
            line = f"{counter.name}: {counter.counted}" if counter.total else counter.name
            self._stream.write(f"{line} · {text}\n" if text else f"{line}\n")
            self._stream.flush()
            self._last = clock.now()

    def close(self) -> None:
        """Nothing to end."""


@final
class LiveProgress(Progress):
    """Stage, bar, time left and a leaderboard, redrawn in place and gone at the end.

    Args:
        console: a terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._counter: _Counter | None = None
        self._live = Live(
            console=console,
            get_renderable=self._view,
            refresh_per_second=REDRAWS,
            transient=True,
            redirect_stdout=False,
        )

    def stage(self, name: str, total: int, ends: float | None) -> None:
        """Draw a bar for the stage; what stood within stages of its kind goes on to stand."""
        before = self._counter
        goes_on = before is not None and _kind(before.name) == _kind(name)
        standing = before.standing if before is not None and goes_on else Standing()
        self._counter = _Counter(name, total, ends, standing)
        self._live.start(refresh=True)

    def advance(self, standing: Standing | None = None) -> None:
        """Count; the next redraw shows it."""
        if self._counter is not None:
            self._counter.advance(standing)

    def say(self, sentences: Sequence[str]) -> None:
        """Print each above the view."""
        for sentence in sentences:
            for line in wrapped(sentence, self._console.width):
                self._console.print(
                    line, markup=False, emoji=False, highlight=False, soft_wrap=True
                )

    def close(self) -> None:
        """Remove the view."""
        self._live.stop()

    def _view(self) -> RenderableType:
        counter, width = self._counter, self._console.width
        if counter is None:
            return ""
        if not counter.standing.leaders or self._console.height < LOWEST:
            return _bar(counter, counter.text(), width)
        ended = Text(f"  {counter.ended_text()}", "dim", no_wrap=True, overflow="ellipsis")
        rows = (_bar(counter, counter.left_text(), width), _board(counter.standing.leaders, width))
        return Group(*rows, *([ended] if counter.ended_text() else []))


def _bar(counter: _Counter, text: str, width: int) -> Table:
    """Return the line of the stage; what does not fit beside its name is cut."""
    room = width - BAR - cells(counter.counted) - 3
    name = fit(counter.name, max(room, SHORTEST))
    room -= cells(name)
    bar = ProgressBar(
        total=counter.total or None, completed=counter.done, width=BAR, pulse=not counter.total
    )
    shown = fit(text, room) if room >= SHORTEST else ""
    line = Table.grid(*(_column() for _ in range(4)), padding=(0, 1, 0, 0))
    line.add_row(Text(name), bar, Text(counter.counted, "green"), Text(shown, "dim"))
    return line


def _board(leaders: Sequence[Leader], width: int) -> Table:
    repeats = [f"mean of {count(one.repeats, 'repeat')}" if one.repeats else "" for one in leaders]
    scores = [f"{leader.score:.4g}" for leader in leaders]
    room = width - max(map(len, scores)) - max(map(len, repeats)) - 11
    board = Table.grid(
        _column("right"), _column(), _column("right"), _column(), padding=(0, 2, 0, 0)
    )
    for place, leader in enumerate(leaders):
        style = "" if place else "bold"
        board.add_row(
            Text(f"  {place + 1}", "dim"),
            Text(fit(clean(leader.label), max(room, SHORTEST)), style),
            Text(scores[place], style),
            Text(repeats[place], "dim"),
        )
    return board


def _column(justify: JustifyMethod = "left") -> Column:
    return Column(justify=justify, no_wrap=True)


def _kind(stage: str) -> str:
    """Return the part of a stage's name that its steps share."""
    return stage.partition(",")[0]


def make_progress(kind: str, stream: TextIO | None = None) -> Progress:
    """Return the display called ``"auto"`` (live on a terminal, else plain), or ``"quiet"``."""
    out = sys.stderr if stream is None else stream
    if kind == "quiet":
        return QuietProgress()
    if kind == "auto":
        live = out.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")
        return LiveProgress(Console(file=out)) if live else PlainProgress(out)
    raise UsageError(f"progress must be 'auto' or 'quiet'. Got {kind!r}.")
