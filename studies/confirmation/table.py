"""The figures of the study, from its rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from studies.markdown import share as with_interval
from studies.markdown import table as _rows


def write_table(folder: Path) -> str:
    """Write ``table.md`` from ``replays.csv``, and return it."""
    frame = pd.read_csv(folder / "replays.csv")
    text = "\n\n".join([_methods(frame), _by_data(frame), _foreseen(frame)]) + "\n"
    (folder / "table.md").write_text(text, encoding="utf8")
    return text


def share(hits: pd.Series) -> str:
    """Return a share with its exact 95 % interval."""
    return with_interval(hits, 0.95)


def _methods(frame: pd.DataFrame) -> str:
    ten = frame[frame.method == "10 of each"].spent.mean()
    rows = [
        [str(method), f"{own.spent.mean():.1f}", f"{own.spent.mean() / ten:.2f}",
         share(own.correct),
         share(own.false), f"{own.settled.mean():.1%}", f"{own.shown_worse.mean():.2f}"]
        for method, own in frame.groupby("method", sort=False)
    ]  # fmt: skip
    header = ["method", "trainings", "against 10 of each", "correct", "says something false",
              "winner or tie", "networks shown worse, of 4"]  # fmt: skip
    return f"## All tables\n\n{_rows(header, rows)}"


def _by_data(frame: pd.DataFrame) -> str:
    rows = []
    for data, own in frame.groupby("data", sort=False):
        by = dict(iter(own.groupby("method")))
        three = [by[name] for name in ("race", "10 of each", "unpaired race")]
        spent = [each.spent.mean() / by["10 of each"].spent.mean() for each in three]
        kinds = by["race"].verdict.value_counts()
        rows.append(
            [
                str(data),
                ", ".join(f"{each.correct.mean():.0%}" for each in three),
                ", ".join(f"{each.shown_worse.mean():.1f}" for each in three),
                f"{spent[0]:.2f}, 1, {spent[2]:.2f}",
                ", ".join(f"{n} {kind}" for kind, n in kinds.items()),
            ]
        )
    header = ["data", "correct", "networks shown worse", "trainings", "verdicts of the race"]
    return f"## By data: race, ten of each, unpaired race\n\n{_rows(header, rows)}"


def _foreseen(frame: pd.DataFrame) -> str:
    race = frame[(frame.method == "race") & frame.foreseen.notna()]
    pairs = [pair.split("/") for text in race.foreseen for pair in str(text).split()]
    ratios = np.array([int(said) / int(came) for said, came in pairs])
    if len(ratios) == 0:
        return "## Needs k more repeats\n\nNo replay that was settled had said what it needed."
    low, middle, high = np.quantile(ratios, [0.1, 0.5, 0.9])
    within = np.mean((ratios >= 0.5) & (ratios <= 2.0))
    return (
        f"## Needs k more repeats\n\n{len(ratios)} statements in replays that were settled later: "
        f"k over what it took has the median {middle:.2f} (80 % of them {low:.2f} to {high:.2f}); "
        f"{within:.0%} are within a factor of 2."
    )
