"""Studies side by side, as Markdown and as one HTML page; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from actselect.records import ComparisonRecord
from actselect.report import comparing, wording
from actselect.report.markdown import escape
from actselect.report.templating import POLICY, template


def markdown(record: ComparisonRecord) -> str:
    """Return the comparison as GitHub-flavoured Markdown; names from the data are escaped."""
    parts = [
        ["## Studies side by side"],
        [f"**{escape(record.sentence)}**"],
        list(_pairs(record)),
        list(_studies(record)),
        [f"- {escape(row.name)}: {escape(row.sentence)}" for row in record.studies],
        [f"- {escape(text)}" for text in (*record.unpaired, *record.cautions)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def html(record: ComparisonRecord) -> str:
    """Return the comparison as one self-contained HTML page."""
    return template("compare.html.j2").render(
        record=record,
        rows=list(comparing.scaled(record)),
        words=wording,
        comparing=comparing,
        policy=Markup(POLICY),  # noqa: S704 - our own
        title=" · ".join(row.name for row in record.studies),
    )


def _pairs(record: ComparisonRecord) -> Iterator[str]:
    if not record.pairs:
        return
    header = ("First", "Second", "First better by", wording.INTERVAL, "Repeats", "p", "Result")
    yield from _table(
        header,
        (
            (
                f"{escape(pair.labels[0])} of {escape(pair.first)}",
                f"{escape(pair.labels[1])} of {escape(pair.second)}",
                *comparing.ahead(pair),
                str(pair.ahead.repeats),
                escape(comparing.probability(pair.p)),
                comparing.OUTCOMES[pair.outcome],
            )
            for pair in record.pairs
        ),
        right=range(2, 6),
    )


def _studies(record: ComparisonRecord) -> Iterator[str]:
    header = (
        "Study", "Question", "Network", "Validation", "Test", "Best baseline", "Default LSTM",
        "Parameters", "ms per step", "Budget",
    )  # fmt: skip
    yield from _table(
        header,
        (
            (
                escape(row.name),
                escape(comparing.question(row)),
                escape(row.recommended),
                scale.both(row.validation),
                wording.DASH if row.test is None else scale.both(row.test),
                escape(comparing.baseline(row, scale)),
                escape(comparing.default(row, scale)),
                f"{row.parameters:,}",
                wording.milliseconds(row.train_ms_per_step),
                escape(comparing.effort(row)),
            )
            for row, scale in comparing.scaled(record)
        ),
        right=(7, 8),
    )


def _table(
    header: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int]
) -> Iterator[str]:
    numbers = set(right)
    rule = ["---:" if i in numbers else "---" for i in range(len(header))]
    for row in (header, rule, *rows):
        yield f"| {' | '.join(row)} |"
