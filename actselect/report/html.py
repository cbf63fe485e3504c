"""The report as one HTML file: no script, nothing loaded from anywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from actselect.records import ArchitectureRecord, BaselineRecord, RankedRecord, ReportRecord
from actselect.report import curves, divergence, pictures, wording
from actselect.report.wording import Scale, clean

TEMPLATES = Path(__file__).parent / "templates"
VERDICTS = {
    "winner": "One architecture is better",
    "tie": "Several are equally good",
    "undecided": "Not decided yet",
    "baseline": "A simple baseline is enough",
}


def render(record: ReportRecord) -> str:
    """Return the report as one self-contained HTML page."""
    scale = Scale.of(record)
    return _template().render(
        record=record,
        kind=VERDICTS[record.verdict.kind],
        number=scale.text,
        interval=scale.interval,
        words=wording,
        divergence=divergence,
        picture=_svg(pictures.intervals(record, pictures.WIDE)),
        narrow_picture=_svg(pictures.intervals(record, pictures.NARROW)),
        curves=_svg(curves.rates(record, curves.WIDE)),
        narrow_curves=_svg(curves.rates(record, curves.NARROW)),
        rows=list(record.ranking),
        tested=list(wording.tested(record)),
        others=other_baselines(record),
        tried=tried,
        layers=layers,
    )


def _svg(text: str) -> Markup:
    return Markup(text)  # noqa: S704 - escaped by matplotlib


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


def layers(architecture: ArchitectureRecord) -> str:
    """Return what an architecture is made of, in words."""
    size = wording.count(architecture.hidden_size, "hidden unit")
    depth = wording.count(architecture.num_layers, "layer")
    both = ", both directions" if architecture.bidirectional else ""
    return f"{depth} of {size}{both}"


def _harmless(value: object) -> object:
    """Clean every text that a template shows; Jinja escapes it afterwards."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
