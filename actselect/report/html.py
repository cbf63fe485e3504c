"""The report as one HTML file: no script, nothing loaded from anywhere.

Each section of the page is a template of its own in ``templates/sections``; here is said which of
them a report has, and what they may show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from markupsafe import Markup

from actselect.records import BaselineRecord, RankedRecord, ReportRecord
from actselect.report import (
    advice,
    axes,
    confusion,
    divergence,
    flow,
    forecasts,
    intervals,
    learning,
    measured,
    pairs,
    pareto,
    rates,
    wording,
)
from actselect.report.canvas import NARROW, WIDE
from actselect.report.extent import ends
from actselect.report.facts import facts
from actselect.report.guiding import STANDS, claim
from actselect.report.language import translator
from actselect.report.templating import POLICY, template
from actselect.report.wording import Say, Scale

SHORT = 2  # sentences of why under an architecture; all of them stand with the measurements
VERDICTS = {
    "winner": "One architecture is better",
    "tie": "Several are equally good",
    "undecided": "Not decided yet",
    "baseline": "A simple baseline is enough",
}
PICTURES: dict[str, Callable[..., str]] = {
    "intervals": intervals.picture,
    "rates": rates.picture,
    "cost": pareto.picture,
    "learning": learning.picture,
    "axes": axes.picture,
    "flow": flow.picture,
    "forecasts": forecasts.picture,
    "confusion": confusion.picture,
    "pairs": pairs.picture,
}
TABLES = (
    ("How gradients travel", measured.GRADIENT_HEADS, measured.gradient),
    ("How the nonlinearities work", measured.UNITS_HEADS, measured.units),
    ("What a network costs", measured.COST_HEADS, measured.cost),
)

Drawn = dict[str, tuple[Markup, Markup]]


def render(record: ReportRecord, *, language: str = "en") -> str:
    """Return the report as one self-contained HTML page.

    Args:
        record: what it shows.
        language: one of :data:`actselect.report.language.LANGUAGES`.
    """
    return page(record, language=language, policy=POLICY)


def page(
    record: ReportRecord,
    *,
    language: str,
    policy: str,
    zoomable: Mapping[str, Markup] | None = None,
    script: Markup | str = "",
) -> str:
    """Return the page; ``zoomable`` are plots by the name of the picture they stand beside."""
    say, scale = translator(language), Scale.of(record)
    drawn = _drawn(record, say)
    return template("report.html.j2").render(
        record=record,
        metric=record.metric.name,
        decided=record.verdict.kind in ("winner", "tie"),
        kind=VERDICTS[record.verdict.kind],
        language=language,
        t=say,
        policy=Markup(policy),  # noqa: S704 - our own
        sections=list(_sections(record, drawn)),
        drawn=drawn,
        zoomable=zoomable or {},
        script=script,
        number=scale.text,
        interval=scale.interval,
        words=wording,
        advice=advice,
        divergence=divergence,
        measured=measured,
        tables=TABLES,
        STANDS=STANDS,
        claim=lambda one: claim(one, language),
        facts=list(facts(record, say)),
        reason=lambda row: wording.reason(row, say),
        short_why=short_why,
        bar=_bars(record),
        tested=list(wording.tested(record)),
        others=other_baselines(record),
        tried=tried,
    )


def _sections(record: ReportRecord, drawn: Drawn) -> Iterator[tuple[str, str]]:
    """Yield (name, title) of the sections that have something to say, in reading order."""
    shown, tried_ = record.examples, any(row.learning_rates for row in record.ranking)
    wanted = (
        ("ranking", "Ranking", True),
        ("test", "Test", True),
        ("notes", "Before you believe it", record.notes),
        ("answers", "What it answers", shown is not None),
        ("cost", "Quality against cost", drawn["cost"][0]),
        ("principles", "Why: the principles measured", measured.measured(record)),
        ("axes", "Which choice matters", record.screening.effects),
        ("learning", "Learning curves", True),
        ("rates", "Learning rates tried", tried_),
        ("divergence", "Divergence", record.screening.divergence),
        ("guide", "What the guide expected", True),
        ("outlook", "What could be concluded", record.outlook),
        ("done", "How it was done", True),
    )
    yield from ((name, title) for name, title, present in wanted if present)


def _drawn(record: ReportRecord, say: Say) -> Drawn:
    """Return each picture twice: for wide screens and for narrow ones."""
    return {
        name: (_svg(draw(record, WIDE, say=say)), _svg(draw(record, NARROW, say=say)))
        for name, draw in PICTURES.items()
    }


def _svg(text: str) -> Markup:
    return Markup(text)  # noqa: S704 - escaped by the canvas


def short_why(row: RankedRecord) -> tuple[str, ...]:
    """Return the first sentences of why an architecture stands where it stands."""
    return row.diagnostics.why[:SHORT] if row.diagnostics is not None else ()


def _bars(record: ReportRecord) -> Callable[[RankedRecord | BaselineRecord], Markup]:
    """Return what draws the interval of a row, on the axis of the picture of all intervals."""
    left, right = intervals.limits(record)

    def place(score: float) -> float:
        return 100 * min(max((score - left) / (right - left), 0.0), 1.0)

    def bar(row: RankedRecord | BaselineRecord) -> Markup:
        low, high = map(place, ends(row.validation))
        kind = f"tier-{min(row.tier, 4)}" if isinstance(row, RankedRecord) else "baseline"
        mean = row.validation.mean
        beyond = "left" if mean < left else "right" if mean > right else "within"
        return Markup(
            '<span class="bar" aria-hidden="true" style="color:var(--{})"><i style="left:{:.1f}%;'
            'width:{:.1f}%"></i><b class="{}" style="left:{:.1f}%"></b></span>'
        ).format(kind, low, high - low, beyond, place(mean))

    return bar


def tried(row: RankedRecord) -> list[tuple[str, float | None, int, bool]]:
    """Return (learning rate, score, epochs, chosen) of each one tried, in ascending order."""
    points = sorted(row.learning_rates, key=lambda point: point.learning_rate)
    return [
        (f"{p.learning_rate:.3g}", p.score, p.epochs, p.learning_rate == row.learning_rate)
        for p in points
    ]


def other_baselines(record: ReportRecord) -> list[BaselineRecord]:
    """Return the baselines scored on the test part beside the best one, which has an interval."""
    best = record.test.baseline.label if record.test.baseline else None
    return [row for row in record.baselines if row.test is not None and row.name != best]
