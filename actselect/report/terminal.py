"""The report as plain text that fits a terminal."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actselect.records import BaselineRecord, RankedRecord, ReportRecord
from actselect.report import wording
from actselect.report.wording import DASH, Scale, clean

TIME = re.compile(r"\b\d+ (?:h|min)(?: \d+ (?:min|s))?\b|\b[\d.]+ s\b")  # not torn apart
GAP = 2  # spaces between columns
LABEL = 28  # a label is not cut shorter than this while a column can be left out instead


def render(record: ReportRecord, width: int = 80) -> str:
    """Return the report as text of at most ``width`` columns, the verdict first."""
    scale = Scale.of(record)
    blocks = [
        _wrapped(record.verdict.sentence, width),
        _ranking(record, scale, width),
        _test(record, scale, width),
        [
            *_wrapped(wording.screening(record), width),
            *_wrapped(wording.confirmation(record), width),
        ],
        [line for note in record.notes for line in _wrapped(note, width, "- ")],
        [
            "Next:",
            "  actselect show STUDY --format html > report.html",
            "  actselect predict STUDY DATA",
        ],
    ]
    lines = "\n\n".join("\n".join(block) for block in blocks if block).splitlines()
    return "\n".join(fit(line, width).rstrip() for line in lines) + "\n"


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
    if cells(text) <= limit:
        return text
    while text and cells(text) > limit - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """One column; of several that do not fit, the one with the largest ``optional`` goes first."""

    cells: tuple[str, ...]
    left: bool = False
    optional: int = 0

    @property
    def width(self) -> int:
        return max(map(cells, self.cells))

    def lines(self, width: int) -> Iterator[str]:
        for cell in self.cells:
            text = fit(cell, width)
            space = " " * (width - cells(text))
            yield text + space if self.left else space + text


def _layout(columns: Sequence[_Column], flexible: int, width: int) -> list[str]:
    """Return the lines of a table; the column ``flexible`` is cut to what the others leave."""
    label = columns[flexible]
    kept = list(columns)
    while True:
        others = sum(c.width + GAP for c in kept if c is not label)
        room = width - others
        droppable = max(kept, key=lambda c: c.optional)
        if room >= min(label.width, LABEL) or not droppable.optional:
            break
        kept.remove(droppable)
    widths = [min(c.width, max(room, 1)) if c is label else c.width for c in kept]
    parts = [c.lines(w) for c, w in zip(kept, widths, strict=True)]
    return [(" " * GAP).join(row) for row in zip(*parts, strict=True)]


def _ranking(record: ReportRecord, scale: Scale, width: int) -> list[str]:
    rows: list[RankedRecord | BaselineRecord] = [*record.ranking, *record.baselines]
    header = (
        "#",
        "tier",
        "architecture",
        _head(record),
        "90% interval",
        "best",
        "params",
        "ms/step",
    )
    table = [header, *(_row(row, scale) for row in rows)]
    columns = [
        _Column(
            cells=tuple(row[i] for row in table), left=i == 2, optional=(0, 1, 0, 0, 3, 2, 4, 5)[i]
        )
        for i in range(len(header))
    ]
    lines = _layout(columns, 2, width)
    rule = DASH * min(width, max(map(cells, lines)))
    first = 1 + len(record.ranking)
    body = [lines[0], rule, *lines[1:first], *([rule] if record.baselines else []), *lines[first:]]
    return [*body, *_legend(record, width)]


def _head(record: ReportRecord) -> str:
    return fit(clean(record.metric.name), 14)


def _row(row: RankedRecord | BaselineRecord, scale: Scale) -> tuple[str, ...]:
    scores = (scale.text(row.validation.mean), scale.interval(row.validation))
    if isinstance(row, BaselineRecord):
        return ("", "", f"{clean(row.name)} (baseline)", *scores, "", "", "")
    return (
        str(row.rank),
        str(row.tier),
        clean(row.label) + (" *" if row.default else ""),
        *scores,
        wording.percent(row.probability_best),
        f"{row.parameters:,}",
        f"{row.train_ms_per_step:.3g}",
    )


def _legend(record: ReportRecord, width: int) -> list[str]:
    text = (
        f"Validation {record.metric.name}, {wording.direction(record.metric)}; best: probability "
        f"of being the best. {wording.tiers(record)}"
    )
    starred = " * a default." if any(row.default for row in record.ranking) else ""
    return _wrapped(text + starred, width)


def _test(record: ReportRecord, scale: Scale, width: int) -> list[str]:
    scores = list(wording.tested(record))
    if not scores:
        return ["Test part: not scored."]
    examples = wording.count(record.test.examples, "example")
    title = f"Test ({wording.openings(record.test.openings)}, {examples})"
    columns = [
        _Column(cells=tuple(role for role, _ in scores), left=True),
        _Column(cells=tuple(clean(score.label) for _, score in scores), left=True),
        _Column(cells=tuple(scale.text(score.mean) for _, score in scores)),
        _Column(cells=tuple(scale.interval(score) for _, score in scores), optional=1),
    ]
    return [title, *(f"  {line}" for line in _layout(columns, 1, width - 2))]


def _wrapped(text: str, width: int, bullet: str = "") -> list[str]:
    """Wrap by columns: characters that take two are counted as two."""
    joined = TIME.sub(lambda found: found[0].replace(" ", "\1"), clean(text))
    padded = "".join(c + "\0" * (_cells(c) - 1) for c in joined)
    lines = textwrap.wrap(
        padded, width, initial_indent=bullet, subsequent_indent=" " * len(bullet),
        break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace("\0", "").replace("\1", " ") for line in lines]
