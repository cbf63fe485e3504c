"""What the tables of all studies are made of."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from scipy import stats


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def share(hits: pd.Series, level: float) -> str:
    """Return a share with its exact interval (Clopper and Pearson 1934).

    >>> share(pd.Series([1] * 20), 0.95)
    '100.0% [83.2%, 100.0%]'
    """
    found = stats.binomtest(int(hits.sum()), len(hits)).proportion_ci(level, method="exact")
    return f"{hits.mean():.1%} [{found.low:.1%}, {found.high:.1%}]"
