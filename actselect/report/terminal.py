"""The report as plain text that fits a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain

from actselect.records import BaselineRecord, RankedRecord, ReportRecord
from actselect.report import advice, divergence, wording
from actselect.report.columns import Column, cells, fit, layout, wrapped
from actselect.report.language import translator
from actselect.report.wording import DASH, Scale, clean

DIVERGING = 3  # rows of divergence; more are counted only
METRIC = 8  # a longer name of a metric stands below the table only
WHY = 2  # sentences of why the first is the first
COLUMNS = (  # name; rank among the columns that may be left out, the largest goes first
    ("#", 0), ("tier", 1), ("architecture", 0), ("score", 0), (wording.INTERVAL, 3), ("best", 2),
    ("params", 4), ("ms", 5),
)  # fmt: skip
EXPLAINED = (
    ("best", "best: probability of being the best."),
    ("ms", "ms: time of one training step."),
)


def render(
    record: ReportRecord, width: int = 80, *, study: str = "STUDY", language: str = "en"
) -> str:
    """Return the report as text of at most ``width`` columns, the verdict first.

    It has neither colours nor markup.

    Args:
        record: what it shows.
        width: columns of the terminal.
        study: the folder in the commands to type next.
        language: one of :data:`actselect.report.language.LANGUAGES`.
    """
    text = _Text(record=record, width=width, study=study, say=translator(language))
    lines = "\n\n".join("\n".join(block) for block in text.blocks() if block).splitlines()
    return "\n".join(fit(line, width).rstrip() for line in lines) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A report in one language; what its parts return are lines."""

    record: ReportRecord
    width: int
    study: str
    say: Callable[[str], str]

    @property
    def scale(self) -> Scale:
        return Scale.of(self.record)

    def blocks(self) -> Iterable[list[str]]:
        """Return the blocks of the text in reading order."""
        record, told = self.record, (*self.record.dataset.notes, *self.record.notes)
        done = (wording.screening(record), wording.confirmation(record))
        return (
            self.told(record.verdict.sentence),
            self.ranking(),
            self.why(),
            self.test(),
            self.told(wording.expected(record), wording.aa(record)),
            [*self.told(*done), *self.divergence()],
            [line for note in told for line in wrapped(self.say(note), self.width, "- ")],
            self.next(),
        )

    def told(self, *sentences: str) -> list[str]:
        """Return each sentence on lines of its own, in the language of the text."""
        return [line for text in sentences if text for line in wrapped(self.say(text), self.width)]

    def ranking(self) -> list[str]:
        record = self.record
        rows: list[RankedRecord | BaselineRecord] = [*record.ranking, *record.baselines]
        metric = clean(record.metric.name)
        short = cells(metric) <= METRIC
        names = [metric if n == "score" and short else self.say(n) for n, _ in COLUMNS]
        table = [names, *map(self.row, rows)]
        columns = [
            Column(cells=tuple(row[i] for row in table), left=i == 2, optional=optional)
            for i, (_, optional) in enumerate(COLUMNS)
        ]
        head, *body = layout(columns, columns[2], self.width)
        length = min(self.width, cells(head[0]))
        ranked = len(record.ranking)
        lines = [*head, DASH * length, *chain.from_iterable(body[:ranked])]
        if record.baselines:
            title = f"{DASH * 2} {self.say('baselines')} "
            rule = title + DASH * max(length - cells(title), 0)
            lines += [rule, *chain.from_iterable(body[ranked:])]
        return [*lines, *self.legend(head[0])]

    def row(self, row: RankedRecord | BaselineRecord) -> tuple[str, ...]:
        scores = (self.scale.text(row.validation.mean), self.scale.interval(row.validation))
        if isinstance(row, BaselineRecord):
            return ("", "", clean(row.name), *scores, "", "", "")
        return (
            str(row.rank),
            str(row.tier),
            clean(row.label) + (" *" if row.default else ""),
            *scores,
            wording.percent(row.probability_best),
            f"{row.parameters:,}",
            wording.milliseconds(row.train_ms_per_step),
        )

    def legend(self, head: str) -> list[str]:
        record = self.record
        starred = any(row.default for row in record.ranking)
        sentences = [
            wording.validated(record),
            *(text for name, text in EXPLAINED if f" {self.say(name)}" in head),
            wording.tiers(record),
            *(["* a default architecture."] if starred else []),
        ]
        return wrapped(" ".join(map(self.say, sentences)), self.width)

    def why(self) -> list[str]:
        """Return why the first row stands first, where that was measured."""
        if not self.record.ranking:
            return []
        first = self.record.ranking[0]
        sentences = first.diagnostics.why[:WHY] if first.diagnostics is not None else ()
        if not sentences:
            return []
        return [
            f"{clean(first.label)}:",
            *(line for text in sentences for line in wrapped(self.say(text), self.width, "  ")),
        ]

    def test(self) -> list[str]:
        scores = list(wording.tested(self.record))
        if not scores:
            return self.told("The test part was not scored.")
        columns = [
            Column(cells=tuple(self.say(role) for role, _ in scores), left=True),
            Column(cells=tuple(clean(score.label) for _, score in scores), left=True),
            Column(cells=tuple(self.scale.text(score.mean) for _, score in scores)),
            Column(cells=tuple(self.scale.interval(score) for _, score in scores), optional=1),
        ]
        lines = chain.from_iterable(layout(columns, columns[1], self.width - 2))
        return [*self.told(wording.title_of_test(self.record)), *(f"  {line}" for line in lines)]

    def divergence(self) -> list[str]:
        rows = divergence.diverging(self.record)
        texts = [divergence.phrase(row, self.say) for row in rows[:DIVERGING]]
        if len(rows) > DIVERGING:
            texts.append(self.say(f"and {len(rows) - DIVERGING:,} more, see the report"))
        head = f"{self.say('Diverged')}: "
        lines = []
        for place, text in enumerate(texts):
            end = ";" if place < len(texts) - 1 else "."
            lines += wrapped(text + end, self.width, " " * cells(head))
        lines[:1] = [head + line[cells(head) :] for line in lines[:1]]
        return lines

    def next(self) -> list[str]:
        folder = clean(shlex.quote(self.study))
        show = f"actselect show {folder} --format html > report.html"
        commands = (show, *advice.commands(folder))
        return [self.say("Next:"), *(f"  {command}" for command in commands)]
