"""The report as GitHub-flavoured Markdown, for pull requests and notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from actselect.records import RankedRecord, ReportRecord
from actselect.report import divergence, wording
from actselect.report.wording import Scale, clean

SPECIAL = re.compile(r"([\\`*_\[\]!|~#$])")
LINKED = re.compile(r"(?i)\b(https?|ftp|mailto):|\b(www)\.")


def render(record: ReportRecord) -> str:
    """Return the report as Markdown; names from the data are escaped."""
    parts = [
        [f"## {escape(wording.title(record))}"],
        [f"**{escape(record.verdict.sentence)}**"],
        _ranking(record),
        [_legend(record)],
        _test(record),
        _told(record),
        [f"- {escape(note)}" for note in record.notes],
        _details(record),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def escape(text: str) -> str:
    r"""Return ``text`` so that Markdown shows it and does nothing else with it.

    >>> escape("a|b <i> `c` http://d")
    'a\\|b &lt;i&gt; \\`c\\` http&#58;//d'
    """
    plain = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return LINKED.sub(_unlinked, SPECIAL.sub(r"\\\1", plain))


def _unlinked(match: re.Match[str]) -> str:
    return f"{match[1]}&#58;" if match[1] else f"{match[2]}&#46;"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], numbers: int) -> list[str]:
    """Return a table whose last ``numbers`` columns are aligned to the right."""
    rule = ["---"] * (len(header) - numbers) + ["---:"] * numbers
    return [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]


def _ranking(record: ReportRecord) -> list[str]:
    metric, scale = escape(record.metric.name), Scale.of(record)
    header = (
        "Rank", "Tier", "Architecture", f"Validation {metric}", wording.INTERVAL,
        "Probability best", "Parameters", "ms per step",
    )  # fmt: skip
    rows = [
        (
            str(row.rank),
            str(row.tier),
            escape(row.label) + (" (default)" if row.default else ""),
            scale.text(row.validation.mean),
            scale.interval(row.validation),
            escape(wording.percent(row.probability_best)),
            f"{row.parameters:,}",
            wording.milliseconds(row.train_ms_per_step),
        )
        for row in record.ranking
    ]
    rows += [
        (
            wording.DASH, wording.DASH, f"{escape(row.name)} (baseline)",
            scale.text(row.validation.mean), scale.interval(row.validation), "", "", "",
        )
        for row in record.baselines
    ]  # fmt: skip
    return _table(header, rows, numbers=5)


def _legend(record: ReportRecord) -> str:
    metric = record.metric
    return f"{escape(metric.name)}: {wording.direction(metric)}. {wording.tiers(record)}"


def _test(record: ReportRecord) -> list[str]:
    scale = Scale.of(record)
    rows = [
        (role, escape(score.label), scale.text(score.mean), scale.interval(score))
        for role, score in wording.tested(record)
    ]
    if not rows:
        return ["The test part was not scored."]
    examples = wording.count(record.test.examples, "example")
    title = f"**Test** ({wording.openings(record.test.openings)}, {examples})"
    header = ("Role", "Model", f"Test {escape(record.metric.name)}", wording.INTERVAL)
    return [title, "", *_table(header, rows, numbers=2)]


def _told(record: ReportRecord) -> list[str]:
    """Return what is said of the recommendation and of the tool itself, one paragraph each."""
    said = [text for text in (wording.expected(record), wording.aa(record)) if text]
    return ["\n\n".join(map(escape, said))] if said else []


def _details(record: ReportRecord) -> list[str]:
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", record.command))])
    blocks = [
        ["<details><summary>How it was done</summary>"],
        [f"- {line}" for line in _facts(record)],
        _outlook(record),
        _rates(record),
        _divergence(record),
        [fence, clean(record.command), fence],
        ["</details>"],
    ]
    return ["\n\n".join("\n".join(block) for block in blocks if block)]


def _outlook(record: ReportRecord) -> list[str]:
    if not record.outlook:
        return []
    return ["**What could be concluded**", "", *(f"- {escape(text)}" for text in record.outlook)]


def _rates(record: ReportRecord) -> list[str]:
    rows = [row for row in record.ranking if row.learning_rates]
    if not rows:
        return []
    metric, scale = escape(record.metric.name), Scale.of(record)
    header = ("Architecture", "Chosen", f"Learning rate: screening {metric}")
    body = [(escape(row.label), f"{row.learning_rate:.3g}", _points(row, scale)) for row in rows]
    title = f"**Learning rates** {wording.rates_each(record)}".rstrip()
    return [title, "", *_table(header, body, numbers=0)]


def _points(row: RankedRecord, scale: Scale) -> str:
    points = sorted(row.learning_rates, key=lambda point: point.learning_rate)
    return "; ".join(
        f"{p.learning_rate:.3g}: {'diverged' if p.score is None else scale.text(p.score)}"
        for p in points
    )


def _divergence(record: ReportRecord) -> list[str]:
    if not record.screening.divergence:
        return []
    header = ("Cell", "Activation", "In epochs", "At learning rates", "Trainings", "Diverged")
    rows = [
        (
            escape(row.cell.upper()), escape(row.activation),
            divergence.epochs(row) or wording.DASH, divergence.rates(row) or wording.DASH,
            f"{row.trainings:,}", f"{row.diverged:,}",
        )
        for row in divergence.diverging(record)
    ]  # fmt: skip
    table = ["", *_table(header, rows, numbers=2)] if rows else []
    unharmed = divergence.unharmed(record)
    rest = ["", escape(unharmed)] if unharmed else []
    return [f"**Divergence** {divergence.total(record)}", *table, *rest]


def _facts(record: ReportRecord) -> Iterator[str]:
    data, place = record.dataset, record.environment
    yield (
        f"Data: {escape(data.name)}, {wording.count(data.sequences, 'sequence')}, "
        f"target {escape(data.target)}, SHA-256 {escape(data.sha256[:12])}"
    )
    yield from map(escape, data.notes)
    yield wording.screening(record)
    if record.screening.axes:
        yield escape(wording.axes(record))
    yield wording.confirmation(record)
    yield f"Budget: {wording.budget(record)}; seed {record.seeds.root}"
    yield f"Guide: {escape(record.guide.agreement)}"
    yield (
        f"actselect {escape(record.actselect_version)}, Python {escape(place.python)}, "
        f"PyTorch {escape(place.torch)}, Optuna {escape(place.optuna)}, {escape(place.platform)}"
    )
    yield f"Backend: {escape(place.backend)}"
