"""The figures of the study, from its rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from studies.markdown import share as with_interval
from studies.markdown import table as _rows

PRACTICES = ("one_seed", "three_seeds", "ten_seeds")
LEVEL = 0.9  # both ends are one-sided 95 % bounds


def write_table(folder: Path) -> str:
    """Write ``table.md`` from the parts that were run, and return it."""
    parts = {"equal": _equal, "different": _different, "coverage": _coverage}
    text = [
        make(pd.read_csv(folder / f"{name}.csv"))
        for name, make in parts.items()
        if (folder / f"{name}.csv").exists()
    ]
    table = "\n\n".join(text) + "\n"
    (folder / "table.md").write_text(table, encoding="utf8")
    return table


def share(hits: pd.Series) -> str:
    """Return a share with its exact 90 % interval."""
    return with_interval(hits, LEVEL)


def _equal(frame: pd.DataFrame) -> str:
    rows = [
        [kind, case, str(len(own)), share(own.false_claim),
         f"{own.verdict.eq('winner').mean():.1%}",
         *(f"{own[name].mean():.1%}" for name in PRACTICES)]
        for (kind, case), own in frame.groupby(["kind", "case"], sort=False)
    ]  # fmt: skip
    for kind, own in frame.groupby("kind", sort=False):
        rows.append(
            [f"**all {kind}**", "", str(len(own)), f"**{share(own.false_claim)}**",
             f"{own.verdict.eq('winner').mean():.1%}",
             *(f"{own[name].mean():.1%}" for name in PRACTICES)]
        )  # fmt: skip
    header = ["scores", "case", "studies", "false claim [90 % interval]", "of these a winner",
              "usual: one seed", "t-test, 3 seeds", "paired t-test, 10 seeds"]  # fmt: skip
    return f"## Nothing is better: false claims\n\n{_rows(header, rows)}"


def _different(frame: pd.DataFrame) -> str:
    rows = []
    for case, own in [*frame.groupby("case", sort=False), ("**all**", frame)]:
        made = own.statements.sum()
        true = f"{own.true.sum() / made:.1%}" if made else "none made"
        rows.append(
            [str(case), str(len(own)), str(made), true, share(own.any_false),
             share(own.best_in_top_tier), f"{own.probability_best.mean():.2f}",
             f"{own.is_best.mean():.2f}", _bias(own.plain_excess), _bias(own.expected_excess),
             share(own.covered)]
        )  # fmt: skip
    header = ["case", "studies", "statements", "true", "studies with a false one",
              "best in the top tier", "probability best, said", "came true",
              "plain mean too high by", "expected score too high by",
              "its 90 % interval covers"]  # fmt: skip
    note = "Scores are losses: a negative excess is optimism, in spreads of a repeat, with its se."
    return f"## Some are better: true statements\n\n{_rows(header, rows)}\n\n{note}"


def _bias(values: pd.Series) -> str:
    return f"{values.mean():+.3f} ({values.std() / np.sqrt(len(values)):.3f})"


def _coverage(frame: pd.DataFrame) -> str:
    rows = []
    for kind, own in [*frame.groupby("kind", sort=False), ("**all**", frame)]:
        rows.append(
            [str(kind), str(len(own)), f"{own.examples.median():.0f}", share(own.covered),
             _bias(own.plain_optimism / own.again_sd), _bias(own.optimism / own.again_sd)]
        )  # fmt: skip
    header = ["data", "studies", "test examples", "90 % test interval covers [90 % interval]",
              "plain mean optimistic by", "expected score optimistic by"]  # fmt: skip
    note = "Optimism in standard deviations of the seed, over fresh data sets, with its se."
    return f"## Whole studies: test interval and expected score\n\n{_rows(header, rows)}\n\n{note}"
