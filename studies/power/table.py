"""What the finished studies say together: shares with exact binomial intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

from scipy.stats import binomtest

from actselect.files import write_atomically

BARS: Mapping[str, str] = {
    "in_top_tier": "top tier, at least 95 %",
    "declared": "declared, at least 80 %",
    "shown": "all shown",
    "apart": "all apart",
    "tie": "tie, at least 90 %",
    "false_winner": "false winner, at most 5 %",
}
CONFIDENCE = 0.95


def share(hits: Sequence[bool]) -> str:
    """Return the share of hits with its exact interval (Clopper and Pearson 1934).

    >>> share([True] * 20)
    '20/20 = 100 % (83 to 100)'
    """
    if not hits:
        return ""
    low, high = binomtest(sum(hits), len(hits)).proportion_ci(CONFIDENCE, method="exact")
    percent = 100 * sum(hits) / len(hits)
    return f"{sum(hits)}/{len(hits)} = {percent:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def write_table(rows: Iterable[Mapping[str, str]], path: Path) -> str:
    """Write a line per task, and return the table."""
    by_task: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        by_task.setdefault(row["task"], []).append(row)
    titles = ["task", *BARS.values(), "verdicts", "repeats", "core-seconds"]
    lines = [_line(titles), _line(["---"] * len(titles))]
    lines += [_line([name, *_cells(own)]) for name, own in by_task.items()]
    text = "".join(lines)
    write_atomically(path, text)
    return text


def _cells(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Return shares, verdicts by number, median repeats and seconds of one task's studies."""
    shares = [share([row[key] == "1" for row in rows if row[key] != ""]) for key in BARS]
    kinds = [row["verdict"] for row in rows]
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    middle = [f"{median(float(row[key]) for row in rows):.0f}" for key in ("repeats", "seconds")]
    return [*shares, counted, *middle]


def _line(parts: Sequence[str]) -> str:
    return f"| {' | '.join(parts)} |\n"
