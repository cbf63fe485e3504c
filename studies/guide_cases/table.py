"""The table of all cases, from their results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from actselect.files import write_atomically
from studies.guide_cases.cases import CASES, Case
from studies.markdown import table

HEADER = (
    "case", "guide", "task", "metric", "verdict", "recommended", "test [90 %]", "bar",
    "baseline, test", "default, test", "validation: network, baseline", "budget", "minutes",
)  # fmt: skip


def write_table(results: Path) -> None:
    """Write ``table.md`` from the results that are there."""
    rows = []
    for case in CASES:
        path = results / f"{case.name}.json"
        if path.exists():
            rows.append(row(case, json.loads(path.read_text(encoding="utf8"))))
    write_atomically(results / "table.md", table(HEADER, rows) + "\n")


def row(case: Case, result: dict[str, Any]) -> list[str]:
    """Return the cells of one case."""
    default = "the same" if result["default"] is None else f"{result['default']:.4g}"
    if result["default_label"] == result["best"]:
        default = "the same"
    return [
        case.name,
        case.section,
        case.task,
        f"{result['metric']} ({'lower' if result['direction'] == 'minimize' else 'higher'})",
        result["verdict"],
        f"{result['best']}, {result['hidden_size']}",
        f"{result['test']:.4g} [{result['low']:.4g}, {result['high']:.4g}]",
        told(case, result["test"]),
        f"{result['baseline_label']} {result['baseline']:.4g}",
        default,
        f"{result['validation']:.4g}, {result['baseline_validation']:.4g}",
        result["budget"],
        f"{result['seconds'] / 60:.1f}",
    ]


def told(case: Case, score: float) -> str:
    """Return the bar and whether it was reached.

    >>> told(Case(name="x", section="", task="", bar=("accuracy", ">=", 0.9)), 0.89)
    '>= 0.9: missed'
    """
    if case.bar is None:
        return "none"
    _, sign, value = case.bar
    reached = {">=": score >= value, "<=": score <= value, "<": score < value}[sign]
    return f"{sign} {value:g}: {'reached' if reached else 'missed'}"
