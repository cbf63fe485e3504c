"""Text in columns, counted as a terminal counts them: some characters take two, some none."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, zip_longest

from actselect.report.wording import clean

TIME = re.compile(r"\b\d+ (?:h|min)(?: \d+ (?:min|s))?\b|\b[\d.]+ s\b")  # not torn apart
GAP = 2  # spaces between columns
NARROW = 22  # text is not wrapped narrower than this while a column can be left out instead
LINES = 3  # a cell has no more


def cells(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes.

    >>> cells("naïve"), cells("東京")
    (5, 4)
    """
    return sum(_cells(character) for character in text)


def fit(text: str, limit: int) -> str:
    """Return ``text`` cut to ``limit`` columns, the last an ellipsis.

    >>> fit("LSTM tanh/sigmoid", 9)
    'LSTM tan…'
    """
    ends = list(accumulate(map(_cells, text)))
    if not ends or ends[-1] <= limit:
        return text
    return text[: bisect_right(ends, limit - 1)].rstrip() + "…"


def wrapped(text: str, width: int, bullet: str = "") -> list[str]:
    """Return ``text`` as lines of at most ``width`` columns, where characters allow it."""
    joined = TIME.sub(lambda found: found[0].replace(" ", "\1"), clean(text))
    padded = "".join(c + "\0" * (_cells(c) - 1) for c in joined)
    lines = textwrap.wrap(
        padded, width, initial_indent=bullet, subsequent_indent=" " * len(bullet),
        break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace("\0", "").replace("\1", " ") for line in lines]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """One column; of several that do not fit, the one with the largest ``optional`` goes first."""

    cells: tuple[str, ...]
    left: bool = False
    optional: int = 0

    @property
    def width(self) -> int:
        """Columns that the widest cell takes."""
        return max(map(cells, self.cells))

    def aligned(self, text: str, width: int) -> str:
        """Return ``text`` filled with spaces."""
        space = " " * (width - cells(text))
        return text + space if self.left else space + text


def layout(columns: Sequence[Column], flexible: Column, width: int) -> list[list[str]]:
    """Return the lines of each row; cells of ``flexible`` are wrapped to what the others leave."""
    kept = list(columns)
    while True:
        room = width - sum(c.width + GAP for c in kept if c is not flexible)
        droppable = max(kept, key=lambda c: c.optional)
        if room >= min(flexible.width, NARROW) or not droppable.optional:
            break
        kept.remove(droppable)
    widths = [min(c.width, max(room, 1)) if c is flexible else c.width for c in kept]
    rows = zip(*(c.cells for c in kept), strict=True)
    return [list(_lines(row, kept, widths)) for row in rows]


def _lines(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> Iterator[str]:
    split = [_split(text, width) for text, width in zip(row, widths, strict=True)]
    for texts in zip_longest(*split, fillvalue=""):
        parts = zip(columns, texts, widths, strict=True)
        yield (" " * GAP).join(column.aligned(text, width) for column, text, width in parts)


def _split(text: str, width: int) -> list[str]:
    if cells(text) <= width:
        return [text]
    lines = wrapped(text, width)
    last = " ".join(lines[LINES - 1 :])
    return [fit(line, width) for line in (*lines[: LINES - 1], last) if line]


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
