"""The report as plain text that fits a terminal."""

from __future__ import annotations

import shlex
from itertools import chain

from actselect.records import BaselineRecord, RankedRecord, ReportRecord
from actselect.report import divergence, wording
from actselect.report.columns import Column, cells, fit, layout, wrapped
from actselect.report.wording import DASH, Scale, clean

DIVERGED = "Diverged: "
DIVERGING = 3  # rows of divergence; more are counted only
METRIC = 8  # a longer name of a metric stands below the table only
COLUMNS = (  # name; rank among the columns that may be left out, the largest goes first
    ("#", 0), ("tier", 1), ("architecture", 0), ("score", 0), (wording.INTERVAL, 3), ("best", 2),
    ("params", 4), ("ms", 5),
)  # fmt: skip
EXPLAINED = (
    (" best", "best: probability of being the best"),
    (" ms", "ms: time of one training step"),
)


def render(record: ReportRecord, width: int = 80, *, study: str = "STUDY") -> str:
    """Return the report as text of at most ``width`` columns, the verdict first.

    It has neither colours nor markup.  ``study`` is the folder in the commands to type next.
    """
    scale, folder = Scale.of(record), clean(shlex.quote(study))
    blocks = [
        wrapped(record.verdict.sentence, width),
        _ranking(record, scale, width),
        _test(record, scale, width),
        [
            *wrapped(wording.expected(record), width),
            *wrapped(wording.aa(record), width),
        ],
        [
            *wrapped(wording.screening(record), width),
            *wrapped(wording.confirmation(record), width),
            *_divergence(record, width),
        ],
        [
            line
            for note in (*record.dataset.notes, *record.notes)
            for line in wrapped(note, width, "- ")
        ],
        [
            "Next:",
            f"  actselect show {folder} --format html > report.html",
            f"  actselect predict {folder} DATA",
        ],
    ]
    lines = "\n\n".join("\n".join(block) for block in blocks if block).splitlines()
    return "\n".join(fit(line, width).rstrip() for line in lines) + "\n"


def _ranking(record: ReportRecord, scale: Scale, width: int) -> list[str]:
    rows: list[RankedRecord | BaselineRecord] = [*record.ranking, *record.baselines]
    metric = clean(record.metric.name)
    names = [metric if n == "score" and cells(metric) <= METRIC else n for n, _ in COLUMNS]
    table = [names, *(_row(row, scale) for row in rows)]
    columns = [
        Column(cells=tuple(row[i] for row in table), left=i == 2, optional=optional)
        for i, (_, optional) in enumerate(COLUMNS)
    ]
    head, *body = layout(columns, columns[2], width)
    length = min(width, cells(head[0]))
    ranked = len(record.ranking)
    lines = [*head, DASH * length, *chain.from_iterable(body[:ranked])]
    if record.baselines:
        lines += [f"{DASH * 2} baselines ".ljust(length, DASH), *chain.from_iterable(body[ranked:])]
    return [*lines, *_legend(record, head[0], width)]


def _row(row: RankedRecord | BaselineRecord, scale: Scale) -> tuple[str, ...]:
    scores = (scale.text(row.validation.mean), scale.interval(row.validation))
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


def _legend(record: ReportRecord, head: str, width: int) -> list[str]:
    metric = f"Validation {record.metric.name}, {wording.direction(record.metric)}"
    columns = "; ".join([metric, *(text for name, text in EXPLAINED if name in head)])
    starred = " * a default architecture." if any(row.default for row in record.ranking) else ""
    return wrapped(f"{columns}. {wording.tiers(record)}{starred}", width)


def _test(record: ReportRecord, scale: Scale, width: int) -> list[str]:
    scores = list(wording.tested(record))
    if not scores:
        return ["The test part was not scored."]
    examples = wording.count(record.test.examples, "example")
    opened = wording.openings(record.test.openings)
    title = f"Test {clean(record.metric.name)} ({opened}, {examples}; {wording.INTERVAL}s)"
    columns = [
        Column(cells=tuple(role for role, _ in scores), left=True),
        Column(cells=tuple(clean(score.label) for _, score in scores), left=True),
        Column(cells=tuple(scale.text(score.mean) for _, score in scores)),
        Column(cells=tuple(scale.interval(score) for _, score in scores), optional=1),
    ]
    lines = chain.from_iterable(layout(columns, columns[1], width - 2))
    return [*wrapped(title, width), *(f"  {line}" for line in lines)]


def _divergence(record: ReportRecord, width: int) -> list[str]:
    rows = divergence.diverging(record)
    texts = [divergence.phrase(row) for row in rows[:DIVERGING]]
    if len(rows) > DIVERGING:
        texts.append(f"and {len(rows) - DIVERGING:,} more, see the report")
    lines = []
    for place, text in enumerate(texts):
        end = ";" if place < len(texts) - 1 else "."
        lines += wrapped(text + end, width, " " * len(DIVERGED) if place else DIVERGED)
    return lines
