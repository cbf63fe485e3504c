"""Studies side by side, as text that fits a terminal and as JSON; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain

from actselect.records import ComparedStudy, ComparisonRecord, Outcome, PairRecord
from actselect.report import plain_json, wording
from actselect.report.columns import Column, cells, fit, layout, wrapped
from actselect.report.wording import DASH, Scale, clean

OUTCOMES: dict[Outcome, str] = {
    "first": "the first is better",
    "second": "the second is better",
    "equal": "equal within the margin",
    "identical": "the same in both",
    "undecided": "cannot tell",
}
COLUMNS = (  # name; rank among the columns that may be left out, the largest goes first
    ("study", 0), ("network", 0), ("score", 0), (wording.INTERVAL, 2), ("test", 1),
    ("params", 3), ("ms", 4),
)  # fmt: skip
LEGEND = "Validation scores are over each study's own repeats."
LONGEST_NAME = 24  # columns; a longer name of a study is cut in the table only


def render(record: ComparisonRecord, width: int = 80) -> str:
    """Return the comparison as text of at most ``width`` columns, the answer first."""
    others = [pair.sentence for pair in record.pairs if pair.sentence != record.sentence]
    blocks = [
        wrapped(record.sentence, width),
        list(chain.from_iterable(wrapped(text, width, "- ") for text in others)),
        _table(record, width),
        *(_study(row, scale, width) for row, scale in scaled(record)),
        [
            line
            for text in (*record.unpaired, *record.cautions)
            for line in wrapped(text, width, "- ")
        ],
    ]
    lines = "\n\n".join("\n".join(block) for block in blocks if block).splitlines()
    return "\n".join(fit(line, width).rstrip() for line in lines) + "\n"


def to_json(record: ComparisonRecord) -> str:
    """Return the comparison as JSON, with the names of :class:`ComparisonRecord`."""
    return plain_json.dumps(asdict(record)) + "\n"


def scaled(record: ComparisonRecord) -> Iterator[tuple[ComparedStudy, Scale]]:
    """Yield each study with the decimals that scores of its metric deserve in all of them."""
    for row in record.studies:
        like = [r for r in record.studies if (r.metric, r.sha256) == (row.metric, row.sha256)]
        yield row, Scale.fitting(r.validation for r in like)


def question(row: ComparedStudy) -> str:
    """Return what a study asked, in words."""
    metric = f"{row.metric.name} ({wording.direction(row.metric)})"
    return f"{row.task} on {row.data}, {metric}"


def effort(row: ComparedStudy) -> str:
    """Return what a study spent, in words."""
    budget = row.budget
    spent = (
        f"{wording.duration(budget.spent)} of {wording.duration(budget.amount)}"
        if budget.kind == "time"
        else f"{budget.spent:,.0f} of {wording.count(round(budget.amount), 'epoch')}"
    )
    return (
        f"{spent}; {wording.count(row.trained, 'epoch')} trained in search and "
        f"confirmation, at most {row.epochs:,} in one training; "
        f"{wording.count(row.architectures, 'architecture')} confirmed on "
        f"{wording.count(row.repeats, 'repeat')}; seed {row.seed}."
    )


def baseline(row: ComparedStudy, scale: Scale) -> str:
    """Return the best baseline with its scores; a dash for none."""
    if row.baseline is None:
        return DASH
    test = "" if row.baseline.test is None else f", test {scale.text(row.baseline.test)}"
    return f"{row.baseline.name} {scale.both(row.baseline.validation)}{test}"


def default(row: ComparedStudy, scale: Scale) -> str:
    """Return the default LSTM with its scores; a dash where it was not confirmed."""
    if row.default is None or row.default_validation is None:
        return DASH
    test = "" if row.default_test is None else f", test {scale.both(row.default_test)}"
    return f"{row.default} {scale.both(row.default_validation)}{test}"


def ahead(pair: PairRecord) -> tuple[str, str]:
    """Return by how much the first is better, and the interval, with three digits."""
    low, high = pair.ahead.low, pair.ahead.high
    interval = DASH if low is None or high is None else f"[{_signed(low)}, {_signed(high)}]"
    return (_signed(pair.ahead.mean) if pair.ahead.repeats else DASH), interval


def probability(p: float | None) -> str:
    """Return a p-value; a dash where nothing was tested.

    >>> probability(0.0312), probability(1e-9)
    ('0.031', '<0.001')
    """
    if p is None:
        return DASH
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _table(record: ComparisonRecord, width: int) -> list[str]:
    metrics = {row.metric.name for row in record.studies}
    names = [next(iter(metrics)) if n == "score" and len(metrics) == 1 else n for n, _ in COLUMNS]
    table = [list(map(clean, names)), *(_row(row, scale) for row, scale in scaled(record))]
    columns = [
        Column(cells=tuple(row[i] for row in table), left=i < 2, optional=optional)
        for i, (_, optional) in enumerate(COLUMNS)
    ]
    head, *body = layout(columns, columns[1], width)
    rule = DASH * min(width, cells(head[0]))
    return [*head, rule, *chain.from_iterable(body), *wrapped(LEGEND, width)]


def _row(row: ComparedStudy, scale: Scale) -> list[str]:
    return [
        fit(clean(row.name), LONGEST_NAME),
        clean(row.recommended),
        scale.text(row.validation.mean),
        scale.interval(row.validation),
        scale.text(None if row.test is None else row.test.mean),
        f"{row.parameters:,}",
        wording.milliseconds(row.train_ms_per_step),
    ]


def _study(row: ComparedStudy, scale: Scale, width: int) -> list[str]:
    test = DASH if row.test is None else scale.both(row.test)
    facts: Sequence[str] = (
        row.sentence,
        f"Best baseline: {baseline(row, scale)}",
        f"Default LSTM: {default(row, scale)}",
        f"Test: {test}",
        f"Budget: {effort(row)}",
    )
    return [
        *wrapped(f"{row.name}: {question(row)}", width),
        *(line for fact in facts for line in wrapped(fact, width, "  ")),
    ]
